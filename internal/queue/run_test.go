package queue_test

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

// The end of a print is booked by how much was printed, once however often it is told.
func TestEnded(t *testing.T) {
	rows := []struct {
		name       string
		outcome    printrun.Outcome
		progress   float64 // told before
		fraction   float64
		wantState  printrun.State
		wantItem   queueitem.State
		wantG      float64
		wantEvents []string
	}{
		{"complete, whatever the device says of its progress", "completed", 0, 0.97, printrun.StateFinished, queueitem.StateAwaitingVerdict, 10, []string{"spool.deducted", "print.finished"}},
		{"failed half way", "failed", 0, 0.5, printrun.StateFailed, queueitem.StateQueued, 5, []string{"spool.deducted", "print.failed"}},
		{"cancelled at the device", "cancelled", 0, 0.25, printrun.StateCancelled, queueitem.StateQueued, 2.5, []string{"spool.deducted", "print.cancelled"}},
		{"failed, and what was seen before was more", "failed", 0.8, 0, printrun.StateFailed, queueitem.StateQueued, 8, []string{"spool.deducted", "print.failed"}},
		{"failed before anything was printed", "failed", 0, 0, printrun.StateFailed, queueitem.StateQueued, 0, []string{"print.failed"}},
		{"with a progress that is none", "failed", 0, 7, printrun.StateFailed, queueitem.StateQueued, 10, []string{"spool.deducted", "print.failed"}},
	}
	onEach(t, func(t *testing.T, b *bundle) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, b.Kit)
				p := b.printer(t, "Ada", 1000)
				it, id := b.printing(t, p)
				if row.progress > 0 {
					_, err := b.dispatch.Progress(b.o.System(t), id, queue.Progress{Fraction: row.progress})
					must(t, err)
				}
				b.Clock.Advance(time.Minute)
				b.forget(t)

				first := b.end(t, id, row.outcome, row.fraction)

				b.wantEvents(t, row.wantEvents...)
				for _, again := range []printrun.Outcome{"completed", "failed", "cancelled"} {
					if p := b.end(t, id, again, 1); p.State != first.State || p.ActualG != first.ActualG {
						t.Errorf("told again it is %s with %g g", p.State, p.ActualG)
					}
				}
				b.wantEvents(t)
				if first.State != row.wantState || first.ActualG != row.wantG || first.ActualSeconds != 60 || first.EndedAt == nil {
					t.Errorf("print %+v", first)
				}
				wantState(t, b.now(t, it), row.wantItem)
				b.audit(t)
				if s := b.spoolOf(t, p, 0); s.UsedG != row.wantG || s.ReservedG != 0 {
					t.Errorf("%g g used, %g g reserved", s.UsedG, s.ReservedG)
				}
				deductions := b.Raw.LedgerEntry.Query().Where(ledgerentry.PrintID(id), ledgerentry.KindEQ(ledgerentry.KindDeduct)).CountX(t.Context())
				if want := min(1, int(row.wantG*10)); deductions != want {
					t.Errorf("%d deductions", deductions)
				}
				if bed := b.Raw.Printer.GetX(t.Context(), p.ID).BedState; bed != printer.BedStateOccupied {
					t.Errorf("the bed is %s", bed)
				}
			})
		}
	})
}

// A claim that comes back before anything was sent gives item and filament back, and leaves the bed alone.
func TestReturned(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		p := b.printer(t, "Ada", 1000)
		it := b.item(t, 10)
		id := b.next(t, p).Print.ID
		b.forget(t)
		for range 2 {
			_, err := b.dispatch.Returned(b.o.System(t), id, queue.Return{Why: "the file is gone", Refused: true})
			must(t, err)
		}
		b.wantEvents(t, "print.cancelled")
		b.wantCopies(t, it, queueitem.StateQueued, 0, 0, 0, 1)
		print := b.Raw.PrintRun.GetX(t.Context(), id)
		if print.State != printrun.StateCancelled || print.FailureDetails != "the file is gone" || b.spoolOf(t, p, 0).ReservedG != 0 {
			t.Errorf("print %+v", print)
		}
		if row := b.Raw.Printer.GetX(t.Context(), p.ID); row.BedState != printer.BedStateClear {
			t.Errorf("printer %+v", row)
		}
		for i := range 2 { // the attempts bound how often it is tried
			_, err := b.dispatch.Returned(b.o.System(t), b.next(t, p).Print.ID, queue.Return{Why: "again", Refused: true})
			must(t, err)
			b.wantCopies(t, it, []queueitem.State{queueitem.StateQueued, queueitem.StateFailed}[i], 0, 0, 0, i+2)
		}
	})
}

