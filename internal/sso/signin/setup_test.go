package signin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/sso/oidc"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

const (
	publicURL  = "https://print.example.org"
	clientID   = "soloprint"
	secretWord = "the client secret of this test, long enough"
)

// bundle is a database with two organizations, each with a provider of its own that vouches for a mail domain.
type bundle struct {
	*testkit.Kit
	s        *Service
	sso      *sso.Service
	authn    *authn.Service
	us, them *testkit.Organization
	idp      *idp // of us
	provider *ent.SSOProvider
	strays   int
}

func setup(t testing.TB, db *store.DB, with ...func(*sso.CreateProviderInput)) *bundle {
	t.Helper()
	b := &bundle{Kit: testkit.NewKit(t, db)}
	out := &egress.Client{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Resolver: nowhere{}, Pace: time.Millisecond}
	b.authn = &authn.Service{Client: b.Ops.Client, Secrets: b.Secrets, Clock: b.Clock, Used: &authn.UseLog{}, Cookie: SessionCookie(publicURL)}
	b.sso = &sso.Service{Ops: b.Ops, Secrets: b.Secrets, Egress: out, PublicURL: publicURL}
	join := func(ctx context.Context, tx *ent.Tx, people ...roster.Person) ([]roster.Joined, error) {
		return roster.Join(guard.AsSystem(ctx), tx, people...)
	}
	b.s = &Service{Ops: b.Ops, Secrets: b.Secrets, Provider: &oidc.Client{Egress: out, Clock: b.Clock}, Doors: b.authn, Tries: b, PublicURL: publicURL, Join: join,
		Invites: &roster.Invites{Ops: b.Ops, Tokens: invitations{b.authn}, PublicURL: publicURL, Join: join, Standing: authn.Standing},
		Open: func(ctx context.Context, tx *ent.Tx, m *ent.Membership, o Opening) (string, time.Time, error) {
			token, ends, err := b.authn.Open(ctx, tx.Session, m, authn.Opening{ID: o.ID, By: session.OpenedBySSO, Provider: o.Provider, Identity: o.Identity,
				ProviderSession: o.ProviderSession, ProviderSubject: o.ProviderSubject, IDToken: o.IDToken, Browser: o.Browser, UserAgent: o.UserAgent})
			return token.String(), ends, err
		}}
	b.us, b.them = b.Organization(t, "riverside"), b.Organization(t, "hillside")
	b.idp = newIDP(t)
	b.provider = b.enabled(t, b.us, b.idp.URL, with...)
	return b
}

// invitations makes and reads their tokens.
type invitations struct{ authn *authn.Service }

func (i invitations) NewInvite(id pid.ID) (string, []byte) {
	t, hash := i.authn.NewInviteToken(id)
	return t.String(), hash
}

func (i invitations) ReadInvite(token string) (pid.ID, []byte, bool) {
	return i.authn.ReadInviteToken(token)
}

// Allow implements Tries: the limit is another package's.
func (b *bundle) Allow(context.Context) error { return nil }

// Failed implements Tries.
func (b *bundle) Failed(context.Context) error {
	b.strays++
	return nil
}

// enabled makes a provider that lets newcomers in, with a proved domain.
func (b *bundle) enabled(t testing.TB, o *testkit.Organization, issuer string, with ...func(*sso.CreateProviderInput)) *ent.SSOProvider {
	t.Helper()
	ctx := o.Session(t, o.Owner)
	in := sso.CreateProviderInput{Name: "School", Issuer: issuer, ClientID: clientID, ClientSecret: secretWord, Domains: []string{"school.example"}}
	for _, w := range with {
		w(&in)
	}
	p, err := b.sso.CreateProvider(ctx, in)
	must(t, err)
	domains := slices.Clone(p.Domains)
	at := b.Clock.Now()
	for i := range domains {
		domains[i].ProvedAt, domains[i].ProvedBy = &at, "dns"
	}
	b.Raw.SSOProvider.UpdateOneID(p.ID).SetDomains(domains).SetAutoCreate("active").ExecX(t.Context())
	p, err = b.sso.UpdateProvider(ctx, sso.UpdateProviderInput{ProviderID: p.ID, State: changed("enabled")})
	must(t, err)
	return p
}

func changed[T any](v T) graphql.Omittable[*T] { return graphql.OmittableOf(&v) }

// nowhere is a DNS that knows one private name.
type nowhere struct{}

