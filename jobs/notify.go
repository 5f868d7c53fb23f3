package jobs

import (
	"context"

	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/queue"
)

// digestMail puts collected messages together, in every organization at once: whose window ends when, is in the rows.
func (s *Scheduler) digestMail(ctx context.Context) error {
	_, err := s.Notify.SendDigests(ctx)
	return err
}

// messageRetention removes messages that ended long ago.
func (s *Scheduler) messageRetention(ctx context.Context) error {
	return s.each(ctx, "message_retention", func(ctx context.Context) error {
		_, err := s.Notify.Forget(ctx, notify.ForgetInput{})
		return err
	})
}

// blockedItems tells of items that no printer can print.
func (s *Scheduler) blockedItems(ctx context.Context) error {
	return s.each(ctx, "blocked_items", func(ctx context.Context) error {
		_, err := s.Items.TellBlocked(ctx, queue.TellBlockedInput{})
		return err
	})
}
