package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// object is a JSON object whose members stand in the order in which they are to be read.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(m.name) // a text
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// exampleDepth bounds how far an example follows references.
const exampleDepth = 5

// exemplify gives every operation an example of its request, its answer and its path, made from the schemas.
func (d *describer) exemplify() {
	for _, item := range d.doc.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete} {
			if o != nil {
				d.exemplifyOne(o)
			}
		}
	}
}

func (d *describer) exemplifyOne(o *huma.Operation) {
	for _, p := range o.Parameters {
		if p.In == "path" {
			p.Example = d.example(p.Schema, p.Name, 0)
		}
	}
	if o.RequestBody != nil {
		content := o.RequestBody.Content["application/json"]
		content.Example = d.requestExample(o, content.Schema)
	}
	for status, r := range o.Responses {
		if content := r.Content["application/json"]; content != nil && status < "300" && o.OperationID != "openapi_get" {
			name := cmp.Or(strings.TrimPrefix(content.Schema.Ref, schemaPrefix), pascal(o.OperationID))
			content.Examples = map[string]*huma.Example{"example": d.keep(name, huma.Example{Value: d.example(content.Schema, "", 0)})}
		}
	}
}

// requestExample is a body that somebody would send: the one written down for the operation, or what the schema demands
// and a few fields more.
func (d *describer) requestExample(o *huma.Operation, schema *huma.Schema) any {
	if text, ok := requests[o.OperationID]; ok {
		return json.RawMessage(text)
	}
	const enough = 2
	name := strings.TrimPrefix(schema.Ref, schemaPrefix)
	s := d.answers.Map()[name]
	body := object{}
	for _, property := range d.ordered(name, s) {
		required := slices.Contains(s.Required, property)
		if p := s.Properties[property]; required || o.Method == http.MethodPatch && len(body) < enough && p.Type != "" && p.Type != huma.TypeObject {
			body = append(body, member{property, d.example(p, property, 1)})
		}
	}
	return body
}

// example is a value that the schema allows. Words that the schema carries come first, then those of the field's name.
func (d *describer) example(s *huma.Schema, name string, depth int) any {
	if s.Ref != "" {
		schema := strings.TrimPrefix(s.Ref, schemaPrefix)
		return d.exampleObject(schema, d.answers.Map()[schema], depth)
	}
	if len(s.AnyOf) > 0 {
		if depth >= exampleDepth {
			return nil
		}
		return d.example(s.AnyOf[0], name, depth)
	}
	if len(s.Examples) > 0 {
		return s.Examples[0]
	}
	switch s.Type {
	case huma.TypeObject:
		return exampleMap(s, name)
	case huma.TypeArray:
		if depth >= exampleDepth || s.Items == nil {
			return []any{}
		}
		return []any{d.example(s.Items, strings.TrimSuffix(name, "s"), depth+1)}
	}
	return exampleScalar(s, name)
}

// exampleObject shows every field of an answer that is always there. next_cursor and has_more agree.
func (d *describer) exampleObject(name string, s *huma.Schema, depth int) any {
	o := object{}
	for _, property := range d.ordered(name, s) {
		if !slices.Contains(s.Required, property) && !slices.Contains(shown[name], property) {
			continue
		}
		value, ok := moods[name+"."+property]
		if !ok {
			value = d.example(s.Properties[property], property, depth+1)
		}
		o = append(o, member{property, value})
	}
	return o
}

func exampleMap(s *huma.Schema, name string) any {
	if s.AdditionalProperties == nil || name != "metadata" {
		return object{}
	}
	return object{{"course", "robotics-9b"}}
}

// exampleScalar is a text, number or truth for a field of that name.
func exampleScalar(s *huma.Schema, name string) any {
	word, known := words[name]
	switch s.Type {
	case huma.TypeBoolean:
		return known && word == true
	case huma.TypeInteger, huma.TypeNumber:
		return exampleNumber(s, word)
	}
	if text, ok := word.(string); ok && (len(s.Enum) == 0 || slices.Contains(s.Enum, any(text))) {
		return text
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Default != nil:
		return s.Default
	case s.Format == "date-time":
		return exampleTime
	case s.Format == "date":
		return "2026-09-01"
	}
	return exampleText(name)
}

const (
	exampleID   = "01jd4c0n5xe2vb8w6h3ks9qt7m" // after the prefix
	exampleTime = "2026-04-02T08:00:00Z"
)

// exampleText is an identifier for names that end like one, else words.
func exampleText(name string) string {
	if strings.HasSuffix(name, "_id") || name == "fileId" || name == "on_behalf_of" {
		return cmp.Or(prefixes[resourceOf(name)], "mem_") + exampleID // whoever did something is a membership
	}
	return strings.ReplaceAll(name, "_", " ")
}

// exampleNumber is the known number where the schema allows it, else the default or the least.
func exampleNumber(s *huma.Schema, word any) any {
	n, ok := number(word)
	if !ok {
		if n, ok = number(s.Default); !ok {
			n = 1
		}
	}
	if s.Minimum != nil {
		n = math.Max(n, *s.Minimum)
	}
	if s.Maximum != nil {
		n = math.Min(n, *s.Maximum)
	}
	if s.Type == huma.TypeInteger {
		return int64(n)
	}
	return n
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}
