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

// SCIMUser is a member whom an identity provider sees and changes by SCIM, and what it says of them. Other providers have
// rows of their own for the same person.
type SCIMUser struct{ ent.Schema }

// Mixin of the SCIMUser.
func (SCIMUser) Mixin() []ent.Mixin { return owned("scu") }

// Fields of the SCIMUser.
func (SCIMUser) Fields() []ent.Field {
	return []ent.Field{
		ref("provider_id").Immutable().Annotations(hidden),
		ref("membership_id").Immutable().Annotations(hidden),
		field.String("user_name").Annotations(hidden),
		field.String("user_name_key").Annotations(hidden), // in lower case
		field.String("external_id").Default("").Annotations(hidden),
		field.String("display_key").Default("").Annotations(hidden), // the name that is shown, in lower case
		field.String("email_key").Default("").Annotations(hidden),   // the first address, in lower case
		field.JSON("profile", schematype.SCIMProfile{}).Default(schematype.SCIMProfile{}).Annotations(hidden),
	}
}

// Edges of the SCIMUser.
func (SCIMUser) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("provider", SSOProvider.Type).Unique().Required().Immutable().Field("provider_id").Annotations(cascade()),
		edge.To("membership", Membership.Type).Unique().Required().Immutable().Field("membership_id").Annotations(cascade()),
		edge.From("groups", SCIMGroup.Type).Ref("members"),
	}
}

// Indexes of the SCIMUser.
func (SCIMUser) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("provider_id", "user_name_key").Unique(),
		index.Fields("provider_id", "membership_id").Unique(),
		index.Fields("provider_id", "external_id"),
		index.Fields("provider_id", "email_key"),
		index.Fields("membership_id"),
	}
}

// Annotations of the SCIMUser.
func (SCIMUser) Annotations() []schema.Annotation {
	return []schema.Annotation{table("scim_users"), expose.Resource{Resource: "scim_user", Prefix: "scu"}}
}

// SCIMGroup is a group of an identity provider, as it says by SCIM. It grants nothing: group mappings look at it.
type SCIMGroup struct{ ent.Schema }

// Mixin of the SCIMGroup.
func (SCIMGroup) Mixin() []ent.Mixin { return owned("scg") }

// Fields of the SCIMGroup.
func (SCIMGroup) Fields() []ent.Field {
	return []ent.Field{
		ref("provider_id").Immutable().Annotations(hidden),
		field.String("display_name").Annotations(hidden),
		field.String("display_key").Annotations(hidden), // in lower case
		field.String("external_id").Optional().Nillable().Annotations(hidden),
	}
}

// Edges of the SCIMGroup.
func (SCIMGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("provider", SSOProvider.Type).Unique().Required().Immutable().Field("provider_id").Annotations(cascade()),
		edge.To("members", SCIMUser.Type).StorageKey(edge.Table("scim_group_members"), edge.Columns("scim_group_id", "scim_user_id")),
	}
}

// Indexes of the SCIMGroup.
func (SCIMGroup) Indexes() []ent.Index {
	return []ent.Index{index.Fields("provider_id", "external_id").Unique(), index.Fields("provider_id", "display_key")}
}

// Annotations of the SCIMGroup.
func (SCIMGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{table("scim_groups"), expose.Resource{Resource: "scim_group", Prefix: "scg"}}
}
