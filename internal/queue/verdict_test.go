package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

// wantCopies compares state and counts of an item.
func (b *bundle) wantCopies(t testing.TB, it *ent.QueueItem, state queueitem.State, done, running, failed, attempts int) {
	t.Helper()
	now := b.now(t, it)
	got := [4]int{now.CopiesDone, now.CopiesRunning, now.CopiesFailed, now.Attempts}
	if want := [4]int{done, running, failed, attempts}; now.State != state || got != want {
		t.Errorf("%s with %v copies done, running and failed in attempts; want %s with %v", now.State, got, state, want)
	}
	b.audit(t)
}

// Three copies on two printers: each is counted once, a failed one is printed again.
func TestCopies(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		ada, bob := b.printer(t, "Ada", 1000), b.printer(t, "Bob", 1000)
		it := b.item(t, 10, copies(3))
		one, two := b.next(t, ada).Print, b.next(t, bob).Print
		if one.Copy != 1 || two.Copy != 2 {
			t.Errorf("copies %d and %d", one.Copy, two.Copy)
		}
		b.wantCopies(t, it, queueitem.StateDispatching, 0, 2, 0, 0)
		b.start(t, two.ID)
		b.wantCopies(t, it, queueitem.StatePrinting, 0, 2, 0, 0)
		b.start(t, one.ID)
		b.end(t, one.ID, printrun.OutcomeCompleted, 1)
		b.wantCopies(t, it, queueitem.StateAwaitingVerdict, 0, 2, 0, 0)
		b.judge(t, ada, "success")
		b.wantCopies(t, it, queueitem.StatePrinting, 1, 1, 0, 0)

		three := b.next(t, ada).Print
		if three.Copy != 3 || b.now(t, it).Dispatchable {
			t.Errorf("copy %d", three.Copy)
		}
		b.end(t, two.ID, printrun.OutcomeFailed, 0.5)
		b.wantCopies(t, it, queueitem.StateDispatching, 1, 1, 1, 1)
		b.start(t, three.ID)
		b.end(t, three.ID, printrun.OutcomeCompleted, 1)
		b.judge(t, ada, "failure")
		b.wantCopies(t, it, queueitem.StateQueued, 1, 0, 2, 2)

		_, err := b.dispatch.ClearBed(b.ctx, queue.ClearBedInput{PrinterID: bob.ID}) // the device failed: nothing awaits a verdict
		must(t, err)
		for _, p := range []*ent.Printer{ada, bob} {
			print := b.next(t, p).Print
			b.start(t, print.ID)
			b.end(t, print.ID, printrun.OutcomeCompleted, 1)
		}
		b.judge(t, ada, "success")
		b.forget(t)
		b.judge(t, bob, "success")
		b.wantEvents(t, "print.verdict_recorded", "queue_item.completed", "printer.bed_cleared")
		b.wantCopies(t, it, queueitem.StateCompleted, 3, 0, 2, 2)
		if g := b.spoolOf(t, ada, 0).UsedG + b.spoolOf(t, bob, 0).UsedG; g != 45 {
			t.Errorf("%g g used, want 45", g)
		}
	})
}

// When the attempts are used up an item fails, once its last copy is off the printers.
func TestAttemptsAreUsedUp(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		ada, bob := b.printer(t, "Ada", 1000), b.printer(t, "Bob", 1000)
		it := b.item(t, 10, copies(2))
		last := b.next(t, bob).Print.ID
		b.start(t, last)
		for i := range 3 {
			print := b.next(t, ada).Print.ID
			b.start(t, print)
			b.end(t, print, printrun.OutcomeCompleted, 1)
			b.judge(t, ada, "failure")
			b.wantCopies(t, it, queueitem.StatePrinting, 0, 1, i+1, i+1)
		}
		_, err := b.dispatch.DispatchNext(b.ctx, queue.DispatchNextQueueItemInput{PrinterID: ada.ID})
		wantCode(t, err, errs.NoEligibleQueueItem)
		b.end(t, last, printrun.OutcomeCompleted, 1)
		b.wantCopies(t, it, queueitem.StateAwaitingVerdict, 0, 1, 3, 3)
		b.forget(t)
		b.judge(t, bob, "success")
		b.wantEvents(t, "print.verdict_recorded", "queue_item.failed", "printer.bed_cleared")
		b.wantCopies(t, it, queueitem.StateFailed, 1, 0, 3, 3)
	})
}

