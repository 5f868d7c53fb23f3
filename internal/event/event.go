package event

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
)

// Event is a fact that can be emitted: Created, Updated, Deleted or Fact.
type Event interface{ record() Fact }

// Fact is something that happened to a subject. Object is how the subject looks now, Previous what changed of it before;
// both are thin: identifiers and values, no names of people.
type Fact struct {
	EventID  pid.ID // the event's own, where the caller tells it at once; empty = a new one
	Type     Type
	Resource string
	ID       pid.ID
	Object   any
	Previous any
}

// Created says that a row was made.
type Created struct {
	Resource string
	ID       pid.ID
	Object   map[string]any
}

// Updated says that a row was changed; Previous holds only what changed.
type Updated struct {
	Resource         string
	ID               pid.ID
	Object, Previous map[string]any
}

// Deleted says that a row is gone.
type Deleted struct {
	Resource string
	ID       pid.ID
	Object   map[string]any
}

func (f Fact) record() Fact { return f }

func (e Created) record() Fact {
	return Fact{Type: Type(e.Resource + ".created"), Resource: e.Resource, ID: e.ID, Object: e.Object}
}

func (e Updated) record() Fact {
	return Fact{Type: Type(e.Resource + ".updated"), Resource: e.Resource, ID: e.ID, Object: e.Object, Previous: e.Previous}
}

func (e Deleted) record() Fact {
	return Fact{Type: Type(e.Resource + ".deleted"), Resource: e.Resource, ID: e.ID, Object: e.Object}
}

// Data is the body of an event.
type Data struct {
	Object   any `json:"object"`
	Previous any `json:"previous,omitempty"`
}

// Buffer collects what one operation emits. It belongs to one goroutine.
type Buffer struct{ facts []Fact }

type bufferKey struct{}

// WithBuffer gives the context a buffer; op.Do calls it.
func WithBuffer(ctx context.Context) (context.Context, *Buffer) {
	b := &Buffer{}
	return context.WithValue(ctx, bufferKey{}, b), b
}

// Emit puts the event into the outbox of the operation that the context belongs to. It panics outside an operation: that is
// a mistake of the program, not of its input.
func Emit(ctx context.Context, _ *ent.Tx, e Event) {
	b, ok := ctx.Value(bufferKey{}).(*Buffer)
	if !ok {
		panic("event: emitted outside an operation")
	}
	b.facts = append(b.facts, e.record())
}

// Expect makes room for n more events: a long list that grows is held twice.
func Expect(ctx context.Context, n int) {
	if b, ok := ctx.Value(bufferKey{}).(*Buffer); ok {
		b.facts = slices.Grow(b.facts, n)
	}
}

// Types lists what is in the buffer, in order.
func (b *Buffer) Types() []Type {
	types := make([]Type, len(b.facts))
	for i, f := range b.facts {
		types[i] = f.Type
	}
	return types
}

// flushRows bounds one INSERT: 6 values a row stay far below the 32,766 parameters of SQLite.
const flushRows = 500

// Flush numbers the buffered events and writes them. It is the last statement of an operation before commit.
func (b *Buffer) Flush(ctx context.Context, tx *ent.Tx, a *authz.Actor, requestID string, at time.Time) error {
	if len(b.facts) == 0 {
		return nil
	}
	last, err := number(ctx, tx, a.Organization, len(b.facts))
	if err != nil {
		return fmt.Errorf("number events: %w", err)
	}
	into := ent.Insertion{
		Table: entevent.Table,
		Shared: []string{entevent.FieldOrganizationID, entevent.FieldActorType, entevent.FieldActorID, entevent.FieldActorMembershipID, entevent.FieldRequestID,
			entevent.FieldOccurredAt, entevent.FieldCreatedAt, entevent.FieldUpdatedAt},
		SharedValues: []any{a.Organization, string(a.Kind), string(a.ID), string(a.Membership), requestID, at, at, at},
		Columns:      []string{entevent.FieldID, entevent.FieldSequence, entevent.FieldType, entevent.FieldSubjectType, entevent.FieldSubjectID, entevent.FieldData},
	}
	next := last - int64(len(b.facts)) + 1
	for chunk := range slices.Chunk(b.facts, flushRows) {
		if into.Values, err = rows(into.Values[:0], chunk, next); err != nil {
			return err
		}
		if err := tx.Client().InsertRows(ctx, into); err != nil {
			return fmt.Errorf("write events: %w", err)
		}
		next += int64(len(chunk))
	}
	return nil
}

// rows are the values of the events' own columns, numbered from next on.
func rows(values []any, facts []Fact, next int64) ([]any, error) {
	for i, f := range facts {
		if !f.Type.Known() {
			return nil, fmt.Errorf("event type %q is not in the catalogue", f.Type)
		}
		data, err := json.Marshal(Data{Object: f.Object, Previous: f.Previous})
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", f.Type, err)
		}
		id := f.EventID
		if id == "" {
			id = entevent.DefaultID()
		}
		values = append(values, id, next+int64(i), string(f.Type), f.Resource, string(f.ID), data)
	}
	return values, nil
}

// number takes n numbers from the organization's counter and answers the last.
func number(ctx context.Context, tx *ent.Tx, organization pid.ID, n int) (last int64, err error) {
	drv := tx.Driver()
	query, args := sql.Dialect(drv.Dialect()).Update("organizations").Add("event_seq", n).
		Where(sql.EQ("id", organization)).Returning("event_seq").Query()
	var rows sql.Rows
	if err := drv.Query(ctx, query, args, &rows); err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	last, err = sql.ScanInt64(rows)
	if err != nil {
		return 0, err
	}
	return last, rows.Close()
}
