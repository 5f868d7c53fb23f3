package signin

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

type object = map[string]any

// idp is an identity provider of our own, which says whatever a test wants.
type idp struct {
	*httptest.Server
	mu       sync.Mutex
	keys     func() any                                     // the key set that it publishes
	metadata func(object)                                   // spoils how it describes itself
	answers  map[string]func(r *http.Request) (int, object) // of the token endpoint, by code
	info     object                                         // what userinfo says; nil = nothing
	asked    map[string]int                                 // requests by path
}

// The keys of all tests: making RSA keys takes its time.
var (
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(2048) })
	otherKey = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(2048) })
	smallKey = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(1024) })
	ecKey    = sync.OnceValue(func() *ecdsa.PrivateKey { k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); return k })
	edKey    = sync.OnceValue(func() ed25519.PrivateKey { _, k, _ := ed25519.GenerateKey(rand.Reader); return k })
)

func newRSA(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

func newIDP(t testing.TB) *idp {
	t.Helper()
	p := &idp{answers: map[string]func(*http.Request) (int, object){}, asked: map[string]int{}}
	p.keys = func() any { return keySet(public("rsa", rsaKey().Public())) }
	p.metadata = func(object) {}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		m := object{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"userinfo_endpoint": p.URL + "/userinfo", "end_session_endpoint": p.URL + "/logout", "id_token_signing_alg_values_supported": []string{"RS256"}}
		p.metadata(m)
		answer(w, http.StatusOK, m)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		switch k := p.keys().(type) {
		case http.HandlerFunc:
			k(w, nil)
		default:
			answer(w, http.StatusOK, k)
		}
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		of := p.answers[r.FormValue("code")]
		delete(p.answers, r.FormValue("code"))
		p.mu.Unlock()
		if of == nil {
			answer(w, http.StatusBadRequest, object{"error": "invalid_grant"})
			return
		}
		status, body := of(r)
		answer(w, status, body)
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) {
		if p.info == nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		answer(w, http.StatusOK, p.info)
	})
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked[r.URL.Path]++
		p.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// times is how often a path was asked for.
func (p *idp) times(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func keySet(keys ...any) object { return object{"keys": keys} }

// public is a key as it is published.
func public(kid string, key any) jose.JSONWebKey {
	return jose.JSONWebKey{Key: key, KeyID: kid, Use: "sig"}
}

// signer signs the first two parts of a token.
type signer func(signed []byte) []byte

func rs256(k *rsa.PrivateKey) signer {
	return func(b []byte) []byte {
		sum := sha256.Sum256(b)
		s, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return s
	}
}

func es256(k *ecdsa.PrivateKey) signer {
	return func(b []byte) []byte {
		sum := sha256.Sum256(b)
		r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
}

func eddsa(k ed25519.PrivateKey) signer { return func(b []byte) []byte { return ed25519.Sign(k, b) } }

func hs256(key []byte) signer {
	return func(b []byte) []byte {
		m := hmac.New(sha256.New, key)
		m.Write(b)
		return m.Sum(nil)
	}
}

func unsigned([]byte) []byte { return nil }

// jwt is a token of a header and claims, which may be text that is no JSON.
func jwt(header, claims any, sign signer) string {
	head := part(header) + "." + part(claims)
	return head + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(head)))
}

func part(v any) string {
	text, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		text = string(b)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// challenge is what a PKCE verifier is sent ahead as (RFC 7636, 4.2).
func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// hash is at_hash of an access token (OpenID Connect Core 1.0, 3.1.3.6).
func hash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// oct is a shared key as a set would publish it.
func oct(kid string, key []byte) object {
	return object{"kty": "oct", "kid": kid, "k": base64.RawURLEncoding.EncodeToString(key)}
}

// many is a set of that many keys.
func many(n int) object {
	keys := make([]any, n)
	for i := range keys {
		keys[i] = object{"kty": "RSA", "kid": fmt.Sprint("k", i), "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(new(big.Int).Lsh(big.NewInt(1), 2050).Bytes())}
	}
	return object{"keys": keys}
}
