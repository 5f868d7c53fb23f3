package roster_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestAddMembersMakesPeopleMembers(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		known := b.south.ada.QueryUser().OnlyX(b.system)
		teacher := membership.RoleTeacher
		got, err := b.roster.AddMembers(b.as(n.admin), roster.AddMembersInput{Members: []roster.NewMember{
			{Email: "New.Kid@North.example", Name: " New Kid ", Locale: "de", ExternalID: "s-1", GradeLevel: "9", ClassIDs: ids(n.chess, n.robotics), UserGroupIDs: ids(n.helpers)},
			{Email: "mentor@north.example", Role: &teacher, ClassIDs: ids(n.chess)},
			{Email: strings.ToUpper(known.Email), Name: "Somebody Else"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		kid, mentor, ada := got[0], got[1], got[2]
		b.equal("events", []string{
			"user.joined " + string(kid.ID), "user.joined " + string(mentor.ID), "user.joined " + string(ada.ID),
			"class.enrolled " + string(n.chess.ID), "class.enrolled " + string(n.robotics.ID), "class.enrolled " + string(n.chess.ID),
		}, b.events(n))
		if kid.OrganizationID != n.org.ID || kid.Role != "student" || kid.Status != "active" || kid.Source != "manual" || kid.ExternalID != "s-1" || kid.GradeLevel != "9" || !kid.CreatedAt.Equal(start) {
			t.Errorf("membership: %+v", kid)
		}
		if u := kid.Edges.User; u.Email != "new.kid@north.example" || u.Name != "New Kid" || u.Locale != "de" || !u.CreatedAt.Equal(start) {
			t.Errorf("user: %+v", u)
		}
		if u := ada.Edges.User; u.ID != known.ID || u.Name != known.Name || ada.ID == b.south.ada.ID {
			t.Errorf("an account that exists: %+v", u)
		}
		if ada.Name != "Somebody Else" || ada.Search != "somebody else "+known.Email || kid.Name != "New Kid" {
			t.Errorf("names are the organization's own: %q, searched as %q, and %q", ada.Name, ada.Search, kid.Name)
		}
		if there := b.client.Membership.GetX(b.system, b.south.ada.ID); there.Name != "ada" {
			t.Errorf("the other school now calls her %q", there.Name)
		}
		b.equal("a student's groups", ids(n.helpers), authz.From(b.as(kid)).Groups)
		b.equal("a student's classes taught", 0, len(authz.From(b.as(kid)).Teaches))
		b.equal("a teacher's classes taught", ids(n.chess), authz.From(b.as(mentor)).Teaches)
		b.equal("the other school's events", 0, len(b.events(b.south)))
	})
}

func TestAddMembersIsAllOrNone(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		operators := b.client.UserGroup.Create().SetOrganization(n.org).SetName("Operators").SetGrants([]string{"printer.manage"}).SaveX(b.system)
		is := func(r membership.Role) func(*roster.NewMember) { return func(m *roster.NewMember) { m.Role = &r } }
		for _, tt := range []struct {
			name  string
			actor context.Context
			with  func(*roster.NewMember)
			want  errs.Code
			words string
		}{
			{"an owner makes an owner", b.as(n.owner), is("owner"), "", ""},
			{"an admin makes an admin", b.as(n.admin), is("admin"), "", ""},
			{"an admin makes no owner", b.as(n.admin), is("owner"), errs.InsufficientPermissions, "owner"},
			{"a student who manages people adds a student", b.as(n.helper), is("student"), "", ""},
			{"a student who manages people makes no teacher", b.as(n.helper), is("teacher"), errs.InsufficientPermissions, "teacher"},
			{"a key makes nobody who could do more than itself", b.key(n.owner, authz.OrgManageUsers), is("teacher"), errs.InsufficientPermissions, "operations.read"},
			{"a key makes whom it could be itself", b.key(n.owner, authz.OrgManageUsers, authz.QueueManage, authz.OperationsRead), is("teacher"), "", ""},
			{"a key of an admin makes no owner", b.key(n.admin, authz.Capabilities()...), is("owner"), errs.InsufficientPermissions, "owner"},
			{"a teacher adds nobody", b.as(n.teacher), is("student"), errs.InsufficientPermissions, "org.manage_users"},
			{"joining a group grants what the actor lacks", b.as(n.helper), func(m *roster.NewMember) { m.UserGroupIDs = ids(operators) }, errs.InsufficientPermissions, "printer.manage"},
			{"joining a group grants what the actor holds", b.as(n.helper), func(m *roster.NewMember) { m.UserGroupIDs = ids(n.helpers) }, "", ""},
			{"another school's class does not exist", b.as(n.admin), func(m *roster.NewMember) { m.ClassIDs = ids(b.south.chess) }, "class_not_found", ""},
			{"another school's group does not exist", b.as(n.admin), func(m *roster.NewMember) { m.UserGroupIDs = ids(b.south.helpers) }, "user_group_not_found", ""},
			{"who is a member is not added", b.as(n.admin), func(m *roster.NewMember) { m.Email = "ADA@north.example" }, errs.AlreadyExists, "ada@north.example"},
			{"a person twice", b.as(n.admin), func(m *roster.NewMember) { m.Email = "First@north.example" }, errs.ValidationFailed, "members[1].email duplicate"},
			{"an address that is none", b.as(n.admin), func(m *roster.NewMember) { m.Email = "=cmd|'/C calc'!A0" }, errs.ValidationFailed, "members[1].email invalid_format"},
			{"an address is missing", b.as(n.admin), func(m *roster.NewMember) { m.Email = "" }, errs.ValidationFailed, "members[1].email required"},
			{"a role that is none", b.as(n.admin), is("platform_admin"), errs.ValidationFailed, "members[1].role not_allowed"},
			{"a class twice", b.as(n.admin), func(m *roster.NewMember) { m.ClassIDs = []pid.ID{n.chess.ID, n.chess.ID} }, errs.ValidationFailed, "members[1].class_ids[1] duplicate"},
		} {
			users, memberships := b.client.User.Query().CountX(b.system), b.client.Membership.Query().CountX(b.system)
			two := []roster.NewMember{{Email: "first@north.example"}, {Email: "second@north.example"}}
			tt.with(&two[1])
			got, err := b.roster.AddMembers(tt.actor, roster.AddMembersInput{Members: two})
			if b.check(tt.name, err, tt.want, tt.words) {
				if wanted := two[1].Role; wanted != nil && got[1].Role != *wanted || got[0].Role != "student" {
					t.Errorf("%s: %+v", tt.name, got)
				}
				b.equal(tt.name+": events", 2, len(b.events(n)))
				b.client.User.Delete().Where(user.EmailIn("first@north.example", "second@north.example")).ExecX(b.system)
				continue
			}
			b.equal(tt.name+": events", []string{}, b.events(n))
			b.equal(tt.name+": users and memberships", []int{users, memberships}, []int{b.client.User.Query().CountX(b.system), b.client.Membership.Query().CountX(b.system)})
		}
		b.equal("enrollments", 0, b.client.Enrollment.Query().Where(enrollment.ClassID(n.chess.ID)).CountX(b.system))
	})
}

