package e2e_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// vouching is an honest identity provider in this process: it says of whoever comes what the test wants.
type vouching struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu    sync.Mutex
	codes map[string]object // claims, by code
}

var vouchingKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func newVouching(t testing.TB) *vouching {
	t.Helper()
	p := &vouching{key: vouchingKey(), codes: map[string]object{}}
	mux := http.NewServeMux()
	say := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		say(w, object{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		say(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "one", Use: "sig", Algorithm: "RS256"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		claims := p.codes[r.FormValue("code")]
		p.mu.Unlock()
		if claims == nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		say(w, object{"access_token": "a", "token_type": "Bearer", "id_token": p.sign(t, claims)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *vouching) sign(t testing.TB, claims object) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.key, KeyID: "one"}}, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Error(err)
		return ""
	}
	jws, err := s.Sign(text)
	if err != nil {
		t.Error(err)
		return ""
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return token
}

// comes begins a sign-in with start, lets the provider vouch for somebody with these claims, and completes it.
func (p *vouching) comes(t testing.TB, c client, organization, provider string, claims object) reply {
	t.Helper()
	started := c.do("GET", "/v1/org/sso/start?organization="+organization+"&provider_id="+provider, nil)
	if started.status != http.StatusOK {
		return started
	}
	to, err := url.Parse(started.text("authorization_url"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	all := object{"iss": p.URL, "aud": to.Query().Get("client_id"), "nonce": to.Query().Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	for k, v := range claims {
		all[k] = v
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = all
	p.mu.Unlock()
	return c.do("POST", "/v1/org/sso/complete", object{"state": started.text("state"), "code": code, "binding": started.text("binding")})
}

// enabled is an enabled provider of the organization of the key.
func (p *vouching) enabled(c client, more object) string {
	body := object{"name": "School", "issuer": p.URL, "client_id": "soloprint", "client_secret": "not a secret here"}
	for k, v := range more {
		body[k] = v
	}
	id := c.create("/v1/platform/sso/providers", body).text("id")
	c.patch("/v1/platform/sso/providers/"+id, object{"state": "enabled"})
	return id
}
