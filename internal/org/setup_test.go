package org_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
)

// bundle is two organizations. Ada owns North and is suspended as a student of South, Ben teaches in North and is in a
// group there, Cid is in South only.
type bundle struct {
	*testing.T
	org           *org.Service
	client        *ent.Client
	system        context.Context
	people        *authn.Service
	north, south  *ent.Organization
	ada, ben, cid *ent.User
	adaNorth      *ent.Membership
	adaSouth      *ent.Membership
	benNorth      *ent.Membership
	cidSouth      *ent.Membership
}

func setup(t *testing.T, db *store.DB) *bundle {
	t.Helper()
	client := ent.NewClient(ent.Driver(db.Driver()))
	c := clock.NewFake(time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC))
	b := &bundle{T: t, client: client, system: guard.AsSystem(t.Context()), people: &authn.Service{Client: client, Clock: c}}
	b.org = &org.Service{Ops: &op.Runner{Client: client, Guard: guard.Install(client), Clock: c, Log: slog.New(slog.DiscardHandler)}}

	b.north = client.Organization.Create().SetName("North School").SetSlug("north").SetTimeZone("Europe/Berlin").SetCurrency("EUR").SaveX(b.system)
	b.south = client.Organization.Create().SetName("South Farm").SetSlug("south").SetKind("print_farm").SaveX(b.system)
	b.ada, b.ben, b.cid = b.user("ada"), b.user("ben"), b.user("cid")
	b.adaNorth = b.member(b.north, b.ada, membership.RoleOwner, membership.StatusActive)
	b.adaSouth = b.member(b.south, b.ada, membership.RoleStudent, membership.StatusSuspended)
	b.benNorth = b.member(b.north, b.ben, membership.RoleTeacher, membership.StatusActive)
	b.cidSouth = b.member(b.south, b.cid, membership.RoleAdmin, membership.StatusActive)
	client.UserGroup.Create().SetOrganization(b.north).SetName("Lab helpers").SetGrants([]string{"spool.manage", "queue.manage"}).
		SetDenials([]string{"operations.read"}).AddMembers(b.benNorth).SaveX(b.system)
	return b
}

func (b *bundle) user(name string) *ent.User {
	return b.client.User.Create().SetEmail(name + "@school.example").SetName(name).SetLocale("en-GB").SaveX(b.system)
}

func (b *bundle) member(o *ent.Organization, u *ent.User, role membership.Role, status membership.Status) *ent.Membership {
	return b.client.Membership.Create().SetOrganization(o).SetUser(u).SetRole(role).SetStatus(status).SaveX(b.system)
}

// as is the context of a person's session.
func (b *bundle) as(m *ent.Membership) context.Context {
	a, err := b.people.Person(b.Context(), m.ID)
	if err != nil {
		b.Fatal(err)
	}
	a.ID = "ses_" + m.ID[len("mem_"):]
	return authz.With(b.Context(), a)
}

// key is the context of an API key that the member made.
func (b *bundle) key(m *ent.Membership, scopes ...authz.Capability) context.Context {
	a := *authz.From(b.as(m))
	a.Kind, a.ID, a.Scopes, a.Can = authz.KindAPIKey, pid.ID("key_"+m.ID[len("mem_"):]), scopes, nil
	a.Sources = map[authz.Capability][]string{}
	for _, c := range scopes {
		if authz.From(b.as(m)).Has(c) {
			a.Can = append(a.Can, c)
			a.Sources[c] = []string{"role:" + string(a.Role), "api_key_scope"}
		}
	}
	return authz.With(b.Context(), &a)
}
