package jobs

import (
	"context"

	"github.com/soloprint/soloprint/internal/roster"
)

// inviteExpiry marks invitations whose time is over.
func (s *Scheduler) inviteExpiry(ctx context.Context) error {
	return s.each(ctx, "invite_expiry", func(ctx context.Context) error {
		_, err := s.Invites.Expire(ctx, roster.ExpireInvitesInput{})
		return err
	})
}
