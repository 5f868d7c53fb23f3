package signin

import (
	"context"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/login"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/sso/oidc"
)

// CompleteInput is what came back from the provider.
type CompleteInput struct {
	State   string `json:"state" required:"true" maxLength:"200" doc:"As start answered it." example:"mz4tq7kx2c9wmz4tq7kx2c9w"`
	Code    string `json:"code" required:"true" maxLength:"4000" doc:"The code that the provider sent." example:"SplxlOBeZQQYbYS6WxSbIA"`
	Issuer  string `json:"iss,omitempty" maxLength:"500" doc:"The issuer that the provider sent, where it did (RFC 9207)." example:"https://id.school.example"`
	Binding string `json:"binding,omitempty" maxLength:"200" doc:"As start answered it, for clients without cookies." example:"q8c2w9x7kt4zq8c2w9x7kt4z"`
	Cookie  string `json:"-" cookie:"slp_login" maxLength:"200"`
}

// Ending is a CompleteInput with what the request says of the browser.
type Ending struct {
	CompleteInput
	Error     string // of the provider's answer
	Browser   bool   // the session is for a cookie
	UserAgent string
}

// SignedIn is somebody who came in, or who may once somebody lets them.
type SignedIn struct {
	Token        string // of the session, this once; "" for a membership that waits, and for a trial
	ExpiresAt    *time.Time
	Membership   *ent.Membership // with its account
	Organization *ent.Organization
	Applied      []pid.ID // mappings that matched
	ReturnTo     string
	Trial        *Trial
}

// Trial is what a provider said of somebody, and what it would be worth.
type Trial struct {
	Provider *ent.SSOProvider
	Claims   map[string]any
	Outcome  sso.Outcome
	Who      string // what would become of them: known, linked, invited, new, refused
}

// Complete completes a sign-in of a front end of somebody's own. It runs without an actor.
func (s *Service) Complete(ctx context.Context, in CompleteInput) (*SignedIn, error) {
	return s.End(ctx, Ending{CompleteInput: in})
}

// End brings a sign-in to its end. Errors: sso_state_invalid where it is not one that this browser began, or is over;
// sso_sign_in_refused, sso_not_a_member, sso_account_conflict, membership_not_active; sso_provider_unavailable.
func (s *Service) End(ctx context.Context, in Ending) (*SignedIn, error) {
	if err := s.Tries.Allow(ctx); err != nil {
		return nil, err
	}
	ctx, l, err := s.begun(ctx, in)
	if errs.Is(err, errs.SSOStateInvalid) {
		if counted := s.Tries.Failed(ctx); counted != nil {
			return nil, counted
		}
	}
	if err != nil {
		return nil, err
	}
	out, err := s.finish(ctx, l, in)
	if err != nil {
		return nil, s.failed(ctx, l, err)
	}
	return out, nil
}

// begun takes the login that the browser brings back, and answers the context of its organization.
func (s *Service) begun(ctx context.Context, in Ending) (context.Context, *ent.Login, error) {
	actor, err := s.Doors.LoginDoor(ctx, s.Secrets.Hash(kindState, in.State))
	if err != nil {
		return ctx, nil, err
	}
	ctx = authz.With(ctx, actor)
	l, err := s.take(ctx, in)
	return ctx, l, err
}

// notBegun is the answer to whoever brings no login of their own: why it is none says nothing to them.
func notBegun() error {
	return errs.New(errs.SSOStateInvalid, "This sign-in was not begun in this browser, was used already, or took longer than ten minutes. Begin again.")
}

// taking is the Input of take.
type taking struct{ State, Binding, Cookie string }

// take takes a login: its row is gone afterwards, so that of two answers one counts. Another browser takes nothing.
func (s *Service) take(ctx context.Context, in Ending) (*ent.Login, error) {
	return op.Do(ctx, s.Ops, OpTake, taking{in.State, in.Binding, in.Cookie}, func(ctx context.Context, tx *ent.Tx) (*ent.Login, error) {
		id, err := tx.Login.Query().Where(login.StateHash(s.Secrets.Hash(kindState, in.State))).OnlyID(ctx)
		if ent.IsNotFound(err) {
			return nil, notBegun()
		}
		if err != nil {
			return nil, err
		}
		l, err := op.Load(ctx, tx.Login, id)
		if err != nil {
			return nil, notBegun()
		}
		binding := in.Binding
		if binding == "" {
			binding = in.Cookie
		}
		if binding == "" || !secret.Equal(s.Secrets.Hash(kindBinding, binding), l.BindingHash) {
			return nil, notBegun()
		}
		if !op.Now(ctx).Before(l.ExpiresAt) {
			return nil, notBegun()
		}
		return l, tx.Login.DeleteOne(l).Exec(ctx)
	})
}

// finish redeems the code and lets the person in.
func (s *Service) finish(ctx context.Context, l *ent.Login, in Ending) (*SignedIn, error) {
	if in.Error != "" || in.Code == "" {
		return nil, &oidc.Refusal{Reason: oidc.ProviderError, Err: errs.New(errs.SSORefused, "The provider sent you back without signing you in.")}
	}
	k, err := s.unseal(l)
	if err != nil {
		return nil, err
	}
	p, err := op.Read(ctx, s.Ops, OpLook, taking{}, func(ctx context.Context, c *ent.Client) (*ent.SSOProvider, error) {
		return c.SSOProvider.Get(ctx, l.ProviderID)
	})
	if err != nil {
		return nil, err
	}
	if err := asBegun(p, l); err != nil {
		return nil, err
	}
	conf, err := s.config(p, l.RedirectURI)
	if err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	id, err := s.Provider.Redeem(asking, conf, oidc.Answer{Code: in.Code, Issuer: in.Issuer, Nonce: k.Nonce, Verifier: k.Verifier, MaxAge: time.Duration(l.MaxAgeSeconds) * time.Second})
	if err != nil {
		return nil, err
	}
	return s.enter(ctx, entering{login: l, begun: p, invite: k.Invite, identity: id, Ending: in})
}

// failed tells of a sign-in that was refused, and answers what the person reads. What the provider said in its own words is
// for the log.
func (s *Service) failed(ctx context.Context, l *ent.Login, err error) error {
	reason := string(oidc.ReasonOf(err))
	answer := err
	switch {
	case reason == string(oidc.Unreachable):
		answer = errs.Wrap(errs.New(errs.SSOUnavailable, "The identity provider does not answer. Try again in a few minutes."), err)
	case reason == string(oidc.ProviderError):
		answer = errs.Wrap(errs.New(errs.SSORefused, "The provider sent you back without signing you in."), err)
	case reason != "":
		answer = errs.Wrap(errs.New(errs.SSORefused, "What the provider says of you was not believed (%s). An admin of your organization can see why in the audit log.", reason), err)
	default:
		reason = string(errs.From(err).Code)
	}
	_, note := op.Do(ctx, s.Ops, OpFail, failing{l.ProviderID, reason}, func(ctx context.Context, tx *ent.Tx) (int, error) {
		event.Emit(ctx, tx, event.Fact{Type: event.SSOSignInFailed, Resource: "sso_provider", ID: l.ProviderID, Object: map[string]any{"id": l.ProviderID, "reason": reason}})
		return 0, nil
	})
	if note != nil {
		return note
	}
	return answer
}

// failing is the Input of failed.
type failing struct {
	Provider pid.ID
	Reason   string
}
