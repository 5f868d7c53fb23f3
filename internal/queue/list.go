package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
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
		where, err := in.places(ctx, c)
		if err != nil {
			return page.List[*ent.QueueItem]{}, err
		}
		return in.judgedPage(ctx, c, where)
	})
}

// refills is how often a page is filled up whose items the rule did not let through.
const refills = 8

// judgedPage reads a page and lets the rule have the last word on its items. What it refuses is made up for by the items that
// follow, so that a page that is not the last one is short only where the stored verdicts are far behind.
func (in ListQueueItemsInput) judgedPage(ctx context.Context, c *ent.Client, where []predicate.QueueItem) (page.List[*ent.QueueItem], error) {
	wanted := page.Limit(in.Limit)
	out, err := in.judged(ctx, c, where)
	for range refills {
		missing := wanted - len(out.Data)
		if err != nil || missing <= 0 || !out.HasMore() || len(in.Eligibility) == 0 {
			break
		}
		in.Limit, in.Cursor = &missing, out.Next
		more, err := in.judged(ctx, c, where)
		if err != nil {
			return out, err
		}
		out.Data, out.Next = append(out.Data, more.Data...), more.Next
	}
	return out, err
}

// judged is one look at a page.
func (in ListQueueItemsInput) judged(ctx context.Context, c *ent.Client, where []predicate.QueueItem) (page.List[*ent.QueueItem], error) {
	l, err := in.Page(ctx, c.QueueItem.Query().Where(where...), in.PrinterID, in.Eligibility)
	if err != nil {
		return l, err
	}
	if err := op.Widened(ctx, func(ctx context.Context) error { return SetEligibility(ctx, c, l.Data) }); err != nil {
		return l, err
	}
	l.Data = slices.DeleteFunc(l.Data, func(it *ent.QueueItem) bool { return !in.Judged(it) })
	return l, nil
}

// places are the conditions on where items are and whether they could start.
func (in ListQueueItemsInput) places(ctx context.Context, c *ent.Client) (where []predicate.QueueItem, err error) {
	if len(in.PrinterID) > 0 {
		where = append(where, onPrinters(in.PrinterID))
	}
	if len(in.Eligibility) == 0 {
		return where, nil
	}
	org, err := organization(ctx, c)
	if err != nil {
		return nil, err
	}
	return append(where, withState(in.Eligibility, org.Settings.Matching, op.Now(ctx))), nil
}

// Judged reports whether the item's eligibility, which has been set, is one of those asked for: the stored verdicts by which
// the database narrows a list may be a second old, and what is answered is what the rule says.
func (in ListQueueItemsInput) Judged(it *ent.QueueItem) bool {
	return len(in.Eligibility) == 0 || it.Eligibility != nil && slices.Contains(in.Eligibility, it.Eligibility.State)
}

// Where are the conditions of all the list's filters, for GraphQL's lists.
func (s *Items) Where(ctx context.Context, in ListQueueItemsInput) ([]predicate.QueueItem, error) {
	return op.Read(ctx, s.Ops, OpList, in, func(ctx context.Context, c *ent.Client) ([]predicate.QueueItem, error) {
		where, err := in.places(ctx, c)
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

// The eligibility of an item in SQL, from the stored verdicts of its profile and the printers as they are. SQL narrows a list,
// the rule has the last word: what may be the rule's answer is let through. So there are two kinds of printers, those that
// may serve the item and those that surely do; the rule alone knows of outages that are over and of several tools.
const (
	sqlMay = "EXISTS (SELECT 1 FROM profile_verdicts v JOIN printers p ON p.id = v.printer_id LEFT JOIN spools s ON s.id = v.spool_id" +
		" WHERE v.profile_id = %[1]s.profile_id AND v.ok AND p.deleted_at IS NULL AND p.state NOT IN ('error','attention')" +
		" AND (s.id IS NULL OR %[1]s.estimated_g <= 0 OR %[1]s.estimated_g <= s.remaining_g - s.reserved_g + 0.005)%[2]s)"
	sqlSure  = " AND p.out_of_order IS NULL AND p.state <> 'maintenance'"
	sqlFed   = " AND (s.id IS NOT NULL OR %[1]s.estimated_g <= 0 OR CAST(%[1]s.requirements AS TEXT) LIKE '%\"tools\"%')" // of several tools no single spool is stored
	sqlGrams = " AND (s.id IS NOT NULL OR %[1]s.estimated_g <= 0)"
	sqlReady = " AND p.state IN ('idle','finished') AND (p.bed_state = 'clear' OR NOT p.require_bed_clear)" +
		" AND NOT EXISTS (SELECT 1 FROM prints a WHERE a.printer_id = p.id AND a.state IN ('dispatching','needs_confirmation','printing','paused'))"
	sqlOpen = "%[1]s.state NOT IN ('draft','completed','failed','cancelled','expired')"
	sqlGate = "(%[1]s.approval_state NOT IN ('not_required','approved') OR %[1]s.hold = 'manual'" +
		" OR EXISTS (SELECT 1 FROM files f WHERE f.id = %[1]s.file_id AND f.status IN ('failed','deleted')))"
	sqlWait = "(%[1]s.not_before IS NOT NULL AND %[1]s.not_before > ?" +
		" OR EXISTS (SELECT 1 FROM files f WHERE f.id = %[1]s.file_id AND f.status IN ('pending','fetching')))"
	sqlOwn = "%[1]s.assigned_printer_id IS NOT NULL"
)

// withState are items that may be in any of the eligibility states. What an item in a line holds itself, and what was let
// pass for it, the rule alone knows.
func withState(states []string, axes map[string]string, now time.Time) predicate.QueueItem {
	sure, may := sqlSure, ""
	if filamentRefuses(axes) {
		sure, may = sure+sqlGrams, sqlFed
	}
	return func(s *sql.Selector) {
		on := func(text, with string) string { return fmt.Sprintf(text, s.TableName(), with) }
		in := func(text string) string { return strings.ReplaceAll(text, "%[1]s", s.TableName()) }
		open, gate, wait, own := in(sqlOpen), in(sqlGate), in(sqlWait), in(sqlOwn)
		words := map[match.State]string{
			match.Eligible: open + " AND NOT " + gate + " AND NOT " + wait + " AND (" + own + " OR " + on(sqlMay, in(may)+sqlReady) + ")",
			match.Waiting:  open + " AND NOT " + gate + " AND (" + own + " OR " + on(sqlMay, in(may)) + " AND (" + wait + " OR NOT " + on(sqlMay, in(sure)+sqlReady) + "))",
			match.Blocked:  open + " AND (" + own + " OR " + gate + " OR NOT " + on(sqlMay, in(sure)) + ")",
			match.Unknown:  "NOT " + open,
		}
		some := make([]string, len(states))
		for i, state := range states {
			some[i] = "(" + words[match.State(state)] + ")"
		}
		s.Where(atMoment("("+strings.Join(some, " OR ")+")", now))
	}
}

// atMoment is a condition with the moment in place of each question mark.
func atMoment(condition string, now time.Time) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		for i, text := range strings.Split(condition, "?") {
			if i > 0 {
				b.Arg(now)
			}
			b.WriteString(text)
		}
	})
}
