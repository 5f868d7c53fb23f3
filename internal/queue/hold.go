package queue

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// The operations that hold, release, move and cancel an item.
var (
	OpHold    = authz.Op{Resource: "queue_item", Verb: "hold", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Hold a queue item back"}
	OpRelease = authz.Op{Resource: "queue_item", Verb: "release", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Release a held queue item"}
	OpMove    = authz.Op{Resource: "queue_item", Verb: "move", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Move a queue item in the order"}
	OpCancel  = authz.Op{Resource: "queue_item", Verb: "cancel", Needs: authz.Any(authz.QueueManage), Rows: true, Write: true, Summary: "Cancel a queue item"}
)

// HoldQueueItemInput names the item, and may say why.
type HoldQueueItemInput struct {
	QueueItemID pid.ID `path:"queue_item_id" json:"-"`
	IfMatch     string `header:"If-Match" json:"-"`
	Reason      string `json:"reason,omitempty" maxLength:"1000" multiline:"true" doc:"Why it is held."`
}

// QueueItemInput names an item.
type QueueItemInput struct {
	QueueItemID pid.ID `path:"queue_item_id" json:"-"`
	IfMatch     string `header:"If-Match" json:"-"`
}

// Hold keeps an item from starting until it is released.
func (s *Items) Hold(ctx context.Context, in HoldQueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpHold, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		return changeHold(ctx, tx, in.QueueItemID, in.IfMatch, queueitem.HoldManual, in.Reason)
	})
}

// Release lets a held item start; one with a start time in the future stays scheduled.
func (s *Items) Release(ctx context.Context, in QueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpRelease, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		return changeHold(ctx, tx, in.QueueItemID, in.IfMatch, queueitem.HoldNone, "")
	})
}

func changeHold(ctx context.Context, tx *ent.Tx, id pid.ID, ifMatch string, to queueitem.Hold, reason string) (*ent.QueueItem, error) {
	it, err := op.Load(ctx, tx.QueueItem, id)
	if err != nil {
		return nil, err
	}
	if err := op.Match(ifMatch, it.Version); err != nil {
		return nil, err
	}
	if ended(it.State) {
		return nil, conflict(it, "held or released")
	}

	it.Hold = to
	schedule(it, op.Now(ctx))
	if it, err = tx.QueueItem.UpdateOneID(id).SetHold(it.Hold).SetHoldReason(reason).Save(ctx); err != nil {
		return nil, fmt.Errorf("hold: %w", err)
	}
	if it, err = settleItem(ctx, tx, it); err != nil {
		return nil, err
	}

	event.Emit(ctx, tx, itemFact(event.QueueItemUpdated, it, "hold", it.Hold))
	return withEligibility(ctx, tx, it)
}

// Cancel ends an item. Copies that are on printers are cancelled there by the worker; the item ends with them.
func (s *Items) Cancel(ctx context.Context, in QueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpCancel, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		it, err := op.Load(ctx, tx.QueueItem, in.QueueItemID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, it.Version); err != nil {
			return nil, err
		}
		if ended(it.State) {
			return nil, conflict(it, "cancelled")
		}

		line := it.AssignedPrinterID
		if it, err = cancelItem(ctx, tx, it, queueitem.StateCancelled); err != nil {
			return nil, err
		}

		if ended(it.State) {
			event.Emit(ctx, tx, itemFact(event.QueueItemCancelled, it, "printer_id", line))
		} else {
			event.Emit(ctx, tx, itemFact(event.QueueItemUpdated, it, "cancel_requested", true))
		}
		return withEligibility(ctx, tx, it)
	})
}

