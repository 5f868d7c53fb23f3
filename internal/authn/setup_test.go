package authn_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// bundle is the service on a database with two organizations.
type bundle struct {
	*testkit.Kit
	s        *authn.Service
	us, them *testkit.Organization
}

func newBundle(t *testing.T, db *store.DB) *bundle {
	t.Helper()
	k := testkit.NewKit(t, db)
	s := &authn.Service{Client: k.Ops.Client, Secrets: k.Secrets, Clock: k.Clock, Used: &authn.UseLog{}}
	return &bundle{Kit: k, s: s, us: k.Organization(t, "riverside"), them: k.Organization(t, "hillside")}
}

// key makes an API key of the member with all scopes, unless with says otherwise.
func (b *bundle) key(t *testing.T, m *ent.Membership, with ...func(*ent.APIKeyCreate)) authn.Token {
	t.Helper()
	id := pid.New("key")
	token, hash := b.s.NewKeyToken(id)
	q := b.Raw.APIKey.Create().SetID(id).SetOrganizationID(m.OrganizationID).SetName("test").SetPrefix(token.Display()).
		SetScopes(words(authz.Capabilities())).SetCreatedByID(m.ID).SetSecretHash(hash)
	for _, w := range with {
		w(q)
	}
	q.SaveX(t.Context())
	return token
}

// session opens one of the member.
func (b *bundle) session(t *testing.T, m *ent.Membership) authn.Token {
	t.Helper()
	token, _, err := b.s.OpenSession(t.Context(), m, session.OpenedByOperator)
	must(t, err)
	return token
}

// as asks who a token belongs to.
func (b *bundle) as(t *testing.T, token authn.Token, headers ...string) (*authz.Actor, error) {
	t.Helper()
	return b.s.Authenticate(request(t, append([]string{"Authorization", "Bearer " + token.String()}, headers...)...))
}

// member is a new member whose membership may be made different.
func (b *bundle) member(t *testing.T, role authz.Role, with ...func(*ent.MembershipUpdateOne)) *ent.Membership {
	t.Helper()
	m := b.us.Member(t, role)
	for _, w := range with {
		q := m.Update()
		w(q)
		m = q.SaveX(t.Context())
	}
	return m
}

// group makes a user group of the members.
func (b *bundle) group(t *testing.T, name string, grants, denials []string, members ...*ent.Membership) *ent.UserGroup {
	t.Helper()
	return b.Raw.UserGroup.Create().SetOrganizationID(members[0].OrganizationID).SetName(name).SetGrants(grants).SetDenials(denials).
		AddMembers(members...).SaveX(t.Context())
}

// enrolled puts the member into a new class.
func (b *bundle) enrolled(t *testing.T, m *ent.Membership, role enrollment.Role) pid.ID {
	t.Helper()
	c := b.Raw.Class.Create().SetOrganizationID(m.OrganizationID).SetName("Robotics").SaveX(t.Context())
	b.Raw.Enrollment.Create().SetOrganizationID(m.OrganizationID).SetClassID(c.ID).SetMembershipID(m.ID).SetRole(role).ExecX(t.Context())
	return c.ID
}

// request has headers, given as name and value in turn.
func request(t *testing.T, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://soloprint.test/v1/me", http.NoBody)
	must(t, err)
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Add(pair[0], pair[1])
	}
	return r
}

func words(cs []authz.Capability) []string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = string(c)
	}
	return out
}

// can is what the actor may do, in one line.
func can(a *authz.Actor) string { return strings.Join(words(a.Can), " ") }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, what string, err error, code errs.Code) {
	t.Helper()
	if code == "" && err != nil || code != "" && !errs.Is(err, code) {
		t.Errorf("%s: got %v, want code %q", what, err, code)
	}
}
