package material_test

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestReserve(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name         string
			reserved     float64 // by another item, before
			uses         []float64
			code         errs.Code
			wantReserved float64
			wantReason   errs.Reason
		}{
			{name: "what is there is promised", uses: []float64{250.004}, wantReserved: 250},
			{name: "all of it is promised", uses: []float64{1000}, wantReserved: 1000},
			{name: "tools that share a spool are added up", uses: []float64{300, 200.5}, wantReserved: 500.5},
			{name: "an unknown weight promises nothing", uses: []float64{0}},
			{name: "weights that are none promise nothing", uses: []float64{math.NaN(), -5}},
			{
				name: "more than is there is refused with numbers", uses: []float64{1000.01}, code: errs.FilamentShort,
				wantReason: errs.Reason{
					Code: "filament_insufficient", Axis: "filament", Severity: "hard", Expected: "1000.01 g", Actual: "1000 g left on S-9",
					Fix: "Load a spool with at least 1000.01 g into slot 0, or weigh the one that is in", NeededG: g(1000.01), RemainingG: g(1000.0), ReservedG: g(0.0),
				},
			},
			{
				name: "what others have reserved is not there", reserved: 800, uses: []float64{150, 100}, code: errs.FilamentShort, wantReserved: 800,
				wantReason: errs.Reason{
					Code: "filament_insufficient", Axis: "filament", Severity: "hard", Expected: "250 g", Actual: "1000 g left on S-9, 800 g of it reserved",
					Fix: "Load a spool with at least 250 g into slot 0, or weigh the one that is in", NeededG: g(250.0), RemainingG: g(1000.0), ReservedG: g(800.0),
				},
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				s := b.o.Spool(t, b.o.Material(t), 1000, func(q *ent.SpoolCreate) { q.SetCode("S-9") })
				if row.reserved > 0 {
					b.reserve(t, s, row.reserved)
				}
				var list []schematype.SpoolUse
				for _, estimated := range row.uses {
					list = append(list, uses(s, estimated, 0)...)
				}
				ref := material.Ref{Item: b.o.QueueItem(t).ID}

				err := b.step(func(ctx context.Context, tx *ent.Tx) error { return material.Reserve(ctx, tx, list, ref) })

				wantCode(t, err, row.code)
				b.wantGrams(t, s.ID, 1000, row.wantReserved)
				if row.code != "" {
					if d := cmp.Diff([]errs.Reason{row.wantReason}, errs.From(err).Reasons); d != "" {
						t.Errorf("reasons (-want +got):\n%s", d)
					}
				}
			})
		}
	})
}

func TestReserveIsAllOrNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		m := b.o.Material(t)
		full, short := b.o.Spool(t, m, 1000), b.o.Spool(t, m, 10)
		list := append(uses(full, 100, 0), uses(short, 100, 0)...)
		ref := material.Ref{Item: b.o.QueueItem(t).ID}

		err := b.step(func(ctx context.Context, tx *ent.Tx) error { return material.Reserve(ctx, tx, list, ref) })
		wantCode(t, err, errs.FilamentShort)
		b.wantGrams(t, full.ID, 1000, 0)
		b.wantGrams(t, short.ID, 10, 0)

		must(t, b.step(func(ctx context.Context, tx *ent.Tx) error { return material.ReserveAnyway(ctx, tx, list, ref) }))
		b.wantGrams(t, full.ID, 1000, 100)
		b.wantGrams(t, short.ID, 10, 100)
	})
}

func TestReleaseGivesBackWhatTheItemHasAndNoMore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		s := b.o.Spool(t, b.o.Material(t), 1000)
		mine, _ := b.reserve(t, s, 100), b.reserve(t, s, 50)
		release := func(grams float64, ref material.Ref) {
			must(t, b.step(func(ctx context.Context, tx *ent.Tx) error { return material.Release(ctx, tx, uses(s, grams, 0), ref) }))
		}

		release(30, mine)
		b.wantGrams(t, s.ID, 1000, 120)
		for range 3 {
			release(100, mine)
			b.wantGrams(t, s.ID, 1000, 50)
		}
		release(100, material.Ref{Item: b.o.QueueItem(t).ID})
		b.wantGrams(t, s.ID, 1000, 50)
		b.wantEvents(t)
	})
}