// cancelItem ends an item at once where nothing runs, and asks the worker to cancel what runs.
func cancelItem(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, to queueitem.State) (*ent.QueueItem, error) {
	if err := unreserve(ctx, tx, it); err != nil {
		return nil, err
	}
	n, err := tx.PrintRun.Update().Where(printrun.QueueItemID(it.ID), printrun.StateIn(activePrint...)).SetWish(printrun.WishCancel).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask printers to cancel: %w", err)
	}
	if n > 0 {
		if err := wakePrinters(ctx, tx, it.ID); err != nil {
			return nil, err
		}
	}
	u := unline(tx.QueueItem.UpdateOneID(it.ID).SetCancelRequested(true).SetDispatchable(false))
	if it.CopiesRunning == 0 {
		u.SetState(to)
	}
	out, err := u.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("cancel queue item: %w", err)
	}
	return out, nil
}

// MoveQueueItemInput says where the item goes: before or after another, or to a place in the order.
type MoveQueueItemInput struct {
	QueueItemID pid.ID  `path:"queue_item_id" json:"-"`
	IfMatch     string  `header:"If-Match" json:"-"`
	BeforeID    *pid.ID `json:"before_id,omitempty" doc:"The item that it goes before."`
	AfterID     *pid.ID `json:"after_id,omitempty" doc:"The item that it goes after."`
	Position    *int    `json:"position,omitempty" minimum:"1" maximum:"1000000" doc:"Its place among the items that have not ended, 1 = first."`
}

// Validate implements op.Validator.
func (in MoveQueueItemInput) Validate() []errs.Field {
	n := 0
	for _, set := range []bool{in.BeforeID != nil, in.AfterID != nil, in.Position != nil} {
		if set {
			n++
		}
	}
	self := func(path string) []errs.Field {
		return []errs.Field{{Path: path, Code: "not_allowed", Message: "is the item itself"}}
	}
	switch {
	case n == 1 && deref(in.BeforeID) == in.QueueItemID:
		return self("before_id")
	case n == 1 && deref(in.AfterID) == in.QueueItemID:
		return self("after_id")
	case n == 1:
		return nil
	}
	return []errs.Field{{Path: "position", Code: "required", Message: "exactly one of before_id, after_id and position says where the item goes"}}
}

// Move changes the order inside a priority.
func (s *Items) Move(ctx context.Context, in MoveQueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpMove, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		it, err := op.Load(ctx, tx.QueueItem, in.QueueItemID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, it.Version); err != nil {
			return nil, err
		}
		if ended(it.State) {
			return nil, conflict(it, "moved")
		}
		at, err := place(ctx, tx, it, in)
		if err != nil {
			return nil, err
		}

		if it, err = tx.QueueItem.UpdateOneID(it.ID).SetPosition(at.middle()).SetTurn(at.turn).Save(ctx); err != nil {
			return nil, fmt.Errorf("move: %w", err)
		}

		event.Emit(ctx, tx, itemFact(event.QueueItemUpdated, it, "position", it.Position))
		return withEligibility(ctx, tx, it)
	})
}

// gap is where an item may go: between two positions, exclusive, with the turn of the item it goes next to.
type gap struct{ low, high, turn int64 }

func (g gap) middle() int64 { return g.low + (g.high-g.low)/2 }

// place is the gap between the neighbours that the Input names. Places are given one at a time, so that no two items
// get the same.
func place(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, in MoveQueueItemInput) (gap, error) {
	org, err := lockOrganization(ctx, tx)
	if err != nil {
		return gap{}, err
	}
	end := (org.ItemSeq + 1) * positionStep // where the next item will stand
	for range 2 {                           // the second time after making room
		at, err := neighbours(ctx, tx, it, in, end)
		if err != nil {
			return gap{}, err
		}
		if at.high-at.low > 1 {
			return at, nil
		}
		if err := makeRoom(ctx, tx, at.low); err != nil {
			return gap{}, err
		}
	}
	return gap{}, errs.New(errs.QueueItemStateConflict, "There is no room between these items.")
}

