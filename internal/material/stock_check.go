package material

import (
	"context"
	"fmt"
	"maps"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/material"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/record"
)

// OpCheckStock tells of what has become too little, OpStockNews says whether there is anything to tell.
var (
	OpCheckStock = authz.Op{Resource: "material", Verb: "check-stock", System: true, Write: true}
	OpStockNews  = authz.Op{Resource: "material", Verb: "stock-news", System: true}
)

// checkRows bounds what one run tells of.
const checkRows = 200

// CheckStockInput has no fields: it is about the organization of the actor.
type CheckStockInput struct{}

// StockNews reports whether CheckStock would change anything. Almost always it would not, and then nobody waits for a writer
// that only reads.
func (s *Service) StockNews(ctx context.Context, in CheckStockInput) (bool, error) {
	return op.Read(ctx, s.Ops, OpStockNews, in, func(ctx context.Context, c *ent.Client) (bool, error) {
		stocks, err := readStock(ctx, c)
		if err != nil {
			return false, err
		}
		for _, stock := range stocks {
			if _, _, changed := settled(stock, op.Now(ctx)); changed {
				return true, nil
			}
		}
		return c.Spool.Query().Where(woken(op.Now(ctx))...).Exist(ctx)
	})
}

// CheckStock compares every material with its low_stock and with what queued items need, and tells once of each that has
// become too little; and it tells of spools whose snooze is over and that are still low. It answers how many it told of.
func (s *Service) CheckStock(ctx context.Context, in CheckStockInput) (int, error) {
	return op.Do(ctx, s.Ops, OpCheckStock, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		stocks, err := readStock(ctx, tx.Client())
		if err != nil {
			return 0, err
		}
		told := 0
		for _, stock := range stocks {
			n, err := settleLevel(ctx, tx, stock)
			if err != nil {
				return 0, err
			}
			if told += n; told >= checkRows {
				return told, nil // the next run goes on
			}
		}
		spools, err := tellWoken(ctx, tx)
		return told + spools, err
	})
}

// settled is a material's level now, whether somebody was told that it is low, and whether that differs from its row.
func settled(s *Stock, now time.Time) (level material.StockLevel, told, changed bool) {
	m := s.Material
	level = s.Level(m.StockLevel)
	told = level == material.StockLevelLow && (m.LowTold || !snoozed(m.LowStockSnoozedUntil, now))
	return level, told, level != m.StockLevel || told != m.LowTold
}

// settleLevel writes a material's new level, and tells of it where it became low and nobody was told.
func settleLevel(ctx context.Context, tx *ent.Tx, s *Stock) (int, error) {
	m := s.Material
	level, told, changed := settled(s, op.Now(ctx))
	if !changed {
		return 0, nil
	}
	n, err := tx.Material.Update().Where(material.ID(m.ID), material.LowTold(m.LowTold)).SetStockLevel(level).SetLowTold(told).Save(ctx)
	if err != nil {
		return 0, fmt.Errorf("update stock level of material: %w", err)
	}
	if n == 0 || !told || m.LowTold { // another server has told of it
		return 0, nil
	}
	m.StockLevel = level
	object := record.Material(m)
	maps.Copy(object, map[string]any{"spools_left": len(s.SpoolsG), "left_g": s.LeftG, "needed_g": s.NeededG, "free_g": s.FreeG()})
	event.Emit(ctx, tx, event.Fact{Type: event.MaterialLowStock, Resource: "material", ID: m.ID, Object: object})
	return 1, nil
}

// woken are the spools whose snooze is over and whose level is not what was told of.
func woken(now time.Time) []predicate.Spool {
	return []predicate.Spool{spool.StatusNEQ(spool.StatusArchived), spool.LowStockSnoozedUntilLTE(now),
		func(q *sql.Selector) { q.Where(sql.ColumnsNEQ(q.C(spool.FieldToldLevel), q.C(spool.FieldStockLevel))) }}
}

// tellWoken tells of spools that fell below a bound while they were snoozed, and still are.
func tellWoken(ctx context.Context, tx *ent.Tx) (int, error) {
	untold, err := tx.Spool.Query().Where(woken(op.Now(ctx))...).
		Order(spool.ByID()).Limit(checkRows).All(ctx)
	if err != nil {
		return 0, fmt.Errorf("read spools that were snoozed: %w", err)
	}
	told := 0
	for _, s := range untold {
		crossed, level := news(s, s.StockLevel, op.Now(ctx))
		n, err := tx.Spool.Update().Where(spool.ID(s.ID), spool.ToldLevelEQ(s.ToldLevel), spool.StockLevelEQ(s.StockLevel)).SetToldLevel(level).Save(ctx)
		if err != nil {
			return 0, fmt.Errorf("update spool: %w", err)
		}
		if n == 0 || len(crossed) == 0 {
			continue
		}
		threshold, err := thresholdOf(ctx, tx, s, s.InitialG)
		if err != nil {
			return 0, err
		}
		emitCrossings(ctx, tx, s, crossed, threshold)
		told++
	}
	return told, nil
}
