package queue

import (
	"cmp"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

func compare(a, b string) int { return cmp.Compare(a, b) }

func fileIDs(ids []pid.ID) predicate.File { return file.IDIn(ids...) }

func isSoft(r errs.Reason) bool { return r.Severity == match.SeveritySoft }

func notFilament(r errs.Reason) bool { return r.Code != string(match.CodeFilamentInsufficient) }

// is compares a column with a word that stands in the SQL itself: SQLite uses a partial index only where it can see that the
// query asks for the same.
func is[P ~func(*sql.Selector)](column, word string) P {
	return func(s *sql.Selector) { s.Where(sql.ExprP(s.C(column) + " = '" + word + "'")) }
}
