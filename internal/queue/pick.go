package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// Bounds of a pick. They keep its cost flat however long the queue is.
const (
	lineLength = 32 // items of the printer's own line that are looked at
	headCount  = 8  // best heads that are judged by the rule in one round
	rounds     = 4  // how often heads that the rule refuses are replaced by the next
	nearHead   = 64 // items at a profile's head among which one that the spool suffices for is looked for first
)

// candidate is an item that the rule let through for a printer.
type candidate struct {
	item    *ent.QueueItem
	verdict match.Verdict
}

// order of the queue: priority, then whose turn it is, then deadline slack, then position; ties by id.
const order = "priority_rank DESC, turn, latest_start, position, id"

// pick finds the next item for a printer: its own line first, then the best of the heads of the profiles that its
// equipment serves. first is the first item in order that the rule refused, for the answer when there is no candidate.
//
// The cost is one probe for each profile that the printer serves; items that something else blocks are never touched.
func pick(ctx context.Context, tx *ent.Tx, p match.Printer, axes map[string]string) (best *candidate, first *candidate, err error) {
	line, err := tx.QueueItem.Query().Where(queueitem.AssignedPrinterID(pid.ID(p.ID)), queueitem.StateNotIn(endedStates...)).
		Order(queueitem.ByPriorityRank(sql.OrderDesc()), queueitem.ByTurn(), queueitem.ByLatestStart(), queueitem.ByPosition(), queueitem.ByID()).
		Limit(lineLength).WithFile().WithProfile().All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read line: %w", err)
	}
	best, first, err = judgeAll(ctx, line, p, axes)
	if best != nil || err != nil {
		return best, first, err
	}
	var refused []pid.ID
	for range rounds {
		ids, err := heads(ctx, tx, pid.ID(p.ID), refused)
		if err != nil {
			return nil, nil, err
		}
		if len(ids) == 0 {
			break
		}
		items, err := byOrder(ctx, tx, ids)
		if err != nil {
			return nil, nil, err
		}
		best, stopped, err := judgeAll(ctx, items, p, axes)
		if best != nil || err != nil {
			return best, first, err
		}
		if first == nil {
			first = stopped
		}
		for _, it := range items { // the stored verdict was out of date for these: look behind them
			refused = append(refused, *it.ProfileID)
		}
	}
	return nil, first, nil
}

// judgeAll asks the rule in order and answers the first item that it lets through.
func judgeAll(ctx context.Context, items []*ent.QueueItem, p match.Printer, axes map[string]string) (best, first *candidate, err error) {
	for _, it := range items {
		if !startable(it, it.Edges.File) {
			continue
		}
		var n match.Need
		if it.Edges.Profile != nil {
			if n, err = decodeNeed(it.Edges.Profile); err != nil {
				return nil, nil, err
			}
		}
		c := &candidate{item: it, verdict: match.Override(match.Evaluate(itemFacts(it, n), p, axes, op.Now(ctx)), it.Overrides)}
		if c.verdict.Verdict == match.Eligible {
			return c, first, nil
		}
		if first == nil {
			first = c
		}
	}
	return nil, first, nil
}

// byOrder reads items in the order of the queue.
func byOrder(ctx context.Context, tx *ent.Tx, ids []pid.ID) ([]*ent.QueueItem, error) {
	items, err := tx.QueueItem.Query().Where(queueitem.IDIn(ids...)).
		Order(queueitem.ByPriorityRank(sql.OrderDesc()), queueitem.ByTurn(), queueitem.ByLatestStart(), queueitem.ByPosition(), queueitem.ByID()).
		Limit(headCount).WithFile().WithProfile().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	return items, nil
}

// head is one profile's probe.
type head struct {
	profile pid.ID
	key     string // of the first item that the spool suffices for: its place in the order, then its id; empty where there is none
	grams   float64
}

// heads are the best items of the profiles that the printer's equipment serves, in order, at most headCount of them.
func heads(ctx context.Context, tx *ent.Tx, printer pid.ID, refused []pid.ID) ([]pid.ID, error) {
	probes, err := probe(ctx, tx, printer, refused)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, h := range probes {
		if h.key == "" {
			if h.key, err = behind(ctx, tx, h); err != nil {
				return nil, err
			}
		}
		if h.key != "" {
			keys = append(keys, h.key)
		}
	}
	slices.Sort(keys)
	ids := make([]pid.ID, min(len(keys), headCount))
	for i := range ids {
		ids[i] = pid.ID(keys[i][strings.LastIndexByte(keys[i], ' ')+1:])
	}
	return ids, nil
}