// clearing is one clear-bed of Ada after given.
type clearing struct {
	name       string
	given      func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem
	actor      func(t *testing.T, b *bundle) context.Context
	input      queue.ClearBedInput
	wantPrint  printrun.State
	wantItem   queueitem.State
	wantBed    printer.BedState
	wantEvents []string
	code       errs.Code
}

func (row clearing) run(t *testing.T, b *bundle) {
	p := b.printer(t, "Ada", 1000)
	it := row.given(t, b, p)
	before := b.Raw.Printer.GetX(t.Context(), p.ID).BedState
	ctx := b.ctx
	if row.actor != nil {
		ctx = row.actor(t, b)
	}
	if row.input.PrinterID == "" {
		row.input.PrinterID = p.ID
	}
	b.forget(t)

	out, err := b.dispatch.ClearBed(ctx, row.input)

	wantCode(t, err, row.code)
	b.wantEvents(t, row.wantEvents...)
	b.audit(t)
	bed := b.Raw.Printer.GetX(t.Context(), p.ID).BedState
	if row.code != "" {
		if bed != before || it != nil && b.now(t, it).State != row.wantItem {
			t.Errorf("the bed is %s, was %s; the item %s", bed, before, b.now(t, it).State)
		}
		return
	}
	if bed != or(row.wantBed, printer.BedStateClear) || out.Printer.BedState != bed {
		t.Errorf("the bed is %s", bed)
	}
	if (out.Print != nil) != (row.wantPrint != "") || (out.QueueItem != nil) != (row.wantPrint != "") {
		t.Fatalf("answer %+v", out)
	}
	if row.wantPrint == "" {
		return
	}
	wantState(t, out.QueueItem, row.wantItem)
	if v := out.Print; v.State != row.wantPrint || string(*v.Verdict) != *row.input.Verdict || v.VerdictAt == nil || *v.VerdictByID != authz.From(ctx).Membership {
		t.Errorf("print %+v", v)
	}
	if f := row.input.FailureReason; f != nil && string(*out.Print.FailureReason) != *f {
		t.Errorf("reason %s", *out.Print.FailureReason)
	}
}

