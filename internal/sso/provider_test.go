package sso

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/identity"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestProviderIsRefused(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	microsoft, okta := ssoprovider.ProfileMicrosoft, ssoprovider.ProfileOkta
	for _, test := range []struct {
		name   string
		change func(*CreateProviderInput)
		want   string // path and code of the field, or the code
	}{
		{"without an issuer where all have their own", func(in *CreateProviderInput) { in.Profile, in.Issuer = &okta, "" }, "issuer required"},
		{"everybody's Microsoft", func(in *CreateProviderInput) {
			in.Profile, in.Issuer = &microsoft, "https://login.microsoftonline.com/common/v2.0"
		}, "issuer not_allowed"},
		{"consumers of Microsoft", func(in *CreateProviderInput) {
			in.Profile, in.Issuer = &microsoft, "https://login.microsoftonline.com/Consumers/v2.0"
		}, "issuer not_allowed"},
		{"an issuer with a user", func(in *CreateProviderInput) { in.Issuer = "https://a@id.example" }, "issuer invalid_format"},
		{"an issuer with a query", func(in *CreateProviderInput) { in.Issuer = "https://id.example?x=1" }, "issuer invalid_format"},
		{"an issuer with a fragment", func(in *CreateProviderInput) { in.Issuer = "https://id.example#x" }, "issuer invalid_format"},
		{"an issuer that is a file", func(in *CreateProviderInput) { in.Issuer = "file:///etc/passwd" }, "issuer invalid_format"},
		{"an issuer in capitals", func(in *CreateProviderInput) { in.Issuer = "https://ID.example" }, "issuer not_canonical"},
		{"an issuer with its own port", func(in *CreateProviderInput) { in.Issuer = "https://id.example:443/x" }, "issuer not_canonical"},
		{"an issuer that climbs", func(in *CreateProviderInput) { in.Issuer = "https://id.example/a/../b" }, "issuer not_canonical"},
		{"the address of the discovery document", func(in *CreateProviderInput) { in.Issuer = "https://id.example/x" + wellKnown }, "issuer not_canonical"},
		{"an issuer inside of the network", func(in *CreateProviderInput) { in.Issuer = "https://inside.example" }, "endpoint_address_blocked"},
		{"the cloud's metadata", func(in *CreateProviderInput) { in.Issuer = "https://169.254.169.254" }, "endpoint_address_blocked"},
		{"scopes without openid", func(in *CreateProviderInput) { in.Scopes = []string{"email"} }, "scopes required"},
		{"two scopes in one", func(in *CreateProviderInput) { in.Scopes = []string{"openid", "a b"} }, "scopes[1] invalid_format"},
		{"a redirect by http", func(in *CreateProviderInput) { in.RedirectURIs = []string{"http://print.school.example/"} }, "redirect_uris[0] invalid_format"},
		{"a redirect with a fragment", func(in *CreateProviderInput) { in.RedirectURIs = []string{"https://print.school.example/#x"} }, "redirect_uris[0] invalid_format"},
		{"a redirect into a program", func(in *CreateProviderInput) { in.RedirectURIs = []string{"javascript:alert(1)"} }, "redirect_uris[0] invalid_format"},
		{"no name", func(in *CreateProviderInput) { in.Name = "" }, "name required"},
		{"no client", func(in *CreateProviderInput) { in.ClientID = "" }, "client_id required"},
		{"a slug that is no word", func(in *CreateProviderInput) { in.Slug = "Not A Slug" }, "slug invalid_format"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := CreateProviderInput{Name: "School", Issuer: "https://id.school.example", ClientID: "soloprint"}
			test.change(&in)
			_, err := b.sso.CreateProvider(b.ctx, in)
			got := string(errs.From(err).Code)
			for _, f := range errs.From(err).Fields {
				got = f.Path + " " + f.Code
			}
			if got != test.want {
				t.Errorf("got %s, want %s (%v)", got, test.want, err)
			}
		})
	}
}

