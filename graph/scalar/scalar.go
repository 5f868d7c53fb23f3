// Package scalar has the GraphQL scalars that gqlgen's own do not serve. It stands apart because generated code imports it.
package scalar

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalString writes a text.
func MarshalString(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalString reads a text, and nothing but a text: gqlgen's own turns numbers into texts.
func UnmarshalString(v any) (string, error) {
	s, ok := v.(string)
	if !ok && v != nil {
		return "", errors.New("a text is expected")
	}
	return s, nil
}

// MarshalTime writes a moment in UTC, as REST does.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.UTC().Format(time.RFC3339Nano)))
	})
}

// UnmarshalTime reads a moment of any zone.
func UnmarshalTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, errors.New("a time is a text in RFC 3339")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, errors.New("a time is a text in RFC 3339, such as 2026-04-02T08:00:00Z")
	}
	return t.UTC(), nil
}

// MarshalStringMap writes an object whose values are texts.
func MarshalStringMap(m map[string]string) graphql.Marshaler { return object(m, m == nil) }

// UnmarshalStringMap reads an object whose values are texts.
func UnmarshalStringMap(v any) (map[string]string, error) {
	in, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("an object is expected")
	}
	m := make(map[string]string, len(in))
	for k, v := range in {
		if m[k], ok = v.(string); !ok {
			return nil, errors.New("an object is expected whose values are texts")
		}
	}
	return m, nil
}

// MarshalMap writes an object of any form.
func MarshalMap(m map[string]any) graphql.Marshaler { return object(m, m == nil) }

// UnmarshalMap reads an object of any form.
func UnmarshalMap(v any) (map[string]any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("an object is expected")
	}
	return m, nil
}

// object writes a map as JSON; one that is nil is empty.
func object(m any, empty bool) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		b, err := json.Marshal(m)
		if err != nil || empty {
			b = []byte("{}") // what is in a column came from JSON: it goes back there
		}
		_, _ = w.Write(b)
	})
}
