package live_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/pid"
)

// line is what a bus did.
type line struct {
	mu    sync.Mutex
	words []string
}

func (l *line) say(word string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.words = append(l.words, word)
}

func (l *line) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.words)
}

// A line that breaks is mended, a little later each time, and everything may have happened meanwhile.
func TestTheBusConnectsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard, tried := &line{}, 0
		began := time.Now()
		b := &live.Bus{Log: slog.New(slog.DiscardHandler), Told: func(id pid.ID) { heard.say(string(id)) },
			Notify: func(context.Context, string, []string) error { return errors.New("down") },
			Listen: func(ctx context.Context, channel string, hear func(string)) error {
				if tried++; tried < 5 {
					return errors.New("down")
				}
				hear("")
				hear("org_a")
				<-ctx.Done()
				return ctx.Err()
			}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		b.Committed("org_b") // is told here although the others cannot be
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := heard.all(); !slices.Equal(got, []string{"org_b", "", "org_a"}) || tried != 5 {
			t.Errorf("heard %q in %d tries", got, tried)
		}
		cancel()
		<-done
		if took := time.Since(began); took != time.Minute {
			t.Errorf("it ended after %s", took)
		}
	})
}

// What is committed together is told to others together.
func TestTheBusTellsOthersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told line
		calls := 0
		b := &live.Bus{Log: slog.New(slog.DiscardHandler), Told: func(pid.ID) {},
			Notify: func(_ context.Context, _ string, organizations []string) error {
				calls++
				for _, id := range organizations {
					told.say(id)
				}
				return nil
			},
			Listen: func(ctx context.Context, _ string, _ func(string)) error { <-ctx.Done(); return ctx.Err() }}
		for range 100 {
			b.Committed("org_a")
			b.Committed("org_b")
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		synctest.Wait()
		got := told.all()
		slices.Sort(got)
		if calls != 1 || !slices.Equal(got, []string{"org_a", "org_b"}) {
			t.Errorf("%d calls: %v", calls, got)
		}
		cancel()
		<-done
	})
}
