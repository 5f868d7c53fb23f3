package password

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/peer"
)

// ConfirmTOTPInput is the ticket of a Setup and what the app shows.
type ConfirmTOTPInput struct{ Ticket, Code string }

// Confirmed is a member whose app is set up. The recovery codes are shown this once.
type Confirmed struct {
	Membership    *ent.Membership
	RecoveryCodes []string
}

// ConfirmTOTP stores the secret of an app whose code is right, and counts as a sign-in with it. A wrong code may be typed again
// while the ticket lasts; a ticket that is none, or whose password has changed or has an app already, fails with sign_in_failed.
func (s *Service) ConfirmTOTP(ctx context.Context, in ConfirmTOTPInput) (*Confirmed, error) {
	t, ok := s.open(in.Ticket)
	if !ok {
		return nil, expired()
	}
	return op.Do(system(ctx, t.Org), s.Ops, OpTOTP, in, func(ctx context.Context, tx *ent.Tx) (*Confirmed, error) {
		p, m, err := s.admitted(ctx, tx, t.Password)
		if err != nil {
			return nil, err
		}
		if p.TotpSecret != nil || !p.SetAt.Equal(t.SetAt) {
			return nil, errs.New(errs.SignInFailed, "Your password has changed meanwhile. Sign in again.")
		}
		at, ok := step(secretText(t.Secret), plainCode(in.Code), op.Now(ctx), 0)
		if !ok {
			return nil, errs.Invalid(errs.Field{Path: "code", Code: "wrong", Message: "is not the one that the app shows; is the phone's clock right?"})
		}

		codes, hashes := s.newRecovery(p)
		p, err = tx.Password.UpdateOne(p).SetTotpSecret(s.Secrets.Seal(secretPlace(p.ID), t.Secret)).SetTotpStep(at).SetRecoveryHashes(hashes).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("store secret of an app: %w", err)
		}
		event.Emit(ctx, tx, event.Fact{Type: event.PasswordTOTPEnabled, Resource: "user", ID: m.ID, Object: map[string]any{"id": m.ID, "address": peer.Text(peer.From(ctx))}})
		if s.RequireTOTP {
			emitSignedIn(ctx, tx, p, factorTOTP)
		}
		return &Confirmed{Membership: m, RecoveryCodes: codes}, nil
	})
}
