package extension

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// graphql renders the GraphQL schema of the entities, the operations that are generated and their resolvers.
func (x *Extension) graphql(m *Model) error {
	if err := x.graphqlPrepare(m); err != nil { // again: the steps may be run without Ent
		return err
	}
	schema, err := graphqlSchema(m)
	if err != nil {
		return err
	}
	objects, err := graphqlObjects(m)
	if err != nil {
		return err
	}
	if err := x.out.render("graph/schema/ent.graphql", "graphql_ent.tmpl", schema); err != nil {
		return err
	}
	if err := x.out.render("graph/schema/types.graphql", "graphql_types.tmpl", objects); err != nil {
		return err
	}
	if err := x.out.render("graph/schema/crud.graphql", "graphql_crud.tmpl", m); err != nil {
		return err
	}
	return x.out.render("graph/crud_gen.go", "graphql_resolvers.tmpl", m)
}

// graphqlSchema is entgql's schema text with our corrections.
func graphqlSchema(m *Model) (string, error) {
	gql, err := GraphQL()
	if err != nil {
		return "", err
	}
	s, err := gql.BuildSchema(m.Graph)
	if err != nil {
		return "", err
	}
	for _, name := range []string{"Time", "Map", "Int64"} {
		delete(s.Types, name) // they stand in scalars.graphql, whatever other files say
	}
	query := s.Types["Query"]
	query.Fields = removeField(query.Fields, "nodes") // one row by its identifier is enough
	for _, e := range m.InGraphQL() {
		correct(s.Types[e.TypeName()], e)
		s.AddTypes(oddEnums(e)...)
	}
	for _, e := range m.Pages() {
		page := query.Fields.ForName(e.GraphQLPage())
		paged(page)
		page.Description = "A page of " + e.Nouns() + "."
		page.Arguments = append(page.Arguments, &ast.ArgumentDefinition{Name: "where", Type: ast.NamedType(e.Filter(), nil)})
	}
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchema(s)
	return b.String(), nil
}

// correct describes the type, and makes its edges nullable: a reader who may not see one still gets the rest.
func correct(def *ast.Definition, e *Entity) {
	def.Description = e.Expose.Summary
	for _, f := range e.Visible() {
		if d := def.Fields.ForName(f.GraphQLName()); d != nil {
			d.Description = f.Doc()
		}
	}
	for _, edge := range e.Edges {
		if d := def.Fields.ForName(lowerCamel(edge.Name)); d != nil {
			paged(d)
		}
	}
	if d := def.Fields.ForName("version"); d != nil {
		d.Description = "Raised by every change; ifMatch takes it."
	}
}

// oddEnums are the scalars for enums that GraphQL cannot have.
func oddEnums(e *Entity) (defs []*ast.Definition) {
	for _, f := range filter(e.Visible(), (*Field).oddEnum) {
		model := &ast.Value{Kind: ast.StringValue, Raw: e.Config.Package + "/" + f.Type.String()}
		defs = append(defs, &ast.Definition{
			Kind: ast.Scalar, Name: f.graphqlEnum(), Description: "One of " + strings.Join(f.EnumValues(), ", ") + ".",
			Directives: ast.DirectiveList{{Name: "goModel", Arguments: ast.ArgumentList{{Name: "model", Value: model}}}},
		})
	}
	return defs
}

// paged makes an edge or page nullable, and leaves out what entgql says of the arguments each time.
func paged(f *ast.FieldDefinition) {
	f.Type.NonNull = false
	for _, a := range f.Arguments {
		a.Description = ""
	}
}

func removeField(fields ast.FieldList, name string) ast.FieldList {
	return filter(fields, func(f *ast.FieldDefinition) bool { return f.Name != name })
}
