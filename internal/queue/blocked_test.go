package queue_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

const blockedEvent = "queue_item.blocked"

// sweepBlocked runs the job and answers how many items it told of.
func (b *bundle) sweepBlocked(t testing.TB) int {
	t.Helper()
	n, err := b.items.TellBlocked(b.o.System(t), queue.TellBlockedInput{})
	must(t, err)
	return n
}

// blocked are the items of which the organization was told, in order.
func (b *bundle) blocked(t testing.TB) (ids []pid.ID) {
	t.Helper()
	for _, e := range b.o.EventRows(t) {
		if e.Type == blockedEvent {
			ids = append(ids, pid.ID(e.SubjectID))
		}
	}
	return ids
}

// mended says that the printers changed, to whoever keeps the item's verdicts.
func (b *bundle) mended(t testing.TB, it *ent.QueueItem) {
	t.Helper()
	_, err := b.matching.Recompute(b.ctx, queue.QueueItemInput{QueueItemID: it.ID})
	must(t, err)
}

func wants(material string) func(*queue.CreateQueueItemInput) {
	return asks(func(r *schematype.Requirements) { r.MaterialType = material })
}

// Only what somebody at the printers must mend is told: not what time mends, and not what waits for a person who knows.
func TestWhichItemsAreTold(t *testing.T) {
	type row struct {
		name string
		item func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem
		told bool
	}
	rows := []row{
		{"a material that no printer has", func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem { return b.item(t, 10, wants("PETG")) }, true},
		{"more filament than there is", func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem { return b.item(t, 4000) }, true},
		{"one of two tools that no printer has", func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
			return b.item(t, 10, asks(func(r *schematype.Requirements) {
				r.Tools = []schematype.ToolNeed{{MaterialType: "PLA", FilamentG: 5}, {MaterialType: "PETG", FilamentG: 5}}
			}))
		}, true},
		{"the only printer is out of order", func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
			b.Raw.Printer.UpdateOne(p).SetOutOfOrder(&schematype.OutOfOrder{Reason: "Fan"}).ExecX(t.Context())
			return b.item(t, 10)
		}, true},
		{"a printer could start it now", func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem { return b.item(t, 10) }, false},
		{"the only printer is offline", func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
			b.Raw.Printer.UpdateOne(p).SetState(printer.StateOffline).ExecX(t.Context())
			return b.item(t, 10)
		}, false},
		{"it is held, and no printer has the material", func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
			it, err := b.items.Hold(b.ctx, queue.HoldQueueItemInput{QueueItemID: b.item(t, 10, wants("PETG")).ID})
			must(t, err)
			return it
		}, false},
		{"it waits for approval, and no printer has the material", func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
			_, student := b.student(t)
			return b.itemAs(t, student, 10, wants("PETG"))
		}, false},
		{"a draft of a material that no printer has", func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
			return b.item(t, 10, asDraft, wants("PETG"))
		}, false},
		{"it was cancelled", func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
			it, err := b.items.Cancel(b.ctx, queue.QueueItemInput{QueueItemID: b.item(t, 10, wants("PETG")).ID})
			must(t, err)
			return it
		}, false},
	}
	eachRow(t, rows, func(r row) string { return r.name }, func(t *testing.T, b *bundle, r row) {
		it := r.item(t, b, b.printer(t, "ada", 1000, 1000))
		n := b.sweepBlocked(t)
		if told := slices.Equal(b.blocked(t), []pid.ID{it.ID}); told != r.told || (n == 1) != r.told || (b.now(t, it).BlockedAt != nil) != r.told {
			t.Errorf("%d told: %v; blocked at %v", n, b.blocked(t), b.now(t, it).BlockedAt)
		}
		if r.told {
			if o := b.object(t, blockedEvent); o["eligibility"] != "blocked" || o["id"] != string(it.ID) {
				t.Errorf("the event shows %v", o)
			}
		}
	})
}

// An item is told of once for each time that it begins to be blocked, however often it is looked for and by however many servers.
func TestABlockedItemIsToldOnceEachTime(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		p := b.printer(t, "ada", 1000)
		it, other := b.item(t, 10, wants("PETG")), newBundle(t, b.Kit)
		other.item(t, 10)
		pla := b.spoolOf(t, p, 0)
		petg := b.o.Spool(t, b.o.Material(t, func(m *ent.MaterialCreate) { m.SetType("PETG") }), 500)
		has := func(s *ent.Spool) {
			b.Raw.PrinterSlot.Update().Where(printerslot.PrinterID(p.ID)).SetSpoolID(s.ID).ExecX(t.Context())
			b.mended(t, it)
		}
		for _, step := range []struct {
			name  string
			given func()
			told  int
		}{
			{"it begins", func() {}, 1},
			{"it lasts", func() {}, 0},
			{"it ends", func() { has(petg) }, 0},
			{"it stays ended", func() {}, 0},
			{"it begins anew", func() { has(pla) }, 1},
			{"it lasts again", func() {}, 0},
		} {
			step.given()
			if n := b.sweepBlocked(t); n != step.told {
				t.Errorf("%s: %d told, want %d", step.name, n, step.told)
			}
		}
		if got := b.blocked(t); len(got) != 2 || b.now(t, it).Version != it.Version {
			t.Errorf("%d events in all; the item has version %d, had %d", len(got), b.now(t, it).Version, it.Version)
		}
		if got := other.blocked(t); len(got) != 0 {
			t.Errorf("another organization was told of %v", got)
		}
	})
}

// Servers that look at the same moment tell once between them.
func TestServersTellOfABlockedItemOnce(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		for range 5 {
			b.item(t, 10, wants("PETG"))
		}
		sweeps := make(chan error, 4)
		for range cap(sweeps) {
			ctx := b.o.System(t)
			go func() {
				_, err := b.items.TellBlocked(ctx, queue.TellBlockedInput{})
				sweeps <- err
			}()
		}
		for range cap(sweeps) {
			must(t, <-sweeps)
		}
		if got := b.blocked(t); len(got) != 5 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 5 {
			t.Errorf("told of %v", got)
		}
	})
}

// Many items of which only the rule itself knows that they are not blocked do not hide the one behind them that is.
func TestABlockedItemBehindManyOthers(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		const many = 230
		b.printer(t, "ada", 1000, 1000)
		two := asks(func(r *schematype.Requirements) {
			r.Tools = []schematype.ToolNeed{{MaterialType: "PLA", FilamentG: 1}, {MaterialType: "PLA", FilamentG: 1}}
		})
		for range many {
			b.item(t, 2, two)
		}
		last := b.item(t, 10, wants("PETG"))
		if n := b.sweepBlocked(t); n != 1 || !slices.Equal(b.blocked(t), []pid.ID{last.ID}) {
			t.Errorf("%d told: %v", n, b.blocked(t))
		}
	})
}

// A queue that is blocked as a whole is told in bounded portions, each item once.
func TestAQueueThatIsBlockedAsAWhole(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		for range 210 {
			b.item(t, 10)
		}
		var told []int
		for range 3 {
			told = append(told, b.sweepBlocked(t))
		}
		if fmt.Sprint(told) != "[200 10 0]" || len(slices.Compact(slices.Sorted(slices.Values(b.blocked(t))))) != 210 {
			t.Errorf("told %v", told)
		}
	})
}
