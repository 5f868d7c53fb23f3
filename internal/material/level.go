package material

import (
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/event"
)

// rearmShare is how far above a bound a spool must rise, as a share of its initial weight, before falling below the bound
// is news again: a spool that is weighed around its threshold does not tell so each time.
const rearmShare = 0.05

// levels are the stock levels, best first.
var levels = []spool.StockLevel{spool.StockLevelOk, spool.StockLevelLow, spool.StockLevelCritical, spool.StockLevelEmpty}

func severity(l spool.StockLevel) int { return slices.Index(levels, l) }

// Level is the stock level of a spool whose level was previous, all in grams. It gets worse at once: low at the threshold,
// critical at half of it, empty at zero. It gets better only at 5 points of the initial weight above the bound.
func Level(previous spool.StockLevel, remaining, initial, threshold float64) spool.StockLevel {
	if now := plainLevel(remaining, threshold); severity(now) >= severity(previous) {
		return now
	}
	if risen := risenLevel(remaining, rearmShare*initial, threshold); severity(risen) < severity(previous) {
		return risen
	}
	return previous
}

// plainLevel is the level of a spool that has none yet.
func plainLevel(remaining, threshold float64) spool.StockLevel {
	switch {
	case remaining <= 0:
		return spool.StockLevelEmpty
	case remaining <= threshold/2:
		return spool.StockLevelCritical
	case remaining <= threshold:
		return spool.StockLevelLow
	}
	return spool.StockLevelOk
}

// risenLevel is the best level whose bound the spool has left behind by the margin.
func risenLevel(remaining, margin, threshold float64) spool.StockLevel {
	switch {
	case remaining <= 0:
		return spool.StockLevelEmpty
	case remaining >= threshold+margin:
		return spool.StockLevelOk
	case remaining >= threshold/2+margin:
		return spool.StockLevelLow
	case remaining >= margin:
		return spool.StockLevelCritical
	}
	return spool.StockLevelEmpty
}

// ThresholdG is when a spool counts as low, in grams: by its own threshold, else by the material's, else by the
// organization's, else at 10 % of its initial weight. Of percent and grams the greater counts.
func ThresholdG(initial float64, own, material, organization *schematype.Threshold) float64 {
	for _, t := range []*schematype.Threshold{own, material, organization} {
		if t == nil || t.Percent == nil && t.G == nil {
			continue
		}
		var g float64
		if t.Percent != nil {
			g = initial * *t.Percent / 100
		}
		if t.G != nil {
			g = max(g, *t.G)
		}
		return Round(g)
	}
	return Round(initial * 0.10)
}

// news are the events that tell of a spool's new level, and the worst level told of after them. While it is snoozed nobody is
// told: what is still true at the end of the snooze is told then, by CheckStock.
func news(s *ent.Spool, level spool.StockLevel, now time.Time) (crossed []event.Type, told spool.ToldLevel) {
	before, after := spool.StockLevel(s.ToldLevel), spool.ToldLevel(level)
	switch {
	case severity(level) <= severity(before):
		return nil, after // better than what was told of: falling again is news again
	case snoozed(s.LowStockSnoozedUntil, now):
		return nil, s.ToldLevel
	}
	return crossings(before, level), after
}

// snoozed reports whether nobody is to be told yet.
func snoozed(until *time.Time, now time.Time) bool { return until != nil && until.After(now) }

// crossings are the events of a level that got worse, one for each bound crossed on the way: who waits for spool.low
// hears of it even where one print empties the spool.
func crossings(before, after spool.StockLevel) []event.Type {
	types := map[spool.StockLevel]event.Type{
		spool.StockLevelLow: event.SpoolLow, spool.StockLevelCritical: event.SpoolCritical, spool.StockLevelEmpty: event.SpoolEmpty,
	}
	var crossed []event.Type
	for i := severity(before) + 1; i <= severity(after); i++ {
		crossed = append(crossed, types[levels[i]])
	}
	return crossed
}
