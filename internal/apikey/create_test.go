package apikey_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

var start = time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)

// bundle is two organizations with an owner each; North also has a teacher, who manages integrations by a group.
type bundle struct {
	*testing.T
	keys                  *apikey.Service
	authn                 *authn.Service
	client                *ent.Client
	system                context.Context
	clock                 *clock.Fake
	owner, teacher, other *ent.Membership
}

// tokens lends authn's tokens to the package.
type tokens struct{ authn *authn.Service }

func (t tokens) NewKey(id pid.ID) (token, display string, hash []byte) {
	made, hash := t.authn.NewKeyToken(id)
	return made.String(), made.Display(), hash
}

func setup(t *testing.T, db *store.DB) *bundle {
	t.Helper()
	client := ent.NewClient(ent.Driver(db.Driver()))
	box, err := secret.New(make([]byte, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFake(start)
	b := &bundle{T: t, client: client, clock: c, system: guard.AsSystem(t.Context()), authn: &authn.Service{Client: client, Secrets: box, Clock: c}}
	b.keys = &apikey.Service{
		Ops:    &op.Runner{Client: client, Guard: guard.Install(client), Clock: c, Log: slog.New(slog.DiscardHandler)},
		Tokens: tokens{b.authn},
	}
	north := client.Organization.Create().SetName("North").SetSlug("north").SaveX(b.system)
	south := client.Organization.Create().SetName("South").SetSlug("south").SaveX(b.system)
	b.owner, b.teacher, b.other = b.member(north, "owner"), b.member(north, "teacher"), b.member(south, "owner")
	client.UserGroup.Create().SetOrganization(north).SetName("Integrators").SetGrants([]string{"integrations.manage"}).AddMembers(b.teacher).SaveX(b.system)
	return b
}

func (b *bundle) member(o *ent.Organization, role membership.Role) *ent.Membership {
	u := b.client.User.Create().SetEmail(string(role) + "@" + o.Slug + ".example").SaveX(b.system)
	return b.client.Membership.Create().SetOrganization(o).SetUser(u).SetRole(role).SaveX(b.system)
}

// as is the context of a person's session.
func (b *bundle) as(m *ent.Membership) context.Context {
	a, err := b.authn.Person(b.Context(), m.ID)
	if err != nil {
		b.Fatal(err)
	}
	return authz.With(b.Context(), a)
}

// with is the context of a request that sends the token.
func (b *bundle) with(token string) (context.Context, error) {
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v1/me", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	a, err := b.authn.Authenticate(r)
	return authz.With(b.Context(), a), err
}

// key is the context of a key that the member made.
func (b *bundle) key(m *ent.Membership, scopes ...string) context.Context {
	k, err := b.keys.Create(b.as(m), apikey.CreateInput{Name: "parent", Scopes: scopes})
	if err != nil {
		b.Fatal(err)
	}
	ctx, err := b.with(k.Secret)
	if err != nil {
		b.Fatal(err)
	}
	return ctx
}

func TestCreate(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		child := b.key(b.owner, "integrations.manage", "spool.manage")
		year, soon, past := start.AddDate(1, 0, 0), start.Add(time.Hour+time.Nanosecond), start
		soonStored := start.Add(time.Hour)
		type in = apikey.CreateInput
		for _, tt := range []struct {
			name  string
			actor context.Context
			in    in
			by    *ent.Membership
			ends  *time.Time
			want  errs.Code
			words string
		}{
			{"a key ends in one year where nothing is said", b.as(b.owner), in{Name: "Sync", Scopes: []string{"org.manage_users", "operations.read"}}, b.owner, &year, "", ""},
			{"a key ends when it is said", b.as(b.owner), in{Name: "Sync", Scopes: []string{"queue.manage"}, ExpiresAt: graphql.OmittableOf(&soon)}, b.owner, &soonStored, "", ""},
			{"null is never", b.as(b.owner), in{Name: "Sync", Scopes: []string{"queue.manage"}, ExpiresAt: graphql.OmittableOf[*time.Time](nil)}, b.owner, nil, "", ""},
			{"a person gives what a group gave them", b.as(b.teacher), in{Name: "Sync", Scopes: []string{"integrations.manage", "queue.manage"}}, b.teacher, &year, "", ""},
			{"a key makes a key with a part of its scopes, in its creator's name", child, in{Name: "Sync", Scopes: []string{"spool.manage"}}, b.owner, &year, "", ""},
			{"a key does not give what only its creator has", child, in{Name: "X", Scopes: []string{"spool.manage", "queue.manage"}}, nil, nil, errs.InsufficientPermissions, "queue.manage"},
			{"a person does not give what they lack", b.as(b.teacher), in{Name: "X", Scopes: []string{"printer.manage"}}, nil, nil, errs.InsufficientPermissions, "printer.manage"},
			{"whoever does not manage integrations makes no keys", b.key(b.owner, "queue.manage"), in{Name: "X", Scopes: []string{"queue.manage"}}, nil, nil, errs.InsufficientPermissions, "integrations.manage"},
			{"background work makes no keys", authz.With(b.Context(), authz.System(b.owner.OrganizationID, "sweep")), in{Name: "X", Scopes: []string{"queue.manage"}}, nil, nil, errs.InsufficientPermissions, ""},
			{"an end that is over", b.as(b.owner), in{Name: "X", Scopes: []string{"queue.manage"}, ExpiresAt: graphql.OmittableOf(&past)}, nil, nil, errs.ValidationFailed, "expires_at out_of_range"},
			{"a key without a name", b.as(b.owner), in{Scopes: []string{"queue.manage"}}, nil, nil, errs.ValidationFailed, "name required"},
			{"a name of spaces", b.as(b.owner), in{Name: " ", Scopes: []string{"queue.manage"}}, nil, nil, errs.ValidationFailed, "name required"},
			{"a key without scopes", b.as(b.owner), in{Name: "X"}, nil, nil, errs.ValidationFailed, "scopes required"},
			{"an empty list of scopes", b.as(b.owner), in{Name: "X", Scopes: []string{}}, nil, nil, errs.ValidationFailed, "scopes too_few"},
			{"a scope twice", b.as(b.owner), in{Name: "X", Scopes: []string{"queue.manage", "queue.manage"}}, nil, nil, errs.ValidationFailed, "scopes[1] duplicate"},
			{"a scope that is none", b.as(b.owner), in{Name: "X", Scopes: []string{"*"}}, nil, nil, errs.ValidationFailed, "scopes[0] not_allowed"},
		} {
			before := b.client.Event.Query().CountX(b.system)
			got, err := b.keys.Create(tt.actor, tt.in)
			events := b.client.Event.Query().Order(event.BySequence()).Offset(before).AllX(b.system)
			if tt.want != "" {
				if e := errs.From(err); err == nil || e.Code != tt.want || !strings.Contains(words(e), tt.words) || len(events) > 0 {
					t.Errorf("%s: %v, %d events, want %s %q", tt.name, err, len(events), tt.want, tt.words)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			k := b.client.APIKey.GetX(b.system, got.Key.ID)
			if k.Name != "Sync" || k.CreatedByID != tt.by.ID || k.OrganizationID != tt.by.OrganizationID || !strings.HasPrefix(got.Secret, k.Prefix+"_") {
				t.Errorf("%s: %+v", tt.name, k)
			}
			if diff := cmp.Diff(tt.ends, k.ExpiresAt) + cmp.Diff(tt.ends, got.Key.ExpiresAt) + cmp.Diff(tt.in.Scopes, k.Scopes); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tt.name, diff)
			}
			if len(events) != 1 || events[0].Type != "api_key.created" || events[0].SubjectID != string(k.ID) {
				t.Errorf("%s: events %v", tt.name, events)
			}
		}
	})
}

