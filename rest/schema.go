package rest

import (
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/soloprint/soloprint/internal/validate"
)

const schemaPrefix = "#/components/schemas/"

// schemas makes the JSON Schemas of one side of the API. Requests and answers have a registry each, because the same Go
// type is read strictly and written openly: a request says which fields must be there and allows no others, an answer
// says which are always there and may grow.
type schemas struct {
	huma.Registry
	request bool
	taken   map[string]reflect.Type
	aliased map[reflect.Type]bool
	order   map[string][]string // names of properties as the Go type has them, by schema
}

func newSchemas(request bool) *schemas {
	s := &schemas{request: request, taken: map[string]reflect.Type{}, aliased: map[reflect.Type]bool{}, order: map[string][]string{}}
	s.Registry = huma.NewMapRegistry(schemaPrefix, s.name)
	return s
}

// MarshalJSON writes the schemas by name.
func (s *schemas) MarshalJSON() ([]byte, error) { return json.Marshal(s.Map()) }

// own is this package, whose views have the first right to a name.
var own = reflect.TypeFor[Error]().PkgPath()

// reserve keeps the name of a view of this package from others of that name, whatever the order of the routes.
func (s *schemas) reserve(t reflect.Type) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t != nil && t.Kind() == reflect.Struct && t.PkgPath() == own {
		s.name(t, "")
	}
}

// name is a type's name among the schemas: Printer, PrinterList, UpdatePrinterInput. Where two types want one name, the
// second is called after its package; a generated view inside a finished one is its base.
func (s *schemas) name(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return huma.DefaultSchemaNamer(t, hint) // only structs are listed under their names
	}
	name := huma.DefaultSchemaNamer(t, hint)
	switch {
	case strings.Contains(t.Name(), "struct {"):
		name = hint
	case strings.HasPrefix(t.Name(), "List[") && t.PkgPath() == own:
		name = strings.TrimPrefix(name, "List") + "List"
	}
	if s.request {
		name = strings.TrimSuffix(name, "Input") + "Input"
	}
	if other, ok := s.taken[name]; ok && other != t {
		name = pascal(strings.Replace(path.Base(t.PkgPath()), "generated", "base", 1)) + name
	}
	s.taken[name] = t
	return name
}

