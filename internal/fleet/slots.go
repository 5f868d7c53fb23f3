package fleet

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// slotsOf are the slots of a printer as an Input names them.
func slotsOf(p *ent.Printer) []SlotInput {
	names := make([]SlotInput, len(p.Edges.Slots))
	for i, s := range p.Edges.Slots {
		names[i] = SlotInput{Name: s.Name}
	}
	return names
}

// syncSlots renames, adds and removes slots until they are the wanted ones, by place. A slot that holds a spool is not
// removed. A removed slot takes the record of what was in it along.
func syncSlots(ctx context.Context, tx *ent.Tx, printer pid.ID, had []*ent.PrinterSlot, wanted []SlotInput) error {
	for i, s := range had {
		if err := syncSlot(ctx, tx, s, i, wanted); err != nil {
			return err
		}
	}
	for i := len(had); i < len(wanted); i++ {
		if err := tx.PrinterSlot.Create().SetPrinterID(printer).SetIndex(i).SetName(wanted[i].Name).Exec(ctx); err != nil {
			return fmt.Errorf("add slot: %w", err)
		}
	}
	return nil
}

func syncSlot(ctx context.Context, tx *ent.Tx, s *ent.PrinterSlot, i int, wanted []SlotInput) error {
	switch {
	case i >= len(wanted) && s.SpoolID != nil:
		return errs.New(errs.SpoolInUse, "A spool is in slot %d. Unload it first.", s.Index)
	case i >= len(wanted):
		if err := tx.PrinterSlot.DeleteOne(s).Exec(ctx); err != nil {
			return fmt.Errorf("remove slot: %w", err)
		}
	case s.Name != wanted[i].Name:
		if err := tx.PrinterSlot.UpdateOne(s).SetName(wanted[i].Name).Exec(ctx); err != nil {
			return fmt.Errorf("rename slot: %w", err)
		}
	}
	return nil
}
