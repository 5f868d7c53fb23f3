package component

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"
)

// Form is a form that is shown again because of an error: what was typed, and what is wrong with it.
type Form struct {
	Values  url.Values
	Problem string
	Errors  map[string]string // by name of the field
}

type formKey struct{}

// WithForm puts a form that failed into the context of its page.
func WithForm(ctx context.Context, f *Form) context.Context {
	return context.WithValue(ctx, formKey{}, f)
}

// Failed is the form that failed, nil where none did.
func Failed(ctx context.Context) *Form {
	f, _ := ctx.Value(formKey{}).(*Form)
	return f
}

// Typed is what was typed into a field, or what it holds where nothing was typed yet.
func Typed(ctx context.Context, name, value string) string {
	if f := Failed(ctx); f != nil {
		if _, ok := f.Values[name]; ok {
			return f.Values.Get(name)
		}
	}
	return value
}

// Wrong is what is wrong with a field, "" where nothing is.
func Wrong(ctx context.Context, name string) string {
	if f := Failed(ctx); f != nil {
		return f.Errors[name]
	}
	return ""
}

// names are those of the fields that are wrong, in order.
func (f *Form) names() []string { return slices.Sorted(maps.Keys(f.Errors)) }

// checked reports whether a box is checked: as it was typed, or as it stands.
func checked(ctx context.Context, name, value string, on bool) bool {
	if f := Failed(ctx); f != nil {
		if all, ok := f.Values[name]; ok {
			return slices.Contains(all, value)
		}
		return false
	}
	return on
}

// attributes are those of a field that not every field has.
func attributes(ctx context.Context, in Input) templ.Attributes {
	a := templ.Attributes{}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("min", in.Min)
	set("max", in.Max)
	set("step", in.Step)
	set("maxlength", in.Length)
	set("autocomplete", in.Complete)
	set("accept", in.Accept)
	set("aria-describedby", described(Wrong(ctx, in.Name), in.Hint, in.Name))
	if in.Lines > 0 {
		a["rows"] = strconv.Itoa(in.Lines)
	}
	if Wrong(ctx, in.Name) != "" {
		a["aria-invalid"] = "true"
	}
	if !in.Optional {
		a["required"] = true
	}
	if in.Focus {
		a["autofocus"] = true
	}
	return a
}

// valued is what a field holds: files and passwords hold nothing.
func valued(ctx context.Context, in Input) templ.Attributes {
	if in.Type == "file" || in.Type == "password" {
		return nil
	}
	return templ.Attributes{"value": Typed(ctx, in.Name, in.Value)}
}
