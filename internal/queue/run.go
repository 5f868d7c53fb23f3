package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// The operations by which the worker reports. Only background work runs them; none has a route.
var (
	OpUploading   = system("uploading")
	OpUploaded    = system("uploaded")
	OpStarting    = system("starting")
	OpStarted     = system("started")
	OpProgress    = system("progress")
	OpEnded       = system("ended")
	OpUnconfirmed = system("unconfirmed")
	OpReturned    = system("returned")
	OpWished      = system("wished")
)

func system(verb string) authz.Op {
	return authz.Op{Resource: "print", Verb: verb, System: true, Write: true}
}

// PrintInput names a print. The token fences: a worker that lost the print to another does nothing.
type PrintInput struct {
	PrintID pid.ID
}

// report runs a step on the print, locked, and answers it as it is afterwards.
func (s *Dispatch) report(ctx context.Context, o authz.Op, id pid.ID, step func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error)) (*ent.PrintRun, error) {
	return op.Do(ctx, s.Ops, o, PrintInput{PrintID: id}, func(ctx context.Context, tx *ent.Tx) (*ent.PrintRun, error) {
		print, err := op.Load(ctx, tx.PrintRun, id)
		if err != nil {
			return nil, err
		}
		return step(ctx, tx, print)
	})
}

// Upload is how far an upload has come.
type Upload struct {
	Moved int64 // bytes that the printer took since it was last told
}

// Uploading says that an upload goes on, and keeps other servers away from the printer for a while. Only bytes that move
// put the deadline off: a printer that nobody reaches gives its claim back in time.
func (s *Dispatch) Uploading(ctx context.Context, id pid.ID, up Upload) (*ent.PrintRun, error) {
	return s.report(ctx, OpUploading, id, func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
		if print.State != printrun.StateDispatching || print.Phase != printrun.PhaseClaimed && print.Phase != printrun.PhaseUploading {
			return print, nil
		}
		if print.PrinterID != nil {
			if err := tx.Printer.UpdateOneID(*print.PrinterID).SetLeaseUntil(op.Now(ctx).Add(uploadLease)).Exec(ctx); err != nil {
				return nil, fmt.Errorf("keep printer: %w", err)
			}
		}
		if print.Phase == printrun.PhaseUploading && up.Moved == 0 {
			return print, nil
		}
		u := tx.PrintRun.UpdateOneID(id).SetPhase(printrun.PhaseUploading)
		if up.Moved > 0 {
			u.SetStartDeadlineAt(op.Now(ctx).Add(StartDeadline))
		}
		return u.Save(ctx)
	})
}

// Uploaded keeps where the file lies on the printer.
func (s *Dispatch) Uploaded(ctx context.Context, id pid.ID, ref string) (*ent.PrintRun, error) {
	return s.report(ctx, OpUploaded, id, func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
		if print.Phase != printrun.PhaseUploading {
			return print, nil
		}
		return tx.PrintRun.UpdateOneID(id).SetRemoteRef(ref).Save(ctx)
	})
}

// Starting gives leave to send the start command. It is committed before the command is sent and given once: whoever gets
// false must not send. That is what makes a start at most once, whatever is killed when.
func (s *Dispatch) Starting(ctx context.Context, id pid.ID) (leave bool, err error) {
	_, err = s.report(ctx, OpStarting, id, func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
		leave = false
		if print.Phase != printrun.PhaseUploading || print.State != printrun.StateDispatching || print.Wish == printrun.WishCancel {
			return print, nil
		}
		n, err := tx.PrintRun.Update().Where(printrun.ID(id), printrun.PhaseEQ(printrun.PhaseUploading)).
			SetPhase(printrun.PhaseStarting).SetStartDeadlineAt(op.Now(ctx).Add(StartDeadline)).Save(ctx)
		leave = n == 1
		if err == nil && print.PrinterID != nil {
			err = tx.Printer.UpdateOneID(*print.PrinterID).SetLeaseUntil(op.Now(ctx).Add(busyInterval)).Exec(ctx)
		}
		return print, err
	})
	return leave && err == nil, err
}

// Started says that the printer was seen printing the print.
func (s *Dispatch) Started(ctx context.Context, id pid.ID) (*ent.PrintRun, error) {
	return s.report(ctx, OpStarted, id, func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
		if print.State != printrun.StateDispatching && print.State != printrun.StateNeedsConfirmation {
			return print, nil
		}
		return started(ctx, tx, print)
	})
}

// started is the step of Started and of a person's confirmation.
func started(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
	print, err := tx.PrintRun.UpdateOneID(print.ID).SetState(printrun.StatePrinting).SetPhase(printrun.PhaseStarted).SetStartedAt(op.Now(ctx)).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("start print: %w", err)
	}
	it, err := resettle(ctx, tx, print)
	if err != nil {
		return nil, err
	}
	event.Emit(ctx, tx, printFact(event.PrintStarted, print))
	event.Emit(ctx, tx, itemFact(event.QueueItemStarted, it, "print_id", print.ID))
	return print, nil
}

