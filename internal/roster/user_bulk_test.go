package roster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func actions(r *roster.BulkResult) []string {
	out := []string{}
	for _, row := range r.Results() {
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
			{MembershipID: n.ben.ID, UserChange: roster.UserChange{Role: to(membership.RoleOperator), GradeLevel: text("10"), ClassIDsAdd: ids(n.chess)}},
			{Email: "NEW@north.example", UserChange: roster.UserChange{Name: text("New Kid"), ClassIDsAdd: ids(n.robotics, n.chess), UserGroupIDsAdd: ids(n.helpers)}},
			{Email: "ada@north.example", UserChange: roster.UserChange{Name: text("ada")}},
			{Email: "ada@south.example", UserChange: roster.UserChange{Role: to(membership.RoleTeacher), Status: to(membership.StatusPending)}},
			{Email: "Teacher@north.example", UserChange: roster.UserChange{Status: to(membership.StatusSuspended)}},
		}}
		in.DryRun = true
		dry, err := b.roster.BulkUpdateUsers(b.as(n.admin), in)
		b.check("dry run", err, "", "")
		b.equal("dry run: summary", roster.BulkSummary{Created: 2, Changed: 2, Unchanged: 1}, dry.Summary)
		b.equal("dry run: events", []string{}, b.events(n))
		if dry.Results()[1].MembershipID != nil || *dry.Results()[0].MembershipID != n.ben.ID {
			t.Errorf("dry run: %+v", dry.Results())
		}
		raw, _ := json.Marshal(dry.Results()[0].Changes)
		b.equal("the difference", `{"role":["student","operator"],"grade_level":["","10"],"class_ids":[[],["`+string(n.chess.ID)+`"]]}`, string(raw))
		raw, _ = json.Marshal(dry.Results()[3].Changes)
		b.equal("the difference of who joins", `{"role":[null,"teacher"],"status":[null,"pending"]}`, string(raw))

		in.DryRun = false
		got, err := b.roster.BulkUpdateUsers(b.as(n.admin), in)
		b.check("apply", err, "", "")
		b.equal("actions", []string{"1 changed", "2 created", "3 unchanged", "4 created", "5 changed"}, actions(got))
		fresh, stranger := *got.Results()[1].MembershipID, *got.Results()[3].MembershipID
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
		role := func(r membership.Role) roster.UserChange { return roster.UserChange{Role: to(r)} }
		status := func(s membership.Status) roster.UserChange { return roster.UserChange{Status: to(s)} }
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
			{"a role that is cleared", b.as(n.admin), []roster.UserUpdate{id(n.ada, roster.UserChange{Role: graphql.OmittableOf[*membership.Role](nil)})}, "", errs.ValidationFailed, "updates[1].role required"},
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
