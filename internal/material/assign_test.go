package material_test

import (
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/ent/spoolassignment"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Every way into a slot, and every reason to stay out of it, is a row here: hence the length.
func TestAssignSpool(t *testing.T) {
	const created, ended = "spool_assignment.created", "spool_assignment.ended"
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			given      func(t *testing.T, b *bundle, s *ent.Spool, ada, bob *ent.Printer)
			slot       int
			code       errs.Code
			wantEvents []string
		}{
			{name: "a spool goes into an empty slot", slot: 1, wantEvents: []string{created}},
			{
				name:       "it moves from another printer",
				given:      func(t *testing.T, b *bundle, s *ent.Spool, _, bob *ent.Printer) { b.load(t, s, bob, 0) },
				wantEvents: []string{ended, created},
			},
			{
				name:       "it moves to another slot of its printer",
				given:      func(t *testing.T, b *bundle, s *ent.Spool, ada, _ *ent.Printer) { b.load(t, s, ada, 1) },
				wantEvents: []string{ended, created},
			},
			{
				name: "it replaces what was there",
				given: func(t *testing.T, b *bundle, s *ent.Spool, ada, _ *ent.Printer) {
					b.load(t, b.o.Spool(t, b.o.Material(t), 50), ada, 0)
				},
				wantEvents: []string{ended, created},
			},
			{
				name: "it moves and replaces at once",
				given: func(t *testing.T, b *bundle, s *ent.Spool, ada, bob *ent.Printer) {
					b.load(t, s, bob, 0)
					b.load(t, b.o.Spool(t, b.o.Material(t), 50), ada, 0)
				},
				wantEvents: []string{ended, ended, created},
			},
			{
				name:  "where it is already, nothing happens",
				given: func(t *testing.T, b *bundle, s *ent.Spool, ada, _ *ent.Printer) { b.load(t, s, ada, 0) },
			},
			{name: "a slot that the printer does not have is refused", slot: 2, code: errs.ValidationFailed},
			{
				name: "an archived spool is refused",
				given: func(t *testing.T, b *bundle, s *ent.Spool, _, _ *ent.Printer) {
					b.update(t, s, material.UpdateSpoolInput{Status: status(spool.StatusArchived)})
				},
				code: errs.ValidationFailed,
			},
			{
				name:  "an empty spool is refused",
				given: func(t *testing.T, b *bundle, s *ent.Spool, _, _ *ent.Printer) { b.deduct(t, s, 1000) },
				code:  errs.SpoolInsufficientMaterial,
			},
			{
				name:  "a deleted spool is not found",
				given: func(t *testing.T, b *bundle, s *ent.Spool, _, _ *ent.Printer) { b.remove(t, s) },
				code:  "spool_not_found",
			},
			{
				name: "a spool that a print takes from is not swapped out",
				given: func(t *testing.T, b *bundle, s *ent.Spool, ada, _ *ent.Printer) {
					used := b.o.Spool(t, b.o.Material(t), 500)
					b.load(t, used, ada, 0)
					b.o.Print(t, b.o.QueueItem(t), ada, printrun.StatePaused, uses(used, 5, 0)...)
				},
				code: errs.PrinterInUse,
			},
			{
				name: "a spool that a print takes from is not moved away",
				given: func(t *testing.T, b *bundle, s *ent.Spool, _, bob *ent.Printer) {
					b.load(t, s, bob, 0)
					b.o.Print(t, b.o.QueueItem(t), bob, printrun.StateDispatching, uses(s, 5, 0)...)
				},
				code: errs.PrinterInUse,
			},
			{
				name: "another slot of a printing printer is filled",
				given: func(t *testing.T, b *bundle, s *ent.Spool, ada, _ *ent.Printer) {
					used := b.o.Spool(t, b.o.Material(t), 500)
					b.load(t, used, ada, 1)
					b.o.Print(t, b.o.QueueItem(t), ada, printrun.StatePrinting, uses(used, 5, 0)...)
				},
				wantEvents: []string{created},
			},
			{
				name: "after the print the spool may go",
				given: func(t *testing.T, b *bundle, s *ent.Spool, _, bob *ent.Printer) {
					b.load(t, s, bob, 0)
					b.o.Print(t, b.o.QueueItem(t), bob, printrun.StateFinished, uses(s, 5, 0)...)
				},
				wantEvents: []string{ended, created},
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				s := b.o.Spool(t, b.o.Material(t), 1000)
				ada, bob := b.o.Printer(t, "Ada", 2), b.o.Printer(t, "Bob", 1)
				if row.given != nil {
					row.given(t, b, s, ada, bob)
				}
				b.told = len(b.o.Events(t))
				before := b.loaded(t)

				a, err := b.s.AssignSpool(b.ctx, material.AssignSpoolInput{SpoolID: s.ID, PrinterID: ada.ID, SlotIndex: row.slot})

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				b.wantConsistent(t)
				now := b.loaded(t)
				if row.code != "" {
					if len(now) != len(before) {
						t.Errorf("loaded %v after %v", now, before)
					}
					return
				}
				if now[s.ID] != (where{ada.ID, row.slot}) || a.SpoolID != s.ID || a.SlotIndex != row.slot || a.EndedAt != nil {
					t.Errorf("loaded %v, answer %+v", now, a)
				}
				if got := b.Raw.Spool.GetX(t.Context(), s.ID); got.Status != spool.StatusInUse || got.OpenedAt == nil {
					t.Errorf("got %+v", got)
				}
			})
		}
	})
}

