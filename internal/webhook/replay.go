package webhook

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// ReplayInput names a delivery.
type ReplayInput struct {
	WebhookDeliveryID pid.ID `path:"webhook_delivery_id" json:"-" doc:"Identifier of the webhook delivery." example:"whd_01jd4c0n5xe2vb8w6h3ks9qt7m"`
}

// Replay sends the event of a delivery that has ended once more, as a delivery of its own with the same webhook-id.
func (s *Service) Replay(ctx context.Context, in ReplayInput) (*ent.WebhookDelivery, error) {
	return op.Do(ctx, s.Ops, OpReplay, in, func(ctx context.Context, tx *ent.Tx) (*ent.WebhookDelivery, error) {
		old, err := op.Load(ctx, tx.WebhookDelivery, in.WebhookDeliveryID)
		if err != nil {
			return nil, err
		}
		if old.Status == webhookdelivery.StatusQueued || old.Status == webhookdelivery.StatusDelivering {
			return nil, errs.New(errs.DeliveryNotReplayable, "The delivery is %s: it has not ended yet.", old.Status)
		}
		// The lock on the endpoint numbers its replays: two at once are two.
		if _, err := enabled(ctx, tx, WebhookInput{WebhookID: old.WebhookID}); err != nil {
			return nil, err
		}

		n, err := replays(ctx, tx, old)
		if err != nil {
			return nil, err
		}
		d, err := tx.WebhookDelivery.Create().SetWebhookID(old.WebhookID).SetEventID(old.EventID).SetEventType(old.EventType).
			SetReplayOf(old.ID).SetReplay(n + 1).SetNextAttemptAt(op.Now(ctx)).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("insert delivery: %w", err)
		}
		return d, nil
	})
}

// replays is the number of the last replay of a delivery's event to its endpoint.
func replays(ctx context.Context, tx *ent.Tx, d *ent.WebhookDelivery) (int, error) {
	last, err := tx.WebhookDelivery.Query().Where(webhookdelivery.EventID(d.EventID), webhookdelivery.WebhookID(d.WebhookID)).
		Order(webhookdelivery.ByReplay(sql.OrderDesc())).First(ctx)
	if err != nil {
		return 0, fmt.Errorf("read replays: %w", err)
	}
	return last.Replay, nil
}
