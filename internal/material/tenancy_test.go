package material_test

import (
	"context"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// rowsOf is one row of each kind.
type rowsOf struct {
	m     *ent.Material
	s     *ent.Spool
	p     *ent.Printer
	a     *ent.SpoolAssignment
	e     *ent.LedgerEntry
	print *ent.PrintRun
}

func (b *bundle) rows(t testing.TB) rowsOf {
	r := rowsOf{m: b.o.Material(t), p: b.o.Printer(t, "Ada", 2)}
	r.s = b.o.Spool(t, r.m, 1000)
	r.a = b.load(t, r.s, r.p, 0)
	r.e = b.deduct(t, r.s, 10).LedgerEntry
	r.print = b.o.Print(t, b.o.QueueItem(t), r.p, printrun.StateSucceeded)
	return r
}

// calls runs every operation on the rows theirs, with what else they need from ours.
func calls(s *material.Service) []struct {
	name string
	code errs.Code
	call func(ctx context.Context, ours, theirs rowsOf) error
} {
	grams := 1.0
	return []struct {
		name string
		code errs.Code
		call func(ctx context.Context, ours, theirs rowsOf) error
	}{
		{"a new spool of their material", "material_not_found", func(ctx context.Context, _, theirs rowsOf) error {
			_, err := s.CreateSpool(ctx, material.CreateSpoolInput{MaterialID: theirs.m.ID})
			return err
		}},
		{"a change of their spool", "spool_not_found", func(ctx context.Context, _, theirs rowsOf) error {
			_, err := s.UpdateSpool(ctx, material.UpdateSpoolInput{SpoolID: theirs.s.ID, Location: text("x")})
			return err
		}},
		{"deleting their spool", "spool_not_found", func(ctx context.Context, _, theirs rowsOf) error {
			_, err := s.DeleteSpool(ctx, material.DeleteSpoolInput{SpoolID: theirs.s.ID})
			return err
		}},
		{"deleting their material", "material_not_found", func(ctx context.Context, _, theirs rowsOf) error {
			_, err := s.DeleteMaterial(ctx, material.DeleteMaterialInput{MaterialID: theirs.m.ID})
			return err
		}},
		{"a deduction from their spool", "spool_not_found", func(ctx context.Context, _, theirs rowsOf) error {
			_, err := s.DeductSpool(ctx, material.DeductSpoolInput{SpoolID: theirs.s.ID, Grams: &grams})
			return err
		}},
		{"a deduction for their print", "print_not_found", func(ctx context.Context, ours, theirs rowsOf) error {
			_, err := s.DeductSpool(ctx, material.DeductSpoolInput{SpoolID: ours.s.ID, Grams: &grams, PrintID: &theirs.print.ID})
			return err
		}},
		{"weighing their spool", "spool_not_found", func(ctx context.Context, _, theirs rowsOf) error {
			_, err := s.MeasureSpool(ctx, material.MeasureSpoolInput{SpoolID: theirs.s.ID, GrossG: &grams})
			return err
		}},
		{"reading their ledger", "spool_not_found", func(ctx context.Context, _, theirs rowsOf) error {
			_, err := s.ListLedger(ctx, material.ListLedgerInput{SpoolID: theirs.s.ID})
			return err
		}},
		{"undoing their entry", "spool_not_found", func(ctx context.Context, _, theirs rowsOf) error {
			_, err := s.UndoLedgerEntry(ctx, material.UndoLedgerEntryInput{SpoolID: theirs.s.ID, EntryID: theirs.e.ID})
			return err
		}},
		{"undoing their entry under our spool", "ledger_entry_not_found", func(ctx context.Context, ours, theirs rowsOf) error {
			_, err := s.UndoLedgerEntry(ctx, material.UndoLedgerEntryInput{SpoolID: ours.s.ID, EntryID: theirs.e.ID})
			return err
		}},
		{"loading their spool", "spool_not_found", func(ctx context.Context, ours, theirs rowsOf) error {
			_, err := s.AssignSpool(ctx, material.AssignSpoolInput{SpoolID: theirs.s.ID, PrinterID: ours.p.ID, SlotIndex: 1})
			return err
		}},
		{"loading our spool into their printer", "printer_not_found", func(ctx context.Context, ours, theirs rowsOf) error {
			_, err := s.AssignSpool(ctx, material.AssignSpoolInput{SpoolID: ours.s.ID, PrinterID: theirs.p.ID, SlotIndex: 1})
			return err
		}},
		{"unloading their spool", "spool_assignment_not_found", func(ctx context.Context, _, theirs rowsOf) error {
			_, err := s.UnassignSpool(ctx, material.UnassignSpoolInput{AssignmentID: theirs.a.ID})
			return err
		}},
	}
}

func TestAnotherOrganizationIsNotThere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us, them := newBundle(t, k), newBundle(t, k)
		ours, theirs := us.rows(t), them.rows(t)
		us.told, them.told = len(us.o.Events(t)), len(them.o.Events(t))
		nobodys := rowsOf{
			m: &ent.Material{ID: pid.New("mat")}, s: &ent.Spool{ID: pid.New("spl")}, p: &ent.Printer{ID: "prn_nonsense"},
			a: &ent.SpoolAssignment{ID: ""}, e: &ent.LedgerEntry{ID: pid.New("led")}, print: &ent.PrintRun{ID: "'"},
		}
		before := them.Raw.Spool.GetX(t.Context(), theirs.s.ID)

		for _, row := range calls(us.s) {
			t.Run(row.name, func(t *testing.T) {
				wantCode(t, row.call(us.ctx, ours, theirs), row.code)
				wantCode(t, row.call(us.ctx, ours, nobodys), row.code) // exactly as what does not exist
				us.wantEvents(t)
				them.wantEvents(t)
				them.wantGrams(t, theirs.s.ID, 990, 0)
			})
		}

		if after := them.Raw.Spool.GetX(t.Context(), theirs.s.ID); after.Version != before.Version || after.Status != before.Status {
			t.Errorf("their spool changed: %+v", after)
		}
		us.wantConsistent(t)
		them.wantConsistent(t)
	})
}

