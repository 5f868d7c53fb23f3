package material_test

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Whatever people, prints and scales do to spools, in whatever order: the ledgers add up, nothing is reserved below zero,
// slots and assignments agree, and the level on each spool follows from its weight.
func TestAnythingInAnyOrderAddsUp(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			m := newMachine(t, k)
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				m.act(rt)
			}
			m.check(t)
		})
	})
}

// machine does one thing after the other to three spools, a printer and the items of a queue.
type machine struct {
	*bundle
	spools  []*ent.Spool
	printer *ent.Printer
	item    *ent.QueueItem
	prints  []*ent.PrintRun
}

func newMachine(t *testing.T, k *testkit.Kit) *machine {
	m := &machine{bundle: newBundle(t, k)}
	pla := m.o.Material(t)
	m.printer = m.o.Printer(t, "Ada", 2)
	for range 3 {
		m.spools = append(m.spools, m.o.Spool(t, pla, 1000))
	}
	m.item = m.o.QueueItem(t)
	for range 2 {
		item := m.o.QueueItem(t)
		m.prints = append(m.prints, m.o.Print(t, item, m.o.Printer(t, "Bob", 1), printrun.StatePrinting))
	}
	return m
}

func (m *machine) act(t *rapid.T) {
	s := rapid.SampledFrom(m.spools).Draw(t, "spool")
	grams := rapid.Float64Range(0.01, 1200).Draw(t, "grams")
	var err error
	switch rapid.SampledFrom([]string{"deduct", "measure", "undo", "reserve", "release", "settle", "load", "unload", "status", "delete"}).Draw(t, "what") {
	case "deduct":
		negative := rapid.Bool().Draw(t, "negative")
		_, err = m.s.DeductSpool(m.ctx, material.DeductSpoolInput{SpoolID: s.ID, Grams: &grams, AllowNegative: &negative})
	case "measure":
		gross := 190 + grams
		_, err = m.s.MeasureSpool(m.ctx, material.MeasureSpoolInput{SpoolID: s.ID, GrossG: &gross})
	case "undo":
		err = m.undoAny(t, s)
	case "reserve":
		err = m.step(func(ctx context.Context, tx *ent.Tx) error {
			return material.Reserve(ctx, tx, uses(s, grams, 0), material.Ref{Item: m.item.ID})
		})
	case "release":
		err = m.step(func(ctx context.Context, tx *ent.Tx) error {
			return material.Release(ctx, tx, uses(s, grams, 0), material.Ref{Item: m.item.ID})
		})
	case "settle":
		p := rapid.SampledFrom(m.prints).Draw(t, "print")
		err = m.step(func(ctx context.Context, tx *ent.Tx) error {
			_, err := material.Settle(ctx, tx, p, uses(s, grams, grams*rapid.Float64Range(0, 2).Draw(t, "share")))
			return err
		})
	case "load":
		_, err = m.s.AssignSpool(m.ctx, material.AssignSpoolInput{SpoolID: s.ID, PrinterID: m.printer.ID, SlotIndex: rapid.IntRange(0, 1).Draw(t, "slot")})
	case "unload":
		err = m.step(func(ctx context.Context, tx *ent.Tx) error { return material.UnloadPrinter(ctx, tx, m.printer.ID) })
	case "status":
		to := rapid.SampledFrom([]spool.Status{"in_use", "stored", "empty", "archived"}).Draw(t, "status")
		_, err = m.s.UpdateSpool(m.ctx, material.UpdateSpoolInput{SpoolID: s.ID, Status: status(to)})
	case "delete":
		_, err = m.s.DeleteSpool(m.ctx, material.DeleteSpoolInput{SpoolID: s.ID})
	}
	if e := errs.From(err); e != nil && e.Kind == errs.KindInternal {
		t.Fatal(err)
	}
}

func (m *machine) undoAny(t *rapid.T, s *ent.Spool) error {
	entries := m.Raw.LedgerEntry.Query().Where(ledgerentry.SpoolID(s.ID)).Order(ledgerentry.ByID()).AllX(context.Background())
	e := rapid.SampledFrom(entries).Draw(t, "entry")
	_, err := m.s.UndoLedgerEntry(m.ctx, material.UndoLedgerEntryInput{SpoolID: s.ID, EntryID: e.ID})
	return err
}

func (m *machine) check(t *testing.T) {
	m.wantSums(t)
	m.wantConsistent(t)
	m.o.Events(t)
	for _, s := range m.spools {
		now := m.Raw.Spool.GetX(t.Context(), s.ID)
		if now.ReservedG < 0 {
			t.Errorf("%v g reserved", now.ReservedG)
		}
		if now.Status != spool.StatusArchived && (now.Status == spool.StatusEmpty) != (now.RemainingG <= 0) {
			t.Errorf("%v g left on a spool that is %s", now.RemainingG, now.Status)
		}
		if got := material.Level(now.StockLevel, now.RemainingG, now.InitialG, 100); got != now.StockLevel {
			t.Errorf("%v g left is %s, not %s", now.RemainingG, got, now.StockLevel)
		}
		m.checkCrossings(t, s.ID)
	}
}

// checkCrossings reads a spool's weights from its ledger and expects one spool.low for each fall to the threshold that
// follows a rise of five points above it.
func (m *machine) checkCrossings(t *testing.T, id pid.ID) {
	t.Helper()
	entries := m.Raw.LedgerEntry.Query().Where(ledgerentry.SpoolID(id)).Order(ledgerentry.ByID()).AllX(t.Context())
	slices.SortStableFunc(entries, func(a, b *ent.LedgerEntry) int { return a.CreatedAt.Compare(b.CreatedAt) })
	want, level := 0, ok
	for _, e := range entries {
		before := level
		level = material.Level(level, e.BalanceAfterG, 1000, 100)
		if before == ok && level != ok {
			want++
		}
	}
	got := m.Raw.Event.Query().Where(entevent.OrganizationID(m.o.ID), entevent.SubjectID(string(id)), entevent.Type("spool.low")).CountX(t.Context())
	if got != want {
		t.Errorf("%d events spool.low, want %d", got, want)
	}
}