// What never reached the printer uses up no attempt, however often: a printer that is switched off fails nobody's item.
func TestReturnedUnsent(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		p := b.printer(t, "Ada", 1000)
		it := b.item(t, 10)
		for range 5 {
			_, err := b.dispatch.Returned(b.o.System(t), b.next(t, p).Print.ID, queue.Return{Why: "the printer is offline"})
			must(t, err)
			b.wantCopies(t, it, queueitem.StateQueued, 0, 0, 0, 0)
		}
	})
}

// What a worker reports late, or of a print that is over, changes nothing.
func TestLateReports(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		p := b.printer(t, "Ada", 1000)
		_, id := b.printing(t, p)
		b.end(t, id, printrun.OutcomeCompleted, 1)
		before := b.Raw.PrintRun.GetX(t.Context(), id)
		b.forget(t)
		ctx := b.o.System(t)
		for name, report := range map[string]func() error{
			"uploading": func() error { _, err := b.dispatch.Uploading(ctx, id, queue.Upload{}); return err },
			"uploaded":  func() error { _, err := b.dispatch.Uploaded(ctx, id, "x.gcode"); return err },
			"started":   func() error { _, err := b.dispatch.Started(ctx, id); return err },
			"progress": func() error {
				_, err := b.dispatch.Progress(ctx, id, queue.Progress{Fraction: 0.1, Paused: true})
				return err
			},
			"unconfirmed": func() error { _, err := b.dispatch.Unconfirmed(ctx, id, "late"); return err },
			"returned": func() error {
				_, err := b.dispatch.Returned(ctx, id, queue.Return{Why: "late", Refused: true})
				return err
			},
			"wished": func() error { _, err := b.dispatch.Wished(ctx, id, printrun.WishCancel); return err },
			"starting": func() error {
				if leave, err := b.dispatch.Starting(ctx, id); leave || err != nil {
					t.Errorf("leave %t, %v", leave, err)
				}
				return nil
			},
		} {
			if err := report(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.wantEvents(t)
		if now := b.Raw.PrintRun.GetX(t.Context(), id); now.Version != before.Version || now.State != before.State || now.RemoteRef != before.RemoteRef {
			t.Errorf("print %+v", now)
		}
		_, err := b.dispatch.Started(ctx, "prt"+nowhere)
		wantCode(t, err, "print_not_found")
		_, err = b.dispatch.Started(b.ctx, id)
		wantCode(t, err, errs.InsufficientPermissions)
	})
}

