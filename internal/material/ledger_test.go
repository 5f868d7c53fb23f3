package material_test

import (
	"slices"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Each bound of the stock level and each refusal is a row here: hence the length.
func TestDeductSpool(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			given      func(b *bundle, s *ent.Spool)
			in         material.DeductSpoolInput
			code       errs.Code
			wantG      float64
			wantLevel  spool.StockLevel
			wantEvents []string
		}{
			{
				name: "grams are taken", in: material.DeductSpoolInput{Grams: g(12.35), Reason: g("Calibration")},
				wantG: 987.65, wantLevel: ok, wantEvents: []string{"spool.deducted"},
			},
			{
				name: "a length is weighed", in: material.DeductSpoolInput{LengthMM: g(10_000.0)},
				wantG: 970.17, wantLevel: ok, wantEvents: []string{"spool.deducted"},
			},
			{
				name: "crossing the threshold is told once", in: material.DeductSpoolInput{Grams: g(900.0)},
				wantG: 100, wantLevel: low, wantEvents: []string{"spool.deducted", "spool.low"},
			},
			{
				name: "below the threshold nothing is told again", given: func(b *bundle, s *ent.Spool) { b.deduct(t, s, 920) },
				in: material.DeductSpoolInput{Grams: g(5.0)}, wantG: 75, wantLevel: low, wantEvents: []string{"spool.deducted"},
			},
			{
				name: "half the threshold is critical", given: func(b *bundle, s *ent.Spool) { b.deduct(t, s, 920) },
				in: material.DeductSpoolInput{Grams: g(30.0)}, wantG: 50, wantLevel: critical, wantEvents: []string{"spool.deducted", "spool.critical"},
			},
			{
				name: "all of it makes the spool empty", in: material.DeductSpoolInput{Grams: g(1000.0)},
				wantLevel: empty, wantEvents: []string{"spool.deducted", "spool.low", "spool.critical", "spool.empty"},
			},
			{
				name: "what is reserved is on the spool and may be taken", given: func(b *bundle, s *ent.Spool) { b.reserve(t, s, 900) },
				in: material.DeductSpoolInput{Grams: g(200.0)}, wantG: 800, wantLevel: ok, wantEvents: []string{"spool.deducted"},
			},
			{
				name: "more than is left is refused", in: material.DeductSpoolInput{Grams: g(1000.01)},
				code: errs.SpoolInsufficientMaterial, wantG: 1000, wantLevel: ok,
			},
			{
				name: "more than is left is taken where asked for", in: material.DeductSpoolInput{Grams: g(1010.0), AllowNegative: g(true)},
				wantG: -10, wantLevel: empty, wantEvents: []string{"spool.deducted", "spool.low", "spool.critical", "spool.empty"},
			},
			{name: "neither grams nor length is refused", code: errs.ValidationFailed, wantG: 1000, wantLevel: ok},
			{
				name: "both are refused", in: material.DeductSpoolInput{Grams: g(1.0), LengthMM: g(1.0)},
				code: errs.ValidationFailed, wantG: 1000, wantLevel: ok,
			},
			{name: "nothing is no deduction", in: material.DeductSpoolInput{Grams: g(0.0)}, code: errs.ValidationFailed, wantG: 1000, wantLevel: ok},
			{
				name: "a length beyond 100 kg is refused", in: material.DeductSpoolInput{LengthMM: g(1e8), AllowNegative: g(true)},
				code: errs.ValidationFailed, wantG: 1000, wantLevel: ok,
			},
			{
				name: "a stale If-Match is refused", in: material.DeductSpoolInput{Grams: g(1.0), IfMatch: `"0-x"`},
				code: errs.PreconditionFailed, wantG: 1000, wantLevel: ok,
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				s := b.o.Spool(t, b.o.Material(t), 1000)
				if row.given != nil {
					row.given(b, s)
				}
				b.told = len(b.o.Events(t))
				in := row.in
				in.SpoolID = s.ID

				got, err := b.s.DeductSpool(b.ctx, in)

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				now := b.Raw.Spool.GetX(t.Context(), s.ID)
				b.wantGrams(t, s.ID, row.wantG, now.ReservedG)
				if now.StockLevel != row.wantLevel || (now.Status == spool.StatusEmpty) != (row.wantG <= 0) {
					t.Errorf("level %s, status %s", now.StockLevel, now.Status)
				}
				if row.code == "" && (got.LedgerEntry.Kind != ledgerentry.KindDeduct || got.LedgerEntry.BalanceAfterG != row.wantG || got.Spool.RemainingG != row.wantG) {
					t.Errorf("got %+v", got)
				}
			})
		}
	})
}

