package jobs

import (
	"context"

	"github.com/soloprint/soloprint/internal/queue"
)

// claimReaper settles dispatches whose deadline has passed.
func (s *Scheduler) claimReaper(ctx context.Context) error {
	return s.each(ctx, "claim_reaper", func(ctx context.Context) error {
		_, err := s.Dispatch.Reap(ctx, queue.ReapInput{})
		return err
	})
}

// queueExpiry is what time does to the queue: scheduled items become free, undecided ones expire.
func (s *Scheduler) queueExpiry(ctx context.Context) error {
	return s.each(ctx, "queue_expiry", func(ctx context.Context) error {
		_, err := s.Items.Expire(ctx, queue.ExpireInput{})
		return err
	})
}
