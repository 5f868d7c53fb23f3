package live

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/soloprint/soloprint/internal/pid"
)

// Channel is the name under which servers of one database hear of each other.
const Channel = "soloprint_events"

// Times of the line between servers.
const (
	notifyTimeout = 5 * time.Second
	firstRetry    = time.Second
	lastRetry     = 30 * time.Second
)

// Bus says that an organization has new events: to this server at once, and to others that share the database. What is lost on
// the way is found by looking, so that it may lose something.
type Bus struct {
	Told func(organization pid.ID) // hears of commits here and elsewhere; "" = of any organization. It must not block.
	Log  *slog.Logger

	// Notify tells the others, and Listen hears them until the connection breaks; heard is called with "" once it stands. Both
	// are nil where the database has one server.
	Notify func(ctx context.Context, channel string, organizations []string) error
	Listen func(ctx context.Context, channel string, heard func(organization string)) error

	mu   sync.Mutex
	due  map[pid.ID]bool // organizations that the others have not been told of
	once sync.Once
	wake chan struct{}
}

// Committed is called after each commit and never waits. Commits that come together are told together.
func (b *Bus) Committed(organization pid.ID) {
	b.Told(organization)
	if b.Notify == nil {
		return
	}
	b.mu.Lock()
	if b.due == nil {
		b.due = map[pid.ID]bool{}
	}
	b.due[organization] = true
	b.mu.Unlock()
	select {
	case b.woken() <- struct{}{}:
	default:
	}
}

func (b *Bus) woken() chan struct{} {
	b.once.Do(func() { b.wake = make(chan struct{}, 1) })
	return b.wake
}

// Run keeps the line to the other servers until the context ends.
func (b *Bus) Run(ctx context.Context) {
	if b.Notify == nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { b.tell(ctx) })
	both.Go(func() { b.hear(ctx) })
	both.Wait()
}

// tell notifies the others. What fails is not tried again: they look every second anyway.
func (b *Bus) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.woken():
		}
		limited, cancel := context.WithTimeout(ctx, notifyTimeout)
		if err := b.Notify(limited, Channel, b.take()); err != nil && ctx.Err() == nil {
			b.Log.Warn("tell other servers of events", "error", err)
		}
		cancel()
	}
}

func (b *Bus) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	organizations := make([]string, 0, len(b.due))
	for id := range b.due {
		organizations = append(organizations, string(id))
	}
	clear(b.due)
	return organizations
}

// hear listens, and connects again where the connection broke: after a second, then less and less often, not all servers at
// once.
func (b *Bus) hear(ctx context.Context) {
	wait := firstRetry
	for {
		err := b.Listen(ctx, Channel, func(organization string) {
			wait = firstRetry
			b.Told(pid.ID(organization))
		})
		if ctx.Err() != nil {
			return
		}
		b.Log.Warn("listen to other servers", "error", err, "again_in", wait)
		if !pause(ctx, wait/2+rand.N(wait)) {
			return
		}
		wait = min(2*wait, lastRetry)
	}
}

// pause waits, and reports whether the context let it.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
