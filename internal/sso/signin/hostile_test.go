package signin

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/sso/oidc"
)

// lie is one of the list: what a hostile provider, person or network does, and why it is refused.
type lie struct {
	spoil  func(t *testing.T, a *attempt)
	code   errs.Code
	reason oidc.Reason // of the event; "" = no sign-in is known that it could be told of
}

// said is a lie of the token itself.
func said(reason oidc.Reason, spoil func(a *attempt)) lie {
	return lie{spoil: func(_ *testing.T, a *attempt) { spoil(a) }, code: errs.SSORefused, reason: reason}
}

// claim is a token with another claim; nil takes it away.
func claim(reason oidc.Reason, name string, of func(now time.Time) any) lie {
	return said(reason, func(a *attempt) {
		if v := of(a.b.Clock.Now()); v != nil {
			a.claims[name] = v
		} else {
			delete(a.claims, name)
		}
	})
}

func fixed(v any) func(time.Time) any { return func(time.Time) any { return v } }

func in(d time.Duration) func(time.Time) any {
	return func(now time.Time) any { return now.Add(d).Unix() }
}

// header is a token with another header and signature.
func header(reason oidc.Reason, h object, sign func() signer) lie {
	return said(reason, func(a *attempt) {
		for k, v := range h {
			a.header[k] = v
		}
		if sign != nil {
			a.sign = sign()
		}
	})
}

// published is a token whose provider publishes other keys.
func published(reason oidc.Reason, keys func() any) lie {
	return said(reason, func(a *attempt) { a.idp.keys = keys })
}

// raw is a token that is not what it seems.
func raw(reason oidc.Reason, of func(string) string) lie {
	return said(reason, func(a *attempt) { a.raw = of })
}

func publicPEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(rsaKey().Public())
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// Tokens of the list: what is signed wrongly, by another, or in a way that nobody asked for.
func lyingTokens() map[string]lie {
	two := func() any { return keySet(public("rsa", rsaKey().Public()), public("more", otherKey().Public())) }
	return map[string]lie{
		"01 alg none":                        header(oidc.WrongForm, object{"alg": "none"}, func() signer { return unsigned }),
		"02 alg None":                        header(oidc.WrongForm, object{"alg": "None"}, func() signer { return unsigned }),
		"02 alg nONE":                        header(oidc.WrongForm, object{"alg": "nONE"}, func() signer { return unsigned }),
		"03 HS256 with the public key":       header(oidc.WrongForm, object{"alg": "HS256"}, func() signer { return hs256(publicPEM()) }),
		"04 HS256 with the client's secret":  header(oidc.WrongForm, object{"alg": "HS256"}, func() signer { return hs256([]byte(secretWord)) }),
		"05 another key under the right kid": header(oidc.WrongKey, nil, func() signer { return rs256(otherKey()) }),
		"06 a kid that is not known, many keys": said(oidc.WrongKey, func(a *attempt) {
			a.idp.keys = two
			a.header["kid"] = "nobody's"
		}),
		"07 no kid, many keys": said(oidc.WrongKey, func(a *attempt) {
			a.idp.keys = two
			delete(a.header, "kid")
		}),
		"08 a path as kid":     header(oidc.WrongKey, object{"kid": "../../../../dev/null"}, nil),
		"08 SQL as kid":        header(oidc.WrongKey, object{"kid": "' OR '1'='1"}, nil),
		"09 jwk in the header": header(oidc.WrongKey, object{"kid": "", "jwk": jose.JSONWebKey{Key: otherKey().Public(), KeyID: "mine"}}, func() signer { return rs256(otherKey()) }),
		"09 jku in the header": header(oidc.WrongKey, object{"kid": "mine", "jku": "https://evil.example/keys"}, func() signer { return rs256(otherKey()) }),
		"09 x5u in the header": header(oidc.WrongKey, object{"kid": "mine", "x5u": "https://evil.example/cert"}, func() signer { return rs256(otherKey()) }),
		"10 the payload is altered": raw(oidc.WrongKey, func(s string) string {
			p := strings.Split(s, ".")
			return p[0] + "." + strings.Replace(p[1], p[1][20:22], "AB", 1) + "." + p[2]
		}),
		"11 the signature is cut":            raw(oidc.WrongKey, func(s string) string { return s[:strings.LastIndex(s, ".")+1] }),
		"11 the signature's part is missing": raw(oidc.WrongForm, func(s string) string { return s[:strings.LastIndex(s, ".")] }),
		"12 an encrypted token":              raw(oidc.WrongForm, func(s string) string { return s + ".AAAA.AAAA" }),
		"13 two tokens joined":               raw(oidc.WrongForm, func(s string) string { return s + " " + s }),
		"13 two tokens with commas":          raw(oidc.WrongForm, func(s string) string { return s + "," + s }),
		"13 JSON serialization": raw(oidc.WrongForm, func(s string) string {
			p := strings.Split(s, ".")
			return fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, p[1], p[0], p[2])
		}),
		"14 a claim stands twice": said(oidc.WrongForm, func(a *attempt) {
			a.raw = func(string) string {
				return jwt(a.header, doubled(a.claims), a.sign)
			}
		}),
		"14 a member of the header stands twice": said(oidc.WrongForm, func(a *attempt) {
			a.raw = func(string) string { return jwt(`{"alg":"RS256","kid":"rsa","kid":"rsa"}`, a.claims, a.sign) }
		}),
		"15 crit": header(oidc.WrongForm, object{"crit": []string{"exp"}}, nil),
		"16 ES256 with r and s of 0": said(oidc.WrongKey, func(a *attempt) {
			a.idp.keys = func() any { return keySet(public("ec", ecKey().Public())) }
			a.header, a.sign = object{"alg": "ES256", "kid": "ec"}, func([]byte) []byte { return make([]byte, 64) }
		}),
		"17 an RSA key of 1,024 bits": said(oidc.WrongKey, func(a *attempt) {
			a.idp.keys = func() any { return keySet(public("rsa", smallKey().Public())) }
			a.sign = rs256(smallKey())
		}),
		"18 a private key is published": published(oidc.WrongKey, func() any { return keySet(jose.JSONWebKey{Key: rsaKey(), KeyID: "rsa", Use: "sig"}) }),
		"18 a shared key is published":  published(oidc.WrongKey, func() any { return keySet(public("rsa", rsaKey().Public()), oct("shared", []byte(secretWord))) }),
		"19 keys of 10 MB": published(oidc.Unreachable, func() any {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 10<<20)) })
		}),
		"19 more keys than taken": published(oidc.WrongKey, func() any { return many(101) }),
		"19 no keys at all":       published(oidc.WrongKey, func() any { return keySet() }),
		"a logout token":          header(oidc.WrongForm, object{"typ": "logout+jwt"}, nil),
		"an access token":         header(oidc.WrongForm, object{"typ": "at+jwt"}, nil),
		"a key for encryption": published(oidc.WrongKey, func() any {
			k := public("rsa", rsaKey().Public())
			k.Use = "enc"
			return keySet(k)
		}),
	}
}