// The reaper settles what no worker reports on: what was never sent goes back, what may have started waits for a person.
func TestReap(t *testing.T) {
	rows := []struct {
		name       string
		given      func(t *testing.T, b *bundle, id pid.ID)
		after      time.Duration
		want       printrun.State
		wantItem   queueitem.State
		wantEvents []string
	}{
		{"claimed, in time", func(*testing.T, *bundle, pid.ID) {}, queue.StartDeadline, printrun.StateDispatching, queueitem.StateDispatching, nil},
		{"claimed, too late", func(*testing.T, *bundle, pid.ID) {}, queue.StartDeadline + 1e3, printrun.StateCancelled, queueitem.StateQueued, []string{"print.cancelled"}},
		{"uploading, too late", func(t *testing.T, b *bundle, id pid.ID) {
			_, err := b.dispatch.Uploading(b.o.System(t), id, queue.Upload{})
			must(t, err)
		},
			queue.StartDeadline + 1e3, printrun.StateCancelled, queueitem.StateQueued, []string{"print.cancelled"}},
		{"uploading, and bytes moved since", func(t *testing.T, b *bundle, id pid.ID) {
			b.Clock.Advance(queue.StartDeadline)
			_, err := b.dispatch.Uploading(b.o.System(t), id, queue.Upload{Moved: 1})
			must(t, err)
		},
			queue.StartDeadline, printrun.StateDispatching, queueitem.StateDispatching, nil},
		{"starting, in time", func(t *testing.T, b *bundle, id pid.ID) { b.sent(t, id) }, queue.StartDeadline, printrun.StateDispatching, queueitem.StateDispatching, nil},
		{"starting, too late", func(t *testing.T, b *bundle, id pid.ID) { b.sent(t, id) }, queue.StartDeadline + 1e3, printrun.StateNeedsConfirmation, queueitem.StateDispatching,
			[]string{"print.needs_confirmation"}},
		{"printing, for as long as it takes", func(t *testing.T, b *bundle, id pid.ID) { b.start(t, id) }, 24 * time.Hour, printrun.StatePrinting, queueitem.StatePrinting, nil},
	}
	onEach(t, func(t *testing.T, b *bundle) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, b.Kit)
				p := b.printer(t, "Ada", 1000)
				it := b.item(t, 10)
				id := b.next(t, p).Print.ID
				row.given(t, b, id)
				b.Clock.Advance(row.after)
				b.forget(t)

				for range 2 {
					_, err := b.dispatch.Reap(b.o.System(t), queue.ReapInput{})
					must(t, err)
				}

				b.wantEvents(t, row.wantEvents...)
				if now := b.Raw.PrintRun.GetX(t.Context(), id); now.State != row.want {
					t.Errorf("print %s, want %s", now.State, row.want)
				}
				wantState(t, b.now(t, it), row.wantItem)
				b.audit(t)
			})
		}
	})
}

// Time releases what is scheduled, and ends what nobody decides on.
func TestExpire(t *testing.T) {
	day := 24 * time.Hour
	rows := []struct {
		name       string
		given      func(t *testing.T, b *bundle) *ent.QueueItem
		after      time.Duration
		wantState  queueitem.State
		wantHold   queueitem.Hold
		wantEvents []string
	}{
		{"a start time that has come", stage("scheduled"), time.Hour, "queued", "none", []string{"queue_item.updated"}},
		{"a start time that has not", stage("scheduled"), time.Hour - 1e3, "queued", "schedule", nil},
		{"what a person holds", stage("held"), 400 * day, "queued", "manual", nil},
		{"a scheduled item that was cancelled", func(t *testing.T, b *bundle) *ent.QueueItem {
			it, err := b.items.Cancel(b.ctx, queue.QueueItemInput{QueueItemID: stages["scheduled"](t, b, nil).ID})
			must(t, err)
			return it
		}, 2 * time.Hour, "cancelled", "schedule", nil},
		{"an item that waits 30 days for approval", stage("pending"), 30 * day, "queued", "none", nil},
		{"and longer", stage("pending"), 30*day + 1e3, "expired", "none", []string{"queue_item.expired"}},
		{"a student's draft", stage("student's draft"), 400 * day, "draft", "none", nil},
		{"an item that is to be changed", stage("changes requested"), 400 * day, "queued", "none", nil},
		{"an approved item", stage("approved"), 400 * day, "queued", "none", nil},
	}
	onEach(t, func(t *testing.T, b *bundle) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, b.Kit)
				it := row.given(t, b)
				b.Clock.Advance(row.after)
				b.forget(t)

				for range 2 {
					_, err := b.items.Expire(b.o.System(t), queue.ExpireInput{})
					must(t, err)
				}

				b.wantEvents(t, row.wantEvents...)
				now := b.now(t, it)
				wantState(t, now, row.wantState)
				if now.Hold != row.wantHold || now.Dispatchable != (row.name == rows[0].name || row.name == "an approved item") {
					t.Errorf("hold %s, dispatchable %t", now.Hold, now.Dispatchable)
				}
			})
		}
	})
}
