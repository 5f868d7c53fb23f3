package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/webhook"
)

type webhookResolver struct{ *Resolver }

// Webhook implements generated.ResolverRoot.
func (r *Resolver) Webhook() generated.WebhookResolver { return &webhookResolver{r} }

// RetryScheduleSeconds are the pauses between an endpoint's attempts.
func (r *webhookResolver) RetryScheduleSeconds(_ context.Context, of *ent.Webhook) ([]int, error) {
	return webhook.Schedule(of.MaxAttempts, of.RetryBackoffSeconds), nil
}

// WebhookEventTypes is the query webhookEventTypes.
func (r *queryResolver) WebhookEventTypes(ctx context.Context) ([]*webhook.EventType, error) {
	catalogue, err := r.Hooks.EventTypes(ctx, webhook.EventTypesInput{})
	types := make([]*webhook.EventType, len(catalogue.Data))
	for i := range types {
		types[i] = &catalogue.Data[i]
	}
	return types, err
}

// CreateWebhook is the mutation createWebhook.
func (r *mutationResolver) CreateWebhook(ctx context.Context, input webhook.CreateInput) (*webhook.Created, error) {
	return pointer(r.Hooks.Create(ctx, input))
}

// UpdateWebhook is the mutation updateWebhook.
func (r *mutationResolver) UpdateWebhook(ctx context.Context, input webhook.UpdateInput) (*ent.Webhook, error) {
	return reload[*ent.Webhook](ctx, r.Client)(r.Hooks.Update(ctx, input))
}

// RotateWebhookSecret is the mutation rotateWebhookSecret.
func (r *mutationResolver) RotateWebhookSecret(ctx context.Context, input webhook.WebhookInput) (*webhook.Created, error) {
	return pointer(r.Hooks.RotateSecret(ctx, input))
}

// TestWebhook is the mutation testWebhook.
func (r *mutationResolver) TestWebhook(ctx context.Context, input webhook.WebhookInput) (*webhook.Ping, error) {
	return pointer(r.Hooks.Test(ctx, input))
}

// RecoverWebhook is the mutation recoverWebhook.
func (r *mutationResolver) RecoverWebhook(ctx context.Context, input webhook.RecoverInput) (*webhook.Recovery, error) {
	return pointer(r.Hooks.Recover(ctx, input))
}

// ReplayWebhookDelivery is the mutation replayWebhookDelivery.
func (r *mutationResolver) ReplayWebhookDelivery(ctx context.Context, input webhook.ReplayInput) (*ent.WebhookDelivery, error) {
	return reload[*ent.WebhookDelivery](ctx, r.Client)(r.Hooks.Replay(ctx, input))
}
