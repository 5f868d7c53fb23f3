package roster_test

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
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
