package password

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/password"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/throttle"
)

// SetInput is a new password of a member, as the operator gives it.
type SetInput struct {
	MembershipID pid.ID
	Email        string // of the member; the password must not be made of it
	Organization string // slug, likewise
	Password     string `json:"-"`
	Rescue       bool   // whoever the member is may use it; the second factor and all sessions end
}

// Validate refuses what is easily guessed.
func (in SetInput) Validate() []errs.Field { return Check(in.Password, in.Email, in.Organization) }

// setting is SetInput with its hash.
type setting struct {
	SetInput
	s    *Service
	hash string
}

// Prepare makes the slow hash, before the transaction.
func (in *setting) Prepare(ctx context.Context) (err error) {
	in.hash, err = in.s.Hasher.Hash(ctx, normal(in.Password))
	return err
}

// Set gives a member a password, in the operator's name. Without Rescue it is for owners, and their second factor stays.
func (s *Service) Set(ctx context.Context, in SetInput) (*ent.Password, error) {
	doing := &setting{SetInput: in, s: s}
	p, err := op.Do(ctx, s.Ops, OpSet, doing, func(ctx context.Context, tx *ent.Tx) (*ent.Password, error) {
		m, err := op.Load(ctx, tx.Membership, in.MembershipID)
		if err != nil {
			return nil, err
		}
		origin := password.OriginOwner
		if m.Role != membership.RoleOwner {
			if !in.Rescue {
				return nil, errs.New(errs.InsufficientPermissions, "Only owners have passwords; everybody else comes through the identity provider, an invitation or a rescue.")
			}
			origin = password.OriginRescue
		}

		p, err := doing.write(ctx, tx, m, origin)
		if err != nil {
			return nil, err
		}
		if in.Rescue {
			if err := endSessions(ctx, tx, m.ID); err != nil {
				return nil, err
			}
		}
		event.Emit(ctx, tx, event.Fact{Type: event.PasswordSet, Resource: "user", ID: m.ID, Object: map[string]any{"id": m.ID, "origin": string(origin), "rescue": in.Rescue}})
		return p, nil
	})
	if err != nil || !in.Rescue {
		return p, err
	}
	return p, s.Tries.Forget(ctx, throttle.Password, SignInInput{Email: in.Email}.account())
}

// write makes or replaces the row.
func (in *setting) write(ctx context.Context, tx *ent.Tx, m *ent.Membership, origin password.Origin) (*ent.Password, error) {
	now := op.Now(ctx)
	old, err := tx.Password.Query().Where(password.MembershipID(m.ID)).Only(ctx)
	if ent.IsNotFound(err) {
		return tx.Password.Create().SetOrganizationID(m.OrganizationID).SetMembershipID(m.ID).SetHash(in.hash).SetOrigin(origin).SetSetAt(now).Save(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read password: %w", err)
	}
	change := tx.Password.UpdateOne(old).SetHash(in.hash).SetOrigin(origin).SetSetAt(now)
	if in.Rescue {
		change.ClearTotpSecret().SetTotpStep(0).SetRecoveryHashes([][]byte{})
	}
	p, err := change.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("write password: %w", err)
	}
	return p, nil
}

// endSessions ends what is open in a member's name.
func endSessions(ctx context.Context, tx *ent.Tx, m pid.ID) error {
	if err := tx.Session.Update().Where(session.MembershipID(m), session.RevokedAtIsNil()).SetRevokedAt(op.Now(ctx)).Exec(ctx); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}
