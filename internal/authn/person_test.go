package authn_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func contextThatEnded(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
}

const all = "operations.read queue.manage printer.manage spool.manage integrations.manage org.manage_users"

// group is what one of a person's user groups does.
type group struct{ grants, denials []string }

func TestCapabilities(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		for n, c := range []struct {
			name         string
			role         authz.Role
			groups       []group
			session      string
			scopes       []string
			key, because string
		}{
			{name: "an owner may do all, their key what its scopes name", role: authz.RoleOwner, session: all,
				scopes: []string{"spool.manage"}, key: "spool.manage", because: "role:owner api_key_scope"},
			{name: "a key has no scope", role: authz.RoleOwner, session: all},
			{name: "a scope that the creator's role lacks is worth nothing", role: authz.RoleTeacher, session: "operations.read queue.manage",
				scopes: []string{"printer.manage", "queue.manage"}, key: "queue.manage", because: "role:teacher api_key_scope"},
			{name: "all scopes of a student's key are worth nothing", role: authz.RoleStudent, scopes: strings.Fields(all)},
			{name: "a group grants", role: authz.RoleStudent, groups: []group{{grants: []string{"spool.manage"}}}, session: "spool.manage",
				scopes: strings.Fields(all), key: "spool.manage", because: "user_group:G0 api_key_scope"},
			{name: "a group denies", role: authz.RoleTeacher, groups: []group{{denials: []string{"queue.manage"}}}, session: "operations.read",
				scopes: []string{"queue.manage"}},
			{name: "a denial wins over a grant of the same group", role: authz.RoleStudent,
				groups: []group{{grants: []string{"spool.manage"}, denials: []string{"spool.manage"}}}},
			{name: "a denial wins over a grant of a later group", role: authz.RoleOperator,
				groups: []group{{denials: []string{"spool.manage"}}, {grants: []string{"spool.manage"}}}, session: "operations.read queue.manage printer.manage"},
			{name: "an owner can be denied", role: authz.RoleOwner, groups: []group{{denials: strings.Fields(all)}}, scopes: strings.Fields(all)},
			{name: "words that are no capability grant nothing", role: authz.RoleStudent,
				groups: []group{{grants: []string{"*", "admin", "spool.*", ""}}}, scopes: []string{"*", "admin"}},
			{name: "a capability has two reasons", role: authz.RoleTeacher, groups: []group{{grants: []string{"queue.manage"}}}, session: "operations.read queue.manage",
				scopes: []string{"queue.manage"}, key: "queue.manage", because: "role:teacher user_group:G0 api_key_scope"},
		} {
			b.us = b.Organization(t, fmt.Sprintf("school-%d", n))
			m := b.member(t, c.role)
			for i, g := range c.groups {
				b.group(t, fmt.Sprintf("G%d", i), g.grants, g.denials, m)
			}
			a, err := b.as(t, b.session(t, m))
			must(t, err)
			if can(a) != c.session || a.Scopes != nil {
				t.Errorf("%s: the session may %q, want %q", c.name, can(a), c.session)
			}
			a, err = b.as(t, b.key(t, m, func(k *ent.APIKeyCreate) { k.SetScopes(append([]string{}, c.scopes...)) }))
			must(t, err)
			if can(a) != c.key || len(a.Scopes) != len(c.scopes) {
				t.Errorf("%s: the key may %q, want %q", c.name, can(a), c.key)
			}
			if len(a.Can) > 0 && strings.Join(a.Sources[a.Can[0]], " ") != c.because || len(a.Sources) != len(a.Can) {
				t.Errorf("%s: the key may because of %v", c.name, a.Sources)
			}
		}
	})
}

