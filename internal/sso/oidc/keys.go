package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/soloprint/soloprint/internal/egress"
)

// Algorithms are those that tokens may be signed with (RFC 8725, 3.1: a list of one's own, never the token's word).
var Algorithms = []string{"RS256", "ES256", "EdDSA"}

// Bounds of a key set.
const (
	MaxKeys      = 100
	MinRSA       = 2048 // bits
	keysInterval = time.Minute
	keysLife     = time.Hour
)

// Why a key set is not taken as a whole.
var (
	ErrKeysForm    = errors.New("no key set")           // not the JSON of RFC 7517
	ErrKeysSecret  = errors.New("a secret key")         // whoever reads it signs in as anybody
	ErrKeysTooMany = errors.New("more keys than taken") // more than MaxKeys
)

// ParseKeys reads a key set and leaves the keys whose signatures are taken: RSA of 2,048 bits or more, EC P-256 and Ed25519,
// for signatures. Errors: those above.
func ParseKeys(document []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, ErrKeysForm
	}
	if len(set.Keys) > MaxKeys {
		return nil, ErrKeysTooMany
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var secret struct {
			D any `json:"d"`
			K any `json:"k"`
		}
		if err := json.Unmarshal(raw, &secret); err != nil {
			return nil, ErrKeysForm
		}
		if secret.D != nil || secret.K != nil {
			return nil, ErrKeysSecret
		}
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) == nil && usable(k) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// usable reports whether a signature of the key would be taken.
func usable(k jose.JSONWebKey) bool {
	return k.Valid() && k.IsPublic() && (k.Use == "" || k.Use == "sig") && (k.Algorithm == "" || slices.Contains(Algorithms, k.Algorithm)) && algorithm(k) != ""
}

// algorithm is the one that a key signs with, "" for a key that is not taken.
func algorithm(k jose.JSONWebKey) string {
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() >= MinRSA {
			return "RS256"
		}
	case ed25519.PublicKey:
		return "EdDSA"
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return "ES256"
		}
	}
	return ""
}

// keySet are a provider's keys.
type keySet struct {
	client *Client
	url    string

	mu    sync.Mutex
	keys  []jose.JSONWebKey
	asked time.Time
}

// watched remembers why a signature was refused: go-oidc tells of it in words.
type watched struct {
	*keySet
	err error
}

// VerifySignature implements go-oidc's KeySet.
func (w *watched) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := w.keySet.verify(ctx, token)
	w.err = err
	return payload, err
}

// verify answers the payload of a token that one of the keys signed.
func (s *keySet) verify(ctx context.Context, token string) ([]byte, error) {
	allowed := make([]jose.SignatureAlgorithm, len(Algorithms))
	for i, a := range Algorithms {
		allowed[i] = jose.SignatureAlgorithm(a)
	}
	jws, err := jose.ParseSigned(token, allowed)
	if err != nil {
		return nil, refuse(WrongForm, "parse: %w", err)
	}
	header := jws.Signatures[0].Header
	key, err := s.key(ctx, header.KeyID, header.Algorithm)
	if err != nil {
		return nil, err
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return nil, refuse(WrongKey, "verify: %w", err)
	}
	return payload, nil
}

// key is the one of a name. A name that is not known is asked for anew, once a minute: keys are rotated. A token that names no
// key is taken where there is one key only (OpenID Connect Core 1.0, 10.1).
func (s *keySet) key(ctx context.Context, name, algorithmOf string) (*jose.JSONWebKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.client.Clock.Now()
	if s.keys == nil || now.Sub(s.asked) > keysLife {
		if err := s.ask(ctx, now); err != nil && s.keys == nil {
			return nil, err
		}
	}
	key := s.find(name, algorithmOf)
	if key == nil && now.Sub(s.asked) >= keysInterval {
		if err := s.ask(ctx, now); err != nil {
			return nil, err
		}
		key = s.find(name, algorithmOf)
	}
	if key == nil {
		return nil, refuse(WrongKey, "no key %q for %s", name, algorithmOf)
	}
	return key, nil
}

func (s *keySet) find(name, algorithmOf string) *jose.JSONWebKey {
	var found []*jose.JSONWebKey
	for i, k := range s.keys {
		if (name == "" || k.KeyID == name) && algorithm(k) == algorithmOf {
			found = append(found, &s.keys[i])
		}
	}
	if len(found) != 1 || name == "" && len(s.keys) != 1 {
		return nil
	}
	return found[0]
}

// ask reads the keys from the provider.
func (s *keySet) ask(ctx context.Context, now time.Time) error {
	s.asked = now
	res, err := s.client.Egress.Do(ctx, egress.Request{URL: s.url, HTTPS: true, MaxBytes: MaxDocument, Timeout: requestTimeout})
	if err != nil {
		return refuse(Unreachable, "read keys: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.Status != http.StatusOK {
		return refuse(Unreachable, "read keys: status %d, %w", res.Status, err)
	}
	keys, err := ParseKeys(body)
	if err != nil {
		return refuse(WrongKey, "keys: %w", err)
	}
	s.keys = keys
	return nil
}
