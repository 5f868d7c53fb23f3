package queue

import (
	"math"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
)

// activePrint are the states in which a print holds its printer.
var activePrint = []printrun.State{printrun.StateDispatching, printrun.StateNeedsConfirmation, printrun.StatePrinting, printrun.StatePaused}

// openPrint are the states in which a print holds a copy of its item: active, or waiting for its verdict.
var openPrint = append(append([]printrun.State{}, activePrint...), printrun.StateFinished)

// priorities in order; the rank is what the database sorts by.
var priorities = map[queueitem.Priority]int{queueitem.PriorityLow: 0, queueitem.PriorityNormal: 1, queueitem.PriorityHigh: 2, queueitem.PriorityUrgent: 3}

// copiesLeft is how many copies could still be started: those asked for, less good ones and those on printers. A failed
// copy never counts.
func copiesLeft(it *ent.QueueItem) int { return it.CopiesRequested - it.CopiesDone - it.CopiesRunning }

// ended reports whether nothing more can happen to the item.
func ended(s queueitem.State) bool {
	switch s {
	case queueitem.StateCompleted, queueitem.StateFailed, queueitem.StateCancelled, queueitem.StateExpired:
		return true
	}
	return false
}

// startable reports whether a copy of the item may be started by somebody: everything but the printer is right.
func startable(it *ent.QueueItem, f *ent.File) bool {
	approved := it.ApprovalState == queueitem.ApprovalStateNotRequired || it.ApprovalState == queueitem.ApprovalStateApproved
	ready := it.FileID == nil || f != nil && f.Status == file.StatusReady
	return !ended(it.State) && it.State != queueitem.StateDraft && approved && ready &&
		it.Hold == queueitem.HoldNone && !it.CancelRequested && copiesLeft(it) > 0 && it.Attempts < it.MaxAttempts
}

// dispatchable is what the dispatch indexes hold: startable, and free for any printer.
func dispatchable(it *ent.QueueItem, f *ent.File) bool {
	return startable(it, f) && it.AssignedPrinterID == nil
}

// stateOf is the item's state from its open prints: that of the most advanced running copy, or what is left of the item
// when none runs.
func stateOf(it *ent.QueueItem, open []*ent.PrintRun) queueitem.State {
	best, state := 0, queueitem.State("")
	for _, p := range open {
		if rank, s := runningState(p.State); rank > best {
			best, state = rank, s
		}
	}
	switch {
	case best > 0:
		return state
	case it.CancelRequested && it.CopiesDone < it.CopiesRequested:
		return queueitem.StateCancelled
	case it.CopiesDone >= it.CopiesRequested:
		return queueitem.StateCompleted
	case it.Attempts >= it.MaxAttempts:
		return queueitem.StateFailed
	case it.AssignedPrinterID != nil:
		return queueitem.StateAssigned
	default:
		return queueitem.StateQueued
	}
}

func runningState(s printrun.State) (rank int, state queueitem.State) {
	switch s {
	case printrun.StateDispatching, printrun.StateNeedsConfirmation:
		return 1, queueitem.StateDispatching
	case printrun.StatePaused:
		return 2, queueitem.StatePaused
	case printrun.StatePrinting:
		return 3, queueitem.StatePrinting
	case printrun.StateFinished:
		return 4, queueitem.StateAwaitingVerdict
	}
	return 0, ""
}

// noDeadline sorts behind every deadline.
const noDeadline = int64(math.MaxInt64)

// latestStart orders by deadline slack: the Unix second at which a copy must start to be done in time. Slack is this less
// now, so that the order never changes while time passes.
func latestStart(deadline *time.Time, estimatedSeconds int) int64 {
	if deadline == nil {
		return noDeadline
	}
	return deadline.Unix() - int64(estimatedSeconds)
}

// sizeSteps is how finely grams are classed: four classes for each doubling.
const sizeSteps = 4

// sizeClass is a logarithmic class of grams. Items that need more than a spool holds are skipped a class at a time.
func sizeClass(grams float64) int {
	if grams <= 0.01 {
		return 0
	}
	return 1 + int(math.Floor(sizeSteps*math.Log2(grams/0.01)))
}

// positionStep is the gap between new items, so that an item can be moved between two others 20 times before the
// neighbourhood has to be numbered anew.
const positionStep = 1 << 20
