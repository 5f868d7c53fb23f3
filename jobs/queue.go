package jobs

import (
	"context"

	"github.com/soloprint/soloprint/internal/queue"
)

// claimReaper settles dispatches whose deadline has passed.
func (s *Scheduler) claimReaper(ctx context.Context) (string, error) {
	return s.each(ctx, "claim_reaper", "dispatches settled", func(ctx context.Context) (int, error) {
		return s.Dispatch.Reap(ctx, queue.ReapInput{})
	})
}

// queueExpiry is what time does to the queue: scheduled items become free, undecided ones expire.
func (s *Scheduler) queueExpiry(ctx context.Context) (string, error) {
	return s.each(ctx, "queue_expiry", "items released or expired", func(ctx context.Context) (int, error) {
		return s.Items.Expire(ctx, queue.ExpireInput{})
	})
}

// eligibilitySweep brings stored verdicts up to the newest event of every organization. Each server does so by itself when it
// hears of an event; this is for events that nobody heard of.
func (s *Scheduler) eligibilitySweep(ctx context.Context) (string, error) {
	return "", s.Refresh.Sweep(ctx)
}