// Each product's provider begins with what its profile says, and as a draft.
func TestProviderProfiles(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	known, err := b.sso.Profiles(b.ctx, ProfilesInput{})
	must(t, err)
	if len(known.Data) != 8 {
		t.Fatalf("%d profiles", len(known.Data))
	}
	for _, profile := range known.Data {
		in := CreateProviderInput{Name: profile.Title, Profile: &profile.Profile, ClientID: "x"}
		if profile.Issuer == "" {
			in.Issuer = "https://" + string(profile.Profile) + ".school.example/" + "7b0e2d36-58a0-4f2a-8f3f-3a0b9c1f7a55/v2.0"
		}
		p, err := b.sso.CreateProvider(b.ctx, in)
		must(t, err)
		if p.State != ssoprovider.StateDraft || p.AutoCreate != ssoprovider.AutoCreateOff || p.DefaultRole != ssoprovider.DefaultRoleStudent || p.ForceSSO ||
			!slices.Equal(p.Scopes, profile.Scopes) || p.Claims != profile.Claims || profile.Issuer != "" && p.Issuer != profile.Issuer {
			t.Errorf("%s: %v", profile.Title, p)
		}
		if profile.RedirectURI != "https://print.school.example/auth/callback" || len(profile.Help) < 2 {
			t.Errorf("%s: %s, %d steps", profile.Title, profile.RedirectURI, len(profile.Help))
		}
	}
	_, err = b.sso.Profiles(b.us.As(t, authz.RoleOperator), ProfilesInput{})
	refused(t, err, errs.InsufficientPermissions)
}

// Slugs that nobody chose are made of the name, and of other letters of the product; one that is taken is refused.
func TestProviderSlug(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	var got []string
	for _, name := range []string{"Riverside Google!", "Riverside Google", "学校", "学校"} {
		p, err := b.sso.CreateProvider(b.ctx, CreateProviderInput{Name: name, Issuer: "https://id.example", ClientID: "x"})
		must(t, err)
		got = append(got, p.Slug)
	}
	if want := []string{"riverside-google", "riverside-google-2", "other", "other-2"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	_, err := b.sso.CreateProvider(b.ctx, CreateProviderInput{Name: "x", Slug: "other", Issuer: "https://id.example", ClientID: "x"})
	refused(t, err, errs.AlreadyExists)
}

// The secret is sealed for its row, stands in no event, and goes to no other issuer.
func TestProviderSecret(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		const plain = "canary-of-a-client-secret"
		p, err := b.sso.CreateProvider(b.ctx, CreateProviderInput{Name: "School", Issuer: "https://id.school.example", ClientID: "x", ClientSecret: plain})
		must(t, err)
		other, err := b.sso.CreateProvider(b.ctx, CreateProviderInput{Name: "Other", Issuer: "https://id.school.example", ClientID: "x", ClientSecret: plain})
		must(t, err)
		row := b.Raw.SSOProvider.GetX(t.Context(), p.ID)
		if opened, err := b.Secrets.Open(place(p.ID), row.ClientSecret); err != nil || string(opened) != plain || strings.Contains(string(row.ClientSecret), plain) {
			t.Errorf("opened %q, %v", opened, err)
		}
		if _, err := b.Secrets.Open(place(other.ID), row.ClientSecret); err == nil {
			t.Error("the secret opens in another row")
		}
		secretOf := func() []byte { return b.Raw.SSOProvider.GetX(t.Context(), p.ID).ClientSecret }
		update := func(in UpdateProviderInput) {
			t.Helper()
			in.ProviderID = p.ID
			_, err := b.sso.UpdateProvider(b.ctx, in)
			must(t, err)
		}
		update(UpdateProviderInput{Name: changed("Renamed")})
		if !slices.Equal(secretOf(), row.ClientSecret) {
			t.Error("a change of the name touched the secret")
		}
		update(UpdateProviderInput{Issuer: changed("https://mine.example")})
		if len(secretOf()) > 0 {
			t.Error("the secret went to another issuer")
		}
		update(UpdateProviderInput{ClientSecret: changed(plain + "2"), Issuer: changed("https://id.school.example")})
		if opened, err := b.Secrets.Open(place(p.ID), secretOf()); err != nil || string(opened) != plain+"2" {
			t.Errorf("opened %q, %v", opened, err)
		}
		update(UpdateProviderInput{ClientSecret: graphql.OmittableOf[*string](nil)})
		if len(secretOf()) > 0 {
			t.Error("null did not take the secret away")
		}
		for _, e := range b.us.EventRows(t) {
			if strings.Contains(string(e.Data), "canary") {
				t.Errorf("%s tells the secret: %s", e.Type, e.Data)
			}
		}
	})
}

