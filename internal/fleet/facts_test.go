package fleet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestFacts(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		tag, lab := b.tag(t, "hardened"), b.group(t, "Lab")
		p := b.create(t, func(in *fleet.CreatePrinterInput) {
			in.Manufacturer, in.Model = ptr("Prusa"), ptr("MK4")
			in.BuildVolumeMM, in.MaxNozzleC, in.Enclosed = &schematype.Size{X: 250, Y: 210, Z: 220}, ptr(290.0), ptr(true)
			in.TagIDs, in.GroupIDs, in.SlotCount = []pid.ID{tag}, []pid.ID{lab}, ptr(2)
			in.OutOfOrder = &schematype.OutOfOrder{Reason: "clogged"}
		})
		s := b.load(t, p, 1)
		read := func() match.Printer {
			return fleet.Facts(fleet.WithFacts(b.Raw.Printer.Query().Where(printer.ID(p.ID))).OnlyX(t.Context()))
		}
		want := match.Printer{
			ID: string(p.ID), Name: "Ada", Model: "MK4", Manufacturer: "Prusa",
			State: "offline", BedState: "unknown", RequireBedClear: true, OutOfOrder: &schematype.OutOfOrder{Reason: "clogged"},
			Volume: schematype.Size{X: 250, Y: 210, Z: 220}, NozzleDiameterMM: 0.4, NozzleType: "brass",
			MaxNozzleC: 290, MaxBedC: 120, Enclosed: true, Formats: []string{"gcode"},
			TagIDs: []string{string(tag)}, GroupIDs: []string{string(lab)},
			Slots: []match.Slot{
				{Index: 0},
				{Index: 1, Spool: &match.Spool{ID: string(s.ID), MaterialType: "PLA", ColorHex: "#112233", RemainingG: 1000, Status: "in_use"}},
			},
		}

		if d := cmp.Diff(want, read(), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("facts (-want +got):\n%s", d)
		}

		b.o.Print(t, b.o.QueueItem(t), p, printrun.StateSucceeded)
		if read().Active {
			t.Error("a print that is over holds the printer")
		}
		b.o.Print(t, b.o.QueueItem(t), p, printrun.StateNeedsConfirmation)
		if !read().Active {
			t.Error("a print that may run does not hold the printer")
		}
	})
}

// However many printers: one statement for them and one for each edge.
func TestWithFactsReadsInAFixedNumberOfStatements(t *testing.T) {
	b := newBundle(t, testkit.NewKit(t, testkit.SQLite(t)))
	for range 5 {
		p := b.create(t, func(in *fleet.CreatePrinterInput) { in.TagIDs = []pid.ID{b.tag(t, string(pid.New("tag")))} })
		b.load(t, p, 0)
	}
	ctx, statements := store.WithCounter(t.Context())
	rows := fleet.WithFacts(b.Raw.Printer.Query()).AllX(ctx)
	if n := statements.Count(); len(rows) != 5 || n > 7 {
		t.Errorf("%d printers in %d statements", len(rows), n)
	}
}
