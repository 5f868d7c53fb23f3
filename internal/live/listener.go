package live

import (
	"context"
	"crypto/sha256"
	"slices"
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

// Listener is a place in an organization's events, and who stands there. It belongs to one goroutine.
type Listener struct {
	hub      *Hub
	journal  *journal
	standing *standing
	op       authz.Op
	types    []string // sorted; none = all
	at       int64
	beats    *time.Ticker
}

// Wish is what a listener wants to hear.
type Wish struct {
	Op    authz.Op // the caller must be allowed to run it, at every moment
	After *int64   // the number of the event after which to begin; nil = with what comes
	Types []string // sorted; none = all
}

// Batch is what happened since the last one.
type Batch struct {
	Events []*ent.Event
	Last   int64        // the place after them
	Actor  *authz.Actor // the caller as they are now
	Beat   bool         // it is time for a sign of life, whether or not anything happened
}

// Listen begins to listen for the actor of the context, until the context ends.
func (h *Hub) Listen(ctx context.Context, c Caller, w Wish) (*Listener, error) {
	h.begin()
	a := authz.From(ctx)
	if err := authz.Allow(a, w.Op); err != nil {
		return nil, err
	}
	leave, err := h.Admit(a)
	if err != nil {
		return nil, err
	}
	j, err := h.join(ctx, a.Organization)
	if err != nil {
		leave()
		return nil, err
	}
	l := &Listener{hub: h, journal: j, op: w.Op, types: w.Types, at: j.end(), beats: time.NewTicker(h.BeatTime())}
	if w.After != nil {
		l.at = *w.After
	}
	l.standing = h.share(a, c) // last: from here on it counts as one that misses nothing
	context.AfterFunc(ctx, func() {
		l.beats.Stop()
		h.part(j, l.standing)
		leave()
	})
	return l, nil
}

// Admit counts something that stays open for the actor, until leave is called, and refuses one too many.
func (h *Hub) Admit(a *authz.Actor) (leave func(), err error) {
	h.begin()
	most := maxCaller
	if h.MaxCaller > 0 {
		most = h.MaxCaller
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.counts[a.ID] >= most:
		return nil, errs.New(errs.RateLimited, "Too many streams: a key or session has %d at most.", most)
	case h.counts[a.Organization] >= maxOrganization:
		return nil, errs.New(errs.RateLimited, "Too many streams: an organization has %d at most.", maxOrganization)
	}
	h.counts[a.ID]++
	h.counts[a.Organization]++
	return sync.OnceFunc(func() { h.forget(a.ID, a.Organization) }), nil
}

func (h *Hub) forget(ids ...pid.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		if h.counts[id]--; h.counts[id] == 0 {
			delete(h.counts, id)
		}
	}
}

// join is the organization's journal, which the first listener begins.
func (h *Hub) join(ctx context.Context, organization pid.ID) (*journal, error) {
	h.mu.Lock()
	j := h.journals[organization]
	if j == nil {
		j = &journal{organization: organization}
		j.begin = sync.OnceValue(func() error { return h.keep(context.WithoutCancel(ctx), j) })
		h.journals[organization] = j
	}
	j.listeners++
	h.mu.Unlock()
	if err := j.begin(); err != nil {
		h.part(j, nil)
		return nil, err
	}
	return j, nil
}

// keep begins the journal at the newest event there is. Who was told of one meanwhile is told again.
func (h *Hub) keep(ctx context.Context, j *journal) error {
	ctx, cancel := context.WithTimeout(ctx, op.Timeout)
	defer cancel()
	numbers, err := op.Sequences(ctx, h.Ops, []pid.ID{j.organization})
	if err != nil {
		return err
	}
	j.start(numbers[j.organization])
	h.mu.Lock()
	j.kept = true
	h.mu.Unlock()
	h.Wake(j.organization)
	return nil
}

// share is the standing that the caller's listeners have together.
func (h *Hub) share(a *authz.Actor, c Caller) *standing {
	sum := sha256.Sum256([]byte(c.Key)) // tokens are not kept where nobody needs them
	c.Key = string(a.ID) + string(sum[:])
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.standings[c.Key]
	if s == nil {
		s = &standing{caller: c, clock: h.Ops.Clock}
		h.standings[c.Key] = s
	}
	s.listeners++
	return s
}

// part ends what nobody listens to any more.
func (h *Hub) part(j *journal, s *standing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if j.listeners--; j.listeners == 0 {
		delete(h.journals, j.organization)
	}
	if s == nil {
		return
	}
	if s.listeners--; s.listeners == 0 {
		delete(h.standings, s.caller.Key)
	}
}

// Next waits for events. It answers none when it is time for a sign of life, and an error where the listener has to go: the
// caller may not listen any more, or the server ends.
func (l *Listener) Next(ctx context.Context) (b Batch, err error) {
	for {
		select {
		case <-l.hub.ending:
			return b, errEnding()
		case <-l.beats.C:
			b.Beat = true
		default:
		}
		n, err := l.read(ctx)
		if err != nil {
			return b, err
		}
		l.at = n.last
		if len(n.rows) > 0 || b.Beat {
			b.Events, b.Last = n.rows, n.last
			b.Actor, err = l.allowed(ctx, n.rights)
			return b, err
		}
		if err := l.wait(ctx, n, &b); err != nil {
			return b, err
		}
	}
}

// wait returns when there may be something to say. Whether the caller still may listen is asked even where they do not hear of
// what came.
func (l *Listener) wait(ctx context.Context, n news, b *Batch) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-l.hub.ending:
		return errEnding()
	case <-l.beats.C:
		b.Beat = true
		return nil
	case <-n.grown:
		_, err := l.allowed(ctx, l.journal.since(l.at).rights)
		return err
	}
}

// allowed is the caller as they are now, where they may still listen.
func (l *Listener) allowed(ctx context.Context, rights int64) (*authz.Actor, error) {
	a, err := l.standing.now(ctx, rights)
	if err != nil {
		return nil, err
	}
	return a, authz.Allow(a, l.op)
}

// read is what follows the listener's place: from the journal, or from the database where that does not reach back so far.
func (l *Listener) read(ctx context.Context) (news, error) {
	n := l.journal.since(l.at)
	if !n.behind {
		n.rows = l.wanted(n.rows)
		return n, nil
	}
	where := []predicate.Event{entevent.SequenceGT(l.at), entevent.SequenceLTE(n.last)}
	if len(l.types) > 0 {
		where = append(where, entevent.TypeIn(l.types...))
	}
	var err error
	n.rows, err = l.hub.events(ctx, l.journal.organization, catchUpRows, where...)
	if len(n.rows) == catchUpRows {
		n.last = n.rows[catchUpRows-1].Sequence
	}
	return n, err
}

// wanted are the rows of the types that the listener wants to hear of.
func (l *Listener) wanted(rows []*ent.Event) []*ent.Event {
	if len(l.types) == 0 {
		return rows
	}
	var some []*ent.Event
	for _, e := range rows {
		if _, found := slices.BinarySearch(l.types, e.Type); found {
			some = append(some, e)
		}
	}
	return some
}

// Listeners is how many have their place: what is committed from now on, each of them hears of.
func (h *Hub) Listeners() (n int) {
	h.begin()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.standings {
		n += s.listeners
	}
	return n
}
