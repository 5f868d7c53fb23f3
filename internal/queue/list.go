package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	return op.Read(ctx, s.Ops, OpList, in, func(ctx context.Context, c *ent.Client) (page.List[*ent.QueueItem], error) {
		q := c.QueueItem.Query()
		if len(in.PrinterID) > 0 {
			q.Where(onPrinters(in.PrinterID))
		}
		if len(in.Eligibility) > 0 {
			q.Where(withState(in.Eligibility))
		}
		l, err := in.Page(ctx, q, in.PrinterID, in.Eligibility)
		if err != nil {
			return l, err
		}
		err = op.Widened(ctx, func(ctx context.Context) error { return SetEligibility(ctx, c, l.Data) })
		if len(in.Eligibility) > 0 { // the stored verdicts may be a second old: what is answered is what the rule says
			l.Data = slices.DeleteFunc(l.Data, func(it *ent.QueueItem) bool { return !slices.Contains(in.Eligibility, it.Eligibility.State) })
		}
		return l, err
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
		return it, op.Widened(ctx, func(ctx context.Context) error { return SetEligibility(ctx, c, []*ent.QueueItem{it}) })
	})
}

// Summaries sets the eligibility of items that the actor has read already, for GraphQL's lists.
func (s *Items) Summaries(ctx context.Context, items []*ent.QueueItem) error {
	_, err := op.Read(ctx, s.Ops, OpList, struct{}{}, func(ctx context.Context, c *ent.Client) (struct{}, error) {
		return struct{}{}, op.Widened(ctx, func(ctx context.Context) error { return SetEligibility(ctx, c, items) })
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

// The eligibility of an item in SQL, from the stored verdicts of its profile and the printers as they are. It narrows a
// list before the rule has the last word.
const (
	sqlServes = "EXISTS (SELECT 1 FROM profile_verdicts v JOIN printers p ON p.id = v.printer_id LEFT JOIN spools s ON s.id = v.spool_id" +
		" WHERE v.profile_id = %[1]s.profile_id AND v.ok AND p.deleted_at IS NULL AND p.out_of_order IS NULL AND p.state NOT IN ('error','attention')" +
		" AND %[1]s.estimated_g <= COALESCE(s.remaining_g - s.reserved_g, 1e12) + 0.005%[2]s)"
	sqlReady = " AND p.state IN ('idle','finished') AND (p.bed_state = 'clear' OR NOT p.require_bed_clear)" +
		" AND NOT EXISTS (SELECT 1 FROM prints a WHERE a.printer_id = p.id AND a.state IN ('dispatching','needs_confirmation','printing','paused'))"
	sqlOpen = "%[1]s.state NOT IN ('draft','completed','failed','cancelled','expired')"
	sqlGate = "(%[1]s.approval_state NOT IN ('not_required','approved') OR %[1]s.hold = 'manual'" +
		" OR EXISTS (SELECT 1 FROM files f WHERE f.id = %[1]s.file_id AND f.status IN ('failed','deleted')))"
	sqlWait = "(%[1]s.hold = 'schedule' OR EXISTS (SELECT 1 FROM files f WHERE f.id = %[1]s.file_id AND f.status IN ('pending','fetching')))"
)

// withState are items in any of the eligibility states. An item that holds filament itself is judged by the rule alone.
func withState(states []string) predicate.QueueItem {
	return func(s *sql.Selector) {
		t := s.TableName()
		serves, ready := fmt.Sprintf(sqlServes, t, ""), fmt.Sprintf(sqlServes, t, sqlReady)
		open, gate, wait := fmt.Sprintf(sqlOpen, t), fmt.Sprintf(sqlGate, t), fmt.Sprintf(sqlWait, t)
		own := t + ".assigned_printer_id IS NOT NULL"
		words := map[string]string{
			"eligible": "(" + open + " AND NOT " + gate + " AND NOT " + wait + " AND (" + own + " OR " + ready + "))",
			"waiting":  "(" + open + " AND NOT " + gate + " AND (" + own + " OR " + serves + " AND (" + wait + " OR NOT " + ready + ")))",
			"blocked":  "(" + open + " AND (" + own + " OR " + gate + " OR NOT " + serves + "))",
			"unknown":  "NOT " + open,
		}
		var any []string
		for _, state := range states {
			any = append(any, words[state])
		}
		s.Where(sql.ExprP("(" + strings.Join(any, " OR ") + ")"))
	}
}
