package connector

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/internal/errs"
)

// Registry holds the connector of each kind of printer. It is filled once and then only read.
type Registry map[string]Connector

// For returns the connector of a kind, or an ErrUnsupportedKind that names the kinds there are.
func (r Registry) For(kind string) (Connector, error) {
	c, ok := r[kind]
	if !ok || c == nil {
		return nil, fmt.Errorf("%w: %q (supported: %s)", ErrUnsupportedKind, kind, strings.Join(r.Kinds(), ", "))
	}
	return c, nil
}

// Kinds lists the supported kinds, sorted.
func (r Registry) Kinds() []string {
	return slices.Sorted(maps.Keys(r))
}

// OptionChecker is a Connector that takes options. Paths of what is wrong are the options' names.
type OptionChecker interface {
	CheckOptions(options map[string]any) []errs.Field
}

// CheckOptions says what is wrong with the options of a printer of the kind. A connector that checks none takes none.
func (r Registry) CheckOptions(kind string, options map[string]any) []errs.Field {
	if c, ok := r[kind].(OptionChecker); ok {
		return c.CheckOptions(options)
	}
	return UnknownOptions(options)
}

// UnknownOptions refuses every option that is not known.
func UnknownOptions(options map[string]any, known ...string) (fields []errs.Field) {
	message := "is not an option of this kind of printer"
	if len(known) > 0 {
		message += "; there are " + strings.Join(known, ", ")
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if !slices.Contains(known, name) {
			fields = append(fields, errs.Field{Path: name, Code: "unknown_field", Message: message})
		}
	}
	return fields
}
