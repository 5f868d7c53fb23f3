package op

import (
	"context"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/internal/pid"
)

// BehindReader lists organizations with events that a named reader of the outbox has not seen.
func BehindReader(ctx context.Context, r *Runner, reader string, limit int) ([]pid.ID, error) {
	rows, err := r.Client.QueryRows(ctx, "SELECT o.id FROM organizations o LEFT JOIN event_cursors c ON c.organization_id = o.id AND c.reader = ?"+
		" WHERE o.event_seq > COALESCE(c.sequence, 0) ORDER BY o.id LIMIT ?", []any{reader, limit})
	return ids(rows, err)
}

// Alone reports whether no other server can work on the database.
func Alone(r *Runner) bool { return r.Client.Driver().Dialect() == dialect.SQLite }

// skipLocked lets a claim pass over rows that another server is taking at this moment.
func skipLocked(r *Runner) string {
	if Alone(r) {
		return ""
	}
	return " FOR UPDATE SKIP LOCKED"
}