// doubled are claims of which one stands twice.
func doubled(claims object) string {
	return `{"sub":"1001",` + strings.TrimPrefix(decoded(part(claims)), "{")
}

// Claims of the list.
func lyingClaims() map[string]lie {
	long := strings.Repeat("x", 256)
	return map[string]lie{
		"21 another issuer":                 claim(oidc.WrongIssuer, "iss", fixed("https://evil.example")),
		"22 the issuer with a slash":        said(oidc.WrongIssuer, func(a *attempt) { a.claims["iss"] = a.idp.URL + "/" }),
		"22 the issuer in capitals":         said(oidc.WrongIssuer, func(a *attempt) { a.claims["iss"] = strings.ToUpper(a.idp.URL) }),
		"23 another audience":               claim(oidc.WrongAudience, "aud", fixed("another")),
		"23 no audience":                    claim(oidc.WrongAudience, "aud", fixed(nil)),
		"24 audiences without us":           claim(oidc.WrongAudience, "aud", fixed([]string{"one", "two"})),
		"25 many audiences, azp of another": said(oidc.WrongAudience, func(a *attempt) { a.claims["aud"], a.claims["azp"] = []string{clientID, "another"}, "another" }),
		"25 many audiences, no azp":         claim(oidc.WrongAudience, "aud", fixed([]string{clientID, "another"})),
		"25 one audience, azp of another":   claim(oidc.WrongAudience, "azp", fixed("another")),
		"26 no sub":                         claim(oidc.WrongSubject, "sub", fixed(nil)),
		"27 an empty sub":                   claim(oidc.WrongSubject, "sub", fixed("")),
		"27 a sub of 256 characters":        claim(oidc.WrongSubject, "sub", fixed(long)),
		"27 a sub with a line break":        claim(oidc.WrongSubject, "sub", fixed("10\n01")),
		"28 a sub that is a number":         claim(oidc.WrongForm, "sub", fixed(1001)),
		"29 expired":                        claim(oidc.WrongTime, "exp", in(-2*time.Minute)),
		"29 no exp":                         claim(oidc.WrongTime, "exp", fixed(nil)),
		"30 valid until the year 9999":      claim(oidc.WrongTime, "exp", fixed(253402300799)),
		"30 valid for ever":                 claim(oidc.WrongTime, "exp", fixed(1e300)),
		"31 issued in six minutes":          claim(oidc.WrongTime, "iat", in(6*time.Minute)),
		"32 no iat":                         claim(oidc.WrongTime, "iat", fixed(nil)),
		"33 valid from tomorrow":            claim(oidc.WrongTime, "nbf", in(24*time.Hour)),
		"34 no nonce":                       claim(oidc.WrongNonce, "nonce", fixed(nil)),
		"34 an empty nonce":                 claim(oidc.WrongNonce, "nonce", fixed("")),
		"35 another nonce":                  claim(oidc.WrongNonce, "nonce", fixed("another")),
		"37 at_hash of another token":       claim(oidc.WrongHash, "at_hash", fixed(hash("another token"))),
		"38 userinfo is somebody else's": said(oidc.WrongUserInfo, func(a *attempt) {
			delete(a.claims, "groups")
			a.idp.info = object{"sub": "1002", "groups": []string{"Admins"}}
		}),
		"38 userinfo says no sub": said(oidc.WrongUserInfo, func(a *attempt) {
			delete(a.claims, "groups")
			a.idp.info = object{"groups": []string{"Admins"}}
		}),
		"39 signed in too long ago": {code: errs.SSORefused, reason: oidc.TooOld, spoil: func(t *testing.T, a *attempt) {
			*a = *a.b.begin(t, func(in *Beginning) { in.MaxAge = 5 * time.Minute })
			a.claims["auth_time"] = a.b.Clock.Now().Add(-time.Hour).Unix()
		}},
		"39 does not say when": {code: errs.SSORefused, reason: oidc.TooOld, spoil: func(t *testing.T, a *attempt) {
			*a = *a.b.begin(t, func(in *Beginning) { in.MaxAge = 5 * time.Minute })
		}},
	}
}

