package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/soloprint/soloprint/internal/clock"
)

// go-oidc takes accounts.google.com for Google's issuer, as its tokens once said. We compare byte by byte, with Google too:
// two spellings would be two people.
func TestHostileSpellingOfGoogle(t *testing.T) {
	const issuer = "https://accounts.google.com"
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.NewFake(time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC))
	c := &Client{Clock: now}
	p := &party{Metadata: Metadata{Issuer: issuer}, keys: &keySet{client: c, asked: now.Now(), keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Use: "sig"}}}}
	for iss, want := range map[string]Reason{issuer: "", "accounts.google.com": WrongIssuer} {
		claims, err := json.Marshal(map[string]any{"iss": iss, "aud": "us", "sub": "1", "iat": now.Now().Unix(), "exp": now.Now().Add(time.Minute).Unix()})
		if err != nil {
			t.Fatal(err)
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign(claims)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.judge(t.Context(), p, Config{Issuer: issuer, ClientID: "us"}, raw); ReasonOf(err) != want || want == "" && err != nil {
			t.Errorf("%s: %v", iss, err)
		}
	}
}
