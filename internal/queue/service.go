package queue

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Items is what people do with queue items.
type Items struct{ Ops *op.Runner }

// Matching is items against printers.
type Matching struct{ Ops *op.Runner }

// Dispatch puts items onto printers.
type Dispatch struct{ Ops *op.Runner }

// Ops lists the operations of the package.
func Ops() []authz.Op {
	return []authz.Op{OpList, OpGet, OpCreate, OpUpdate, OpApprove, OpDeny, OpRequestChanges, OpHold, OpRelease, OpMove, OpCancel,
		OpEligibility, OpRecompute, OpAssign, OpUnassign, OpDispatchNext, OpClearBed, OpConfirm, OpPause, OpResume, OpCancelPrint,
		OpUploading, OpUploaded, OpStarting, OpStarted, OpProgress, OpEnded, OpUnconfirmed, OpReturned, OpWished, OpReap, OpExpire, OpRefresh, OpWork, OpFindBlocked, OpTellBlocked}
}

// itemFact is an event about an item; objects are thin.
func itemFact(t event.Type, it *ent.QueueItem, more ...any) event.Fact {
	o := map[string]any{"id": it.ID, "number": it.Number, "state": it.State, "approval_state": it.ApprovalState, "submitter_id": it.SubmitterID,
		"class_id": it.ClassID, "file_id": it.FileID, "assigned_printer_id": it.AssignedPrinterID, "priority": it.Priority,
		"copies_requested": it.CopiesRequested, "copies_done": it.CopiesDone, "copies_running": it.CopiesRunning}
	for i := 0; i+1 < len(more); i += 2 {
		o[more[i].(string)] = more[i+1]
	}
	return event.Fact{Type: t, Resource: "queue_item", ID: it.ID, Object: o}
}

// printFact is an event about a print.
func printFact(t event.Type, p *ent.PrintRun) event.Fact {
	return event.Fact{Type: t, Resource: "print", ID: p.ID, Object: map[string]any{
		"id": p.ID, "queue_item_id": p.QueueItemID, "copy": p.Copy, "printer_id": p.PrinterID, "state": p.State, "outcome": p.Outcome,
		"failure_reason": p.FailureReason, "submitter_id": p.SubmitterID, "class_id": p.ClassID, "actual_g": p.ActualG, "actual_seconds": p.ActualSeconds}}
}

// openPrints are the prints that hold a copy of the item.
func openPrints(ctx context.Context, tx *ent.Tx, item pid.ID) ([]*ent.PrintRun, error) {
	ps, err := tx.PrintRun.Query().Where(printrun.QueueItemID(item), printrun.StateIn(openPrint...)).Limit(maxPrinters).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read prints: %w", err)
	}
	return ps, nil
}

// settleItem writes an item's state after its prints or its own fields changed, and whether it can be dispatched. An item
// that has ended holds no filament and no place in a line. It writes nothing where nothing is new.
func settleItem(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (*ent.QueueItem, error) {
	open, err := openPrints(ctx, tx, it.ID)
	if err != nil {
		return nil, err
	}
	f, err := fileOf(ctx, tx, it)
	if err != nil {
		return nil, err
	}
	before := it.State
	if !ended(it.State) && it.State != queueitem.StateDraft {
		it.State = stateOf(it, open)
	}
	free, leaves := dispatchable(it, f), ended(it.State) && (it.AssignedPrinterID != nil || len(it.Reservations) > 0)
	if it.State == before && free == it.Dispatchable && !leaves {
		return it, nil
	}
	u := tx.QueueItem.UpdateOneID(it.ID).SetState(it.State).SetDispatchable(free)
	if leaves {
		if err := unreserve(ctx, tx, it); err != nil {
			return nil, err
		}
		unline(u)
	}
	out, err := u.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("settle queue item: %w", err)
	}
	return out, nil
}

// fileOf is the item's file, nil where it has none.
func fileOf(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (*ent.File, error) {
	if it.FileID == nil {
		return nil, nil
	}
	f, err := tx.File.Get(ctx, *it.FileID)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return f, nil
}

// unreserve gives back what the item itself has reserved; prints keep their own.
func unreserve(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) error {
	if len(it.Reservations) == 0 {
		return nil
	}
	return material.Release(ctx, tx, it.Reservations, material.Ref{Item: it.ID})
}

// unline takes an item out of its printer's line, with the overrides that were given for that printer. What the item has
// reserved must have been given back.
func unline(u *ent.QueueItemUpdateOne) *ent.QueueItemUpdateOne {
	return u.ClearAssignedPrinterID().ClearAssignedAt().SetReservations([]schematype.SpoolUse{}).SetOverrides([]string{})
}

// conflict says that the item's state does not allow what was asked.
func conflict(it *ent.QueueItem, what string) error {
	return errs.New(errs.QueueItemStateConflict, "An item that is %s cannot be %s.", it.State, what)
}
