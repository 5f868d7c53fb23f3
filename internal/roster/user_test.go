package roster_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// text is a patch of a text.
func text(s string) graphql.Omittable[*string] { return to(s) }

// to is a change to a value.
func to[T any](v T) graphql.Omittable[*T] { return graphql.OmittableOf(&v) }

// list reads the names of the people that a list shows, in its order.
func (b *bundle) list(ctx context.Context, in roster.ListUsersInput) ([]string, error) {
	l, err := b.roster.ListUsers(ctx, in)
	names := []string{}
	for _, m := range l.Data {
		names = append(names, m.Name)
	}
	return names, err
}

func TestListUsers(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		for _, s := range []school{n, b.south} {
			b.client.Enrollment.Create().SetOrganization(s.org).SetClass(s.robotics).SetMembership(s.ada).SaveX(b.system)
		}
		b.client.Membership.UpdateOne(n.ben).SetStatus("pending").ExecX(b.system)
		type filters = listing.Memberships
		for _, tt := range []struct {
			name  string
			actor context.Context
			in    roster.ListUsersInput
			want  []string
			code  errs.Code
		}{
			{"everybody, by name", b.as(n.admin), roster.ListUsersInput{}, []string{"ada", "admin", "ben", "helper", "owner", "teacher"}, ""},
			{"whom a group lets manage people", b.as(n.helper), roster.ListUsersInput{}, []string{"ada", "admin", "ben", "helper", "owner", "teacher"}, ""},
			{"by roles", b.as(n.admin), roster.ListUsersInput{Memberships: filters{Role: []membership.Role{"owner", "teacher"}}}, []string{"owner", "teacher"}, ""},
			{"by status", b.as(n.admin), roster.ListUsersInput{Memberships: filters{Status: []membership.Status{"pending"}}}, []string{"ben"}, ""},
			{"by class", b.as(n.admin), roster.ListUsersInput{ClassID: ids(n.robotics)}, []string{"ada"}, ""},
			{"by a class of another school", b.as(n.admin), roster.ListUsersInput{ClassID: ids(b.south.robotics)}, []string{}, ""},
			{"by user group", b.as(n.admin), roster.ListUsersInput{Memberships: filters{UserGroupID: ids(n.helpers)}}, []string{"helper"}, ""},
			{"by a part of the name, in any case", b.as(n.admin), roster.ListUsersInput{Memberships: filters{Q: "AD"}}, []string{"ada", "admin"}, ""},
			{"by mail address", b.as(n.admin), roster.ListUsersInput{Memberships: filters{Q: "teacher@north"}}, []string{"teacher"}, ""},
			{"the last first", b.as(n.admin), roster.ListUsersInput{Memberships: filters{Sort: "-name"}}, []string{"teacher", "owner", "helper", "ben", "admin", "ada"}, ""},
			{"a teacher", b.as(n.teacher), roster.ListUsersInput{}, []string{}, errs.InsufficientPermissions},
			{"a student", b.as(n.ada), roster.ListUsersInput{}, []string{}, errs.InsufficientPermissions},
			{"a key without the scope", b.key(n.owner, authz.QueueManage), roster.ListUsersInput{}, []string{}, errs.InsufficientPermissions},
		} {
			got, err := b.list(tt.actor, tt.in)
			b.check(tt.name, err, tt.code, "")
			b.equal(tt.name, tt.want, got)
		}

		got, err := b.roster.GetUser(b.as(n.admin), roster.GetUserInput{MembershipID: n.ada.ID})
		if b.check("one", err, "", "") && (got.Edges.User.Email != "ada@north.example" || len(got.Edges.Enrollments) != 1 || len(got.UserGroupIDs) != 0) {
			t.Errorf("ada: %+v", got)
		}
		got, err = b.roster.GetUser(b.as(n.admin), roster.GetUserInput{MembershipID: n.helper.ID})
		if b.check("one in a group", err, "", "") {
			b.equal("groups", ids(n.helpers), got.UserGroupIDs)
		}
		for _, id := range []pid.ID{b.south.ada.ID, "mem" + nowhere, "x"} {
			_, err = b.roster.GetUser(b.as(n.admin), roster.GetUserInput{MembershipID: id})
			b.check("somebody of nowhere: "+string(id), err, "user_not_found", "")
		}
	})
}