// neighbours are the positions that the item goes between. end is behind all items.
func neighbours(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, in MoveQueueItemInput, end int64) (gap, error) {
	switch {
	case in.Position != nil:
		at, err := others(tx, it).Order(ent.Asc(queueitem.FieldPosition, queueitem.FieldID)).Offset(*in.Position - 1).First(ctx)
		if ent.IsNotFound(err) {
			return last(ctx, tx, it, end)
		}
		if err != nil {
			return gap{}, fmt.Errorf("read position: %w", err)
		}
		return before(ctx, tx, it, at)
	case in.BeforeID != nil:
		at, err := anchor(ctx, tx, *in.BeforeID)
		if err != nil {
			return gap{}, err
		}
		return before(ctx, tx, it, at)
	default:
		at, err := anchor(ctx, tx, *in.AfterID)
		if err != nil {
			return gap{}, err
		}
		return after(ctx, tx, it, at, end)
	}
}

var endedStates = []queueitem.State{queueitem.StateCompleted, queueitem.StateFailed, queueitem.StateCancelled, queueitem.StateExpired}

// others are the items in the order beside this one: those that have not ended. The organization is named for PostgreSQL,
// which finds the index by it.
func others(tx *ent.Tx, it *ent.QueueItem) *ent.QueueItemQuery {
	return tx.QueueItem.Query().Where(queueitem.OrganizationID(it.OrganizationID), queueitem.IDNEQ(it.ID), queueitem.StateNotIn(endedStates...))
}

// anchor is an item that another goes next to. It is only looked at: whoever may move an item may move it past any other.
func anchor(ctx context.Context, tx *ent.Tx, id pid.ID) (*ent.QueueItem, error) {
	at, err := tx.QueueItem.Query().Where(queueitem.ID(id)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, OpMove.NotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read neighbour: %w", err)
	}
	if ended(at.State) {
		return nil, conflict(at, "a neighbour")
	}
	return at, nil
}

func before(ctx context.Context, tx *ent.Tx, it, at *ent.QueueItem) (gap, error) {
	prev, err := others(tx, it).Where(queueitem.PositionLT(at.Position)).Order(ent.Desc(queueitem.FieldPosition)).First(ctx)
	if ent.IsNotFound(err) {
		return gap{at.Position - 2*positionStep, at.Position, at.Turn}, nil
	}
	if err != nil {
		return gap{}, fmt.Errorf("read neighbour: %w", err)
	}
	return gap{prev.Position, at.Position, at.Turn}, nil
}

func after(ctx context.Context, tx *ent.Tx, it, at *ent.QueueItem, end int64) (gap, error) {
	next, err := others(tx, it).Where(queueitem.PositionGT(at.Position)).Order(ent.Asc(queueitem.FieldPosition)).First(ctx)
	if ent.IsNotFound(err) {
		return gap{at.Position, end, at.Turn}, nil
	}
	if err != nil {
		return gap{}, fmt.Errorf("read neighbour: %w", err)
	}
	return gap{at.Position, next.Position, at.Turn}, nil
}

// last is the place behind all others, and before the item that will be created next.
func last(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, end int64) (gap, error) {
	at, err := others(tx, it).Order(ent.Desc(queueitem.FieldPosition)).First(ctx)
	if ent.IsNotFound(err) {
		return gap{end - 2*positionStep, end, it.Turn}, nil
	}
	if err != nil {
		return gap{}, fmt.Errorf("read neighbour: %w", err)
	}
	return gap{at.Position, end, at.Turn}, nil
}

// makeRoom moves everything up to a position forward by a step: one statement, needed after some 20 moves into one gap. It
// moves towards the front, where nothing new is ever put.
func makeRoom(ctx context.Context, tx *ent.Tx, to int64) error {
	which := queueitem.And(queueitem.OrganizationID(authz.From(ctx).Organization), queueitem.PositionLTE(to), queueitem.StateNotIn(endedStates...))
	if err := tx.QueueItem.Update().Where(which).AddPosition(-positionStep).Exec(ctx); err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	return nil
}
