package web

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/web/component"
)

// method is an operation of a service.
type method[In, Out any] func(context.Context, In) (Out, error)

// do makes a doer of an operation: bind, call, say. The toast follows from what the operation answered.
func do[In, Out any](call method[In, Out], say func(*visit, Out) done) doer {
	return func(v *visit) (done, error) {
		in, err := bind[In](v)
		if err != nil {
			return done{}, err
		}
		out, err := call(v, in)
		if err != nil {
			return done{}, err
		}
		return say(v, out), nil
	}
}

// bind fills an operation's Input from the path, the query and the form, by the names in its tags. Members of a struct have its
// name before theirs, with a dot between. A field of the form that is empty is null where the Input can be null, and is left out
// else; one that the form does not have is absent. "version" is the version that the person has seen.
func bind[In any](v *visit) (In, error) {
	var in In
	b := binder{v: v, form: v.r.PostForm, query: v.r.URL.Query()}
	b.fill(reflect.ValueOf(&in).Elem(), "")
	return in, errs.Invalid(b.wrong...)
}

type binder struct {
	v           *visit
	form, query url.Values
	wrong       []errs.Field
}

// fill sets the fields of a struct.
func (b *binder) fill(to reflect.Value, prefix string) {
	t := to.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			b.fill(to.Field(i), prefix)
			continue
		}
		if !f.IsExported() {
			continue
		}
		if name := f.Tag.Get("path"); name != "" {
			to.Field(i).SetString(b.v.r.PathValue(name))
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("query"), ","); name != "" {
			b.set(to.Field(i), name, b.query[name], f)
			continue
		}
		if f.Tag.Get("header") == "If-Match" {
			if n := b.form.Get("version"); n != "" {
				to.Field(i).SetString(strconv.Quote(n))
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		b.set(to.Field(i), prefix+name, b.form[prefix+name], f)
	}
}

// set sets one field from its texts.
func (b *binder) set(to reflect.Value, name string, texts []string, f reflect.StructField) {
	t := to.Type()
	if strings.HasPrefix(t.Name(), "Omittable[") {
		b.setOmittable(to, name, texts, f)
		return
	}
	if t.Kind() == reflect.Pointer {
		inner := reflect.New(t.Elem())
		if nested(t.Elem()) {
			if b.has(name + ".") {
				b.fill(inner.Elem(), name+".")
				to.Set(inner)
			}
			return
		}
		if len(texts) == 0 || texts[len(texts)-1] == "" {
			return
		}
		b.set(inner.Elem(), name, texts, f)
		to.Set(inner)
		return
	}
	switch {
	case nested(t):
		b.fill(to, name+".")
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		b.setSlice(to, name, texts, f)
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.String:
		b.setMap(to, name)
	case len(texts) > 0:
		text := texts[len(texts)-1]
		if text == "" && t.Kind() != reflect.String {
			return
		}
		if err := b.parse(to, text); err != nil {
			b.wrong = append(b.wrong, errs.Field{Path: name, Code: "invalid", Message: err.Error()})
		}
	}
}

// setOmittable sets a field that may be left out: to null by an empty text, where it can be null.
func (b *binder) setOmittable(to reflect.Value, name string, texts []string, f reflect.StructField) {
	inner := reflect.New(to.MethodByName("Value").Type().Out(0)).Elem()
	present := texts != nil || b.has(name+".") || b.has(name+"[]")
	if !present {
		return
	}
	b.set(inner, name, texts, f)
	if inner.Kind() == reflect.Pointer && inner.IsNil() && f.Tag.Get("nullable") == "false" {
		if inner.Type().Elem().Kind() != reflect.String || f.Tag.Get("enum") != "" {
			return // nothing was chosen
		}
		inner.Set(reflect.New(inner.Type().Elem())) // an empty text, which the operation judges
	}
	to.Set(omittable(to.Type(), inner))
}