// Who only runs the queue sees whose print it is, but lists nobody by themselves, over any API.
func TestPeopleAreReadByThoseWhoManageThem(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		for _, tt := range []struct {
			name  string
			actor context.Context
			want  int
		}{
			{"an admin", b.as(n.admin), 6}, {"a teacher", b.as(n.teacher), 1}, {"a student", b.as(n.ada), 1}, {"a key that runs the queue", b.key(n.owner, authz.QueueManage), 1},
		} {
			people, users := b.client.Membership.Query().AllX(tt.actor), b.client.User.Query().AllX(tt.actor)
			if len(people) != tt.want || len(users) != tt.want {
				t.Errorf("%s reads %d memberships and %d users, want %d", tt.name, len(people), len(users), tt.want)
			}
		}
	})
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		role := func(r membership.Role) roster.UserChange { return roster.UserChange{Role: to(r)} }
		status := func(s membership.Status) roster.UserChange { return roster.UserChange{Status: to(s)} }
		operators := b.client.UserGroup.Create().SetOrganization(n.org).SetName("Operators").SetGrants([]string{"printer.manage"}).SaveX(b.system)
		muted := b.client.UserGroup.Create().SetOrganization(n.org).SetName("Muted").SetDenials([]string{"queue.manage"}).AddMembers(n.ben).SaveX(b.system)
		none := []string{}
		for _, tt := range []struct {
			name   string
			actor  context.Context
			who    *ent.Membership
			change roster.UserChange
			events []string
			want   errs.Code
			words  string
		}{
			{"a name", b.as(n.admin), n.ada, roster.UserChange{Name: text(" Ada Lovelace ")}, []string{"user.updated"}, "", ""},
			{"the same name changes nothing", b.as(n.admin), n.ada, roster.UserChange{Name: text("Ada Lovelace")}, none, "", ""},
			{"null clears", b.as(n.admin), n.ada, roster.UserChange{Name: graphql.OmittableOf[*string](nil)}, []string{"user.updated"}, "", ""},
			{"several things", b.as(n.admin), n.ada, roster.UserChange{Name: text("Ada"), ExternalID: text("s-1"), GradeLevel: text("9")}, []string{"user.updated"}, "", ""},
			{"a role", b.as(n.admin), n.ada, role("operator"), []string{"user.role_changed"}, "", ""},
			{"a role and a name", b.as(n.admin), n.ada, roster.UserChange{Role: to(membership.RoleStudent), Name: text("Ada L")}, []string{"user.role_changed", "user.updated"}, "", ""},
			{"suspended", b.as(n.admin), n.ada, status("suspended"), []string{"user.suspended"}, "", ""},
			{"active again", b.as(n.admin), n.ada, status("active"), []string{"user.updated"}, "", ""},
			{"pending", b.as(n.admin), n.ada, status("pending"), []string{"user.updated"}, "", ""},
			{"approved", b.as(n.admin), n.ada, status("active"), []string{"user.approved"}, "", ""},
			{"into a class", b.as(n.admin), n.ada, roster.UserChange{ClassIDsAdd: ids(n.chess)}, []string{"class.enrolled"}, "", ""},
			{"into a class again", b.as(n.admin), n.ada, roster.UserChange{ClassIDsAdd: ids(n.chess)}, none, "", ""},
			{"out of it", b.as(n.admin), n.ada, roster.UserChange{ClassIDsRemove: ids(n.chess)}, []string{"class.unenrolled"}, "", ""},
			{"into a user group", b.as(n.admin), n.ada, roster.UserChange{UserGroupIDsAdd: ids(operators)}, []string{"user.updated"}, "", ""},
			{"out of it", b.as(n.admin), n.ada, roster.UserChange{UserGroupIDsRemove: ids(operators)}, []string{"user.updated"}, "", ""},

			{"an admin makes no owner", b.as(n.admin), n.ada, role("owner"), none, errs.InsufficientPermissions, "owner"},
			{"an admin changes no owner, not even the name", b.as(n.admin), n.owner, roster.UserChange{Name: text("X")}, none, errs.InsufficientPermissions, "owner"},
			{"an admin demotes no owner", b.as(n.admin), n.owner, role("student"), none, errs.InsufficientPermissions, "owner"},
			{"an admin does not make themselves an owner", b.as(n.admin), n.admin, role("owner"), none, errs.InsufficientPermissions, "owner"},
			{"a helper suspends no admin", b.as(n.helper), n.admin, status("suspended"), none, errs.InsufficientPermissions, "admin"},
			{"a helper makes themselves no teacher", b.as(n.helper), n.helper, role("teacher"), none, errs.InsufficientPermissions, "teacher"},
			{"a helper joins no group that grants what they lack", b.as(n.helper), n.helper, roster.UserChange{UserGroupIDsAdd: ids(operators)}, none, errs.InsufficientPermissions, "printer.manage"},
			{"a helper lifts no denial of what they lack", b.as(n.helper), n.ben, roster.UserChange{UserGroupIDsRemove: ids(muted)}, none, errs.InsufficientPermissions, "queue.manage"},
			{"a narrow key gives no role that could do more", b.key(n.owner, authz.OrgManageUsers), n.ada, role("teacher"), none, errs.InsufficientPermissions, "operations.read"},
			{"nobody suspends themselves", b.as(n.admin), n.admin, status("suspended"), none, errs.InsufficientPermissions, "yourself"},
			{"a teacher changes nobody", b.as(n.teacher), n.ada, role("student"), none, errs.InsufficientPermissions, "org.manage_users"},
			{"the last owner is not demoted", b.as(n.owner), n.owner, role("admin"), none, errs.LastOwner, "owner"},
			{"somebody of another school", b.as(n.admin), b.south.ada, roster.UserChange{Name: text("X")}, none, "user_not_found", ""},
			{"a class of another school", b.as(n.admin), n.ada, roster.UserChange{ClassIDsAdd: ids(b.south.chess)}, none, "class_not_found", ""},
			{"a group of another school", b.as(n.admin), n.ada, roster.UserChange{UserGroupIDsAdd: ids(b.south.helpers)}, none, "user_group_not_found", ""},
			{"a class in and out", b.as(n.admin), n.ada, roster.UserChange{ClassIDsAdd: ids(n.chess), ClassIDsRemove: ids(n.chess)}, none, errs.ValidationFailed, "class_ids_remove[0] duplicate"},
			{"a role is not cleared", b.as(n.admin), n.ada, roster.UserChange{Role: graphql.OmittableOf[*membership.Role](nil)}, none, errs.ValidationFailed, "role required"},
			{"a status that is none", b.as(n.admin), n.ada, status("deleted"), none, errs.ValidationFailed, "status not_allowed"},
			{"a name of 10,000 letters", b.as(n.admin), n.ada, roster.UserChange{Name: text(strings.Repeat("x", 10_000))}, none, errs.ValidationFailed, "name too_long"},
			{"a name that turns the line round", b.as(n.admin), n.ada, roster.UserChange{Name: text("x\u202eexe")}, none, errs.ValidationFailed, "name invalid_characters"},
		} {
			got, err := b.roster.UpdateUser(tt.actor, roster.UpdateUserInput{MembershipID: tt.who.ID, UserChange: tt.change})
			ok := b.check(tt.name, err, tt.want, tt.words)
			events := []string{}
			for _, e := range b.events(n) {
				kind, _, _ := strings.Cut(e, " ")
				events = append(events, kind)
			}
			b.equal(tt.name+": events", tt.events, events)
			if ok && (got.ID != tt.who.ID || got.Edges.User == nil) {
				t.Errorf("%s: %+v", tt.name, got)
			}
		}
		now := b.client.Membership.GetX(b.system, n.ada.ID)
		if now.Name != "Ada L" || now.Search != "ada l ada@north.example" || now.ExternalID != "s-1" || now.Role != "student" || now.Status != "active" {
			t.Errorf("ada: %+v", now)
		}
		if there := b.client.Membership.GetX(b.system, b.south.ada.ID); there.Name != "ada" || there.Version != 1 {
			t.Errorf("the other school's ada: %+v", there)
		}
		_, err := b.roster.UpdateUser(b.as(n.admin), roster.UpdateUserInput{MembershipID: n.ada.ID, IfMatch: `"1-ab"`, UserChange: role("teacher")})
		b.check("a stale version", err, errs.PreconditionFailed, "")
		b.equal("the other school's events", 0, len(b.events(b.south)))
	})
}

