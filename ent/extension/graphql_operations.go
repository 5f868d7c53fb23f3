package extension

import (
	"strings"

	"github.com/soloprint/soloprint/internal/expose"
)

// Mutations lists the generated operations that are mutations in GraphQL: those of entities whose type is in its schema.
func (m *Model) Mutations() []Operation {
	return filter(m.Operations(), func(o Operation) bool { return o.Mutates() && o.Entity.Expose.GraphQL })
}

// HasInput reports whether the mutation takes an input; a delete takes its two values as they are.
func (o Operation) HasInput() bool { return o.Verb != expose.Delete }

// Pages lists the entities with a page at the root.
func (m *Model) Pages() []*Entity {
	return filter(m.Entities, func(e *Entity) bool { return e.GraphQLPage() != "" })
}

// Filter is the name of the input type with which a page is filtered; it has the filters of the REST list.
func (e *Entity) Filter() string { return e.TypeName() + "Filter" }

// FilterModel is the Go type of it, seen from the module.
func (e *Entity) FilterModel() string {
	if e.Expose.Filters != "" {
		return e.Expose.Filters
	}
	return "internal/listing." + e.Plural()
}

// GraphQLFilters lists its members.
func (e *Entity) GraphQLFilters() []Input {
	return filter(e.listInputs(), func(in Input) bool { return in.Field != nil || in.Edge != nil || in.Name == "q" })
}

// ParamGo is the identifier of the entity's parameter in Go: printerTagID.
func (e *Entity) ParamGo() string {
	name := lowerCamel(e.Expose.Param)
	if base, ok := strings.CutSuffix(name, "Id"); ok {
		return base + "ID"
	}
	return name
}

// GraphQLName is the member's name: printerTagId, ifMatch, createdAtGte.
func (in Input) GraphQLName() string {
	if in.In == "header" {
		return lowerFirst(in.Go)
	}
	return lowerCamel(strings.NewReplacer("[", "_", "]", "").Replace(in.Name))
}

// Renamed reports whether the member's name in GraphQL does not lead to the struct's field.
func (in Input) Renamed() bool { return !strings.EqualFold(in.GraphQLName(), in.Go) }

// GraphQLType is the member's type.
func (in Input) GraphQLType() (string, error) {
	typ, err := in.graphqlBase()
	if strings.HasPrefix(in.Type, "[]") && in.In == "query" || in.Edge != nil {
		typ = "[" + typ + "!]"
	}
	return typ + bang(in.Required && !in.Patch), err
}

func (in Input) graphqlBase() (string, error) {
	switch {
	case in.Field != nil:
		return in.Field.graphqlInput()
	case in.In == "path", in.Edge != nil:
		return "ID", nil
	}
	return "String", nil
}

// graphqlInput is the type with which clients write the field.
func (f *Field) graphqlInput() (string, error) {
	typ, err := f.graphqlType()
	if err != nil {
		return "", err
	}
	if name := strings.Trim(typ, "[]!"); objectTypes[name] != nil {
		return strings.Replace(typ, name, name+"Input", 1), nil
	}
	switch {
	case typ != "":
		return typ, nil
	case f.IsID():
		return "ID", nil
	case f.IsEnum():
		return f.graphqlEnum(), nil
	case f.IsTime():
		return "Time", nil
	case f.IsBool():
		return "Boolean", nil
	case f.Type.Type.Float():
		return "Float", nil
	case f.Type.Type.Integer():
		return "Int", nil
	}
	return "String", nil
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
