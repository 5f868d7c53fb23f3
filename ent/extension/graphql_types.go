package extension

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent/schematype"
)

// objectTypes are the Go types of JSON columns that GraphQL shows as objects, by name. What they hold is found by itself.
var objectTypes = typesByName(
	schematype.Connector{}, schematype.Size{}, schematype.OutOfOrder{}, schematype.Requirements{}, schematype.FileMetadata{},
	schematype.SpoolUse{}, schematype.LowStock{}, schematype.Threshold{}, schematype.Limits{}, schematype.ApprovalPolicy{},
	schematype.Settings{}, schematype.Attempt{}, schematype.Condition{}, schematype.Audience{}, schematype.QuietHours{},
	schematype.Claims{}, schematype.Domain{}, schematype.Match{}, schematype.SSOTest{},
)

func typesByName(values ...any) map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for _, v := range values {
		t := reflect.TypeOf(v)
		types[t.Name()] = t
	}
	return types
}

// GraphQLObject is an object type and its input type in the GraphQL schema.
type GraphQLObject struct {
	Name   string
	Model  string // Go type, with its import path
	Fields []GraphQLField
	Input  bool // clients write it
}

// GraphQLField is one field of it.
type GraphQLField struct{ Name, Type, InputType, Doc string }

// graphqlObjects lists the objects that the fields of entities need, in the order they are met.
func graphqlObjects(m *Model) ([]*GraphQLObject, error) {
	c := objects{byType: map[reflect.Type]*GraphQLObject{}}
	for _, e := range m.InGraphQL() {
		for _, f := range e.Visible() {
			if !f.IsJSON() {
				continue
			}
			name := strings.TrimPrefix(strings.TrimPrefix(f.Base(), "[]"), "schematype.")
			if t := objectTypes[name]; t != nil {
				if err := c.add(t, !f.Expose.ReadOnly); err != nil {
					return nil, fmt.Errorf("%s.%s: %w", e.Name, f.Name, err)
				}
			}
		}
	}
	return c.all, nil
}

type objects struct {
	all    []*GraphQLObject
	byType map[reflect.Type]*GraphQLObject
}

func (c *objects) add(t reflect.Type, input bool) error {
	o := c.byType[t]
	if o == nil {
		o = &GraphQLObject{Name: t.Name(), Model: t.PkgPath() + "." + t.Name()}
		c.byType[t] = o
		c.all = append(c.all, o)
	} else if o.Input || !input {
		return nil // met before with all that is asked now
	}
	o.Fields, o.Input = nil, input
	for f := range fieldsOf(t) {
		gf, below, err := graphqlField(f)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		o.Fields = append(o.Fields, gf)
		if below != nil {
			if err := c.add(below, input); err != nil {
				return err
			}
		}
	}
	return nil
}

func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// graphqlField is a struct field in GraphQL, and the struct below it if there is one. What JSON may leave out is optional
// in the input; in the answer only pointers, lists and maps are null.
func graphqlField(f reflect.StructField) (GraphQLField, reflect.Type, error) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	optional := strings.Contains(options, "omitempty") || f.Type.Kind() == reflect.Pointer
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	typ, below, err := graphqlTypeOf(t, strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids"))
	if err != nil {
		return GraphQLField{}, nil, err
	}
	input := typ
	if below != nil {
		input = strings.ReplaceAll(typ, below.Name(), below.Name()+"Input")
	}
	nullable := optional && (f.Type.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map)
	return GraphQLField{Name: lowerCamel(name), Type: typ + bang(!nullable), InputType: input + bang(!optional), Doc: f.Tag.Get("doc")}, below, nil
}

func bang(required bool) string {
	if required {
		return "!"
	}
	return ""
}

func graphqlTypeOf(t reflect.Type, id bool) (typ string, below reflect.Type, err error) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "Time", nil, nil
	case t.Kind() == reflect.String && id:
		return "ID", nil, nil
	case t.Kind() == reflect.Slice:
		typ, below, err = graphqlTypeOf(t.Elem(), id)
		return "[" + typ + "!]", below, err
	case t.Kind() == reflect.Struct:
		return t.Name(), t, nil
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.String:
		return "StringMap", nil, nil
	case t.Kind() == reflect.Map:
		return "Map", nil, nil
	}
	scalars := map[reflect.Kind]string{reflect.String: "String", reflect.Bool: "Boolean", reflect.Int: "Int", reflect.Int64: "Int64", reflect.Float64: "Float"}
	if typ = scalars[t.Kind()]; typ == "" {
		err = fmt.Errorf("no GraphQL type for %s", t)
	}
	return typ, nil, err
}
