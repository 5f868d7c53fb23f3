package queue

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
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

// The operations that put an item into a printer's line and take it out.
var (
	OpAssign   = authz.Op{Resource: "queue_item", Verb: "assign", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Assign a queue item to a printer"}
	OpUnassign = authz.Op{Resource: "queue_item", Verb: "unassign", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Take a queue item out of a printer's line"}
)

// AssignQueueItemInput names item and printer.
type AssignQueueItemInput struct {
	QueueItemID pid.ID         `path:"queue_item_id" json:"-"`
	IfMatch     string         `header:"If-Match" json:"-"`
	PrinterID   pid.ID         `json:"printer_id" required:"true" doc:"The printer whose line the item joins."`
	Override    *OverrideInput `json:"override,omitempty" doc:"Lets reasons pass that a person takes responsibility for."`
}

// OverrideInput lets some reasons pass.
type OverrideInput struct {
	Codes  []string `json:"codes" required:"true" minItems:"1" maxItems:"30" enum:"not_in_target_printers,not_in_target_models,not_in_target_groups,user_no_printer_access,class_no_printer_access,tag_missing,model_mismatch,nozzle_diameter_mismatch,nozzle_type_mismatch,tool_count,slot_empty,material_mismatch,color_mismatch,filament_insufficient" doc:"Reason codes. Volume, temperatures, file format and the bed cannot be overridden."`
	Reason string   `json:"reason" required:"true" minLength:"1" maxLength:"1000" multiline:"true" doc:"Why; it is kept in the audit log."`
}

// Assign puts an item into a printer's line and reserves the filament of the next copy.
func (s *Matching) Assign(ctx context.Context, in AssignQueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpAssign, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		it, err := op.Load(ctx, tx.QueueItem, in.QueueItemID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, it.Version); err != nil {
			return nil, err
		}
		if _, err := op.Load(ctx, tx.Printer, in.PrinterID); err != nil {
			return nil, err
		}
		if ended(it.State) || it.State == queueitem.StateDraft || it.CancelRequested || copiesLeft(it) <= 0 {
			return nil, conflict(it, "assigned")
		}
		a, err := assignable(ctx, tx, it, in)
		if err != nil {
			return nil, err
		}

		if it, err = join(ctx, tx, it, a); err != nil {
			return nil, err
		}

		fact := itemFact(event.QueueItemAssigned, it, "printer_id", in.PrinterID)
		if in.Override != nil {
			fact = itemFact(event.QueueItemAssigned, it, "printer_id", in.PrinterID, "override_codes", in.Override.Codes, "override_reason", in.Override.Reason)
		}
		event.Emit(ctx, tx, fact)
		return withEligibility(ctx, tx, it)
	})
}

// assignable asks the rule about the pair; the item's own reservation counts as available to it.
func assignable(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, in AssignQueueItemInput) (*assignment, error) {
	_, facts, err := itemWithFacts(ctx, tx.Client(), it.ID)
	if err != nil {
		return nil, err
	}
	p, err := loadPrinter(ctx, tx.Client(), in.PrinterID)
	if err != nil {
		return nil, err
	}
	org, err := organization(ctx, tx.Client())
	if err != nil {
		return nil, err
	}
	if facts.Names, err = names(ctx, tx.Client(), facts.Need, []match.Printer{p}); err != nil {
		return nil, err
	}
	v := match.Evaluate(facts, p, org.Settings.Matching, op.Now(ctx))
	overrides := []string{}
	if in.Override != nil {
		overrides = in.Override.Codes
		v = match.Override(v, overrides)
	}
	if v.Verdict == match.Blocked {
		return nil, notAssignable(p.Name, v.Reasons)
	}
	return &assignment{printer: p, verdict: v, overrides: overrides, axes: org.Settings.Matching}, nil
}

// assignment is an item's place in a printer's line before it is written.
type assignment struct {
	printer   match.Printer
	verdict   match.Verdict
	overrides []string
	axes      map[string]string
}

func notAssignable(printer string, reasons []errs.Reason) error {
	return errs.Conflict(errs.QueueItemNotAssignable, "The item cannot be put in the line of "+printer+".", reasons)
}

// join writes the assignment. The one it replaces gives its filament back first.
func join(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, a *assignment) (*ent.QueueItem, error) {
	if err := unreserve(ctx, tx, it); err != nil {
		return nil, err
	}
	uses, err := reserve(ctx, tx, a.verdict, a.overrides, a.axes, material.Ref{Item: it.ID})
	if short := errs.From(err); errs.Is(err, errs.FilamentShort) { // somebody took of the spool since it was read
		return nil, notAssignable(a.printer.Name, short.Reasons)
	}
	if err != nil {
		return nil, err
	}
	state := it.State
	if state == queueitem.StateQueued {
		state = queueitem.StateAssigned
	}
	out, err := tx.QueueItem.UpdateOneID(it.ID).SetAssignedPrinterID(pid.ID(a.printer.ID)).SetAssignedAt(op.Now(ctx)).SetState(state).
		SetDispatchable(false).SetReservations(uses).SetOverrides(a.overrides).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("assign: %w", err)
	}
	return out, nil
}

// reserve promises filament, also more than there is where a person overrode that or the organization does not refuse.
func reserve(ctx context.Context, tx *ent.Tx, v match.Verdict, overrides []string, axes map[string]string, ref material.Ref) ([]schematype.SpoolUse, error) {
	if len(v.Slots) == 0 {
		return []schematype.SpoolUse{}, nil
	}
	if !filamentRefuses(axes) || slices.Contains(overrides, string(match.CodeFilamentInsufficient)) {
		return v.Slots, material.ReserveAnyway(ctx, tx, v.Slots, ref)
	}
	return v.Slots, material.Reserve(ctx, tx, v.Slots, ref)
}

// Unassign takes an item out of its printer's line.
func (s *Matching) Unassign(ctx context.Context, in QueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpUnassign, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		it, err := op.Load(ctx, tx.QueueItem, in.QueueItemID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, it.Version); err != nil {
			return nil, err
		}
		if it.AssignedPrinterID == nil || ended(it.State) {
			return nil, conflict(it, "unassigned")
		}
		printer := *it.AssignedPrinterID

		if err := unreserve(ctx, tx, it); err != nil {
			return nil, err
		}
		if it, err = unline(tx.QueueItem.UpdateOneID(it.ID)).Save(ctx); err != nil {
			return nil, fmt.Errorf("unassign: %w", err)
		}
		if it, err = settleItem(ctx, tx, it); err != nil {
			return nil, err
		}

		event.Emit(ctx, tx, itemFact(event.QueueItemUnassigned, it, "printer_id", printer))
		return withEligibility(ctx, tx, it)
	})
}
