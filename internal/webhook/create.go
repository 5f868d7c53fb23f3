package webhook

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// maxEndpoints is how many endpoints an organization has at most: every event costs a row for each.
const maxEndpoints = 50

// Retry policy where the request does not say: five tries within 75 minutes.
const (
	defaultAttempts = 5
	defaultBackoff  = 300 // seconds
)

// CreateInput is a new endpoint.
type CreateInput struct {
	Name                string   `json:"name" required:"true" minLength:"1" maxLength:"200" doc:"What it is for." example:"Operations endpoint"`
	EndpointURL         string   `json:"endpoint_url" required:"true" minLength:"1" maxLength:"2048" doc:"Where events are sent: a public https address, or one that the operator allows." example:"https://example.com/webhooks/soloprint"`
	Subscriptions       []string `json:"subscriptions" required:"true" minItems:"1" maxItems:"200" uniqueItems:"true" maxLength:"100" doc:"Types of events, all of a resource (queue_item.*) or all (*)." example:"queue_item.assigned"`
	MaxAttempts         *int     `json:"max_attempts,omitempty" minimum:"1" maximum:"20" doc:"Tries before a delivery has failed; absent = 5." example:"5"`
	RetryBackoffSeconds *int     `json:"retry_backoff_seconds,omitempty" minimum:"1" maximum:"86400" doc:"Wait after the first try; it doubles with each, up to 24 hours; absent = 300." example:"300"`
	Description         string   `json:"description,omitempty" maxLength:"2000" multiline:"true" doc:"More about it."`
}

// Validate implements op.Validator.
func (in CreateInput) Validate() []errs.Field {
	return append(checkURL(in.EndpointURL), checkSubscriptions(in.Subscriptions)...)
}

// checkURL finds a URL that means different things to different readers.
func checkURL(raw string) []errs.Field {
	if _, err := egress.ParseURL(raw); err != nil && raw != "" {
		return []errs.Field{{Path: "endpoint_url", Code: "invalid_format", Message: "is not of the form https://host/path, without a user"}}
	}
	return nil
}

// creation is the Input with whoever judges its address, before the transaction begins.
type creation struct {
	CreateInput
	egress *egress.Client
}

// Prepare implements op.Preparer.
func (in creation) Prepare(ctx context.Context) error {
	return reachable(ctx, in.egress, in.EndpointURL)
}

// reachable refuses an address that nothing is sent to. A name that DNS does not know is let pass: it may be set up
// tomorrow, and every delivery judges again.
func reachable(ctx context.Context, c *egress.Client, url string) error {
	err := c.Check(ctx, egress.Request{URL: url, HTTPS: true})
	if r, ok := egress.ReasonOf(err); ok && r != egress.AddressBlocked {
		return nil
	}
	return err
}

// Created is an endpoint with its secret, which nobody can read again.
type Created struct {
	Webhook *ent.Webhook
	Secret  string
}

// RowVersion is the endpoint's, for its ETag.
func (c Created) RowVersion() int { return c.Webhook.Version }

// Create makes an endpoint. It receives what happens from now on.
func (s *Service) Create(ctx context.Context, in CreateInput) (Created, error) {
	return op.Do(ctx, s.Ops, OpCreate, creation{in, s.Egress}, func(ctx context.Context, tx *ent.Tx) (Created, error) {
		org, err := tx.Organization.Get(ctx, authz.From(ctx).Organization)
		if err != nil {
			return Created{}, fmt.Errorf("read organization: %w", err)
		}
		if n, err := tx.Webhook.Query().Count(ctx); err != nil || n >= maxEndpoints {
			return Created{}, tooMany(err)
		}

		id := pid.New("whk")
		key, shown := newSecret()
		w, err := tx.Webhook.Create().SetID(id).SetName(in.Name).SetSearch(listing.Fold(in.Name, in.EndpointURL, in.Description)).SetDescription(in.Description).SetEndpointURL(in.EndpointURL).SetSubscriptions(in.Subscriptions).
			SetMaxAttempts(or(in.MaxAttempts, defaultAttempts)).SetRetryBackoffSeconds(or(in.RetryBackoffSeconds, defaultBackoff)).
			SetSinceSequence(org.EventSeq).SetSecret(s.Secrets.Seal(place(id, "secret"), key)).Save(ctx)
		if err != nil {
			return Created{}, fmt.Errorf("insert webhook: %w", err)
		}

		event.Emit(ctx, tx, event.Created{Resource: "webhook", ID: w.ID, Object: record.Webhook(w)})
		return Created{Webhook: w, Secret: shown}, nil
	})
}

// tooMany is the refusal of one endpoint more, or why they could not be counted.
func tooMany(err error) error {
	if err != nil {
		return fmt.Errorf("count webhooks: %w", err)
	}
	return errs.New(errs.WebhookLimitReached, "An organization has at most %d webhook endpoints.", maxEndpoints)
}

// or is a value, or what holds where there is none.
func or[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}
