package roster_test

import (
	"context"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// The rows build on each other: one class fills.
func TestEnroll(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		admin, robotics := b.as(n.admin), n.robotics.ID
		member := func(m ...*ent.Membership) []pid.ID { return ids(m...) }
		role := func(r enrollment.Role) *enrollment.Role { return &r }
		for _, tt := range []struct {
			name    string
			actor   context.Context
			class   pid.ID
			members []pid.ID
			role    *enrollment.Role
			told    []pid.ID // whom the event names; nil = no event
			want    errs.Code
			words   string
		}{
			{"students are enrolled as such where nothing is said", admin, robotics, member(n.ben, n.ada), nil, member(n.ben, n.ada), "", ""},
			{"enrolling again changes nothing", admin, robotics, member(n.ada, n.ben), role("student"), nil, "", ""},
			{"only who is new is told of", admin, robotics, member(n.ada, n.helper, n.ben), nil, member(n.helper), "", ""},
			{"another role replaces the one they had", admin, robotics, member(n.ben), role("assistant"), member(n.ben), "", ""},
			{"a class has many teachers", admin, robotics, member(n.teacher, n.owner), role("teacher"), member(n.teacher, n.owner), "", ""},
			{"a person may be in many classes", b.key(n.owner, authz.OrgManageUsers), n.chess.ID, member(n.ada), role("student"), member(n.ada), "", ""},
			{"all or none: another school's member does not exist", admin, robotics, member(n.admin, b.south.ada), nil, nil, "user_not_found", ""},
			{"a member who does not exist answers the same", admin, robotics, []pid.ID{n.admin.ID, "mem" + nowhere}, nil, nil, "user_not_found", ""},
			{"another school's class does not exist", admin, b.south.robotics.ID, member(n.ada), nil, nil, "class_not_found", ""},
			{"a teacher does not enroll, not even in their class", b.as(n.teacher), robotics, member(n.admin), nil, nil, errs.InsufficientPermissions, "org.manage_users"},
			{"a key without the scope does not enroll", b.key(n.owner, authz.QueueManage), robotics, member(n.admin), nil, nil, errs.InsufficientPermissions, "org.manage_users"},
			{"nobody is named", admin, robotics, nil, nil, nil, errs.ValidationFailed, "membership_ids required"},
			{"an empty list", admin, robotics, []pid.ID{}, nil, nil, errs.ValidationFailed, "membership_ids too_few"},
			{"a person twice", admin, robotics, member(n.ada, n.ada), nil, nil, errs.ValidationFailed, "membership_ids[1] duplicate"},
			{"a role of the school, not of a class", admin, robotics, member(n.ada), role("owner"), nil, errs.ValidationFailed, "role not_allowed"},
		} {
			got, err := b.roster.Enroll(tt.actor, roster.EnrollInput{ClassID: tt.class, MembershipIDs: tt.members, Role: tt.role})
			ok, events := b.check(tt.name, err, tt.want, tt.words), b.events(n)
			if tt.told == nil {
				b.equal(tt.name+": events", []string{}, events)
			} else {
				b.equal(tt.name+": events", []string{"class.enrolled " + string(tt.class)}, events)
				object, _ := b.object(n)
				b.equal(tt.name+": who is told of", any(texts(tt.told)), object["membership_ids"])
			}
			if !ok {
				continue
			}
			wanted := enrollment.RoleStudent
			if tt.role != nil {
				wanted = *tt.role
			}
			for i, e := range got {
				if e.MembershipID != tt.members[i] || e.ClassID != tt.class || e.Role != wanted || e.Source != "manual" {
					t.Errorf("%s: enrollment %d is %+v", tt.name, i, e)
				}
			}
			b.equal(tt.name+": answered", len(tt.members), len(got))
		}
		b.equal("enrollments in the class", 5, b.client.Enrollment.Query().Where(enrollment.ClassID(robotics)).CountX(b.system))
		b.equal("classes that a teacher teaches", []pid.ID{robotics}, authz.From(b.as(n.teacher)).Teaches)
	})
}

func TestUnenroll(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		admin := b.as(n.admin)
		if _, err := b.roster.Enroll(admin, roster.EnrollInput{ClassID: n.robotics.ID, MembershipIDs: ids(n.ada, n.ben)}); err != nil {
			t.Fatal(err)
		}
		b.events(n)
		for _, tt := range []struct {
			name   string
			actor  context.Context
			class  pid.ID
			member pid.ID
			match  string
			want   errs.Code
		}{
			{"a student does not leave by themselves", b.as(n.ada), n.robotics.ID, n.ada.ID, "", errs.InsufficientPermissions},
			{"another school's admin does not find the class", b.as(b.south.admin), n.robotics.ID, n.ada.ID, "", "class_not_found"},
			{"a person who is in another class only", admin, n.chess.ID, n.ada.ID, "", "enrollment_not_found"},
			{"another school's member", admin, n.robotics.ID, b.south.ada.ID, "", "enrollment_not_found"},
			{"an identifier that is none", admin, n.robotics.ID, "", "", "enrollment_not_found"},
			{"somebody else was faster", admin, n.robotics.ID, n.ada.ID, `"2-ab"`, errs.PreconditionFailed},
			{"a person leaves", admin, n.robotics.ID, n.ada.ID, "", ""},
			{"who has left is not there", admin, n.robotics.ID, n.ada.ID, "", "enrollment_not_found"},
		} {
			got, err := b.roster.Unenroll(tt.actor, roster.UnenrollInput{ClassID: tt.class, MembershipID: tt.member, IfMatch: tt.match})
			if !b.check(tt.name, err, tt.want, "") {
				b.equal(tt.name+": events", []string{}, b.events(n))
				continue
			}
			b.equal(tt.name+": events", []string{"class.unenrolled " + string(tt.class)}, b.events(n))
			object, _ := b.object(n)
			b.equal(tt.name+": who is told of", any(texts([]pid.ID{tt.member})), object["membership_ids"])
			b.equal(tt.name+": answered", tt.member, got.MembershipID)
		}
		b.equal("who is left", n.ben.ID, b.client.Enrollment.Query().Where(enrollment.ClassID(n.robotics.ID)).OnlyX(b.system).MembershipID)
		b.equal("people are unenrolled, never deleted", "student", string(b.client.Membership.GetX(b.system, n.ada.ID).Role))
	})
}

