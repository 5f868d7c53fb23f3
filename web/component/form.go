package component

import (
	"context"
	"net/url"
)

// Form is a form that is shown again because of an error: what was typed, and what is wrong with it.
type Form struct {
	Values  url.Values
	Problem string
	Errors  map[string]string // by name of the field
}

type formKey struct{}

// WithForm puts a form that failed into the context of its page.
func WithForm(ctx context.Context, f *Form) context.Context { return context.WithValue(ctx, formKey{}, f) }

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
