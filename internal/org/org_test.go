package org_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestMeListsWhatThePrincipalMayKnow(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		inNorth := org.MeOrganization{ID: b.north.ID, Slug: "north", Name: "North School"}
		inSouth := org.MeOrganization{ID: b.south.ID, Slug: "south", Name: "South Farm"}
		adaNorth := org.MeMembership{ID: b.adaNorth.ID, Organization: inNorth, Role: "owner", Status: "active"}
		adaSouth := org.MeMembership{ID: b.adaSouth.ID, Organization: inSouth, Role: "student", Status: "suspended"}
		benNorth := org.MeMembership{ID: b.benNorth.ID, Organization: inNorth, Role: "teacher", Status: "active"}
		for _, tt := range []struct {
			name   string
			actor  context.Context
			user   *ent.User
			kind   authz.Kind
			scopes []authz.Capability
			want   []org.MeMembership
		}{
			{"a session learns the person's memberships everywhere, those that are not active too", b.as(b.adaNorth), b.ada, "session", []authz.Capability{}, []org.MeMembership{adaNorth, adaSouth}},
			{"a person of one organization learns of that one only", b.as(b.benNorth), b.ben, "session", []authz.Capability{}, []org.MeMembership{benNorth}},
			{"a key learns its creator and its one organization", b.key(b.adaNorth, authz.SpoolManage), b.ada, "api_key", []authz.Capability{authz.SpoolManage}, []org.MeMembership{adaNorth}},
			{"a key without a scope that holds may still ask", b.key(b.benNorth, authz.OrgManageUsers), b.ben, "api_key", []authz.Capability{authz.OrgManageUsers}, []org.MeMembership{benNorth}},
		} {
			out, err := b.org.Me(tt.actor, org.MeInput{})
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			want := &org.MeOutput{
				User:        org.MeUser{ID: tt.user.ID, Email: tt.user.Email, Name: tt.user.Name, Locale: "en-GB"},
				Principal:   org.MePrincipal{Type: tt.kind, ID: authz.From(tt.actor).ID, Scopes: tt.scopes},
				Memberships: tt.want,
			}
			if diff := cmp.Diff(want, out); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tt.name, diff)
			}
		}
	})
}

func TestContextSaysWhatMayBeDoneAndWhy(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		type sources = map[authz.Capability][]string
		owner := sources{}
		for _, c := range authz.Capabilities() {
			owner[c] = []string{"role:owner"}
		}
		for _, tt := range []struct {
			name  string
			actor context.Context
			in    *ent.Membership
			want  []authz.Capability
			why   sources
		}{
			{"an owner may do everything, by the role", b.as(b.adaNorth), b.adaNorth, authz.Capabilities(), owner},
			{
				"a group adds to a teacher's capabilities, and its denial wins", b.as(b.benNorth), b.benNorth, []authz.Capability{authz.QueueManage, authz.SpoolManage},
				sources{authz.QueueManage: {"role:teacher", "user_group:Lab helpers"}, authz.SpoolManage: {"user_group:Lab helpers"}},
			},
			{
				"a key may do what its scopes and its creator's role have in common", b.key(b.adaNorth, authz.SpoolManage, authz.QueueManage), b.adaNorth,
				[]authz.Capability{authz.QueueManage, authz.SpoolManage},
				sources{authz.QueueManage: {"role:owner", "api_key_scope"}, authz.SpoolManage: {"role:owner", "api_key_scope"}},
			},
			{"a key whose creator lacks its scope may do nothing, and says so", b.key(b.benNorth, authz.OrgManageUsers), b.benNorth, []authz.Capability{}, sources{}},
		} {
			out, err := b.org.Context(tt.actor, org.ContextInput{})
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			want := &org.ContextOutput{
				Organization: org.ContextOrganization{ID: b.north.ID, Slug: "north", Name: "North School", Kind: "school", TimeZone: "Europe/Berlin", Locale: "en", Currency: "EUR"},
				Membership:   org.ContextMembership{ID: tt.in.ID, UserID: tt.in.UserID, Role: tt.in.Role, Status: "active", Source: "manual"},
				Capabilities: tt.want, CapabilitySources: tt.why, Settings: b.north.Settings, Version: b.north.Version,
			}
			if diff := cmp.Diff(want, out); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tt.name, diff)
			}
		}
	})
}

func TestContextIsThatOfTheActorsOrganization(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		out, err := b.org.Context(b.as(b.cidSouth), org.ContextInput{})
		if err != nil || out.Organization.ID != b.south.ID || out.Membership.ID != b.cidSouth.ID {
			t.Errorf("%+v, %v", out, err)
		}
		stray := *authz.From(b.as(b.cidSouth)) // no adapter makes such an actor
		stray.Membership = b.adaNorth.ID
		if _, err := b.org.Context(authz.With(b.Context(), &stray), org.ContextInput{}); !errs.Is(err, "organization_not_found") {
			t.Errorf("another organization's membership: %v", err)
		}
	})
}

func TestOnlyMembersAndKeysMayAsk(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		for _, tt := range []struct {
			name  string
			actor context.Context
			want  errs.Code
		}{
			{"nobody is asked for a token", b.Context(), errs.MissingBearerToken},
			{"background work is nobody's", authz.With(b.Context(), authz.System(b.north.ID, "sweep")), errs.InsufficientPermissions},
		} {
			if _, err := b.org.Me(tt.actor, org.MeInput{}); !errs.Is(err, tt.want) {
				t.Errorf("me: %s: %v", tt.name, err)
			}
			if _, err := b.org.Context(tt.actor, org.ContextInput{}); !errs.Is(err, tt.want) {
				t.Errorf("context: %s: %v", tt.name, err)
			}
		}
	})
}

// The answers cost a fixed number of statements, whatever they hold.
func TestStatements(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		counted, counter := store.WithCounter(b.as(b.adaNorth))
		if _, err := b.org.Me(counted, org.MeInput{}); err != nil || counter.Count() != 2 {
			t.Errorf("me: %v, %q", err, counter.Statements())
		}
		counted, counter = store.WithCounter(b.as(b.adaNorth))
		if _, err := b.org.Context(counted, org.ContextInput{}); err != nil || counter.Count() != 2 {
			t.Errorf("context: %v, %q", err, counter.Statements())
		}
	})
}

// Lists and maps are never null in JSON.
func TestNothingIsNull(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		me, err := b.org.Me(b.as(b.benNorth), org.MeInput{})
		if err != nil {
			t.Fatal(err)
		}
		where, err := b.org.Context(b.key(b.benNorth), org.ContextInput{})
		if err != nil {
			t.Fatal(err)
		}
		for path, v := range map[string]any{"scopes": me.Principal.Scopes, "capabilities": where.Capabilities, "capability_sources": where.CapabilitySources} {
			if text, _ := json.Marshal(v); string(text) == "null" {
				t.Errorf("%s is null", path)
			}
		}
	})
}
