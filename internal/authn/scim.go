package authn

import (
	"context"
	"fmt"
	"net/http"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// Directory builds the actor of a SCIM request, which is an identity provider, or says why there is none. Keys and sessions
// open nothing here, and a SCIM token opens nothing else.
func (s *Service) Directory(r *http.Request) (*authz.Actor, error) {
	text, err := bearer(r)
	if err != nil {
		return nil, err
	}
	t, ok := parseToken(text, kindSCIM)
	if !ok {
		return nil, errs.New(errs.InvalidToken, "The token is no SCIM token, or part of it is missing.")
	}
	ctx := guard.AsSystem(r.Context())
	p, err := s.Client.SSOProvider.Query().Where(ssoprovider.ID(t.rowID())).Only(ctx)
	if err := s.compare(t, err, func() bool { return s.scimMatches(p, t) }); err != nil {
		return nil, err
	}
	if p.State == ssoprovider.StateDisabled {
		return nil, errs.New(errs.TokenRevoked, "The identity provider is disabled.")
	}
	a := authz.Directory(p.OrganizationID, p.ID)
	s.Used.note(a, s.Clock.Now())
	return a, nil
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

// SCIMProvider is the provider of an organization with a slug, for commands that the operator of the machine gives.
func (s *Service) SCIMProvider(ctx context.Context, organization pid.ID, slug string) (pid.ID, error) {
	id, err := s.Client.SSOProvider.Query().Where(ssoprovider.OrganizationID(organization), ssoprovider.Slug(slug)).OnlyID(guard.AsSystem(ctx))
	if err != nil {
		return "", fmt.Errorf("find identity provider %q: %w", slug, err)
	}
	return id, nil
}
