package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// overlap is how long deliveries carry the signature of the former secret, too.
const overlap = 24 * time.Hour

// WebhookInput names an endpoint.
type WebhookInput struct {
	WebhookID pid.ID `path:"webhook_id" json:"-" doc:"Identifier of the webhook." example:"whk_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch   string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// RotateSecret gives an endpoint a new secret. Of several rotations within the overlap only the last secret before stays.
func (s *Service) RotateSecret(ctx context.Context, in WebhookInput) (Created, error) {
	return op.Do(ctx, s.Ops, OpRotateSecret, in, func(ctx context.Context, tx *ent.Tx) (Created, error) {
		old, err := op.Load(ctx, tx.Webhook, in.WebhookID)
		if err != nil {
			return Created{}, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return Created{}, err
		}
		former, err := s.Secrets.Open(place(old.ID, "secret"), old.Secret)
		if err != nil {
			return Created{}, fmt.Errorf("open secret: %w", err)
		}

		key, shown := newSecret()
		w, err := tx.Webhook.UpdateOne(old).SetSecret(s.Secrets.Seal(place(old.ID, "secret"), key)).
			SetPreviousSecret(s.Secrets.Seal(place(old.ID, "previous_secret"), former)).SetPreviousSecretUntil(op.Now(ctx).Add(overlap)).Save(ctx)
		if err != nil {
			return Created{}, fmt.Errorf("rotate secret: %w", err)
		}

		object := record.Webhook(w)
		event.Emit(ctx, tx, event.Updated{Resource: "webhook", ID: w.ID, Object: object, Previous: record.Previous(record.Webhook(old), object)})
		return Created{Webhook: w, Secret: shown}, nil
	})
}
