package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/expose"
)

// NotificationRule says who is told of what, and how.
type NotificationRule struct{ ent.Schema }

// Mixin of the NotificationRule.
func (NotificationRule) Mixin() []ent.Mixin { return owned("ntr") }

// Fields of the NotificationRule. Addresses of webhook and chat are secrets: what is shown of them is the host and the service.
func (NotificationRule) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "What it is for.", Example: "Printer errors"}),
		field.Bool("enabled").Default(true).Annotations(doc("Whether it tells anybody.")),
		field.Strings("event_types").Annotations(doc("Event types, queue_item.* or *.")),
		field.JSON("condition", &schematype.Condition{}).Optional().Annotations(doc("Which of these events; null = all.")),
		field.JSON("audience", schematype.Audience{}).Default(schematype.Audience{}).Annotations(doc("Whom it tells, each person once.")),
		field.Strings("channels").Default([]string{"in_app"}).Annotations(doc("How: in_app, email, webhook, chat.")),
		field.Int("after_seconds").Default(0).Annotations(doc("How long it must last before anybody is told; 0 = they are told at once.")),
		field.Int("throttle_seconds").Default(0).Annotations(doc("At most one message about the same subject in this time; 0 = all.")),
		field.Enum("digest").Values("none", "hourly", "daily").Default("none").Annotations(doc("Whether mails are collected: one an hour, or one a day at 07:00.")),
		field.JSON("quiet_hours", &schematype.QuietHours{}).Optional().Annotations(doc("When no mail and no chat message is sent; null = never.")),
		field.String("webhook_host").Default("").Annotations(expose.Field{ReadOnly: true, Doc: "Host that the channel webhook posts to; empty = none."}),
		field.String("chat_service").Default("").Annotations(expose.Field{ReadOnly: true, Doc: "Service of the channel chat: slack, discord, teams, ntfy or telegram; empty = none.", Example: "slack"}),
		field.String("search").Default("").Annotations(quiet),
		field.Bytes("webhook_url").Optional().Sensitive().Annotations(hidden),
		field.Bytes("chat_url").Optional().Sensitive().Annotations(hidden),
	}
}

// Indexes of the NotificationRule.
func (NotificationRule) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "created_at", "id")}
}

// Annotations of the NotificationRule.
func (NotificationRule) Annotations() []schema.Annotation {
	return []schema.Annotation{table("notification_rules"),
		expose.Resource{Resource: "notification_rule", Prefix: "ntr", Path: "/v1/platform/notification-rules", Param: "notification_rule_id", GraphQL: true, Search: "search", Sort: "name",
			Summary: "Who is told of what, and how.", Verbs: []expose.Verb{expose.List, expose.Get, expose.Delete},
			Read: []string{"integrations.manage"}, Write: []string{"integrations.manage"}}}
}

// Notification is one message to one person, as the person finds it in the program.
type Notification struct{ ent.Schema }

// Mixin of the Notification.
func (Notification) Mixin() []ent.Mixin { return owned("ntf") }

// Fields of the Notification.
func (Notification) Fields() []ent.Field {
	return []ent.Field{
		ref("membership_id").Immutable().Annotations(hidden),
		optRef("event_id").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "The event that it tells of; null where that is forgotten."}),
		field.String("rule_id").Default("").Immutable().Annotations(hidden),
		field.String("event_type").Default("").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "What happened.", Example: "queue_item.approved"}),
		field.String("subject_type").Default("").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "What it is about: queue_item, printer, spool …", Example: "queue_item"}),
		field.String("subject_id").Default("").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "Identifier of what it is about.", Example: "qit_01jd4c0n5xe2vb8w6h3ks9qt7m"}),
		field.Time("occurred_at").Immutable().Default(now).Annotations(expose.Field{ReadOnly: true, Doc: "When it happened."}),
		field.String("title").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "What happened, in one line, in the person's language.", Example: "Gear was approved"}),
		field.String("body").Default("").Immutable().Annotations(expose.Field{ReadOnly: true, Lines: true, Doc: "More about it."}),
		field.Time("read_at").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Telemetry: true, Doc: "When the person said that they have read it; null = unread."}),
	}
}

// Edges of the Notification.
func (Notification) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("membership", Membership.Type).Unique().Required().Immutable().Field("membership_id").Annotations(cascade()),
		edge.To("event", Event.Type).Unique().Immutable().Field("event_id").Annotations(cascade()),
	}
}

// Indexes of the Notification: nobody is told of an event twice by the same rule; a person's list, and what is unread of it.
func (Notification) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("membership_id", "event_id", "rule_id").Unique(),
		index.Fields("membership_id", "created_at", "id"),
		index.Fields("membership_id", "read_at").Annotations(entsql.IndexWhere("read_at IS NULL")),
	}
}

