package scim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/sso/directory"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/rest"
	"github.com/soloprint/soloprint/rest/scim"
)

// bundle is a server with two organizations, each with an identity provider and its token.
type bundle struct {
	*testkit.Kit
	server       *httptest.Server
	authn        *authn.Service
	sso          *sso.Service
	us, them     *testkit.Organization
	ours, theirs *ent.SSOProvider
	token, other string
}

// tokens makes SCIM tokens for the service that stores them.
type tokens struct{ *authn.Service }

func (t tokens) NewSCIM(provider pid.ID) (string, []byte) {
	made, hash := t.NewSCIMToken(provider)
	return made.String(), hash
}

func setup(t testing.TB, db *store.DB) *bundle {
	t.Helper()
	b := &bundle{Kit: testkit.NewKit(t, db)}
	b.authn = &authn.Service{Client: b.Ops.Client, Secrets: b.Secrets, Clock: b.Clock, Used: &authn.UseLog{}}
	b.sso = &sso.Service{Ops: b.Ops, Secrets: b.Secrets, Tokens: tokens{b.authn}}
	join := func(ctx context.Context, tx *ent.Tx, people ...roster.Person) ([]roster.Joined, error) {
		return roster.Join(guard.AsSystem(ctx), tx, people...)
	}
	b.server = httptest.NewServer(rest.Identified(scim.Handler(scim.Config{Directory: &directory.Service{Ops: b.Ops, Join: join},
		Authenticate: b.authn.Directory, PublicURL: "https://print.school.example"})))
	t.Cleanup(b.server.Close)
	b.us, b.them = b.Organization(t, "riverside"), b.Organization(t, "hillside")
	b.ours, b.token = b.provider(t, b.us, "school.example")
	b.theirs, b.other = b.provider(t, b.them, "hill.example")
	return b
}

// provider makes an identity provider that has proved a mail domain, and its token.
func (b *bundle) provider(t testing.TB, o *testkit.Organization, domain string) (*ent.SSOProvider, string) {
	t.Helper()
	proved := testkit.Start()
	p := b.Raw.SSOProvider.Create().SetOrganizationID(o.ID).SetName("School").SetSlug("school-" + domain).SetIssuer("https://id." + domain).SetClientID("soloprint").
		SetDomains([]schematype.Domain{{Name: domain, ProvedAt: &proved, ProvedBy: "dns"}}).SaveX(t.Context())
	made, err := b.sso.CreateToken(o.Session(t, o.Owner), sso.CreateTokenInput{ProviderID: p.ID})
	must(t, err)
	return p, made.Token
}

// maps makes a group mapping of our provider.
func (b *bundle) maps(t testing.TB, group string, with func(*ent.SSOGroupMappingCreate)) *ent.SSOGroupMapping {
	t.Helper()
	c := b.Raw.SSOGroupMapping.Create().SetOrganizationID(b.us.ID).SetProviderID(b.ours.ID).SetMatch(schematype.Match{Operator: "equals", Value: group}).
		SetOnLoss(ssogroupmapping.OnLossRevoke)
	with(c)
	return c.SaveX(t.Context())
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

// id is the resource's.
func (a answer) id() string { return fmt.Sprint(a.body["id"]) }

// says wants a status, and of an error its scimType.
func (a answer) says(t testing.TB, status int, keyword ...string) answer {
	t.Helper()
	if a.status != status || len(keyword) > 0 && fmt.Sprint(a.body["scimType"]) != keyword[0] {
		t.Fatalf("got %d %s, want %d %v", a.status, a.text, status, keyword)
	}
	return a
}

// calls sends a request with our token.
func (b *bundle) calls(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	return b.callsAs(t, b.token, method, path, body, headers...)
}

func (b *bundle) callsAs(t testing.TB, token, method, path, body string, headers ...string) answer {
	t.Helper()
	if i := strings.Index(path, "?filter="); i >= 0 {
		filter, rest, _ := strings.Cut(path[i+len("?filter="):], "&")
		path = path[:i] + "?filter=" + url.QueryEscape(filter) + "&" + rest
		path = strings.TrimSuffix(path, "&")
	}
	r, err := http.NewRequestWithContext(t.Context(), method, b.server.URL+scim.Base+path, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.server.Client().Do(r)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	a := answer{status: res.StatusCode, header: res.Header, text: string(text)}
	if len(text) > 0 {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&a.body); err != nil {
			t.Fatalf("%s %s answers no JSON: %v: %s", method, path, err, text)
		}
	}
	return a
}

// person is the body of a new user.
func person(mail string, more ...string) string {
	return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"` + mail + `","emails":[{"value":"` + mail + `","type":"work","primary":true}],"active":true` + strings.Join(more, "") + `}`
}

// group is the body of a new group.
func group(name string, members ...string) string {
	for i, m := range members {
		members[i] = `{"value":"` + m + `"}`
	}
	return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"` + name + `","members":[` + strings.Join(members, ",") + `]}`
}

// patch is the body of a PATCH.
func patch(operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") + `]}`
}

// adds is a new user of ours; it answers the user and the membership.
func (b *bundle) adds(t testing.TB, mail string) (string, *ent.Membership) {
	t.Helper()
	id := b.calls(t, "POST", "/Users", person(mail)).says(t, 201).id()
	return id, b.member(t, id)
}

// member is the membership of a user.
func (b *bundle) member(t testing.TB, id string) *ent.Membership {
	t.Helper()
	return b.Raw.SCIMUser.GetX(t.Context(), pid.ID(id)).QueryMembership().OnlyX(t.Context())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
