package signin

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/testkit"
)

const logoutEventName = "http://schemas.openid.net/event/backchannel-logout"

// logoutToken is a good logout token of Ada's session.
func (b *bundle) logoutToken() (header, claims object) {
	now := b.Clock.Now()
	return object{"alg": "RS256", "kid": "rsa", "typ": "logout+jwt"}, object{"iss": b.idp.URL, "aud": clientID, "sub": "1001", "sid": "session-1", "jti": "one",
		"iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "events": object{logoutEventName: object{}}}
}

// 60: logout tokens that are none end nothing.
func TestHostileLogout(t *testing.T) {
	good := rs256(rsaKey())
	cases(t, map[string]func(header, claims object) signer{
		"alg none":              func(h, _ object) signer { h["alg"] = "none"; return unsigned },
		"another key":           func(_, _ object) signer { return rs256(otherKey()) },
		"no event":              func(_, c object) signer { delete(c, "events"); return good },
		"another event":         func(_, c object) signer { c["events"] = object{"http://evil.example": object{}}; return good },
		"the event is a text":   func(_, c object) signer { c["events"] = object{logoutEventName: "yes"}; return good },
		"a nonce":               func(_, c object) signer { c["nonce"] = "x"; return good },
		"an ID token":           func(_, c object) signer { delete(c, "events"); c["nonce"] = "x"; return good },
		"an access token":       func(h, _ object) signer { h["typ"] = "at+jwt"; return good },
		"another issuer":        func(_, c object) signer { c["iss"] = "https://evil.example"; return good },
		"another audience":      func(_, c object) signer { c["aud"] = "another"; return good },
		"no jti":                func(_, c object) signer { delete(c, "jti"); return good },
		"names neither of them": func(_, c object) signer { delete(c, "sub"); delete(c, "sid"); return good },
		"expired":               func(_, c object) signer { c["exp"] = 1; return good },
		"no exp":                func(_, c object) signer { delete(c, "exp"); return good },
		"no iat":                func(_, c object) signer { delete(c, "iat"); return good },
		"issued in the future":  func(_, c object) signer { c["iat"] = c["exp"].(int64) + 3600; return good },
		"valid for ever":        func(_, c object) signer { c["exp"] = 253402300799; return good },
		"crit":                  func(h, _ object) signer { h["crit"] = []string{"x"}; return good },
		"HS256 with the secret": func(h, _ object) signer { h["alg"] = "HS256"; return hs256([]byte(secretWord)) },
	}, func(t *testing.T, b *bundle, spoil func(header, claims object) signer) {
		in, err := b.begin(t).come(t)
		must(t, err)
		h, c := b.logoutToken()
		_, err = b.s.Logout(t.Context(), LogoutInput{ProviderID: b.provider.ID, Token: jwt(h, c, spoil(h, c))})
		refusedWith(t, err, errs.SSORefused)
		if !b.alive(t, in.Token) {
			t.Error("the session ended")
		}
	})
}

// A logout token ends the sessions that it names, once, of its provider alone.
func TestLogout(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		one, err := b.begin(t).come(t)
		must(t, err)
		a := b.begin(t)
		a.claims["sid"] = "session-2"
		two, err := a.come(t)
		must(t, err)
		h, c := b.logoutToken()
		token := jwt(h, c, rs256(rsaKey()))
		n, err := b.s.Logout(t.Context(), LogoutInput{ProviderID: b.provider.ID, Token: token})
		must(t, err)
		if n != 1 || b.alive(t, one.Token) || !b.alive(t, two.Token) {
			t.Errorf("%d sessions ended; the first lives: %v, the second: %v", n, b.alive(t, one.Token), b.alive(t, two.Token))
		}
		refusedWith(t, second(b.s.Logout(t.Context(), LogoutInput{ProviderID: b.provider.ID, Token: token})), errs.SSORefused) // replayed

		h, c = b.logoutToken()
		delete(c, "sid")
		c["jti"] = "two"
		token = jwt(h, c, rs256(rsaKey()))
		theirs := b.enabled(t, b.them, "https://id.them.example")
		if _, err := b.s.Logout(t.Context(), LogoutInput{ProviderID: theirs.ID, Token: token}); err == nil || !b.alive(t, two.Token) {
			t.Errorf("another organization's provider: %v", err)
		}
		refusedWith(t, second(b.s.Logout(t.Context(), LogoutInput{ProviderID: pid.New("idp"), Token: token})), errs.NotFound("sso_provider").Code)
		n, err = b.s.Logout(t.Context(), LogoutInput{ProviderID: b.provider.ID, Token: token})
		must(t, err)
		if n != 1 || b.alive(t, two.Token) {
			t.Errorf("all of the person's: %d", n)
		}
	})
}

// alive reports whether a session's token opens anything.
func (b *bundle) alive(t testing.TB, token string) bool {
	t.Helper()
	actor, err := b.authn.Authenticate(bearer(t, token))
	return err == nil && actor.Kind == authz.KindSession
}

// People see and end their own sessions, and an admin those of a member; nobody those of another organization.
func TestSessions(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		tokens := make([]string, 3)
		for i := range tokens {
			in, err := b.begin(t).come(t)
			must(t, err)
			tokens[i] = in.Token
			b.Clock.Advance(time.Second)
		}
		ada, err := b.authn.Authenticate(bearer(t, tokens[0]))
		must(t, err)
		ctx := authz.With(t.Context(), ada)
		mine, err := b.s.ListSessions(ctx, ListSessionsInput{})
		must(t, err)
		if len(mine) != 3 || mine[2].ID != ada.ID || mine[0].Edges.Provider == nil {
			t.Fatalf("sessions: %v", mine)
		}
		stranger := b.them.Session(t, b.them.Owner)
		refusedWith(t, second(b.s.EndSession(stranger, EndSessionInput{SessionID: mine[0].ID})), errs.NotFound("session").Code)
		refusedWith(t, second(b.s.EndMemberSessions(stranger, EndMemberSessionsInput{MembershipID: ada.Membership})), errs.NotFound("user").Code)
		must(t, second(b.s.EndSession(ctx, EndSessionInput{SessionID: mine[0].ID})))
		if b.alive(t, tokens[2]) || !b.alive(t, tokens[1]) {
			t.Error("ending one session ended another")
		}
		out, err := b.s.SignOut(ctx, SignOutInput{})
		must(t, err)
		if b.alive(t, tokens[0]) || out.ProviderURL == "" {
			t.Errorf("signed out to %q", out.ProviderURL)
		}
		refusedWith(t, second(b.s.EndMemberSessions(authz.With(t.Context(), ada), EndMemberSessionsInput{MembershipID: b.us.Owner.ID})), errs.InsufficientPermissions)
		n, err := b.s.EndMemberSessions(b.us.Session(t, b.us.Owner), EndMemberSessionsInput{MembershipID: ada.Membership})
		must(t, err)
		if n != 1 || b.alive(t, tokens[1]) {
			t.Errorf("an admin ended %d", n)
		}
	})
}

// A session in a browser ends when nobody uses it, and every session at its time.
func TestSessionsEndByThemselves(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		a := b.begin(t)
		a.ending.Browser = true
		idle, err := a.come(t)
		must(t, err)
		kept, err := b.begin(t).come(t)
		must(t, err)
		b.Clock.Advance(2*time.Hour + time.Second)
		if b.alive(t, idle.Token) || !b.alive(t, kept.Token) {
			t.Error("idle sessions: the browser's should be over, the bearer's not")
		}
		b.Clock.Advance(10 * time.Hour)
		if b.alive(t, kept.Token) {
			t.Error("a session outlives its time")
		}
	})
}
