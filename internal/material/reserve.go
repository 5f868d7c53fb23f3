package material

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// Ref says what filament is reserved for: a queue item, and the print once there is one.
type Ref struct{ Item, Print pid.ID }

// need is what is wanted of one spool, over all tools that share it.
type need struct {
	spool pid.ID
	slot  int
	g     float64
}

// needs sums uses up by spool, in the order of identifiers: everybody locks spools in that order. Spools of which nothing
// is wanted are left out.
func needs(uses []schematype.SpoolUse, weight func(schematype.SpoolUse) float64) []need {
	var sums []need
	for _, u := range uses {
		g := sane(weight(u))
		i := slices.IndexFunc(sums, func(n need) bool { return n.spool == pid.ID(u.SpoolID) })
		switch {
		case g == 0:
		case i >= 0:
			sums[i].g = Round(sums[i].g + g)
		default:
			sums = append(sums, need{spool: pid.ID(u.SpoolID), slot: u.SlotIndex, g: g})
		}
	}
	slices.SortFunc(sums, func(a, b need) int { return strings.Compare(string(a.spool), string(b.spool)) })
	return sums
}

func estimated(u schematype.SpoolUse) float64 { return u.EstimatedG }
func actual(u schematype.SpoolUse) float64    { return u.ActualG }

// Reserve is a step that promises the estimated filament to an item: all of it, or filament_short with a reason for each
// spool that has too little that is neither used nor promised to others. An item must release before it reserves anew.
func Reserve(ctx context.Context, tx *ent.Tx, uses []schematype.SpoolUse, ref Ref) error {
	return reserve(ctx, tx, uses, ref, false)
}

// ReserveAnyway is Reserve for an item whose too little filament a person has overridden: it promises what is not there.
func ReserveAnyway(ctx context.Context, tx *ent.Tx, uses []schematype.SpoolUse, ref Ref) error {
	return reserve(ctx, tx, uses, ref, true)
}

func reserve(ctx context.Context, tx *ent.Tx, uses []schematype.SpoolUse, ref Ref, anyway bool) error {
	var spools []*ent.Spool
	var reasons []errs.Reason
	wanted := needs(uses, estimated)
	for _, n := range wanted {
		s, err := lock(ctx, tx, n.spool)
		if err != nil {
			return err
		}
		if Round(s.RemainingG-s.ReservedG) < n.g {
			reasons = append(reasons, insufficient(s, n))
		}
		spools = append(spools, s)
	}
	if len(reasons) > 0 && !anyway {
		return errs.Conflict(errs.FilamentShort, "A spool has too little filament that is not reserved.", reasons)
	}

	for i, n := range wanted {
		c := change{kind: ledgerentry.KindReserve, reservedG: n.g, item: ref.Item, print: ref.Print}
		if _, _, err := post(ctx, tx, spools[i], c); err != nil {
			return err
		}
	}
	return nil
}

// lock reads a spool and locks it where the database locks rows.
func lock(ctx context.Context, tx *ent.Tx, id pid.ID) (*ent.Spool, error) {
	s, err := tx.Spool.LoadRow(ctx, id)
	if ent.IsNotFound(err) {
		return nil, errs.NotFound("spool")
	}
	if err != nil {
		return nil, fmt.Errorf("lock spool: %w", err)
	}
	return s, nil
}

// insufficient is the reason that matching tells for the same lack.
func insufficient(s *ent.Spool, n need) errs.Reason {
	left := grams(s.RemainingG) + " g left on " + s.Code
	if s.ReservedG > 0 {
		left += ", " + grams(s.ReservedG) + " g of it reserved"
	}
	return errs.Reason{
		Code: "filament_insufficient", Axis: "filament", Severity: "hard",
		Expected: grams(n.g) + " g", Actual: left,
		Fix:     fmt.Sprintf("Load a spool with at least %s g into slot %d, or weigh the one that is in", grams(n.g), n.slot),
		NeededG: &n.g, RemainingG: &s.RemainingG, ReservedG: &s.ReservedG,
	}
}

// Release is a step that gives back what Reserve promised, but never more than the item still has reserved: releasing twice
// changes nothing. Spools that were deleted since are passed over.
func Release(ctx context.Context, tx *ent.Tx, uses []schematype.SpoolUse, ref Ref) error {
	for _, n := range needs(uses, estimated) {
		s, err := lock(ctx, tx, n.spool)
		if errs.Is(err, "spool_not_found") {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := release(ctx, tx, s, n.g, ref); err != nil {
			return err
		}
	}
	return nil
}

func release(ctx context.Context, tx *ent.Tx, s *ent.Spool, g float64, ref Ref) (*ent.Spool, error) {
	held, err := reservedFor(ctx, tx, s.ID, ref.Item)
	if err != nil {
		return nil, err
	}
	if g = min(g, held, s.ReservedG); g <= 0 {
		return s, nil
	}
	s, _, err = post(ctx, tx, s, change{kind: ledgerentry.KindRelease, reservedG: -g, item: ref.Item, print: ref.Print})
	return s, err
}

// reservedFor is what the item has reserved of the spool, in grams, by the ledger.
func reservedFor(ctx context.Context, tx *ent.Tx, id, item pid.ID) (float64, error) {
	var sums []struct{ Sum *float64 }
	err := tx.LedgerEntry.Query().Where(ledgerentry.SpoolID(id), ledgerentry.QueueItemID(item)).
		Modify(func(s *sql.Selector) { s.Select(sql.As(sql.Sum(s.C(ledgerentry.FieldDeltaReservedG)), "sum")) }).
		Scan(ctx, &sums)
	if err != nil {
		return 0, fmt.Errorf("sum reservations: %w", err)
	}
	if len(sums) == 0 {
		return 0, nil
	}
	return Round(deref(sums[0].Sum)), nil
}
