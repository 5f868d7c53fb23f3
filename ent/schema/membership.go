package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/expose"
)

// Membership is a person in an organization. Who was removed stays for the history that names them.
type Membership struct{ ent.Schema }

// Mixin of the Membership.
func (Membership) Mixin() []ent.Mixin { return append(owned("mem"), soft{}) }

// Fields of the Membership.
func (Membership) Fields() []ent.Field {
	return []ent.Field{
		ref("user_id").Immutable().Annotations(readOnly),
		field.String("name").Default("").Annotations(expose.Field{Sort: true, Doc: "Full name, as this organization knows the person.", Example: "Ada Lovelace"}),
		field.Enum("role").Values("owner", "admin", "operator", "teacher", "student").Default("student").
			Annotations(expose.Field{Filter: expose.In, Doc: "What the person is in the organization."}),
		field.Enum("status").Values("pending", "active", "suspended").Default("active").
			Annotations(expose.Field{Filter: expose.In, Doc: "Only active members may act."}),
		field.String("external_id").Optional().Annotations(doc("Identifier in the school's own system.")),
		field.String("grade_level").Optional().Annotations(doc("Grade or year.")),
		field.Enum("source").Values("manual", "invite", "csv", "sso", "scim").Default("manual").Annotations(readOnly),
		field.Time("last_active_at").Optional().Nillable().Annotations(telemetry),
		field.JSON("sso_grants", schematype.Grants{}).Optional().Annotations(quiet),
		field.String("suspended_by").Default("").Annotations(quiet), // the identity provider that did; empty = a person
		field.Int64("turn").Default(0).Annotations(quiet),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the Membership.
func (Membership) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("user", User.Type).Unique().Required().Immutable().Field("user_id").
			Annotations(expose.Edge{Expand: true, Embed: true}, cascade()),
		edge.From("enrollments", Enrollment.Type).Ref("membership"),
		edge.From("user_groups", UserGroup.Type).Ref("members").Annotations(expose.Edge{Expand: true, Filter: "user_group_id"}),
	}
}

// Indexes of the Membership.
func (Membership) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "organization_id").Unique(),
		index.Fields("organization_id", "role"),
		index.Fields("organization_id", "name", "id"),
		index.Fields("organization_id", "external_id"),
	}
}

// Annotations of the Membership.
func (Membership) Annotations() []schema.Annotation {
	return []schema.Annotation{table("memberships"),
		expose.Resource{Resource: "user", Prefix: "mem", Path: "/v1/org/users", Param: "membership_id", GraphQL: true, Read: []string{"org.manage_users"}, Write: []string{"org.manage_users"},
			Soft: true, Rows: true, Search: "search", Sort: "name", Filters: "internal/roster.ListUsersInput", Summary: "A person in the organization."}}
}

// Class is a course whose members print.
type Class struct{ ent.Schema }

// Mixin of the Class.
func (Class) Mixin() []ent.Mixin { return append(owned("cls"), soft{}) }

// Fields of the Class.
func (Class) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "Name of the class.", Example: "Robotics 9B"}),
		field.String("code").Optional().Annotations(expose.Field{Filter: expose.In, Doc: "Code in the school's own system.", MaxLen: 60}),
		field.String("description").Optional().Annotations(expose.Field{Doc: "What it is about.", MaxLen: 2000, Lines: true}),
		field.Enum("state").Values("upcoming", "active", "ended", "archived").Default("active").
			Annotations(expose.Field{Filter: expose.In, Doc: "Where in its life the class is."}),
		field.String("starts_on").Optional().Nillable().Annotations(expose.Field{Doc: "First day, YYYY-MM-DD.", Format: "date"}),
		field.String("ends_on").Optional().Nillable().Annotations(expose.Field{Doc: "Last day, YYYY-MM-DD.", Format: "date"}),
		optRef("next_class_id").Annotations(doc("The class that its members move to at roll-over.")),
		field.JSON("approval_policy", &schematype.ApprovalPolicy{}).Optional().Annotations(doc("Whose items wait for approval; absent = the organization's policy.")),
		field.String("join_code").Optional().Nillable().Unique().Annotations(readOnly),
		field.Int64("turn").Default(0).Annotations(quiet),
		field.Int("weight").Default(1).Annotations(expose.Field{Doc: "Share in a fair queue.", Min: expose.F(1), Max: expose.F(1000)}),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the Class.