// omittable is a set Omittable of a value, made through its own JSON form because its fields are its own.
func omittable(t reflect.Type, value reflect.Value) reflect.Value {
	out := reflect.New(t)
	text, err := json.Marshal(value.Interface())
	if err == nil {
		err = json.Unmarshal(text, out.Interface())
	}
	if err != nil {
		panic(fmt.Sprintf("web: %s cannot be set: %v", t, err)) // values of our own types always have a form
	}
	return out.Elem()
}

// setSlice sets a list from fields of one name, or from groups of fields named name.0.…, name.1.….
func (b *binder) setSlice(to reflect.Value, name string, texts []string, f reflect.StructField) {
	if nested(to.Type().Elem()) {
		for i := 0; i < 200 && b.has(name+"."+strconv.Itoa(i)+"."); i++ {
			item := reflect.New(to.Type().Elem()).Elem()
			b.fill(item, name+"."+strconv.Itoa(i)+".")
			to.Set(reflect.Append(to, item))
		}
		return
	}
	texts = slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return s == "" })
	if (texts == nil || len(texts) == 0) && !b.has(name+"[]") && b.form[name] == nil {
		return
	}
	to.Set(reflect.MakeSlice(to.Type(), 0, len(texts)))
	for _, text := range texts {
		item := reflect.New(to.Type().Elem()).Elem()
		b.set(item, name, []string{text}, f)
		to.Set(reflect.Append(to, item))
	}
}

// setMap sets a map from fields named name.key.
func (b *binder) setMap(to reflect.Value, name string) {
	for full, texts := range b.form {
		if k, ok := strings.CutPrefix(full, name+"."); ok && len(texts) > 0 {
			if to.IsNil() {
				to.Set(reflect.MakeMap(to.Type()))
			}
			to.SetMapIndex(reflect.ValueOf(k).Convert(to.Type().Key()), reflect.ValueOf(texts[len(texts)-1]).Convert(to.Type().Elem()))
		}
	}
}

// has reports whether the form has a field whose name begins so.
func (b *binder) has(prefix string) bool {
	for name := range b.form {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// nested reports whether values of the type are filled field by field.
func nested(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return false
	}
	p := reflect.PointerTo(t)
	return !p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) && !strings.HasPrefix(t.Name(), "Omittable[")
}

// parse reads one text as a value. Numbers may have a comma for their point; times are those of the organization's clocks.
func (b *binder) parse(to reflect.Value, text string) error {
	switch {
	case to.Type() == reflect.TypeFor[time.Time]():
		t, err := b.v.moment(text)
		if err != nil {
			return err
		}
		to.Set(reflect.ValueOf(t))
		return nil
	case to.Kind() == reflect.String:
		to.SetString(text)
		return nil
	case to.Kind() == reflect.Bool:
		to.SetBool(text == "true" || text == "on")
		return nil
	case to.CanInt(), to.CanUint(), to.CanFloat():
		n, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(text), ",", "."), 64)
		if err != nil {
			return fmt.Errorf("is not a number")
		}
		if err := json.Unmarshal([]byte(strconv.FormatFloat(n, 'f', -1, 64)), to.Addr().Interface()); err != nil {
			return fmt.Errorf("is not a whole number")
		}
		return nil
	}
	if err := json.Unmarshal([]byte(text), to.Addr().Interface()); err != nil {
		return fmt.Errorf("cannot be read")
	}
	return nil
}

// moment reads a time as browsers send it, or as RFC 3339 has it.
func (v *visit) moment(text string) (time.Time, error) {
	zone, err := time.LoadLocation(v.org.Organization.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("is not a date and time")
}

// said says a sentence about what an operation answered, and offers no way back.
func said[Out any](key string, values func(Out) []any) func(*visit, Out) done {
	return func(v *visit, out Out) done {
		var with []any
		if values != nil {
			with = values(out)
		}
		return done{Toast: component.Toast{Text: v.say(key, with...)}}
	}
}

// omitted is a set Omittable of a value that an action made itself.
func omitted[T any](value T) graphql.Omittable[T] { return graphql.OmittableOf(value) }

// list is several words as one text.
func list(all []string) string { return strings.Join(all, ", ") }

// ctx keeps the types of wrapped operations short.
type ctx = context.Context
