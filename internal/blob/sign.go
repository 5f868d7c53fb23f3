package blob

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	minSecretLen = 32      // bytes
	maxQueryLen  = 8 << 10 // bytes; the longest honest query is shorter
)

var (
	errAltered   = errors.New("signature does not match")
	errWrongType = errors.New("another Content-Type than signed")
	errExpired   = errors.New("signature has expired")
)

// Names of query parameters. Their order here is the order in which they are signed.
const (
	paramKeyID   = "kid"
	paramOrg     = "org"
	paramFile    = "file"
	paramExpires = "exp" // milliseconds since 1970
	paramType    = "type"
	paramSize    = "size"
	paramHash    = "sha256"
	paramName    = "name"
	paramSig     = "sig"
)

// action is what a signed URL allows.
type action string

const (
	actionPut action = "put"
	actionGet action = "get"
)

// params are the query parameters of a URL for this action, without the signature: each exactly once, no others.
func (a action) params() []string {
	if a == actionPut {
		return []string{paramKeyID, paramOrg, paramFile, paramExpires, paramType, paramSize, paramHash}
	}
	return []string{paramKeyID, paramOrg, paramFile, paramExpires, paramType, paramName}
}

// signer makes and checks URLs. The MAC covers every value as text, so that 1 and 01 are not the same, and the place
// where the URL is served, so that one of another installation means nothing here.
type signer struct {
	place   string // scheme, host and path before the key
	current string // id of the secret that signs
	secrets map[string][]byte
	now     func() time.Time
}

// newSigner takes the secret that signs, and older ones whose URLs still count.
func newSigner(place string, now func() time.Time, secret []byte, older ...[]byte) (*signer, error) {
	s := &signer{place: place, now: now, secrets: make(map[string][]byte)}
	for i, master := range append([][]byte{secret}, older...) {
		if len(master) < minSecretLen {
			return nil, fmt.Errorf("secret %d has %d bytes, needs %d", i, len(master), minSecretLen)
		}
		id := "1." + hex.EncodeToString(mac(master, "blob url key id"))[:8]
		s.secrets[id] = mac(master, "blob url v1")
		if i == 0 {
			s.current = id
		}
	}
	return s, nil
}

// sign answers the URL of an object with its query signed. The values need everything but key id and signature.
func (s *signer) sign(a action, key string, values url.Values) string {
	values.Set(paramKeyID, s.current)
	values.Set(paramSig, s.signature(s.secrets[s.current], a, key, values))
	return s.place + key + "?" + values.Encode()
}

// verify answers the values of a query if it is whole, unaltered and in time; else errAltered or errExpired. Only an
// unaltered URL is told that it has expired.
func (s *signer) verify(a action, key, query string) (url.Values, error) {
	if len(query) > maxQueryLen {
		return nil, errAltered
	}
	values, err := url.ParseQuery(query)
	if err != nil || !isExactly(values, append(a.params(), paramSig)) {
		return nil, errAltered
	}
	secret, known := s.secrets[values.Get(paramKeyID)]
	want := s.signature(secret, a, key, values)
	if !hmac.Equal([]byte(want), []byte(values.Get(paramSig))) || !known {
		return nil, errAltered
	}
	ms, err := strconv.ParseInt(values.Get(paramExpires), 10, 64)
	if err != nil || !s.now().Before(time.UnixMilli(ms)) {
		return nil, errExpired
	}
	return values, nil
}

func (s *signer) signature(secret []byte, a action, key string, values url.Values) string {
	fields := []string{s.place, string(a), key}
	for _, name := range a.params() {
		fields = append(fields, values.Get(name))
	}
	return hex.EncodeToString(mac(secret, fields...))
}

// mac is the HMAC-SHA256 of the fields, each with its length in front, so that no two lists have the same bytes.
func mac(secret []byte, fields ...string) []byte {
	h := hmac.New(sha256.New, secret)
	for _, f := range fields {
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
	return h.Sum(nil)
}

func isExactly(values url.Values, names []string) bool {
	for _, name := range names {
		if len(values[name]) != 1 {
			return false
		}
	}
	return len(values) == len(names)
}

// parsePlace joins public URL and path into what stands before the key in every signed URL.
func parsePlace(publicURL, path string) (string, error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return "", fmt.Errorf("public url: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		strings.Trim(u.Path, "/") != "" {
		return "", errors.New("public url must be http or https and a host, nothing more")
	}
	if !strings.HasPrefix(path, "/") || !strings.HasSuffix(path, "/") || strings.ContainsAny(path, "?#% ") {
		return "", errors.New("path must begin and end with a slash")
	}
	return u.Scheme + "://" + u.Host + path, nil
}