// An event's object is what the generated record of a membership would be.
func TestEventsShowWhatRecordsShow(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		if _, err := b.roster.UpdateUser(b.as(n.admin), roster.UpdateUserInput{MembershipID: n.ada.ID, UserChange: roster.UserChange{Name: text("Ada L"), UserGroupIDsAdd: ids(n.helpers)}}); err != nil {
			t.Fatal(err)
		}
		object, previous := b.object(n)
		want := map[string]any{}
		raw, err := json.Marshal(record.Membership(b.client.Membership.GetX(b.system, n.ada.ID)))
		if err != nil || json.Unmarshal(raw, &want) != nil {
			t.Fatal(err)
		}
		b.equal("object", want, object)
		b.equal("previous", map[string]any{"name": "ada", "user_group_ids": nil}, previous)
	})
}

// Suspending ends the sessions; removing ends keys too, and keeps the row for what names it.
func TestSuspendAndRemoveEndTheWaysIn(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		open := func(m *ent.Membership) *ent.Session {
			return b.client.Session.Create().SetOrganization(n.org).SetMembership(m).SetSecretHash([]byte("x")).SetOpenedBy("operator").SetExpiresAt(start.AddDate(1, 0, 0)).SaveX(b.system)
		}
		ada, ben := open(n.ada), open(n.ben)
		key := b.client.APIKey.Create().SetOrganization(n.org).SetName("k").SetCreatedBy(n.teacher).SetScopes([]string{"queue.manage"}).SetSecretHash([]byte("x")).SetPrefix("p").SaveX(b.system)
		b.client.Enrollment.Create().SetOrganization(n.org).SetClass(n.chess).SetMembership(n.teacher).SetRole(enrollment.RoleTeacher).SaveX(b.system)
		item := b.client.QueueItem.Create().SetOrganization(n.org).SetNumber(1).SetName("part").SetSubmitter(n.teacher).SaveX(b.system)

		_, err := b.roster.UpdateUser(b.as(n.admin), roster.UpdateUserInput{MembershipID: n.ada.ID, UserChange: roster.UserChange{Status: to(membership.StatusSuspended)}})
		b.check("suspend", err, "", "")
		if s := b.client.Session.GetX(b.system, ada.ID); s.RevokedAt == nil || !s.RevokedAt.Equal(start) {
			t.Errorf("a suspended person's session: %+v", s)
		}
		if b.client.Session.Query().Where(session.RevokedAtIsNil()).OnlyIDX(b.system) != ben.ID {
			t.Error("other sessions ended too")
		}
		if _, err := b.people.Person(t.Context(), n.ada.ID); !errs.Is(err, errs.MembershipNotActive) {
			t.Errorf("a suspended person: %v", err)
		}

		b.events(n)
		_, err = b.roster.RemoveUser(b.as(n.admin), roster.RemoveUserInput{MembershipID: n.teacher.ID})
		b.check("remove", err, "", "")
		b.equal("events", []string{"class.unenrolled " + string(n.chess.ID), "api_key.revoked " + string(key.ID), "user.removed " + string(n.teacher.ID)}, b.events(n))
		if k := b.client.APIKey.GetX(b.system, key.ID); k.RevokedAt == nil {
			t.Error("a removed person's key still opens")
		}
		if _, err := b.people.Person(t.Context(), n.teacher.ID); !errs.Is(err, errs.MembershipNotActive) {
			t.Errorf("a removed person: %v", err)
		}
		_, err = b.roster.GetUser(b.as(n.admin), roster.GetUserInput{MembershipID: n.teacher.ID})
		b.check("nobody reads who was removed", err, "user_not_found", "")
		_, err = b.roster.UpdateUser(b.as(n.admin), roster.UpdateUserInput{MembershipID: n.teacher.ID, UserChange: roster.UserChange{Name: text("X")}})
		b.check("nobody changes who was removed", err, "user_not_found", "")
		seen := b.client.QueueItem.Query().WithSubmitter(func(q *ent.MembershipQuery) { q.WithUser() }).OnlyX(b.as(n.admin))
		if seen.ID != item.ID || seen.Edges.Submitter == nil || seen.Edges.Submitter.Name != "teacher" || seen.Edges.Submitter.Edges.User == nil {
			t.Errorf("history no longer names who was removed: %+v", seen.Edges)
		}

		back, err := b.roster.AddMembers(b.as(n.admin), roster.AddMembersInput{Members: []roster.NewMember{{Email: "teacher@north.example", Name: "Back"}}})
		if b.check("who was removed comes back", err, "", "") && (back[0].ID != n.teacher.ID || back[0].Role != "student" || back[0].Name != "Back" || back[0].DeletedAt != nil) {
			t.Errorf("back: %+v", back[0])
		}
		for _, tt := range []struct {
			name  string
			actor context.Context
			who   pid.ID
			want  errs.Code
		}{
			{"an admin removes no owner", b.as(n.admin), n.owner.ID, errs.InsufficientPermissions},
			{"the last owner does not leave", b.as(n.owner), n.owner.ID, errs.LastOwner},
			{"a teacher removes nobody", b.as(b.south.teacher), b.south.ada.ID, errs.InsufficientPermissions},
			{"nobody removes somebody of another school", b.as(n.owner), b.south.ada.ID, "user_not_found"},
			{"an admin may leave", b.as(n.admin), n.admin.ID, ""},
		} {
			_, err := b.roster.RemoveUser(tt.actor, roster.RemoveUserInput{MembershipID: tt.who})
			b.check(tt.name, err, tt.want, "")
		}
	})
}

// Two owners who each take the other's role at the same time leave one owner.
func TestTwoOwnersAtOnceLeaveOne(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		for round := range 5 {
			b.client.Membership.Update().Where(membership.IDIn(n.owner.ID, n.admin.ID)).SetRole("owner").ExecX(b.system)
			actors := map[*ent.Membership]context.Context{n.owner: b.as(n.admin), n.admin: b.as(n.owner)}
			var all sync.WaitGroup
			for who, actor := range actors {
				all.Go(func() {
					_, err := b.roster.UpdateUser(actor, roster.UpdateUserInput{MembershipID: who.ID, UserChange: roster.UserChange{Role: to(membership.RoleAdmin)}})
					if err != nil && !errs.Is(err, errs.LastOwner) {
						t.Errorf("round %d: %v", round, err)
					}
				})
			}
			all.Wait()
			if left := b.client.Membership.Query().Where(membership.OrganizationID(n.org.ID), membership.RoleEQ("owner")).CountX(b.system); left != 1 {
				t.Fatalf("round %d leaves %d owners", round, left)
			}
		}
	})
}
