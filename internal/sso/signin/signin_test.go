package signin

import (
	"slices"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Somebody comes in who was never here: as a member, with a session of this organization.
func TestANewcomerComesIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		before := len(b.us.Events(t))
		a := b.begin(t, func(in *Beginning) { in.ReturnTo = "/o/riverside/queue" })
		if a.asked.Get("code_challenge_method") != "S256" || a.asked.Get("response_type") != "code" || a.asked.Get("redirect_uri") != publicURL+sso.CallbackPath {
			t.Errorf("asked %v", a.asked)
		}
		in, err := a.come(t)
		must(t, err)
		m := b.member(t, b.us, "ada@school.example")
		if m == nil || m.Name != "Ada Lovelace" || m.Role != membership.RoleStudent || m.Status != membership.StatusActive || m.Source != membership.SourceSSO || in.Membership.ID != m.ID {
			t.Fatalf("the member is %+v", m)
		}
		if in.ReturnTo != "/o/riverside/queue" || in.Token == "" || !in.ExpiresAt.Equal(b.Clock.Now().Add(authnLife)) {
			t.Errorf("signed in: %+v", in)
		}
		if got, want := b.us.Events(t)[before:], []string{"user.joined", "sso.signed_in"}; !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		if b.member(t, b.them, "ada@school.example") != nil || b.Raw.Login.Query().CountX(t.Context()) != 0 {
			t.Error("the sign-in left something behind")
		}

		again, err := b.begin(t).come(t)
		must(t, err)
		if again.Membership.ID != m.ID || b.Raw.Identity.Query().CountX(t.Context()) != 1 || again.Token == in.Token {
			t.Error("a second sign-in is another person, or the same session")
		}
	})
}

const authnLife = 12 * time.Hour

// All algorithms of the list are taken, and a token that names no key where there is one only.
func TestHonestTokens(t *testing.T) {
	cases(t, map[string]func(*attempt){
		"RS256":                         func(*attempt) {},
		"one key, and none is named":    func(a *attempt) { delete(a.header, "kid") },
		"two audiences and azp":         func(a *attempt) { a.claims["aud"], a.claims["azp"] = []string{clientID, "another"}, clientID },
		"at_hash that fits":             func(a *attempt) { a.claims["at_hash"] = hash(a.access) },
		"iss of RFC 9207":               func(a *attempt) { a.ending.Issuer = a.idp.URL },
		"the binding by the cookie":     func(a *attempt) { a.ending.Cookie, a.ending.Binding = a.ending.Binding, "" },
		"the provider's clock is ahead": func(a *attempt) { a.claims["iat"] = a.b.Clock.Now().Add(4 * time.Minute).Unix() },
		"ended half a minute ago":       func(a *attempt) { a.claims["exp"] = a.b.Clock.Now().Add(-30 * time.Second).Unix() },
		"ES256": func(a *attempt) {
			a.idp.keys = func() any { return keySet(public("ec", ecKey().Public())) }
			a.header, a.sign = object{"alg": "ES256", "kid": "ec"}, es256(ecKey())
		},
		"EdDSA": func(a *attempt) {
			a.idp.keys = func() any { return keySet(public("ed", edKey().Public())) }
			a.header, a.sign = object{"alg": "EdDSA", "kid": "ed"}, eddsa(edKey())
		},
	}, func(t *testing.T, b *bundle, change func(*attempt)) {
		a := b.begin(t)
		change(a)
		_, err := a.come(t)
		must(t, err)
	})
}

// newcomer is a case of who somebody is.
type newcomer struct {
	autoCreate string
	here       string // address of a member who is here already; "" = nobody
	status     membership.Status
	claims     object
	code       errs.Code
	want       membership.Status
	token      bool
	linked     bool
}

// What newcomers become is the provider's setting; people are tied to what they had only by what proves it.
func TestWhoSomebodyIs(t *testing.T) {
	cases(t, map[string]newcomer{
		"off refuses newcomers":                   {autoCreate: "off", code: errs.SSONotAMember},
		"pending lets them wait":                  {autoCreate: "pending", want: membership.StatusPending},
		"active lets them in":                     {autoCreate: "active", want: membership.StatusActive, token: true},
		"a proved address is the member's":        {autoCreate: "off", here: "ada@school.example", want: membership.StatusActive, token: true, linked: true},
		"in any case of letters":                  {autoCreate: "off", here: "ada@school.example", claims: object{"email": "ADA@School.Example"}, want: membership.StatusActive, token: true, linked: true},
		"a member who is suspended stays outside": {autoCreate: "active", here: "ada@school.example", status: membership.StatusSuspended, code: errs.MembershipNotActive},
		"a member who waits goes on waiting":      {autoCreate: "active", here: "ada@school.example", status: membership.StatusPending, want: membership.StatusPending, linked: true},
		"an address that is not verified":         {autoCreate: "active", here: "ada@school.example", claims: object{"email_verified": false}, code: errs.SSOAccountConflict},
		"an address of a domain nobody proved":    {autoCreate: "active", here: "ada@other.example", claims: object{"email": "ada@other.example"}, code: errs.SSOAccountConflict},
		"somebody without an address":             {autoCreate: "active", claims: object{"email": nil}, want: membership.StatusActive, token: true},
	}, func(t *testing.T, b *bundle, c newcomer) {
		b.Raw.SSOProvider.UpdateOneID(b.provider.ID).SetAutoCreate(ssoAuto(c.autoCreate)).ExecX(t.Context())
		var here pid.ID
		if c.here != "" {
			m := b.us.Member(t, authz.RoleTeacher)
			b.Raw.User.UpdateOneID(m.UserID).SetEmail(c.here).ExecX(t.Context())
			if c.status != "" {
				b.Raw.Membership.UpdateOneID(m.ID).SetStatus(c.status).ExecX(t.Context())
			}
			here = m.ID
		}
		a := b.begin(t)
		for k, v := range c.claims {
			a.claims[k] = v
		}
		in, err := a.come(t)
		if c.code != "" {
			refusedWith(t, err, c.code)
			if b.sessions(t) != 0 {
				t.Error("a session was opened")
			}
			return
		}
		must(t, err)
		if in.Membership.Status != c.want || (in.Token != "") != c.token || (in.Membership.ID == here) != c.linked {
			t.Errorf("status %s, token %v, member %s of %s", in.Membership.Status, in.Token != "", in.Membership.ID, here)
		}
		if c.linked && in.Membership.Role != membership.RoleTeacher {
			t.Errorf("the role is %s", in.Membership.Role)
		}
	})
}
