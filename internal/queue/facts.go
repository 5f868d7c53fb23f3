package queue

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// maxPrinters bounds the printers that one organization matches against.
const maxPrinters = 5000

// loadPrinters reads what the rule knows of printers: all of the organization's, or those named. It runs the same few
// statements however many there are.
func loadPrinters(ctx context.Context, c *ent.Client, ids ...pid.ID) ([]match.Printer, error) {
	q := c.Printer.Query().Order(ent.Asc(printer.FieldName), ent.Asc(printer.FieldID)).Limit(maxPrinters)
	if len(ids) > 0 {
		q.Where(printer.IDIn(ids...))
	} else {
		q.Where(printer.OrganizationID(authz.From(ctx).Organization)) // names the index
	}
	printers, err := fleet.LoadFacts(ctx, c, q)
	if err != nil {
		return nil, fmt.Errorf("read printers: %w", err)
	}
	return printers, nil
}

// loadPrinter reads what the rule knows of one printer.
func loadPrinter(ctx context.Context, c *ent.Client, id pid.ID) (match.Printer, error) {
	all, err := loadPrinters(ctx, c, id)
	if err != nil {
		return match.Printer{}, err
	}
	if len(all) == 0 {
		return match.Printer{}, errs.NotFound("printer")
	}
	return all[0], nil
}

// itemFacts is what the rule knows of an item, whose file is loaded where it has one. The restrictions of class and user
// groups come from its profile.
func itemFacts(it *ent.QueueItem, profile match.Need) match.Item {
	n := needFrom(it)
	n.UserGroupIDs, n.ClassGroupIDs, n.Names = profile.UserGroupIDs, profile.ClassGroupIDs, profile.Names
	f := match.Item{Need: n, Grams: match.Grams(it.Requirements), Reserved: it.Reservations,
		Approval: string(it.ApprovalState), Hold: string(it.Hold), HoldReason: it.HoldReason, NotBefore: it.NotBefore}
	if it.FileID != nil {
		f.FileStatus = "deleted"
		if it.Edges.File != nil {
			f.FileStatus = string(it.Edges.File.Status)
		}
	}
	return f
}

// overridesFor are the reasons that a person let pass for the item on the printer: those of the line that it stands in.
func overridesFor(it *ent.QueueItem, printer string) []string {
	if it.AssignedPrinterID == nil || string(*it.AssignedPrinterID) != printer {
		return nil
	}
	return it.Overrides
}

// evaluate is the rule's word on an item and a printer, with what a person let pass.
func evaluate(ctx context.Context, it *ent.QueueItem, f match.Item, p match.Printer, axes map[string]string) match.Verdict {
	return match.Override(match.Evaluate(f, p, axes, op.Now(ctx)), overridesFor(it, p.ID))
}

// itemWithFacts loads what itemFacts needs.
func itemWithFacts(ctx context.Context, c *ent.Client, id pid.ID) (*ent.QueueItem, match.Item, error) {
	it, err := c.QueueItem.Query().Where(queueitem.ID(id)).WithFile().WithProfile().Only(ctx)
	if err != nil {
		return nil, match.Item{}, fmt.Errorf("read queue item: %w", err)
	}
	var n match.Need
	if it.Edges.Profile != nil {
		if n, err = decodeNeed(it.Edges.Profile); err != nil {
			return nil, match.Item{}, err
		}
	}
	return it, itemFacts(it, n), nil
}
