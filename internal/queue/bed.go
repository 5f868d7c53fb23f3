package queue

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// The operations of a person beside the printer.
var (
	OpClearBed    = authz.Op{Resource: "printer", Verb: "clear-bed", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Say that the bed is clear, with the verdict on the last print"}
	OpConfirm     = authz.Op{Resource: "print", Verb: "confirm", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Say whether an unconfirmed print started"}
	OpPause       = authz.Op{Resource: "printer", Verb: "pause", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Pause the running print"}
	OpResume      = authz.Op{Resource: "printer", Verb: "resume", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Resume the paused print"}
	OpCancelPrint = authz.Op{Resource: "printer", Verb: "cancel", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Cancel the running print"}
)

// ClearBedInput names the printer and says how the last print came out.
type ClearBedInput struct {
	PrinterID     pid.ID  `path:"printer_id" json:"-"`
	IfMatch       string  `header:"If-Match" json:"-"`
	Verdict       *string `json:"verdict,omitempty" enum:"success,failure" doc:"How the print came out; required where one awaits its verdict. The same verdict again answers the same; another one than the print has is refused."`
	FailureReason *string `json:"failure_reason,omitempty" enum:"adhesion,spaghetti,clog,filament_out,power,communication,operator,layer_shift,other" doc:"What went wrong, with verdict failure."`
}

// Validate implements op.Validator.
func (in ClearBedInput) Validate() []errs.Field {
	if in.FailureReason != nil && (in.Verdict == nil || *in.Verdict != "failure") {
		return []errs.Field{{Path: "failure_reason", Code: "not_allowed", Message: "stands only with the verdict failure"}}
	}
	return nil
}

// ClearBedResult is the printer, and the print and item that the verdict was about, where there was one.
type ClearBedResult struct {
	Printer   *ent.Printer
	Print     *ent.PrintRun
	QueueItem *ent.QueueItem
}

// ClearBed records that a person cleared the bed, and their verdict on what lay there. Success counts the copy; failure
// puts it back until the attempts are used up.
func (s *Dispatch) ClearBed(ctx context.Context, in ClearBedInput) (*ClearBedResult, error) {
	return op.Do(ctx, s.Ops, OpClearBed, in, func(ctx context.Context, tx *ent.Tx) (*ClearBedResult, error) {
		p, err := op.Load(ctx, tx.Printer, in.PrinterID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, p.Version); err != nil {
			return nil, err
		}
		if err := inactive(ctx, tx, p); err != nil {
			return nil, err
		}
		waiting, err := tx.PrintRun.Query().Where(printrun.PrinterID(p.ID), is[predicate.PrintRun]("state", "finished")).
			Order(ent.Asc(printrun.FieldDispatchedAt, printrun.FieldID)).Limit(headCount).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read prints: %w", err)
		}
		if len(waiting) > 0 && in.Verdict == nil {
			return nil, errs.Invalid(errs.Field{Path: "verdict", Code: "required", Message: "a print awaits its verdict: success or failure"})
		}

		out := &ClearBedResult{}
		if len(waiting) == 0 && in.Verdict != nil {
			if out, err = judged(ctx, tx, p, in); err != nil {
				return nil, err
			}
		}

		for _, print := range waiting {
			if out.Print, out.QueueItem, err = judgePrint(ctx, tx, print, in); err != nil {
				return nil, err
			}
		}
		if _, err = fleet.SetBed(ctx, tx, p, printer.BedStateClear); err != nil {
			return nil, err
		}
		if out.Printer, err = fleet.WithFacts(tx.Printer.Query().Where(printer.ID(p.ID))).Only(ctx); err != nil {
			return nil, fmt.Errorf("read printer: %w", err)
		}
		return out, nil
	})
}

// inactive refuses while a print holds the printer, and says what to do about it.
func inactive(ctx context.Context, tx *ent.Tx, p *ent.Printer) error {
	print, err := tx.PrintRun.Query().Where(printrun.PrinterID(p.ID), fleet.ActivePrint()).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("read prints: %w", err)
	case print.State == printrun.StateDispatching:
		return errs.New(errs.PrinterNotReady, "A print is on its way to %s. Cancel it first, or wait: what does not arrive goes back to the queue.", p.Name)
	case print.State == printrun.StateNeedsConfirmation:
		return errs.New(errs.PrinterNotReady, "Nobody knows whether %s has started its print. Look at it and confirm the print first.", p.Name)
	}
	return errs.New(errs.PrinterNotReady, "%s is printing. Cancel the print first, or wait for its end.", p.Name)
}

// judged answers a verdict that comes when none is awaited. The same one again, because its answer was lost or somebody
// else was faster, answers the print that has it; another one is refused, and where there is no such print it has no effect.
func judged(ctx context.Context, tx *ent.Tx, p *ent.Printer, in ClearBedInput) (*ClearBedResult, error) {
	last, err := tx.PrintRun.Query().Where(printrun.PrinterID(p.ID)).Order(ent.Desc(printrun.FieldCreatedAt, printrun.FieldID)).WithQueueItem().First(ctx)
	switch {
	case ent.IsNotFound(err):
		return &ClearBedResult{}, nil
	case err != nil:
		return nil, fmt.Errorf("read prints: %w", err)
	case last.Verdict == nil:
		return &ClearBedResult{}, nil
	case string(*last.Verdict) != *in.Verdict:
		return nil, errs.New(errs.PrintStateConflict, "The last print on %s has the verdict %s already.", p.Name, *last.Verdict)
	}
	it, err := withEligibility(ctx, tx, last.Edges.QueueItem)
	return &ClearBedResult{Print: last, QueueItem: it}, err
}

// judgePrint records the verdict on one finished print.
func judgePrint(ctx context.Context, tx *ent.Tx, print *ent.PrintRun, in ClearBedInput) (*ent.PrintRun, *ent.QueueItem, error) {
	success := *in.Verdict == "success"
	u := tx.PrintRun.UpdateOneID(print.ID).SetVerdict(printrun.Verdict(*in.Verdict)).SetVerdictAt(op.Now(ctx)).SetVerdictByID(authz.From(ctx).Membership)
	if success {
		u.SetState(printrun.StateSucceeded)
	} else {
		reason := printrun.FailureReasonOther
		if in.FailureReason != nil {
			reason = printrun.FailureReason(*in.FailureReason)
		}
		u.SetState(printrun.StateFailed).SetFailureReason(reason)
	}
	print, err := u.Save(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("record verdict: %w", err)
	}
	it, err := countCopy(ctx, tx, print, success)
	if err != nil {
		return nil, nil, err
	}
	event.Emit(ctx, tx, printFact(event.PrintVerdictRecorded, print))
	if !success {
		event.Emit(ctx, tx, printFact(event.PrintFailed, print))
	}
	emitEnd(ctx, tx, it)
	it, err = withEligibility(ctx, tx, it)
	return print, it, err
}

// countCopy books a copy as done or failed and settles the item.
func countCopy(ctx context.Context, tx *ent.Tx, print *ent.PrintRun, success bool) (*ent.QueueItem, error) {
	u := tx.QueueItem.UpdateOneID(print.QueueItemID).AddCopiesRunning(-1)
	if success {
		u.AddCopiesDone(1)
	} else {
		u.AddCopiesFailed(1).AddAttempts(1)
	}
	it, err := u.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("count copy: %w", err)
	}
	return settleItem(ctx, tx, it)
}

// emitEnd tells how an item ended, where it did.
func emitEnd(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) {
	switch it.State {
	case queueitem.StateCompleted:
		event.Emit(ctx, tx, itemFact(event.QueueItemCompleted, it))
	case queueitem.StateFailed:
		event.Emit(ctx, tx, itemFact(event.QueueItemFailed, it))
	case queueitem.StateCancelled:
		event.Emit(ctx, tx, itemFact(event.QueueItemCancelled, it))
	}
}

// RunningPrintInput names a printer whose running print is to be paused, resumed or cancelled.
type RunningPrintInput struct {
	PrinterID pid.ID `path:"printer_id" json:"-"`
	IfMatch   string `header:"If-Match" json:"-"`
}

// Pause asks for a pause; the worker carries it out.
func (s *Dispatch) Pause(ctx context.Context, in RunningPrintInput) (*ent.Printer, error) {
	return op.Do(ctx, s.Ops, OpPause, in, func(ctx context.Context, tx *ent.Tx) (*ent.Printer, error) {
		return wish(ctx, tx, in, printrun.WishPause, printrun.StatePrinting)
	})
}

// Resume asks to go on; the worker carries it out.
func (s *Dispatch) Resume(ctx context.Context, in RunningPrintInput) (*ent.Printer, error) {
	return op.Do(ctx, s.Ops, OpResume, in, func(ctx context.Context, tx *ent.Tx) (*ent.Printer, error) {
		return wish(ctx, tx, in, printrun.WishResume, printrun.StatePaused)
	})
}

// CancelPrint asks to end the running print; the worker carries it out, and the copy goes back to the queue while
// attempts are left.
func (s *Dispatch) CancelPrint(ctx context.Context, in RunningPrintInput) (*ent.Printer, error) {
	return op.Do(ctx, s.Ops, OpCancelPrint, in, func(ctx context.Context, tx *ent.Tx) (*ent.Printer, error) {
		return wish(ctx, tx, in, printrun.WishCancel, activePrint...)
	})
}

// wish commits what a person wants of the running print. A print that is to be cancelled stays so.
func wish(ctx context.Context, tx *ent.Tx, in RunningPrintInput, w printrun.Wish, from ...printrun.State) (*ent.Printer, error) {
	p, err := op.Load(ctx, tx.Printer, in.PrinterID)
	if err != nil {
		return nil, err
	}
	if err := op.Match(in.IfMatch, p.Version); err != nil {
		return nil, err
	}
	print, err := asked(ctx, tx, p, w, from...)
	if err != nil {
		return nil, err
	}
	if err := tx.Printer.UpdateOneID(p.ID).ClearLeaseUntil().Exec(ctx); err != nil {
		return nil, fmt.Errorf("wake printer: %w", err)
	}

	event.Emit(ctx, tx, itemFact(event.QueueItemUpdated, print.Edges.QueueItem, "print_id", print.ID, "printer_id", p.ID, "wish", w))
	return fleet.WithFacts(tx.Printer.Query().Where(printer.ID(p.ID))).Only(ctx)
}

// asked writes the wish to the printer's print, if that is in one of the states.
func asked(ctx context.Context, tx *ent.Tx, p *ent.Printer, w printrun.Wish, from ...printrun.State) (*ent.PrintRun, error) {
	print, err := tx.PrintRun.Query().Where(printrun.PrinterID(p.ID), fleet.ActivePrint()).WithQueueItem().Only(ctx)
	none := errs.New(errs.PrintStateConflict, "%s has no print that could be asked to %s.", p.Name, w)
	if ent.IsNotFound(err) {
		return nil, none
	}
	if err != nil {
		return nil, fmt.Errorf("read print: %w", err)
	}
	which := []predicate.PrintRun{printrun.ID(print.ID), printrun.StateIn(from...)}
	if w != printrun.WishCancel {
		which = append(which, printrun.WishNEQ(printrun.WishCancel))
	}
	n, err := tx.PrintRun.Update().Where(which...).SetWish(w).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask printer: %w", err)
	}
	if n == 0 {
		return nil, none
	}
	return print, nil
}

// ConfirmPrintInput says whether a print that nobody could confirm has started.
type ConfirmPrintInput struct {
	PrintID pid.ID `path:"print_id" json:"-"`
	IfMatch string `header:"If-Match" json:"-"`
	Started *bool  `json:"started" required:"true" doc:"Whether the printer is printing it."`
}

// Validate implements op.Validator.
func (in ConfirmPrintInput) Validate() []errs.Field {
	if in.Started == nil {
		return []errs.Field{{Path: "started", Code: "required", Message: "says whether the printer is printing it"}}
	}
	return nil
}

// Confirm settles a print that needs confirmation. One that did not start gives its filament and its copy back.
func (s *Dispatch) Confirm(ctx context.Context, in ConfirmPrintInput) (*ent.PrintRun, error) {
	return op.Do(ctx, s.Ops, OpConfirm, in, func(ctx context.Context, tx *ent.Tx) (*ent.PrintRun, error) {
		print, err := op.Load(ctx, tx.PrintRun, in.PrintID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, print.Version); err != nil {
			return nil, err
		}
		if print.State != printrun.StateNeedsConfirmation {
			return nil, errs.New(errs.PrintStateConflict, "A print that is %s needs no confirmation.", print.State)
		}
		if *in.Started {
			return started(ctx, tx, print)
		}
		return returned(ctx, tx, print, Return{Why: "a person said that it did not start", Refused: true})
	})
}