func TestSettle(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			actual     float64
			wantG      float64
			wantCost   int64
			wantStatus spool.Status
			wantEvents []string
		}{
			{name: "a print takes what it printed", actual: 180.5, wantG: 819.5, wantCost: 542, wantStatus: "stored", wantEvents: []string{"spool.deducted"}},
			{name: "a print that never began takes nothing", wantG: 1000, wantStatus: "new"},
			{
				name: "a print may have used more than the ledger held", actual: 1100, wantG: -100, wantCost: 3300, wantStatus: "empty",
				wantEvents: []string{"spool.deducted", "spool.low", "spool.critical", "spool.empty"},
			},
			{name: "a weight that is none is nothing", actual: math.NaN(), wantG: 1000, wantStatus: "new"},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				s := b.o.Spool(t, b.o.Material(t, func(q *ent.MaterialCreate) { q.SetPriceMinor(3000).SetPriceCurrency("USD") }), 1000)
				ref := b.reserve(t, s, 200)
				item := b.Raw.QueueItem.GetX(t.Context(), ref.Item)
				p := b.o.Print(t, item, b.o.Printer(t, "Ada", 1), printrun.StatePrinting)

				for call := range 3 { // the end of a print may be reported again and again
					got := b.settle(t, p, uses(s, 200, row.actual))
					if got.Settled != (call == 0) || call == 0 && got.CostMinor != row.wantCost {
						t.Errorf("call %d: %+v", call, got)
					}
					b.wantGrams(t, s.ID, row.wantG, 0)
				}

				b.wantEvents(t, row.wantEvents...)
				if got := b.Raw.Spool.GetX(t.Context(), s.ID); got.Status != row.wantStatus {
					t.Errorf("status %s, want %s", got.Status, row.wantStatus)
				}
			})
		}
	})
}

func (b *bundle) settle(t testing.TB, p *ent.PrintRun, list []schematype.SpoolUse) (got material.Settlement) {
	t.Helper()
	must(t, b.step(func(ctx context.Context, tx *ent.Tx) (err error) {
		got, err = material.Settle(ctx, tx, p, list)
		return err
	}))
	return got
}

func TestSettleAddsUpToolsAndSpools(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		m := b.o.Material(t)
		one, two, gone := b.o.Spool(t, m, 1000), b.o.Spool(t, m, 1000), b.o.Spool(t, m, 1000)
		p := b.o.Print(t, b.o.QueueItem(t), b.o.Printer(t, "Ada", 2), printrun.StatePrinting)
		list := append(uses(one, 0, 10), uses(two, 0, 20)...)
		list = append(list, uses(one, 0, 5.5)...)
		list = append(list, uses(gone, 0, 7)...)
		b.remove(t, gone)

		got := b.settle(t, p, list)

		if got.Grams != 35.5 {
			t.Errorf("took %v g", got.Grams)
		}
		b.wantGrams(t, one.ID, 984.5, 0)
		b.wantGrams(t, two.ID, 980, 0)
		b.wantGrams(t, gone.ID, 1000, 0)
	})
}

// A print that was settled by a program which forgot to mark it is not deducted again, by the ledger's own index.
func TestSettleLooksAtTheLedgerToo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		s := b.o.Spool(t, b.o.Material(t), 1000)
		p := b.o.Print(t, b.o.QueueItem(t), b.o.Printer(t, "Ada", 1), printrun.StatePrinting)
		b.settle(t, p, uses(s, 0, 100))
		b.Raw.PrintRun.UpdateOne(p).SetSettled(false).ExecX(t.Context())

		b.settle(t, p, uses(s, 0, 100))

		b.wantGrams(t, s.ID, 900, 0)
		err := b.Raw.LedgerEntry.Create().SetOrganizationID(b.o.ID).SetSpoolID(s.ID).SetKind(ledgerentry.KindDeduct).
			SetPrintID(p.ID).SetQueueItemID(p.QueueItemID).SetDeltaG(-100).Exec(t.Context())
		if !ent.IsConstraintError(err) {
			t.Errorf("the database takes a second deduction: %v", err)
		}
	})
}

func TestReserveOfASpoolThatIsNotThere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		use := []schematype.SpoolUse{{SpoolID: string(pid.New("spl")), EstimatedG: 1}}
		err := b.step(func(ctx context.Context, tx *ent.Tx) error { return material.Reserve(ctx, tx, use, material.Ref{}) })
		wantCode(t, err, "spool_not_found")
	})
}
