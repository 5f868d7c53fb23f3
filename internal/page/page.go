// Package page is what every list answers and every cursor says.
package page

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
)

// Limits of a list, in rows.
const (
	DefaultLimit = 50
	MaxLimit     = 200
	batch        = 2000 // of a list that is read to its end
)

type wholeKey struct{}

// Whole marks the context of who reads a list to its end: pages are larger there than anybody may ask for, because each
// finds its place anew, which an order without an index pays with a sort of what is left.
func Whole(ctx context.Context) context.Context { return context.WithValue(ctx, wholeKey{}, true) }

// LimitIn is Limit, but where the list is read to its end.
func LimitIn(ctx context.Context, wish *int) int {
	if ctx.Value(wholeKey{}) != nil {
		return batch
	}
	return Limit(wish)
}

// List is one page. Next is empty where nothing follows.
type List[T any] struct {
	Data  []T
	Next  string
	Later string // of a list that grows at its end: where to go on once something follows, on its last page too
	Total *int   // only where the caller asked for it
}

// HasMore reports whether a page follows.
func (l List[T]) HasMore() bool { return l.Next != "" }

// Limit is the number of rows for an optional wish: the default where there is none.
func Limit(wish *int) int {
	if wish == nil {
		return DefaultLimit
	}
	return min(max(*wish, 1), MaxLimit)
}

// ErrCursor is a cursor that is damaged or was made for another filter or order.
var ErrCursor = errors.New("page: invalid cursor")

// cursor is the position after the last row of a page: the value of the sorted column and the id that breaks ties.
type cursor struct {
	Key   []byte          `json:"k"` // what the cursor was made for: order and filters, hashed
	Value json.RawMessage `json:"v"`
	ID    string          `json:"i"`
}

// Bind hashes what a cursor is bound to: the resource, order and filters of a list, in any JSON-able form.
func Bind(parts ...any) []byte {
	h := sha256.New()
	_ = json.NewEncoder(h).Encode(parts) // plain values: cannot fail
	return h.Sum(nil)[:12]
}

// Encode makes the opaque cursor that follows a row.
func Encode(key []byte, value any, id string) (string, error) {
	v, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(cursor{Key: key, Value: v, ID: id})
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// Decode reads a cursor made for the same key into value and answers the row's id.
func Decode(s string, key []byte, value any) (id string, err error) {
	if len(s) > 2048 {
		return "", ErrCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return "", ErrCursor
	}
	var c cursor
	if json.Unmarshal(b, &c) != nil || string(c.Key) != string(key) || c.ID == "" {
		return "", ErrCursor
	}
	if json.Unmarshal(c.Value, value) != nil {
		return "", ErrCursor
	}
	return c.ID, nil
}
