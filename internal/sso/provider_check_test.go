package sso

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

type object = map[string]any

// idp is an identity provider's web server that a row of the table breaks.
type idp struct {
	*httptest.Server
	discovery func(object)              // changes the document
	keys      any                       // nil = a good one
	redirect  func(q url.Values) string // where the sign-in page leads; empty = a page
	status    int                       // of the sign-in page
	document  http.HandlerFunc          // instead of the discovery document
	asked     atomic.Pointer[url.Values]
}

func newIDP(t testing.TB) *idp {
	t.Helper()
	p := &idp{status: http.StatusFound, redirect: func(q url.Values) string {
		return q.Get("redirect_uri") + "?error=login_required&state=" + q.Get("state")
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+wellKnown, func(w http.ResponseWriter, r *http.Request) {
		if p.document != nil {
			p.document(w, r)
			return
		}
		doc := object{"issuer": p.URL, "authorization_endpoint": p.URL + "/auth?tenant=1", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"}, "scopes_supported": []string{"openid", "email", "profile"}}
		if p.discovery != nil {
			p.discovery(doc)
		}
		_ = json.NewEncoder(w).Encode(doc)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		if p.keys == nil {
			p.keys = object{"keys": []object{rsaKey(256)}}
		}
		_ = json.NewEncoder(w).Encode(p.keys)
	})
	mux.HandleFunc("GET /auth", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		p.asked.Store(&q)
		if to := p.redirect(q); to != "" {
			w.Header().Set("Location", to)
		}
		w.WriteHeader(p.status)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// rsaKey is a public key with a modulus of so many bytes.
func rsaKey(bytes int, more ...any) object {
	k := object{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("\xff", bytes)))}
	for i := 0; i+1 < len(more); i += 2 {
		k[more[i].(string)] = more[i+1]
	}
	return k
}

// results are the checks in one line: each with its word.
func results(p *ent.SSOProvider) string {
	var words []string
	for _, c := range p.LastTest.Checks {
		words = append(words, c.Name+" "+c.Status)
	}
	return strings.Join(words, ", ")
}

// A provider is told what is wrong with it, and nothing of what it said itself. It is long because it is a table: a fault a row.
func TestTestProvider(t *testing.T) {
	const good, broken = "discovery ok, endpoints ok, keys ok, redirect_uri ok", "discovery failed, endpoints skipped, keys skipped, redirect_uri skipped"
	for _, test := range []struct {
		name   string
		change func(*idp)
		want   string
		says   string // part of a sentence
	}{
		{"all is well", func(*idp) {}, good, "sends people back to https://print.school.example/auth/callback"},
		{"no document", func(p *idp) { p.document = http.NotFound }, broken, "another status than 200"},
		{"a document that is no JSON", func(p *idp) {
			p.document = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>secret words</html>")) }
		}, broken, "is not the JSON"},
		{"a document without end", func(p *idp) {
			p.document = func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(strings.Repeat(" ", maxDocument+1)))
			}
		}, broken, "was not read"},
		{"a document that is elsewhere", func(p *idp) {
			p.document = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, p.URL+"/keys", http.StatusFound) }
		}, broken, "another status than 200"},
		{"another issuer", func(p *idp) { p.discovery = func(d object) { d["issuer"] = "https://evil.example" } }, broken, "of another issuer"},
		{"an issuer with a slash", func(p *idp) { p.discovery = func(d object) { d["issuer"] = p.URL + "/" } }, broken, "a slash at its end"},
		{"an issuer in capitals", func(p *idp) { p.discovery = func(d object) { d["issuer"] = strings.ToUpper(p.URL) } }, broken, "byte by byte"},
		{"tokens signed with the client secret", func(p *idp) {
			p.discovery = func(d object) { d["id_token_signing_alg_values_supported"] = []string{"HS256", "none"} }
		}, broken, "with none of RS256, ES256, EdDSA"},
		{"a scope that is not listed", func(p *idp) { p.discovery = func(d object) { d["scopes_supported"] = []string{"openid"} } },
			"discovery warning, endpoints ok, keys ok, redirect_uri ok", "does not list all of the scopes"},
		{"PKCE in the clear only", func(p *idp) {
			p.discovery = func(d object) { d["code_challenge_methods_supported"] = []string{"plain"} }
		},
			"discovery warning, endpoints ok, keys ok, redirect_uri ok", "PKCE with S256"},
		{"no token endpoint", func(p *idp) { p.discovery = func(d object) { delete(d, "token_endpoint") } },
			"discovery ok, endpoints failed, keys skipped, redirect_uri skipped", "has no token_endpoint"},
		{"a token endpoint inside of the network", func(p *idp) { p.discovery = func(d object) { d["token_endpoint"] = "https://10.0.0.7/token" } },
			"discovery ok, endpoints failed, keys skipped, redirect_uri skipped", "token_endpoint is not reached"},
		{"keys on the cloud's metadata address", func(p *idp) { p.discovery = func(d object) { d["jwks_uri"] = "http://169.254.169.254/keys" } },
			"discovery ok, endpoints failed, keys skipped, redirect_uri skipped", "jwks_uri is not reached"},
		{"a sign-in page that is a program", func(p *idp) { p.discovery = func(d object) { d["authorization_endpoint"] = "javascript:alert(1)" } },
			"discovery ok, endpoints failed, keys skipped, redirect_uri skipped", "authorization_endpoint is not reached"},
		{"no keys", func(p *idp) { p.keys = object{"keys": []object{}} }, "discovery ok, endpoints ok, keys failed, redirect_uri ok", "no key that is taken"},
		{"a key of 1,024 bits", func(p *idp) { p.keys = object{"keys": []object{rsaKey(128)}} }, "discovery ok, endpoints ok, keys failed, redirect_uri ok", "no key that is taken"},
		{"a key for encryption", func(p *idp) { p.keys = object{"keys": []object{rsaKey(256, "use", "enc")}} }, "discovery ok, endpoints ok, keys failed, redirect_uri ok", "no key that is taken"},
		{"a private key", func(p *idp) { p.keys = object{"keys": []object{rsaKey(256), rsaKey(256, "d", "AQAB")}} }, "discovery ok, endpoints ok, keys failed, redirect_uri ok", "publishes a secret key"},
		{"a shared secret", func(p *idp) { p.keys = object{"keys": []object{{"kty": "oct", "k": "c2VjcmV0"}}} }, "discovery ok, endpoints ok, keys failed, redirect_uri ok", "publishes a secret key"},
		{"101 keys", func(p *idp) {
			many := make([]object, maxKeys+1)
			for i := range many {
				many[i] = object{"kty": "EC", "crv": "P-256"}
			}
			p.keys = object{"keys": many}
		}, "discovery ok, endpoints ok, keys failed, redirect_uri ok", "more than 100 keys"},
		{"two keys, one of each kind", func(p *idp) {
			p.keys = object{"keys": []object{{"kty": "EC", "crv": "P-256"}, {"kty": "OKP", "crv": "Ed25519"}, {"kty": "EC", "crv": "P-521"}}}
		}, good, "publishes 2 keys"},
		{"a client that it does not know", func(p *idp) { p.status, p.redirect = http.StatusBadRequest, func(url.Values) string { return "" } },
			"discovery ok, endpoints ok, keys ok, redirect_uri failed", "refuses the client id or the redirect address"},
		{"a sign-in page of its own", func(p *idp) { p.status, p.redirect = http.StatusOK, func(url.Values) string { return "" } },
			"discovery ok, endpoints ok, keys ok, redirect_uri warning", "shows a page of its own"},
		{"a redirect to somebody else", func(p *idp) {
			p.redirect = func(url.Values) string {
				return "https://print.school.example/auth/callback.evil.example?error=login_required"
			}
		},
			"discovery ok, endpoints ok, keys ok, redirect_uri warning", "shows a page of its own"},
		{"a fault of its own", func(p *idp) {
			p.status, p.redirect = http.StatusInternalServerError, func(url.Values) string { return "" }
		},
			"discovery ok, endpoints ok, keys ok, redirect_uri failed", "a fault of its own"},
		{"scopes that it refuses", func(p *idp) {
			p.redirect = func(q url.Values) string { return q.Get("redirect_uri") + "?error=invalid_scope" }
		},
			"discovery ok, endpoints ok, keys ok, redirect_uri failed", "refuses the scopes"},
		{"a flow that it refuses", func(p *idp) {
			p.redirect = func(q url.Values) string { return q.Get("redirect_uri") + "?error=unauthorized_client" }
		},
			"discovery ok, endpoints ok, keys ok, redirect_uri failed", "authorization code flow"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b, other := setup(t, testkit.SQLite(t)), newIDP(t)
			test.change(other)
			p := b.provider(t, func(in *CreateProviderInput) { in.Issuer = other.URL })
			since := len(b.us.Events(t))
			p, err := b.sso.TestProvider(b.ctx, TestProviderInput{ProviderID: p.ID})
			must(t, err)
			if got := results(p); got != test.want || p.LastTest.OK == strings.Contains(test.want, "failed") {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			text := fmt.Sprint(p.LastTest.Checks)
			if !strings.Contains(text, test.says) || strings.Contains(text, "secret words") {
				t.Errorf("%s does not say %q", text, test.says)
			}
			emitted(t, b.us, since)
		})
	}
}

// A test begins a sign-in as a real one does, with the parameters that the endpoint has already, and nobody is there for it.
func TestTestProviderAsks(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b, other := setup(t, db), newIDP(t)
		p := b.provider(t, func(in *CreateProviderInput) { in.Issuer, in.ClientSecret = other.URL, "canary" })
		_, err := b.sso.TestProvider(b.ctx, TestProviderInput{ProviderID: p.ID})
		must(t, err)
		q := *other.asked.Load()
		for name, want := range map[string]string{"tenant": "1", "response_type": "code", "client_id": "soloprint", "prompt": "none", "code_challenge_method": "S256",
			"redirect_uri": "https://print.school.example/auth/callback", "scope": "openid email profile"} {
			if q.Get(name) != want {
				t.Errorf("%s is %q", name, q.Get(name))
			}
		}
		if len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 20 || len(q.Get("nonce")) < 20 || strings.Contains(q.Encode(), "canary") {
			t.Errorf("%v", q)
		}
	})
}
