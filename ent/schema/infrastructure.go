package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/soloprint/soloprint/ent/schematype"
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

// JobRun is one slot of a job: a time of its schedule, of the platform or of one organization. That the row can be inserted
// once is what makes the slot run once. Only internal/jobrun reads it.
type JobRun struct{ ent.Schema }

// Mixin of the JobRun.
func (JobRun) Mixin() []ent.Mixin { return []ent.Mixin{row{prefix: "jbr"}} }

// Fields of the JobRun.
func (JobRun) Fields() []ent.Field {
	return []ent.Field{
		field.String("job").Immutable().Annotations(hidden),
		field.String("scope").Default("").Immutable().Annotations(hidden), // an organization's identifier; "" = the platform
		field.Time("scheduled_at").Immutable().Annotations(hidden),
		field.Enum("state").Values("running", "succeeded", "failed").Default("running").Annotations(hidden),
		field.Time("started_at").Optional().Nillable().Annotations(hidden),
		field.Time("ended_at").Optional().Nillable().Annotations(hidden),
		field.Time("lease_until").Annotations(hidden),
		field.String("lease_token").Default("").Sensitive().Annotations(hidden),
		field.String("server").Default("").Annotations(hidden),
		field.Int("attempts").Default(0).Annotations(hidden),
		field.String("result").Default("").Annotations(hidden),
		field.String("error").Default("").Annotations(hidden),
	}
}

// Indexes of the JobRun: the first is the dispatch, the second what the reaper looks at, the third retention.
func (JobRun) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("job", "scope", "scheduled_at").Unique(),
		index.Fields("lease_until").Annotations(entsql.IndexWhere("state = 'running'")).StorageKey("job_runs_running"),
		index.Fields("scheduled_at"),
	}
}

// Annotations of the JobRun.
func (JobRun) Annotations() []schema.Annotation {
	return []schema.Annotation{table("job_runs"), expose.Resource{Prefix: "jbr", Global: true}}
}

// StatusIncident is a time in which a part of the platform was not well, as a job observed it or an operator wrote it. It
// names no organization. Only internal/status reads it.
type StatusIncident struct{ ent.Schema }

// Mixin of the StatusIncident.
func (StatusIncident) Mixin() []ent.Mixin { return []ent.Mixin{row{prefix: "inc"}} }

// Fields of the StatusIncident.
func (StatusIncident) Fields() []ent.Field {
	return []ent.Field{
		field.String("part").Immutable().Annotations(hidden),
		field.String("title").Annotations(hidden),
		field.Bool("observed").Default(false).Immutable().Annotations(hidden), // false: an operator wrote it, and closes it
		field.Time("opened_at").Immutable().Annotations(hidden),
		field.Time("closed_at").Optional().Nillable().Annotations(hidden),
		field.JSON("notes", []schematype.IncidentNote{}).Default([]schematype.IncidentNote{}).Annotations(hidden),
	}
}

// Indexes of the StatusIncident. The first lets only one server open what all of them observe.
func (StatusIncident) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("part").Unique().Annotations(entsql.IndexWhere("observed AND closed_at IS NULL")).StorageKey("status_incidents_one_open_per_part"),
		index.Fields("opened_at"),
	}
}

// Annotations of the StatusIncident.
func (StatusIncident) Annotations() []schema.Annotation {
	return []schema.Annotation{table("status_incidents"), expose.Resource{Prefix: "inc", Global: true}}
}

// Throttle is how much of an allowance of failed tries is spent: of an address, of an account, or of both together. Only
// internal/throttle reads it.
type Throttle struct{ ent.Schema }

// Mixin of the Throttle.
func (Throttle) Mixin() []ent.Mixin { return []ent.Mixin{row{prefix: "thr"}} }

// Fields of the Throttle.
func (Throttle) Fields() []ent.Field {
	return []ent.Field{
		field.String("key").Unique().Immutable().Annotations(hidden),        // keyed hash: the table says nothing of who tried
		field.String("account").Default("").Immutable().Annotations(hidden), // keyed hash; "" = of an address alone
		field.Int64("whole_us").Annotations(hidden),                         // when the allowance is whole again, Unix microseconds
	}
}

// Indexes of the Throttle.
func (Throttle) Indexes() []ent.Index {
	return []ent.Index{index.Fields("account"), index.Fields("whole_us")}
}

// Annotations of the Throttle.
func (Throttle) Annotations() []schema.Annotation {
	return []schema.Annotation{table("throttles"), expose.Resource{Prefix: "thr", Global: true}}
}

// Installation is the one row that says which master key this database belongs to. Only internal/app reads it, at start.
type Installation struct{ ent.Schema }

// Mixin of the Installation.
func (Installation) Mixin() []ent.Mixin { return []ent.Mixin{row{prefix: "ins"}} }

// Fields of the Installation.
func (Installation) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").Unique().Immutable().Annotations(hidden), // always "this": there is one row
		field.Bytes("key_check").Immutable().Sensitive().Annotations(hidden),
	}
}

// Annotations of the Installation.
func (Installation) Annotations() []schema.Annotation {
	return []schema.Annotation{table("installations"), expose.Resource{Prefix: "ins", Global: true}}
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
