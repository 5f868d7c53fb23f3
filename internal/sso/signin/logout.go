package signin

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/ent/spenttoken"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/sso/oidc"
)

// spentLife is how long the identifier of a logout token is remembered: longer than any token is valid.
const spentLife = 26 * time.Hour

// LogoutInput is what a provider posts to its back channel.
type LogoutInput struct {
	ProviderID pid.ID
	Token      string `maxLength:"16000"`
}

// ending is the Input with what Prepare found.
type ending struct {
	LogoutInput
	service *Service
	ended   *oidc.Ended
}

// Timeout implements op.Patient.
func (in *ending) Timeout() time.Duration { return providerTime + op.Timeout }

// Prepare implements op.Preparer: it judges the token.
func (in *ending) Prepare(ctx context.Context) error {
	s := in.service
	p, err := op.Read(ctx, s.Ops, OpLook, in.LogoutInput, func(ctx context.Context, c *ent.Client) (*ent.SSOProvider, error) {
		return c.SSOProvider.Get(ctx, in.ProviderID)
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	if in.ended, err = s.Provider.Logout(ctx, oidc.Config{Issuer: p.Issuer, ClientID: p.ClientID}, in.Token); err != nil {
		return refused(err)
	}
	return nil
}

// Logout ends the sessions that a provider's logout token names, once, and answers how many. It runs without an actor.
func (s *Service) Logout(ctx context.Context, in LogoutInput) (int, error) {
	actor, err := s.Doors.ProviderDoor(ctx, in.ProviderID)
	if err != nil {
		return 0, err
	}
	e := &ending{LogoutInput: in, service: s}
	return op.Do(authz.With(ctx, actor), s.Ops, OpBackOut, e, func(ctx context.Context, tx *ent.Tx) (int, error) {
		if _, err := op.Load(ctx, tx.SSOProvider, in.ProviderID); err != nil { // of two with one identifier, the second waits here
			return 0, err
		}
		sum := sha256.Sum256([]byte(e.ended.ID))
		spent, err := tx.SpentToken.Query().Where(spenttoken.ProviderID(in.ProviderID), spenttoken.TokenHash(sum[:])).Exist(ctx)
		if err != nil {
			return 0, fmt.Errorf("read spent token: %w", err)
		}
		if spent {
			return 0, errs.New(errs.SSORefused, "The logout token was used already.")
		}
		if err := tx.SpentToken.Create().SetProviderID(in.ProviderID).SetTokenHash(sum[:]).SetExpiresAt(op.Now(ctx).Add(spentLife)).Exec(ctx); err != nil {
			return 0, fmt.Errorf("note spent token: %w", err)
		}

		change := tx.Session.Update().Where(session.ProviderID(in.ProviderID), session.RevokedAtIsNil()).SetRevokedAt(op.Now(ctx))
		if e.ended.Session != "" {
			change.Where(session.ProviderSession(e.ended.Session))
		}
		if e.ended.Subject != "" {
			change.Where(session.ProviderSubject(e.ended.Subject))
		}
		return change.Save(ctx)
	})
}