// The operator's seeding calls the step by itself, where no operation runs.
func TestJoinSeeds(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		join := func(p roster.Person) (*ent.Membership, error) {
			tx, err := b.client.Tx(b.system)
			if err != nil {
				t.Fatal(err)
			}
			joined, err := roster.Join(b.system, tx, p)
			if err != nil {
				return nil, errors.Join(err, tx.Rollback())
			}
			if err := tx.Commit(); err != nil {
				return nil, err
			}
			return b.client.Membership.Query().Where(membership.ID(joined[0].ID)).WithUser().Only(b.system)
		}
		m, err := join(roster.Person{Organization: b.north.org.ID, Email: "owner@south.example", Role: membership.RoleOwner})
		if err != nil || m.Edges.User.ID != b.south.owner.UserID || m.Role != "owner" || m.CreatedAt.IsZero() {
			t.Errorf("%+v, %v", m, err)
		}
		if again, err := join(roster.Person{Organization: b.north.org.ID, Email: "owner@south.example", Role: membership.RoleStudent}); !errs.Is(err, errs.AlreadyExists) {
			t.Errorf("a member joined again: %+v, %v", again, err)
		}
	})
}

func TestOperationsAreListedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range roster.Ops() {
		if seen[o.Name()] || o.Write == (o.Verb == "list" || o.Verb == "get" || o.Verb == "examine") || !o.System && (o.Summary == "" || len(o.Needs) == 0) {
			t.Errorf("%+v", o)
		}
		seen[o.Name()] = true
	}
}
