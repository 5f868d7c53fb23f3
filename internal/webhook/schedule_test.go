package webhook_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/webhook"
)

func TestSchedule(t *testing.T) {
	for _, tt := range []struct {
		name             string
		attempts, backof int
		want             []int
	}{
		{"the published example", 5, 300, []int{300, 600, 1200, 2400}},
		{"one attempt has no pause", 1, 300, []int{}},
		{"two have one", 2, 1, []int{1}},
		{"no pause is longer than a day", 5, 30_000, []int{30_000, 60_000, 86_400, 86_400}},
		{"a day stays a day", 3, 86_400, []int{86_400, 86_400}},
		{"the most that may be asked for", 20, 1, []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 86400, 86400}},
	} {
		if d := cmp.Diff(tt.want, webhook.Schedule(tt.attempts, tt.backof)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

func TestJitterIsATenth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wait := time.Duration(rapid.Int64Range(1, 86_400).Draw(t, "seconds")) * time.Second
		chance := rapid.Float64Range(0, 1).Draw(t, "chance")
		got := webhook.Jittered(wait, chance)
		if got < wait*9/10-time.Microsecond || got > wait*11/10 {
			t.Fatalf("%v becomes %v", wait, got)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)
	for said, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "1.5": 1500 * time.Millisecond, "-5": 0, "1e9": webhook.MaxWait, "1000000000": webhook.MaxWait, "NaN": 0, "soon": 0, "1e999": 0,
		"Thu, 02 Apr 2026 08:01:00 GMT": time.Minute, "Thu, 02 Apr 2020 08:01:00 GMT": 0, "Thu, 02 Apr 2099 08:01:00 GMT": webhook.MaxWait,
	} {
		if got := webhook.RetryAfter(http.Header{"Retry-After": {said}}, now); got != want {
			t.Errorf("%q: %v, want %v", said, got, want)
		}
	}
}

// scripted is an endpoint that answers what the test wants and remembers when it was asked.
type scripted struct {
	mu     sync.Mutex
	at     []time.Time
	answer func(n int) webhook.Answer
}

// Post implements webhook.Poster.
func (s *scripted) Post(context.Context, string, http.Header, []byte) webhook.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = append(s.at, time.Now())
	return s.answer(len(s.at))
}

// Close implements webhook.Poster.
func (s *scripted) Close() {}

// The times of the attempts, with a clock that only runs while nothing else does: the schedule within its jitter and the
// second in which servers look, never more attempts than were asked for, and Retry-After where it is later.
func TestTimesOfAttempts(t *testing.T) {
	refuse := func(header ...string) func(int) webhook.Answer {
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return func(int) webhook.Answer { return webhook.Answer{Status: 503, Header: h} }
	}
	for _, tt := range []struct {
		name     string
		chance   float64
		attempts int
		answer   func(int) webhook.Answer
		want     []time.Duration
		status   webhookdelivery.Status
		within   time.Duration
	}{
		{"in the middle", 0.5, 5, refuse(), []time.Duration{60e9, 120e9, 240e9, 480e9}, "failed", time.Hour},
		{"at the early end", 0, 4, refuse(), []time.Duration{54e9, 108e9, 216e9}, "failed", time.Hour},
		{"at the late end", 1, 4, refuse(), []time.Duration{66e9, 132e9, 264e9}, "failed", time.Hour},
		{"one attempt", 0.5, 1, refuse(), nil, "failed", time.Hour},
		{"until it succeeds", 0.5, 5, func(n int) webhook.Answer { return webhook.Answer{Status: map[bool]int{true: 200, false: 500}[n == 3]} }, []time.Duration{60e9, 120e9}, "delivered", time.Hour},
		{"as late as the endpoint asks", 0.5, 3, refuse("Retry-After", "100"), []time.Duration{100e9, 120e9}, "failed", time.Hour},
		{"410 ends it", 0.5, 5, func(int) webhook.Answer { return webhook.Answer{Status: 410} }, nil, "failed", time.Hour},
		{"an absurd wait is a day", 0.5, 2, refuse("Retry-After", "1e9"), nil, "queued", time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, testkit.SQLite(t))
				b.Ops.Clock = clock.System{}
				s := &scripted{answer: tt.answer}
				b.hook(t, somewhere, func(in *webhook.CreateInput) {
					in.MaxAttempts, in.RetryBackoffSeconds, in.Subscriptions = &tt.attempts, new(60), []string{"spool.*"}
				})
				b.emit(t, b.ctx, 1)
				began := time.Now()
				stop := b.run(t, &webhook.Courier{Webhooks: b.hooks, Bell: b.bell, Log: slog.New(slog.DiscardHandler),
					Posters: func() webhook.Poster { return s }, Chance: func() float64 { return tt.chance }})
				time.Sleep(tt.within)
				stop()

				d := b.Raw.WebhookDelivery.Query().OnlyX(t.Context())
				if d.Status != tt.status || len(d.Attempts) != len(tt.want)+1 || len(s.at) != len(tt.want)+1 {
					t.Fatalf("%s after %d attempts, asked %d times; want %s after %d", d.Status, len(d.Attempts), len(s.at), tt.status, len(tt.want)+1)
				}
				for i, want := range tt.want {
					if gap := s.at[i+1].Sub(s.at[i]); gap < want || gap > want+1100*time.Millisecond {
						t.Errorf("attempt %d comes after %v, want %v", i+2, gap, want)
					}
				}
				if d.Status == "queued" && (d.NextAttemptAt == nil || d.NextAttemptAt.Sub(began).Round(time.Minute) != webhook.MaxWait) {
					t.Errorf("next attempt %v, begun %v", d.NextAttemptAt, began)
				}
			})
		})
	}
}

