package roster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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
func text(s string) graphql.Omittable[*string] { return graphql.OmittableOf(&s) }

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
		role := func(r membership.Role) roster.UserChange { return roster.UserChange{Role: &r} }
		status := func(s membership.Status) roster.UserChange { return roster.UserChange{Status: &s} }
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
			{"a role and a name", b.as(n.admin), n.ada, roster.UserChange{Role: new(membership.RoleStudent), Name: text("Ada L")}, []string{"user.role_changed", "user.updated"}, "", ""},
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

		_, err := b.roster.UpdateUser(b.as(n.admin), roster.UpdateUserInput{MembershipID: n.ada.ID, UserChange: roster.UserChange{Status: new(membership.StatusSuspended)}})
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
					_, err := b.roster.UpdateUser(actor, roster.UpdateUserInput{MembershipID: who.ID, UserChange: roster.UserChange{Role: new(membership.RoleAdmin)}})
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

func actions(r *roster.BulkResult) []string {
	out := []string{}
	for _, row := range r.Results {
		s := fmt.Sprintf("%d %s", row.Row, row.Action)
		for _, e := range row.Errors {
			s += " " + e.Path + " " + e.Code
		}
		out = append(out, s)
	}
	return out
}

func TestBulkUpdateUsers(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		in := roster.BulkUpdateUsersInput{Updates: []roster.UserUpdate{
			{MembershipID: n.ben.ID, UserChange: roster.UserChange{Role: new(membership.RoleOperator), GradeLevel: text("10"), ClassIDsAdd: ids(n.chess)}},
			{Email: "NEW@north.example", UserChange: roster.UserChange{Name: text("New Kid"), ClassIDsAdd: ids(n.robotics, n.chess), UserGroupIDsAdd: ids(n.helpers)}},
			{Email: "ada@north.example", UserChange: roster.UserChange{Name: text("ada")}},
			{Email: "ada@south.example", UserChange: roster.UserChange{Role: new(membership.RoleTeacher), Status: new(membership.StatusPending)}},
			{Email: "Teacher@north.example", UserChange: roster.UserChange{Status: new(membership.StatusSuspended)}},
		}}
		in.DryRun = true
		dry, err := b.roster.BulkUpdateUsers(b.as(n.admin), in)
		b.check("dry run", err, "", "")
		b.equal("dry run: summary", roster.BulkSummary{Created: 2, Changed: 2, Unchanged: 1}, dry.Summary)
		b.equal("dry run: events", []string{}, b.events(n))
		if dry.Results[1].MembershipID != nil || *dry.Results[0].MembershipID != n.ben.ID {
			t.Errorf("dry run: %+v", dry.Results)
		}
		raw, _ := json.Marshal(dry.Results[0].Changes)
		b.equal("the difference", `{"role":["student","operator"],"grade_level":["","10"],"class_ids":[[],["`+string(n.chess.ID)+`"]]}`, string(raw))
		raw, _ = json.Marshal(dry.Results[3].Changes)
		b.equal("the difference of who joins", `{"role":[null,"teacher"],"status":[null,"pending"]}`, string(raw))

		in.DryRun = false
		got, err := b.roster.BulkUpdateUsers(b.as(n.admin), in)
		b.check("apply", err, "", "")
		b.equal("actions", []string{"1 changed", "2 created", "3 unchanged", "4 created", "5 changed"}, actions(got))
		fresh, stranger := *got.Results[1].MembershipID, *got.Results[3].MembershipID
		events := b.events(n)
		chess, robotics := string(n.chess.ID), string(n.robotics.ID)
		b.equal("events of people", []string{"user.role_changed " + string(n.ben.ID), "user.updated " + string(n.ben.ID), "user.joined " + string(fresh), "user.joined " + string(stranger), "user.suspended " + string(n.teacher.ID)}, events[:5])
		slices.Sort(events[5:])
		classes := []string{"class.enrolled " + chess, "class.enrolled " + chess, "class.enrolled " + robotics}
		slices.Sort(classes)
		b.equal("events of classes", classes, events[5:])
		kid, err := b.roster.GetUser(b.as(n.admin), roster.GetUserInput{MembershipID: fresh})
		if b.check("who joined", err, "", "") && (kid.Name != "New Kid" || kid.Edges.User.Email != "new@north.example" || len(kid.Edges.Enrollments) != 2 || !slices.Equal(kid.UserGroupIDs, ids(n.helpers))) {
			t.Errorf("who joined: %+v", kid)
		}
		if m := b.client.Membership.GetX(b.system, stranger); m.Name != "" || m.UserID != b.south.ada.UserID {
			t.Errorf("who is known elsewhere is called %q here", m.Name)
		}
		if seat := b.client.Enrollment.Query().Where(enrollment.MembershipID(n.ben.ID)).OnlyX(b.system); seat.Role != "teacher" {
			t.Errorf("an operator in a class is its %s", seat.Role)
		}

		again, err := b.roster.BulkUpdateUsers(b.as(n.admin), in)
		b.check("the same roster again", err, "", "")
		b.equal("the same roster again", roster.BulkSummary{Unchanged: 5}, again.Summary)
		b.equal("the same roster again: events", []string{}, b.events(n))
	})
}

