package jobs

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
)

// inviteExpiry marks invitations whose time is over.
func (s *Scheduler) inviteExpiry(ctx context.Context) (string, error) {
	return s.each(ctx, "invite_expiry", "invitations expired", func(ctx context.Context) (int, error) {
		return s.Invites.Expire(ctx, roster.ExpireInvitesInput{})
	})
}

// classDates starts and ends the classes of one organization, at its midnight, and rolls over those that name a next one.
func (s *Scheduler) classDates(ctx context.Context) (string, error) {
	organization := pid.ID(RunOf(ctx).Scope)
	n, err := s.Roster.TurnClasses(authz.With(ctx, authz.System(organization, "class_dates")), roster.TurnClassesInput{})
	return fmt.Sprintf("%d classes started or ended", n), err
}
