package webhook

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// recoverRows is how many deliveries one request makes at most, so that its transaction stays short.
const recoverRows = 5000

// RecoverInput says what is sent again.
type RecoverInput struct {
	WebhookID  pid.ID    `path:"webhook_id" json:"-" doc:"Identifier of the webhook." example:"whk_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Since      time.Time `json:"since" required:"true" doc:"Events that happened from then on." example:"2026-04-02T08:00:00Z"`
	Status     string    `json:"status,omitempty" enum:"failed,missed,delivered" doc:"failed: what was tried in vain; missed: what happened while it was disabled and was never sent; delivered: what arrived, once more; absent = failed and missed." example:"failed"`
	EventTypes []string  `json:"event_types,omitempty" maxItems:"200" uniqueItems:"true" maxLength:"100" doc:"Types of events, queue_item.* or *; absent = those of the subscriptions." example:"queue_item.assigned"`
}

// Validate implements op.Validator.
func (in RecoverInput) Validate() []errs.Field {
	fields := checkSubscriptions(in.EventTypes)
	for i := range fields {
		fields[i].Path = strings.Replace(fields[i].Path, "subscriptions", "event_types", 1)
	}
	return fields
}

// Recovery is what will be sent again.
type Recovery struct {
	Count   int  `json:"count" doc:"Deliveries that were queued."`
	HasMore bool `json:"has_more" doc:"More than 5,000 fit: ask again for the rest."`
}

// missing is an event that an endpoint is sent again, with its last delivery to it where there was one.
type missing struct {
	event, delivery pid.ID
	typ             string
	replay          int
}

// Recover queues what an endpoint did not get. Asking again finds only what is left: what has been queued anew is no longer
// failed or missed.
func (s *Service) Recover(ctx context.Context, in RecoverInput) (Recovery, error) {
	return op.Do(ctx, s.Ops, OpRecover, in, func(ctx context.Context, tx *ent.Tx) (Recovery, error) {
		w, err := enabled(ctx, tx, WebhookInput{WebhookID: in.WebhookID})
		if err != nil {
			return Recovery{}, err
		}
		types := in.EventTypes
		if len(types) == 0 {
			types = w.Subscriptions
		}
		found, err := in.find(ctx, tx, types)
		if err != nil {
			return Recovery{}, err
		}
		more := len(found) > recoverRows
		found = found[:min(len(found), recoverRows)]

		rows := make([]*ent.WebhookDeliveryCreate, len(found))
		for i, m := range found {
			rows[i] = tx.WebhookDelivery.Create().SetWebhookID(w.ID).SetEventID(m.event).SetEventType(m.typ).SetNextAttemptAt(op.Now(ctx))
			if m.delivery != "" {
				rows[i].SetReplayOf(m.delivery).SetReplay(m.replay + 1)
			}
		}
		return Recovery{Count: len(rows), HasMore: more}, insert(ctx, tx, rows)
	})
}

// insert writes deliveries.
func insert(ctx context.Context, tx *ent.Tx, rows []*ent.WebhookDeliveryCreate) error {
	for len(rows) > 0 {
		n := min(len(rows), 500)
		if err := tx.WebhookDelivery.CreateBulk(rows[:n]...).Exec(ctx); err != nil {
			return fmt.Errorf("insert deliveries: %w", err)
		}
		rows = rows[n:]
	}
	return nil
}

// find reads the events that fit, with the last delivery of each to the endpoint.
func (in RecoverInput) find(ctx context.Context, tx *ent.Tx, types []string) ([]missing, error) {
	condition := "(d.id IS NULL OR d.status = 'failed')"
	switch in.Status {
	case "missed":
		condition = "d.id IS NULL"
	case "failed", "delivered":
		condition = "d.status = '" + in.Status + "'"
	}
	fits, args := typesIn(types)
	args = append([]any{in.WebhookID, authz.From(ctx).Organization, in.Since}, args...)
	rows, err := tx.Client().QueryRows(ctx, "SELECT e.id, e.type, COALESCE(d.id, ''), COALESCE(d.replay, 0) FROM events e LEFT JOIN webhook_deliveries d ON d.event_id = e.id"+
		" AND d.webhook_id = ? AND d.replay = (SELECT MAX(l.replay) FROM webhook_deliveries l WHERE l.event_id = e.id AND l.webhook_id = d.webhook_id)"+
		" WHERE e.organization_id = ? AND e.occurred_at >= ? AND "+fits+" AND "+condition+" ORDER BY e.sequence LIMIT ?",
		append(args, recoverRows+1))
	if err != nil {
		return nil, fmt.Errorf("find events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var found []missing
	for rows.Next() {
		var m missing
		if err := rows.Scan(&m.event, &m.typ, &m.delivery, &m.replay); err != nil {
			return nil, fmt.Errorf("find events: %w", err)
		}
		found = append(found, m)
	}
	return found, rows.Err()
}

// typesIn is the condition that an event's type is one of those that the subscriptions mean.
func typesIn(subscriptions []string) (condition string, args []any) {
	for _, t := range event.Catalogue() {
		if t != event.TestPing && subscribed(subscriptions, string(t)) {
			args = append(args, string(t))
		}
	}
	if len(args) == 0 {
		return "1 = 0", nil
	}
	return "e.type IN (?" + strings.Repeat(", ?", len(args)-1) + ")", args
}
