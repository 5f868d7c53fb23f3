package authn

import (
	"crypto/rand"
	"fmt"
	"hash/crc32"
	"math/big"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/internal/pid"
)

// Token kinds: what stands between slp_ and the id.
const (
	kindKey     = "live"
	kindSession = "sess"
	kindInvite  = "inv"
	kindSCIM    = "scim"
)

const (
	secretBytes    = 32
	secretLength   = 43 // 256 bits in base62
	checksumLength = 6  // 32 bits in base62
	maxToken       = 128
)

// Token is a credential in the form slp_<kind>_<id>_<secret>_<checksum>. The checksum tells a typing error from a wrong
// token before the database is asked, and lets secret scanners recognize one.
type Token struct {
	Kind   string
	ID     string // the row's identifier without its prefix
	Secret string
}

// newToken makes a token for a row.
func newToken(kind string, id pid.ID) Token {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails: crypto/rand
	_, suffix, _ := strings.Cut(string(id), "_")
	return Token{Kind: kind, ID: suffix, Secret: base62(new(big.Int).SetBytes(b), secretLength)}
}

// String is the whole token, as it is shown once.
func (t Token) String() string {
	body := t.body()
	return body + "_" + checksum(body)
}

func (t Token) body() string { return "slp_" + t.Kind + "_" + t.ID + "_" + t.Secret }

// Display is the beginning of a token, to recognize it by.
func (t Token) Display() string { return "slp_" + t.Kind + "_" + t.ID }

// parseToken reads a token of one of the kinds; ok is false for everything that cannot be one.
func parseToken(s string, kinds ...string) (t Token, ok bool) {
	if len(s) > maxToken {
		return Token{}, false
	}
	parts := strings.Split(s, "_")
	if len(parts) != 5 || parts[0] != "slp" || !slices.Contains(kinds, parts[1]) {
		return Token{}, false
	}
	t = Token{Kind: parts[1], ID: parts[2], Secret: parts[3]}
	id := t.rowID() // anybody can make a checksum: PostgreSQL must not be asked for an id that is no text
	if len(t.Secret) != secretLength || !id.Valid(id.Prefix()) || checksum(t.body()) != parts[4] {
		return Token{}, false
	}
	return t, true
}

// checksum is CRC-32 (IEEE) in base62.
func checksum(body string) string {
	return base62(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(body)))), checksumLength)
}

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// base62 writes n with a fixed number of digits; big.Int's own base 62 has the lower case first.
func base62(n *big.Int, length int) string {
	out := make([]byte, length)
	base, rest := big.NewInt(62), new(big.Int)
	for i := length - 1; i >= 0; i-- {
		n.QuoRem(n, base, rest)
		out[i] = digits[rest.Int64()]
	}
	return string(out)
}

// rowID is the identifier of the row a token names.
func (t Token) rowID() pid.ID {
	prefix := map[string]string{kindKey: "key", kindSession: "ses", kindInvite: "inv", kindSCIM: "idp"}[t.Kind]
	return pid.ID(fmt.Sprintf("%s_%s", prefix, t.ID))
}
