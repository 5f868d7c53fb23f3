package jobs

import "context"

// idempotencyExpiry removes the answers that nobody may ask for again, and tries to sign in that count no more. The tables are
// infrastructure: one sweep serves all organizations.
func (s *Scheduler) idempotencyExpiry(ctx context.Context) (string, error) {
	return "", s.ExpireKeys(ctx)
}
