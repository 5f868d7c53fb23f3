package live

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/report"
)

// Feed is the events that a caller may see, as they happen: what report.Events lists, without an end.
type Feed struct {
	*Listener
	sees  map[string]sight // by resource, of the actor
	actor *authz.Actor
}

type sight struct{ all, some bool }

// Follow begins a feed after the Input's place, or with what comes where it names none.
func (h *Hub) Follow(ctx context.Context, c Caller, in report.EventsInput) (*Feed, error) {
	return op.Read(ctx, h.Ops, report.OpEvents, in, func(context.Context, *ent.Client) (*Feed, error) {
		if in.Limit != nil {
			return nil, errs.Invalid(errs.Field{Path: "limit", Code: "not_allowed", Message: "is for pages, and a stream has none"})
		}
		w := Wish{Op: report.OpEvents, Types: in.Names()}
		if in.Cursor != "" || in.After != "" {
			after, err := in.Place()
			if err != nil {
				return nil, err
			}
			w.After = &after
		}
		l, err := h.Listen(ctx, c, w)
		return &Feed{Listener: l}, err
	})
}

// At is the cursor of the feed's place.
func (f *Feed) At() string { return report.Cursor(f.at) }

// Next waits for events that the caller may see. Those of a batch in which there are none are passed over.
func (f *Feed) Next(ctx context.Context) (Batch, error) {
	for {
		b, err := f.Listener.Next(ctx)
		if err != nil {
			return b, err
		}
		if b.Events, err = f.seen(ctx, b); err != nil || len(b.Events) > 0 || b.Beat {
			return b, err
		}
	}
}

// seen are the events on subjects that the actor may read. Where they see some of a resource, the database says which: one
// statement for all of them, by the rule that lists have.
func (f *Feed) seen(ctx context.Context, b Batch) ([]*ent.Event, error) {
	if f.actor != b.Actor {
		f.actor, f.sees = b.Actor, map[string]sight{}
	}
	var asked []pid.ID
	for _, e := range b.Events {
		if s := f.sight(e.SubjectType); s.some && !s.all {
			asked = append(asked, e.ID)
		}
	}
	found, err := f.readable(ctx, asked)
	if err != nil {
		return nil, err
	}
	seen := make([]*ent.Event, 0, len(b.Events))
	for _, e := range b.Events {
		if f.sight(e.SubjectType).all || found[e.ID] {
			seen = append(seen, e)
		}
	}
	return seen, nil
}

func (f *Feed) sight(resource string) sight {
	s, known := f.sees[resource]
	if !known {
		s.all, s.some = f.hub.Sees(f.actor, resource)
		f.sees[resource] = s
	}
	return s
}

// readable are those of the events that the actor finds in the list.
func (f *Feed) readable(ctx context.Context, ids []pid.ID) (map[pid.ID]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return op.Read(authz.With(ctx, f.actor), f.hub.Ops, report.OpEvents, struct{}{}, func(ctx context.Context, c *ent.Client) (map[pid.ID]bool, error) {
		found, err := c.Event.Query().Where(entevent.IDIn(ids...)).Limit(len(ids)).IDs(ctx)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		set := make(map[pid.ID]bool, len(found))
		for _, id := range found {
			set[id] = true
		}
		return set, nil
	})
}
