package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// document is what the reference reads of the OpenAPI document.
type document struct {
	Info struct {
		Version string `json:"version"`
	} `json:"info"`
	Tags []struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Title       string `json:"x-displayName"`
	} `json:"tags"`
	Paths      map[string]map[string]operation `json:"paths"`
	Webhooks   map[string]map[string]operation `json:"webhooks"`
	Components struct {
		Schemas    map[string]*schema   `json:"schemas"`
		Examples   map[string]example   `json:"examples"`
		Parameters map[string]parameter `json:"parameters"`
		Responses  map[string]response  `json:"responses"`
	} `json:"components"`
}

type operation struct {
	ID          string              `json:"operationId"`
	Summary     string              `json:"summary"`
	Description string              `json:"description"`
	Tags        []string            `json:"tags"`
	Parameters  []parameter         `json:"parameters"`
	Body        *requestBody        `json:"requestBody"`
	Responses   map[string]response `json:"responses"`
	Security    *[]json.RawMessage  `json:"security"`
	Needs       []string            `json:"x-required-capabilities"`
	OwnRows     bool                `json:"x-own-rows"`
	Codes       map[string][]string `json:"x-error-codes"`
}

type parameter struct {
	Ref         string          `json:"$ref"`
	Name        string          `json:"name"`
	In          string          `json:"in"`
	Description string          `json:"description"`
	Required    bool            `json:"required"`
	Schema      *schema         `json:"schema"`
	Example     json.RawMessage `json:"example"`
}

type requestBody struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type response struct {
	Ref         string           `json:"$ref"`
	Description string           `json:"description"`
	Content     map[string]media `json:"content"`
	Headers     map[string]struct {
		Ref string `json:"$ref"`
	} `json:"headers"`
}

type media struct {
	Schema   *schema            `json:"schema"`
	Example  json.RawMessage    `json:"example"`
	Examples map[string]example `json:"examples"`
}

type example struct {
	Ref         string          `json:"$ref"`
	Summary     string          `json:"summary"`
	Description string          `json:"description"`
	Value       json.RawMessage `json:"value"`
}

type schema struct {
	Ref         string       `json:"$ref"`
	Type        types        `json:"type"`
	Format      string       `json:"format"`
	Description string       `json:"description"`
	Enum        []any        `json:"enum"`
	Default     any          `json:"default"`
	Items       *schema      `json:"items"`
	Properties  properties   `json:"properties"`
	Required    []string     `json:"required"`
	AnyOf       []*schema    `json:"anyOf"`
	Minimum     *json.Number `json:"minimum"`
	Maximum     *json.Number `json:"maximum"`
	MultipleOf  *json.Number `json:"multipleOf"`
	MinLength   *int         `json:"minLength"`
	MaxLength   *int         `json:"maxLength"`
	MinItems    *int         `json:"minItems"`
	MaxItems    *int         `json:"maxItems"`
	Pattern     string       `json:"pattern"`
	Form        string       `json:"x-pattern-description"`
}

// types is one type, or a list of them.
type types []string

// UnmarshalJSON reads both forms.
func (t *types) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = types{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// properties are those of an object, in the document's order.
type properties []property

type property struct {
	name string
	*schema
}

// UnmarshalJSON reads an object and keeps its order.
func (p *properties) UnmarshalJSON(b []byte) error {
	var all map[string]*schema
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return err
		}
		text, _ := name.(string) // the name of a member
		*p = append(*p, property{text, all[text]})
	}
	return nil
}

func parseDocument(text []byte) (*document, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	return &d, nil
}

// last is the name that a reference ends in.
func last(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// parameter is the parameter behind a reference.
func (d *document) parameter(p parameter) parameter {
	if p.Ref != "" {
		return d.Components.Parameters[last(p.Ref)]
	}
	return p
}

// response is the answer behind a reference.
func (d *document) response(r response) response {
	if r.Ref != "" {
		return d.Components.Responses[last(r.Ref)]
	}
	return r
}

// sample is the example of a body, written for people; "" where there is none.
func (d *document) sample(m media) string {
	value := m.Example
	if e, ok := m.Examples["example"]; ok {
		value = e.Value
		if e.Ref != "" {
			value = d.Components.Examples[last(e.Ref)].Value
		}
	}
	return pretty(value)
}

func pretty(value json.RawMessage) string {
	var b bytes.Buffer
	if len(value) == 0 || json.Indent(&b, value, "", "  ") != nil {
		return ""
	}
	return b.String()
}

// typeOf says what a value is, and which object where it is one that has a name.
func typeOf(s *schema) (words, object string) {
	switch {
	case s.Ref != "":
		return last(s.Ref), last(s.Ref)
	case len(s.AnyOf) > 0:
		words, object = typeOf(s.AnyOf[0])
		return words + " or null", object
	case slices.Contains(s.Type, "array") && s.Items != nil:
		words, object = typeOf(s.Items)
		words = "list of " + words
	case s.Format == "date-time":
		words = "time"
	case s.Format == "date":
		words = "date"
	case len(s.Type) > 0:
		words = s.Type[0]
	default:
		words = "anything"
	}
	if slices.Contains(s.Type, "null") {
		words += " or null"
	}
	return words, object
}

// limitsOf says which values are allowed.
func limitsOf(s *schema) string {
	var says []string
	add := func(format string, args ...any) { says = append(says, fmt.Sprintf(format, args...)) }
	inner := s
	if s.Items != nil {
		inner = s.Items
		bounds(add, "%v to %v of them", "at least %v of them", "at most %v of them", s.MinItems, s.MaxItems)
	}
	if len(inner.Enum) > 0 {
		words := []string{}
		for _, v := range inner.Enum {
			if v != nil {
				words = append(words, fmt.Sprint(v))
			}
		}
		add("one of %s", strings.Join(words, ", "))
	}
	bounds(add, "%v to %v characters", "at least %v characters", "at most %v characters", inner.MinLength, inner.MaxLength)
	bounds(add, "%v to %v", "at least %v", "at most %v", inner.Minimum, inner.Maximum)
	if inner.MultipleOf != nil {
		add("a multiple of %v", *inner.MultipleOf)
	}
	switch {
	case inner.Form != "":
		add("%s", inner.Form)
	case inner.Pattern != "":
		add("of the form %s", inner.Pattern)
	}
	if s.Default != nil {
		add("%v where absent", s.Default)
	}
	return strings.Join(says, "; ")
}

// bounds says one bound, or both.
func bounds[T any](add func(string, ...any), both, least, most string, low, high *T) {
	switch {
	case low != nil && high != nil:
		add(both, *low, *high)
	case low != nil:
		add(least, *low)
	case high != nil:
		add(most, *high)
	}
}
