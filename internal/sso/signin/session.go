package signin

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/sso/oidc"
)

// maxSessions is how many sessions of a person are shown, the newest first.
const maxSessions = 100

// ListSessionsInput asks for one's own sessions.
type ListSessionsInput struct{}

// ListSessions are the sessions of the person that have not ended, the newest first.
func (s *Service) ListSessions(ctx context.Context, in ListSessionsInput) ([]*ent.Session, error) {
	return op.Read(ctx, s.Ops, OpSessionList, in, func(ctx context.Context, c *ent.Client) ([]*ent.Session, error) {
		return c.Session.Query().Where(session.MembershipID(authz.From(ctx).Membership), session.RevokedAtIsNil(), session.ExpiresAtGT(op.Now(ctx))).
			WithProvider().Order(ent.Desc(session.FieldCreatedAt, session.FieldID)).Limit(maxSessions).All(ctx)
	})
}

// EndSessionInput names one of one's own sessions; none = all of them, this one too.
type EndSessionInput struct {
	SessionID pid.ID `json:"session_id,omitempty" maxLength:"60" doc:"The session; absent = all." example:"ses_01jd4c0n5xe2vb8w6h3ks9qt7m"`
}

// EndSession ends one or all of the person's own sessions, at once and on every server. It answers how many.
func (s *Service) EndSession(ctx context.Context, in EndSessionInput) (int, error) {
	return op.Do(ctx, s.Ops, OpSessionEnd, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		change := tx.Session.Update().Where(session.MembershipID(authz.From(ctx).Membership), session.RevokedAtIsNil()).SetRevokedAt(op.Now(ctx))
		if in.SessionID != "" {
			change.Where(session.ID(in.SessionID))
		}
		n, err := change.Save(ctx)
		if err == nil && n == 0 && in.SessionID != "" {
			return 0, errs.NotFound("session")
		}
		return n, err
	})
}

// EndMemberSessionsInput names a member.
type EndMemberSessionsInput struct {
	MembershipID pid.ID `json:"membership_id" required:"true" maxLength:"60" doc:"The member." example:"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"`
}

// EndMemberSessions signs a member out everywhere. It answers how many sessions ended.
func (s *Service) EndMemberSessions(ctx context.Context, in EndMemberSessionsInput) (int, error) {
	return op.Do(ctx, s.Ops, OpMemberEnd, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		m, err := op.Load(ctx, tx.Membership, in.MembershipID)
		if err != nil {
			return 0, err
		}
		return tx.Session.Update().Where(session.MembershipID(m.ID), session.RevokedAtIsNil()).SetRevokedAt(op.Now(ctx)).Save(ctx)
	})
}

// SignOutInput ends the session that asks.
type SignOutInput struct{}

// SignedOut is where the browser may go to sign out at the provider too; "" = nowhere.
type SignedOut struct{ ProviderURL string }

// signedOut is what a session remembers of its provider.
type signedOut struct {
	provider *ent.SSOProvider
	idToken  string
}

// SignOut ends the session that asks, and answers where its provider is signed out of.
func (s *Service) SignOut(ctx context.Context, in SignOutInput) (SignedOut, error) {
	ended, err := op.Do(ctx, s.Ops, OpSignOut, in, func(ctx context.Context, tx *ent.Tx) (signedOut, error) {
		row, err := tx.Session.Query().Where(session.ID(authz.From(ctx).ID)).WithProvider().Only(ctx)
		if err != nil {
			return signedOut{}, err
		}
		if err := tx.Session.UpdateOneID(row.ID).SetRevokedAt(op.Now(ctx)).Exec(ctx); err != nil {
			return signedOut{}, err
		}
		out := signedOut{provider: row.Edges.Provider}
		if len(row.IDToken) > 0 {
			plain, err := s.Secrets.Open(tokenPlace(row.ID), row.IDToken)
			if err != nil {
				return signedOut{}, fmt.Errorf("open id token: %w", err)
			}
			out.idToken = string(plain)
		}
		return out, nil
	})
	if err != nil || ended.provider == nil {
		return SignedOut{}, err
	}
	conf := oidc.Config{Issuer: ended.provider.Issuer, ClientID: ended.provider.ClientID}
	return SignedOut{ProviderURL: s.Provider.EndSessionURL(ctx, conf, ended.idToken, s.PublicURL+"/sign-in")}, nil
}

// tokenPlace is where the ID token of a session is sealed.
func tokenPlace(id pid.ID) secret.Place {
	return secret.Place{Table: "sessions", Row: string(id), Column: "id_token"}
}
