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
	"github.com/soloprint/soloprint/internal/peer"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/throttle"
)

// SetInput is a new password of a member, as the operator gives it.
type SetInput struct {
	MembershipID pid.ID
	Email        string // of the member; the password must not be made of it
	Organization string // slug, likewise
	Password     string `json:"-"`
	Own          bool   // the member does it, who has just proved that it is theirs; sessions end
	Rescue       bool   // whoever the member is may use it; the second factor and all sessions end
}

// ChangeInput is what somebody types who wants another password: all that signs them in, and the new one.
type ChangeInput struct {
	SignInInput
	New string
}

// Change gives who signs in another password, and ends their other sessions; the second factor stays. It fails as SignIn does, and with
// validation_failed where the new one is easily guessed, which is said to nobody else.
func (s *Service) Change(ctx context.Context, in ChangeInput) (*ent.Membership, error) {
	done, err := s.SignIn(ctx, in.SignInInput)
	if err != nil {
		return nil, err
	}
	if done.Membership == nil {
		return nil, errs.New(errs.SignInFailed, "Sign in first: an authenticator app has to be set up.")
	}
	m := done.Membership
	_, err = s.Set(system(ctx, m.OrganizationID), SetInput{MembershipID: m.ID, Email: in.account(), Organization: in.Organization, Password: in.New, Own: true})
	return m, err
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

// Set gives a member a password, in the operator's name. Without Rescue it is for owners, or for who had one, and the second factor
// stays.
func (s *Service) Set(ctx context.Context, in SetInput) (*ent.Password, error) {
	doing := &setting{SetInput: in, s: s}
	p, err := op.Do(ctx, s.Ops, OpSet, doing, func(ctx context.Context, tx *ent.Tx) (*ent.Password, error) {
		m, err := op.Load(ctx, tx.Membership, in.MembershipID)
		if err != nil {
			return nil, err
		}
		origin := password.OriginOwner
		if m.Role != membership.RoleOwner {
			if !in.Rescue && !in.Own {
				return nil, errs.New(errs.InsufficientPermissions, "Only owners have passwords; everybody else comes through the identity provider, an invitation or a rescue.")
			}
			origin = password.OriginRescue
		}

		p, err := doing.write(ctx, tx, m, origin)
		if err != nil {
			return nil, err
		}
		if in.Rescue || in.Own {
			if err := endSessions(ctx, tx, m.ID); err != nil {
				return nil, err
			}
		}
		event.Emit(ctx, tx, event.Fact{Type: event.PasswordSet, Resource: "user", ID: m.ID, Object: map[string]any{"id": m.ID, "origin": string(origin), "rescue": in.Rescue, "own": in.Own, "address": peer.Text(peer.From(ctx))}})
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
