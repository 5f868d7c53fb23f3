package queue

import (
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// The eligibility of an item in SQL, from the stored verdicts of its profile and the printers as they are. Of most items it
// says what the rule says. Of some the rule alone knows: what an item in a line holds itself, what was let pass for it, and
// which spools several tools take. Those are let through, and the rule has the last word.
//
// %[1]s is the table of the items, ? the moment, # the printers that are out of order.
const (
	sqlServes = "EXISTS (SELECT 1 FROM profile_verdicts v JOIN printers p ON p.id = v.printer_id LEFT JOIN spools s ON s.id = v.spool_id" +
		" WHERE v.profile_id = %[1]s.profile_id AND v.ok AND p.deleted_at IS NULL AND p.state NOT IN ('error','attention','maintenance')" +
		" AND (s.id IS NULL OR %[1]s.estimated_g <= 0 OR %[1]s.estimated_g <= s.remaining_g - s.reserved_g + 0.005)"
	sqlFed     = " AND (s.id IS NOT NULL OR %[1]s.estimated_g <= 0)"
	sqlInOrder = " AND p.id NOT IN (#)"
	sqlFree    = " AND p.state IN ('idle','finished') AND (p.bed_state = 'clear' OR NOT p.require_bed_clear)" +
		" AND NOT EXISTS (SELECT 1 FROM prints a WHERE a.printer_id = p.id AND a.state IN ('dispatching','needs_confirmation','printing','paused'))"
	sqlOpen = "%[1]s.state NOT IN ('draft','completed','failed','cancelled','expired')"
	sqlGate = "(%[1]s.approval_state NOT IN ('not_required','approved') OR %[1]s.hold = 'manual'" +
		" OR EXISTS (SELECT 1 FROM files f WHERE f.id = %[1]s.file_id AND f.status IN ('failed','deleted')))"
	sqlWait = "(%[1]s.not_before IS NOT NULL AND %[1]s.not_before > ?" +
		" OR EXISTS (SELECT 1 FROM files f WHERE f.id = %[1]s.file_id AND f.status IN ('pending','fetching')))"
	sqlUnsure = "(%[1]s.assigned_printer_id IS NOT NULL OR CAST(%[1]s.requirements AS TEXT) LIKE '%%\"tools\"%%')"
)

// question asks for the items of some eligibility states, with what is the same for all items.
type question struct {
	states []string
	fed    bool     // too little filament keeps prints from starting
	out    []pid.ID // printers that are out of order
	now    time.Time
}

func loadQuestion(ctx context.Context, c *ent.Client, states []string) (q question, err error) {
	return q, op.Widened(ctx, func(ctx context.Context) error {
		org, err := organization(ctx, c)
		if err != nil {
			return err
		}
		q = question{states: states, fed: filamentRefuses(org.Settings.Matching), now: op.Now(ctx)}
		told, err := c.Printer.Query().Where(printer.OutOfOrderNotNil()).Select(printer.FieldID, printer.FieldOutOfOrder).All(ctx)
		if err != nil {
			return fmt.Errorf("read outages: %w", err)
		}
		for _, p := range told {
			if match.OutOfOrder(p.OutOfOrder, q.now) {
				q.out = append(q.out, p.ID)
			}
		}
		return nil
	})
}

// may are the items that are in one of the states, as far as the database knows.
func (q question) may() predicate.QueueItem {
	serves := sqlServes
	if q.fed {
		serves += sqlFed
	}
	if len(q.out) > 0 {
		serves += sqlInOrder
	}
	free, serves := serves+sqlFree+")", serves+")"
	words := map[match.State]string{
		match.Eligible: "NOT " + sqlGate + " AND NOT " + sqlWait + " AND " + free,
		match.Waiting:  "NOT " + sqlGate + " AND " + serves + " AND (" + sqlWait + " OR NOT " + free + ")",
		match.Blocked:  "(" + sqlGate + " OR NOT " + serves + ")",
	}
	some := make([]string, len(q.states))
	for i, state := range q.states {
		some[i] = "NOT " + sqlOpen
		if word, ok := words[match.State(state)]; ok {
			some[i] = sqlOpen + " AND (" + sqlUnsure + " OR " + word + ")"
		}
	}
	return q.where("((" + strings.Join(some, ") OR (") + "))")
}

// unsure are the items of which the database knows less than the rule.
func unsure() predicate.QueueItem { return question{}.where(sqlOpen + " AND " + sqlUnsure) }

// where is a condition with its names, the moment and the printers filled in.
func (q question) where(condition string) predicate.QueueItem {
	return func(s *sql.Selector) {
		text := fmt.Sprintf(condition, s.TableName())
		s.Where(sql.P(func(b *sql.Builder) {
			for {
				i := strings.IndexAny(text, "?#")
				if i < 0 {
					b.WriteString(text)
					return
				}
				b.WriteString(text[:i])
				if text[i] == '?' {
					b.Arg(q.now)
				} else {
					b.Args(anys(q.out)...)
				}
				text = text[i+1:]
			}
		}))
	}
}
