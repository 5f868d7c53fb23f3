package queue

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// withinLimits checks the bounds that the submitter's user groups set. Of several groups the most generous counts, as with
// capabilities that any of them grants.
func withinLimits(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, submitter *ent.Membership) error {
	items, seconds, grams, limited := limitsOf(submitter)
	if !limited {
		return nil
	}
	it, err := asSliced(ctx, tx, it)
	if err != nil {
		return err
	}
	copies := it.CopiesRequested
	if it.EstimatedSeconds*copies > seconds {
		return errs.New(errs.QueueLimitReached, "Your groups allow %d seconds of printing an item; this takes %d.", seconds, it.EstimatedSeconds*copies)
	}
	if it.EstimatedG*float64(copies) > grams {
		return errs.New(errs.QueueLimitReached, "Your groups allow %.2f g of filament an item; this takes %.2f g.", grams, it.EstimatedG*float64(copies))
	}
	if items == math.MaxInt || it.State == queueitem.StateDraft {
		return nil
	}
	if _, err := tx.Membership.LoadRow(ctx, submitter.ID); err != nil { // one item of a person is counted at a time
		return fmt.Errorf("lock submitter: %w", err)
	}
	n, err := tx.QueueItem.Query().Where(queueitem.SubmitterID(submitter.ID), queueitem.IDNEQ(it.ID),
		queueitem.StateIn(queueitem.StateQueued, queueitem.StateAssigned, queueitem.StateDispatching, queueitem.StatePrinting, queueitem.StatePaused)).Count(ctx)
	if err != nil {
		return fmt.Errorf("count queued items: %w", err)
	}
	if n >= items {
		return errs.New(errs.QueueLimitReached, "Your groups allow %d items in the queue at a time.", items)
	}
	return nil
}

// limitsOf are the most generous bounds of the person's groups that set any.
func limitsOf(m *ent.Membership) (items, seconds int, grams float64, limited bool) {
	for _, g := range m.Edges.UserGroups {
		if g.Limits == nil {
			continue
		}
		limited = true
		items = max(items, orMax(g.Limits.MaxQueuedItems))
		seconds = max(seconds, orMax(g.Limits.MaxPrintSeconds))
		if g.Limits.MaxFilamentG == nil {
			grams = math.Inf(1)
		} else {
			grams = max(grams, *g.Limits.MaxFilamentG)
		}
	}
	return items, seconds, grams, limited
}

func orMax(n *int) int {
	if n == nil {
		return math.MaxInt
	}
	return *n
}

// round keeps grams at two decimals.
func round(g float64) float64 { return math.Round(g*100) / 100 }

// distinct sorts and removes doubles.
func distinct(ids []pid.ID) []pid.ID {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}