func TestDeductSpoolRemembersWhoAndWhatFor(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		s := b.o.Spool(t, b.o.Material(t), 1000)
		p := b.o.Print(t, b.o.QueueItem(t), b.o.Printer(t, "Ada", 1), printrun.StateSucceeded)

		for range 2 { // a person may deduct for the same print more than once
			got, err := b.s.DeductSpool(b.o.Key(t, "spool.manage"), material.DeductSpoolInput{SpoolID: s.ID, Grams: g(5.0), PrintID: &p.ID, Reason: g("Purge")})
			wantCode(t, err, "")
			e := got.LedgerEntry
			if *e.PrintID != p.ID || e.QueueItemID != nil || *e.ByMembershipID != b.o.Owner.ID || e.Note != "Purge" {
				t.Errorf("got %+v", e)
			}
		}
		b.wantGrams(t, s.ID, 990, 0)
	})
}

func TestMeasureSpool(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			given      func(b *bundle, s *ent.Spool)
			gross      float64
			code       errs.Code
			wantG      float64
			wantLevel  spool.StockLevel
			wantStatus spool.Status
			wantEvents []string
		}{
			{name: "the scale says less", gross: 700, wantG: 500, wantLevel: ok, wantStatus: "new", wantEvents: []string{"spool.measured"}},
			{name: "the scale says more", gross: 1250, wantG: 1050, wantLevel: ok, wantStatus: "new", wantEvents: []string{"spool.measured"}},
			{name: "the scale says the same", gross: 1200, wantG: 1000, wantLevel: ok, wantStatus: "new", wantEvents: []string{"spool.measured"}},
			{
				name: "an empty spool with something on it is in store again", given: func(b *bundle, s *ent.Spool) { b.deduct(t, s, 1000) },
				gross: 500, wantG: 300, wantLevel: ok, wantStatus: "stored", wantEvents: []string{"spool.measured"},
			},
			{
				name: "a loaded empty spool with something on it is in use again", given: func(b *bundle, s *ent.Spool) {
					b.load(t, s, b.o.Printer(t, "Ada", 1), 0)
					b.deduct(t, s, 1000)
				},
				gross: 500, wantG: 300, wantLevel: ok, wantStatus: "in_use", wantEvents: []string{"spool.measured"},
			},
			{
				name: "weighing around the threshold is told once", given: func(b *bundle, s *ent.Spool) { b.deduct(t, s, 910); b.measure(t, s, 345) },
				gross: 290, wantG: 90, wantLevel: low, wantStatus: "stored", wantEvents: []string{"spool.measured"},
			},
			{
				name: "five points above the threshold it is armed again", given: func(b *bundle, s *ent.Spool) { b.deduct(t, s, 910); b.measure(t, s, 350) },
				gross: 290, wantG: 90, wantLevel: low, wantStatus: "stored", wantEvents: []string{"spool.measured", "spool.low"},
			},
			{name: "less than the empty spool is refused", gross: 100, code: errs.ValidationFailed, wantG: 1000, wantLevel: ok, wantStatus: "new"},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				s := b.o.Spool(t, b.o.Material(t), 1000)
				if row.given != nil {
					row.given(b, s)
				}
				b.told = len(b.o.Events(t))

				_, err := b.s.MeasureSpool(b.ctx, material.MeasureSpoolInput{SpoolID: s.ID, GrossG: &row.gross})

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				b.wantGrams(t, s.ID, row.wantG, 0)
				now := b.Raw.Spool.GetX(t.Context(), s.ID)
				if now.StockLevel != row.wantLevel || now.Status != row.wantStatus {
					t.Errorf("level %s, status %s, want %s, %s", now.StockLevel, now.Status, row.wantLevel, row.wantStatus)
				}
			})
		}
	})
}