// pascal writes queue_item as QueueItem.
func pascal(name string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(name, func(c rune) bool { return c == '_' || c == '-' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// of is the schema of a type, as a reference where it has a name.
func (s *schemas) of(t reflect.Type, hint string) *huma.Schema {
	s.alias(t)
	return s.Schema(t, true, hint)
}

// alias makes the registry see T wherever Omittable[T] stands in the type.
func (s *schemas) alias(t reflect.Type) {
	if s.aliased[t] {
		return
	}
	s.aliased[t] = true
	if inner, ok := validate.Omittable(t); ok {
		s.RegisterTypeAlias(t, inner)
		s.alias(inner)
		return
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		s.alias(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			s.alias(f.Type)
		}
	}
}

// body is the schema of a request's JSON fields, listed under the Input's name.
func (s *schemas) body(p *plan, hint string) (*huma.Schema, error) {
	s.alias(p.typ)
	name := s.name(p.typ, hint)
	ref := &huma.Schema{Ref: schemaPrefix + name}
	if s.Map()[name] != nil {
		return ref, nil
	}
	b := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	s.Map()[name] = b
	for _, f := range members(p.typ, bodyName) {
		s.order[name] = append(s.order[name], bodyName(f))
		b.Properties[bodyName(f)] = huma.SchemaFromField(s, f, name+f.Name)
	}
	return ref, s.mend(b, p.typ, bodyName)
}

// members are the fields of a struct that have a name, those of embedded structs included.
func members(t reflect.Type, nameOf func(reflect.StructField) string) []reflect.StructField {
	var all []reflect.StructField
	for f := range t.Fields() {
		if embedded(f) {
			all = append(all, members(f.Type, nameOf)...)
		} else if nameOf(f) != "" {
			all = append(all, f)
		}
	}
	return all
}

// finish mends what the registry made of nested types, once all routes have been described.
func (s *schemas) finish() error {
	for name, schema := range s.Map() {
		t := s.TypeFromRef(schemaPrefix + name)
		if t == nil || schema.Properties == nil {
			continue
		}
		for _, f := range members(t, jsonName) {
			s.order[name] = append(s.order[name], jsonName(f))
		}
		if err := s.mend(schema, t, jsonName); err != nil {
			return err
		}
	}
	return nil
}

// mend makes a struct's schema say what the binder, the validator and the encoder do.
func (s *schemas) mend(schema *huma.Schema, t reflect.Type, nameOf func(reflect.StructField) string) error {
	schema.AdditionalProperties = nil
	if s.request {
		schema.AdditionalProperties, schema.Required = false, nil
	}
	for _, f := range members(t, nameOf) {
		p := schema.Properties[nameOf(f)]
		if p == nil {
			continue
		}
		neverNull(p)
		if s.request {
			form(p, f)
		}
		if !s.request && f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Pointer && p.Items != nil && p.Items.Type != "" {
			p.Items = orNull(p.Items)
		}
		bounds(p, f)
		if validate.Grams(f) && s.request {
			p.MultipleOf = new(0.01)
		}
		if other := f.Tag.Get("dependentRequired"); other != "" && s.request {
			depends(schema, nameOf(f), other)
		}
		if s.nullable(f) {
			schema.Properties[nameOf(f)] = orNull(p)
		}
		if !s.request {
			optionalDate(p)
			continue
		}
		needed, err := validate.Needed(f)
		if err != nil {
			return err
		}
		if needed {
			schema.Required = append(schema.Required, nameOf(f))
		}
	}
	return nil
}

// form says what texts look like where the field says nothing nearer, and in words what its own pattern means.
func form(p *huma.Schema, f reflect.StructField) {
	if p.Items != nil {
		p = p.Items
	}
	if p.Type != huma.TypeString || len(p.Enum) > 0 || p.Format != "" && p.Format != "password" {
		return
	}
	pattern, words, _ := validate.Form(f) // whoever planned the Input has read the same tags
	if p.Pattern == "" {
		p.Pattern = pattern
	} else {
		words = f.Tag.Get("patternText")
	}
	if words != "" {
		p.Extensions = with(p.Extensions, "x-pattern-description", words)
	}
}

// optionalDate says that a date which nobody entered is answered as an empty text.
func optionalDate(p *huma.Schema) {
	if p.Format == "date" {
		p.Format, p.Description = "", strings.TrimSuffix(p.Description, ".")+"; empty where there is none."
	}
}

// choices are members of requests of which exactly one is sent; rivals are members that are not sent together. The Inputs
// check it themselves.
var (
	choices = map[string][]string{
		"DeductSpoolInput":   {"grams", "length_mm"},
		"MoveQueueItemInput": {"before_id", "after_id", "position"},
		"UserUpdateInput":    {"membership_id", "email"},
	}
	rivals = map[string][]string{"CreatePrinterInput": {"slots", "slot_count"}}
)

// choose says which members of a request exclude each other. It misses a request that none of these routes has, and
// refuses a member that its request has not.
func (d *describer) choose() error {
	for name, names := range choices {
		for _, member := range names {
			if err := d.knows(name, member, func(s *huma.Schema) { s.OneOf = append(s.OneOf, sent(s, member)) }); err != nil {
				return err
			}
		}
	}
	for name, names := range rivals {
		if err := d.knows(name, names[0], func(s *huma.Schema) { s.Not = sent(s, names...) }); err != nil {
			return err
		}
	}
	return nil
}

// sent is the schema of a request that says something in all of these members: not null, nor an empty text where that is
// what says nothing.
func sent(s *huma.Schema, names ...string) *huma.Schema {
	one := &huma.Schema{Required: names, Properties: map[string]*huma.Schema{}}
	for _, name := range names {
		p := s.Properties[name]
		one.Properties[name] = &huma.Schema{Type: p.Type}
		if p.Type == huma.TypeString && !p.Nullable {
			one.Properties[name].MinLength = new(1)
		}
	}
	return one
}

// knows lets a request's schema be changed that has the member.
func (d *describer) knows(name, member string, change func(*huma.Schema)) error {
	s := d.requests.Map()[name]
	if s == nil {
		return nil
	}
	if s.Properties[member] == nil {
		return fmt.Errorf("describe: %s has no member %s", name, member)
	}
	change(s)
	return nil
}

// depends says that a field is sent with another one only.
func depends(schema *huma.Schema, name, other string) {
	if schema.DependentRequired == nil {
		schema.DependentRequired = map[string][]string{}
	}
	schema.DependentRequired[name] = []string{other}
}

// nullable reports whether null may stand in a field: clears it in a request, says that there is none in an answer.
func (s *schemas) nullable(f reflect.StructField) bool {
	if inner, ok := validate.Omittable(f.Type); ok {
		kind := inner.Kind()
		return f.Tag.Get("nullable") != "false" && (kind == reflect.Pointer || kind == reflect.Slice || kind == reflect.Map)
	}
	if kind := f.Type.Kind(); s.request { // it is as if it were not there
		needed, err := validate.Needed(f)
		return err == nil && !needed && (kind == reflect.Pointer || kind == reflect.Slice || kind == reflect.Map)
	}
	return f.Type.Kind() == reflect.Pointer && !strings.Contains(f.Tag.Get("json"), ",omit")
}

// neverNull takes back the registry's guess that lists may be null, in everything that a property holds, and what no
// validator knows.
func neverNull(p *huma.Schema) {
	p.Nullable = false
	if p.PatternDescription != "" { // a word of huma's that JSON Schema does not have
		p.Extensions, p.PatternDescription = with(p.Extensions, "x-pattern-description", p.PatternDescription), ""
	}
	if p.Items != nil {
		neverNull(p.Items)
	}
	if inner, ok := p.AdditionalProperties.(*huma.Schema); ok {
		neverNull(inner)
	}
}

// orNull is the schema with null added in the way that its form needs.
func orNull(p *huma.Schema) *huma.Schema {
	if p.Type == "" {
		return &huma.Schema{Description: p.Description, AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}}
	}
	p.Nullable = true
	if len(p.Enum) > 0 {
		p.Enum = append(p.Enum, nil)
	}
	return p
}

// bounds adds the rules of maps, which the registry does not know.
func bounds(p *huma.Schema, f reflect.StructField) {
	for tag, limit := range map[string]func(n any){
		"keyMaxLength": func(n any) {
			p.Extensions = map[string]any{"propertyNames": map[string]any{"maxLength": n, "pattern": validate.Line}}
		},
		"valueMaxLength": func(n any) {
			p.AdditionalProperties = map[string]any{"type": huma.TypeString, "maxLength": n, "pattern": validate.Lines}
		},
	} {
		if n := f.Tag.Get(tag); n != "" {
			limit(json.Number(n))
		}
	}
	if keys := f.Tag.Get("keyEnum"); keys != "" { // the operation checks them
		p.Extensions = map[string]any{"propertyNames": map[string]any{"enum": strings.Split(keys, ",")}}
		p.AdditionalProperties = map[string]any{"type": huma.TypeString, "enum": strings.Split(f.Tag.Get("valueEnum"), ",")}
	}
}
