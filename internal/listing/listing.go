package listing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
)

// Fold is the form in which texts are searched: lower case, one space between words. Search columns hold it, and q= is
// looked for in it.
func Fold(texts ...string) string {
	var words []string
	for _, t := range texts {
		words = append(words, strings.Fields(strings.ToLower(t))...)
	}
	return strings.Join(words, " ")
}

// TotalCount is the word with which include asks for the number of rows.
const TotalCount = "total_count"

// row is what every Ent entity can do.
type row interface{ RowID() pid.ID }

// query is what every Ent query can do. P and O are its predicates and orders.
type query[Q, E any, P, O ~func(*sql.Selector)] interface {
	Where(...P) Q
	Order(...O) Q
	Limit(int) Q
	Clone() Q
	Count(context.Context) (int, error)
	All(context.Context) ([]E, error)
}

// wish is what all lists take.
type wish struct {
	limit  *int
	cursor string
	sort   string // never empty: created_at, -created_at
	total  bool
	filter []any // what the cursor is bound to besides the order
}

// column is one that a list may be sorted by.
type column[E row] struct {
	name   string
	cursor func(key []byte, after E) (string, error)
	read   func(key []byte, cursor string) (value any, id string, err error)
}

// sorted is a column whose values are of type V.
func sorted[V any, E row](name string, value func(E) V) column[E] {
	return column[E]{
		name: name,
		cursor: func(key []byte, after E) (string, error) {
			return page.Encode(key, value(after), string(after.RowID()))
		},
		read: func(key []byte, cursor string) (any, string, error) {
			var v V
			id, err := page.Decode(cursor, key, &v)
			if s, ok := any(v).(string); ok && strings.ContainsRune(s, 0) || strings.ContainsRune(id, 0) {
				return nil, "", page.ErrCursor // no cursor of ours: PostgreSQL refuses the character
			}
			return v, id, err
		},
	}
}

// run reads one page of the query, which has its filters and edges already.
func run[Q query[Q, E, P, O], E row, P, O ~func(*sql.Selector)](ctx context.Context, q Q, w wish, columns []column[E]) (page.List[E], error) {
	var l page.List[E]
	name, descending := strings.CutPrefix(w.sort, "-")
	i := slices.IndexFunc(columns, func(c column[E]) bool { return c.name == name })
	if i < 0 {
		return l, errs.Invalid(errs.Field{Path: "sort", Code: "not_allowed", Message: "is not an order of this list"})
	}
	by, key := columns[i], page.Bind(w.sort, w.filter)

	if w.total {
		n, err := q.Clone().Count(ctx)
		if err != nil {
			return l, fmt.Errorf("count: %w", err)
		}
		l.Total = &n
	}
	if w.cursor != "" {
		value, id, err := by.read(key, w.cursor)
		if errors.Is(err, page.ErrCursor) {
			return l, errs.New(errs.InvalidCursor, "The cursor is damaged or was made for another filter or order.")
		}
		if err != nil {
			return l, err
		}
		q.Where(P(after(name, descending, value, id)))
	}

	limit := page.LimitIn(ctx, w.limit)
	rows, err := q.Order(O(order(w.sort))).Limit(limit + 1).All(ctx)
	if err != nil {
		return l, err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		if l.Next, err = by.cursor(key, rows[limit-1]); err != nil {
			return l, fmt.Errorf("make cursor: %w", err)
		}
	}
	l.Data = rows
	return l, nil
}

// order sorts by a column, descending where it begins with a minus sign; the id breaks ties.
func order(by string) func(*sql.Selector) {
	name, descending := strings.CutPrefix(by, "-")
	direction := sql.Asc
	if descending {
		direction = sql.Desc
	}
	return func(s *sql.Selector) { s.OrderBy(direction(s.C(name)), direction(s.C("id"))) }
}

// after are the rows that follow one in the order. Row values compare column by column, which both databases answer from
// an index.
func after(name string, descending bool, value any, id string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		columns := []string{s.C(name), s.C("id")}
		if descending {
			s.Where(sql.CompositeLT(columns, value, id))
		} else {
			s.Where(sql.CompositeGT(columns, value, id))
		}
	}
}

// below reports whether expand names the edge, and what it asks for below it: user_groups of submitter.user_groups.
func below(expand []string, edge string) (rest []string, ok bool) {
	for _, path := range expand {
		head, tail, deeper := strings.Cut(path, ".")
		if head != edge {
			continue
		}
		ok = true
		if deeper {
			rest = append(rest, tail)
		}
	}
	return rest, ok
}
