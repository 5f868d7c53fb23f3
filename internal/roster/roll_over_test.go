package roster_test

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

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
		b.clock.Advance(29 * 24 * time.Hour)
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

func TestUndoAfterTheNextClassWasDeleted(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		admin := b.as(n.admin)
		if _, err := b.roster.RollOver(admin, roster.RollOverInput{ClassID: n.robotics.ID, NextClassID: &n.chess.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.roster.DeleteClass(admin, roster.DeleteClassInput{ClassID: n.chess.ID}); err != nil {
			t.Fatal(err)
		}
		undone, err := b.roster.UndoRollOver(admin, roster.UndoRollOverInput{ClassID: n.robotics.ID})
		b.check("after the next class was deleted", err, "", "")
		b.equal("the next class as it was", roster.RollOverClass{ID: n.chess.ID, Name: n.chess.Name, State: n.chess.State}, undone.NextClass)
	})
}
