package roster

import (
	"context"
	"fmt"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/record"
)

// MakeOwnerInput names somebody by their mail address.
type MakeOwnerInput struct {
	Email string `json:"email" required:"true" format:"email"`
	Name  string `json:"name,omitempty" maxLength:"200"` // of somebody who is no member yet
}

// MakeOwner makes a member an owner who can act, or somebody who is none a member who is one. It runs in the operator's name,
// from the command line only. Who is an owner already is refused: they are to be rescued.
func (s *Service) MakeOwner(ctx context.Context, in MakeOwnerInput) (*ent.Membership, error) {
	return op.Do(ctx, s.Ops, OpOwnerMake, in, func(ctx context.Context, tx *ent.Tx) (*ent.Membership, error) {
		email, now := strings.ToLower(in.Email), op.Now(ctx)
		id, err := tx.Membership.Query().Where(membership.HasUserWith(user.Email(email))).OnlyID(ctx)
		if ent.IsNotFound(err) {
			joined, err := s.Join(ctx, tx, Person{Organization: authz.From(ctx).Organization, Email: email, Name: strings.TrimSpace(in.Name), Role: membership.RoleOwner, At: &now})
			if err != nil {
				return nil, err
			}
			m, err := op.Load(ctx, tx.Membership, joined[0].ID)
			if err != nil {
				return nil, err
			}
			event.Emit(ctx, tx, event.Fact{Type: event.UserJoined, Resource: "user", ID: m.ID, Object: record.Membership(m)})
			return m, nil
		}
		if err != nil {
			return nil, fmt.Errorf("find member: %w", err)
		}

		old, err := op.Load(ctx, tx.Membership, id)
		if err != nil {
			return nil, err
		}
		if old.Role == membership.RoleOwner && old.Status == membership.StatusActive {
			return nil, errs.New(errs.AlreadyExists, "%s is an owner already; soloprint user recover gives them a new password.", email)
		}
		m, err := tx.Membership.UpdateOne(old).SetRole(membership.RoleOwner).SetStatus(membership.StatusActive).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("make owner: %w", err)
		}
		object := record.Membership(m)
		event.Emit(ctx, tx, event.Fact{Type: event.UserRoleChanged, Resource: "user", ID: m.ID, Object: object, Previous: record.Previous(record.Membership(old), object)})
		return m, nil
	})
}
