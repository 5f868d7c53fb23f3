package material

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/ent/spoolassignment"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// AssignSpoolInput says which spool goes where.
type AssignSpoolInput struct {
	SpoolID   pid.ID `json:"spool_id" required:"true" doc:"The spool." example:"spl_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	PrinterID pid.ID `json:"printer_id" required:"true" doc:"The printer." example:"prn_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	SlotIndex int    `json:"slot_index" required:"true" minimum:"0" maximum:"15" doc:"Slot of the printer, from 0."`
}

// AssignSpool loads a spool into a slot. It ends the assignment that it replaces there, and the spool's own where that was
// in another slot. A spool that an active print takes from stays where it is; other slots of a printing printer may change.
func (s *Service) AssignSpool(ctx context.Context, in AssignSpoolInput) (*ent.SpoolAssignment, error) {
	return op.Do(ctx, s.Ops, OpAssignmentCreate, in, func(ctx context.Context, tx *ent.Tx) (*ent.SpoolAssignment, error) {
		p, err := op.Load(ctx, tx.Printer, in.PrinterID)
		if err != nil {
			return nil, err
		}
		sp, err := op.Load(ctx, tx.Spool, in.SpoolID)
		if err != nil {
			return nil, err
		}
		target, err := slotOf(ctx, tx, p, in.SlotIndex)
		if err != nil {
			return nil, err
		}
		if deref(target.SpoolID) == sp.ID {
			return openIn(ctx, tx, target.ID)
		}
		if err := loadable(sp); err != nil {
			return nil, err
		}

		if err := vacate(ctx, tx, spoolassignment.Or(spoolassignment.SlotID(target.ID), spoolassignment.SpoolID(sp.ID))); err != nil {
			return nil, err
		}
		return load(ctx, tx, sp, target)
	})
}

// slotOf is the printer's slot of that index.
func slotOf(ctx context.Context, tx *ent.Tx, p *ent.Printer, index int) (*ent.PrinterSlot, error) {
	slots, err := tx.PrinterSlot.Query().Where(printerslot.PrinterID(p.ID)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read slots: %w", err)
	}
	i := slices.IndexFunc(slots, func(s *ent.PrinterSlot) bool { return s.Index == index })
	if i < 0 {
		return nil, errs.Invalid(errs.Field{Path: "slot_index", Code: "not_allowed", Message: fmt.Sprintf("the printer has %d slots, counted from 0", len(slots))})
	}
	return slots[i], nil
}

// openIn is the open assignment of a slot.
func openIn(ctx context.Context, tx *ent.Tx, slot pid.ID) (*ent.SpoolAssignment, error) {
	a, err := tx.SpoolAssignment.Query().Where(spoolassignment.SlotID(slot), spoolassignment.EndedAtIsNil()).Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read open assignment: %w", err)
	}
	return a, nil
}

// loadable refuses spools that nothing can be printed from.
func loadable(s *ent.Spool) error {
	switch s.Status {
	case spool.StatusArchived:
		return errs.Invalid(errs.Field{Path: "spool_id", Code: "archived", Message: "the spool is archived; set its status to stored first"})
	case spool.StatusEmpty:
		return errs.New(errs.SpoolInsufficientMaterial, "The spool is empty. Weigh it first if something is left on it.")
	}
	return nil
}

// load puts the spool into the slot, both of which are free.
func load(ctx context.Context, tx *ent.Tx, s *ent.Spool, slot *ent.PrinterSlot) (*ent.SpoolAssignment, error) {
	if err := tx.PrinterSlot.UpdateOneID(slot.ID).SetSpoolID(s.ID).Exec(ctx); err != nil {
		return nil, fmt.Errorf("fill slot: %w", err)
	}
	u := tx.Spool.UpdateOneID(s.ID).SetStatus(spool.StatusInUse)
	if s.OpenedAt == nil {
		u.SetOpenedAt(op.Now(ctx))
	}
	if err := u.Exec(ctx); err != nil {
		return nil, fmt.Errorf("mark spool: %w", err)
	}
	a, err := tx.SpoolAssignment.Create().SetSpoolID(s.ID).SetPrinterID(slot.PrinterID).SetSlotID(slot.ID).
		SetSlotIndex(slot.Index).SetStartedAt(op.Now(ctx)).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("insert assignment: %w", err)
	}
	emitAssignment(ctx, tx, event.SpoolAssignmentCreated, a)
	return a, nil
}