func resettle(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.QueueItem, error) {
	it, err := tx.QueueItem.LoadRow(ctx, print.QueueItemID) // locked: another copy may change the same state
	if err != nil {
		return nil, fmt.Errorf("lock queue item: %w", err)
	}
	return settleItem(ctx, tx, it)
}

// Unconfirmed says that nobody knows whether the start was carried out and the time for it is over: a person has to look.
func (s *Dispatch) Unconfirmed(ctx context.Context, id pid.ID, why string) (*ent.PrintRun, error) {
	return s.report(ctx, OpUnconfirmed, id, func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
		if print.State != printrun.StateDispatching || !op.Now(ctx).After(print.StartDeadlineAt) {
			return print, nil
		}
		return unconfirmed(ctx, tx, print, why)
	})
}

// unconfirmed is the step of Unconfirmed and of the reaper.
func unconfirmed(ctx context.Context, tx *ent.Tx, print *ent.PrintRun, why string) (*ent.PrintRun, error) {
	print, err := tx.PrintRun.UpdateOneID(print.ID).SetState(printrun.StateNeedsConfirmation).SetFailureDetails(why).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("mark print: %w", err)
	}
	event.Emit(ctx, tx, printFact(event.PrintNeedsConfirmation, print))
	return print, nil
}

// Return is why a claim is given back.
type Return struct {
	Why     string
	Refused bool // the printer itself would not take it: that uses up an attempt, or an unattended queue would go round for ever
}

// Returned gives a claim back: nothing was started. The copy goes back to the queue and its filament is free again.
func (s *Dispatch) Returned(ctx context.Context, id pid.ID, why Return) (*ent.PrintRun, error) {
	return s.report(ctx, OpReturned, id, func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
		if print.State != printrun.StateDispatching {
			return print, nil
		}
		return returned(ctx, tx, print, why)
	})
}

// returned is the step of Returned, of the reaper and of a person's "it did not start".
func returned(ctx context.Context, tx *ent.Tx, print *ent.PrintRun, r Return) (*ent.PrintRun, error) {
	if err := material.Release(ctx, tx, print.SpoolUses, material.Ref{Item: print.QueueItemID, Print: print.ID}); err != nil {
		return nil, err
	}
	print, err := tx.PrintRun.UpdateOneID(print.ID).SetState(printrun.StateCancelled).SetPhase(printrun.PhaseEnded).SetOutcome(printrun.OutcomeCancelled).
		SetFailureDetails(r.Why).SetEndedAt(op.Now(ctx)).SetSettled(true).SetWish(printrun.WishNone).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("return print: %w", err)
	}
	if print.PrinterID != nil {
		if err := tx.Printer.UpdateOneID(*print.PrinterID).ClearLeaseUntil().Exec(ctx); err != nil {
			return nil, fmt.Errorf("free printer: %w", err)
		}
	}
	u := tx.QueueItem.UpdateOneID(print.QueueItemID).AddCopiesRunning(-1)
	if r.Refused {
		u.AddAttempts(1)
	}
	it, err := u.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("return queue item: %w", err)
	}
	if it, err = settleItem(ctx, tx, it); err != nil {
		return nil, err
	}
	event.Emit(ctx, tx, printFact(event.PrintCancelled, print))
	emitEnd(ctx, tx, it)
	return print, nil
}

// Progress is what the printer says of a running print.
type Progress struct {
	Fraction float64 // 0 to 1
	Paused   bool
}

// Progress writes how far a print is, and whether it is paused. It is telemetry but for the change of state.
func (s *Dispatch) Progress(ctx context.Context, id pid.ID, now Progress) (*ent.PrintRun, error) {
	return s.report(ctx, OpProgress, id, func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
		to, fact, itemEvent := printrun.StatePrinting, event.Type(""), event.QueueItemResumed
		if now.Paused {
			to, itemEvent = printrun.StatePaused, event.QueueItemPaused
		}
		if print.State != printrun.StatePrinting && print.State != printrun.StatePaused {
			return print, nil
		}
		u := tx.PrintRun.UpdateOneID(id).SetProgress(max(print.Progress, now.Fraction))
		if print.State != to {
			u.SetState(to)
			fact = itemEvent
		}
		print, err := u.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("write progress: %w", err)
		}
		if fact == "" {
			return print, nil
		}
		it, err := resettle(ctx, tx, print)
		if err != nil {
			return nil, err
		}
		event.Emit(ctx, tx, itemFact(fact, it, "print_id", print.ID))
		return print, nil
	})
}

// Wished says that a wish was carried out or cannot be.
func (s *Dispatch) Wished(ctx context.Context, id pid.ID, done printrun.Wish) (*ent.PrintRun, error) {
	return s.report(ctx, OpWished, id, func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
		if print.Wish != done {
			return print, nil
		}
		return tx.PrintRun.UpdateOneID(id).SetWish(printrun.WishNone).Save(ctx)
	})
}

// End is how a device ended a print.
type End struct {
	Outcome  printrun.Outcome
	Fraction float64 // how much was printed, 0 to 1
	Details  string
}