func (nowhere) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if host == "inside.example" {
		return []netip.Addr{netip.MustParseAddr("10.0.0.7")}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// attempt is a sign-in on its way: what the provider will say of it, and how the browser comes back.
type attempt struct {
	b       *bundle
	idp     *idp
	started *Started
	asked   url.Values // what the browser took to the provider
	code    string

	header, claims object
	sign           signer
	raw            func(token string) string // spoils the finished token
	access         string
	status         int
	body           func(object) // spoils the token endpoint's answer
	verifier       string       // that came with the code
	ending         Ending
}

// begin begins a sign-in of Ada, whom the provider vouches for.
func (b *bundle) begin(t testing.TB, with ...func(*Beginning)) *attempt {
	t.Helper()
	in := Beginning{StartInput: StartInput{Organization: "riverside"}}
	for _, w := range with {
		w(&in)
	}
	s, err := b.s.Begin(t.Context(), in)
	must(t, err)
	to, err := url.Parse(s.AuthorizationURL)
	must(t, err)
	now := b.Clock.Now()
	a := &attempt{b: b, idp: b.idp, started: s, asked: to.Query(), code: rand.Text(), header: object{"alg": "RS256", "kid": "rsa", "typ": "JWT"}, sign: rs256(rsaKey()),
		access: "an access token", status: http.StatusOK, raw: func(t string) string { return t }, body: func(object) {}}
	a.claims = object{"iss": b.idp.URL, "aud": clientID, "sub": "1001", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": a.asked.Get("nonce"),
		"email": "ada@school.example", "email_verified": true, "name": "Ada Lovelace", "groups": []string{"Students"}, "sid": "session-1"}
	a.ending = Ending{CompleteInput: CompleteInput{State: s.State, Code: a.code, Binding: s.Binding}}
	return a
}

// come lets the browser come back with the code. The provider checks what it gets, as a real one does.
func (a *attempt) come(t testing.TB) (*SignedIn, error) {
	t.Helper()
	a.idp.mu.Lock()
	a.idp.answers[a.code] = func(r *http.Request) (int, object) {
		a.verifier = r.FormValue("code_verifier")
		if challenge(a.verifier) != a.asked.Get("code_challenge") || r.FormValue("redirect_uri") != a.asked.Get("redirect_uri") {
			return http.StatusBadRequest, object{"error": "invalid_grant"}
		}
		body := object{"access_token": a.access, "token_type": "Bearer", "expires_in": 300, "id_token": a.raw(jwt(a.header, a.claims, a.sign))}
		a.body(body)
		return a.status, body
	}
	a.idp.mu.Unlock()
	return a.b.s.End(t.Context(), a.ending)
}

// sessions is how many there are in all.
func (b *bundle) sessions(t testing.TB) int { return b.Raw.Session.Query().CountX(t.Context()) }

// member is the membership of an address, nil where there is none.
func (b *bundle) member(t testing.TB, o *testkit.Organization, email string) *ent.Membership {
	t.Helper()
	all := b.Raw.Membership.Query().Where(membership.OrganizationID(o.ID), membership.DeletedAtIsNil()).WithUser().AllX(t.Context())
	for _, m := range all {
		if m.Edges.User.Email == email {
			return m
		}
	}
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refusedWith(t testing.TB, err error, code errs.Code) {
	t.Helper()
	if !errs.Is(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
}

// cases runs each case of a table on both databases, with an empty one of its own.
func cases[C any](t *testing.T, table map[string]C, run func(t *testing.T, b *bundle, c C)) {
	t.Helper()
	for _, d := range testkit.Databases() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			for name, c := range table {
				t.Run(name, func(t *testing.T) { run(t, setup(t, d.Open(t)), c) })
			}
		})
	}
}

func ssoAuto(s string) ssoprovider.AutoCreate { return ssoprovider.AutoCreate(s) }

type (
	ssoUpdate = ent.SSOProviderUpdateOne
	storeDB   = store.DB
)

// forget lets the metadata of providers be read again.
func (b *bundle) forget() { b.s.Provider = &oidc.Client{Egress: b.s.Provider.Egress, Clock: b.Clock} }

// decoded is a part of a token as text.
func decoded(part string) string {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func match(claim, operator, value string) schematype.Match {
	return schematype.Match{Claim: claim, Operator: operator, Value: value}
}
