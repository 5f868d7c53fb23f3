package material

import (
	"context"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// ListLedgerInput names the spool, and which of its entries.
type ListLedgerInput struct {
	SpoolID pid.ID `path:"spool_id" json:"-" doc:"Identifier of the spool." example:"spl_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	listing.LedgerEntries
}

// ListLedger lists every change of a spool's weight, the newest first.
func (s *Service) ListLedger(ctx context.Context, in ListLedgerInput) (page.List[*ent.LedgerEntry], error) {
	return op.Read(ctx, s.Ops, OpLedgerList, in, func(ctx context.Context, c *ent.Client) (page.List[*ent.LedgerEntry], error) {
		if _, err := op.Load(ctx, c.Spool, in.SpoolID); err != nil {
			return page.List[*ent.LedgerEntry]{}, err
		}
		return in.LedgerEntries.Page(ctx, c.LedgerEntry.Query().Where(ledgerentry.SpoolID(in.SpoolID)), in.SpoolID)
	})
}

// UndoLedgerEntryInput names the entry.
type UndoLedgerEntryInput struct {
	SpoolID pid.ID `path:"spool_id" json:"-" doc:"Identifier of the spool." example:"spl_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	EntryID pid.ID `path:"entry_id" json:"-" doc:"Identifier of the ledger entry." example:"led_01jd4c0n5xe2vb8w6h3ks9qt7m"`

	Reason *string `json:"reason,omitempty" maxLength:"500" multiline:"true" doc:"Why, for the ledger."`
}

// undoable are the kinds of entries that a person may take back.
var undoable = []ledgerentry.Kind{ledgerentry.KindDeduct, ledgerentry.KindMeasure, ledgerentry.KindAdjust, ledgerentry.KindRefund}

// UndoLedgerEntry takes an entry back by its opposite, once: a deduction is refunded, anything else adjusted. The undoing
// entry is one like any other and may be undone in turn. The balance may go below zero: it is what the ledger would say
// without the entry.
func (s *Service) UndoLedgerEntry(ctx context.Context, in UndoLedgerEntryInput) (SpoolChange, error) {
	return op.Do(ctx, s.Ops, OpLedgerUndo, in, func(ctx context.Context, tx *ent.Tx) (SpoolChange, error) {
		old, err := op.Load(ctx, tx.Spool, in.SpoolID)
		if err != nil {
			return SpoolChange{}, err
		}
		entry, err := op.Load(ctx, tx.LedgerEntry, in.EntryID)
		if err != nil {
			return SpoolChange{}, err
		}
		if err := mayUndo(ctx, tx, old, entry); err != nil {
			return SpoolChange{}, err
		}

		now, undo, err := post(ctx, tx, old, opposite(entry, deref(in.Reason)))
		if err != nil {
			return SpoolChange{}, err
		}

		after := record.Spool(now)
		event.Emit(ctx, tx, event.Updated{Resource: "spool", ID: now.ID, Object: after, Previous: record.Previous(record.Spool(old), after)})
		return shownChange(ctx, tx, undo)
	})
}

// mayUndo refuses entries of other spools, of kinds that cannot be undone, and those that were undone already.
func mayUndo(ctx context.Context, tx *ent.Tx, s *ent.Spool, e *ent.LedgerEntry) error {
	if e.SpoolID != s.ID {
		return errs.NotFound("ledger_entry")
	}
	if !slices.Contains(undoable, e.Kind) {
		return errs.New(errs.LedgerEntryNotUndoable, "An entry of the kind %s cannot be undone.", e.Kind)
	}
	undone, err := tx.LedgerEntry.Query().Where(ledgerentry.UndoOfID(e.ID)).Exist(ctx)
	if err != nil {
		return err
	}
	if undone {
		return errs.New(errs.LedgerEntryNotUndoable, "The entry was undone already.")
	}
	return nil
}

// opposite is the entry that takes another back.
func opposite(e *ent.LedgerEntry, note string) change {
	kind := ledgerentry.KindAdjust
	if e.Kind == ledgerentry.KindDeduct {
		kind = ledgerentry.KindRefund
	}
	return change{kind: kind, deltaG: -e.DeltaG, print: deref(e.PrintID), undoOf: e.ID, note: note}
}
