package queue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

// row queues items of these one-letter names.
func (b *bundle) row(t testing.TB, names string) map[string]*ent.QueueItem {
	t.Helper()
	items := map[string]*ent.QueueItem{}
	for _, name := range strings.Split(names, "") {
		items[name] = b.item(t, 1, func(in *queue.CreateQueueItemInput) { in.Name = name })
	}
	return items
}

// order are the names of the items that have not ended, as they stand in the queue.
func (b *bundle) order(t testing.TB) string {
	t.Helper()
	rows := b.Raw.QueueItem.Query().Where(queueitem.OrganizationID(b.o.ID), queueitem.StateEQ(queueitem.StateQueued)).
		Order(queueitem.ByPosition(), queueitem.ByID()).AllX(t.Context())
	var names strings.Builder
	for i, it := range rows {
		names.WriteString(it.Name)
		if i > 0 && it.Position == rows[i-1].Position {
			t.Errorf("%s and %s stand in one place", rows[i-1].Name, it.Name)
		}
	}
	return names.String()
}

func (b *bundle) move(t testing.TB, in queue.MoveQueueItemInput) {
	t.Helper()
	_, err := b.items.Move(b.ctx, in)
	must(t, err)
}

func TestMove(t *testing.T) {
	rows := []struct {
		name  string
		input func(items map[string]*ent.QueueItem, in *queue.MoveQueueItemInput)
		want  string
		code  errs.Code
	}{
		{"before another", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.BeforeID = &q["B"].ID }, "ACBDE", ""},
		{"before the first", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.BeforeID = &q["A"].ID }, "CABDE", ""},
		{"before the one behind it", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.BeforeID = &q["D"].ID }, "ABCDE", ""},
		{"before itself", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.BeforeID = &q["C"].ID }, "ABCDE", errs.ValidationFailed},
		{"after another", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.AfterID = &q["D"].ID }, "ABDCE", ""},
		{"after the last", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.AfterID = &q["E"].ID }, "ABDEC", ""},
		{"after itself", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.AfterID = &q["C"].ID }, "ABCDE", errs.ValidationFailed},
		{"to the first place", func(_ map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.Position = ptr(1) }, "CABDE", ""},
		{"to its own place", func(_ map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.Position = ptr(3) }, "ABCDE", ""},
		{"to the fourth place", func(_ map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.Position = ptr(4) }, "ABDCE", ""},
		{"behind the end", func(_ map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.Position = ptr(1000) }, "ABDEC", ""},
		{"to two places", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) {
			in.Position, in.AfterID = ptr(1), &q["A"].ID
		}, "ABCDE", errs.ValidationFailed},
		{"nowhere", func(map[string]*ent.QueueItem, *queue.MoveQueueItemInput) {}, "ABCDE", errs.ValidationFailed},
		{"next to an item that does not exist", func(_ map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) {
			in.AfterID = ptr(pid.ID("qit" + nowhere))
		}, "ABCDE", "queue_item_not_found"},
		{"next to one that has ended", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) { in.AfterID = &q["X"].ID }, "ABCDE", errs.QueueItemStateConflict},
		{"with a stale If-Match", func(q map[string]*ent.QueueItem, in *queue.MoveQueueItemInput) {
			in.IfMatch, in.AfterID = `"9-x"`, &q["A"].ID
		}, "ABCDE", errs.PreconditionFailed},
	}
	onEach(t, func(t *testing.T, b *bundle) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, b.Kit)
				items := b.row(t, "ABXCDE")
				_, err := b.items.Cancel(b.ctx, queue.QueueItemInput{QueueItemID: items["X"].ID})
				must(t, err)
				b.forget(t)
				in := queue.MoveQueueItemInput{QueueItemID: items["C"].ID}
				row.input(items, &in)

				_, err = b.items.Move(b.ctx, in)

				wantCode(t, err, row.code)
				if got := b.order(t); got != row.want {
					t.Errorf("order %s, want %s", got, row.want)
				}
				if row.code != "" {
					b.wantEvents(t)
				} else {
					b.wantEvents(t, "queue_item.updated")
				}
			})
		}
	})
}