func TestClearBed(t *testing.T) {
	waiting := stages["awaiting verdict"]
	nothing := func(*testing.T, *bundle, *ent.Printer) *ent.QueueItem { return nil }
	lain := func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		b.Raw.Printer.UpdateOne(p).SetBedState("unknown").ExecX(t.Context())
		return nil
	}
	cancelled := func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		it := waiting(t, b, p)
		_, err := b.items.Cancel(b.ctx, queue.QueueItemInput{QueueItemID: it.ID})
		must(t, err)
		return it
	}
	lastTry := func(t *testing.T, b *bundle, p *ent.Printer) *ent.QueueItem {
		it := waiting(t, b, p)
		b.Raw.QueueItem.UpdateOneID(it.ID).SetMaxAttempts(1).ExecX(t.Context())
		return it
	}
	success, failure := queue.ClearBedInput{Verdict: ptr("success")}, queue.ClearBedInput{Verdict: ptr("failure")}
	rows := []clearing{
		{name: "success completes the copy", given: waiting, input: success, wantPrint: printrun.StateSucceeded, wantItem: queueitem.StateCompleted,
			wantEvents: []string{"print.verdict_recorded", "queue_item.completed", "printer.bed_cleared"}},
		{name: "failure puts it back", given: waiting, input: queue.ClearBedInput{Verdict: ptr("failure"), FailureReason: ptr("spaghetti")}, wantPrint: printrun.StateFailed,
			wantItem: queueitem.StateQueued, wantEvents: []string{"print.verdict_recorded", "print.failed", "printer.bed_cleared"}},
		{name: "the last failure fails it", given: lastTry, input: failure, wantPrint: printrun.StateFailed, wantItem: queueitem.StateFailed,
			wantEvents: []string{"print.verdict_recorded", "print.failed", "queue_item.failed", "printer.bed_cleared"}},
		{name: "a cancelled item that came out well is complete", given: cancelled, input: success, wantPrint: printrun.StateSucceeded, wantItem: queueitem.StateCompleted,
			wantEvents: []string{"print.verdict_recorded", "queue_item.completed", "printer.bed_cleared"}},
		{name: "one that did not is not printed again", given: cancelled, input: failure, wantPrint: printrun.StateFailed, wantItem: queueitem.StateCancelled,
			wantEvents: []string{"print.verdict_recorded", "print.failed", "queue_item.cancelled", "printer.bed_cleared"}},
		{name: "a print that awaits its verdict gets one", given: waiting, code: errs.ValidationFailed, wantItem: queueitem.StateAwaitingVerdict},
		{name: "a bed on which nothing was printed needs none", given: lain, wantEvents: []string{"printer.bed_cleared"}},
		{name: "a bed that is clear stays so", given: nothing},
		{name: "a verdict about nothing does no harm", given: lain, input: success, wantEvents: []string{"printer.bed_cleared"}},
		{name: "a reason goes with failure", given: waiting, input: queue.ClearBedInput{Verdict: ptr("success"), FailureReason: ptr("clog")},
			code: errs.ValidationFailed, wantItem: queueitem.StateAwaitingVerdict},
		{name: "a reason alone is no verdict", given: waiting, input: queue.ClearBedInput{FailureReason: ptr("clog")}, code: errs.ValidationFailed, wantItem: queueitem.StateAwaitingVerdict},
		{name: "another word is no verdict", given: waiting, input: queue.ClearBedInput{Verdict: ptr("maybe")}, code: errs.ValidationFailed, wantItem: queueitem.StateAwaitingVerdict},
		{name: "a printer that prints keeps its bed", given: stages["printing"], input: success, code: errs.PrinterNotReady, wantItem: queueitem.StatePrinting},
		{name: "one that was just claimed too", given: stages["dispatching"], code: errs.PrinterNotReady, wantItem: queueitem.StateDispatching},
		{name: "a stale If-Match", given: waiting, input: queue.ClearBedInput{IfMatch: `"99-x"`, Verdict: ptr("success")}, code: errs.PreconditionFailed, wantItem: queueitem.StateAwaitingVerdict},
		{name: "a student", given: waiting, input: success, code: errs.InsufficientPermissions, wantItem: queueitem.StateAwaitingVerdict,
			actor: func(t *testing.T, b *bundle) context.Context { return b.o.As(t, authz.RoleStudent) }},
		{name: "a printer that does not exist", given: nothing, input: queue.ClearBedInput{PrinterID: pid.ID("prn" + nowhere)}, code: "printer_not_found"},
	}
	eachRow(t, rows, func(r clearing) string { return r.name }, func(t *testing.T, b *bundle, r clearing) { r.run(t, b) })
}

