package queue_test

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

// start brings a claimed print to where the printer was seen printing it.
func (b *bundle) start(t testing.TB, id pid.ID) {
	t.Helper()
	b.sent(t, id)
	_, err := b.dispatch.Started(b.o.System(t), id)
	must(t, err)
}

// sent brings a claimed print to where its start command may have been sent.
func (b *bundle) sent(t testing.TB, id pid.ID) {
	t.Helper()
	_, err := b.dispatch.Uploading(b.o.System(t), id, queue.Upload{})
	must(t, err)
	leave, err := b.dispatch.Starting(b.o.System(t), id)
	must(t, err)
	if !leave {
		t.Fatal("no leave to start")
	}
}

// end reports how the printer ended a print.
func (b *bundle) end(t testing.TB, id pid.ID, o printrun.Outcome, fraction float64) *ent.PrintRun {
	t.Helper()
	p, err := b.dispatch.Ended(b.o.System(t), id, queue.End{Outcome: o, Fraction: fraction})
	must(t, err)
	return p
}

// judge clears the bed with a verdict.
func (b *bundle) judge(t testing.TB, p *ent.Printer, verdict string) *queue.ClearBedResult {
	t.Helper()
	out, err := b.dispatch.ClearBed(b.ctx, queue.ClearBedInput{PrinterID: p.ID, Verdict: &verdict})
	must(t, err)
	return out
}

// stages are the places in an item's life, each reached by operations alone. Every one has the printer Ada with a kilogram.
var stages = map[string]func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem{
	"draft": func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem { return b.item(t, 10, asDraft) },
	"student's draft": func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
		_, ctx := b.student(t)
		return b.itemAs(t, ctx, 10, asDraft)
	},
	"queued":  func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem { return b.item(t, 10) },
	"pending": func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem { return b.pending(t) },
	"changes requested": func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
		it, err := b.items.RequestChanges(b.ctx, queue.QueueItemReasonInput{QueueItemID: b.pending(t).ID, Reason: "Thicker walls"})
		must(t, err)
		return it
	},
	"approved": func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem { return b.approved(t) },
	"held": func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
		it, err := b.items.Hold(b.ctx, queue.HoldQueueItemInput{QueueItemID: b.item(t, 10).ID, Reason: "After the fair"})
		must(t, err)
		return it
	},
	"scheduled": func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
		return b.item(t, 10, func(in *queue.CreateQueueItemInput) { in.NotBefore = ptr(b.Clock.Now().Add(time.Hour)) })
	},
	"assigned": func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		it := b.item(t, 10)
		b.assign(t, it, p)
		return it
	},
	"dispatching": func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		it := b.item(t, 10)
		b.next(t, p)
		return it
	},
	"printing": func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		it := b.item(t, 10)
		b.start(t, b.next(t, p).Print.ID)
		return it
	},
	"paused": func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		it, print := b.printing(t, p)
		_, err := b.dispatch.Progress(b.o.System(t), print, queue.Progress{Fraction: 0.2, Paused: true})
		must(t, err)
		return it
	},
	"awaiting verdict": func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		it, print := b.printing(t, p)
		b.end(t, print, printrun.OutcomeCompleted, 1)
		return it
	},
	"completed": func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		it, print := b.printing(t, p)
		b.end(t, print, printrun.OutcomeCompleted, 1)
		b.judge(t, p, "success")
		return it
	},
	"failed": func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		it, print := b.printing(t, p)
		b.Raw.QueueItem.UpdateOneID(it.ID).SetMaxAttempts(1).ExecX(t.Context())
		b.end(t, print, printrun.OutcomeFailed, 0.5)
		return it
	},
	"cancelled": func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
		it, err := b.items.Cancel(b.ctx, queue.QueueItemInput{QueueItemID: b.item(t, 10).ID})
		must(t, err)
		return it
	},
	"expired": func(t *testing.T, b *bundle, _ *ent.Printer) *ent.QueueItem {
		it := b.pending(t)
		b.Clock.Advance(31 * 24 * time.Hour)
		_, err := b.items.Expire(b.o.System(t), queue.ExpireInput{})
		must(t, err)
		return it
	},
}

// at is an item at the stage.
func (b *bundle) at(t *testing.T, stage string) (*ent.QueueItem, *ent.Printer) {
	t.Helper()
	p := b.printer(t, "Ada", 1000)
	return b.now(t, stages[stage](t, b, p)), p
}

func asDraft(in *queue.CreateQueueItemInput) { in.Draft = true }

// pending is a student's item that waits for approval.
func (b *bundle) pending(t testing.TB) *ent.QueueItem {
	t.Helper()
	_, ctx := b.student(t)
	return b.itemAs(t, ctx, 10)
}

func (b *bundle) approved(t testing.TB) *ent.QueueItem {
	t.Helper()
	it, err := b.items.Approve(b.ctx, queue.ApproveQueueItemInput{QueueItemID: b.pending(t).ID})
	must(t, err)
	return it
}

// printing is an item of 10 g on the printer, and its print.
func (b *bundle) printing(t testing.TB, p *ent.Printer) (*ent.QueueItem, pid.ID) {
	t.Helper()
	it := b.item(t, 10)
	print := b.next(t, p).Print.ID
	b.start(t, print)
	return it, print
}
