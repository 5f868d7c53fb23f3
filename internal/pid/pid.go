// Package pid makes and reads the identifiers of SoLoPrint: a type prefix, an underscore and a UUIDv7 in Crockford
// base32 (the TypeID form, https://github.com/jetify-com/typeid/tree/main/spec), for example
// prn_01jd4c0n5xe2vb8w6h3ks9qt7m. They are opaque to clients, sort by creation time and say what they name.
package pid

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ID is a prefixed identifier. The zero value names nothing.
type ID string

const (
	alphabet     = "0123456789abcdefghjkmnpqrstvwxyz"
	suffixLength = 26
	// MaxLength is the longest identifier that Valid accepts, in bytes.
	MaxLength = 4 + 1 + suffixLength
)

// Source makes identifiers. Its fields exist so that tests can fix time and randomness.
type Source struct {
	Now  func() time.Time
	Rand io.Reader
}

// New makes an identifier from the system's clock and randomness.
func New(prefix string) ID { return Source{Now: time.Now, Rand: rand.Reader}.New(prefix) }

// ageless is a time of five years, any of whose moments an identifier without age may carry.
const ageless = 5 * 365 * 24 * time.Hour

// NewAgeless makes an identifier that does not say when it was made: its time is drawn from a span of years before 2026.
func NewAgeless(prefix string) ID {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends where the system gives no randomness
	ago := time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(ageless))
	return Source{Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(-ago) }, Rand: rand.Reader}.New(prefix)
}

// New makes an identifier with a three-letter prefix.
func (s Source) New(prefix string) ID {
	var u [16]byte
	if _, err := io.ReadFull(s.Rand, u[:]); err != nil {
		panic(fmt.Sprintf("pid: no randomness: %v", err)) // the operating system cannot give random bytes: nothing is safe any more
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(s.Now().UnixMilli()))
	copy(u[:6], ms[2:])
	u[6] = u[6]&0x0f | 0x70 // version 7, RFC 9562
	u[8] = u[8]&0x3f | 0x80 // variant 10
	return ID(prefix + "_" + encode(u))
}

// encode writes 128 bits as 26 digits of five bits, the first holding three.
func encode(u [16]byte) string {
	hi, lo := binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:])
	var out [suffixLength]byte
	for i := suffixLength - 1; i >= 0; i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}

// Prefix is what stands before the underscore, or "" where there is none.
func (id ID) Prefix() string {
	p, _, ok := strings.Cut(string(id), "_")
	if !ok {
		return ""
	}
	return p
}

// Valid reports whether the identifier has the form of one with the prefix. A malformed identifier is answered as one
// that does not exist.
func (id ID) Valid(prefix string) bool {
	p, rest, ok := strings.Cut(string(id), "_")
	if !ok || p != prefix || len(rest) != suffixLength || rest[0] > '7' {
		return false
	}
	for i := range len(rest) {
		if strings.IndexByte(alphabet, rest[i]) < 0 {
			return false
		}
	}
	return true
}

// String is the identifier as clients see it.
func (id ID) String() string { return string(id) }

// Value stores the identifier as text.
func (id ID) Value() (driver.Value, error) { return string(id), nil }

// Scan reads the identifier from text.
func (id *ID) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*id = ""
	case string:
		*id = ID(v)
	case []byte:
		*id = ID(v)
	default:
		return fmt.Errorf("pid: cannot read %T as an identifier", v)
	}
	return nil
}

// MarshalGQL writes the identifier as a GraphQL ID.
func (id ID) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(string(id))) }

// UnmarshalGQL reads a GraphQL ID. Ent's node loader hands over the type itself, clients hand over a string.
func (id *ID) UnmarshalGQL(v any) error {
	switch v := v.(type) {
	case ID:
		*id = v
	case string:
		*id = ID(v)
	default:
		return fmt.Errorf("an identifier is a string")
	}
	return nil
}
