package validate

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/soloprint/soloprint/internal/errs"
)

// Codes of errs.Field that this package reports.
const (
	Required          = "required"
	TooShort          = "too_short"
	TooLong           = "too_long"
	OutOfRange        = "out_of_range"
	NotAllowed        = "not_allowed"
	InvalidFormat     = "invalid_format"
	TooMany           = "too_many"
	TooFew            = "too_few"
	Duplicate         = "duplicate"
	InvalidCharacters = "invalid_characters"
)

// MaxFields bounds what is reported of one input: a roster of 50,000 wrong rows is answered in one screen.
const MaxFields = 100

// plans remembers the plan of each type: a pure function of the type, so nothing that a caller can observe changes.
var plans cache

// Struct is what is wrong with in, a struct or a pointer to one; nil where nothing is. It panics on tags that Check
// refuses: they are a fault of the program, not of the caller.
func Struct(in any) []errs.Field {
	v := reflect.ValueOf(in)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil
	}

	check, err := plans.of(v.Type())
	if err != nil {
		panic(err)
	}
	var r report
	check.run(&r, nil, v)
	return r.fields
}

// Check reports tags of an Input that cannot be applied: an unknown format, a length of a number, a bad pattern.
func Check(t reflect.Type) error {
	_, err := plans.of(t)
	return err
}

// Needed reports whether leaving the field out is refused, because it is required or because its zero value is not
// allowed. The OpenAPI document takes its required lists from here.
func Needed(f reflect.StructField) (bool, error) {
	rs, err := parse(f)
	if err != nil {
		return false, err
	}
	check, err := newCompiler().field(f, rs)
	if err != nil || rs.required {
		return rs.required, err
	}
	var r report
	check.run(&r, nil, reflect.Zero(f.Type))
	return len(r.fields) > 0, nil
}

// cache holds the plan of each struct type.
type cache struct{ byType sync.Map }

type entry struct {
	check checker
	err   error
}

func (c *cache) of(t reflect.Type) (checker, error) {
	if e, ok := c.byType.Load(t); ok {
		return e.(entry).check, e.(entry).err
	}
	check, err := newCompiler().structure(t)
	if err != nil {
		err = fmt.Errorf("validate %v: %w", t, err)
	}
	c.byType.Store(t, entry{check, err})
	return check, err
}

// report collects what is wrong, up to MaxFields.
type report struct{ fields []errs.Field }

func (r *report) full() bool { return len(r.fields) >= MaxFields }

func (r *report) add(at *Path, code, message string, args ...any) {
	if r.full() {
		return
	}
	r.fields = append(r.fields, errs.Field{Path: at.String(), Code: code, Message: fmt.Sprintf(message, args...)})
}

// Path leads to a value: a chain of names and indices, written only when something is wrong. Nil is the input itself.
type Path struct {
	up    *Path
	name  string
	index int // where name is empty
}

// Name is the path to a member.
func (p *Path) Name(name string) *Path { return &Path{up: p, name: name} }

// Item is the path to an item of a list.
func (p *Path) Item(i int) *Path { return &Path{up: p, index: i} }

// String is the path as clients write it: requirements.tools[0].color_hex.
func (p *Path) String() string {
	var parts []*Path
	for ; p != nil; p = p.up {
		parts = append(parts, p)
	}
	var b strings.Builder
	for _, part := range slices.Backward(parts) {
		if part.name == "" {
			b.WriteString("[" + strconv.Itoa(part.index) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(part.name)
	}
	return b.String()
}
