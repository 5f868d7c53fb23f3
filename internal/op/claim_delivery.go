package op

import (
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/internal/pid"
)

// DeliveryEnd is how an attempt at a webhook delivery ended.
type DeliveryEnd struct {
	ID       pid.ID
	Status   string // delivered, failed, or queued where it is tried again
	Attempts []byte // all of them, as JSON
	Next     *time.Time
}

// deliveryRows bounds one statement: four parameters a row stay far below the 32,766 of SQLite.
const deliveryRows = 1000

// BehindReader lists organizations with events that a named reader of the outbox has not seen.
func BehindReader(ctx context.Context, r *Runner, reader string, limit int) ([]pid.ID, error) {
	rows, err := r.Client.QueryRows(ctx, "SELECT o.id FROM organizations o LEFT JOIN event_cursors c ON c.organization_id = o.id AND c.reader = ?"+
		" WHERE o.event_seq > COALESCE(c.sequence, 0) ORDER BY o.id LIMIT ?", []any{reader, limit})
	return ids(rows, err)
}

// DueWebhooks lists enabled endpoints behind an identifier at which deliveries are due, by one probe of an index for each.
func DueWebhooks(ctx context.Context, r *Runner, after pid.ID, limit int) ([]Claimed, error) {
	return claim(ctx, r, "SELECT w.organization_id, w.id FROM webhooks w WHERE w.state = 'enabled' AND w.id > ? AND EXISTS (SELECT 1 FROM webhook_deliveries d"+
		" WHERE d.webhook_id = w.id AND d.status = 'queued' AND d.next_attempt_at <= ?) ORDER BY w.id LIMIT ?", []any{after, r.Clock.Now(), limit})
}

// ClaimDeliveries takes deliveries that are due at an endpoint, the longest waiting first, until a time. The token says
// whose the leases are.
func ClaimDeliveries(ctx context.Context, r *Runner, webhook pid.ID, token string, lease time.Duration, limit int) ([]Claimed, error) {
	now := r.Clock.Now()
	return claim(ctx, r, "UPDATE webhook_deliveries SET status = 'delivering', lease_token = ?, lease_until = ? WHERE "+among(r, "SELECT id FROM webhook_deliveries"+
		" WHERE webhook_id = ? AND status = 'queued' AND next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?")+
		" AND status = 'queued' RETURNING organization_id, id", []any{token, now.Add(lease), webhook, now, limit})
}

// EndDeliveries writes how attempts ended, of all organizations in one statement, where the lease is still the token's.
func EndDeliveries(ctx context.Context, r *Runner, token string, ends []DeliveryEnd) error {
	for len(ends) > 0 {
		n := min(len(ends), deliveryRows)
		if err := endDeliveries(ctx, r, token, ends[:n]); err != nil {
			return fmt.Errorf("end deliveries: %w", err)
		}
		ends = ends[n:]
	}
	return nil
}

func endDeliveries(ctx context.Context, r *Runner, token string, ends []DeliveryEnd) error {
	row, args := "(?, ?, ?, CAST(? AS "+timeType(r)+")),", make([]any, 0, 4*len(ends)+2)
	args = append(args, r.Clock.Now())
	for _, e := range ends {
		args = append(args, e.ID, e.Status, string(e.Attempts), e.Next)
	}
	attempts := "v.column3"
	if r.Client.Driver().Dialect() == dialect.Postgres {
		attempts = "CAST(v.column3 AS jsonb)"
	}
	rows, err := r.Client.QueryRows(ctx, "UPDATE webhook_deliveries SET updated_at = ?, status = v.column2, attempts = "+attempts+", next_attempt_at = v.column4,"+
		" lease_token = '', lease_until = NULL FROM (VALUES "+strings.TrimSuffix(strings.Repeat(row, len(ends)), ",")+") AS v"+
		" WHERE webhook_deliveries.id = v.column1 AND webhook_deliveries.lease_token = ?"+
		" RETURNING webhook_deliveries.id", append(args, token))
	_, err = ids(rows, err)
	return err
}

// RenewDeliveries keeps leases of the token from now on for so long.
func RenewDeliveries(ctx context.Context, r *Runner, token string, deliveries []pid.ID, lease time.Duration) error {
	for len(deliveries) > 0 {
		n := min(len(deliveries), deliveryRows)
		args := []any{r.Clock.Now().Add(lease), token}
		for _, id := range deliveries[:n] {
			args = append(args, id)
		}
		rows, err := r.Client.QueryRows(ctx, "UPDATE webhook_deliveries SET lease_until = ? WHERE lease_token = ? AND id IN (?"+
			strings.Repeat(", ?", n-1)+") RETURNING id", args)
		if _, err = ids(rows, err); err != nil {
			return fmt.Errorf("renew leases: %w", err)
		}
		deliveries = deliveries[n:]
	}
	return nil
}

// ReapDeliveries gives deliveries back whose lease is over, the longest over first, and answers how many. They are due as
// they were.
func ReapDeliveries(ctx context.Context, r *Runner, limit int) (int, error) {
	rows, err := r.Client.QueryRows(ctx, "UPDATE webhook_deliveries SET status = 'queued', lease_token = '', lease_until = NULL WHERE "+among(r, "SELECT id FROM webhook_deliveries"+
		" WHERE status = 'delivering' AND lease_until <= ? ORDER BY lease_until LIMIT ?")+" AND status = 'delivering' RETURNING id", []any{r.Clock.Now(), limit})
	reaped, err := ids(rows, err)
	return len(reaped), err
}

// ReleaseDeliveries gives all deliveries of a token back: a server that ends keeps none. Without a token it gives back those
// of all servers, which is for SQLite alone: there the one that starts is the only one.
func ReleaseDeliveries(ctx context.Context, r *Runner, token string) error {
	query, args := "UPDATE webhook_deliveries SET status = 'queued', lease_token = '', lease_until = NULL WHERE status = 'delivering'", []any{}
	if token != "" {
		query, args = query+" AND lease_token = ?", []any{token}
	}
	rows, err := r.Client.QueryRows(ctx, query+" RETURNING id", args)
	_, err = ids(rows, err)
	return err
}

// Alone reports whether no other server can work on the database.
func Alone(r *Runner) bool { return r.Client.Driver().Dialect() == dialect.SQLite }