// Other operations move many at once: a roll-over, a sign-in.
func TestUnenrollMembersTellsOfThoseWhoWereIn(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		move := authz.Op{Resource: "class", Verb: "move", Write: true, Needs: authz.Any(authz.OrgManageUsers)}
		type nothing struct{}
		gone, err := op.Do(b.as(n.admin), b.roster.Ops, move, nothing{}, func(ctx context.Context, tx *ent.Tx) ([]pid.ID, error) {
			if _, err := roster.EnrollMembers(ctx, tx, n.chess.ID, ids(n.ada, n.ben), roster.Enrolling{Role: "student", Source: "sso"}); err != nil {
				return nil, err
			}
			return roster.UnenrollMembers(ctx, tx, n.chess.ID, ids(n.teacher, n.ben))
		})
		b.equal("gone", ids(n.ben), gone)
		b.equal("events", []string{"class.enrolled " + string(n.chess.ID), "class.unenrolled " + string(n.chess.ID)}, b.events(n))
		e := b.client.Enrollment.Query().Where(enrollment.ClassID(n.chess.ID)).OnlyX(b.system)
		if err != nil || e.MembershipID != n.ada.ID || e.Source != "sso" {
			t.Errorf("%v, %+v", err, e)
		}
	})
}

// Two requests enroll the same people at once: each person is in the class once, and is told of once.
func TestEnrollAtOnce(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		admin, done := b.as(n.admin), make(chan error)
		for range 4 {
			go func() {
				_, err := b.roster.Enroll(admin, roster.EnrollInput{ClassID: n.robotics.ID, MembershipIDs: ids(n.ada, n.ben, n.helper)})
				done <- err
			}()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		b.equal("enrollments", 3, b.client.Enrollment.Query().CountX(b.system))
		b.equal("events", []string{"class.enrolled " + string(n.robotics.ID)}, b.events(n))
	})
}

// A class's teachers see who is in it, its assistants and students themselves, everybody else no such class.
func TestListEnrollments(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		admin := b.as(n.admin)
		enroll := func(class *ent.Class, role enrollment.Role, members ...*ent.Membership) {
			_, err := b.roster.Enroll(admin, roster.EnrollInput{ClassID: class.ID, MembershipIDs: ids(members...), Role: &role})
			b.check("enroll", err, "", "")
		}
		enroll(n.robotics, enrollment.RoleTeacher, n.teacher)
		enroll(n.robotics, enrollment.RoleStudent, n.ada)
		enroll(n.robotics, enrollment.RoleAssistant, n.ben)
		enroll(n.chess, enrollment.RoleStudent, n.teacher, n.ada)
		for _, tt := range []struct {
			name  string
			actor context.Context
			in    roster.ListEnrollmentsInput
			want  int
			code  errs.Code
		}{
			{"an admin sees everybody in the class", admin, roster.ListEnrollmentsInput{ClassID: n.robotics.ID}, 3, ""},
			{"its students alone", admin, roster.ListEnrollmentsInput{ClassID: n.robotics.ID, Enrollments: listing.Enrollments{Role: []enrollment.Role{"student"}}}, 1, ""},
			{"its teacher sees everybody", b.as(n.teacher), roster.ListEnrollmentsInput{ClassID: n.robotics.ID}, 3, ""},
			{"who teaches elsewhere sees themselves", b.as(n.teacher), roster.ListEnrollmentsInput{ClassID: n.chess.ID}, 1, ""},
			{"a student sees themselves", b.as(n.ada), roster.ListEnrollmentsInput{ClassID: n.robotics.ID}, 1, ""},
			{"an assistant sees themselves", b.as(n.ben), roster.ListEnrollmentsInput{ClassID: n.robotics.ID}, 1, ""},
			{"a student of no such class", b.as(n.ben), roster.ListEnrollmentsInput{ClassID: n.chess.ID}, 0, "class_not_found"},
			{"another school's class", admin, roster.ListEnrollmentsInput{ClassID: b.south.robotics.ID}, 0, "class_not_found"},
			{"a class that is none", admin, roster.ListEnrollmentsInput{ClassID: "5b"}, 0, "class_not_found"},
			{"a key without the scope", b.key(n.owner, authz.OperationsRead), roster.ListEnrollmentsInput{ClassID: n.robotics.ID}, 0, errs.InsufficientPermissions},
		} {
			l, err := b.roster.ListEnrollments(tt.actor, tt.in)
			if b.check(tt.name, err, tt.code, "") {
				b.equal(tt.name, tt.want, len(l.Data))
			}
		}
	})
}
