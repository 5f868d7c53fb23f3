package validate

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// checker looks at one value. A nil checker has nothing to look at.
type checker func(r *report, at *Path, v reflect.Value)

func (c checker) run(r *report, at *Path, v reflect.Value) {
	if c != nil {
		c(r, at, v)
	}
}

// compiler turns types into checkers. open holds the structs being compiled, for types that contain themselves.
type compiler struct{ open map[reflect.Type]*checker }

func newCompiler() *compiler { return &compiler{open: map[reflect.Type]*checker{}} }

// member is a field of a struct with its checker.
type member struct {
	name  string // "" for an embedded struct, whose fields stand beside
	index int
	check checker
}

func (c *compiler) structure(t reflect.Type) (checker, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%v is not a struct", t)
	}
	if done, ok := c.open[t]; ok {
		return func(r *report, at *Path, v reflect.Value) { done.run(r, at, v) }, nil
	}
	var done checker
	c.open[t] = &done

	members, err := c.members(t)
	if err != nil {
		return nil, err
	}
	pairs, err := pairsOf(t)
	if err != nil {
		return nil, err
	}
	done = func(r *report, at *Path, v reflect.Value) {
		for _, p := range pairs {
			p.check(r, at, v)
		}
		for _, m := range members {
			next := at
			if m.name != "" {
				next = at.Name(m.name)
			}
			m.check(r, next, v.Field(m.index))
		}
	}
	return done, nil
}

func (c *compiler) members(t reflect.Type) ([]member, error) {
	var members []member
	for i := range t.NumField() {
		m, err := c.member(t.Field(i), i)
		if err != nil {
			return nil, err
		}
		if m.check != nil {
			members = append(members, m)
		}
	}
	return members, nil
}

func (c *compiler) member(f reflect.StructField, i int) (member, error) {
	if f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("json") == "" {
		check, err := c.structure(f.Type)
		return member{index: i, check: check}, err
	}
	name := nameOf(f)
	if !f.IsExported() || name == "" {
		return member{}, nil
	}
	rs, err := parse(f)
	if err != nil {
		return member{}, err
	}
	check, err := c.field(f, rs)
	return member{name: name, index: i, check: check}, err
}

// field adds to the check of a value what an absent one means.
func (c *compiler) field(f reflect.StructField, rs rules) (checker, error) {
	check, err := c.value(f.Type, rs)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", f.Name, err)
	}
	absent := absence(f.Type, rs)
	if check == nil && !rs.required {
		return nil, nil
	}
	return func(r *report, at *Path, v reflect.Value) {
		switch {
		case !absent(v):
			check.run(r, at, v)
		case rs.required && !countless(f.Type):
			r.add(at, Required, "is required")
		}
	}, nil
}

// countless holds for the types whose zero is a value like any other.
func countless(t reflect.Type) bool {
	return t.Kind() == reflect.Bool || t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64
}

func absence(t reflect.Type, rs rules) func(reflect.Value) bool {
	if o, ok := omittableOf(t); ok {
		return func(v reflect.Value) bool { return !o.isSet(v) }
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return reflect.Value.IsNil
	}
	if rs.optional || rs.required && !countless(t) {
		return reflect.Value.IsZero
	}
	return func(reflect.Value) bool { return false }
}

// value is the check of a present value.
func (c *compiler) value(t reflect.Type, rs rules) (checker, error) {
	if o, ok := omittableOf(t); ok {
		return c.omittable(o, rs)
	}
	if opaque(t) {
		return nil, nil
	}
	if err := applicable(t, rs); err != nil {
		return nil, err
	}
	switch kind := t.Kind(); {
	case kind == reflect.Pointer:
		return c.pointer(t, rs)
	case kind == reflect.Struct:
		return c.structure(t)
	case kind == reflect.Slice || kind == reflect.Array:
		return c.list(t, rs)
	case kind == reflect.Map:
		return c.mapping(t, rs)
	case kind == reflect.Interface:
		return dynamic, nil
	case kind == reflect.String:
		return text(rs)
	case kind >= reflect.Int && kind <= reflect.Float64:
		return number(t, rs), nil
	case kind == reflect.Bool:
		return nil, nil
	}
	return nil, fmt.Errorf("a %v cannot be checked", t)
}

