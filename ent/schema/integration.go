package schema

import (
	"encoding/json"

	"entgo.io/ent"
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
		field.String("name").NotEmpty().Annotations(doc("What it is for.")),
		field.String("description").Default("").Annotations(expose.Field{Doc: "More about it.", Lines: true}),
		field.String("endpoint_url").Annotations(doc("Where events are sent.")),
		field.Strings("subscriptions").Annotations(doc("Event types, queue_item.* or *.")),
		field.Int("max_attempts").Default(5).Annotations(doc("Tries before a delivery has failed.")),
		field.Int("retry_backoff_seconds").Default(300).Annotations(doc("Wait after the first try; it doubles.")),
		field.Enum("state").Values("enabled", "disabled", "auto_disabled").Default("enabled").Annotations(expose.Field{Filter: expose.In}),
		field.Bytes("secret").Sensitive().Annotations(hidden),
		field.Bytes("previous_secret").Optional().Sensitive().Annotations(hidden),
		field.Time("previous_until").Optional().Nillable().Annotations(hidden),
		field.Time("failing_since").Optional().Nillable().Annotations(quiet),
	}
}

// Annotations of the Webhook.
func (Webhook) Annotations() []schema.Annotation {
	return []schema.Annotation{table("webhooks"),
		expose.Resource{Resource: "webhook", Prefix: "whk", Param: "webhook_id", Read: []string{"integrations.manage"}, Write: []string{"integrations.manage"}}}
}

// WebhookDelivery is one event on its way to one endpoint.
type WebhookDelivery struct{ ent.Schema }

// Mixin of the WebhookDelivery.
func (WebhookDelivery) Mixin() []ent.Mixin { return owned("whd") }

// Fields of the WebhookDelivery.
func (WebhookDelivery) Fields() []ent.Field {
	return []ent.Field{
		ref("webhook_id").Immutable().Annotations(readOnly),
		ref("event_id").Immutable().Annotations(readOnly),
		field.Enum("status").Values("queued", "delivering", "delivered", "failed").Default("queued").Annotations(readOnly),
		field.JSON("attempts", []schematype.Attempt{}).Default([]schematype.Attempt{}).Annotations(readOnly),
		field.Time("next_attempt_at").Optional().Nillable().Annotations(readOnly),
		optRef("replay_of").Immutable().Annotations(readOnly),
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

// Indexes of the WebhookDelivery.
func (WebhookDelivery) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("webhook_id", "event_id", "replay").Unique(),
		index.Fields("status", "next_attempt_at"),
		index.Fields("organization_id", "created_at", "id"),
	}
}

// Annotations of the WebhookDelivery.
func (WebhookDelivery) Annotations() []schema.Annotation {
	return []schema.Annotation{table("webhook_deliveries"),
		expose.Resource{Resource: "webhook_delivery", Prefix: "whd", Param: "webhook_delivery_id", Read: []string{"integrations.manage"}, Write: []string{"integrations.manage"}}}
}

