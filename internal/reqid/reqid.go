// Package reqid carries the id of a request through contexts, so that log lines, audit rows and error bodies of one
// request can be found together. Adapters put it in with With; whoever writes a log line or an event reads it with From.
// Standard library only.
package reqid

import (
	"context"
	"crypto/rand"
)

// MaxLength is the longest id that is taken from a caller, in bytes.
const MaxLength = 128

type key struct{}

// With puts the id into the context.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, key{}, id) }

// From is the id of the context, "" where there is none (background work).
func From(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}

// New makes an id: req_ and 26 characters of base32, 130 random bits.
func New() string { return "req_" + rand.Text() }

// Valid reports whether a caller's own id is taken over: 1 to 128 visible ASCII characters, which are safe in a header
// and in a log line.
func Valid(id string) bool {
	if id == "" || len(id) > MaxLength {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}