func words(e *errs.Error) string {
	s := e.Details
	for _, f := range e.Fields {
		s += " " + f.Path + " " + f.Code
	}
	return s
}

// The token works as soon as it is made, in its organization only, and is nowhere to be read afterwards.
func TestTheTokenIsShownOnce(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		got, err := b.keys.Create(b.as(b.owner), apikey.CreateInput{Name: "Sync", Scopes: []string{"spool.manage"}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, err := b.with(got.Secret)
		if a := authz.From(ctx); err != nil || a.Organization != b.owner.OrganizationID || a.Membership != b.owner.ID || !cmp.Equal(a.Can, []authz.Capability{authz.SpoolManage}) {
			t.Errorf("the token's actor: %+v, %v", a, err)
		}
		b.clock.Advance(366 * 24 * time.Hour)
		if _, err := b.with(got.Secret); !errs.Is(err, errs.TokenExpired) {
			t.Errorf("after its time: %v", err)
		}

		part := strings.Split(got.Secret, "_")[3]
		row := b.client.APIKey.GetX(b.system, got.Key.ID)
		if strings.Contains(row.String()+string(row.SecretHash)+row.Prefix, part) {
			t.Errorf("the secret is in the row: %v", row)
		}
		e := b.client.Event.Query().OnlyX(b.system)
		if strings.Contains(string(e.Data), part) || strings.Contains(string(e.Data), "hash") {
			t.Errorf("the secret is in the event: %s", e.Data)
		}
		if n := b.client.APIKey.Query().CountX(authz.With(b.Context(), authz.From(b.as(b.other)))); n != 0 {
			t.Errorf("another organization sees %d keys", n)
		}
	})
}
