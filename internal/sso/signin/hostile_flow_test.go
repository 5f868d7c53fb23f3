package signin

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/testkit"
)

// 20: a key that is new is asked for at once, but not more than once a minute.
func TestKeysAreRotated(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		must(t, second(b.begin(t).come(t)))
		b.idp.keys = func() any { return keySet(public("new", otherKey().Public())) }
		sign := func() *attempt {
			a := b.begin(t)
			a.header["kid"], a.sign = "new", rs256(otherKey())
			return a
		}
		b.Clock.Advance(time.Minute)
		must(t, second(sign().come(t)))
		asked := b.idp.times("/keys")
		for i := range 20 {
			a := b.begin(t)
			a.header["kid"] = fmt.Sprint("unknown", i)
			refusedWith(t, second(a.come(t)), errs.SSORefused)
		}
		if n := b.idp.times("/keys") - asked; n > 0 {
			t.Errorf("unknown keys made it ask %d times within a minute", n)
		}
		a := b.begin(t)
		refusedWith(t, second(a.come(t)), errs.SSORefused) // the old key is gone
	})
}

func second[T any](_ T, err error) error { return err }

// 44: a login is of one organization: another's provider cannot complete it, and its session is of no other.
func TestOneOrganizationsLogin(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		theirs := newIDP(t)
		b.enabled(t, b.them, theirs.URL)
		a := b.begin(t)
		a.idp = theirs // the code is of the other organization's provider
		refusedWith(t, second(a.come(t)), errs.SSORefused)
		if b.sessions(t) != 0 {
			t.Error("a session was opened")
		}
	})
}

// 50: of two answers to one sign-in, one counts.
func TestTwoAnswersAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		a := b.begin(t)
		var all sync.WaitGroup
		var mu sync.Mutex
		good := 0
		b.idp.mu.Lock()
		b.idp.answers[a.code] = func(*http.Request) (int, object) {
			return http.StatusOK, object{"access_token": a.access, "token_type": "Bearer", "id_token": jwt(a.header, a.claims, a.sign)}
		}
		b.idp.mu.Unlock()
		for range 8 {
			all.Go(func() {
				_, err := b.s.End(t.Context(), a.ending)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					good++
				} else if !errs.Is(err, errs.SSOStateInvalid) {
					t.Errorf("the others get %v", err)
				}
			})
		}
		all.Wait()
		if good != 1 || b.sessions(t) != 1 {
			t.Errorf("%d came in with %d sessions", good, b.sessions(t))
		}
	})
}

// 55 and 56: what one organization's provider says of another's people is nothing there.
func TestOtherOrganizationsPeople(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		first, err := b.begin(t).come(t)
		must(t, err)
		theirs := newIDP(t)
		b.enabled(t, b.them, theirs.URL)
		a := b.begin(t, func(in *Beginning) { in.Organization = "hillside" })
		a.idp = theirs
		a.claims["iss"] = theirs.URL // the same subject and address, verified, of another issuer
		in, err := a.come(t)
		must(t, err)
		if in.Organization.ID != b.them.ID || in.Membership.OrganizationID != b.them.ID || in.Membership.ID == first.Membership.ID {
			t.Errorf("signed in to %s as %s", in.Organization.ID, in.Membership.ID)
		}
		if n := b.Raw.Membership.Query().Where(membership.OrganizationID(b.us.ID)).CountX(t.Context()); n != 2 { // the owner and Ada
			t.Errorf("%d members here", n)
		}
		owner := b.Raw.User.GetX(t.Context(), b.us.Owner.UserID)
		a = b.begin(t, func(in *Beginning) { in.Organization = "hillside" })
		a.idp = theirs
		a.claims["iss"], a.claims["sub"], a.claims["email"] = theirs.URL, "2002", owner.Email
		in, err = a.come(t)
		must(t, err)
		if in.Membership.OrganizationID != b.them.ID || in.Membership.Role != membership.RoleStudent {
			t.Errorf("the other organization's provider made %s of %s", in.Membership.Role, in.Membership.OrganizationID)
		}
	})
}

