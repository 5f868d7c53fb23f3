package report

import (
	"cmp"
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
)

// EventsInput says which events are read, and from where on.
type EventsInput struct {
	Limit  *int     `query:"limit" doc:"Events of a page." minimum:"1" maximum:"200" default:"50"`
	Cursor string   `query:"cursor" doc:"Read on after this place: next_cursor of an earlier answer, however old, whatever its types were; absent = from the beginning." format:"cursor"`
	After  string   `query:"after" doc:"Another name for cursor." format:"cursor"`
	Types  []string `query:"types,comma" doc:"Only these types, separated by commas: queue_item.created, queue_item.* or *; absent = all." maxItems:"100" maxLength:"100" example:"queue_item.*,print.failed"`
}

// Validate refuses two places at once, and types that no event has.
func (in EventsInput) Validate() (fields []errs.Field) {
	if in.Cursor != "" && in.After != "" {
		fields = append(fields, errs.Field{Path: "after", Code: "not_allowed", Message: "is another name for cursor: send one of them"})
	}
	for _, name := range in.Types {
		if len(event.Named(name)) == 0 {
			fields = append(fields, errs.Field{Path: "types", Code: "not_allowed", Message: fmt.Sprintf("has %.100q, which is no type of event", name)})
		}
	}
	return fields
}

// EventFeed is a page of the feed, for GraphQL: REST has an envelope for all lists.
type EventFeed struct {
	Events     []*ent.Event
	HasMore    bool
	NextCursor string // also where nothing follows yet
}

// feedKey is what its cursors are made for: they are bound to nothing but the feed, and stay valid.
func feedKey() []byte { return page.Bind("events") }

// Cursor is the place in the feed after the event with the number, 0 for its beginning.
func Cursor(after int64) string {
	cursor, _ := page.Encode(feedKey(), after, "sequence") // a number: cannot fail
	return cursor
}

// Events reads the events after a cursor that the actor may see, in the order of their numbers. Numbers are given in the order
// of commits, so that none comes late and no page has a gap.
func (s *Service) Events(ctx context.Context, in EventsInput) (page.List[*ent.Event], error) {
	return op.Read(ctx, s.Ops, OpEvents, in, func(ctx context.Context, c *ent.Client) (l page.List[*ent.Event], err error) {
		after, err := in.Place()
		if err != nil {
			return l, err
		}
		q := c.Event.Query().Where(entevent.SequenceGT(after)).Order(entevent.BySequence())
		if types := in.Names(); len(types) > 0 {
			q.Where(entevent.TypeIn(types...))
		}
		limit := page.Limit(in.Limit)
		rows, err := q.Limit(limit + 1).All(ctx)
		if err != nil {
			return l, fmt.Errorf("read events: %w", err)
		}

		more := len(rows) > limit
		l.Data = rows[:min(len(rows), limit)]
		if len(l.Data) > 0 {
			after = l.Data[len(l.Data)-1].Sequence
		}
		if l.Later = Cursor(after); more {
			l.Next = l.Later
		}
		return l, nil
	})
}

// Place is the number of the event after which to read on, 0 for the beginning.
func (in EventsInput) Place() (after int64, err error) {
	cursor := cmp.Or(in.Cursor, in.After)
	if cursor == "" {
		return 0, nil
	}
	if _, err := page.Decode(cursor, feedKey(), &after); err != nil || after < 0 {
		return 0, errs.New(errs.InvalidCursor, "The cursor is damaged or is not of this feed.")
	}
	return after, nil
}

// Names are the types to look for, none where all are meant.
func (in EventsInput) Names() []string { return event.Names(in.Types) }
