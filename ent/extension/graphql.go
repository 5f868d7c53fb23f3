package extension

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"entgo.io/contrib/entgql"
	"entgo.io/ent/entc/gen"
)

// graphqlPrepare tells entgql what our annotations say, so that a schema needs only ours.
func (x *Extension) graphqlPrepare(m *Model) error {
	for _, e := range m.Entities {
		if err := annotate(&e.Type.Annotations, e.graphqlAnnotation()); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
		for _, f := range e.Fields {
			a, err := f.graphqlAnnotation()
			if err != nil {
				return fmt.Errorf("%s.%s: %w", e.Name, f.Name, err)
			}
			if err := annotate(&f.Field.Annotations, a); err != nil {
				return fmt.Errorf("%s.%s: %w", e.Name, f.Name, err)
			}
		}
		for _, d := range e.Edges {
			if err := annotate(&d.Edge.Annotations, d.graphqlAnnotation()); err != nil {
				return fmt.Errorf("%s.%s: %w", e.Name, d.Name, err)
			}
		}
	}
	return nil
}

// annotate adds an annotation in the form that Ent loads from schemas, which entgql's templates look into.
func annotate(all *gen.Annotations, a entgql.Annotation) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	var loaded map[string]any
	if err := json.Unmarshal(b, &loaded); err != nil {
		return err
	}
	if *all == nil {
		*all = gen.Annotations{}
	}
	(*all)[a.Name()] = loaded
	return nil
}

var skipped = entgql.Annotation{Skip: entgql.SkipAll}

// graphqlAnnotation: what belongs to an organization has a page at the root. Where inputs are off: over edges they tell
// what the reader may not see. Pages take the filters that REST has (see Entity.Filter).
func (e *Entity) graphqlAnnotation() entgql.Annotation {
	if !e.Expose.GraphQL {
		return skipped
	}
	a := entgql.Annotation{RelayConnection: true, Skip: entgql.SkipWhereInput}
	if e.TypeName() != e.Name {
		a.Type = e.TypeName()
	}
	if e.GraphQLPage() != "" {
		a.QueryField = &entgql.FieldConfig{Name: e.GraphQLPage()}
	}
	return a
}

// GraphQLPage is the name of the page at the root: printerTags; empty where there is none.
func (e *Entity) GraphQLPage() string {
	if !e.Expose.GraphQL || e.Expose.Global {
		return ""
	}
	return lowerCamel(snake(e.Plural()))
}

// graphqlAnnotation: a name is that of REST in lower camel case, a type that of REST.
func (f *Field) graphqlAnnotation() (entgql.Annotation, error) {
	if !f.InGraphQL() || !f.Owner.Expose.GraphQL {
		return skipped, nil
	}
	typ, err := f.graphqlType()
	a := entgql.Annotation{Mapping: []string{lowerCamel(f.Name)}, Type: typ}
	if f.Expose.Sort {
		a.OrderField = strings.ToUpper(f.Name)
	}
	if f.oddEnum() {
		a.Skip = entgql.SkipEnumField
	}
	return a, err
}

// InGraphQL reports whether clients see the field. REST shows the version in the ETag.
func (f *Field) InGraphQL() bool { return f.Visible() || f.Name == "version" }

// enumValue is what GraphQL takes as a value of an enum.
var enumValue = regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*$`)

// oddEnum reports whether the field is an enum with a value that GraphQL does not take, such as 3mf. It becomes a scalar.
func (f *Field) oddEnum() bool {
	return f.IsEnum() && slices.ContainsFunc(f.EnumValues(), func(v string) bool { return !enumValue.MatchString(v) })
}

// graphqlEnum is the name of an enum: PrinterState.
func (f *Field) graphqlEnum() string { return f.Owner.TypeName() + f.StructField() }

// graphqlType is the type where entgql would choose another or none.
func (f *Field) graphqlType() (string, error) {
	switch base := f.Base(); {
	case f.oddEnum():
		return f.graphqlEnum(), nil
	case f.IsRef():
		return "ID", nil
	case base == "int64":
		return "Int64", nil // GraphQL's Int has 32 bits
	case f.IsJSON():
		return jsonType(base)
	}
	return "", nil
}

// jsonType is the GraphQL type of a JSON column's Go type.
func jsonType(goType string) (string, error) {
	if element, ok := strings.CutPrefix(goType, "[]"); ok {
		typ, err := jsonType(element)
		return "[" + typ + "!]", err
	}
	switch goType {
	case "string":
		return "String", nil
	case "map[string]string":
		return "StringMap", nil
	case "map[string]interface {}", "map[string]any", "json.RawMessage":
		return "Map", nil
	}
	if name, ok := strings.CutPrefix(goType, "schematype."); ok && objectTypes[name] != nil {
		return name, nil
	}
	return "", fmt.Errorf("no GraphQL type for %s: is it listed in graphql_types.go?", goType)
}

// graphqlAnnotation: an edge that REST shows is a plain list, because it is short; every other to-many edge has pages.
func (d *Edge) graphqlAnnotation() entgql.Annotation {
	if d.Name == "organization" || !d.Target.Expose.GraphQL || !d.Owner.Expose.GraphQL {
		return skipped
	}
	x := d.Expose
	short := x.Embed || x.IDs || x.Expand
	return entgql.Annotation{Mapping: []string{lowerCamel(d.Name)}, Unbind: true, RelayConnection: !d.Unique && !short}
}

// lowerCamel is a name of REST as GraphQL has it: nozzle_diameter_mm is nozzleDiameterMm, class_id is classId.
func lowerCamel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// InGraphQL lists the entities whose type is in the GraphQL schema.
func (m *Model) InGraphQL() []*Entity {
	return filter(m.Entities, func(e *Entity) bool { return e.Expose.GraphQL })
}

// GraphQLName is the field's name in GraphQL.
func (f *Field) GraphQLName() string { return lowerCamel(f.Name) }
