package queue

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// OpDispatchNext is queue item, dispatch onto a printer.
var OpDispatchNext = authz.Op{Resource: "printer", Verb: "dispatch-next", Needs: authz.Any(authz.QueueManage), Write: true, System: true, Summary: "Dispatch the next eligible queue item to a printer"}

// StartDeadline is how long each step of a dispatch may take without news: from the claim until the printer takes bytes,
// from one piece of the upload to the next, and from the start command until the printer is seen printing.
const StartDeadline = 60 * time.Second

// claimTries is how often the next item is looked for while other printers take it first.
const claimTries = 16

// DispatchNextQueueItemInput names the printer.
type DispatchNextQueueItemInput struct {
	PrinterID pid.ID `path:"printer_id" json:"-"`
	IfMatch   string `header:"If-Match" json:"-"`
	DryRun    bool   `json:"dry_run,omitempty" doc:"Say what would be dispatched, and change nothing."`
}

// DispatchResult is the claim: the print is dispatching; upload and start follow.
type DispatchResult struct {
	QueueItem *ent.QueueItem
	Print     *ent.PrintRun // nil for a dry run
}

// DispatchNext claims the next eligible item for a printer, with its filament. The worker uploads and starts it.
func (s *Dispatch) DispatchNext(ctx context.Context, in DispatchNextQueueItemInput) (*DispatchResult, error) {
	return op.Do(ctx, s.Ops, OpDispatchNext, in, func(ctx context.Context, tx *ent.Tx) (*DispatchResult, error) {
		row, err := op.Load(ctx, tx.Printer, in.PrinterID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, row.Version); err != nil {
			return nil, err
		}
		p, err := loadPrinter(ctx, tx.Client(), in.PrinterID)
		if err != nil {
			return nil, err
		}
		if err := ready(p, op.Now(ctx)); err != nil {
			return nil, err
		}
		org, err := organization(ctx, tx.Client())
		if err != nil {
			return nil, err
		}

		it, print, err := take(ctx, tx, row, p, org, in)
		if err != nil {
			return nil, err
		}

		if print != nil {
			event.Emit(ctx, tx, itemFact(event.QueueItemDispatched, it, "printer_id", row.ID, "print_id", print.ID))
		}
		it, err = withEligibility(ctx, tx, it)
		return &DispatchResult{QueueItem: it, Print: print}, err
	})
}

// take claims the next item. Where another printer took it since it was picked, the one after it is next. A dry run answers
// the item without a print.
func take(ctx context.Context, tx *ent.Tx, row *ent.Printer, p match.Printer, org *ent.Organization, in DispatchNextQueueItemInput) (*ent.QueueItem, *ent.PrintRun, error) {
	for range claimTries {
		best, err := next(ctx, tx, p, org)
		if err != nil {
			return nil, nil, err
		}
		if row.Connector.Kind != "virtual" && best.item.FileID == nil {
			return nil, nil, errs.New(errs.FileRequired, "A real printer prints files. Attach one to the item.")
		}
		if in.DryRun {
			return best.item, nil, nil
		}
		print, err := claim(ctx, tx, row, best, org.Settings.Matching)
		if err != nil {
			return nil, nil, err
		}
		if print == nil {
			continue
		}
		if err := served(ctx, tx, org, best.item); err != nil {
			return nil, nil, err
		}
		it, err := tx.QueueItem.Get(ctx, best.item.ID)
		if err != nil {
			return nil, nil, fmt.Errorf("read queue item: %w", err)
		}
		return it, print, nil
	}
	return nil, nil, errs.New(errs.NoEligibleQueueItem, "Other printers took every item that was next. Try again.")
}

// ready says why the printer cannot take anything now: the bed alone has a code of its own.
func ready(p match.Printer, now time.Time) error {
	reasons := match.Readiness(p, now)
	if len(reasons) == 0 {
		return nil
	}
	bed := func(r errs.Reason) bool { return r.Code == string(match.CodeBedNotClear) }
	if !slices.ContainsFunc(reasons, func(r errs.Reason) bool { return !bed(r) }) {
		return errs.Conflict(errs.BedNotClear, "A part may still be on the bed of "+p.Name+". Clear it and say so.", reasons)
	}
	return errs.Conflict(errs.PrinterNotReady, p.Name+" cannot start a print now.", reasons)
}

// next is the next item, or why there is none.
func next(ctx context.Context, tx *ent.Tx, p match.Printer, org *ent.Organization) (*candidate, error) {
	axes := org.Settings.Matching
	best, first, err := pick(ctx, tx, p, axes)
	if best == nil && err == nil && org.EventSeq > org.EligibilitySeq {
		if err = catchUp(ctx, tx, pid.ID(p.ID), org); err == nil {
			best, first, err = pick(ctx, tx, p, axes)
		}
	}
	if best != nil || err != nil {
		return best, err
	}
	overall, err := firstInQueue(ctx, tx, p, axes)
	if err != nil {
		return nil, err
	}
	if first == nil || overall != nil && first.item.AssignedPrinterID == nil && earlier(overall.item, first.item) {
		first = overall
	}
	if first == nil {
		return nil, errs.Conflict(errs.NoEligibleQueueItem, "Nothing in the queue waits for a printer.", nil)
	}
	if err := explain(ctx, tx, first, p, axes); err != nil {
		return nil, err
	}
	if filamentAlone(first) {
		return nil, errs.Conflict(errs.FilamentShort, fmt.Sprintf("The first item, #%d %s, needs more filament than there is.", first.item.Number, first.item.Name), first.verdict.Reasons)
	}
	return nil, errs.Conflict(errs.NoEligibleQueueItem, fmt.Sprintf("Nothing in the queue can start on %s. The first item, #%d %s, is stopped by these reasons.", p.Name, first.item.Number, first.item.Name), first.verdict.Reasons)
}

