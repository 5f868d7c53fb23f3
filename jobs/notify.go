package jobs

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/queue"
)

// digestMail puts collected messages together, in every organization at once: whose window ends when, is in the rows.
func (s *Scheduler) digestMail(ctx context.Context) (string, error) {
	n, err := s.Notify.SendDigests(ctx)
	return fmt.Sprintf("%d digests", n), err
}

// messageRetention removes messages that ended long ago.
func (s *Scheduler) messageRetention(ctx context.Context) (string, error) {
	return s.each(ctx, "message_retention", "messages removed", func(ctx context.Context) (int, error) {
		return s.Notify.Forget(ctx, notify.ForgetInput{})
	})
}

// blockedItems tells of items that no printer can print.
func (s *Scheduler) blockedItems(ctx context.Context) (string, error) {
	return s.each(ctx, "blocked_items", "items told of", func(ctx context.Context) (int, error) {
		return s.Items.TellBlocked(ctx, queue.TellBlockedInput{})
	})
}
