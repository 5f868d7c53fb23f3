package material

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/pid"
)

// Settlement is what the end of a print took.
type Settlement struct {
	Settled   bool    // false where an earlier call had settled the print already
	Grams     float64 // over all spools
	CostMinor int64   // in minor units of the organization's currency, which the print names
}

// Settle is a step that closes a print's account, once however often it is called: it deducts actual_g from each spool and
// releases what was reserved of it (estimated_g), and marks the print as settled. It refuses nothing that a printer has
// done: a spool may go below zero and is empty then, weights that are none count as zero, and a spool that was deleted is
// passed over.
func Settle(ctx context.Context, tx *ent.Tx, print *ent.PrintRun, uses []schematype.SpoolUse) (Settlement, error) {
	locked, err := tx.PrintRun.LoadRow(ctx, print.ID)
	if err != nil {
		return Settlement{}, fmt.Errorf("lock print: %w", err)
	}
	if locked.Settled {
		return Settlement{}, nil
	}
	o, err := tx.Organization.Get(ctx, locked.OrganizationID)
	if err != nil {
		return Settlement{}, fmt.Errorf("read currency: %w", err)
	}

	sum := Settlement{Settled: true}
	reserved := needs(uses, estimated)
	for _, n := range needs(uses, either) {
		s, err := lock(ctx, tx, n.spool)
		if errs.Is(err, "spool_not_found") {
			continue
		}
		if err != nil {
			return Settlement{}, err
		}
		g := weightOf(needs(uses, actual), n.spool)
		cost, err := settle(ctx, tx, s, g, weightOf(reserved, n.spool), locked, o.Currency)
		if err != nil {
			return Settlement{}, err
		}
		sum.Grams, sum.CostMinor = Round(sum.Grams+g), sum.CostMinor+cost
	}
	if err := tx.PrintRun.UpdateOneID(locked.ID).SetSettled(true).SetCostCurrency(o.Currency).Exec(ctx); err != nil {
		return Settlement{}, fmt.Errorf("mark print: %w", err)
	}
	return sum, nil
}

// either names every spool that anything was reserved or taken of.
func either(u schematype.SpoolUse) float64 { return max(sane(u.EstimatedG), sane(u.ActualG)) }

func weightOf(ns []need, id pid.ID) float64 {
	for _, n := range ns {
		if n.spool == id {
			return n.g
		}
	}
	return 0
}

// settle deducts from one spool and releases its reservation. Only these deductions carry print and item both: a unique
// index refuses a second one, which is looked for first because PostgreSQL gives the transaction up when it refuses.
func settle(ctx context.Context, tx *ent.Tx, s *ent.Spool, g, reserved float64, p *ent.PrintRun, currency string) (cost int64, err error) {
	ref := Ref{Item: p.QueueItemID, Print: p.ID}
	done, err := tx.LedgerEntry.Query().Where(ledgerentry.SpoolID(s.ID), ledgerentry.PrintID(p.ID),
		ledgerentry.KindEQ(ledgerentry.KindDeduct), ledgerentry.QueueItemIDNotNil()).Exist(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for an earlier settlement: %w", err)
	}
	if g > 0 && !done {
		c := change{kind: ledgerentry.KindDeduct, deltaG: -g, item: ref.Item, print: ref.Print, told: event.SpoolDeducted}
		if s, _, err = post(ctx, tx, s, c); err != nil {
			return 0, err
		}
	}
	if _, err := release(ctx, tx, s, reserved, ref); err != nil {
		return 0, err
	}
	m, err := tx.Material.Get(ctx, s.MaterialID)
	if err != nil {
		return 0, fmt.Errorf("read material: %w", err)
	}
	return CostOf(m, currency, g), nil
}