// The flow's part of the list.
func lyingFlows() map[string]lie {
	stray := func(spoil func(t *testing.T, a *attempt)) lie { return lie{spoil: spoil, code: errs.SSOStateInvalid} }
	return map[string]lie{
		"36 the nonce of a sign-in before": {code: errs.SSORefused, reason: oidc.WrongNonce, spoil: func(t *testing.T, a *attempt) {
			a.claims["nonce"] = a.b.begin(t).asked.Get("nonce")
		}},
		"40 no state":                       stray(func(_ *testing.T, a *attempt) { a.ending.State = "" }),
		"40 a state of nobody's":            stray(func(_ *testing.T, a *attempt) { a.ending.State = strings.Repeat("A", 26) }),
		"41 the state of another browser":   stray(func(t *testing.T, a *attempt) { a.ending.State = a.b.begin(t).started.State }),
		"41 no binding":                     stray(func(_ *testing.T, a *attempt) { a.ending.Binding = "" }),
		"41 the binding of another browser": stray(func(t *testing.T, a *attempt) { a.ending.Binding = a.b.begin(t).started.Binding }),
		"42 the state is used again": stray(func(t *testing.T, a *attempt) {
			a.claims["nonce"] = "spoiled" // the first answer is refused, and the state is gone all the same
			if _, err := a.come(t); !errs.Is(err, errs.SSORefused) {
				t.Errorf("the first answer: %v", err)
			}
			a.claims["nonce"] = a.asked.Get("nonce")
		}),
		"43 the state is over": stray(func(_ *testing.T, a *attempt) { a.b.Clock.Advance(loginLife) }),
		"45 a code of another's sign-in": {code: errs.SSORefused, reason: oidc.NoToken, spoil: func(t *testing.T, a *attempt) {
			victim := a.b.begin(t) // their code, this state: the verifier does not fit
			a.asked = victim.asked
		}},
		"46 the provider takes no challenge": {code: errs.SSORefused, reason: oidc.NoToken, spoil: func(t *testing.T, a *attempt) {
			a.idp.metadata = func(m object) { m["code_challenge_methods_supported"] = []string{"plain"} }
			if b := a.b.begin(t); b.asked.Get("code_challenge_method") != "S256" || b.asked.Get("code_challenge") == "" {
				t.Errorf("the challenge was left out: %v", b.asked)
			}
			a.asked.Set("code_challenge", "another")
		}},
		"47 the answer is another provider's": {code: errs.SSORefused, reason: oidc.WrongIssuer, spoil: func(_ *testing.T, a *attempt) { a.ending.Issuer = "https://evil.example" }},
		"47 the answer says no issuer, where the provider always does": {code: errs.SSORefused, reason: oidc.WrongIssuer, spoil: func(t *testing.T, a *attempt) {
			a.idp.metadata = func(m object) { m["authorization_response_iss_parameter_supported"] = true }
			a.b.forget()
		}},
		"48 an error and a code":               {code: errs.SSORefused, reason: oidc.ProviderError, spoil: func(_ *testing.T, a *attempt) { a.ending.Error = "access_denied" }},
		"the token endpoint gives no ID token": {code: errs.SSORefused, reason: oidc.NoToken, spoil: func(_ *testing.T, a *attempt) { a.body = func(o object) { delete(o, "id_token") } }},
		"the token endpoint refuses":           {code: errs.SSORefused, reason: oidc.NoToken, spoil: func(_ *testing.T, a *attempt) { a.status = http.StatusBadRequest }},
	}
}

