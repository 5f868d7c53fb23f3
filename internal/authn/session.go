package authn

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/peer"
	"github.com/soloprint/soloprint/internal/pid"
)

// SessionLife is how long a session is valid, whoever uses it how.
const SessionLife = 12 * time.Hour

// browserIdle is how long a session in a browser lasts that nobody uses: people share machines at a school.
const browserIdle = 2 * time.Hour

// maxAgent is how much of a browser's name for itself is kept, in bytes.
const maxAgent = 300

// Opening is how a session was opened.
type Opening struct {
	ID                 pid.ID // empty = a new one
	By                 session.OpenedBy
	Provider, Identity pid.ID // of an identity provider; empty = none
	ProviderSession    string // the provider's name of its own session
	ProviderSubject    string // the provider's name of the person
	IDToken            []byte // sealed
	Browser            bool   // kept in a cookie
	UserAgent          string
}

// OpenSession makes a session for a membership and answers its token, which is shown once.
func (s *Service) OpenSession(ctx context.Context, m *ent.Membership, openedBy session.OpenedBy) (Token, time.Time, error) {
	return s.Open(lifted(ctx), s.Client.Session, m, Opening{By: openedBy})
}

// Open is OpenSession for any client, a transaction's too.
func (s *Service) Open(ctx context.Context, c *ent.SessionClient, m *ent.Membership, o Opening) (Token, time.Time, error) {
	if o.ID == "" {
		o.ID = pid.New("ses")
	}
	t := newToken(kindSession, o.ID)
	ends := s.Clock.Now().Add(SessionLife)
	row := c.Create().SetID(o.ID).SetOrganizationID(m.OrganizationID).SetMembershipID(m.ID).SetOpenedBy(o.By).
		SetProviderSession(o.ProviderSession).SetProviderSubject(o.ProviderSubject).SetUserAgent(o.UserAgent[:min(len(o.UserAgent), maxAgent)]).
		SetAddress(peer.Text(peer.From(ctx))).SetSecretHash(s.Secrets.Hash(kindSession, t.String())).SetExpiresAt(ends)
	if o.Provider != "" {
		row.SetProviderID(o.Provider).SetIdentityID(o.Identity)
	}
	if o.IDToken != nil {
		row.SetIDToken(o.IDToken)
	}
	if o.Browser {
		row.SetBrowser(true).SetIdleSeconds(int(browserIdle.Seconds()))
	}
	if err := row.Exec(ctx); err != nil {
		return Token{}, ends, fmt.Errorf("open session: %w", err)
	}
	return t, ends, nil
}

// alive refuses a session that was ended, or is over because of its time or because nobody used it.
func (s *Service) alive(row *ent.Session) error {
	now := s.Clock.Now()
	if row.RevokedAt != nil {
		return errs.New(errs.TokenRevoked, "The session was ended.")
	}
	if !now.Before(row.ExpiresAt) {
		return errs.New(errs.TokenExpired, "The session is over. Sign in again.")
	}
	used := row.CreatedAt
	if row.LastUsedAt != nil {
		used = *row.LastUsedAt
	}
	if row.IdleSeconds > 0 && now.Sub(used) > time.Duration(row.IdleSeconds)*time.Second {
		return errs.New(errs.TokenExpired, "The session is over, because nobody used it for a while. Sign in again.")
	}
	return nil
}

// cookie is the token of the session's cookie, "" where there is none.
func (s *Service) cookie(r *http.Request) string {
	if s.Cookie == "" {
		return ""
	}
	c, err := r.Cookie(s.Cookie)
	if err != nil {
		return ""
	}
	return c.Value
}
