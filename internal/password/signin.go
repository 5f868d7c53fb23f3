package password

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/password"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/peer"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/throttle"
)

// actor is the name under which signing in acts, until somebody is known.
const actor = "password"

// SignInInput is what somebody types.
type SignInInput struct {
	Organization string // slug or id; "" where the person has one password only
	Email        string
	Password     string
	Code         string // of the authenticator app, or a recovery code; "" for who has none
}

// SignedIn is who came in. Where an authenticator app is required first there is a Setup and no Membership yet.
type SignedIn struct {
	Membership *ent.Membership
	Setup      *Setup // for who has no authenticator app yet
}

// account is whom a try is for: the address alone, so that the organization's spellings share one budget.
func (in SignInInput) account() string { return strings.ToLower(strings.TrimSpace(in.Email)) }

// reason is why a sign-in was refused, for the event and the log; the answer never says.
type reason string

const (
	noPassword   reason = "no_password" // no such account, or one without a password
	wrong        reason = "password"
	wrongCode    reason = "code"
	notAllowed   reason = "not_allowed" // an owner no more, or one who was rescued where all others have to come by SSO
	notActive    reason = "not_active"
	changedSince reason = "changed"
)

// refusal is a sign-in that was refused.
type refusal struct {
	why reason
	p   *ent.Password // nil where there is none
}

func (r refusal) Error() string { return "sign-in refused: " + string(r.why) }

// SignIn compares a password and its code. It fails with sign_in_failed, whatever is wrong, and with rate_limited after too many
// tries. The caller opens the session.
func (s *Service) SignIn(ctx context.Context, in SignInInput) (*SignedIn, error) {
	floor := time.NewTimer(s.Floor)
	defer floor.Stop()
	try := throttle.Try{Kind: throttle.Password, Address: peer.From(ctx), Account: in.account()}
	if err := s.Tries.Take(ctx, try); err != nil {
		return nil, err
	}
	done, err := s.attempt(ctx, in)
	var r refusal
	switch {
	case err == nil:
		return done, s.Tries.Succeeded(ctx, try)
	case errors.Is(err, secret.ErrBusy):
		e := errs.Wrap(errs.New(errs.RateLimited, "Too many people sign in at this moment. Try again."), err)
		e.Retry = 2 * time.Second
		return nil, e
	case !errors.As(err, &r):
		return nil, err
	}
	if err := s.tell(ctx, r); err != nil {
		return nil, err
	}
	select {
	case <-floor.C:
	case <-ctx.Done():
	}
	return nil, errs.Wrap(errs.New(errs.SignInFailed, "That did not work. Check mail address, password and code."), r)
}

// attempt compares the password, whether or not there is one, then enters.
func (s *Service) attempt(ctx context.Context, in SignInInput) (*SignedIn, error) {
	p, err := s.Find(ctx, strings.TrimSpace(in.Organization), in.account())
	hash := secret.NoPassword()
	switch {
	case err == nil:
		hash = p.Hash
	case errs.From(err).Kind != errs.KindNotFound:
		return nil, err
	}
	given := in.Password
	if len(given) > utf8.UTFMax*MaxLength { // no password is that long, and hashing it would take longer
		given = ""
	}
	matches, err := s.Hasher.Matches(ctx, hash, normal(given))
	switch {
	case err != nil:
		return nil, err
	case p == nil:
		return nil, refusal{why: noPassword}
	case !matches:
		return nil, refusal{wrong, p}
	case p.TotpSecret == nil && s.RequireTOTP:
		return s.first(ctx, p)
	}
	m, err := s.enter(system(ctx, p.OrganizationID), entering{PasswordID: p.ID, Hash: p.Hash, Code: in.Code})
	if err != nil || p.TotpSecret != nil {
		return &SignedIn{Membership: m}, err
	}
	offer, err := s.setup(p)
	return &SignedIn{Membership: m, Setup: offer}, err
}

// system is the context of signing in to an organization.
func system(ctx context.Context, organization pid.ID) context.Context {
	return authz.With(ctx, authz.System(organization, actor))
}

// first is a sign-in that an authenticator app has to follow: nothing happens yet but that somebody who may come in is told how.
func (s *Service) first(ctx context.Context, p *ent.Password) (*SignedIn, error) {
	_, err := s.enter(system(ctx, p.OrganizationID), entering{PasswordID: p.ID, Hash: p.Hash, looking: true})
	if err != nil {
		return nil, err
	}
	offer, err := s.setup(p)
	return &SignedIn{Setup: offer}, err
}

// entering is the second half of a sign-in, after the hash.
type entering struct {
	PasswordID pid.ID
	Hash       string
	Code       string
	looking    bool // writes nothing
}