// explain words the reasons with the names of tags and groups.
func explain(ctx context.Context, tx *ent.Tx, c *candidate, p match.Printer, axes map[string]string) error {
	_, facts, err := itemWithFacts(ctx, tx.Client(), c.item.ID)
	if err != nil {
		return err
	}
	if facts.Names, err = names(ctx, tx.Client(), facts.Need, []match.Printer{p}); err != nil {
		return err
	}
	c.verdict = evaluate(ctx, c.item, facts, p, axes)
	return nil
}

// catchUp matches the printer anew where events have come since its verdicts were stored: nobody is told that nothing can
// start because of the spool that was there a second ago. org was read after the printer and before the verdicts.
func catchUp(ctx context.Context, tx *ent.Tx, printer pid.ID, org *ent.Organization) error {
	flipped, err := refreshPrinters(ctx, tx, org, &touch{printers: map[pid.ID]bool{printer: true}})
	if err != nil {
		return err
	}
	return tellProfiles(ctx, tx, distinct(flipped))
}

// claim books item and printer in one transaction: the item's row is taken only if nobody took it since it was picked,
// and partial unique indexes refuse a second active print of the printer and of the copy. There is no print where somebody
// was faster; nothing is written then.
func claim(ctx context.Context, tx *ent.Tx, p *ent.Printer, c *candidate, axes map[string]string) (*ent.PrintRun, error) {
	it := c.item
	n, err := tx.QueueItem.Update().Where(queueitem.ID(it.ID), queueitem.Version(it.Version), queueitem.CopiesRunning(it.CopiesRunning)).
		AddCopiesRunning(1).SetReservations([]schematype.SpoolUse{}).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("claim queue item: %w", err)
	}
	if n != 1 {
		return nil, nil
	}
	if err := unreserve(ctx, tx, it); err != nil {
		return nil, err
	}
	uses, err := reserve(ctx, tx, c.verdict, overridesFor(it, string(p.ID)), axes, material.Ref{Item: it.ID})
	if err != nil {
		return nil, err
	}
	copy, err := nextCopy(ctx, tx, it)
	if err != nil {
		return nil, err
	}
	now := op.Now(ctx)
	create := tx.PrintRun.Create().SetQueueItemID(it.ID).SetCopy(copy).SetPrinterID(p.ID).SetPrinterName(p.Name).SetNillableFileID(it.FileID).
		SetSubmitterID(it.SubmitterID).SetNillableClassID(it.ClassID).SetDispatchedAt(now).SetStartDeadlineAt(now.Add(StartDeadline)).
		SetEstimatedSeconds(it.EstimatedSeconds).SetEstimatedG(it.EstimatedG).SetSpoolUses(uses).SetJobToken(newToken())
	if it.Edges.File != nil {
		create.SetFileSha256(it.Edges.File.Sha256)
	}
	print, err := create.Save(op.WithRemoved(ctx)) // the submitter may have left since
	if op.IsConstraint(err) {
		return nil, errs.Wrap(errs.New(errs.PrinterNotReady, "The printer was booked at the same moment."), err)
	}
	if err != nil {
		return nil, fmt.Errorf("create print: %w", err)
	}
	if err := leaveLine(ctx, tx, it); err != nil {
		return nil, err
	}
	return print, tx.Printer.UpdateOneID(p.ID).ClearLeaseUntil().Exec(ctx) // the worker looks at it at once
}

// leaveLine takes an item whose last copy was claimed out of the line, and settles its state. A copy that fails goes back
// to the queue, for any printer.
func leaveLine(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) error {
	it, err := tx.QueueItem.Get(ctx, it.ID)
	if err == nil && it.AssignedPrinterID != nil && copiesLeft(it) <= 0 {
		it, err = unline(tx.QueueItem.UpdateOneID(it.ID)).Save(ctx)
	}
	if err != nil {
		return fmt.Errorf("take out of line: %w", err)
	}
	_, err = settleItem(ctx, tx, it)
	return err
}

// nextCopy is the lowest copy that is neither done nor on a printer.
func nextCopy(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (int, error) {
	taken, err := tx.PrintRun.Query().Where(printrun.QueueItemID(it.ID), printrun.StateIn(append(slices.Clone(openPrint), printrun.StateSucceeded)...)).
		Select(printrun.FieldCopy).Ints(ctx)
	if err != nil {
		return 0, fmt.Errorf("read copies: %w", err)
	}
	for n := 1; ; n++ {
		if !slices.Contains(taken, n) {
			return n, nil
		}
	}
}

// newToken names a print on its device, where only short plain names survive.
func newToken() string { return strings.ToLower(rand.Text()) }

// wakePrinters lets the worker look at the printers of an item's active prints at once.
func wakePrinters(ctx context.Context, tx *ent.Tx, item pid.ID) error {
	ids, err := tx.PrintRun.Query().Where(printrun.QueueItemID(item), printrun.StateIn(activePrint...), printrun.PrinterIDNotNil()).Limit(maxPrinters).All(ctx)
	if err != nil {
		return fmt.Errorf("read prints: %w", err)
	}
	for _, p := range ids {
		if err := tx.Printer.Update().Where(printer.ID(*p.PrinterID)).ClearLeaseUntil().Exec(ctx); err != nil {
			return fmt.Errorf("wake printer: %w", err)
		}
	}
	return nil
}
