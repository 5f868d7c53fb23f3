package rest

import (
	"net/http"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/rest/generated"
)

// providerTime is how long a provider may take to be tested: four questions, each with a time limit of its own.
const providerTime = time.Minute

// SSOProvider is an identity provider with whether it has a secret; the secret is never shown.
type SSOProvider struct {
	generated.SSOProvider
	ClientSecretSet bool `json:"client_secret_set" doc:"Whether a client secret is stored. It is never shown." example:"true"`
}

func viewSSOProvider(p *ent.SSOProvider) SSOProvider {
	return SSOProvider{SSOProvider: generated.NewSSOProvider(p), ClientSecretSet: len(p.ClientSecret) > 0}
}

// SignedIn is who came in through an identity provider.
type SignedIn struct {
	AccessToken     *string              `json:"access_token" doc:"Bearer token of the session, this once; null where the membership waits to be let in." example:"slp_sess_01jd4c0n5xe2vb8w6h3ks9qt7m_…"`
	TokenType       string               `json:"token_type" doc:"How it is sent." example:"Bearer"`
	ExpiresAt       *time.Time           `json:"expires_at" doc:"When the session ends at the latest; null where there is none."`
	User            org.MeUser           `json:"user" doc:"The person."`
	Organization    org.MeOrganization   `json:"organization" doc:"The organization that the session is for."`
	Membership      generated.Membership `json:"membership" doc:"What the person is in the organization. status may be pending: somebody has to let them in."`
	AppliedMappings []pid.ID             `json:"applied_mappings" doc:"Group mappings that matched."`
}

func viewSignedIn(s *signin.SignedIn) SignedIn {
	v := SignedIn{TokenType: "Bearer", ExpiresAt: s.ExpiresAt, Membership: generated.NewMembership(s.Membership), AppliedMappings: s.Applied}
	if s.Token != "" {
		v.AccessToken = &s.Token
	}
	u, o := s.Membership.Edges.User, s.Organization
	v.User = org.MeUser{ID: u.ID, Email: u.Email, Name: s.Membership.Name, Locale: u.Locale}
	v.Organization = org.MeOrganization{ID: o.ID, Slug: o.Slug, Name: o.Name}
	return v
}

// loginCookie ties a sign-in to the browser that begins it.
func loginCookie(out any) http.Cookie {
	s := as[*signin.Started](out)
	return http.Cookie{Value: s.Binding, Expires: s.ExpiresAt}
}

// noLogin takes the cookie back.
func noLogin(any) http.Cookie { return http.Cookie{MaxAge: -1} }