// Identity and tenant, and what becomes of providers meanwhile.
func lyingIdentities() map[string]lie {
	here := func(t *testing.T, a *attempt, email string) {
		m := a.b.us.Member(t, authz.RoleAdmin)
		a.b.Raw.User.UpdateOneID(m.UserID).SetEmail(email).ExecX(t.Context())
	}
	conflict := func(name string, v any) lie {
		return lie{code: errs.SSOAccountConflict, reason: "sso_account_conflict", spoil: func(t *testing.T, a *attempt) {
			here(t, a, "ada@school.example")
			if a.claims[name] = v; v == nil {
				delete(a.claims, name)
			}
		}}
	}
	unproved := func(email string) lie {
		return lie{code: errs.SSOAccountConflict, reason: "sso_account_conflict", spoil: func(t *testing.T, a *attempt) {
			here(t, a, strings.ToLower(email))
			a.claims["email"] = email
		}}
	}
	change := func(change func(u *ssoUpdate)) lie {
		return lie{code: errs.SSORefused, reason: "sso_sign_in_refused", spoil: func(t *testing.T, a *attempt) {
			u := a.b.Raw.SSOProvider.UpdateOneID(a.b.provider.ID)
			change(u)
			u.ExecX(t.Context())
		}}
	}
	profile := func(p ssoprovider.Profile, claims object) lie {
		return lie{code: errs.SSORefused, reason: oidc.WrongTenant, spoil: func(t *testing.T, a *attempt) {
			a.b.Raw.SSOProvider.UpdateOneID(a.b.provider.ID).SetProfile(p).ExecX(t.Context())
			for k, v := range claims {
				a.claims[k] = v
			}
		}}
	}
	return map[string]lie{
		"54 email_verified is false":          conflict("email_verified", false),
		"54 email_verified is absent":         conflict("email_verified", nil),
		"54 email_verified is the text":       conflict("email_verified", "true"),
		"54 email_verified is one":            conflict("email_verified", 1),
		"54 Entra's claim of another product": conflict("xms_edov", true).with(func(a *attempt) { delete(a.claims, "email_verified") }),
		"57 a domain that nobody proved":      unproved("ada@other.example"),
		"57 a domain below the proved one":    unproved("ada@sub.school.example"),
		"57 a domain that ends alike":         unproved("ada@notschool.example"),
		"58 the address with a new sub": {code: errs.SSOAccountConflict, reason: "sso_account_conflict", spoil: func(t *testing.T, a *attempt) {
			first := a.b.begin(t)
			if _, err := first.come(t); err != nil {
				t.Fatal(err)
			}
			a.b.Raw.Session.Delete().ExecX(t.Context())
			a.claims["sub"] = "recycled"
		}},
		"59 the provider is disabled meanwhile": change(func(u *ssoUpdate) { u.SetState(ssoprovider.StateDisabled) }),
		"59 its issuer is another meanwhile":    change(func(u *ssoUpdate) { u.SetIssuer("https://other.example") }),
		"59 its client is another meanwhile":    change(func(u *ssoUpdate) { u.SetClientID("other") }),
		"59 the provider is deleted meanwhile": {code: errs.SSOStateInvalid, spoil: func(t *testing.T, a *attempt) {
			a.b.Raw.SSOProvider.DeleteOneID(a.b.provider.ID).ExecX(t.Context())
		}},
		"Google, an account of nobody's Workspace":  profile(ssoprovider.ProfileGoogle, nil),
		"Google, an account of another Workspace":   profile(ssoprovider.ProfileGoogle, object{"hd": "evil.example"}),
		"Google, hd is a list":                      profile(ssoprovider.ProfileGoogle, object{"hd": []string{"school.example"}}),
		"Microsoft, an account of another tenant":   profile(ssoprovider.ProfileMicrosoft, object{"tid": "another", "oid": "1"}),
		"Microsoft, an account that says no tenant": profile(ssoprovider.ProfileMicrosoft, object{"oid": "1"}),
		"the claim that says who it is is missing": {code: errs.SSORefused, reason: oidc.WrongSubject, spoil: func(t *testing.T, a *attempt) {
			a.b.Raw.SSOProvider.UpdateOneID(a.b.provider.ID).SetClaims(schematype.Claims{Subject: "employee"}).ExecX(t.Context())
		}},
		"60 the metadata are of another issuer": {code: errs.SSORefused, reason: oidc.WrongMetadata, spoil: func(t *testing.T, a *attempt) {
			a.idp.metadata = func(m object) { m["issuer"] = "https://evil.example" }
			a.b.forget()
		}},
		"60 the metadata lead to a private address": {code: errs.SSORefused, reason: oidc.WrongMetadata, spoil: func(t *testing.T, a *attempt) {
			a.idp.metadata = func(m object) { m["authorization_endpoint"] = "https://inside.example/authorize" }
			a.b.forget()
		}},
		"60 the token endpoint is a private address": {code: errs.SSORefused, reason: oidc.NoToken, spoil: func(t *testing.T, a *attempt) {
			a.idp.metadata = func(m object) { m["token_endpoint"] = "https://inside.example/token" }
			a.b.forget()
		}},
		"60 the keys are at a private address": {code: errs.SSOUnavailable, reason: oidc.Unreachable, spoil: func(t *testing.T, a *attempt) {
			a.idp.metadata = func(m object) { m["jwks_uri"] = "https://inside.example/keys" }
			a.b.forget()
		}},
		"60 an endpoint is missing": {code: errs.SSORefused, reason: oidc.WrongMetadata, spoil: func(t *testing.T, a *attempt) {
			a.idp.metadata = func(m object) { delete(m, "token_endpoint") }
			a.b.forget()
		}},
	}
}