func (Class) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("previous_classes", Class.Type).Annotations(setNull()).From("next_class").Unique().Field("next_class_id"),
		edge.To("printer_groups", PrinterGroup.Type).StorageKey(edge.Table("class_printer_groups"), edge.Columns("class_id", "printer_group_id")).
			Annotations(expose.Edge{IDs: true, Embed: true}),
		edge.From("enrollments", Enrollment.Type).Ref("class"),
	}
}

// Indexes of the Class.
func (Class) Indexes() []ent.Index { return []ent.Index{index.Fields("organization_id", "name")} }

// Annotations of the Class.
func (Class) Annotations() []schema.Annotation {
	return []schema.Annotation{table("classes"),
		expose.Resource{Resource: "class", Prefix: "cls", Path: "/v1/platform/classes", Param: "class_id", GraphQL: true, Soft: true,
			Read: []string{"org.manage_users"}, Write: []string{"org.manage_users"}, Rows: true, Search: "search", Sort: "name",
			Verbs: []expose.Verb{expose.List, expose.Get, expose.Create, expose.Update}, Summary: "A class of students."}}
}

// Enrollment is a person in a class.
type Enrollment struct{ ent.Schema }

// Mixin of the Enrollment.
func (Enrollment) Mixin() []ent.Mixin { return owned("enr") }

// Fields of the Enrollment.
func (Enrollment) Fields() []ent.Field {
	return []ent.Field{
		ref("class_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "The class."}),
		ref("membership_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Membership of the person."}),
		field.Enum("role").Values("student", "assistant", "teacher").Default("student").Annotations(expose.Field{Filter: expose.In, Doc: "What the person is in the class."}),
		field.Enum("source").Values("manual", "invite", "csv", "sso", "scim").Default("manual").Annotations(readOnly),
	}
}

// Edges of the Enrollment.
func (Enrollment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("class", Class.Type).Unique().Required().Immutable().Field("class_id").Annotations(expose.Edge{Expand: true}, cascade()),
		edge.To("membership", Membership.Type).Unique().Required().Immutable().Field("membership_id").Annotations(expose.Edge{Expand: true}, cascade()),
	}
}

// Indexes of the Enrollment.
func (Enrollment) Indexes() []ent.Index {
	return []ent.Index{index.Fields("class_id", "membership_id").Unique(), index.Fields("membership_id")}
}

// Annotations of the Enrollment.
func (Enrollment) Annotations() []schema.Annotation {
	return []schema.Annotation{table("enrollments"),
		expose.Resource{Resource: "enrollment", Prefix: "enr", Param: "membership_id", GraphQL: true, Read: []string{"org.manage_users"}, Write: []string{"org.manage_users"}, Rows: true,
			Summary: "A person in a class."}}
}

// RollOver is one roll-over of a class: who was moved, so that it can be undone for a while.
type RollOver struct{ ent.Schema }

// Mixin of the RollOver.
func (RollOver) Mixin() []ent.Mixin { return owned("rov") }

// Fields of the RollOver.
func (RollOver) Fields() []ent.Field {
	return []ent.Field{
		ref("class_id").Immutable().Annotations(hidden),
		ref("next_class_id").Immutable().Annotations(hidden),
		optRef("by_membership_id").Immutable().Annotations(hidden),
		field.JSON("moved", []schematype.Moved{}).Default([]schematype.Moved{}).Immutable().Annotations(hidden),
		field.String("class_state").Default("").Immutable().Annotations(hidden),
		field.Time("undone_at").Optional().Nillable().Annotations(hidden),
	}
}

// Edges of the RollOver.
func (RollOver) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("class", Class.Type).Unique().Required().Immutable().Field("class_id").Annotations(cascade()),
		edge.To("next_class", Class.Type).Unique().Required().Immutable().Field("next_class_id").Annotations(cascade()),
	}
}

// Indexes of the RollOver.
func (RollOver) Indexes() []ent.Index { return []ent.Index{index.Fields("class_id", "created_at")} }

// Annotations of the RollOver.
func (RollOver) Annotations() []schema.Annotation {
	return []schema.Annotation{table("roll_overs"), expose.Resource{Prefix: "rov"}}
}

// RosterImport is a roster file: uploaded first, then applied, with what it changed of whom, so that it can be undone for a while.
type RosterImport struct{ ent.Schema }

// Mixin of the RosterImport.
func (RosterImport) Mixin() []ent.Mixin { return owned("rim") }

