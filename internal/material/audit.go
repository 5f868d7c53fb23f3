package material

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/pid"
)

// Mismatch is a column of a spool that is not what the ledger says, in grams.
type Mismatch struct {
	SpoolID pid.ID
	Column  string
	Stored  float64
	Ledger  float64
}

func (m Mismatch) String() string {
	return fmt.Sprintf("%s: %s is %.2f g, the ledger says %.2f g", m.SpoolID, m.Column, m.Stored, m.Ledger)
}

// auditRows is how many spools are compared at once.
const auditRows = 500

// sums is what the ledger says of a spool.
type sums struct{ initial, remaining, reserved float64 }

// Audit compares every spool that the context may see with its ledger. Nothing is written meanwhile, or the client is a
// transaction that sees one state of the database; else a spool that is just changing looks wrong.
func Audit(ctx context.Context, c *ent.Client) ([]Mismatch, error) {
	var wrong []Mismatch
	for after := pid.ID(""); ; {
		spools, err := c.Spool.Query().Where(spool.IDGT(after)).Order(spool.ByID()).Limit(auditRows).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read spools: %w", err)
		}
		if len(spools) == 0 {
			return wrong, nil
		}
		ledger, err := sumLedger(ctx, c, spools)
		if err != nil {
			return nil, err
		}
		for _, s := range spools {
			wrong = append(wrong, compare(s, ledger[s.ID])...)
		}
		after = spools[len(spools)-1].ID
	}
}

func compare(s *ent.Spool, l sums) (wrong []Mismatch) {
	for _, m := range []Mismatch{
		{s.ID, spool.FieldInitialG, s.InitialG, l.initial},
		{s.ID, spool.FieldRemainingG, s.RemainingG, l.remaining},
		{s.ID, spool.FieldUsedG, s.UsedG, l.initial - l.remaining},
		{s.ID, spool.FieldReservedG, s.ReservedG, l.reserved},
	} {
		if m.Ledger = Round(m.Ledger); m.Stored != m.Ledger {
			wrong = append(wrong, m)
		}
	}
	return wrong
}

// sumLedger adds the entries of the spools up.
func sumLedger(ctx context.Context, c *ent.Client, spools []*ent.Spool) (map[pid.ID]sums, error) {
	ids := make([]pid.ID, len(spools))
	for i, s := range spools {
		ids[i] = s.ID
	}
	var rows []struct {
		SpoolID  pid.ID           `json:"spool_id"`
		Kind     ledgerentry.Kind `json:"kind"`
		Delta    float64          `json:"delta"`
		Reserved float64          `json:"reserved"`
	}
	err := c.LedgerEntry.Query().Where(ledgerentry.SpoolIDIn(ids...)).GroupBy(ledgerentry.FieldSpoolID, ledgerentry.FieldKind).
		Aggregate(sumAs(ledgerentry.FieldDeltaG, "delta"), sumAs(ledgerentry.FieldDeltaReservedG, "reserved")).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("sum ledger: %w", err)
	}
	ledger := make(map[pid.ID]sums, len(spools))
	for _, r := range rows {
		l := ledger[r.SpoolID]
		l.remaining += r.Delta
		l.reserved += r.Reserved
		if r.Kind == ledgerentry.KindInitial {
			l.initial += r.Delta
		}
		ledger[r.SpoolID] = l
	}
	return ledger, nil
}

func sumAs(column, name string) ent.AggregateFunc {
	return ent.As(func(s *sql.Selector) string { return sql.Sum(s.C(column)) }, name)
}