func TestUnassignSpool(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			given      func(t *testing.T, b *bundle, s *ent.Spool, p *ent.Printer, a *ent.SpoolAssignment)
			code       errs.Code
			want       spool.Status
			wantEvents []string
		}{
			{name: "a loaded spool is stored", want: spool.StatusStored, wantEvents: []string{"spool_assignment.ended"}},
			{
				name: "an empty spool stays empty",
				given: func(t *testing.T, b *bundle, s *ent.Spool, _ *ent.Printer, _ *ent.SpoolAssignment) {
					b.deduct(t, s, 1000)
				},
				want: spool.StatusEmpty, wantEvents: []string{"spool_assignment.ended"},
			},
			{
				name: "what has ended stays as it was",
				given: func(t *testing.T, b *bundle, _ *ent.Spool, _ *ent.Printer, a *ent.SpoolAssignment) {
					_, err := b.s.UnassignSpool(b.ctx, material.UnassignSpoolInput{AssignmentID: a.ID})
					must(t, err)
				},
				want: spool.StatusStored,
			},
			{
				name: "a spool that a print takes from stays",
				given: func(t *testing.T, b *bundle, s *ent.Spool, p *ent.Printer, _ *ent.SpoolAssignment) {
					b.o.Print(t, b.o.QueueItem(t), p, printrun.StatePrinting, uses(s, 5, 0)...)
				},
				code: errs.PrinterInUse, want: spool.StatusInUse,
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				s, p := b.o.Spool(t, b.o.Material(t), 1000), b.o.Printer(t, "Ada", 1)
				a := b.load(t, s, p, 0)
				if row.given != nil {
					row.given(t, b, s, p, a)
				}
				b.told = len(b.o.Events(t))

				_, err := b.s.UnassignSpool(b.ctx, material.UnassignSpoolInput{AssignmentID: a.ID})

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				b.wantConsistent(t)
				if got := b.Raw.Spool.GetX(t.Context(), s.ID); got.Status != row.want {
					t.Errorf("status %s, want %s", got.Status, row.want)
				}
			})
		}
	})
}

// where is a printer and the index of a slot.
type where struct {
	printer pid.ID
	slot    int
}

// loaded is which spool of the organization is where, by the slots.
func (b *bundle) loaded(t testing.TB) map[pid.ID]where {
	t.Helper()
	places := map[pid.ID]where{}
	for _, s := range b.Raw.PrinterSlot.Query().Where(printerslot.OrganizationID(b.o.ID), printerslot.SpoolIDNotNil()).AllX(t.Context()) {
		places[*s.SpoolID] = where{s.PrinterID, s.Index}
	}
	return places
}

// wantConsistent checks that slots and open assignments say the same.
func (b *bundle) wantConsistent(t testing.TB) {
	t.Helper()
	open := b.Raw.SpoolAssignment.Query().Where(spoolassignment.OrganizationID(b.o.ID), spoolassignment.EndedAtIsNil()).AllX(t.Context())
	slots := b.loaded(t)
	for _, a := range open {
		if slots[a.SpoolID] != (where{a.PrinterID, a.SlotIndex}) {
			t.Errorf("the assignment says %v, the slots %v", a, slots)
		}
	}
	if len(open) != len(slots) {
		t.Errorf("%d open assignments, %d full slots", len(open), len(slots))
	}
}