func TestConfirm(t *testing.T) {
	unsure := func(t *testing.T, b *bundle, p *ent.Printer) pid.ID {
		b.item(t, 10)
		print := b.next(t, p).Print.ID
		b.sent(t, print)
		b.Clock.Advance(queue.StartDeadline + time.Second)
		_, err := b.dispatch.Unconfirmed(b.o.System(t), print, "not seen")
		must(t, err)
		return print
	}
	running := func(t *testing.T, b *bundle, p *ent.Printer) pid.ID { _, print := b.printing(t, p); return print }
	rows := []struct {
		name       string
		given      func(t *testing.T, b *bundle, p *ent.Printer) pid.ID
		started    *bool
		wantPrint  printrun.State
		wantItem   queueitem.State
		wantEvents []string
		code       errs.Code
	}{
		{"it prints", unsure, ptr(true), printrun.StatePrinting, queueitem.StatePrinting, []string{"print.started", "queue_item.started"}, ""},
		{"it does not", unsure, ptr(false), printrun.StateCancelled, queueitem.StateQueued, []string{"print.cancelled"}, ""},
		{"who says nothing is asked again", unsure, nil, printrun.StateNeedsConfirmation, queueitem.StateDispatching, nil, errs.ValidationFailed},
		{"nobody asked", running, ptr(true), printrun.StatePrinting, queueitem.StatePrinting, nil, errs.PrintStateConflict},
		{"a print that does not exist", func(*testing.T, *bundle, *ent.Printer) pid.ID { return "prt" + nowhere }, ptr(true), "", "", nil, "print_not_found"},
	}
	onEach(t, func(t *testing.T, b *bundle) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, b.Kit)
				p := b.printer(t, "Ada", 1000)
				print := row.given(t, b, p)
				b.forget(t)

				_, err := b.dispatch.Confirm(b.ctx, queue.ConfirmPrintInput{PrintID: print, Started: row.started})

				wantCode(t, err, row.code)
				b.wantEvents(t, row.wantEvents...)
				b.audit(t)
				if row.wantPrint == "" {
					return
				}
				now := b.Raw.PrintRun.GetX(t.Context(), print)
				if now.State != row.wantPrint {
					t.Errorf("print %s, want %s", now.State, row.wantPrint)
				}
				wantState(t, b.Raw.QueueItem.GetX(t.Context(), now.QueueItemID), row.wantItem)
				if bed := b.Raw.Printer.GetX(t.Context(), p.ID).BedState; bed != printer.BedStateClear {
					t.Errorf("the bed is %s", bed)
				}
			})
		}
	})
}

// Pause, resume and cancel are wishes: they are committed, told, and carried out later. A wish to cancel stays.
func TestWishes(t *testing.T) {
	none, pause, resume, cancel := printrun.WishNone, printrun.WishPause, printrun.WishResume, printrun.WishCancel
	rows := []struct {
		stage string
		wish  printrun.Wish
		want  printrun.Wish // "" = refused
	}{
		{"printing", pause, pause},
		{"printing", resume, ""},
		{"printing", cancel, cancel},
		{"paused", pause, ""},
		{"paused", resume, resume},
		{"paused", cancel, cancel},
		{"dispatching", pause, ""},
		{"dispatching", resume, ""},
		{"dispatching", cancel, cancel},
		{"awaiting verdict", cancel, ""},
		{"completed", cancel, ""},
		{"queued", pause, ""},
	}
	onEach(t, func(t *testing.T, b *bundle) {
		ask := func(b *bundle, w printrun.Wish, p pid.ID) error {
			do := map[printrun.Wish]func(context.Context, queue.RunningPrintInput) (*ent.Printer, error){pause: b.dispatch.Pause, resume: b.dispatch.Resume, cancel: b.dispatch.CancelPrint}
			_, err := do[w](b.ctx, queue.RunningPrintInput{PrinterID: p})
			return err
		}
		for _, row := range rows {
			t.Run(row.stage+", "+string(row.wish), func(t *testing.T) {
				b := newBundle(t, b.Kit)
				it, p := b.at(t, row.stage)
				b.forget(t)

				err := ask(b, row.wish, p.ID)

				if row.want == "" {
					wantCode(t, err, errs.PrintStateConflict)
					b.wantEvents(t)
					return
				}
				wantCode(t, err, "")
				b.wantEvents(t, "queue_item.updated")
				if told := b.object(t, "queue_item.updated"); told["wish"] != string(row.want) || told["id"] != string(it.ID) {
					t.Errorf("event %v", told)
				}
				wantState(t, b.now(t, it), it.State)
				print := b.Raw.PrintRun.Query().Where(printrun.QueueItemID(it.ID)).OnlyX(t.Context())
				if print.Wish != row.want || print.Wish == none {
					t.Errorf("wish %s", print.Wish)
				}
			})
		}
		t.Run("a print that is to be cancelled is not paused instead", func(t *testing.T) {
			b := newBundle(t, b.Kit)
			it, p := b.at(t, "printing")
			_, err := b.items.Cancel(b.ctx, queue.QueueItemInput{QueueItemID: it.ID})
			must(t, err)
			wantCode(t, ask(b, pause, p.ID), errs.PrintStateConflict)
			if w := b.Raw.PrintRun.Query().Where(printrun.QueueItemID(it.ID)).OnlyX(t.Context()).Wish; w != cancel {
				t.Errorf("wish %s", w)
			}
		})
	})
}
