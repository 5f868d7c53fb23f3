package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/soloprint/soloprint/internal/expose"
)

// IdempotencyKey is a request that is to have its effect once, and the answer that it got. Only internal/idem reads it.
type IdempotencyKey struct{ ent.Schema }

// Mixin of the IdempotencyKey.
func (IdempotencyKey) Mixin() []ent.Mixin { return owned("idk") }

// Fields of the IdempotencyKey.
func (IdempotencyKey) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("principal_type").Values("api_key", "session").Immutable().Annotations(hidden),
		field.String("principal_id").Immutable().Annotations(hidden),
		field.String("route").Immutable().Annotations(hidden),
		field.Bytes("key_hash").Immutable().Sensitive().Annotations(hidden),
		field.Bytes("request_hash").Sensitive().Annotations(hidden),
		field.Enum("state").Values("running", "done").Default("running").Annotations(hidden),
		field.String("lease_token").Sensitive().Annotations(hidden),
		field.Time("lease_until").Annotations(hidden),
		field.Int("status_code").Optional().Nillable().Annotations(hidden),
		field.Bytes("answer").Optional().Sensitive().Annotations(hidden),
		field.Time("expires_at").Annotations(hidden),
	}
}

// Indexes of the IdempotencyKey.
func (IdempotencyKey) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "principal_type", "principal_id", "route", "key_hash").Unique(),
		index.Fields("expires_at"),
	}
}

// Annotations of the IdempotencyKey.
func (IdempotencyKey) Annotations() []schema.Annotation {
	return []schema.Annotation{table("idempotency_keys"), expose.Resource{Prefix: "idk"}}
}

// EventCursor is how far one reader has read an organization's events. Only internal/outbox writes it.
type EventCursor struct{ ent.Schema }

// Mixin of the EventCursor.
func (EventCursor) Mixin() []ent.Mixin { return owned("cur") }

// Fields of the EventCursor.
func (EventCursor) Fields() []ent.Field {
	return []ent.Field{
		field.String("reader").Immutable().Annotations(hidden),
		field.Int64("sequence").Default(0).Annotations(quiet),
	}
}

// Indexes of the EventCursor.
func (EventCursor) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "reader").Unique()}
}

// Annotations of the EventCursor.
func (EventCursor) Annotations() []schema.Annotation {
	return []schema.Annotation{table("event_cursors"), expose.Resource{Prefix: "cur"}}
}
