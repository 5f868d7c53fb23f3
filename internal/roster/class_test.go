package roster_test

import (
	"context"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestDeleteClass(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		profile := b.client.RequirementProfile.Create().SetOrganization(b.north.org).SetKey("any").SetNeed([]byte("{}")).SaveX(b.system)
		item := func(c *ent.Class, number int64, state queueitem.State) {
			b.client.QueueItem.Create().SetOrganization(b.north.org).SetNumber(number).SetName("Gear").SetSubmitter(b.north.ada).
				SetClass(c).SetState(state).SetProfile(profile).SaveX(b.system)
		}
		busy := b.client.Class.Create().SetOrganization(b.north.org).SetName("Busy").SaveX(b.system)
		for i, state := range []queueitem.State{"completed", "failed", "cancelled", "expired"} {
			item(b.north.robotics, int64(i+1), state)
		}
		item(busy, 5, queueitem.StateDraft)
		item(busy, 6, queueitem.StateAwaitingVerdict)
		item(busy, 7, queueitem.StateCompleted)
		for _, tt := range []struct {
			name  string
			actor context.Context
			class pid.ID
			match string
			want  errs.Code
			words string
		}{
			{"a class with unfinished items stays", b.as(b.north.admin), busy.ID, "", errs.ClassInUse, "not finished: 2"},
			{"somebody else was faster", b.as(b.north.admin), b.north.robotics.ID, `"2-ab"`, errs.PreconditionFailed, ""},
			{"a teacher deletes no classes", b.as(b.north.teacher), b.north.robotics.ID, "", errs.InsufficientPermissions, "org.manage_users"},
			{"another school's class does not exist", b.as(b.south.admin), b.north.robotics.ID, "", "class_not_found", ""},
			{"a class that does not exist", b.as(b.north.admin), "cls" + nowhere, "", "class_not_found", ""},
			{"an identifier that is none", b.as(b.north.admin), "robotics", "", "class_not_found", ""},
			{"a class whose items are all finished goes", b.as(b.north.admin), b.north.robotics.ID, `"1-ab"`, "", ""},
			{"it is gone", b.as(b.north.admin), b.north.robotics.ID, "", "class_not_found", ""},
		} {
			got, err := b.roster.DeleteClass(tt.actor, roster.DeleteClassInput{ClassID: tt.class, IfMatch: tt.match})
			if !b.check(tt.name, err, tt.want, tt.words) {
				b.equal(tt.name+": events", []string{}, b.events(b.north))
				continue
			}
			b.equal(tt.name+": events", []string{"class.deleted " + string(tt.class)}, b.events(b.north))
			if got.DeletedAt == nil || !got.DeletedAt.Equal(start) || got.JoinCode != nil {
				t.Errorf("%s: %+v", tt.name, got)
			}
		}
		if kept := b.client.Class.GetX(b.system, b.north.robotics.ID); kept.Name != "Robotics" {
			t.Errorf("the row that history names: %+v", kept)
		}
	})
}