// 59: what a claim names is nothing without a mapping; ten thousand groups are no reason to give more or take longer.
func TestGroupsWithoutMappings(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		groups := make([]string, 10_000)
		for i := range groups {
			groups[i] = fmt.Sprint("owner", i)
		}
		a := b.begin(t)
		a.claims["groups"], a.claims["role"], a.claims["roles"] = groups, "owner", []string{"owner", "platform admin"}
		in, err := a.come(t)
		must(t, err)
		if in.Membership.Role != membership.RoleStudent || len(in.Applied) != 0 {
			t.Errorf("role %s, mappings %v", in.Membership.Role, in.Applied)
		}
	})
}

// 53: nothing that a browser could take for another host's address is gone back to.
func TestReturn(t *testing.T) {
	for to, want := range map[string]bool{
		"/o/riverside/queue": true, "/o/riverside/queue?state=queued&q=a%20b": true, "/": true,
		"": false, "//evil.example": false, `/\evil.example`: false, "/%09/evil.example": false, "/\t/evil.example": false, "javascript:alert(1)": false,
		"https://evil.example": false, "http://print.example.org@evil.example": false, "https://print.example.org.evil.example/": false, "@evil.example": false,
		"/%2f/evil.example": false, "/%5Cevil.example": false, "/.//evil.example": false, "/\r\nSet-Cookie: x": false, "/\u2028": false, " /x": false,
		"/" + strings.Repeat("x", 3000): false,
	} {
		if got := Return(to) != ""; got != want {
			t.Errorf("%q: %v", to, got)
		}
		if u, err := url.Parse(Return(to)); err != nil || u.IsAbs() || u.Host != "" {
			t.Errorf("%q leads to %v", to, u)
		}
	}
}

// An invitation is accepted by the sign-in that it began with: for one address only by who proves it.
func TestInvited(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		b.Raw.SSOProvider.UpdateOneID(b.provider.ID).SetAutoCreate("off").ExecX(t.Context())
		ctx := b.us.Session(t, b.us.Owner)
		invite := func(email string) string {
			made, err := b.s.Invites.Create(ctx, roster.CreateInviteInput{Email: email, Role: new(membership.RoleTeacher)})
			must(t, err)
			return made.Token
		}
		come := func(token string, change func(*attempt)) (*SignedIn, error) {
			a := b.begin(t, func(in *Beginning) { in.Invite = token })
			change(a)
			return a.come(t)
		}
		token := invite("ada@school.example")
		_, err := come(token, func(a *attempt) { a.claims["email_verified"] = false })
		refusedWith(t, err, errs.InviteNotYours)
		_, err = come(token, func(a *attempt) { a.claims["email"], a.claims["sub"] = "eve@school.example", "666" })
		refusedWith(t, err, errs.InviteNotYours)
		in, err := come(token, func(*attempt) {})
		must(t, err)
		if in.Membership.Role != membership.RoleTeacher || in.Token == "" {
			t.Errorf("the invitation made %s", in.Membership.Role)
		}
		_, err = come(token, func(a *attempt) { a.claims["email"], a.claims["sub"] = "bob@school.example", "77" })
		refusedWith(t, err, errs.InviteNotOpen)
		if again, err := b.begin(t).come(t); err != nil || again.Membership.ID != in.Membership.ID {
			t.Errorf("the next sign-in: %v", err)
		}
	})
}

// An enabled provider's group mappings are applied at each sign-in.
func TestMappingsAtEachSignIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storeDB) {
		b := setup(t, db)
		ctx := b.us.Session(t, b.us.Owner)
		_, err := b.sso.CreateMapping(ctx, sso.CreateMappingInput{ProviderID: b.provider.ID, Match: match("groups", "equals", "Teachers"), Role: new(ssogroupmapping.RoleTeacher)})
		must(t, err)
		a := b.begin(t)
		a.claims["groups"] = []string{"Teachers"}
		in, err := a.come(t)
		must(t, err)
		if in.Membership.Role != membership.RoleTeacher || len(in.Applied) != 1 {
			t.Errorf("role %s, applied %v", in.Membership.Role, in.Applied)
		}
		a = b.begin(t)
		delete(a.claims, "groups") // overage: nobody is demoted
		in, err = a.come(t)
		must(t, err)
		if in.Membership.Role != membership.RoleTeacher {
			t.Errorf("without groups the role is %s", in.Membership.Role)
		}
		in, err = b.begin(t).come(t)
		must(t, err)
		if in.Membership.Role != membership.RoleStudent {
			t.Errorf("out of the group the role is %s", in.Membership.Role)
		}
	})
}
