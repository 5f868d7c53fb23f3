package webhook

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/webhook"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Ping is a test event on its way.
type Ping struct {
	WebhookID pid.ID `json:"webhook_id" doc:"The endpoint." example:"whk_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	EventID   pid.ID `json:"event_id" doc:"The event: its delivery is the one of GET /v1/platform/webhook-deliveries?event_id=…" example:"evt_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	EventType string `json:"event_type" doc:"test.ping" example:"test.ping"`
}

// Test emits test.ping for one endpoint, which gets it whatever it subscribed to; others do not.
func (s *Service) Test(ctx context.Context, in WebhookInput) (Ping, error) {
	return op.Do(ctx, s.Ops, OpTest, in, func(ctx context.Context, tx *ent.Tx) (Ping, error) {
		w, err := enabled(ctx, tx, in)
		if err != nil {
			return Ping{}, err
		}

		id := pid.New("evt")
		event.Emit(ctx, tx, event.Fact{EventID: id, Type: event.TestPing, Resource: "webhook", ID: w.ID, Object: map[string]any{"id": w.ID}})
		return Ping{WebhookID: w.ID, EventID: id, EventType: string(event.TestPing)}, nil
	})
}

// enabled loads an endpoint that something is to be sent to.
func enabled(ctx context.Context, tx *ent.Tx, in WebhookInput) (*ent.Webhook, error) {
	w, err := op.Load(ctx, tx.Webhook, in.WebhookID)
	if err != nil {
		return nil, err
	}
	if err := op.Match(in.IfMatch, w.Version); err != nil {
		return nil, err
	}
	if w.State != webhook.StateEnabled {
		return nil, errs.New(errs.WebhookDisabled, "The endpoint is %s: nothing is sent to it. Enable it first.", w.State)
	}
	return w, nil
}