func TestStepsReachNoOtherOrganization(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us, them := newBundle(t, k), newBundle(t, k)
		theirs := them.rows(t)

		err := us.step(func(ctx context.Context, tx *ent.Tx) error {
			return material.Reserve(ctx, tx, uses(theirs.s, 5, 0), material.Ref{})
		})
		wantCode(t, err, "spool_not_found")
		must(t, us.step(func(ctx context.Context, tx *ent.Tx) error { return material.UnloadPrinter(ctx, tx, theirs.p.ID) }))
		them.wantConsistent(t)
		if len(them.loaded(t)) != 1 {
			t.Error("their printer was unloaded")
		}
		found, err := material.Audit(us.ctx, us.Ops.Client)
		if err != nil || len(found) > 0 {
			t.Errorf("audit: %v, %v", found, err)
		}
	})
}

func TestOnlySpoolManagersChangeFilament(t *testing.T) {
	db := testkit.SQLite(t)
	b := newBundle(t, testkit.NewKit(t, db))
	ours := b.rows(t)
	b.told = len(b.o.Events(t))
	for _, ctx := range []context.Context{
		b.o.As(t, authz.RoleTeacher), b.o.As(t, authz.RoleStudent), b.o.Key(t, authz.OperationsRead, authz.PrinterManage, authz.QueueManage),
	} {
		for _, row := range calls(b.s) {
			if a := authz.From(ctx); row.name == "reading their ledger" && a.Has(authz.OperationsRead) {
				continue
			}
			wantCode(t, row.call(ctx, ours, ours), errs.InsufficientPermissions)
		}
	}
	b.wantEvents(t)
	b.wantGrams(t, ours.s.ID, 990, 0)
}

func TestEveryOperationIsListed(t *testing.T) {
	names := map[string]bool{}
	for _, o := range material.Ops() {
		if names[o.Name()] || !o.System && (o.Summary == "" || len(o.Needs) == 0) {
			t.Errorf("%s: listed twice, or without a summary or a capability", o.Name())
		}
		names[o.Name()] = true
	}
	if len(names) != 13 {
		t.Errorf("%d operations", len(names))
	}
}

func TestAuditFindsWhatDoesNotAddUp(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		s := b.o.Spool(t, b.o.Material(t), 1000)
		b.Raw.Spool.UpdateOne(s).SetRemainingG(900).SetReservedG(5).ExecX(t.Context())

		got, err := material.Audit(t.Context(), b.Raw)

		must(t, err)
		if len(got) != 2 || got[0].String() != string(s.ID)+": remaining_g is 900.00 g, the ledger says 1000.00 g" || got[1].Column != "reserved_g" {
			t.Errorf("got %v", got)
		}
	})
}