// Fields of the RosterImport.
func (RosterImport) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").Default("").Immutable().Annotations(hidden),
		field.String("format").Default("").Annotations(hidden),
		field.JSON("summary", schematype.ImportSummary{}).Default(schematype.ImportSummary{}).Annotations(hidden),
		optRef("by_membership_id").Annotations(hidden),
		field.Bytes("content").Optional().Sensitive().Annotations(hidden), // until it is applied
		field.Bytes("changes").Optional().Sensitive().Annotations(hidden),
		field.Time("applied_at").Optional().Nillable().Annotations(hidden),
		field.Time("undone_at").Optional().Nillable().Annotations(hidden),
	}
}

// Indexes of the RosterImport.
func (RosterImport) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "created_at", "id")}
}

// Annotations of the RosterImport.
func (RosterImport) Annotations() []schema.Annotation {
	return []schema.Annotation{table("roster_imports"), expose.Resource{Prefix: "rim"}}
}

// UserGroup adds and removes capabilities, restricts printers and sets limits for its members.
type UserGroup struct{ ent.Schema }

// Mixin of the UserGroup.
func (UserGroup) Mixin() []ent.Mixin { return owned("ugr") }

// Fields of the UserGroup.
func (UserGroup) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "Name of the group.", Example: "Lab helpers"}),
		field.Strings("grants").Default([]string{}).Annotations(doc("Capabilities that members gain.")),
		field.Strings("denials").Default([]string{}).Annotations(doc("Capabilities that members lose; a denial wins.")),
		field.JSON("limits", &schematype.Limits{}).Optional().Annotations(doc("Bounds on what members submit.")),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the UserGroup.
func (UserGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("members", Membership.Type).StorageKey(edge.Table("user_group_members"), edge.Columns("user_group_id", "membership_id")),
		edge.To("printer_groups", PrinterGroup.Type).StorageKey(edge.Table("user_group_printer_groups"), edge.Columns("user_group_id", "printer_group_id")).
			Annotations(expose.Edge{IDs: true, Embed: true}),
	}
}

// Indexes of the UserGroup.
func (UserGroup) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "name").Unique()}
}

// Annotations of the UserGroup.
func (UserGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{table("user_groups"),
		expose.Resource{Resource: "user_group", Prefix: "ugr", Path: "/v1/platform/user-groups", Param: "user_group_id", GraphQL: true,
			Read: []string{"org.manage_users"}, Write: []string{"org.manage_users"}, Search: "search", Sort: "name",
			Verbs: []expose.Verb{expose.List, expose.Get}, Summary: "A reusable group of people with capability overrides."}}
}

// Invite lets people join.
type Invite struct{ ent.Schema }

// Mixin of the Invite.
func (Invite) Mixin() []ent.Mixin { return owned("inv") }

// Fields of the Invite.
func (Invite) Fields() []ent.Field {
	return []ent.Field{
		field.String("email").Optional().Annotations(doc("Whom it is for; absent = an open link.")),
		field.Enum("role").Values("owner", "admin", "operator", "teacher", "student").Default("student").Annotations(doc("Role of who joins.")),
		field.Strings("class_ids").Default([]string{}).Annotations(doc("Classes joined.")),
		field.Strings("user_group_ids").Default([]string{}).Annotations(doc("User groups joined.")),
		ref("invited_by_id").Annotations(expose.Field{ReadOnly: true, Doc: "Membership of the person whose rights it stands on: the one who made it or sent it last."}),
		field.Int("max_uses").Default(1).Annotations(doc("How many people may use it.")),
		field.Int("uses").Default(0).Annotations(readOnly),
		field.Time("expires_at").Annotations(doc("When it ends.")),
		field.Enum("state").Values("open", "accepted", "revoked", "expired").Default("open").Annotations(expose.Field{ReadOnly: true, Filter: expose.In}),
		field.Time("sent_at").Optional().Nillable().Annotations(readOnly),
		field.Bytes("token_hash").Optional().Sensitive().Annotations(quiet),
	}
}

// Edges of the Invite.
func (Invite) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("invited_by", Membership.Type).Unique().Required().Field("invited_by_id").Annotations(cascade()),
	}
}

// Indexes of the Invite.
func (Invite) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "state"), index.Fields("organization_id", "created_at", "id"), index.Fields("state", "expires_at")}
}

// Annotations of the Invite.
func (Invite) Annotations() []schema.Annotation {
	return []schema.Annotation{table("invites"),
		expose.Resource{Resource: "invite", Prefix: "inv", Path: "/v1/org/invites", Param: "invite_id", GraphQL: true, Sort: "-created_at", Summary: "An invitation to join.", Verbs: []expose.Verb{expose.List}, Read: []string{"org.manage_users"}, Write: []string{"org.manage_users"}}}
}