// enter locks the password, so that of two who come with one code one is refused, and says that somebody came in.
func (s *Service) enter(ctx context.Context, in entering) (*ent.Membership, error) {
	return op.Do(ctx, s.Ops, OpSignIn, in, func(ctx context.Context, tx *ent.Tx) (*ent.Membership, error) {
		p, m, err := s.admitted(ctx, tx, in.PasswordID)
		if err != nil {
			return nil, err
		}
		if p.Hash != in.Hash {
			return nil, refuse(changedSince, p)
		}
		if in.looking {
			return m, nil
		}

		factor, err := s.factor(ctx, tx, p, in.Code)
		if err != nil {
			return nil, err
		}
		emitSignedIn(ctx, tx, p, factor)
		return m, nil
	})
}

// refuse is a refusal that op.Do hands on as it is.
func refuse(why reason, p *ent.Password) error {
	return errs.Wrap(errs.New(errs.SignInFailed), refusal{why, p})
}

// admitted reads and locks a password with its member, and refuses who may not use it as things stand.
func (s *Service) admitted(ctx context.Context, tx *ent.Tx, id pid.ID) (*ent.Password, *ent.Membership, error) {
	p, err := op.Load(ctx, tx.Password, id)
	if err != nil {
		return nil, nil, gone(err)
	}
	m, err := op.Load(ctx, tx.Membership, p.MembershipID)
	if err != nil {
		return nil, nil, gone(err)
	}
	if m.Status != membership.StatusActive || m.DeletedAt != nil {
		return nil, nil, refuse(notActive, p)
	}
	if m.Role == membership.RoleOwner {
		return p, m, nil
	}
	forced, err := tx.SSOProvider.Query().Where(ssoprovider.StateEQ(ssoprovider.StateEnabled), ssoprovider.ForceSSO(true)).Exist(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read identity providers: %w", err)
	}
	if p.Origin != password.OriginRescue || forced {
		return nil, nil, refuse(notAllowed, p)
	}
	return p, m, nil
}

// gone is a refusal where the row was removed since it was found.
func gone(err error) error {
	if errs.From(err).Kind == errs.KindNotFound {
		return refuse(noPassword, nil)
	}
	return err
}

// Factors beside the password, as events say them.
const (
	factorNone     = "none"
	factorTOTP     = "totp"
	factorRecovery = "recovery_code"
)

// factor takes the code, which is used up then: a step of the app, or one of the recovery codes.
func (s *Service) factor(ctx context.Context, tx *ent.Tx, p *ent.Password, code string) (string, error) {
	if p.TotpSecret == nil {
		return factorNone, nil
	}
	raw, err := s.Secrets.Open(secretPlace(p.ID), p.TotpSecret)
	if err != nil {
		return "", fmt.Errorf("read secret of an app: %w", err)
	}
	code = plainCode(code)
	if at, ok := step(secretText(raw), code, op.Now(ctx), p.TotpStep); ok {
		if err := tx.Password.UpdateOne(p).SetTotpStep(at).Exec(ctx); err != nil {
			return "", fmt.Errorf("use code: %w", err)
		}
		return factorTOTP, nil
	}
	hash := s.recoveryHash(p, code)
	at := slices.IndexFunc(p.RecoveryHashes, func(h []byte) bool { return secret.Equal(h, hash) })
	if at < 0 {
		return "", refuse(wrongCode, p)
	}
	left := slices.Delete(slices.Clone(p.RecoveryHashes), at, at+1)
	if err := tx.Password.UpdateOne(p).SetRecoveryHashes(left).Exec(ctx); err != nil {
		return "", fmt.Errorf("use recovery code: %w", err)
	}
	p.RecoveryHashes = left
	return factorRecovery, nil
}

func emitSignedIn(ctx context.Context, tx *ent.Tx, p *ent.Password, factor string) {
	event.Emit(ctx, tx, event.Fact{Type: event.PasswordSignedIn, Resource: "user", ID: p.MembershipID, Object: map[string]any{
		"id": p.MembershipID, "factor": factor, "recovery_codes_left": len(p.RecoveryHashes), "address": peer.Text(peer.From(ctx))}})
}

// tell writes down who was refused: to the log, and to the organization's events where it was a member.
func (s *Service) tell(ctx context.Context, r refusal) error {
	attrs := []slog.Attr{slog.String("reason", string(r.why)), slog.String("address", peer.Text(peer.From(ctx)))}
	if r.p != nil {
		attrs = append(attrs, slog.String("membership", string(r.p.MembershipID)))
	}
	s.Log.LogAttrs(ctx, slog.LevelWarn, "sign-in with a password refused", attrs...)
	if r.p == nil {
		return nil
	}
	_, err := op.Do(system(ctx, r.p.OrganizationID), s.Ops, OpRefuse, struct{}{}, func(ctx context.Context, tx *ent.Tx) (struct{}, error) {
		event.Emit(ctx, tx, event.Fact{Type: event.PasswordSignInFailed, Resource: "user", ID: r.p.MembershipID, Object: map[string]any{
			"id": r.p.MembershipID, "reason": string(r.why), "address": peer.Text(peer.From(ctx))}})
		return struct{}{}, nil
	})
	return err
}