// What changes is an event; what does not is none. A change forgets what the last test found, and a telemetry is no change.
func TestProviderUpdate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		p := b.provider(t, domains("school.example"))
		tested, err := b.sso.TestProvider(b.ctx, TestProviderInput{ProviderID: p.ID})
		must(t, err)
		if tested.LastTest == nil || tested.LastTest.OK || tested.Version != p.Version || !tested.LastTest.At.Equal(testkit.Start()) {
			t.Errorf("version %d after %d: %+v", tested.Version, p.Version, tested.LastTest)
		}
		since := len(b.us.Events(t))
		same, err := b.sso.UpdateProvider(b.ctx, UpdateProviderInput{ProviderID: p.ID, Name: changed(p.Name), Domains: omit([]string{"school.example"}), State: changed("enabled"), Scopes: omit(p.Scopes)})
		must(t, err)
		if same.Version != p.Version || same.LastTest == nil {
			t.Error("what is the same is a change")
		}
		now, err := b.sso.UpdateProvider(b.ctx, UpdateProviderInput{ProviderID: p.ID, AutoCreate: changed(ssoprovider.AutoCreateActive), ForceSSO: changed(true), RedirectURIs: omit([]string{"https://front.example/in"})})
		must(t, err)
		if now.LastTest != nil || now.AutoCreate != ssoprovider.AutoCreateActive || !now.ForceSSO || len(now.RedirectUris) != 1 || len(now.Domains) != 1 {
			t.Errorf("%v", now)
		}
		_, err = b.sso.UpdateProvider(b.ctx, UpdateProviderInput{ProviderID: p.ID, IfMatch: fmt.Sprint(p.Version), Name: changed("Late")})
		refused(t, err, errs.PreconditionFailed)
		microsoft := UpdateProviderInput{ProviderID: p.ID, Profile: changed(ssoprovider.ProfileMicrosoft), Issuer: changed("https://login.microsoftonline.com/common/v2.0")}
		_, err = b.sso.UpdateProvider(b.ctx, microsoft)
		refused(t, err, errs.ValidationFailed)
		emitted(t, b.us, since, "sso_provider.updated")
	})
}

// Who is below the default role does not set it, nor take over what it gives; where owners sign in, an owner says who they are.
func TestProviderAuthority(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		admin := b.us.As(t, authz.RoleAdmin)
		owners, admins := defaultRole(authz.RoleOwner), defaultRole(authz.RoleAdmin)
		for _, test := range []struct {
			name string
			ctx  context.Context
			role *ssoprovider.DefaultRole
			want errs.Code
		}{
			{"an admin makes no owners", admin, &owners, errs.InsufficientPermissions},
			{"an admin makes admins", admin, &admins, ""},
			{"a key without its capabilities makes no admins", b.us.Key(t, authz.OrgManageUsers), &admins, errs.InsufficientPermissions},
			{"a teacher makes no providers", b.us.As(t, authz.RoleTeacher), nil, errs.InsufficientPermissions},
		} {
			_, err := b.sso.CreateProvider(test.ctx, CreateProviderInput{Name: "x", Issuer: "https://id.example", ClientID: "x", DefaultRole: test.role})
			if test.want == "" && err != nil || test.want != "" && !errs.Is(err, test.want) {
				t.Errorf("%s: %v", test.name, err)
			}
		}

		p := b.provider(t)
		take := UpdateProviderInput{ProviderID: p.ID, Claims: changed(p.Claims)}
		take.Claims.Value().Subject = "employee_id"
		_, err := b.sso.UpdateProvider(admin, take)
		must(t, err)
		b.Raw.Identity.Create().SetOrganizationID(b.us.ID).SetProvider(p).SetUserID(b.us.Owner.UserID).SetIssuer(p.Issuer).SetSubject("1").ExecX(t.Context())
		_, err = b.sso.UpdateProvider(admin, UpdateProviderInput{ProviderID: p.ID, Issuer: changed("https://mine.example")})
		refused(t, err, errs.InsufficientPermissions)
		_, err = b.sso.UpdateProvider(admin, UpdateProviderInput{ProviderID: p.ID, Name: changed("School")})
		must(t, err)
		_, err = b.sso.UpdateProvider(b.ctx, UpdateProviderInput{ProviderID: p.ID, Issuer: changed("https://mine.example")})
		must(t, err)
	})
}