// with spoils more.
func (l lie) with(more func(a *attempt)) lie {
	first := l.spoil
	l.spoil = func(t *testing.T, a *attempt) {
		first(t, a)
		more(a)
	}
	return l
}

// TestHostile runs list L2: nothing of it is believed, nobody is made, no session is opened, and the organization learns of it.
func TestHostile(t *testing.T) {
	for part, table := range map[string]map[string]lie{"tokens": lyingTokens(), "claims": lyingClaims(), "flows": lyingFlows(), "identities": lyingIdentities()} {
		t.Run(part, func(t *testing.T) {
			cases(t, table, func(t *testing.T, b *bundle, l lie) {
				a := b.begin(t)
				l.spoil(t, a)
				people := b.Raw.Membership.Query().CountX(t.Context())
				_, err := a.come(t)
				if l.code == errs.SSORefused && errs.Is(err, errs.SSOUnavailable) && l.reason == oidc.Unreachable {
					err = errs.New(errs.SSORefused) // keys that are not read are a provider that does not answer
				}
				refusedWith(t, err, l.code)
				if b.sessions(t) != 0 || b.Raw.Membership.Query().CountX(t.Context()) != people {
					t.Error("somebody came in")
				}
				b.told(t, string(l.reason))
			})
		})
	}
}

// told wants the newest event to be of a refused sign-in with the reason, or none of one where nobody knows of which.
func (b *bundle) told(t *testing.T, reason string) {
	t.Helper()
	found := b.Raw.Event.Query().Where(event.Type("sso.sign_in_failed")).Order(event.BySequence()).AllX(t.Context())
	if reason == "" {
		if len(found) > 0 && b.strays == 0 {
			t.Error("a stray answer was told of, and not counted")
		}
		return
	}
	var last struct{ Object struct{ Reason string } }
	if len(found) > 0 {
		must(t, json.Unmarshal(found[len(found)-1].Data, &last))
	}
	if last.Object.Reason != reason {
		t.Errorf("the events say %q, want %q", last.Object.Reason, reason)
	}
}