// Five days without a success disable an endpoint, with one event; what waits stays, and enabling goes on with it.
func TestFiveDaysOfFailures(t *testing.T) {
	testkitDays := []struct {
		name    string
		since   time.Duration
		want    string
		reason  string
		disable int
	}{
		{"four days and 23 hours", 119 * time.Hour, "enabled", "none", 0},
		{"five days", 120 * time.Hour, "auto_disabled", "failing", 1},
	}
	for _, tt := range testkitDays {
		t.Run(tt.name, func(t *testing.T) {
			b := setup(t, testkit.SQLite(t))
			w := b.hook(t, somewhere).Webhook
			judge := func(in webhook.JudgeInput) string {
				in.WebhookID = w.ID
				w, err := b.hooks.Judge(b.us.System(t), in)
				must(t, err)
				return string(w.State) + " " + string(w.DisabledReason)
			}
			judge(webhook.JudgeInput{})
			if got := b.Raw.Webhook.GetX(t.Context(), w.ID); got.FailingSince == nil || got.Version != w.Version {
				t.Errorf("after the first failure %+v", got)
			}
			b.Clock.Advance(tt.since)
			if got := judge(webhook.JudgeInput{}); got != tt.want+" "+tt.reason {
				t.Errorf("it is %s", got)
			}
			told := 0
			for _, e := range b.us.Events(t) {
				if e == "webhook.disabled" {
					told++
				}
			}
			if told != tt.disable {
				t.Errorf("told %d times", told)
			}
		})
	}
	b := setup(t, testkit.SQLite(t))
	w := b.hook(t, somewhere).Webhook
	for _, in := range []webhook.JudgeInput{{}, {OK: true}, {}} { // a success begins anew
		in.WebhookID = w.ID
		_, err := b.hooks.Judge(b.us.System(t), in)
		must(t, err)
		b.Clock.Advance(119 * time.Hour)
	}
	if got := b.Raw.Webhook.GetX(t.Context(), w.ID); got.State != "enabled" {
		t.Errorf("after a success in between it is %s", got.State)
	}
}

// blocking is an endpoint that answers after a time, or not at all.
type blocking struct {
	after time.Duration
	asked atomic.Int32
}

// Post implements webhook.Poster.
func (p *blocking) Post(ctx context.Context, _ string, _ http.Header, _ []byte) webhook.Answer {
	p.asked.Add(1)
	select {
	case <-ctx.Done():
		return webhook.Answer{Reason: "timed_out"}
	case <-time.After(p.after):
		return webhook.Answer{Status: 200}
	}
}

// Close implements webhook.Poster.
func (p *blocking) Close() {}

// A lease is kept as long as the request takes: nobody sends it a second time meanwhile.
func TestLeasesAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, testkit.SQLite(t))
		b.Ops.Clock = clock.System{}
		b.hook(t, somewhere, once)
		b.emit(t, b.ctx, 1)
		p := &blocking{after: 100 * time.Second}
		stop := b.run(t, &webhook.Courier{Webhooks: b.hooks, Bell: b.bell, Log: slog.New(slog.DiscardHandler), Posters: func() webhook.Poster { return p }})
		time.Sleep(90 * time.Second)
		if d := b.Raw.WebhookDelivery.Query().OnlyX(t.Context()); d.Status != "delivering" || p.asked.Load() != 1 || !d.LeaseUntil.After(time.Now()) {
			t.Errorf("after 90 s it is %s, asked %d times, leased until %v", d.Status, p.asked.Load(), d.LeaseUntil)
		}
		time.Sleep(20 * time.Second)
		stop()
		if d := b.Raw.WebhookDelivery.Query().OnlyX(t.Context()); d.Status != "delivered" || p.asked.Load() != 1 {
			t.Errorf("at the end it is %s, asked %d times", d.Status, p.asked.Load())
		}
	})
}

// A server that ends gives back what it has not sent, as if it had not been tried.
func TestAServerThatEndsKeepsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, testkit.SQLite(t))
		b.Ops.Clock = clock.System{}
		b.hook(t, somewhere, once)
		b.emit(t, b.ctx, 10)
		p := &blocking{after: time.Hour}
		stop := b.run(t, &webhook.Courier{Webhooks: b.hooks, Bell: b.bell, Log: slog.New(slog.DiscardHandler), Posters: func() webhook.Poster { return p }})
		time.Sleep(10 * time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it ends after %v", took)
		}
		for _, d := range b.Raw.WebhookDelivery.Query().AllX(t.Context()) {
			if d.Status != "queued" || len(d.Attempts) != 0 || d.LeaseToken != "" || d.NextAttemptAt == nil {
				t.Errorf("it leaves %+v", d)
			}
		}
		if n := p.asked.Load(); n != 2 {
			t.Errorf("%d requests at once to an endpoint that has not answered yet", n)
		}
	})
}
