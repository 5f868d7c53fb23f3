package authn

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/apikey"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// OrganizationHeader may name the session's organization, by id or slug.
const OrganizationHeader = "X-SoLoPrint-Organization"

// Service authenticates.
type Service struct {
	Client  *ent.Client
	Secrets *secret.Box
	Clock   clock.Clock
	Used    *UseLog // when keys and sessions were last used; nil = not kept
	Cookie  string  // name of the cookie that holds a session's token; "" = none is read
}

// Authenticate builds the actor of a request, or says why there is none.
func (s *Service) Authenticate(r *http.Request) (*authz.Actor, error) {
	text, kinds := s.cookie(r), []string{kindSession}
	if text == "" || r.Header.Get("Authorization") != "" {
		var err error
		if text, err = bearer(r); err != nil {
			return nil, err
		}
		kinds = append(kinds, kindKey)
	}
	return s.actor(r, text, kinds...)
}

// actor is who a token belongs to that is one of the kinds.
func (s *Service) actor(r *http.Request, text string, kinds ...string) (*authz.Actor, error) {
	t, ok := parseToken(text, kinds...)
	if !ok {
		return nil, errs.New(errs.InvalidToken, "The token is not one of ours, or part of it is missing.")
	}
	ctx := guard.AsSystem(r.Context())
	build := s.session
	switch t.Kind {
	case kindKey:
		build = s.key
	case kindSCIM:
		build = s.provider
	}
	a, err := build(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := s.organization(ctx, a, r.Header.Get(OrganizationHeader)); err != nil {
		return nil, err
	}
	s.Used.note(a, s.Clock.Now())
	return a, nil
}

// bearer is the token of the Authorization header.
func bearer(r *http.Request) (string, error) {
	h := r.Header.Values("Authorization")
	if len(h) == 0 || h[0] == "" {
		return "", errs.New(errs.MissingBearerToken, "Send Authorization: Bearer <api-key>.")
	}
	scheme, token, ok := strings.Cut(h[0], " ")
	if len(h) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", errs.New(errs.InvalidToken, "Send exactly one Authorization: Bearer <api-key> header.")
	}
	return token, nil
}

// key is the actor behind an API key.
func (s *Service) key(ctx context.Context, t Token) (*authz.Actor, error) {
	k, err := s.Client.APIKey.Query().Where(apikey.ID(t.rowID())).WithCreatedBy(withPerson).Only(ctx)
	if err := s.compare(t, err, func() bool { return s.keyMatches(k, t) }); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	if k.RevokedAt != nil {
		return nil, errs.New(errs.TokenRevoked, "The key was revoked.")
	}
	if k.ExpiresAt != nil && !now.Before(*k.ExpiresAt) {
		return nil, errs.New(errs.TokenExpired, "The key has expired.")
	}
	a, err := person(k.Edges.CreatedBy)
	if err != nil {
		return nil, err
	}
	a.Kind, a.ID = authz.KindAPIKey, k.ID
	a.Scopes = make([]authz.Capability, len(k.Scopes))
	for i, scope := range k.Scopes {
		a.Scopes[i] = authz.Capability(scope)
	}
	intersect(a)
	return a, nil
}

// keyMatches compares with the current secret and, during a rotation's overlap, the previous one.
func (s *Service) keyMatches(k *ent.APIKey, t Token) bool {
	h := s.Secrets.Hash(kindKey, t.String())
	current := secret.Equal(h, k.SecretHash)
	previous := k.PreviousUntil != nil && s.Clock.Now().Before(*k.PreviousUntil) && secret.Equal(h, k.PreviousHash)
	return current || previous
}

// session is the actor behind a session token.
func (s *Service) session(ctx context.Context, t Token) (*authz.Actor, error) {
	row, err := s.Client.Session.Query().Where(session.ID(t.rowID())).WithMembership(withPerson).Only(ctx)
	if err := s.compare(t, err, func() bool { return secret.Equal(s.Secrets.Hash(kindSession, t.String()), row.SecretHash) }); err != nil {
		return nil, err
	}
	if err := s.alive(row); err != nil {
		return nil, err
	}
	a, err := person(row.Edges.Membership)
	if err != nil {
		return nil, err
	}
	a.Kind, a.ID = authz.KindSession, row.ID
	return a, nil
}

// compare answers the same for an unknown token as for a wrong secret, and takes as long.
func (s *Service) compare(t Token, err error, matches func() bool) error {
	if ent.IsNotFound(err) {
		secret.Equal(s.Secrets.Hash(t.Kind, t.String()), make([]byte, 32))
		return errs.New(errs.InvalidToken, "There is no such token.")
	}
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	if !matches() {
		return errs.New(errs.InvalidToken, "There is no such token.")
	}
	return nil
}

// organization checks what the request says about the organization it is for.
func (s *Service) organization(ctx context.Context, a *authz.Actor, named string) error {
	if named == "" || named == string(a.Organization) {
		return nil
	}
	if !utf8.ValidString(named) { // no name of an organization, and PostgreSQL would refuse to look for it
		return errs.New(errs.OrganizationNotFound)
	}
	id, err := s.Client.Organization.Query().Where(organization.Or(organization.ID(pid.ID(named)), organization.Slug(named))).OnlyID(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return fmt.Errorf("read organization: %w", err)
	}
	if id == a.Organization {
		return nil
	}
	if err == nil && a.Kind == authz.KindSession {
		other, err := s.Client.Membership.Query().Where(membership.OrganizationID(id), membership.UserID(a.User), membership.DeletedAtIsNil()).Exist(ctx)
		if err != nil {
			return fmt.Errorf("read membership: %w", err)
		}
		if other {
			return errs.New(errs.SSORequired, "Sign in through that organization to act in it.")
		}
	}
	return errs.New(errs.OrganizationNotFound)
}

// NewKeyToken makes the token of a new or rotated API key, and the hash that is stored of it.
func (s *Service) NewKeyToken(id pid.ID) (Token, []byte) {
	t := newToken(kindKey, id)
	return t, s.Secrets.Hash(kindKey, t.String())
}
