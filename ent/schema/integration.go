package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/expose"
)

// Event is something that happened: the row that audit log, webhooks, live feed and notifications read. Never changed.
type Event struct{ ent.Schema }

// Mixin of the Event.
func (Event) Mixin() []ent.Mixin { return owned("evt") }

// Fields of the Event.
func (Event) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("sequence").Immutable().Annotations(readOnly),
		field.String("type").Immutable().Annotations(readOnly),
		field.String("subject_type").Immutable().Annotations(readOnly),
		field.String("subject_id").Immutable().Annotations(readOnly),
		field.String("actor_type").Immutable().Annotations(readOnly),
		field.String("actor_id").Immutable().Annotations(readOnly),
		field.String("actor_membership_id").Default("").Immutable().Annotations(readOnly),
		field.String("request_id").Default("").Immutable().Annotations(readOnly),
		field.Time("occurred_at").Immutable().Annotations(readOnly),
		field.JSON("data", json.RawMessage{}).Immutable().Annotations(readOnly),
	}
}

// Indexes of the Event.
func (Event) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "sequence").Unique(),
		index.Fields("organization_id", "type", "sequence"),
		index.Fields("subject_id", "sequence"),
		index.Fields("organization_id", "actor_membership_id", "sequence"),
	}
}

// Annotations of the Event.
func (Event) Annotations() []schema.Annotation {
	return []schema.Annotation{table("events"),
		expose.Resource{Resource: "event", Prefix: "evt", Read: []string{"integrations.manage", "operations.read"}}}
}

// Webhook is an endpoint that events are sent to.
type Webhook struct{ ent.Schema }

// Mixin of the Webhook.
func (Webhook) Mixin() []ent.Mixin { return owned("whk") }

// Fields of the Webhook.
func (Webhook) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "What it is for.", Example: "Operations endpoint"}),
		field.String("description").Default("").Annotations(expose.Field{Doc: "More about it.", Lines: true}),
		field.String("endpoint_url").Annotations(expose.Field{Doc: "Where events are sent.", MaxLen: 2048, Example: "https://example.com/webhooks/soloprint"}),
		field.Strings("subscriptions").Annotations(doc("Event types, queue_item.* or *.")),
		field.Int("max_attempts").Default(5).Annotations(doc("Tries before a delivery has failed.")),
		field.Int("retry_backoff_seconds").Default(300).Annotations(doc("Wait after the first try; it doubles with each, up to 24 hours.")),
		field.Enum("state").Values("enabled", "disabled", "auto_disabled").Default("enabled").Annotations(expose.Field{ReadOnly: true, Filter: expose.In,
			Doc: "enabled: it receives events; disabled: a person stopped it; auto_disabled: it stopped itself, disabled_reason says why."}),
		field.Enum("disabled_reason").Values("none", "gone", "failing").Default("none").Annotations(expose.Field{ReadOnly: true,
			Doc: "Why it stopped itself: gone = it answered 410, failing = nothing was delivered for 5 days."}),
		field.Time("failing_since").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Telemetry: true, Doc: "Since when no delivery has succeeded; null = the last one did."}),
		field.Int64("since_sequence").Default(0).Immutable().Annotations(quiet),
		field.Bytes("secret").Sensitive().Annotations(hidden),
		field.Bytes("previous_secret").Optional().Sensitive().Annotations(hidden),
		field.String("search").Default("").Annotations(quiet),
		field.Time("previous_secret_until").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Doc: "Until when deliveries are signed with the secret before the last rotation, too."}),
	}
}

// Indexes of the Webhook.
func (Webhook) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "created_at", "id")}
}

// Annotations of the Webhook.
func (Webhook) Annotations() []schema.Annotation {
	return []schema.Annotation{table("webhooks"),
		expose.Resource{Resource: "webhook", Prefix: "whk", Path: "/v1/platform/webhooks", Param: "webhook_id", GraphQL: true, View: true, Search: "search", Sort: "-created_at",
			Summary: "An endpoint that events are sent to.", Verbs: []expose.Verb{expose.List, expose.Get, expose.Delete},
			Read: []string{"integrations.manage"}, Write: []string{"integrations.manage"}}}
}

// WebhookDelivery is one event on its way to one endpoint.
type WebhookDelivery struct{ ent.Schema }

// Mixin of the WebhookDelivery.
func (WebhookDelivery) Mixin() []ent.Mixin { return owned("whd") }

// Fields of the WebhookDelivery.
func (WebhookDelivery) Fields() []ent.Field {
	return []ent.Field{
		ref("webhook_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "The endpoint."}),
		ref("event_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "The event; the webhook-id header of every attempt."}),
		field.String("event_type").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "What happened.", Example: "queue_item.assigned"}),
		field.Enum("status").Values("queued", "delivering", "delivered", "failed").Default("queued").Annotations(expose.Field{ReadOnly: true, Telemetry: true, Filter: expose.In,
			Doc: "queued: it waits for next_attempt_at; delivering: a server has it; delivered: the endpoint answered 2xx; failed: no attempts are left."}),
		field.JSON("attempts", []schematype.Attempt{}).Default([]schematype.Attempt{}).Annotations(expose.Field{ReadOnly: true, Telemetry: true, Doc: "What was tried, in order."}),
		field.Time("next_attempt_at").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Telemetry: true, Doc: "When it is tried next; null = never again."}),
		optRef("replay_of").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "The delivery that this one repeats; null = the event's first to this endpoint."}),
		field.Int("replay").Default(0).Immutable().Annotations(hidden),
		field.Time("lease_until").Optional().Nillable().Annotations(quiet),
		field.String("lease_token").Default("").Annotations(quiet),
	}
}

// Edges of the WebhookDelivery.
func (WebhookDelivery) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("webhook", Webhook.Type).Unique().Required().Immutable().Field("webhook_id").Annotations(cascade()),
		edge.To("event", Event.Type).Unique().Required().Immutable().Field("event_id").Annotations(cascade()),
	}
}

// Indexes of the WebhookDelivery: one row for each event and endpoint; what is due at an endpoint and whose lease may be over,
// which are few among the many that have ended; the log of an endpoint and of all.
func (WebhookDelivery) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("event_id", "webhook_id", "replay").Unique(),
		index.Fields("webhook_id", "next_attempt_at", "id").Annotations(entsql.IndexWhere("status = 'queued'")),
		index.Fields("lease_until").Annotations(entsql.IndexWhere("status = 'delivering'")),
		index.Fields("webhook_id", "created_at", "id"),
		index.Fields("organization_id", "created_at", "id"),
	}
}

// Annotations of the WebhookDelivery.
func (WebhookDelivery) Annotations() []schema.Annotation {
	return []schema.Annotation{table("webhook_deliveries"),
		expose.Resource{Resource: "webhook_delivery", Prefix: "whd", Path: "/v1/platform/webhook-deliveries", Param: "webhook_delivery_id", GraphQL: true, Sort: "-created_at",
			Summary: "An event on its way to an endpoint.", Verbs: []expose.Verb{expose.List, expose.Get},
			Read: []string{"integrations.manage"}, Write: []string{"integrations.manage"}}}
}