// probe takes one ordered look at each profile that the printer serves and under which items wait: the first item among the
// nearest for which the matching spool suffices. It reads indexes only.
func probe(ctx context.Context, tx *ent.Tx, printer pid.ID, refused []pid.ID) ([]head, error) {
	query, args := probeQuery(tx.Driver().Dialect(), printer, refused)
	rows, err := tx.Client().QueryRows(ctx, query, args)
	if err != nil {
		return nil, fmt.Errorf("probe profiles: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []head
	for rows.Next() {
		var h head
		var key sql.NullString
		var waiting bool
		if err := rows.Scan(&h.profile, &h.grams, &key, &waiting); err != nil {
			return nil, fmt.Errorf("read probe: %w", err)
		}
		if h.key = key.String; waiting {
			out = append(out, h)
		}
	}
	return out, rows.Err()
}

// probeQuery is the look, as SQL.
func probeQuery(dialect string, printer pid.ID, refused []pid.ID) (string, []any) {
	near := fmt.Sprintf("SELECT %s AS sortkey, i.estimated_g FROM queue_items i WHERE i.profile_id = v.profile_id AND i.dispatchable ORDER BY %s LIMIT %d",
		sortKey(dialect), prefixed("i"), nearHead)
	query := "SELECT v.profile_id, COALESCE(s.remaining_g - s.reserved_g, 1e12) AS grams," +
		" (SELECT n.sortkey FROM (" + near + ") n WHERE n.estimated_g <= COALESCE(s.remaining_g - s.reserved_g, 1e12) + 0.005 LIMIT 1) AS item," +
		" EXISTS (SELECT 1 FROM queue_items i WHERE i.profile_id = v.profile_id AND i.dispatchable) AS waiting" +
		" FROM profile_verdicts v LEFT JOIN spools s ON s.id = v.spool_id WHERE v.printer_id = ? AND v.ok"
	args := []any{printer}
	if len(refused) > 0 {
		query += " AND v.profile_id NOT IN (?" + strings.Repeat(", ?", len(refused)-1) + ")"
		for _, id := range refused {
			args = append(args, id)
		}
	}
	return query, args
}

// sortKey writes an item's place in the order as a text that sorts like it, with the id behind: all from the index.
// Positions may be negative, so that they are shifted by 2^62.
func sortKey(name string) string {
	if name == dialect.Postgres {
		return "(9 - i.priority_rank) || ' ' || lpad(i.turn::text, 20, '0') || ' ' || lpad(i.latest_start::text, 20, '0') || ' ' || lpad((i.position + 4611686018427387904)::text, 20, '0') || ' ' || i.id"
	}
	return "printf('%d %020d %020d %020d %s', 9 - i.priority_rank, i.turn, i.latest_start, i.position + 4611686018427387904, i.id)"
}

// behind skips the items that are too heavy a size class at a time: a loose scan over the classes of the profile, then one
// probe in each class that may fit.
func behind(ctx context.Context, tx *ent.Tx, h head) (string, error) {
	key := sortKey(tx.Driver().Dialect())
	query := "WITH RECURSIVE c(sc) AS (" +
		" SELECT MIN(size_class) FROM queue_items WHERE profile_id = ? AND dispatchable" +
		" UNION ALL SELECT (SELECT MIN(i.size_class) FROM queue_items i WHERE i.profile_id = ? AND i.dispatchable AND i.size_class > c.sc) FROM c WHERE c.sc < ?)" +
		" SELECT MIN(x.sortkey) FROM (SELECT (SELECT " + key + " FROM queue_items i WHERE i.profile_id = ? AND i.dispatchable AND i.size_class = c.sc AND i.estimated_g <= ? ORDER BY " +
		prefixed("i") + " LIMIT 1) AS sortkey FROM c WHERE c.sc IS NOT NULL AND c.sc <= ?) x"
	class := sizeClass(h.grams)
	rows, err := tx.Client().QueryRows(ctx, query, []any{h.profile, h.profile, class, h.profile, h.grams + 0.005, class})
	if err != nil {
		return "", fmt.Errorf("probe size classes: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var first sql.NullString
	if rows.Next() {
		if err := rows.Scan(&first); err != nil {
			return "", fmt.Errorf("read probe: %w", err)
		}
	}
	return first.String, rows.Err()
}

// prefixed is the order with a table's name.
func prefixed(t string) string {
	return t + "." + strings.ReplaceAll(order, ", ", ", "+t+".")
}

// firstInQueue is the first item in order that anybody could dispatch, for the answer when nothing is eligible.
func firstInQueue(ctx context.Context, tx *ent.Tx, p match.Printer, axes map[string]string) (*candidate, error) {
	items, err := tx.QueueItem.Query().Where(queueitem.OrganizationID(authz.From(ctx).Organization), queueitem.Dispatchable(true)).
		Order(queueitem.ByPriorityRank(sql.OrderDesc()), queueitem.ByTurn(), queueitem.ByLatestStart(), queueitem.ByPosition(), queueitem.ByID()).
		Limit(1).WithFile().WithProfile().All(ctx)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	_, first, err := judgeAll(ctx, items, p, axes)
	return first, err
}

// earlier reports whether a stands before b in the order of the queue.
func earlier(a, b *ent.QueueItem) bool {
	if a.PriorityRank != b.PriorityRank {
		return a.PriorityRank > b.PriorityRank
	}
	if a.Turn != b.Turn {
		return a.Turn < b.Turn
	}
	if a.LatestStart != b.LatestStart {
		return a.LatestStart < b.LatestStart
	}
	if a.Position != b.Position {
		return a.Position < b.Position
	}
	return a.ID < b.ID
}

// filamentAlone reports whether nothing but filament stops an item.
func filamentAlone(c *candidate) bool {
	hard := slices.DeleteFunc(slices.Clone(c.verdict.Reasons), isSoft)
	return len(hard) > 0 && !slices.ContainsFunc(hard, notFilament)
}
