package queue_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/record"
)

// moves are what an operator can do with an item, in the order of the columns of TestTransitions.
var moves = []struct {
	name string
	do   func(ctx context.Context, b *bundle, it, p pid.ID) error
}{
	{"queue", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Update(ctx, queue.UpdateQueueItemInput{QueueItemID: it, State: set("queued")})
		return err
	}},
	{"approve", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Approve(ctx, queue.ApproveQueueItemInput{QueueItemID: it})
		return err
	}},
	{"deny", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Deny(ctx, queue.QueueItemReasonInput{QueueItemID: it, Reason: "No weapons"})
		return err
	}},
	{"request changes", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.RequestChanges(ctx, queue.QueueItemReasonInput{QueueItemID: it, Reason: "Thicker walls"})
		return err
	}},
	{"hold", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Hold(ctx, queue.HoldQueueItemInput{QueueItemID: it})
		return err
	}},
	{"release", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Release(ctx, queue.QueueItemInput{QueueItemID: it})
		return err
	}},
	{"move", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Move(ctx, queue.MoveQueueItemInput{QueueItemID: it, Position: ptr(1)})
		return err
	}},
	{"cancel", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Cancel(ctx, queue.QueueItemInput{QueueItemID: it})
		return err
	}},
	{"assign", func(ctx context.Context, b *bundle, it, p pid.ID) error {
		_, err := b.matching.Assign(ctx, queue.AssignQueueItemInput{QueueItemID: it, PrinterID: p})
		return err
	}},
	{"unassign", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.matching.Unassign(ctx, queue.QueueItemInput{QueueItemID: it})
		return err
	}},
	{"rename", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Update(ctx, queue.UpdateQueueItemInput{QueueItemID: it, Name: set("Wheel")})
		return err
	}},
	{"ask for another copy", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Update(ctx, queue.UpdateQueueItemInput{QueueItemID: it, CopiesRequested: set(2)})
		return err
	}},
	{"print something else", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.items.Update(ctx, queue.UpdateQueueItemInput{QueueItemID: it, EstimatedG: set(11.0)})
		return err
	}},
	{"recompute", func(ctx context.Context, b *bundle, it, _ pid.ID) error {
		_, err := b.matching.Recompute(ctx, queue.QueueItemInput{QueueItemID: it})
		return err
	}},
}

// TestTransitions is every pair of a stage and what an operator does: = means that the state stays, ! that it is refused
// with queue_item_state_conflict, ? with queue_item_not_assignable; a refusal changes nothing and tells nobody.
func TestTransitions(t *testing.T) {
	table := map[string]string{
		//                   queue  approve deny      changes hold rel. move cancel    assign   unassign rename copy   other  recompute
		"draft":             "queued !      !         !       =    =    =    cancelled !        !        =      =      =      =",
		"student's draft":   "queued =      cancelled =       =    =    =    cancelled !        !        =      =      =      =",
		"queued":            "!      !      !         !       =    =    =    cancelled assigned !        =      =      =      =",
		"pending":           "!      =      cancelled =       =    =    =    cancelled ?        !        =      =      =      =",
		"changes requested": "!      =      cancelled =       =    =    =    cancelled ?        !        =      =      =      =",
		"approved":          "!      !      cancelled =       =    =    =    cancelled assigned !        =      =      =      =",
		"held":              "!      !      !         !       =    =    =    cancelled ?        !        =      =      =      =",
		"scheduled":         "!      !      !         !       =    =    =    cancelled assigned !        =      =      =      =",
		"assigned":          "!      !      !         !       =    =    =    cancelled =        queued   =      queued queued =",
		"dispatching":       "!      !      !         !       =    =    =    =         !        !        =      =      !      =",
		"printing":          "!      !      !         !       =    =    =    =         !        !        =      =      !      =",
		"paused":            "!      !      !         !       =    =    =    =         !        !        =      =      !      =",
		"awaiting verdict":  "!      !      !         !       =    =    =    =         !        !        =      =      !      =",
		"completed":         "!      !      !         !       !    !    !    !         !        !        !      !      !      =",
		"failed":            "!      !      !         !       !    !    !    !         !        !        !      !      !      =",
		"cancelled":         "!      !      !         !       !    !    !    !         !        !        !      !      !      =",
		"expired":           "!      !      !         !       !    !    !    !         !        !        !      !      !      =",
	}
	if len(table) != len(stages) {
		t.Errorf("%d rows for %d stages", len(table), len(stages))
	}
	type pair struct{ stage, move, want string }
	var pairs []pair
	for stage := range stages {
		wants := strings.Fields(table[stage])
		if len(wants) != len(moves) {
			t.Fatalf("%s has %d columns, want %d", stage, len(wants), len(moves))
		}
		for i, m := range moves {
			pairs = append(pairs, pair{stage, m.name, wants[i]})
		}
	}
	do := map[string]func(ctx context.Context, b *bundle, it, p pid.ID) error{}
	for _, m := range moves {
		do[m.name] = m.do
	}

	eachRow(t, pairs, func(p pair) string { return p.stage + ", " + p.move }, func(t *testing.T, b *bundle, row pair) {
		before, p := b.at(t, row.stage)
		b.forget(t)

		err := do[row.move](b.ctx, b, before.ID, p.ID)

		after := b.now(t, before)
		switch row.want {
		case "!", "?":
			wantCode(t, err, map[string]errs.Code{"!": errs.QueueItemStateConflict, "?": errs.QueueItemNotAssignable}[row.want])
			wantUnchanged(t, before, after)
			b.wantEvents(t)
		case "=":
			wantCode(t, err, "")
			wantState(t, after, before.State)
		default:
			wantCode(t, err, "")
			wantState(t, after, queueitem.State(row.want))
		}
		b.audit(t)
	})
}

// wantUnchanged compares two rows whole.
func wantUnchanged(t testing.TB, before, after *ent.QueueItem) {
	t.Helper()
	if d := cmp.Diff(record.QueueItem(before), record.QueueItem(after)); d != "" || before.Version != after.Version || !before.UpdatedAt.Equal(after.UpdatedAt) {
		t.Errorf("the row changed (-before +after):\n%s", d)
	}
}
