package outbox

import (
	"context"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// ErrBusy says that another server reads the same organization's events for the same reader right now: nothing is to do.
var ErrBusy = errors.New("another server reads these events")

// Batch is what a reader has not seen yet, whose cursor nobody else moves until the transaction ends.
type Batch struct {
	More  bool  // more events follow those that were read
	Until int64 // the newest event that was committed when the cursor was taken

	organization, cursor pid.ID
	last                 int64 // seen before
	end                  int64 // the number of the last that was looked at
}

// scanned is how many events one read passes over, for each that it may give: those that nobody wants cost little.
const scanned = 20

// Hold takes the cursor of a reader of the actor's organization. Whatever the reader looks up to decide about events (who is
// subscribed) is to be read after it: what was committed before an event is then seen with it.
func Hold(ctx context.Context, tx *ent.Tx, reader string) (*Batch, error) {
	b := &Batch{organization: authz.From(ctx).Organization}
	org, err := tx.Organization.Get(ctx, b.organization)
	if err != nil {
		return nil, fmt.Errorf("read organization: %w", err)
	}
	b.Until, b.More = org.EventSeq, true
	if b.cursor, b.last, err = hold(ctx, tx, b.organization, reader); err != nil {
		return nil, err
	}
	b.end = b.last
	return b, nil
}

// Read gives the next events of the types, or of any where there are none, at most limit of them. The others are passed over.
func (b *Batch) Read(ctx context.Context, tx *ent.Tx, types []string, limit int) ([]*ent.Event, error) {
	// Numbers have no gaps. Both ends are named, because a planner with old statistics sorts all that follow for the sake of
	// the first hundred.
	b.end = min(b.last+int64(limit), b.Until)
	query := tx.Event.Query().Order(event.BySequence()).Limit(limit)
	if len(types) > 0 {
		b.end = min(b.last+scanned*int64(limit), b.Until)
		query.Where(event.TypeIn(types...))
	}
	events, err := query.Where(event.OrganizationID(b.organization), event.SequenceGT(b.last), event.SequenceLTE(b.end)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	if len(events) == limit {
		b.end = events[limit-1].Sequence
	}
	b.More = b.end < b.Until
	return events, nil
}

// Done moves the cursor behind what was read.
func (b *Batch) Done(ctx context.Context, tx *ent.Tx) error {
	return b.move(ctx, tx, b.end)
}

// Skip moves the cursor behind everything that was committed when it was taken: for readers to whom none of it matters.
func (b *Batch) Skip(ctx context.Context, tx *ent.Tx) error {
	b.More = false
	return b.move(ctx, tx, b.Until)
}

func (b *Batch) move(ctx context.Context, tx *ent.Tx, to int64) error {
	if to <= b.last {
		return nil
	}
	if err := tx.EventCursor.UpdateOneID(b.cursor).SetSequence(to).Exec(ctx); err != nil {
		return fmt.Errorf("move cursor: %w", err)
	}
	return nil
}

// hold locks the reader's cursor, which it makes at the first time, or says ErrBusy. It never waits: a server that was
// stopped in the middle of a transaction keeps the others from this organization only.
func hold(ctx context.Context, tx *ent.Tx, organization pid.ID, reader string) (pid.ID, int64, error) {
	query := "SELECT id, sequence FROM event_cursors WHERE organization_id = ? AND reader = ?"
	if tx.Driver().Dialect() == dialect.Postgres {
		query += " FOR UPDATE SKIP LOCKED"
	}
	id, sequence, err := scan(ctx, tx, query, organization, reader)
	if err != nil || id != "" {
		return id, sequence, err
	}
	now := op.Now(ctx)
	id, sequence, err = scan(ctx, tx, "INSERT INTO event_cursors (id, created_at, updated_at, version, organization_id, reader, sequence)"+
		" VALUES (?, ?, ?, 1, ?, ?, 0) ON CONFLICT (organization_id, reader) DO NOTHING RETURNING id, sequence", pid.New("cur"), now, now, organization, reader)
	if err == nil && id == "" {
		err = ErrBusy
	}
	return id, sequence, err
}

// scan reads the one row of a cursor; the identifier is empty where there is none.
func scan(ctx context.Context, tx *ent.Tx, query string, args ...any) (id pid.ID, sequence int64, err error) {
	rows, err := tx.Client().QueryRows(ctx, query, args)
	if err != nil {
		return "", 0, fmt.Errorf("hold cursor: %w", err)
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		if err := rows.Scan(&id, &sequence); err != nil {
			return "", 0, fmt.Errorf("hold cursor: %w", err)
		}
	}
	return id, sequence, rows.Err()
}
