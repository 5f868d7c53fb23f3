package op

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/internal/pid"
)

// Claimed is a row that this server has for a while: only its organization and identifier, never its content.
type Claimed struct {
	Organization, ID pid.ID
}

// ClaimPrinters takes printers whose time to be looked at has come; until when, depends on whether they print. It is one
// statement: two servers never take the same printer. Work on them runs as authz.System of their organization.
func ClaimPrinters(ctx context.Context, r *Runner, busy, idle time.Duration, limit int) ([]Claimed, error) {
	now := r.Clock.Now()
	query := "UPDATE printers SET lease_token = ?, lease_until = CASE WHEN EXISTS (SELECT 1 FROM prints p WHERE p.printer_id = printers.id" +
		" AND p.state IN ('dispatching','needs_confirmation','printing','paused')) THEN CAST(? AS " + timeType(r) + ") ELSE CAST(? AS " + timeType(r) + ") END" +
		" WHERE " + among(r, "SELECT id FROM printers WHERE deleted_at IS NULL AND (lease_until IS NULL OR lease_until <= ?) ORDER BY lease_until NULLS FIRST LIMIT ?") +
		" RETURNING organization_id, id"
	return claim(ctx, r, query, []any{rand.Text(), now.Add(busy), now.Add(idle), now, limit})
}

// ClaimFetches takes files whose bytes are to be fetched, until a time, and counts the attempt. The token says whose the
// lease is: an operation that ends or renews it compares the token, so that a server that was too slow changes nothing.
func ClaimFetches(ctx context.Context, r *Runner, lease time.Duration, limit int) (claimed []Claimed, token string, err error) {
	now, token := r.Clock.Now(), rand.Text()
	query := "UPDATE files SET lease_token = ?, lease_until = ?, fetch_attempts = fetch_attempts + 1" +
		" WHERE " + among(r, "SELECT id FROM files WHERE status = 'fetching' AND deleted_at IS NULL AND (lease_until IS NULL OR lease_until <= ?)"+
		" ORDER BY lease_until NULLS FIRST LIMIT ?") + " RETURNING organization_id, id"
	claimed, err = claim(ctx, r, query, []any{token, now.Add(lease), now, limit})
	return claimed, token, err
}

// among is the condition of a claim: the rows that the query chooses, without those that another server is taking at this
// moment. PostgreSQL runs the query of an IN again for each row where it plans a loop, and then claims more than the limit;
// that of an ARRAY runs once.
func among(r *Runner, query string) string {
	if r.Client.Driver().Dialect() == dialect.Postgres {
		return "id = ANY(ARRAY(" + query + " FOR UPDATE SKIP LOCKED))"
	}
	return "id IN (" + query + ")"
}

// claim runs one statement that answers organization and identifier of what it took.
func claim(ctx context.Context, r *Runner, query string, args []any) ([]Claimed, error) {
	rows, err := r.Client.QueryRows(ctx, query, args)
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Claimed
	for rows.Next() {
		var c Claimed
		if err := rows.Scan(&c.Organization, &c.ID); err != nil {
			return nil, fmt.Errorf("read claim: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// timeType is the database's type of times: PostgreSQL cannot guess that of a parameter inside CASE.
func timeType(r *Runner) string {
	if r.Client.Driver().Dialect() == dialect.Postgres {
		return "timestamptz"
	}
	return "integer"
}

// Behind lists organizations whose readers have not seen all events yet.
func Behind(ctx context.Context, r *Runner, limit int) ([]pid.ID, error) {
	return organizations(ctx, r, "SELECT id FROM organizations WHERE event_seq > eligibility_seq ORDER BY id LIMIT "+fmt.Sprint(limit))
}

func organizations(ctx context.Context, r *Runner, query string) ([]pid.ID, error) {
	rows, err := r.Client.QueryRows(ctx, query, nil)
	return ids(rows, err)
}

// ids are the identifiers that a statement answers.
func ids(rows *sql.Rows, err error) ([]pid.ID, error) {
	if err != nil {
		return nil, fmt.Errorf("list identifiers: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []pid.ID
	for rows.Next() {
		var id pid.ID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list identifiers: %w", err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// sequencesAtOnce bounds the identifiers of one statement.
const sequencesAtOnce = 500

// Sequences are the numbers of the newest events of organizations. One statement tells of up to 500.
func Sequences(ctx context.Context, r *Runner, ids []pid.ID) (map[pid.ID]int64, error) {
	newest := make(map[pid.ID]int64, len(ids))
	for some := range slices.Chunk(ids, sequencesAtOnce) {
		args := make([]any, len(some))
		for i, id := range some {
			args[i] = id
		}
		query := "SELECT id, event_seq FROM organizations WHERE id IN (?" + strings.Repeat(",?", len(some)-1) + ")"
		if err := sequences(ctx, r, query, args, newest); err != nil {
			return nil, fmt.Errorf("read numbers of events: %w", err)
		}
	}
	return newest, nil
}

func sequences(ctx context.Context, r *Runner, query string, args []any, into map[pid.ID]int64) error {
	rows, err := r.Client.QueryRows(ctx, query, args)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id pid.ID
		var number int64
		if err := rows.Scan(&id, &number); err != nil {
			return err
		}
		into[id] = number
	}
	return rows.Err()
}
