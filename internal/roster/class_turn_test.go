package roster_test

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// The dates of classes count in the organization's zone. The clock stands at 08:00 UTC on a day that has begun in Berlin and
// Tokyo, and at 22:30 UTC it is tomorrow there.
func TestTurnClasses(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		b.client.Organization.UpdateOneID(b.north.org.ID).SetTimeZone("Europe/Berlin").ExecX(b.system)
		day := func(n int) string { return start.AddDate(0, 0, n).Format(time.DateOnly) }
		for _, row := range []struct {
			name, starts, ends string
			state, want        class.State
		}{
			{"starts today", day(0), "", "upcoming", "active"},
			{"started while nobody looked", day(-3), day(5), "upcoming", "active"},
			{"starts tomorrow", day(1), "", "upcoming", "upcoming"},
			{"without dates", "", "", "upcoming", "upcoming"},
			{"its last day is today", "", day(0), "active", "active"},
			{"its last day was yesterday", "", day(-1), "active", "ended"},
			{"came and went while nobody looked", day(-9), day(-1), "upcoming", "ended"},
			{"archived stays", "", day(-1), "archived", "archived"},
			{"a person started it early", day(3), "", "active", "active"},
		} {
			made := b.client.Class.Create().SetOrganization(b.north.org).SetName(row.name).SetState(row.state)
			if row.starts != "" {
				made.SetStartsOn(row.starts)
			}
			if row.ends != "" {
				made.SetEndsOn(row.ends)
			}
			c, twin := made.SaveX(b.system), b.client.Class.Create().SetOrganization(b.south.org).SetName(row.name).SetState(row.state).SetStartsOn(row.starts).SetEndsOn(row.ends).SaveX(b.system)

			n, err := b.roster.TurnClasses(authz.With(t.Context(), authz.System(b.north.org.ID, "class_dates")), roster.TurnClassesInput{})

			if err != nil {
				t.Fatal(err)
			}
			got := b.client.Class.GetX(b.system, c.ID)
			if got.State != row.want || b.client.Class.GetX(b.system, twin.ID).State != row.state {
				t.Errorf("%s: %s, want %s; another school's stays", row.name, got.State, row.want)
			}
			b.equal(row.name+": events", turned(c, row.state, row.want), b.events(b.north))
			if again, err := b.roster.TurnClasses(authz.With(t.Context(), authz.System(b.north.org.ID, "class_dates")), roster.TurnClassesInput{}); again != 0 || err != nil {
				t.Errorf("%s: %d turned before, %d again, %v", row.name, n, again, err)
			}
		}
	})
}

// turned are the events of a class that went from one state to another.
func turned(c *ent.Class, from, to class.State) []string {
	events := []string{}
	if from == class.StateUpcoming && to != class.StateUpcoming {
		events = append(events, "class.updated "+string(c.ID))
	}
	if to == class.StateEnded {
		events = append(events, "class.ended "+string(c.ID))
	}
	return events
}

// A class that names the next one takes its students there as it ends; once a person took that back, it only ends.
func TestClassesRollOverByTheirDates(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		n := b.north
		robotics, chess := string(n.robotics.ID), string(n.chess.ID)
		b.client.Enrollment.Create().SetOrganization(n.org).SetClass(n.robotics).SetMembership(n.ada).SetRole("student").SaveX(b.system)
		b.client.Enrollment.Create().SetOrganization(n.org).SetClass(n.robotics).SetMembership(n.teacher).SetRole("teacher").SaveX(b.system)
		b.client.Class.UpdateOne(n.robotics).SetNextClass(n.chess).SetEndsOn(start.AddDate(0, 0, -1).Format(time.DateOnly)).ExecX(b.system)
		turn := func() {
			t.Helper()
			if n, err := b.roster.TurnClasses(authz.With(t.Context(), authz.System(n.org.ID, "class_dates")), roster.TurnClassesInput{}); n != 1 || err != nil {
				t.Fatalf("%d turned, %v", n, err)
			}
		}
		where := func(m *ent.Membership) []string {
			out := []string{}
			for _, e := range b.client.Enrollment.Query().Where(enrollment.MembershipID(m.ID)).AllX(b.system) {
				out = append(out, string(e.ClassID))
			}
			return out
		}

		turn()
		b.equal("events", []string{"class.unenrolled " + robotics, "class.enrolled " + chess, "class.rolled_over " + robotics, "class.ended " + robotics}, b.events(n))
		b.equal("the student", []string{chess}, where(n.ada))
		b.equal("the teacher", []string{robotics}, where(n.teacher))

		if _, err := b.roster.UndoRollOver(b.as(n.admin), roster.UndoRollOverInput{ClassID: n.robotics.ID}); err != nil {
			t.Fatal(err)
		}
		b.events(n)
		turn()
		b.equal("after an undo", []string{"class.ended " + robotics}, b.events(n))
		b.equal("the student after an undo", []string{robotics}, where(n.ada))
	})
}

// A next class that is over, or was deleted, takes nobody, and keeps no other class from ending.
func TestClassesEndWhoseNextClassTakesNobody(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*ent.ClassUpdateOne) *ent.ClassUpdateOne{
		"over":    func(u *ent.ClassUpdateOne) *ent.ClassUpdateOne { return u.SetState("ended") },
		"deleted": func(u *ent.ClassUpdateOne) *ent.ClassUpdateOne { return u.SetDeletedAt(start) },
	} {
		t.Run(name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, db *store.DB) {
				b := setup(t, db)
				n := b.north
				b.client.Class.UpdateOne(n.robotics).SetNextClass(n.chess).SetEndsOn(start.AddDate(0, 0, -1).Format(time.DateOnly)).ExecX(b.system)
				change(b.client.Class.UpdateOne(n.chess)).ExecX(b.system)
				_, err := b.roster.TurnClasses(authz.With(t.Context(), authz.System(n.org.ID, "class_dates")), roster.TurnClassesInput{})
				b.check(name, err, "", "")
				b.equal(name, []string{"class.ended " + string(n.robotics.ID)}, b.events(n))
			})
		})
	}
}