// However often items are moved, each move does what it says, and what is created afterwards stands behind them all.
func TestMoveOften(t *testing.T) {
	rows := []struct {
		name string
		move func(b *bundle, items map[string]*ent.QueueItem, i int) queue.MoveQueueItemInput
		want func(before, moved string) string
	}{
		{"into the same gap", func(_ *bundle, q map[string]*ent.QueueItem, i int) queue.MoveQueueItemInput {
			return queue.MoveQueueItemInput{QueueItemID: q[[]string{"C", "D", "E"}[i%3]].ID, AfterID: &q["A"].ID}
		}, func(before, moved string) string { return "A" + moved + strings.ReplaceAll(before[1:], moved, "") }},
		{"to the front", func(_ *bundle, q map[string]*ent.QueueItem, i int) queue.MoveQueueItemInput {
			return queue.MoveQueueItemInput{QueueItemID: q[[]string{"C", "D", "E"}[i%3]].ID, Position: ptr(1)}
		}, func(before, moved string) string { return moved + strings.ReplaceAll(before, moved, "") }},
		{"to the end", func(_ *bundle, q map[string]*ent.QueueItem, i int) queue.MoveQueueItemInput {
			return queue.MoveQueueItemInput{QueueItemID: q[[]string{"A", "B", "C"}[i%3]].ID, Position: ptr(100)}
		}, func(before, moved string) string { return strings.ReplaceAll(before, moved, "") + moved }},
		{"before the last", func(_ *bundle, q map[string]*ent.QueueItem, i int) queue.MoveQueueItemInput {
			return queue.MoveQueueItemInput{QueueItemID: q[[]string{"A", "B", "C"}[i%3]].ID, BeforeID: &q["E"].ID}
		}, func(before, moved string) string {
			return strings.ReplaceAll(before[:len(before)-1], moved, "") + moved + "E"
		}},
	}
	onEach(t, func(t *testing.T, b *bundle) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, b.Kit)
				items := b.row(t, "ABCDE")
				for i := range 40 {
					in := row.move(b, items, i)
					before, moved := b.order(t), b.Raw.QueueItem.GetX(t.Context(), in.QueueItemID).Name
					b.move(t, in)
					if got, want := b.order(t), row.want(before, moved); got != want {
						t.Fatalf("move %d of %s: order %s, want %s", i+1, moved, got, want)
					}
				}
				before := b.order(t)
				b.row(t, "FG")
				if got := b.order(t); got != before+"FG" {
					t.Errorf("after two more items: order %s, want %sFG", got, before)
				}
			})
		}
	})
}

// People who move at the same moment never put two items into one place.
func TestMoveTogether(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		items := b.row(t, "ABCDEFGH")
		errors := together(7, func(i int) error {
			_, err := b.items.Move(b.ctx, queue.MoveQueueItemInput{QueueItemID: items[string("BCDEFGH"[i])].ID, AfterID: &items["A"].ID})
			return err
		})
		for _, err := range errors {
			wantCode(t, err, "")
		}
		got := strings.Split(b.order(t), "")
		if got[0] != "A" {
			t.Errorf("order %v", got)
		}
		slices.Sort(got)
		if fmt.Sprint(got) != "[A B C D E F G H]" {
			t.Errorf("items %v", got)
		}
	})
}

// A teacher moves what is theirs past whatever stands there.
func TestMovePastOthers(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		items := b.row(t, "AB")
		teacher := b.o.As(t, authz.RoleTeacher)
		own := b.itemAs(t, teacher, 1, func(in *queue.CreateQueueItemInput) { in.Name = "C" })
		_, err := b.items.Move(teacher, queue.MoveQueueItemInput{QueueItemID: own.ID, BeforeID: &items["A"].ID})
		must(t, err)
		if got := b.order(t); got != "CAB" {
			t.Errorf("order %s", got)
		}
		_, err = b.items.Move(teacher, queue.MoveQueueItemInput{QueueItemID: items["B"].ID, Position: ptr(1)})
		wantCode(t, err, errs.InsufficientPermissions)
	})
}