// Ended books the end of a print, once, however often it is reported: filament by what was printed, the bed occupied,
// and the item waits for a person's verdict, or goes back where the device itself failed or cancelled.
func (s *Dispatch) Ended(ctx context.Context, id pid.ID, e End) (*ent.PrintRun, error) {
	return s.report(ctx, OpEnded, id, func(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) (*ent.PrintRun, error) {
		if print.Settled {
			return print, nil
		}
		print, err := settlePrint(ctx, tx, print, e)
		if err != nil {
			return nil, err
		}
		if err := occupy(ctx, tx, print); err != nil {
			return nil, err
		}
		if print.State == printrun.StateFinished {
			_, err := resettle(ctx, tx, print)
			event.Emit(ctx, tx, printFact(event.PrintFinished, print))
			return print, err
		}
		it, err := countCopy(ctx, tx, print, false)
		if err != nil {
			return nil, err
		}
		fact := event.PrintFailed
		if print.State == printrun.StateCancelled {
			fact = event.PrintCancelled
		}
		event.Emit(ctx, tx, printFact(fact, print))
		emitEnd(ctx, tx, it)
		return print, nil
	})
}

// settlePrint deducts the filament and writes the print's last state.
func settlePrint(ctx context.Context, tx *ent.Tx, print *ent.PrintRun, e End) (*ent.PrintRun, error) {
	now := op.Now(ctx)
	fraction := min(max(e.Fraction, print.Progress), 1)
	if e.Outcome == printrun.OutcomeCompleted {
		fraction = 1
	}
	uses := make([]schematype.SpoolUse, len(print.SpoolUses))
	total := 0.0
	for i, u := range print.SpoolUses {
		u.ActualG = round(u.EstimatedG * fraction)
		uses[i] = u
		total += u.ActualG
	}
	if len(uses) == 0 {
		total = round(print.EstimatedG * fraction)
	}
	took, err := material.Settle(ctx, tx, print, uses)
	if err != nil {
		return nil, err
	}
	state := map[printrun.Outcome]printrun.State{printrun.OutcomeCompleted: printrun.StateFinished, printrun.OutcomeCancelled: printrun.StateCancelled}[e.Outcome]
	if state == "" {
		state = printrun.StateFailed
	}
	u := tx.PrintRun.UpdateOneID(print.ID).SetState(state).SetPhase(printrun.PhaseEnded).SetOutcome(e.Outcome).SetProgress(fraction).SetSpoolUses(uses).
		SetActualG(round(total)).SetEndedAt(now).SetSettled(true).SetWish(printrun.WishNone).SetCostMinor(took.CostMinor)
	if e.Outcome != printrun.OutcomeCompleted {
		u.SetFailureDetails(e.Details)
	}
	if print.StartedAt != nil {
		u.SetActualSeconds(int(now.Sub(*print.StartedAt) / time.Second))
	}
	if state == printrun.StateFailed {
		u.SetFailureReason(printrun.FailureReasonOther)
	}
	out, err := u.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("settle print: %w", err)
	}
	return out, nil
}

// occupy marks the bed: every kind of end leaves something on it.
func occupy(ctx context.Context, tx *ent.Tx, print *ent.PrintRun) error {
	if print.PrinterID == nil {
		return nil
	}
	p, err := tx.Printer.Get(ctx, *print.PrinterID)
	if err != nil {
		return fmt.Errorf("read printer: %w", err)
	}
	_, err = fleet.SetBed(ctx, tx, p, printer.BedStateOccupied)
	return err
}

// OpReap settles dispatches whose deadline has passed.
var OpReap = system("reap")

// ReapInput has no fields: it is about the organization of the actor.
type ReapInput struct{}

// Reap settles dispatches whose deadline has passed without a word from a worker: what was never sent goes back to the
// queue, what may have started waits for a person. It answers how many.
func (s *Dispatch) Reap(ctx context.Context, in ReapInput) (int, error) {
	return op.Do(ctx, s.Ops, OpReap, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		late, err := tx.PrintRun.Query().Where(printrun.StateEQ(printrun.StateDispatching), printrun.StartDeadlineAtLT(op.Now(ctx))).
			Order(printrun.ByStartDeadlineAt(), printrun.ByID()).Limit(expireRows).IDs(ctx)
		if err != nil {
			return 0, fmt.Errorf("read dispatches: %w", err)
		}
		for _, id := range late {
			print, err := op.Load(ctx, tx.PrintRun, id)
			if err != nil {
				return 0, err
			}
			if print.State != printrun.StateDispatching || !print.StartDeadlineAt.Before(op.Now(ctx)) {
				continue // a worker reported while the row was read
			}
			if print.Phase == printrun.PhaseStarting {
				_, err = unconfirmed(ctx, tx, print, "the printer was not seen printing it in time")
			} else {
				_, err = returned(ctx, tx, print, Return{Why: "it was not sent in time"})
			}
			if err != nil {
				return 0, err
			}
		}
		return len(late), nil
	})
}
