package material

import (
	"context"
	"fmt"
	"maps"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// change is one entry of the ledger before it is written. Grams are rounded by post.
type change struct {
	kind      ledgerentry.Kind
	deltaG    float64
	reservedG float64 // change of the grams reserved
	print     pid.ID
	item      pid.ID
	undoOf    pid.ID
	note      string
	told      event.Type // the event that tells of the entry; none where the caller tells in its own words
}

// post appends the entry and moves the spool's sums with it: the only place that changes a spool's weight. The spool must
// have been read in this transaction under its lock. Stock events follow from the weight; the event of the change itself is
// the caller's.
func post(ctx context.Context, tx *ent.Tx, s *ent.Spool, c change) (*ent.Spool, *ent.LedgerEntry, error) {
	c.deltaG, c.reservedG = Round(c.deltaG), Round(c.reservedG)
	remaining := Round(s.RemainingG + c.deltaG)

	entry, err := tx.LedgerEntry.Create().SetSpoolID(s.ID).SetKind(c.kind).
		SetDeltaG(c.deltaG).SetDeltaReservedG(c.reservedG).SetBalanceAfterG(remaining).
		SetNillablePrintID(orNil(c.print)).SetNillableQueueItemID(orNil(c.item)).SetNillableUndoOfID(orNil(c.undoOf)).
		SetNillableByMembershipID(orNil(authz.From(ctx).Membership)).SetNote(c.note).Save(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("append ledger entry: %w", err)
	}

	u := tx.Spool.UpdateOne(s).SetRemainingG(remaining).SetReservedG(Round(s.ReservedG + c.reservedG))
	initial := s.InitialG
	if c.kind == ledgerentry.KindInitial {
		initial = Round(initial + c.deltaG)
		u.SetInitialG(initial)
	}
	u.SetUsedG(Round(initial - remaining))
	if source := sourceOf(c.kind); source != "" {
		u.SetWeightSource(source)
	}
	s, err = saveWeight(ctx, tx, u, s, c, entry, initial)
	return s, entry, err
}

// saveWeight saves a spool with the level and status that follow from its weight, and tells of the entry and then of the
// bounds that it crossed. Reservations change neither level nor status, and a new spool crosses nothing.
func saveWeight(ctx context.Context, tx *ent.Tx, u *ent.SpoolUpdateOne, s *ent.Spool, c change, entry *ent.LedgerEntry, initial float64) (*ent.Spool, error) {
	var crossed []event.Type
	threshold := 0.0
	if isNew := c.kind == ledgerentry.KindInitial; isNew || c.deltaG != 0 {
		var err error
		if threshold, err = thresholdOf(ctx, tx, s, initial); err != nil {
			return nil, err
		}
		level := Level(s.StockLevel, entry.BalanceAfterG, initial, threshold)
		if isNew {
			level = plainLevel(entry.BalanceAfterG, threshold)
		}
		news, told := news(s, level, op.Now(ctx))
		if !isNew {
			crossed = news
		}
		status, err := statusAfter(ctx, tx, s, entry)
		if err != nil {
			return nil, err
		}
		u.SetStockLevel(level).SetToldLevel(told).SetStatus(status)
	}

	after, err := u.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("update spool: %w", err)
	}
	if c.told != "" {
		event.Emit(ctx, tx, fact(c.told, after, map[string]any{"ledger_entry_id": entry.ID, "delta_g": entry.DeltaG, "print_id": entry.PrintID}))
	}
	emitCrossings(ctx, tx, after, crossed, threshold)
	return after, nil
}

// emitCrossings tells of each bound that the spool fell below.
func emitCrossings(ctx context.Context, tx *ent.Tx, s *ent.Spool, crossed []event.Type, threshold float64) {
	for _, t := range crossed {
		event.Emit(ctx, tx, fact(t, s, map[string]any{"threshold_g": threshold}))
	}
}

// fact is an event about a spool: the spool as it is now, and what else there is to say.
func fact(t event.Type, s *ent.Spool, more map[string]any) event.Fact {
	object := record.Spool(s)
	maps.Copy(object, more)
	return event.Fact{Type: t, Resource: "spool", ID: s.ID, Object: object}
}

// statusAfter is the status that follows from an entry: empty at zero and no longer empty above it, and no longer new once
// something was taken.
func statusAfter(ctx context.Context, tx *ent.Tx, s *ent.Spool, e *ent.LedgerEntry) (spool.Status, error) {
	used := s.Status == spool.StatusNew && e.Kind == ledgerentry.KindDeduct
	switch {
	case s.Status == spool.StatusArchived:
		return s.Status, nil
	case e.BalanceAfterG <= 0:
		return spool.StatusEmpty, nil
	case s.Status != spool.StatusEmpty && !used:
		return s.Status, nil
	}
	loaded, err := isLoaded(ctx, tx, s.ID)
	if loaded {
		return spool.StatusInUse, err
	}
	return spool.StatusStored, err
}

// isLoaded reports whether the spool is in a slot.
func isLoaded(ctx context.Context, tx *ent.Tx, id pid.ID) (bool, error) {
	loaded, err := tx.PrinterSlot.Query().Where(printerslot.SpoolID(id)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for the spool's slot: %w", err)
	}
	return loaded, nil
}

// thresholdOf is when the spool counts as low, in grams.
func thresholdOf(ctx context.Context, tx *ent.Tx, s *ent.Spool, initial float64) (float64, error) {
	m, err := tx.Material.Get(ctx, s.MaterialID)
	if err != nil {
		return 0, fmt.Errorf("read material: %w", err)
	}
	o, err := tx.Organization.Get(ctx, s.OrganizationID)
	if err != nil {
		return 0, fmt.Errorf("read settings: %w", err)
	}
	return ThresholdG(initial, s.LowStockThreshold, m.LowStockThreshold, &o.Settings.LowStock), nil
}

// sourceOf says where the weight is known from after an entry of the kind, "" where that stays as it was.
func sourceOf(k ledgerentry.Kind) spool.WeightSource {
	switch k {
	case ledgerentry.KindInitial:
		return spool.WeightSourceInitial
	case ledgerentry.KindDeduct:
		return spool.WeightSourceDeducted
	case ledgerentry.KindMeasure:
		return spool.WeightSourceMeasured
	}
	return ""
}

// orNil is the identifier, or nil for none.
func orNil(id pid.ID) *pid.ID {
	if id == "" {
		return nil
	}
	return &id
}