// The hostile rows of a roster: each is refused alone in a dry run, and stops all of it otherwise.
func TestBulkRefusesAllOrNone(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		role := func(r membership.Role) roster.UserChange { return roster.UserChange{Role: &r} }
		status := func(s membership.Status) roster.UserChange { return roster.UserChange{Status: &s} }
		id := func(m *ent.Membership, c roster.UserChange) roster.UserUpdate {
			return roster.UserUpdate{MembershipID: m.ID, UserChange: c}
		}
		mail := func(address string, c roster.UserChange) roster.UserUpdate {
			return roster.UserUpdate{Email: address, UserChange: c}
		}
		gone := b.client.Membership.Create().SetOrganization(n.org).SetUser(b.client.User.Create().SetEmail("gone@north.example").SaveX(b.system)).SetDeletedAt(start).SaveX(b.system)
		operators := b.client.UserGroup.Create().SetOrganization(n.org).SetName("Operators").SetGrants([]string{"printer.manage"}).SaveX(b.system)
		for _, tt := range []struct {
			name  string
			actor context.Context
			rows  []roster.UserUpdate
			row   string // of the dry run; empty where the request is refused by its form
			want  errs.Code
			words string
		}{
			{"the role owner by an admin", b.as(n.admin), []roster.UserUpdate{id(n.ada, role("owner"))}, "2 failed role insufficient_permissions", errs.InsufficientPermissions, "updates[1].role"},
			{"the role owner for who joins", b.as(n.admin), []roster.UserUpdate{mail("x@north.example", role("owner"))}, "2 failed role insufficient_permissions", errs.InsufficientPermissions, "updates[1].role"},
			{"an owner demoted by an admin", b.as(n.admin), []roster.UserUpdate{id(n.owner, role("student"))}, "2 failed membership_id insufficient_permissions", errs.InsufficientPermissions, "updates[1].membership_id"},
			{"the last owner's own role down", b.as(n.owner), []roster.UserUpdate{id(n.owner, role("student"))}, "2 failed role last_owner", errs.LastOwner, "updates[1].role"},
			{"own suspension", b.as(n.admin), []roster.UserUpdate{id(n.admin, status("suspended"))}, "2 failed status insufficient_permissions", errs.InsufficientPermissions, "updates[1].status"},
			{"the same person with two roles", b.as(n.admin), []roster.UserUpdate{id(n.ada, role("teacher")), id(n.ada, role("operator"))}, "3 failed membership_id duplicate", errs.ValidationFailed, "updates[2].membership_id"},
			{"the same person by id and by mail", b.as(n.admin), []roster.UserUpdate{id(n.ada, role("teacher")), mail("ADA@North.Example", role("operator"))}, "3 failed email duplicate", errs.ValidationFailed, "updates[2].email"},
			{"the same new address in another case", b.as(n.admin), []roster.UserUpdate{mail("x@north.example", role("teacher")), mail("X@NORTH.example", role("operator"))}, "3 failed email duplicate", errs.ValidationFailed, "updates[2].email"},
			{"a person of another school", b.as(n.admin), []roster.UserUpdate{id(b.south.ada, role("student"))}, "2 failed membership_id user_not_found", "user_not_found", "updates[1].membership_id"},
			{"a person who was removed", b.as(n.admin), []roster.UserUpdate{id(gone, role("student"))}, "2 failed membership_id user_not_found", "user_not_found", "updates[1].membership_id"},
			{"an identifier that is none", b.as(n.admin), []roster.UserUpdate{{MembershipID: "x"}}, "2 failed membership_id user_not_found", "user_not_found", "updates[1].membership_id"},
			{"a class of another school", b.as(n.admin), []roster.UserUpdate{id(n.ada, roster.UserChange{ClassIDsAdd: ids(n.chess, b.south.chess)})}, "2 failed class_ids_add[1] class_not_found", "class_not_found", "updates[1].class_ids_add[1]"},
			{"a class by its name", b.as(n.admin), []roster.UserUpdate{id(n.ada, roster.UserChange{ClassIDsAdd: []pid.ID{"Robotics"}})}, "2 failed class_ids_add[0] class_not_found", "class_not_found", "updates[1].class_ids_add[0]"},
			{"a group of another school", b.as(n.admin), []roster.UserUpdate{id(n.ada, roster.UserChange{UserGroupIDsAdd: ids(b.south.helpers)})}, "2 failed user_group_ids_add[0] user_group_not_found", "user_group_not_found", ""},
			{"a capability that the caller lacks, by a group", b.as(n.helper), []roster.UserUpdate{id(n.ada, roster.UserChange{UserGroupIDsAdd: ids(operators)})}, "2 failed user_group_ids_add insufficient_permissions", errs.InsufficientPermissions, "printer.manage"},
			{"a refusal of each kind answers as the contract orders them", b.as(n.admin), []roster.UserUpdate{id(b.south.ada, role("student")), id(n.ada, role("owner"))}, "2 failed membership_id user_not_found", errs.InsufficientPermissions, "updates[1].membership_id user_not_found, updates[2].role"},
			{"a status that is none", b.as(n.admin), []roster.UserUpdate{id(n.ada, status("banned"))}, "", errs.ValidationFailed, "updates[1].status not_allowed"},
			{"a role that is none", b.as(n.admin), []roster.UserUpdate{id(n.ada, role("platform_admin"))}, "", errs.ValidationFailed, "updates[1].role not_allowed"},
			{"a space behind the address", b.as(n.admin), []roster.UserUpdate{mail("x@north.example ", role("student"))}, "", errs.ValidationFailed, "updates[1].email invalid_format"},
			{"a dot behind the address", b.as(n.admin), []roster.UserUpdate{mail("x@north.example.", role("student"))}, "", errs.ValidationFailed, "updates[1].email invalid_format"},
			{"neither id nor mail", b.as(n.admin), []roster.UserUpdate{{}}, "", errs.ValidationFailed, "updates[1] required"},
			{"both", b.as(n.admin), []roster.UserUpdate{{MembershipID: n.ada.ID, Email: "ada@north.example"}}, "", errs.ValidationFailed, "updates[1] required"},
			{"a name that turns the line round", b.as(n.admin), []roster.UserUpdate{id(n.ada, roster.UserChange{Name: text("a\u202eb")})}, "", errs.ValidationFailed, "updates[1].name invalid_characters"},
			{"a name of 10,000 letters", b.as(n.admin), []roster.UserUpdate{id(n.ada, roster.UserChange{Name: text(strings.Repeat("x", 10_000))})}, "", errs.ValidationFailed, "updates[1].name too_long"},
			{"50,001 rows", b.as(n.admin), make([]roster.UserUpdate, 50_000), "", errs.ValidationFailed, "updates too_many"},
			{"a teacher", b.as(n.teacher), []roster.UserUpdate{id(n.ada, role("student"))}, "", errs.InsufficientPermissions, "org.manage_users"},
		} {
			in := roster.BulkUpdateUsersInput{DryRun: true, Updates: append([]roster.UserUpdate{mail("good@north.example", role("student"))}, tt.rows...)}
			dry, err := b.roster.BulkUpdateUsers(tt.actor, in)
			if tt.row == "" {
				b.check(tt.name+", dry", err, tt.want, tt.words)
			} else if b.check(tt.name+", dry", err, "", "") {
				if got := actions(dry); got[0] != "1 created" || !slices.Contains(got, tt.row) {
					t.Errorf("%s, dry: %q, want %q", tt.name, got, tt.row)
				}
			}
			in.DryRun = false
			_, err = b.roster.BulkUpdateUsers(tt.actor, in)
			b.check(tt.name, err, tt.want, tt.words)
			b.equal(tt.name+": events", []string{}, b.events(n))
		}
		if people := b.client.Membership.Query().Where(membership.OrganizationID(n.org.ID)).CountX(b.system); people != 7 {
			t.Errorf("refused rosters left %d people, not 7", people)
		}

		swap := roster.BulkUpdateUsersInput{Updates: []roster.UserUpdate{id(n.owner, role("admin")), id(n.admin, role("owner"))}}
		_, err := b.roster.BulkUpdateUsers(b.as(n.owner), swap)
		b.check("the owner hands over in one roster", err, "", "")
		odd := roster.BulkUpdateUsersInput{Updates: []roster.UserUpdate{
			mail("plus+tag@north.example", roster.UserChange{Name: text("{{ }} <script>")}), mail("plus@north.example", roster.UserChange{Name: text("=1+1")}), mail("аda@north.example", role("student"))}}
		got, err := b.roster.BulkUpdateUsers(b.as(n.admin), odd)
		if b.check("odd names and addresses that only look alike are people of their own", err, "", "") {
			b.equal("odd names", roster.BulkSummary{Created: 3}, got.Summary)
		}
	})
}

