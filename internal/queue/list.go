package queue

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
)

// The operations that look at the queue.
var (
	OpList = authz.Op{Resource: "queue_item", Verb: "list", Needs: authz.Any(authz.OperationsRead, authz.QueueManage), Rows: true, Summary: "List queue items"}
	OpGet  = authz.Op{Resource: "queue_item", Verb: "get", Needs: authz.Any(authz.OperationsRead, authz.QueueManage), Rows: true, Summary: "Read a queue item"}
)

// ListQueueItemsInput says which items a list shows.
type ListQueueItemsInput struct {
	listing.QueueItems
	PrinterID   []pid.ID `query:"printer_id" maxItems:"100" doc:"Only those in the line of one of these printers, or on one of them."`
	Eligibility []string `query:"eligibility" maxItems:"4" enum:"eligible,waiting,blocked,unknown" doc:"Only those that could start now, wait, or are blocked."`
}

// List reads one page of the items that the actor may see, each with its eligibility.
func (s *Items) List(ctx context.Context, in ListQueueItemsInput) (page.List[*ent.QueueItem], error) {
	return op.Read(ctx, s.Ops, OpList, in, func(ctx context.Context, c *ent.Client) (l page.List[*ent.QueueItem], err error) {
		where, err := in.places(ctx, c, slices.Contains(in.Include, listing.TotalCount))
		if err != nil {
			return l, err
		}
		err = in.Settle(where, func(where []predicate.QueueItem) (refused []pid.ID, err error) {
			if l, err = in.Page(ctx, c.QueueItem.Query().Where(where...), in.PrinterID, in.Eligibility); err != nil {
				return nil, err
			}
			if err := summarized(ctx, c, l.Data); err != nil {
				return nil, err
			}
			l.Data, refused = in.Judged(l.Data)
			return refused, nil
		})
		return l, err
	})
}

// summarized sets the eligibility of items that the actor has read, with all printers in view.
func summarized(ctx context.Context, c *ent.Client, items []*ent.QueueItem) error {
	return op.Widened(ctx, func(ctx context.Context) error { return SetEligibility(ctx, c, items) })
}

// refills is how often a page is read again whose items the rule did not let through.
const refills = 8

// Settle reads a page until the rule agrees with all of it, each time without what the rule refused: the stored verdicts by
// which the database narrows a list may be a second old, and what is answered is what the rule says. So a page that is not
// the last one is short, and a total too large, only where the stored verdicts are far behind. It serves both APIs.
func (in ListQueueItemsInput) Settle(where []predicate.QueueItem, read func([]predicate.QueueItem) (refused []pid.ID, err error)) error {
	for range 1 + refills {
		refused, err := read(where)
		if err != nil || len(refused) == 0 {
			return err
		}
		where = append(where, queueitem.IDNotIn(refused...))
	}
	return nil
}

// Judged divides items whose eligibility has been set into those that are as asked for, and the others.
func (in ListQueueItemsInput) Judged(items []*ent.QueueItem) (kept []*ent.QueueItem, refused []pid.ID) {
	kept = slices.DeleteFunc(items, func(it *ent.QueueItem) bool {
		other := len(in.Eligibility) > 0 && (it.Eligibility == nil || !slices.Contains(in.Eligibility, it.Eligibility.State))
		if other {
			refused = append(refused, it.ID)
		}
		return other
	})
	return kept, refused
}

// places are the conditions on where items are and whether they could start. A page settles by itself what they let through
// too much; what is counted has to be exact from the first.
func (in ListQueueItemsInput) places(ctx context.Context, c *ent.Client, counted bool) (where []predicate.QueueItem, err error) {
	if len(in.PrinterID) > 0 {
		where = append(where, onPrinters(in.PrinterID))
	}
	if len(in.Eligibility) == 0 {
		return where, nil
	}
	q, err := loadQuestion(ctx, c, in.Eligibility)
	if err != nil {
		return nil, err
	}
	where = append(where, q.may())
	if !counted {
		return where, nil
	}
	return in.withoutRefused(ctx, c, where)
}

// unsureItems is how many items the rule is asked about before a list is counted.
const unsureItems = 1000

// withoutRefused leaves out the items that the rule refuses and the database lets through, because it knows too little of
// them. There are few; beyond unsureItems they are judged page by page, and the total counts some too many.
func (in ListQueueItemsInput) withoutRefused(ctx context.Context, c *ent.Client, where []predicate.QueueItem) ([]predicate.QueueItem, error) {
	items, err := c.QueueItem.Query().Where(append(in.Predicates(), where...)...).Where(unsure()).
		Order(ent.Desc(queueitem.FieldCreatedAt, queueitem.FieldID)).Limit(unsureItems).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read items to judge: %w", err)
	}
	if err := summarized(ctx, c, items); err != nil {
		return nil, err
	}
	if _, refused := in.Judged(items); len(refused) > 0 {
		where = append(where, queueitem.IDNotIn(refused...))
	}
	return where, nil
}

// Where are the conditions of all the list's filters, for GraphQL's lists.
func (s *Items) Where(ctx context.Context, in ListQueueItemsInput) ([]predicate.QueueItem, error) {
	return op.Read(ctx, s.Ops, OpList, in, func(ctx context.Context, c *ent.Client) ([]predicate.QueueItem, error) {
		where, err := in.places(ctx, c, true) // a connection may be asked for its count
		return append(where, in.Predicates()...), err
	})
}

// GetQueueItemInput names an item.
type GetQueueItemInput struct {
	QueueItemID pid.ID   `path:"queue_item_id" json:"-"`
	Expand      []string `query:"expand,comma" json:"-" enum:"file,file.uploaded_by,submitter,submitter.user,submitter.user_groups,class,assigned_printer" maxItems:"20" doc:"Related records to add to the answer, separated by commas."`
}

// Get reads one item with its eligibility.
func (s *Items) Get(ctx context.Context, in GetQueueItemInput) (*ent.QueueItem, error) {
	return op.Read(ctx, s.Ops, OpGet, in, func(ctx context.Context, c *ent.Client) (*ent.QueueItem, error) {
		if !in.QueueItemID.Valid("qit") {
			return nil, OpGet.NotFound()
		}
		it, err := listing.LoadQueueItem(c.QueueItem.Query().Where(queueitem.ID(in.QueueItemID)), in.Expand...).Only(ctx)
		if err != nil {
			return nil, err
		}
		return it, summarized(ctx, c, []*ent.QueueItem{it})
	})
}

// Summaries sets the eligibility of items that the actor has read already, for GraphQL's lists.
func (s *Items) Summaries(ctx context.Context, items []*ent.QueueItem) error {
	_, err := op.Read(ctx, s.Ops, OpList, struct{}{}, func(ctx context.Context, c *ent.Client) (struct{}, error) {
		return struct{}{}, summarized(ctx, c, items)
	})
	return err
}

// onPrinters are items in a printer's line, or with a print on it.
func onPrinters(ids []pid.ID) predicate.QueueItem {
	return queueitem.Or(queueitem.AssignedPrinterIDIn(ids...), func(s *sql.Selector) {
		p := sql.Dialect(s.Dialect()).Table("prints").As("on_printer")
		s.Where(sql.In(s.C(queueitem.FieldID), sql.Dialect(s.Dialect()).Select(p.C("queue_item_id")).From(p).
			Where(sql.And(sql.In(p.C("printer_id"), anys(ids)...), sql.In(p.C("state"), "dispatching", "needs_confirmation", "printing", "paused", "finished")))))
	})
}

func anys(ids []pid.ID) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}
