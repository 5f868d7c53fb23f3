package authn

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/password"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
)

// Password finds the password of a mail address, in lower case, with its member and their account: before anything is proved,
// so nothing of it is shown. The organization is named by slug or id; where it is not, the person must have one password only.
func (s *Service) Password(ctx context.Context, org, email string) (*ent.Password, error) {
	if text := org + email; !utf8.ValidString(text) || strings.ContainsRune(text, 0) { // PostgreSQL would refuse to look for it
		return nil, errs.NotFound("password")
	}
	whose := membership.And(membership.DeletedAtIsNil(), membership.HasUserWith(user.Email(email)))
	if org != "" {
		whose = membership.And(whose, membership.HasOrganizationWith(organization.Or(organization.Slug(org), organization.ID(pid.ID(org)))))
	}
	found, err := s.Client.Password.Query().Where(password.HasMembershipWith(whose)).WithOrganization().
		WithMembership(func(q *ent.MembershipQuery) { q.WithUser() }).Limit(2).All(guard.AsSystem(ctx))
	if err != nil {
		return nil, fmt.Errorf("find password: %w", err)
	}
	if len(found) != 1 {
		return nil, errs.NotFound("password")
	}
	return found[0], nil
}