// With a provider go its mappings and identities, and the sessions that it opened end; others stay.
func TestProviderDelete(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		s := b.school(t, b.provider(t))
		s.maps(t, "0 staff: groups equals Staff -> role:teacher class:5a")
		m := b.us.Member(t, authz.RoleStudent)
		s.does(t, m, `{"groups":["Staff"]}`)
		other := b.provider(t)
		open := func(p *ent.SSOProvider, hash byte) *ent.Session {
			return b.Raw.Session.Create().SetOrganizationID(b.us.ID).SetMembership(m).SetSecretHash([]byte{hash}).SetOpenedBy(session.OpenedBySSO).SetProvider(p).SetExpiresAt(testkit.Start().Add(time.Hour)).SaveX(t.Context())
		}
		ended, stays := open(s.provider, 1), open(other, 2)
		b.Raw.Identity.Create().SetOrganizationID(b.us.ID).SetProvider(s.provider).SetUserID(m.UserID).SetIssuer(s.provider.Issuer).SetSubject("1").ExecX(t.Context())

		since := len(b.us.Events(t))
		_, err := b.sso.DeleteProvider(b.ctx, DeleteProviderInput{ProviderID: s.provider.ID})
		must(t, err)
		emitted(t, b.us, since, "sso_provider.deleted")
		if b.Raw.Session.GetX(t.Context(), ended.ID).RevokedAt == nil || b.Raw.Session.GetX(t.Context(), stays.ID).RevokedAt != nil {
			t.Error("the wrong sessions ended")
		}
		left := b.Raw.SSOGroupMapping.Query().Where(ssogroupmapping.ProviderID(s.provider.ID)).CountX(t.Context()) + b.Raw.Identity.Query().Where(identity.ProviderID(s.provider.ID)).CountX(t.Context())
		if got := s.is(t, m); left != 0 || got != "teacher class:5a" {
			t.Errorf("%d rows are left, and the member is %s", left, got)
		}
	})
}

// There are 20 providers, and not one more.
func TestProvidersAreBounded(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	for range maxProviders {
		b.provider(t)
	}
	_, err := b.sso.CreateProvider(b.ctx, CreateProviderInput{Name: "One more", Issuer: "https://id.example", ClientID: "x"})
	refused(t, err, errs.SSOLimitReached)
}

// Every operation stands in the list that docs and tests walk, with a capability or as the system's, and what it writes is told.
func TestOps(t *testing.T) {
	for _, o := range Ops() {
		if len(o.Needs) == 0 && !o.System || !o.System && o.Summary == "" {
			t.Errorf("%s: %v", o.Name(), o)
		}
	}
	for _, typ := range []event.Type{"sso_provider.created", "sso_provider.updated", "sso_provider.deleted", "sso_group_mapping.created", event.SSOMappingApplied} {
		if !typ.Known() {
			t.Errorf("%s is in no catalogue", typ)
		}
	}
}
