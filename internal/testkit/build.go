package testkit

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/store"
)

// Start is when the clock of every Kit stands at the beginning: a school day.
func Start() time.Time { return time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC) }

// Kit is a database with what runs operations on it, as the program has it.
type Kit struct {
	Raw     *ent.Client // without guard, for what a test prepares and looks at
	Ops     *op.Runner  // on a client of its own, guarded
	Clock   *clock.Fake
	Secrets *secret.Box

	mu        sync.Mutex
	committed []event.Type
}

// NewKit makes a kit on the database.
func NewKit(t testing.TB, db *store.DB) *Kit {
	t.Helper()
	box, err := secret.New(make([]byte, secret.KeySize))
	if err != nil {
		t.Fatalf("make secrets: %v", err)
	}
	k := &Kit{Raw: ent.NewClient(ent.Driver(db.Driver())), Clock: clock.NewFake(Start()), Secrets: box}
	guarded := ent.NewClient(ent.Driver(db.Driver()))
	k.Ops = &op.Runner{Client: guarded, Guard: guard.Install(guarded), Clock: k.Clock, Log: slog.New(slog.DiscardHandler), Committed: k.note}
	return k
}

func (k *Kit) note(_ pid.ID, types []event.Type) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.committed = append(k.committed, types...)
}

// Committed is what operations reported after their commits, in order.
func (k *Kit) Committed() []event.Type {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]event.Type(nil), k.committed...)
}

// Organization is an organization with an owner.
type Organization struct {
	*ent.Organization
	Owner *ent.Membership

	kit *Kit
}

// Organization makes one with default settings. The slug is its name too.
func (k *Kit) Organization(t testing.TB, slug string) *Organization {
	t.Helper()
	row := k.Raw.Organization.Create().SetName(slug).SetSlug(slug).SaveX(t.Context())
	o := &Organization{Organization: row, kit: k}
	o.Owner = o.Member(t, authz.RoleOwner)
	return o
}

// Member makes a person with an active membership.
func (o *Organization) Member(t testing.TB, role authz.Role) *ent.Membership {
	t.Helper()
	user := o.kit.Raw.User.Create().SetEmail(string(pid.New("usr")) + "@example.org").SetName(string(role)).SaveX(t.Context())
	return o.kit.Raw.Membership.Create().SetOrganizationID(o.ID).SetUserID(user.ID).SetRole(membershipRole(role)).SetStatus("active").
		SetName(string(role)).SetSearch(listing.Fold(string(role), user.Email)).SaveX(t.Context())
}

// As is the test's context with a session of a new member in the role.
func (o *Organization) As(t testing.TB, role authz.Role) context.Context {
	t.Helper()
	return o.Session(t, o.Member(t, role))
}

// Session is the test's context with a session of the member.
func (o *Organization) Session(t testing.TB, m *ent.Membership) context.Context {
	t.Helper()
	role := authz.Role(m.Role)
	return authz.With(t.Context(), &authz.Actor{
		Kind: authz.KindSession, ID: pid.New("ses"), Organization: o.ID, Membership: m.ID, User: m.UserID, Role: role, Can: role.Capabilities(),
	})
}

// Key is the test's context with an API key of the owner that has the scopes.
func (o *Organization) Key(t testing.TB, scopes ...authz.Capability) context.Context {
	t.Helper()
	return authz.With(t.Context(), &authz.Actor{
		Kind: authz.KindAPIKey, ID: pid.New("key"), Organization: o.ID, Membership: o.Owner.ID, User: o.Owner.UserID,
		Role: authz.RoleOwner, Scopes: scopes, Can: scopes,
	})
}

// System is the test's context with background work of the organization.
func (o *Organization) System(t testing.TB) context.Context {
	t.Helper()
	return authz.With(t.Context(), authz.System(o.ID, "test"))
}

// Events are the types of the organization's events so far, in order. It fails the test where their numbers have a gap.
func (o *Organization) Events(t testing.TB) []string {
	t.Helper()
	rows := o.EventRows(t)
	types := make([]string, len(rows))
	for i, r := range rows {
		if r.Sequence != int64(i)+1 {
			t.Errorf("event %d has the number %d", i+1, r.Sequence)
		}
		types[i] = r.Type
	}
	return types
}
