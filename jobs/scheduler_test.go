package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent/jobrun"
	runs "github.com/soloprint/soloprint/internal/jobrun"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestTheTimetableCanBeRead(t *testing.T) {
	names := map[string]bool{}
	for _, l := range (&Scheduler{Probe: func(context.Context) (string, error) { return "", nil }}).timetable() {
		if _, err := newCalendar(l.schedule, time.UTC); err != nil || names[l.name] || l.says == "" {
			t.Errorf("%s stands twice (%v), says %q, or is at no time: %v", l.name, names[l.name], l.says, err)
		}
		names[l.name] = true
	}
	if _, err := newCalendar("@every 5s", time.UTC); err == nil {
		t.Error("@every is read: its slots differ between servers")
	}
	if got := (&Scheduler{}).frequent(); !slices.Contains(got, "claim_reaper") || slices.Contains(got, "api_key_expiry") || slices.Contains(got, "backup") {
		t.Errorf("more often than hourly: %v", got)
	}
}

// world is a database with a clock, and servers that share both.
type world struct {
	*testkit.Kit
	t *testing.T

	mu  sync.Mutex
	ran []string // what the servers did: job and slot
}

func newWorld(t *testing.T, db *store.DB) *world {
	return &world{Kit: testkit.NewKit(t, db), t: t}
}

// server is a scheduler whose services are missing: its test replaces the timetable by the probe alone.
func (w *world) server(name string) *Scheduler {
	log := slog.New(slog.DiscardHandler)
	s := &Scheduler{Runs: &runs.Runs{Client: w.Raw, Clock: w.Clock, Log: log, Server: name}, Clock: w.Clock, Log: log,
		Places: func(context.Context) ([]Place, error) { return nil, nil }}
	return s
}

// run is a line of the timetable that notes its slots.
func (w *world) line(name, spec string) line {
	return line{name: name, schedule: spec, run: func(ctx context.Context) (string, error) {
		r := RunOf(ctx)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ran = append(w.ran, fmt.Sprintf("%s %s", name, r.Slot.Format("02 15:04:05")))
		return "noted", nil
	}}
}

// tick lets a server look at the clock, and waits for what it began.
func (w *world) tick(s *Scheduler, l line, places ...Place) {
	w.t.Helper()
	now := w.Clock.Now()
	s.forward(now)
	if places == nil {
		places = []Place{{}}
	}
	for _, p := range places {
		s.consider(w.t.Context(), l, p, now)
	}
	s.takeOver(w.t.Context(), []line{l})
	s.Wait()
}

func (w *world) want(what string, slots ...string) {
	w.t.Helper()
	if !slices.Equal(w.ran, slots) {
		w.t.Errorf("%s: ran %v, want %v", what, w.ran, slots)
	}
	w.ran = nil
}

// at puts the clock to a time of the start's day, back or forth.
func (w *world) at(clock string) {
	w.t.Helper()
	to, err := time.Parse("2006-01-02 15:04:05", clock)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Clock.Advance(to.Sub(w.Clock.Now()))
}

func TestEachSlotRunsOnceOnManyServers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a, b, l := w.server("a"), w.server("b"), w.line("poll", "*/5 * * * * *")
		w.at("2026-04-02 08:00:03")
		w.tick(a, l)
		w.tick(b, l)
		w.want("the first start runs the latest slot", "poll 02 08:00:00")
		for range 4 {
			w.Clock.Advance(time.Second)
			w.tick(b, l)
			w.tick(a, l)
		}
		w.want("one slot came", "poll 02 08:00:05")
		w.tick(w.server("c"), l)
		w.want("a server that starts now finds nothing due")
	})
}

func TestMissedSlotsAreOne(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s, l := w.server("a"), w.line("nightly", "30 2 * * *")
		w.at("2026-04-02 08:00:00")
		w.tick(s, l)
		w.want("the first start", "nightly 02 02:30:00")
		w.at("2026-04-05 12:00:00") // three days down
		w.tick(w.server("a"), l)
		w.want("three nights were missed", "nightly 05 02:30:00")
		w.at("2026-04-06 02:29:59")
		w.tick(s, l)
		w.want("not yet", []string{}...)
		w.at("2026-04-06 02:30:00")
		w.tick(s, l)
		w.want("the next night", "nightly 06 02:30:00")
	})
}

func TestTheClockIsPutBackAndForth(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s, l := w.server("a"), w.line("hourly", "0 * * * *")
		w.at("2026-04-02 10:30:00")
		w.tick(s, l)
		w.want("begins", "hourly 02 10:00:00")
		w.at("2026-04-02 11:00:01")
		w.tick(s, l)
		w.want("goes on", "hourly 02 11:00:00")
		w.at("2026-04-02 09:59:00") // put back by an hour
		w.tick(s, l)
		w.want("an earlier slot has no row, and is the latest now", "hourly 02 09:00:00")
		for _, at := range []string{"2026-04-02 10:00:01", "2026-04-02 11:00:01", "2026-04-02 11:59:59"} {
			w.at(at)
			w.tick(s, l)
		}
		w.want("slots that have a row never run again")
		w.at("2030-01-01 00:00:00") // far ahead
		w.tick(s, l)
		w.want("forward is as if it had been down", "hourly 01 00:00:00")
		w.at("2026-04-02 12:00:00") // and back
		w.tick(s, l)
		w.want("what the wrong time ran keeps nothing back", "hourly 02 12:00:00")
	})
}

