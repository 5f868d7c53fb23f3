package scalar

import (
	"errors"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/internal/authz"
)

// MarshalStringListMap writes an object whose values are lists of texts.
func MarshalStringListMap(m map[authz.Capability][]string) graphql.Marshaler {
	return object(m, m == nil)
}

// UnmarshalStringListMap refuses: nothing takes such an object.
func UnmarshalStringListMap(any) (map[authz.Capability][]string, error) {
	return nil, errors.New("no input has this type")
}