func TestUndoLedgerEntry(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name     string
			entry    func(b *bundle, s *ent.Spool) *ent.LedgerEntry
			code     errs.Code
			wantKind ledgerentry.Kind
			wantG    float64
		}{
			{name: "a deduction is refunded", entry: func(b *bundle, s *ent.Spool) *ent.LedgerEntry { return b.deduct(t, s, 990).LedgerEntry }, wantKind: "refund", wantG: 1000},
			{name: "a weighing is adjusted back", entry: func(b *bundle, s *ent.Spool) *ent.LedgerEntry { return b.measure(t, s, 500).LedgerEntry }, wantKind: "adjust", wantG: 1000},
			{
				name: "an undo is undone", entry: func(b *bundle, s *ent.Spool) *ent.LedgerEntry {
					return b.undo(t, s, b.deduct(t, s, 10).LedgerEntry).LedgerEntry
				},
				wantKind: "adjust", wantG: 990,
			},
			{
				name: "undoing a weighing that found more may go below zero", entry: func(b *bundle, s *ent.Spool) *ent.LedgerEntry {
					found := b.measure(t, s, 1300).LedgerEntry
					b.deduct(t, s, 1050)
					return found
				},
				wantKind: "adjust", wantG: -50,
			},
			{
				name: "nothing is undone twice", entry: func(b *bundle, s *ent.Spool) *ent.LedgerEntry {
					e := b.deduct(t, s, 10).LedgerEntry
					b.undo(t, s, e)
					return e
				},
				code: errs.LedgerEntryNotUndoable, wantG: 1000,
			},
			{
				name: "the first entry stays", entry: func(b *bundle, s *ent.Spool) *ent.LedgerEntry {
					return b.Raw.LedgerEntry.Query().Where(ledgerentry.SpoolID(s.ID)).OnlyX(t.Context())
				},
				code: errs.LedgerEntryNotUndoable, wantG: 1000,
			},
			{
				name: "an entry of another spool is not found", entry: func(b *bundle, s *ent.Spool) *ent.LedgerEntry {
					return b.deduct(t, b.o.Spool(t, b.o.Material(t), 50), 10).LedgerEntry
				},
				code: "ledger_entry_not_found", wantG: 1000,
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				s := b.o.Spool(t, b.o.Material(t), 1000)
				entry := row.entry(b, s)
				b.told = len(b.o.Events(t))

				got, err := b.s.UndoLedgerEntry(b.ctx, material.UndoLedgerEntryInput{SpoolID: s.ID, EntryID: entry.ID})

				wantCode(t, err, row.code)
				b.wantGrams(t, s.ID, row.wantG, 0)
				if row.code != "" {
					b.wantEvents(t)
					return
				}
				e := got.LedgerEntry
				if e.Kind != row.wantKind || *e.UndoOfID != entry.ID || e.DeltaG != -entry.DeltaG {
					t.Errorf("got %+v", e)
				}
			})
		}
	})
}

func (b *bundle) undo(t testing.TB, s *ent.Spool, e *ent.LedgerEntry) material.SpoolChange {
	t.Helper()
	c, err := b.s.UndoLedgerEntry(b.ctx, material.UndoLedgerEntryInput{SpoolID: s.ID, EntryID: e.ID})
	must(t, err)
	return c
}

func TestListLedgerPagesFromTheNewest(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		s, other := b.o.Spool(t, b.o.Material(t), 1000), b.o.Spool(t, b.o.Material(t), 1000)
		for range 6 {
			b.Clock.Advance(time.Second)
			b.deduct(t, s, 10)
			b.deduct(t, other, 10)
		}
		in := material.ListLedgerInput{SpoolID: s.ID, LedgerEntries: listing.LedgerEntries{Limit: g(3)}}
		var balances []float64
		for pages := 0; pages < 5; pages++ {
			l, err := b.s.ListLedger(b.o.Key(t, "operations.read"), in)
			must(t, err)
			for _, e := range l.Data {
				balances = append(balances, e.BalanceAfterG)
			}
			if !l.HasMore() {
				break
			}
			in.Cursor = l.Next
		}
		if want := []float64{940, 950, 960, 970, 980, 990, 1000}; !slices.Equal(balances, want) {
			t.Fatalf("got %v, want %v", balances, want)
		}

		in.Cursor, in.Kind = "", []ledgerentry.Kind{"initial"}
		l, err := b.s.ListLedger(b.ctx, in)
		must(t, err)
		if len(l.Data) != 1 {
			t.Errorf("%d entries of the kind initial", len(l.Data))
		}
		in.SpoolID, in.Cursor = other.ID, "nonsense"
		_, err = b.s.ListLedger(b.ctx, in)
		wantCode(t, err, errs.InvalidCursor)
	})
}
