package fleet_test

import (
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// A printer group goes unless somebody is bound to it: they could use every printer then.
func TestDeletePrinterGroup(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			given      func(t *testing.T, b *bundle, group pid.ID)
			ifMatch    string
			code       errs.Code
			wantEvents []string
		}{
			{name: "with printers in it", given: func(t *testing.T, b *bundle, group pid.ID) {
				b.o.Printer(t, "Ada", 1, func(q *ent.PrinterCreate) { q.AddGroupIDs(group) })
			}, wantEvents: []string{"printer_group.deleted"}},
			{name: "a class is bound to it", given: func(t *testing.T, b *bundle, group pid.ID) {
				b.Raw.Class.Create().SetOrganizationID(b.o.ID).SetName("9B").AddPrinterGroupIDs(group).ExecX(t.Context())
			}, code: errs.ReferenceConflict},
			{name: "a deleted class was bound to it", given: func(t *testing.T, b *bundle, group pid.ID) {
				b.Raw.Class.Create().SetOrganizationID(b.o.ID).SetName("9B").SetDeletedAt(b.Clock.Now()).AddPrinterGroupIDs(group).ExecX(t.Context())
			}, wantEvents: []string{"printer_group.deleted"}},
			{name: "a user group is bound to it", given: func(t *testing.T, b *bundle, group pid.ID) {
				b.Raw.UserGroup.Create().SetOrganizationID(b.o.ID).SetName("Helpers").AddPrinterGroupIDs(group).ExecX(t.Context())
			}, code: errs.ReferenceConflict},
			{name: "a stale If-Match", ifMatch: `"7-x"`, code: errs.PreconditionFailed},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				group := b.Raw.PrinterGroup.Create().SetOrganizationID(b.o.ID).SetName("Attic").SaveX(t.Context()).ID
				if row.given != nil {
					row.given(t, b, group)
				}
				b.told = len(b.o.Events(t))
				_, err := b.s.DeletePrinterGroup(b.ctx, fleet.DeletePrinterGroupInput{PrinterGroupID: group, IfMatch: row.ifMatch})
				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
			})
		}
	})
}
