package roster_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
)

var start = time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)

// nowhere is well formed and names nothing.
const nowhere = "_01jd4c0n5xe2vb8w6h3ks9qt7m"

// school is one organization: an owner, an admin, a teacher, two students, and a helper, who is a student that a group
// lets manage people and nothing else.
type school struct {
	org                                     *ent.Organization
	owner, admin, teacher, helper, ada, ben *ent.Membership
	robotics, chess                         *ent.Class
	helpers                                 *ent.UserGroup
	lab, attic                              *ent.PrinterGroup
}

// bundle is two schools that are alike.
type bundle struct {
	*testing.T
	roster       *roster.Service
	client       *ent.Client
	system       context.Context
	people       *authn.Service
	clock        *clock.Fake
	north, south school
	seen         map[pid.ID]int64 // sequence of the last event looked at, by organization
}

func setup(t *testing.T, db *store.DB) *bundle {
	t.Helper()
	client := ent.NewClient(ent.Driver(db.Driver()))
	c := clock.NewFake(start)
	b := &bundle{T: t, clock: c, seen: map[pid.ID]int64{}, client: client, system: guard.AsSystem(t.Context()), people: &authn.Service{Client: client, Clock: c}}
	b.roster = &roster.Service{
		Ops: &op.Runner{Client: client, Guard: guard.Install(client), Clock: c, Log: slog.New(slog.DiscardHandler)},
		Join: func(ctx context.Context, tx *ent.Tx, people ...roster.Person) ([]roster.Joined, error) {
			return roster.Join(guard.AsSystem(ctx), tx, people...)
		},
	}
	b.north, b.south = b.school("north"), b.school("south")
	return b
}

func (b *bundle) school(name string) (s school) {
	s.org = b.client.Organization.Create().SetName(name).SetSlug(name).SaveX(b.system)
	for _, p := range []struct {
		into **ent.Membership
		name string
		role membership.Role
	}{
		{&s.owner, "owner", membership.RoleOwner},
		{&s.admin, "admin", membership.RoleAdmin},
		{&s.teacher, "teacher", membership.RoleTeacher},
		{&s.helper, "helper", membership.RoleStudent},
		{&s.ada, "ada", membership.RoleStudent},
		{&s.ben, "ben", membership.RoleStudent},
	} {
		u := b.client.User.Create().SetEmail(p.name + "@" + name + ".example").SetName(p.name).SaveX(b.system)
		*p.into = b.client.Membership.Create().SetOrganization(s.org).SetUser(u).SetRole(p.role).SetName(p.name).
			SetSearch(p.name + " " + u.Email).SaveX(b.system)
	}
	s.robotics = b.client.Class.Create().SetOrganization(s.org).SetName("Robotics").SetJoinCode("join-" + name).SaveX(b.system)
	s.chess = b.client.Class.Create().SetOrganization(s.org).SetName("Chess").SaveX(b.system)
	s.lab = b.client.PrinterGroup.Create().SetOrganization(s.org).SetName("Lab").SaveX(b.system)
	s.attic = b.client.PrinterGroup.Create().SetOrganization(s.org).SetName("Attic").SaveX(b.system)
	s.helpers = b.client.UserGroup.Create().SetOrganization(s.org).SetName("Helpers").SetGrants([]string{"org.manage_users"}).
		AddMembers(s.helper).SaveX(b.system)
	return s
}

// as is the context of a person's session.
func (b *bundle) as(m *ent.Membership) context.Context {
	a, err := b.people.Person(b.Context(), m.ID)
	if err != nil {
		b.Fatal(err)
	}
	return authz.With(b.Context(), a)
}

// key is the context of an API key that the member made.
func (b *bundle) key(m *ent.Membership, scopes ...authz.Capability) context.Context {
	a := *authz.From(b.as(m))
	a.Kind, a.ID, a.Scopes = authz.KindAPIKey, "key"+nowhere, scopes
	a.Can = slices.DeleteFunc(slices.Clone(a.Can), func(c authz.Capability) bool { return !slices.Contains(scopes, c) })
	return authz.With(b.Context(), &a)
}

// events are the school's events since the last call, each as its type and subject.
func (b *bundle) events(s school) []string {
	b.Helper()
	rows := b.client.Event.Query().Where(event.OrganizationID(s.org.ID), event.SequenceGT(b.seen[s.org.ID])).Order(event.BySequence()).AllX(b.system)
	out := []string{}
	for _, e := range rows {
		b.seen[s.org.ID] = e.Sequence
		out = append(out, e.Type+" "+e.SubjectID)
	}
	return out
}

// object is the data of the school's newest event.
func (b *bundle) object(s school) (object, previous map[string]any) {
	b.Helper()
	rows := b.client.Event.Query().Where(event.OrganizationID(s.org.ID)).Order(event.BySequence()).AllX(b.system)
	var data struct{ Object, Previous map[string]any }
	if err := json.Unmarshal(rows[len(rows)-1].Data, &data); err != nil {
		b.Fatal(err)
	}
	return data.Object, data.Previous
}

// check compares an error with the code that a row wants and the words that its details have; "" wants none.
func (b *bundle) check(name string, err error, want errs.Code, words string) bool {
	b.Helper()
	switch e := errs.From(err); {
	case err == nil && want == "":
		return true
	case err == nil || e.Code != want:
		b.Errorf("%s: error %v, want %q", name, err, want)
	case !strings.Contains(e.Details+fieldsOf(e), words):
		b.Errorf("%s: details %q %s, want %q in them", name, e.Details, fieldsOf(e), words)
	}
	return false
}

func fieldsOf(e *errs.Error) string {
	var out []string
	for _, f := range e.Fields {
		out = append(out, f.Path+" "+f.Code)
	}
	return strings.Join(out, ", ")
}

func (b *bundle) equal(name string, want, got any) {
	b.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

func ids[E interface{ RowID() pid.ID }](rows ...E) []pid.ID {
	out := make([]pid.ID, len(rows))
	for i, r := range rows {
		out[i] = r.RowID()
	}
	return out
}

// texts are identifiers as JSON has them.
func texts(ids []pid.ID) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