// A roster costs statements by the hundred rows, not by the row.
func TestBulkRunsFewStatements(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		big := func(rows int, name string) roster.BulkUpdateUsersInput {
			in := roster.BulkUpdateUsersInput{Updates: make([]roster.UserUpdate, rows)}
			for i := range in.Updates {
				in.Updates[i] = roster.UserUpdate{Email: fmt.Sprintf("s%d@north.example", i), UserChange: roster.UserChange{Name: text(fmt.Sprint(name, i)), ClassIDsAdd: ids(n.chess), UserGroupIDsAdd: ids(n.helpers)}}
			}
			return in
		}
		for _, step := range []struct {
			name string
			rows int
			most int
		}{{"create", 400, 40}, {"change", 400, 40}, {"nothing", 400, 15}} {
			name := map[string]string{"create": "a", "change": "b", "nothing": "b"}[step.name]
			ctx, counter := store.WithCounter(b.as(n.owner))
			if _, err := b.roster.BulkUpdateUsers(ctx, big(step.rows, name)); err != nil {
				t.Fatal(err)
			}
			if counter.Count() > step.most {
				t.Errorf("%s: %d rows run %d statements, at most %d", step.name, step.rows, counter.Count(), step.most)
			}
		}
	})
}

func TestRollOverAndUndo(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		seat := func(c *ent.Class, m *ent.Membership, r enrollment.Role, s enrollment.Source) {
			b.client.Enrollment.Create().SetOrganization(n.org).SetClass(c).SetMembership(m).SetRole(r).SetSource(s).SaveX(b.system)
		}
		seat(n.robotics, n.ada, "student", "sso")
		seat(n.robotics, n.ben, "student", "manual")
		seat(n.robotics, n.helper, "assistant", "manual")
		seat(n.robotics, n.teacher, "teacher", "manual")
		seat(n.chess, n.ben, "student", "csv")
		seats := func(c *ent.Class) map[pid.ID]string {
			out := map[pid.ID]string{}
			for _, e := range b.client.Enrollment.Query().Where(enrollment.ClassID(c.ID)).AllX(b.system) {
				out[e.MembershipID] = string(e.Role + " " + enrollment.Role(e.Source))
			}
			return out
		}
		before, beside := seats(n.robotics), seats(n.chess)
		admin := b.as(n.admin)

		_, err := b.roster.RollOver(admin, roster.RollOverInput{ClassID: n.robotics.ID})
		b.check("no next class", err, errs.ValidationFailed, "next_class_id required")
		_, err = b.roster.RollOver(admin, roster.RollOverInput{ClassID: n.robotics.ID, NextClassID: &n.robotics.ID})
		b.check("the class itself", err, errs.ValidationFailed, "next_class_id not_allowed")
		_, err = b.roster.RollOver(admin, roster.RollOverInput{ClassID: n.robotics.ID, NextClassID: &b.south.chess.ID})
		b.check("another school's class", err, "class_not_found", "")
		_, err = b.roster.RollOver(b.as(n.teacher), roster.RollOverInput{ClassID: n.robotics.ID, NextClassID: &n.chess.ID})
		b.check("a teacher", err, errs.InsufficientPermissions, "")
		_, err = b.roster.UndoRollOver(admin, roster.UndoRollOverInput{ClassID: n.robotics.ID})
		b.check("nothing to undo", err, errs.ClassStateConflict, "")

		dry, err := b.roster.RollOver(admin, roster.RollOverInput{ClassID: n.robotics.ID, NextClassID: &n.chess.ID, DryRun: true})
		b.check("dry run", err, "", "")
		b.equal("dry run: events", []string{}, b.events(n))
		b.equal("dry run: seats", before, seats(n.robotics))
		done, err := b.roster.RollOver(admin, roster.RollOverInput{ClassID: n.robotics.ID, NextClassID: &n.chess.ID})
		b.check("roll over", err, "", "")
		b.equal("the dry run told the truth", dry.Moved, done.Moved)
		b.equal("who stays", ids(n.teacher), done.Staying)
		robotics, chess := string(n.robotics.ID), string(n.chess.ID)
		b.equal("events", []string{"class.unenrolled " + robotics, "class.enrolled " + chess, "class.enrolled " + chess, "class.rolled_over " + robotics, "class.ended " + robotics}, b.events(n))
		b.equal("the class", map[pid.ID]string{n.teacher.ID: "teacher manual"}, seats(n.robotics))
		b.equal("the next class", map[pid.ID]string{n.ada.ID: "student sso", n.ben.ID: "student csv", n.helper.ID: "assistant manual"}, seats(n.chess))
		if c := b.client.Class.GetX(b.system, n.robotics.ID); c.State != "ended" {
			t.Errorf("the class is %s", c.State)
		}
		_, err = b.roster.RollOver(admin, roster.RollOverInput{ClassID: n.robotics.ID, NextClassID: &n.chess.ID})
		b.check("twice", err, errs.ClassStateConflict, "")

		// later changes: the owner joins both, the assistant teaches the next class now
		seat(n.chess, n.owner, "teacher", "manual")
		seat(n.robotics, n.owner, "teacher", "manual")
		if _, err := b.roster.Enroll(admin, roster.EnrollInput{ClassID: n.chess.ID, MembershipIDs: ids(n.helper), Role: new(enrollment.RoleTeacher)}); err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(29 * 24 * hour)
		if _, err := b.roster.UndoRollOver(admin, roster.UndoRollOverInput{ClassID: n.robotics.ID}); err != nil {
			t.Fatal(err)
		}
		before[n.owner.ID], beside[n.owner.ID], beside[n.helper.ID] = "teacher manual", "teacher manual", "teacher manual"
		b.equal("the class after the undo", before, seats(n.robotics))
		b.equal("the next class after the undo", beside, seats(n.chess))
		if c := b.client.Class.GetX(b.system, n.robotics.ID); c.State != "active" {
			t.Errorf("the class is %s after the undo", c.State)
		}
		_, err = b.roster.UndoRollOver(admin, roster.UndoRollOverInput{ClassID: n.robotics.ID})
		b.check("undone twice", err, errs.ClassStateConflict, "")

		if _, err := b.roster.RollOver(admin, roster.RollOverInput{ClassID: n.robotics.ID, NextClassID: &n.chess.ID}); err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(30*24*time.Hour + 1)
		_, err = b.roster.UndoRollOver(admin, roster.UndoRollOverInput{ClassID: n.robotics.ID})
		b.check("after 30 days", err, errs.ClassStateConflict, "30 days")
	})
}