// opaque holds for types that read themselves (time.Time, raw JSON, bytes): whether they are present is all there is to see.
func opaque(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return false
	}
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// applicable refuses tags that mean nothing on a type, which would look like a check and be none.
func applicable(t reflect.Type, rs rules) error {
	kind := t.Kind()
	list := kind == reflect.Slice || kind == reflect.Array
	if kind == reflect.Pointer || list {
		if list && !rs.mapping.empty() {
			return fmt.Errorf("rules of maps on %v", t)
		}
		return nil // looked at again for what it holds
	}
	isNumber := kind >= reflect.Int && kind <= reflect.Float64
	switch {
	case !rs.list.empty():
		return fmt.Errorf("rules of lists on %v", t)
	case !rs.mapping.empty() && kind != reflect.Map:
		return fmt.Errorf("rules of maps on %v", t)
	case !rs.text.empty() && kind != reflect.String && !isNumber: // a number may name its format
		return fmt.Errorf("rules of texts on %v", t)
	case isNumber && textRules{format: rs.text.format, needed: rs.text.needed} != rs.text:
		return fmt.Errorf("rules of texts on %v", t)
	case !rs.number.empty() && !isNumber:
		return fmt.Errorf("rules of numbers on %v", t)
	case rs.enum != nil && kind != reflect.String && !isNumber:
		return fmt.Errorf("enum on %v", t)
	}
	return nil
}

func (c *compiler) pointer(t reflect.Type, rs rules) (checker, error) {
	check, err := c.value(t.Elem(), rs)
	if check == nil || err != nil {
		return nil, err
	}
	return func(r *report, at *Path, v reflect.Value) {
		if !v.IsNil() {
			check(r, at, v.Elem())
		}
	}, nil
}

// omittable is a type like graphql.Omittable[T], known by its methods so that no GraphQL library is imported here.
type omittable struct {
	set, value int // indices of its methods
	inner      reflect.Type
}

func omittableOf(t reflect.Type) (omittable, bool) {
	set, ok := t.MethodByName("IsSet")
	if !ok || t.Kind() != reflect.Struct || set.Type.NumIn() != 1 || set.Type.NumOut() != 1 || set.Type.Out(0).Kind() != reflect.Bool {
		return omittable{}, false
	}
	value, ok := t.MethodByName("Value")
	if !ok || value.Type.NumIn() != 1 || value.Type.NumOut() != 1 {
		return omittable{}, false
	}
	return omittable{set: set.Index, value: value.Index, inner: value.Type.Out(0)}, true
}

// Omittable is the type T of an Omittable[T], known by its methods IsSet and Value.
func Omittable(t reflect.Type) (inner reflect.Type, ok bool) {
	o, ok := omittableOf(t)
	return o.inner, ok
}

func (o omittable) isSet(v reflect.Value) bool { return v.Method(o.set).Call(nil)[0].Bool() }

func (o omittable) get(v reflect.Value) reflect.Value { return v.Method(o.value).Call(nil)[0] }

func (c *compiler) omittable(o omittable, rs rules) (checker, error) {
	check, err := c.value(o.inner, rs)
	if err != nil {
		return nil, err
	}
	clearable := slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface}, o.inner.Kind())
	return func(r *report, at *Path, v reflect.Value) {
		if !o.isSet(v) {
			return
		}
		held := o.get(v)
		switch {
		case !clearable || !held.IsNil():
			check.run(r, at, held)
		case !rs.nullable:
			r.add(at, Required, "cannot be cleared")
		}
	}, nil
}
