package scim

import (
	scim "github.com/elimity-com/scim"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"

	"github.com/soloprint/soloprint/internal/sso/directory"
)

// common are the attributes that filters and bodies may name of every resource.
func common() []schema.CoreAttribute {
	return []schema.CoreAttribute{
		schema.SimpleCoreAttribute(schema.SimpleStringParams(schema.StringParams{Name: "id", CaseExact: true, Mutability: schema.AttributeMutabilityReadOnly(), Uniqueness: schema.AttributeUniquenessServer()})),
		schema.SimpleCoreAttribute(schema.SimpleStringParams(schema.StringParams{Name: "externalId", CaseExact: true})),
	}
}

func userSchema() schema.Schema {
	s := schema.CoreUserSchema()
	s.Attributes = append(common(), s.Attributes...)
	return s
}

func groupSchema() schema.Schema {
	s := schema.CoreGroupSchema()
	s.Attributes = append(common(), s.Attributes...)
	return s
}

// resourceTypes are users, with the extension that Okta and Entra send along and of which nothing is kept, and groups.
func resourceTypes(d *directory.Service) []scim.ResourceType {
	return []scim.ResourceType{
		{ID: optional.NewString("User"), Name: "User", Endpoint: "/Users", Description: optional.NewString("A member of the organization whom the provider has here."),
			Schema: userSchema(), SchemaExtensions: []scim.SchemaExtension{{Schema: schema.ExtensionEnterpriseUser()}}, Handler: users{d}},
		{ID: optional.NewString("Group"), Name: "Group", Endpoint: "/Groups", Description: optional.NewString("A group of the provider, which group mappings look at."),
			Schema: groupSchema(), Handler: groups{d}},
	}
}
