package fleet_test

import (
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestDeletePrinter(t *testing.T) {
	print := func(state printrun.State) func(*testing.T, *bundle, *ent.Printer) {
		return func(t *testing.T, b *bundle, p *ent.Printer) { b.o.Print(t, b.o.QueueItem(t), p, state) }
	}
	assigned := func(state string) func(*testing.T, *bundle, *ent.Printer) {
		return func(t *testing.T, b *bundle, p *ent.Printer) {
			b.o.QueueItem(t, func(q *ent.QueueItemCreate) { q.SetState(itemState(state)).SetAssignedPrinterID(p.ID) })
		}
	}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			given      func(*testing.T, *bundle, *ent.Printer)
			ifMatch    string
			code       errs.Code
			wantEvents []string
		}{
			{name: "an idle printer goes", wantEvents: []string{"printer.deleted"}},
			{
				name:       "its spools go back to the shelf",
				given:      func(t *testing.T, b *bundle, p *ent.Printer) { b.load(t, p, 0); b.load(t, p, 1) },
				wantEvents: []string{"spool_assignment.ended", "spool_assignment.ended", "printer.deleted"},
			},
			{name: "its history does not hold it", given: print(printrun.StateSucceeded), wantEvents: []string{"printer.deleted"}},
			{name: "finished items do not hold it", given: assigned("completed"), wantEvents: []string{"printer.deleted"}},
			{name: "a claimed printer stays", given: print(printrun.StateDispatching), code: errs.PrinterInUse},
			{name: "a printing printer stays", given: print(printrun.StatePrinting), code: errs.PrinterInUse},
			{name: "a printer that nobody is sure about stays", given: print(printrun.StateNeedsConfirmation), code: errs.PrinterInUse},
			{name: "a print without a verdict holds it", given: print(printrun.StateFinished), code: errs.PrinterInUse},
			{name: "an assigned item holds it", given: assigned("assigned"), code: errs.PrinterInUse},
			{name: "a deleted printer is not found", given: func(t *testing.T, b *bundle, p *ent.Printer) {
				_, err := b.s.DeletePrinter(b.ctx, fleet.DeletePrinterInput{PrinterID: p.ID})
				must(t, err)
			}, code: "printer_not_found"},
			{name: "a stale If-Match is refused", ifMatch: `"7-x"`, code: errs.PreconditionFailed},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				p := b.create(t, func(in *fleet.CreatePrinterInput) { in.SlotCount = ptr(2) })
				if row.given != nil {
					row.given(t, b, p)
				}
				b.told = len(b.o.Events(t))

				_, err := b.s.DeletePrinter(b.ctx, fleet.DeletePrinterInput{PrinterID: p.ID, IfMatch: row.ifMatch})

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				if row.code != "" {
					return
				}
				if b.Raw.Printer.GetX(t.Context(), p.ID).DeletedAt == nil {
					t.Error("the printer is still there")
				}
				full := b.Raw.PrinterSlot.Query().Where(printerslot.PrinterID(p.ID), printerslot.SpoolIDNotNil()).CountX(t.Context())
				inUse := b.Raw.Spool.Query().Where(spool.OrganizationID(b.o.ID), spool.StatusEQ(spool.StatusInUse)).CountX(t.Context())
				if full+inUse != 0 {
					t.Errorf("%d full slots, %d spools in use", full, inUse)
				}
			})
		}
	})
}
