package secret

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id, as OWASP's password storage cheat sheet recommends: 19 MiB, two passes, one lane
// (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html).
const (
	argonMemoryKiB = 19 << 10
	argonTime      = 2
	argonThreads   = 1
	argonKey       = 32
	argonSalt      = 16
)

// waiting bounds how many wait for a Hasher: whoever comes later would not be served before they lose patience.
const waiting = 64

// ErrBusy says that too many passwords are being hashed; a moment later there may be room.
var ErrBusy = errors.New("too many passwords are being hashed")

// Hasher hashes passwords, few at once: each takes 19 MiB and a processor for some 20 to 50 milliseconds.
type Hasher struct{ slots, line chan struct{} }

// NewHasher hashes that many at once.
func NewHasher(atOnce int) *Hasher {
	return &Hasher{slots: make(chan struct{}, atOnce), line: make(chan struct{}, atOnce+waiting)}
}

// Hash is HashPassword, when there is room.
func (h *Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	err = h.do(ctx, func() { hash = HashPassword(password) })
	return hash, err
}

// Matches is PasswordMatches, when there is room.
func (h *Hasher) Matches(ctx context.Context, hash, password string) (matches bool, err error) {
	err = h.do(ctx, func() { matches = PasswordMatches(hash, password) })
	return matches, err
}

func (h *Hasher) do(ctx context.Context, work func()) error {
	select {
	case h.line <- struct{}{}:
		defer func() { <-h.line }()
	default:
		return ErrBusy
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	work()
	return nil
}

// NoPassword is a hash that no password has, and that takes as long to compare with as any: for accounts that are not there.
func NoPassword() string {
	return phc(make([]byte, argonSalt), make([]byte, argonKey))
}

// HashPassword is the slow hash of a password with its salt and parameters, in the PHC string format.
func HashPassword(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails: crypto/rand
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemoryKiB, argonThreads, argonKey)
	return phc(salt, key)
}

// phc writes a hash in the PHC string format.
func phc(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemoryKiB, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// PasswordMatches compares a password with a hash made by HashPassword.
func PasswordMatches(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || time < 1 || threads < 1 {
		return false // argon2 panics on a damaged hash without rounds or lanes
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	want, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(want) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}
