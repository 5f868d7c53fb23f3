package live

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// OpRead reads an organization's events for all who listen.
var OpRead = authz.Op{Resource: "event", Verb: "follow", System: true}

// Bounds of listening.
const (
	readRows        = 500 // events read at once for a journal
	catchUpRows     = 200 // and for a listener that is behind it
	maxCaller       = 50  // listeners of one key or session
	maxOrganization = 1_000
	look            = time.Second // how often the newest numbers are looked at, whether anybody told of them or not
	beat            = 15 * time.Second
	patience        = 10 * time.Second
)

// Hub reads the events of the organizations that somebody listens to, once for all their listeners. One hub serves a server.
type Hub struct {
	Ops *op.Runner
	Log *slog.Logger
	// Sees is guard.Sees: may the actor read the events on all subjects of a resource, or on some?
	Sees func(a *authz.Actor, resource string) (all, some bool)

	Beat      time.Duration // after which a listener that heard nothing is told so; 0 = 15 s
	Patience  time.Duration // that a listener may take to take what it is sent; 0 = 10 s
	MaxCaller int           // listeners of one key or session; 0 = 50

	mu        sync.Mutex
	journals  map[pid.ID]*journal
	standings map[string]*standing
	counts    map[pid.ID]int // listeners of keys, sessions and organizations
	due       []*journal

	once   sync.Once
	wake   chan struct{}
	ending chan struct{}
	close  sync.Once
}

// errEnding tells listeners to go elsewhere, or to come back.
func errEnding() *errs.Error {
	return errs.New(errs.NotReady, "The server is stopping. Connect again.")
}

func (h *Hub) begin() {
	h.once.Do(func() {
		h.journals, h.standings, h.counts = map[pid.ID]*journal{}, map[string]*standing{}, map[pid.ID]int{}
		h.wake, h.ending = make(chan struct{}, 1), make(chan struct{})
	})
}

// Ending is closed when listeners have to go.
func (h *Hub) Ending() <-chan struct{} {
	h.begin()
	return h.ending
}

// Close ends every listener. It may be called more than once.
func (h *Hub) Close() {
	h.begin()
	h.close.Do(func() { close(h.ending) })
}

// SendTime is how long a listener may take to take what it is sent. Whoever takes longer is cut off, and may go on later.
func (h *Hub) SendTime() time.Duration { return cmp.Or(h.Patience, patience) }

// BeatTime is how long a listener may hear nothing.
func (h *Hub) BeatTime() time.Duration { return cmp.Or(h.Beat, beat) }

// Wake says that there are new events of an organization, "" = of any. It never waits.
func (h *Hub) Wake(organization pid.ID) {
	h.begin()
	h.mu.Lock()
	if j := h.journals[organization]; j != nil {
		h.await(j)
	} else if organization == "" {
		for _, j := range h.journals {
			h.await(j)
		}
	}
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// await puts the journal among those to be read, once it is kept.
func (h *Hub) await(j *journal) {
	if j.kept && !j.due {
		j.due = true
		h.due = append(h.due, j)
	}
}

// Run reads until the context ends.
func (h *Hub) Run(ctx context.Context) {
	h.begin()
	defer h.Close()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := h.look(ctx); err != nil && ctx.Err() == nil {
				h.Log.Warn("look for new events", "error", err)
			}
		case <-h.wake:
		}
		for _, j := range h.take() {
			if err := h.read(ctx, j); err != nil && ctx.Err() == nil {
				h.Log.Error("read events for listeners", "organization", j.organization, "error", err)
			}
		}
	}
}

func (h *Hub) take() []*journal {
	h.mu.Lock()
	defer h.mu.Unlock()
	due := h.due
	h.due = nil
	for _, j := range due {
		j.due = false
	}
	return due
}

// look finds organizations with events that nobody told of, in one statement for up to 500 of them.
func (h *Hub) look(ctx context.Context) error {
	h.mu.Lock()
	ids := make([]pid.ID, 0, len(h.journals))
	for id := range h.journals {
		ids = append(ids, id)
	}
	h.mu.Unlock()
	numbers, err := op.Sequences(ctx, h.Ops, ids)
	if err != nil {
		return err
	}

	h.mu.Lock()
	defer h.mu.Unlock()
	for id, number := range numbers {
		if j := h.journals[id]; j != nil && number > j.end() {
			h.await(j)
		}
	}
	return nil
}

// read brings a journal up to date.
func (h *Hub) read(ctx context.Context, j *journal) error {
	for {
		// The upper end is named for planners with old statistics, which would sort all that follow; numbers have no gaps here.
		rows, err := h.events(ctx, j.organization, readRows, entevent.SequenceGT(j.end()), entevent.SequenceLTE(j.end()+readRows))
		if err != nil {
			return err
		}
		j.add(rows)
		if len(rows) < readRows {
			return nil
		}
	}
}

// events reads rows in the order of their numbers, in the name of the server.
func (h *Hub) events(ctx context.Context, organization pid.ID, limit int, where ...predicate.Event) ([]*ent.Event, error) {
	return op.Read(authz.With(ctx, authz.System(organization, "live")), h.Ops, OpRead, struct{}{}, func(ctx context.Context, c *ent.Client) ([]*ent.Event, error) {
		q := c.Event.Query().Where(entevent.OrganizationID(organization)) // by name: the guard's own condition avoids the index
		rows, err := q.Where(where...).Order(entevent.BySequence()).Limit(limit).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		return rows, nil
	})
}
