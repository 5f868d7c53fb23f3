package authn

import (
	"context"
	"net/http"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// Directory builds the actor of a SCIM request, which is an identity provider, or says why there is none. Keys and sessions
// open nothing there, and a SCIM token opens nothing else.
func (s *Service) Directory(r *http.Request) (*authz.Actor, error) {
	text, err := bearer(r)
	if err != nil {
		return nil, err
	}
	return s.actor(r, text, kindSCIM)
}

// provider is the actor behind a SCIM token.
func (s *Service) provider(ctx context.Context, t Token) (*authz.Actor, error) {
	p, err := s.Client.SSOProvider.Query().Where(ssoprovider.ID(t.rowID())).Only(ctx)
	if err := s.compare(t, err, func() bool { return s.scimMatches(p, t) }); err != nil {
		return nil, err
	}
	if p.State == ssoprovider.StateDisabled {
		return nil, errs.New(errs.TokenRevoked, "The identity provider is disabled.")
	}
	return authz.Directory(p.OrganizationID, p.ID), nil
}

// scimMatches compares with the current token and, during a rotation's overlap, the previous one.
func (s *Service) scimMatches(p *ent.SSOProvider, t Token) bool {
	h := s.Secrets.Hash(kindSCIM, t.String())
	current := secret.Equal(h, p.ScimHash)
	previous := p.ScimPreviousUntil != nil && s.Clock.Now().Before(*p.ScimPreviousUntil) && secret.Equal(h, p.ScimPreviousHash)
	return current || previous
}

// NewSCIMToken makes the SCIM token of an identity provider, and the hash that is stored of it.
func (s *Service) NewSCIMToken(provider pid.ID) (Token, []byte) {
	t := newToken(kindSCIM, provider)
	return t, s.Secrets.Hash(kindSCIM, t.String())
}
