package rest

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/soloprint/soloprint/internal/validate"
)

// shape is what the strict walk knows of a Go type. It is made once a type, when the route table is built.
type shape struct {
	kind   shapeKind
	typ    reflect.Type      // of numbers and leaves
	elem   slot              // of lists and mappings
	fields map[string]slot   // of objects
	folded map[string]string // lower case to exact name, to tell a wrong case from an unknown name
	needed []string          // members that must stand there, because their zero is a value like any other
}

// slot is a place in which a value of some shape stands.
type slot struct {
	*shape
	null bool // null may stand there
}

type shapeKind uint8

const (
	anyShape shapeKind = iota // free-form JSON
	objectShape
	listShape
	mapShape
	textShape
	boolShape
	intShape  // signed
	uintShape // unsigned
	floatShape
	leafShape // a type that reads itself, such as time.Time
)

// want names a kind for people.
func (k shapeKind) want() string {
	return [...]string{"a value", "an object", "a list", "an object", "a text", "true or false", "an integer", "an integer", "a number", "a value of another type"}[k]
}

// shaper makes shapes. known holds finished ones and those in the making, for types that contain themselves.
type shaper struct{ known map[reflect.Type]*shape }

// bodyShape is the shape of the JSON fields of an Input; fields from path, query and headers are not part of the body.
func bodyShape(t reflect.Type) (*shape, error) {
	s := &shape{kind: objectShape}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%v is not a struct", t)
	}
	return s, shaper{known: map[reflect.Type]*shape{}}.members(s, t, bodyName)
}

// bodyName is the name of a top-level field in the body, "" where it does not come from there.
func bodyName(f reflect.StructField) string {
	if _, _, ok := parameterTag(f); ok {
		return ""
	}
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// jsonName is the name that encoding/json gives a nested field.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch {
	case name == "-" || !f.IsExported():
		return ""
	case name == "":
		return f.Name
	}
	return name
}

// embedded holds for a struct whose fields stand beside those of the struct around it.
func embedded(f reflect.StructField) bool {
	return f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("json") == ""
}

func (sh shaper) members(s *shape, t reflect.Type, nameOf func(reflect.StructField) string) error {
	for i := range t.NumField() {
		f := t.Field(i)
		if embedded(f) {
			if err := sh.members(s, f.Type, nameOf); err != nil {
				return err
			}
			continue
		}
		if name := nameOf(f); name != "" {
			if err := sh.member(s, name, f); err != nil {
				return fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
	}
	return nil
}

func (sh shaper) member(s *shape, name string, f reflect.StructField) error {
	if _, options, _ := strings.Cut(f.Tag.Get("json"), ","); strings.Contains(options, "string") {
		return fmt.Errorf("numbers in texts are not read")
	}
	if other, ok := s.folded[strings.ToLower(name)]; ok {
		return fmt.Errorf("the name %s is taken by %s", name, other)
	}
	at, err := sh.slot(f.Type)
	if err != nil {
		return err
	}
	if s.fields == nil {
		s.fields, s.folded = map[string]slot{}, map[string]string{}
	}
	s.fields[name], s.folded[strings.ToLower(name)] = at, name
	if f.Tag.Get("required") == "true" && (at.kind == boolShape || at.number()) && f.Type.Kind() != reflect.Pointer {
		s.needed = append(s.needed, name)
	}
	return nil
}

func (s *shape) number() bool {
	return s.kind == intShape || s.kind == uintShape || s.kind == floatShape
}

// slot is the shape of a type with whether null may stand for it.
func (sh shaper) slot(t reflect.Type) (slot, error) {
	if inner, ok := validate.Omittable(t); ok {
		return sh.slot(inner)
	}
	if t.Kind() == reflect.Pointer {
		s, err := sh.shape(t.Elem())
		return slot{s, true}, err
	}
	s, err := sh.shape(t)
	kind := t.Kind()
	return slot{s, kind == reflect.Slice || kind == reflect.Map || kind == reflect.Interface}, err
}

func (sh shaper) shape(t reflect.Type) (*shape, error) {
	if s, ok := sh.known[t]; ok {
		return s, nil
	}
	s := &shape{kind: kindOf(t), typ: t}
	sh.known[t] = s

	var err error
	switch {
	case t.Kind() == reflect.Pointer || t.Kind() == reflect.Map && t.Key().Kind() != reflect.String:
		return nil, fmt.Errorf("%v cannot be read from JSON", t)
	case s.kind == objectShape:
		err = sh.members(s, t, jsonName)
	case s.kind == listShape || s.kind == mapShape:
		s.elem, err = sh.slot(t.Elem())
		s.elem.null = s.elem.shape != nil && s.elem.kind == anyShape // no operation expects a nil among its items
	case s.kind == leafShape && !selfReading(t):
		err = fmt.Errorf("%v cannot be read from JSON", t)
	}
	return s, err
}

func kindOf(t reflect.Type) shapeKind {
	if t == reflect.TypeFor[json.RawMessage]() {
		return anyShape
	}
	if selfReading(t) {
		return leafShape
	}
	switch t.Kind() {
	case reflect.Interface:
		return anyShape
	case reflect.Struct:
		return objectShape
	case reflect.Slice, reflect.Array:
		return listShape
	case reflect.Map:
		return mapShape
	case reflect.String:
		return textShape
	case reflect.Bool:
		return boolShape
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intShape
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return uintShape
	case reflect.Float32, reflect.Float64:
		return floatShape
	}
	return leafShape
}

// selfReading holds for types whose JSON form only they know.
func selfReading(t reflect.Type) bool {
	if t.Kind() == reflect.Interface {
		return false
	}
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		t == reflect.TypeFor[json.Number]() || t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}