// Annotations of the Notification.
func (Notification) Annotations() []schema.Annotation {
	return []schema.Annotation{table("notifications"),
		expose.Resource{Resource: "notification", Prefix: "ntf", Path: "/v1/platform/notifications", Param: "notification_id", GraphQL: true, Rows: true, Sort: "-created_at",
			Filters: "internal/notify.ListNotificationsInput", Summary: "A message to you."}}
}

// NotificationMessage is a message on its way out of the program, or something that has to last before anybody is told.
type NotificationMessage struct{ ent.Schema }

// Mixin of the NotificationMessage.
func (NotificationMessage) Mixin() []ent.Mixin { return owned("ntm") }

// Fields of the NotificationMessage. The key says which message it is: the same one is never made twice.
func (NotificationMessage) Fields() []ent.Field {
	return []ent.Field{
		field.String("key").Immutable().Annotations(hidden),
		optRef("rule_id").Immutable().Annotations(hidden),
		optRef("event_id").Immutable().Annotations(hidden),
		optRef("membership_id").Immutable().Annotations(hidden),
		field.Enum("channel").Values("email", "webhook", "chat", "later").Immutable().Annotations(hidden),
		field.Enum("status").Values("queued", "sending", "collected", "sent", "failed", "skipped").Default("queued").Annotations(quiet),
		field.String("subject_id").Default("").Immutable().Annotations(hidden),
		field.Time("occurred_at").Immutable().Default(now).Annotations(hidden),
		field.String("locale").Default("").Immutable().Annotations(hidden),
		field.String("title").Default("").Immutable().Annotations(hidden),
		field.String("body").Default("").Immutable().Annotations(hidden),
		field.Time("window_at").Optional().Nillable().Immutable().Annotations(hidden),
		field.String("digest_id").Default("").Annotations(quiet), // of the message that tells this one, where it was collected
		field.Int("attempts").Default(0).Annotations(quiet),
		field.Time("next_attempt_at").Optional().Nillable().Annotations(quiet),
		field.Time("lease_until").Optional().Nillable().Annotations(quiet),
		field.String("lease_token").Default("").Annotations(quiet),
		field.String("error").Default("").Annotations(quiet),
		field.Time("ended_at").Optional().Nillable().Annotations(quiet),
	}
}

// Edges of the NotificationMessage.
func (NotificationMessage) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("rule", NotificationRule.Type).Unique().Immutable().Field("rule_id").Annotations(cascade()),
		edge.To("event", Event.Type).Unique().Immutable().Field("event_id").Annotations(cascade()),
		edge.To("membership", Membership.Type).Unique().Immutable().Field("membership_id").Annotations(cascade()),
	}
}

// Indexes of the NotificationMessage: each message once; what is due, on its way, and collected; what a rule said of a subject last.
func (NotificationMessage) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "key").Unique(),
		index.Fields("next_attempt_at").Annotations(entsql.IndexWhere("status = 'queued'")),
		index.Fields("organization_id", "lease_until").Annotations(entsql.IndexWhere("status = 'sending'")),
		index.Fields("organization_id", "window_at").Annotations(entsql.IndexWhere("status = 'collected'")),
		index.Fields("digest_id").Annotations(entsql.IndexWhere("digest_id <> ''")),
		index.Fields("rule_id", "subject_id", "occurred_at"),
		index.Fields("organization_id", "ended_at"),
	}
}

// Annotations of the NotificationMessage.
func (NotificationMessage) Annotations() []schema.Annotation {
	return []schema.Annotation{table("notification_messages"), expose.Resource{Prefix: "ntm"}}
}

// NotificationPreference is a person's own word on what a rule sends them.
type NotificationPreference struct{ ent.Schema }

// Mixin of the NotificationPreference.
func (NotificationPreference) Mixin() []ent.Mixin { return owned("ntp") }

// Fields of the NotificationPreference.
func (NotificationPreference) Fields() []ent.Field {
	return []ent.Field{
		ref("membership_id").Immutable().Annotations(hidden),
		ref("rule_id").Immutable().Annotations(hidden),
		field.Bool("email").Annotations(hidden),
	}
}

// Edges of the NotificationPreference.
func (NotificationPreference) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("membership", Membership.Type).Unique().Required().Immutable().Field("membership_id").Annotations(cascade()),
		edge.To("rule", NotificationRule.Type).Unique().Required().Immutable().Field("rule_id").Annotations(cascade()),
	}
}

// Indexes of the NotificationPreference.
func (NotificationPreference) Indexes() []ent.Index {
	return []ent.Index{index.Fields("membership_id", "rule_id").Unique(), index.Fields("rule_id")}
}

// Annotations of the NotificationPreference.
func (NotificationPreference) Annotations() []schema.Annotation {
	return []schema.Annotation{table("notification_preferences"), expose.Resource{Prefix: "ntp"}}
}
