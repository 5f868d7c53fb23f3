package rest

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/soloprint/soloprint/internal/validate"
)

// plan says how a type of Input is filled from a request. It is made once, when the route table is built; the OpenAPI
// document is written from it too.
type plan struct {
	typ    reflect.Type
	params []parameter
	body   *shape // the JSON fields; an object without members where there are none
}

// parameter is a field that comes from path, query, a header or a cookie.
type parameter struct {
	in    string // path, query, header or cookie
	name  string
	comma bool // one value holds several, separated by commas
	field reflect.StructField
	index []int
	want  string // what a value is, for people
	set   setter
}

// setter reads a text into a value.
type setter func(v reflect.Value, s string) error

// repeats reports whether the parameter may stand several times.
func (q parameter) repeats() bool { return q.field.Type.Kind() == reflect.Slice }

// errUnreadable is a parameter whose text is not of its type.
var errUnreadable = errors.New("unreadable value")

// planOf reads the tags of an Input and refuses what could not work.
func planOf(t reflect.Type) (*plan, error) {
	p := &plan{typ: t}
	body, err := bodyShape(t)
	if err == nil {
		p.body, err = body, p.parameters(t, nil)
	}
	if err == nil {
		err = validate.Check(t)
	}
	if err != nil {
		return nil, fmt.Errorf("%v: %w", t, err)
	}
	return p, nil
}

// parameterTag is where a field that does not come from the body comes from: query:"expand,comma" gives query and
// "expand,comma". A field with such a tag is no part of the body, whatever its json tag says.
func parameterTag(f reflect.StructField) (in, tag string, ok bool) {
	for _, in := range []string{"path", "query", "header", "cookie"} {
		if tag := f.Tag.Get(in); tag != "" {
			return in, tag, true
		}
	}
	return "", "", false
}

func (p *plan) parameters(t reflect.Type, up []int) error {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(up), i)
		in, tag, ok := parameterTag(f)
		switch {
		case embedded(f):
			if err := p.parameters(f.Type, index); err != nil {
				return err
			}
		case f.Anonymous && f.Type.Kind() == reflect.Pointer:
			return fmt.Errorf("field %s: embedded pointers are not filled", f.Name)
		case ok:
			if err := p.parameter(f, index, in, tag); err != nil {
				return fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
	}
	return nil
}

func (p *plan) parameter(f reflect.StructField, index []int, in, tag string) error {
	name, option, _ := strings.Cut(tag, ",")
	q := parameter{in: in, name: name, comma: option == "comma", field: f, index: index}
	if in == "query" && carriesSecret(name) {
		return fmt.Errorf("secrets are not read from a query string")
	}
	if p.find(in, name) != nil {
		return fmt.Errorf("there are two %s parameters named %s", in, name)
	}
	item := f.Type
	if q.repeats() {
		item = item.Elem()
	}
	var err error
	q.want, q.set, err = setterOf(item)
	p.params = append(p.params, q)
	return err
}

// find is the parameter of that name, nil where there is none.
func (p *plan) find(in, name string) *parameter {
	if p == nil {
		return nil
	}
	for i := range p.params {
		if p.params[i].in == in && p.params[i].name == name {
			return &p.params[i]
		}
	}
	return nil
}

var wildcard = regexp.MustCompile(`\{([^}]*)\}`)

// matches says whether the plan and the pattern of a path name the same parameters.
func (p *plan) matches(path string) error {
	var inPath, inType []string
	for _, m := range wildcard.FindAllStringSubmatch(path, -1) {
		inPath = append(inPath, m[1])
	}
	for _, q := range p.params {
		if q.in == "path" {
			inType = append(inType, q.name)
		}
	}
	slices.Sort(inPath)
	slices.Sort(inType)
	if !slices.Equal(inPath, inType) {
		return fmt.Errorf("%v has the path parameters %v, the path %v", p.typ, inType, inPath)
	}
	return nil
}

// setterOf says how a text becomes a value of the type.
func setterOf(t reflect.Type) (want string, set setter, err error) {
	if t.Kind() == reflect.Pointer {
		want, inner, err := setterOf(t.Elem())
		return want, func(v reflect.Value, s string) error {
			held := reflect.New(t.Elem())
			v.Set(held)
			return inner(held.Elem(), s)
		}, err
	}
	if t == reflect.TypeFor[time.Time]() {
		return "a time such as 2026-04-02T08:00:00Z", setTime, nil
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "a value of another form", func(v reflect.Value, s string) error {
			return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
		}, nil
	}
	switch kind := t.Kind(); {
	case kind == reflect.String:
		return "a text", func(v reflect.Value, s string) error { v.SetString(s); return nil }, nil
	case kind == reflect.Bool:
		return "true or false", setBool, nil
	case kind >= reflect.Int && kind <= reflect.Int64:
		return "an integer", setInt, nil
	case kind >= reflect.Uint && kind <= reflect.Uint64:
		return "an integer, 0 or more", setUint, nil
	case kind == reflect.Float32 || kind == reflect.Float64:
		return "a number", setFloat, nil
	}
	return "", nil, fmt.Errorf("a parameter cannot be a %v", t)
}

// setTime takes RFC 3339 with any offset and keeps UTC. A plus sign that was not escaped arrives as a space and is refused.
func setTime(v reflect.Value, s string) error {
	t, err := time.Parse(time.RFC3339, s)
	v.Set(reflect.ValueOf(t.UTC()))
	return err
}

func setBool(v reflect.Value, s string) error {
	switch s {
	case "true", "1":
		v.SetBool(true)
	case "false", "0":
		v.SetBool(false)
	default:
		return errUnreadable
	}
	return nil
}

func setInt(v reflect.Value, s string) error {
	n, err := strconv.ParseInt(s, 10, v.Type().Bits())
	v.SetInt(n)
	return err
}

func setUint(v reflect.Value, s string) error {
	n, err := strconv.ParseUint(s, 10, v.Type().Bits())
	v.SetUint(n)
	return err
}

// setFloat takes decimal numbers only: strconv would take inf, nan and hexadecimal ones too.
func setFloat(v reflect.Value, s string) error {
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return errUnreadable
	}
	n, err := strconv.ParseFloat(s, v.Type().Bits())
	v.SetFloat(n)
	return err
}
