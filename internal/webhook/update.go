package webhook

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/webhook"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// UpdateInput are the fields of an endpoint that change: absent means unchanged, null cleared.
type UpdateInput struct {
	WebhookID           pid.ID                      `path:"webhook_id" json:"-" doc:"Identifier of the webhook." example:"whk_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch             string                      `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
	Name                graphql.Omittable[*string]  `json:"name,omitzero" nullable:"false" minLength:"1" maxLength:"200" doc:"What it is for." example:"Operations endpoint"`
	EndpointURL         graphql.Omittable[*string]  `json:"endpoint_url,omitzero" nullable:"false" minLength:"1" maxLength:"2048" doc:"Where events are sent, what waits already too." example:"https://example.com/webhooks/soloprint"`
	Subscriptions       graphql.Omittable[[]string] `json:"subscriptions,omitzero" nullable:"false" minItems:"1" maxItems:"200" uniqueItems:"true" maxLength:"100" doc:"Types of events, all of a resource (queue_item.*) or all (*)." example:"queue_item.assigned"`
	MaxAttempts         graphql.Omittable[*int]     `json:"max_attempts,omitzero" nullable:"false" minimum:"1" maximum:"20" doc:"Tries before a delivery has failed." example:"5"`
	RetryBackoffSeconds graphql.Omittable[*int]     `json:"retry_backoff_seconds,omitzero" nullable:"false" minimum:"1" maximum:"86400" doc:"Wait after the first try; it doubles with each, up to 24 hours." example:"300"`
	Description         graphql.Omittable[*string]  `json:"description,omitzero" maxLength:"2000" multiline:"true" doc:"More about it."`
	State               graphql.Omittable[*string]  `json:"state,omitzero" nullable:"false" enum:"enabled,disabled" doc:"disabled: nothing is sent; what waited waits on, and what happens meanwhile is left out until it is recovered. enabled: it starts anew, whatever stopped it." example:"enabled"`
}

// Validate implements op.Validator.
func (in UpdateInput) Validate() []errs.Field {
	return append(checkURL(or(in.EndpointURL.Value(), "")), checkSubscriptions(in.Subscriptions.Value())...)
}

// change is the Input with whoever judges its address, before the transaction begins.
type change struct {
	UpdateInput
	egress *egress.Client
}

// Prepare implements op.Preparer.
func (in change) Prepare(ctx context.Context) error {
	if url := in.EndpointURL.Value(); url != nil {
		return reachable(ctx, in.egress, *url)
	}
	return nil
}

// Update changes an endpoint. It holds for all attempts from now on, those of waiting deliveries too.
func (s *Service) Update(ctx context.Context, in UpdateInput) (*ent.Webhook, error) {
	return op.Do(ctx, s.Ops, OpUpdate, change{in, s.Egress}, func(ctx context.Context, tx *ent.Tx) (*ent.Webhook, error) {
		old, err := op.Load(ctx, tx.Webhook, in.WebhookID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}

		u := tx.Webhook.UpdateOne(old)
		in.apply(u, old)
		if len(u.Mutation().Fields()) == 0 {
			return old, nil
		}
		w, err := u.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("update webhook: %w", err)
		}

		object := record.Webhook(w)
		event.Emit(ctx, tx, event.Updated{Resource: "webhook", ID: w.ID, Object: object, Previous: record.Previous(record.Webhook(old), object)})
		return w, nil
	})
}

// apply sets what is new.
func (in UpdateInput) apply(u *ent.WebhookUpdateOne, old *ent.Webhook) {
	if v := in.Name.Value(); v != nil && *v != old.Name {
		u.SetName(*v)
	}
	if v := or(in.Description.Value(), ""); in.Description.IsSet() && v != old.Description {
		u.SetDescription(v)
	}
	if v := in.EndpointURL.Value(); v != nil && *v != old.EndpointURL {
		u.SetEndpointURL(*v)
	}
	if search := in.search(old); search != old.Search {
		u.SetSearch(search)
	}
	if v := in.Subscriptions.Value(); v != nil && !slices.Equal(v, old.Subscriptions) {
		u.SetSubscriptions(v)
	}
	if v := in.MaxAttempts.Value(); v != nil && *v != old.MaxAttempts {
		u.SetMaxAttempts(*v)
	}
	if v := in.RetryBackoffSeconds.Value(); v != nil && *v != old.RetryBackoffSeconds {
		u.SetRetryBackoffSeconds(*v)
	}
	if v := in.State.Value(); v != nil && webhook.State(*v) != old.State {
		u.SetState(webhook.State(*v)).SetDisabledReason(webhook.DisabledReasonNone).ClearFailingSince()
	}
}

// search is the text in which the endpoint will be looked for.
func (in UpdateInput) search(old *ent.Webhook) string {
	description := old.Description
	if in.Description.IsSet() {
		description = or(in.Description.Value(), "")
	}
	return listing.Fold(or(in.Name.Value(), old.Name), or(in.EndpointURL.Value(), old.EndpointURL), description)
}
