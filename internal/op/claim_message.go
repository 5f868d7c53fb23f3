package op

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/soloprint/soloprint/internal/pid"
)

// messageShare is how many messages of one organization are on their way at the same time: a mail server or a chat that
// does not answer keeps the others of its organization waiting, and nobody else's.
const messageShare = 8

// ClaimMessages takes notification messages that are due, the longest waiting first, until a time, and counts the attempt. The
// token says whose the lease is.
func ClaimMessages(ctx context.Context, r *Runner, lease time.Duration, limit int) (claimed []Claimed, token string, err error) {
	now, token := r.Clock.Now(), rand.Text()
	query := "UPDATE notification_messages SET status = 'sending', lease_token = ?, lease_until = ?, attempts = attempts + 1" +
		" WHERE " + among(r, "SELECT m.id FROM notification_messages m WHERE m.status = 'queued' AND m.next_attempt_at <= ?"+
		" AND (SELECT COUNT(*) FROM notification_messages o WHERE o.organization_id = m.organization_id AND o.status = 'sending') < ?"+
		" ORDER BY m.next_attempt_at LIMIT ?") + " AND status = 'queued' RETURNING organization_id, id"
	claimed, err = claim(ctx, r, query, []any{token, now.Add(lease), now, messageShare, limit})
	return claimed, token, err
}

// ReapMessages makes messages due again whose lease is over, the longest over first, and answers how many: another server was
// too slow with them, or was killed.
func ReapMessages(ctx context.Context, r *Runner, limit int) (int, error) {
	rows, err := r.Client.QueryRows(ctx, "UPDATE notification_messages SET status = 'queued', lease_token = '', lease_until = NULL"+
		" WHERE "+among(r, "SELECT id FROM notification_messages WHERE status = 'sending' AND lease_until <= ? ORDER BY lease_until LIMIT ?")+
		" AND status = 'sending' RETURNING id", []any{r.Clock.Now(), limit})
	reaped, err := ids(rows, err)
	return len(reaped), err
}

// ReleaseMessages makes all messages due that a server had when it was killed: for a server that is alone, at its start.
func ReleaseMessages(ctx context.Context, r *Runner) error {
	rows, err := r.Client.QueryRows(ctx, "UPDATE notification_messages SET status = 'queued', lease_token = '', lease_until = NULL"+
		" WHERE status = 'sending' RETURNING id", nil)
	_, err = ids(rows, err)
	return err
}

// DueDigests lists organizations with collected messages whose time has come.
func DueDigests(ctx context.Context, r *Runner, limit int) ([]pid.ID, error) {
	rows, err := r.Client.QueryRows(ctx, "SELECT DISTINCT organization_id FROM notification_messages WHERE status = 'collected' AND window_at <= ?"+
		" ORDER BY organization_id LIMIT ?", []any{r.Clock.Now(), limit})
	return ids(rows, err)
}
