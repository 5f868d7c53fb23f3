package webhook

import (
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/webhook"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/outbox"
	"github.com/soloprint/soloprint/internal/pid"
)

// reader is the name of the cursor behind which events have no deliveries yet.
const reader = "webhooks"

// Bounds of one fan-out: its transaction holds SQLite's only writer.
const (
	fanOutEvents = 250
	fanOutRows   = 1000 // of one INSERT: five parameters a row stay far below the 32,766 of SQLite
)

// FanOutInput says how much the server can send at once.
type FanOutInput struct {
	room  func(webhook pid.ID) int // deliveries that it takes; the others wait in the database
	token string
	lease time.Duration
}

// fanned is what came of the events.
type fanned struct {
	endpoints []*endpoint // all that are enabled now
	parcels   map[pid.ID][]*parcel
	waiting   map[pid.ID]bool // endpoints with deliveries that the server had no room for
	more      bool            // events are left
}

// row is a delivery to be written.
type row struct {
	id, webhook pid.ID
	event       *ent.Event
	leased      bool
}

// FanOut writes a delivery for each event since the last time and each endpoint that subscribed to it. What the server can
// send at once is claimed with the same statement: most deliveries are written twice in their life, not three times.
func (s *Service) FanOut(ctx context.Context, in FanOutInput) (fanned, error) {
	return op.Do(ctx, s.Ops, OpFanOut, in, func(ctx context.Context, tx *ent.Tx) (fanned, error) {
		batch, err := outbox.Hold(ctx, tx, reader)
		if err != nil {
			return fanned{}, err
		}
		out := fanned{parcels: map[pid.ID][]*parcel{}, waiting: map[pid.ID]bool{}}
		if out.endpoints, err = s.endpoints(ctx, tx); err != nil {
			return fanned{}, err
		}
		if len(out.endpoints) == 0 {
			return out, batch.Skip(ctx, tx)
		}
		events, err := batch.Read(ctx, tx, types(out.endpoints), fanOutEvents)
		if err != nil {
			return fanned{}, err
		}
		out.more = batch.More

		rows, err := s.address(events, &out, in)
		if err != nil {
			return fanned{}, err
		}
		for len(rows) > 0 {
			n := min(len(rows), fanOutRows)
			if err := in.insert(ctx, tx, rows[:n]); err != nil {
				return fanned{}, err
			}
			rows = rows[n:]
		}
		return out, batch.Done(ctx, tx)
	})
}

// endpoints are those that are enabled.
func (s *Service) endpoints(ctx context.Context, tx *ent.Tx) ([]*endpoint, error) {
	hooks, err := tx.Webhook.Query().Where(webhook.StateEQ(webhook.StateEnabled)).Order(webhook.ByID()).Limit(2 * maxEndpoints).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read webhooks: %w", err)
	}
	endpoints := make([]*endpoint, len(hooks))
	for i, w := range hooks {
		if endpoints[i], err = s.endpoint(w); err != nil {
			return nil, err
		}
	}
	return endpoints, nil
}

// types are those of which any endpoint hears; none where that is all.
func types(endpoints []*endpoint) []string {
	subscriptions := []string{string(event.TestPing)}
	for _, e := range endpoints {
		subscriptions = append(subscriptions, e.subscriptions...)
	}
	return event.Names(subscriptions)
}

// address decides who gets which event, and who of them at once.
func (s *Service) address(events []*ent.Event, out *fanned, in FanOutInput) ([]row, error) {
	room := map[pid.ID]int{}
	for _, to := range out.endpoints {
		room[to.id] = in.room(to.id)
	}
	var rows []row
	for _, e := range events {
		var body []byte
		for _, to := range out.endpoints {
			if !to.wants(e) {
				continue
			}
			r := row{id: pid.New("whd"), webhook: to.id, event: e, leased: room[to.id] > 0}
			rows = append(rows, r)
			if !r.leased {
				out.waiting[to.id] = true
				continue
			}
			if body == nil {
				var err error
				if body, err = s.body(e); err != nil {
					return nil, err
				}
			}
			room[to.id]--
			out.parcels[to.id] = append(out.parcels[to.id], &parcel{id: r.id, event: e.ID, body: body})
		}
	}
	return rows, nil
}

// wants reports whether the endpoint gets the event: what happened since it was made, and what it subscribed to. A ping is
// for one endpoint alone.
func (e *endpoint) wants(happened *ent.Event) bool {
	if happened.Type == string(event.TestPing) {
		return happened.SubjectID == string(e.id)
	}
	return happened.Sequence > e.since && subscribed(e.subscriptions, happened.Type)
}

// insert writes deliveries in one statement. The guard does not see it: every row has the actor's organization, and the
// database refuses one that points into another.
func (in FanOutInput) insert(ctx context.Context, tx *ent.Tx, rows []row) error {
	moment := "?"
	if tx.Driver().Dialect() == dialect.Postgres {
		moment = "CAST(? AS timestamptz)"
	}
	now := op.Now(ctx)
	args := []any{now, now, authz.From(ctx).Organization, now, now.Add(in.lease), in.token}
	for _, r := range rows {
		leased := ""
		if r.leased {
			leased = "y"
		}
		args = append(args, r.id, r.webhook, r.event.ID, r.event.Type, leased)
	}
	values := strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?),", len(rows)), ",")
	written, err := tx.Client().QueryRows(ctx, "INSERT INTO webhook_deliveries (id, created_at, updated_at, version, organization_id, webhook_id, event_id, event_type,"+
		" status, attempts, next_attempt_at, replay, lease_until, lease_token) SELECT v.column1, "+moment+", "+moment+", 1, ?, v.column2, v.column3, v.column4,"+
		" CASE v.column5 WHEN 'y' THEN 'delivering' ELSE 'queued' END, '[]', "+moment+", 0, CASE v.column5 WHEN 'y' THEN "+moment+" END, CASE v.column5 WHEN 'y' THEN ? ELSE '' END"+
		" FROM (VALUES "+values+") AS v WHERE 1 = 1 ON CONFLICT (event_id, webhook_id, replay) DO NOTHING RETURNING id", args)
	if err != nil {
		return fmt.Errorf("insert deliveries: %w", err)
	}
	defer func() { _ = written.Close() }()
	for written.Next() { // the statement runs as its rows are read
	}
	return written.Err()
}