// UnassignSpoolInput names the assignment.
type UnassignSpoolInput struct {
	AssignmentID pid.ID `path:"assignment_id" json:"-" doc:"Identifier of the spool assignment." example:"sas_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch      string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// UnassignSpool unloads a spool. An assignment that has ended stays as it was.
func (s *Service) UnassignSpool(ctx context.Context, in UnassignSpoolInput) (*ent.SpoolAssignment, error) {
	return op.Do(ctx, s.Ops, OpAssignmentDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.SpoolAssignment, error) {
		a, err := op.Load(ctx, tx.SpoolAssignment, in.AssignmentID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, a.Version); err != nil {
			return nil, err
		}
		if a.EndedAt != nil {
			return a, nil
		}

		if err := vacate(ctx, tx, spoolassignment.ID(a.ID)); err != nil {
			return nil, err
		}
		return tx.SpoolAssignment.Get(ctx, a.ID)
	})
}

// UnloadPrinter is a step that takes all spools out of a printer's slots, for fleet when it deletes one.
func UnloadPrinter(ctx context.Context, tx *ent.Tx, printer pid.ID) error {
	return vacate(ctx, tx, spoolassignment.PrinterID(printer))
}

// vacate ends the open assignments that the condition names.
func vacate(ctx context.Context, tx *ent.Tx, which predicate.SpoolAssignment) error {
	open, err := tx.SpoolAssignment.Query().Where(spoolassignment.EndedAtIsNil(), which).Order(spoolassignment.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read open assignments: %w", err)
	}
	for _, a := range open {
		if err := mayLeave(ctx, tx, a); err != nil {
			return err
		}
		if err := end(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}

// mayLeave refuses to take a spool out of a printer whose active print takes from it: the print was claimed with it, and
// its end deducts from it.
func mayLeave(ctx context.Context, tx *ent.Tx, a *ent.SpoolAssignment) error {
	prints, err := tx.PrintRun.Query().Where(printrun.PrinterID(a.PrinterID), printrun.StateIn(
		printrun.StateDispatching, printrun.StateNeedsConfirmation, printrun.StatePrinting, printrun.StatePaused)).All(ctx)
	if err != nil {
		return fmt.Errorf("look for an active print: %w", err)
	}
	takes := func(u schematype.SpoolUse) bool { return u.SpoolID == string(a.SpoolID) }
	for _, p := range prints {
		if slices.ContainsFunc(p.SpoolUses, takes) {
			return errs.New(errs.PrinterInUse, "The print on %s takes filament from the spool in slot %d. Wait until it ends, or cancel it.", p.PrinterName, a.SlotIndex)
		}
	}
	return nil
}

// end closes one assignment. The slot goes first: a slot and an open assignment of the same spool would contradict.
func end(ctx context.Context, tx *ent.Tx, a *ent.SpoolAssignment) error {
	if err := tx.PrinterSlot.UpdateOneID(a.SlotID).ClearSpoolID().Exec(ctx); err != nil {
		return fmt.Errorf("empty slot: %w", err)
	}
	s, err := tx.Spool.LoadRow(ctx, a.SpoolID)
	if err != nil {
		return fmt.Errorf("lock spool: %w", err)
	}
	if s.Status == spool.StatusInUse {
		if err := tx.Spool.UpdateOne(s).SetStatus(spool.StatusStored).Exec(ctx); err != nil {
			return fmt.Errorf("store spool: %w", err)
		}
	}
	ended, err := tx.SpoolAssignment.UpdateOneID(a.ID).SetEndedAt(op.Now(ctx)).Save(ctx)
	if err != nil {
		return fmt.Errorf("end assignment: %w", err)
	}
	emitAssignment(ctx, tx, event.SpoolAssignmentEnded, ended)
	return nil
}

func emitAssignment(ctx context.Context, tx *ent.Tx, t event.Type, a *ent.SpoolAssignment) {
	event.Emit(ctx, tx, event.Fact{Type: t, Resource: "spool_assignment", ID: a.ID, Object: record.SpoolAssignment(a)})
}
