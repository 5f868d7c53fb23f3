package op

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/internal/pid"
)

// sweepRows bounds one DELETE: whoever writes meanwhile waits for that many rows at most.
const sweepRows = 1000

// swept are the rows that retention removes from an organization: those of a table for which a condition held long enough.
var swept = []struct {
	table, over string
	days        int
}{
	{"sessions", "expires_at", 30},
	{"logins", "expires_at", 0},
	{"spent_tokens", "expires_at", 0},
	{"roster_imports", "applied_at IS NULL AND created_at", 1}, // files that nobody applied; they name people
	{"roster_imports", "applied_at", 30},                       // they cannot be undone any more
	{"notifications", "created_at", 180},
	{"webhook_deliveries", "status IN ('delivered','failed') AND created_at", 90},
}

// Sweep removes what an organization does not need any more, and answers how many rows. Nothing tells of it: what happened is
// in the events, which stay.
func Sweep(ctx context.Context, r *Runner, organization pid.ID) (removed int, err error) {
	for _, s := range swept {
		before := r.Clock.Now().Add(-time.Duration(s.days) * 24 * time.Hour)
		query := "DELETE FROM " + s.table + " WHERE id IN (SELECT id FROM " + s.table + " WHERE organization_id = ? AND " + s.over + " < ? LIMIT ?) RETURNING organization_id, id"
		for {
			gone, err := claim(ctx, r, query, []any{organization, before, sweepRows})
			if err != nil {
				return removed, fmt.Errorf("sweep %s: %w", s.table, err)
			}
			removed += len(gone)
			if len(gone) < sweepRows {
				break
			}
		}
	}
	return removed, nil
}

// Place is an organization and the zone of its clock.
type Place struct {
	Organization pid.ID
	Slug, Zone   string
}

// Places lists all organizations, for jobs that look at each.
func Places(ctx context.Context, r *Runner) ([]Place, error) {
	rows, err := r.Client.QueryRows(ctx, "SELECT id, slug, time_zone FROM organizations ORDER BY id", nil)
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Place
	for rows.Next() {
		var p Place
		if err := rows.Scan(&p.Organization, &p.Slug, &p.Zone); err != nil {
			return nil, fmt.Errorf("list organizations: %w", err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}
