package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/expose"
)

// Organization is a school, a print farm or a makerspace: the border of all data.
type Organization struct{ ent.Schema }

// Mixin of the Organization.
func (Organization) Mixin() []ent.Mixin { return []ent.Mixin{row{prefix: "org"}} }

// Fields of the Organization.
func (Organization) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(doc("Name people know it by.")),
		field.String("slug").Unique().Annotations(expose.Field{ReadOnly: true, Doc: "Short name in addresses."}),
		field.Enum("kind").Values("school", "print_farm", "makerspace").Default("school").Annotations(doc("What it is.")),
		field.String("time_zone").Default("UTC").Annotations(doc("IANA time zone.")),
		field.String("locale").Default("en").Annotations(doc("BCP 47 language tag.")),
		field.String("currency").Default("USD").Annotations(doc("ISO 4217 code.")),
		field.JSON("settings", schematype.Settings{}).Default(schematype.DefaultSettings()).Annotations(doc("Approval, low stock, matching and queue.")),
		field.Int64("event_seq").Default(0).Annotations(quiet),
		field.Int64("eligibility_seq").Default(0).Annotations(quiet),
		field.Int64("item_seq").Default(0).Annotations(quiet),
		field.Int64("turn").Default(0).Annotations(quiet),
		field.String("turns_by").Default("").Annotations(quiet),
		field.JSON("volumes", []schematype.Size{}).Default([]schematype.Size{}).Annotations(quiet),
	}
}

// Annotations of the Organization.
func (Organization) Annotations() []schema.Annotation {
	return []schema.Annotation{table("organizations"),
		expose.Resource{Resource: "organization", Prefix: "org", GraphQL: true, Global: true, Summary: "A school, print farm or makerspace."}}
}

// User is a person, across organizations. What one organization wrote about them is in their membership; other organizations
// see the mail address alone.
type User struct{ ent.Schema }

// Mixin of the User.
func (User) Mixin() []ent.Mixin { return []ent.Mixin{row{prefix: "usr", ageless: true}} }

// Fields of the User.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.String("email").Unique().Annotations(expose.Field{ReadOnly: true, Sort: true, Doc: "Mail address, lower case."}),
		field.String("name").Default("").Annotations(hidden),
		field.String("locale").Default("").Annotations(hidden),
	}
}

// Annotations of the User.
func (User) Annotations() []schema.Annotation {
	return []schema.Annotation{table("users"),
		expose.Resource{Resource: "user", Prefix: "usr", GraphQL: true, Global: true, Sort: "email", Summary: "A person."}}
}
