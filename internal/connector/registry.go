package connector

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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