func TestTheActorOfAPerson(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		m := b.member(t, authz.RoleTeacher)
		taught, assisted, visited := b.enrolled(t, m, enrollment.RoleTeacher), b.enrolled(t, m, enrollment.RoleAssistant), b.enrolled(t, m, enrollment.RoleStudent)
		b.enrolled(t, b.us.Owner, enrollment.RoleTeacher)
		b.enrolled(t, b.them.Owner, enrollment.RoleTeacher)
		printers := b.Raw.PrinterGroup.Create().SetOrganizationID(b.us.ID).SetName("Lab").SaveX(t.Context())
		mine := b.group(t, "Helpers", nil, nil, m)
		mine.Update().AddPrinterGroups(printers).ExecX(t.Context())
		b.group(t, "Others", strings.Fields(all), nil, b.us.Owner)

		token := b.session(t, m)
		got, err := b.as(t, token)
		must(t, err)
		slices.Sort(got.Teaches)
		slices.Sort(got.Attends)
		want := &authz.Actor{
			Kind: authz.KindSession, ID: pid.ID("ses_" + token.ID), Organization: b.us.ID, Membership: m.ID, User: m.UserID, Role: authz.RoleTeacher,
			Can:     authz.RoleTeacher.Capabilities(),
			Sources: map[authz.Capability][]string{authz.OperationsRead: {"role:teacher"}, authz.QueueManage: {"role:teacher"}},
			Teaches: sorted(taught, assisted), Leads: sorted(taught), Attends: sorted(taught, assisted, visited),
			Printers: []pid.ID{printers.ID}, Groups: []pid.ID{mine.ID},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("session (-want +got):\n%s", d)
		}

		key := b.key(t, m)
		a, err := b.as(t, key)
		must(t, err)
		if a.Kind != authz.KindAPIKey || a.ID != pid.ID("key_"+key.ID) || a.Membership != m.ID || a.Role != authz.RoleTeacher || len(a.Attends) != 3 {
			t.Errorf("key: %+v", a)
		}
		p, err := b.s.Person(t.Context(), m.ID)
		must(t, err)
		if p.Kind != authz.KindSession || p.ID != m.ID || can(p) != can(got) {
			t.Errorf("person: %+v", p)
		}
	})
}

func sorted(ids ...pid.ID) []pid.ID {
	slices.Sort(ids)
	return ids
}

func TestPersonIsOneWhoMayAct(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		_, err := b.s.Person(t.Context(), b.member(t, authz.RoleOwner, status(membership.StatusSuspended)).ID)
		wantCode(t, "a suspended member", err, errs.MembershipNotActive)
		if _, err := b.s.Person(t.Context(), pid.New("mem")); !ent.IsNotFound(err) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// What a membership gains or loses shows at the next request: nothing is remembered between two.
func TestNothingIsCached(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		m := b.member(t, authz.RoleOperator)
		key, session := b.key(t, m), b.session(t, m)
		ctx := t.Context()
		var helpers *ent.UserGroup
		for _, c := range []struct {
			name  string
			given func()
			can   string
			code  errs.Code
		}{
			{name: "as it was", given: func() {}, can: "operations.read queue.manage printer.manage spool.manage"},
			{name: "demoted", given: func() { m.Update().SetRole("teacher").ExecX(ctx) }, can: "operations.read queue.manage"},
			{name: "granted", given: func() { helpers = b.group(t, "Helpers", []string{"spool.manage"}, nil, m) }, can: "operations.read queue.manage spool.manage"},
			{name: "denied", given: func() { helpers.Update().SetDenials([]string{"operations.read"}).ExecX(ctx) }, can: "queue.manage spool.manage"},
			{name: "out of the group", given: func() { helpers.Update().RemoveMembers(m).ExecX(ctx) }, can: "operations.read queue.manage"},
			{name: "suspended", given: func() { m.Update().SetStatus("suspended").ExecX(ctx) }, code: errs.MembershipNotActive},
			{name: "back, as an owner", given: func() { m.Update().SetStatus("active").SetRole("owner").ExecX(ctx) }, can: all},
			{name: "removed", given: func() { b.Raw.Membership.DeleteOne(m).ExecX(ctx) }, code: errs.InvalidToken},
		} {
			c.given()
			for kind, token := range map[string]func() (*authz.Actor, error){
				"key":     func() (*authz.Actor, error) { return b.as(t, key) },
				"session": func() (*authz.Actor, error) { return b.as(t, session) },
			} {
				a, err := token()
				wantCode(t, c.name+", "+kind, err, c.code)
				if err == nil && can(a) != c.can {
					t.Errorf("%s: the %s may %q, want %q", c.name, kind, can(a), c.can)
				}
			}
		}
	})
}