func TestZonedJobsRunByEachOrganizationsClock(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	s, l := w.server("a"), w.line("midnight", "0 0 * * *")
	l.zoned = true
	berlin, tokyo := Place{pid.New("org"), "Europe/Berlin"}, Place{pid.New("org"), "Asia/Tokyo"}
	w.at("2026-04-02 08:00:00")
	w.tick(s, l, berlin, tokyo)
	slices.Sort(w.ran)
	w.want("both midnights", "midnight 01 15:00:00", "midnight 01 22:00:00")
	w.at("2026-04-02 15:00:00")
	w.tick(s, l, berlin, tokyo)
	w.want("Tokyo's", "midnight 02 15:00:00")
}

// A server dies in the middle of a run: another takes it over when the lease is over, three times at most.
func TestAbandonedRunsAreTakenOver(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.at("2026-04-02 08:00:00")
		dead, l := w.server("dead"), w.line("poll", "0 * * * *")
		left, err := dead.Runs.Begin(t.Context(), "poll", "", w.Clock.Now())
		if err != nil || left == nil {
			t.Fatal(left, err)
		}
		s := w.server("alive")
		w.Clock.Advance(runs.Lease - time.Second)
		w.tick(s, l)
		w.want("the lease holds")
		w.Clock.Advance(time.Second)
		w.tick(s, l)
		w.want("the lease is over", "poll 02 08:00:00")
		row := w.Raw.JobRun.GetX(t.Context(), left.ID)
		if row.State != jobrun.StateSucceeded || row.Attempts != 2 || row.Server != "alive" || row.Result != "noted" {
			t.Errorf("the row says %+v", row)
		}
		if err := dead.Runs.Do(t.Context(), left, func(context.Context) (string, error) { return "late", nil }); !errors.Is(err, runs.ErrLost) {
			t.Errorf("who comes too late ends with %v", err)
		}
	})
}

func TestAJobThatFailsOrPanicsSaysSoAndGoesOn(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	s := w.server("a")
	var ended []string
	s.Ended = func(job, result string, _ time.Duration) { ended = append(ended, job+" "+result) }
	w.at("2026-04-02 08:00:00")
	w.tick(s, line{name: "bad", schedule: "0 * * * *", run: func(context.Context) (string, error) { return "", errors.New("no paper") }})
	w.tick(s, line{name: "worse", schedule: "0 * * * *", run: func(context.Context) (string, error) { panic("no ink") }})
	for job, want := range map[string]string{"bad": "no paper", "worse": "panic: no ink"} {
		row := w.Raw.JobRun.Query().Where(jobrun.Job(job)).OnlyX(t.Context())
		if row.State != jobrun.StateFailed || len(row.Error) < len(want) || row.Error[:len(want)] != want {
			t.Errorf("%s: %s %q", job, row.State, row.Error)
		}
	}
	if want := []string{"bad failed", "worse failed"}; !slices.Equal(ended, want) {
		t.Errorf("counted %v, want %v", ended, want)
	}
}

// A server that is told to stop gives back what is not through: another one begins it at once, and it counts as one attempt.
func TestAStoppedServerGivesItsRunBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.at("2026-04-02 08:00:00")
		s, begun := w.server("a"), make(chan struct{})
		ctx, stop := context.WithCancel(t.Context())
		slow := line{name: "slow", schedule: "0 * * * *", run: func(ctx context.Context) (string, error) {
			close(begun)
			<-ctx.Done()
			return "", ctx.Err()
		}}
		s.forward(w.Clock.Now())
		s.consider(ctx, slow, Place{}, w.Clock.Now())
		<-begun
		stop()
		s.Wait()
		other := w.line("slow", "0 * * * *")
		w.tick(w.server("b"), other)
		w.want("at once", "slow 02 08:00:00")
		if row := w.Raw.JobRun.Query().OnlyX(t.Context()); row.Attempts != 1 || row.State != jobrun.StateSucceeded {
			t.Errorf("the row says %+v", row)
		}
	})
}

func TestIdempotencyKeysExpire(t *testing.T) {
	swept := 0
	s := &Scheduler{ExpireKeys: func(context.Context) error { swept++; return nil }}
	for _, l := range s.timetable() {
		if l.name == "idempotency_expiry" {
			_, _ = l.run(t.Context())
		}
	}
	if swept != 1 {
		t.Errorf("the job removed expired keys %d times", swept)
	}
}
