package signin

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/login"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/sso/oidc"
)

// Times of a login.
const (
	loginLife    = 10 * time.Minute // from the beginning to the answer
	providerTime = 30 * time.Second // all that a provider is asked in one step
	maxProviders = 50
)

// Kinds under which what names a login is hashed.
const (
	kindState   = "sso_state"
	kindBinding = "sso_binding"
)

// StartInput says where somebody wants in.
type StartInput struct {
	Organization string `query:"organization" required:"true" maxLength:"100" doc:"The organization, by slug or identifier." example:"riverside"`
	ProviderID   pid.ID `query:"provider_id" maxLength:"60" doc:"The identity provider; may be left out where only one is enabled." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	RedirectURI  string `query:"redirect_uri" maxLength:"2000" doc:"Where the provider sends the browser back, one of the provider's redirect_uris; absent = to the console." example:"https://app.school.example/signed-in"`
	LoginHint    string `query:"login_hint" maxLength:"320" doc:"The person's address, for the provider's form." example:"ada@school.example"`
}

// Beginning is a StartInput with what only the console says.
type Beginning struct {
	StartInput
	Invite   string        // token of an invitation that is accepted by this sign-in
	ReturnTo string        // path of this installation to go to afterwards
	MaxAge   time.Duration // how long ago the person may have signed in at the provider; 0 = any time
	Trial    bool          // shows what the provider says, and lets nobody in
	AskedBy  pid.ID        // of a trial: the admin's membership
}

// Started is a sign-in that has begun.
type Started struct {
	AuthorizationURL string    `json:"authorization_url" doc:"Where to send the browser." example:"https://id.school.example/authorize?client_id=soloprint"`
	State            string    `json:"state" doc:"Comes back with the answer." example:"mz4tq7kx2c9wmz4tq7kx2c9w"`
	Binding          string    `json:"binding" doc:"Ties the sign-in to this browser. It is set as a cookie too; a client without cookies sends it to complete." example:"q8c2w9x7kt4zq8c2w9x7kt4z"`
	ExpiresAt        time.Time `json:"expires_at" doc:"Until when it may be completed."`
}

// kept is what of a login is sealed.
type kept struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Invite   string `json:"invite,omitempty"`
}

// Start begins a sign-in for a front end of somebody's own. It runs without an actor.
func (s *Service) Start(ctx context.Context, in StartInput) (*Started, error) {
	return s.Begin(ctx, Beginning{StartInput: in})
}

// Begin begins a sign-in: it writes the login and answers where the browser goes.
func (s *Service) Begin(ctx context.Context, in Beginning) (*Started, error) {
	actor, err := s.Doors.Door(ctx, in.Organization)
	if err != nil {
		return nil, err
	}
	b := &beginning{Beginning: in, service: s, state: rand.Text(), binding: rand.Text(), kept: kept{Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Invite: in.Invite}}
	return op.Do(authz.With(ctx, actor), s.Ops, OpStart, b, func(ctx context.Context, tx *ent.Tx) (*Started, error) {
		ends, id := op.Now(ctx).Add(loginLife), pid.New("lgn")
		sealed, err := s.seal(id, b.kept)
		if err != nil {
			return nil, err
		}
		c := tx.Login.Create().SetID(id).SetProviderID(b.provider.ID).SetStateHash(s.Secrets.Hash(kindState, b.state)).SetBindingHash(s.Secrets.Hash(kindBinding, b.binding)).
			SetSecrets(sealed).SetIssuer(b.provider.Issuer).SetClientID(b.provider.ClientID).SetRedirectURI(b.redirect).SetReturnTo(in.ReturnTo).
			SetMaxAgeSeconds(int(in.MaxAge.Seconds())).SetExpiresAt(ends)
		if in.Trial {
			c.SetPurpose(login.PurposeTrial).SetAskedByID(in.AskedBy)
		}
		if err := c.Exec(ctx); err != nil {
			return nil, fmt.Errorf("write login: %w", err)
		}
		return &Started{AuthorizationURL: b.url, State: b.state, Binding: b.binding, ExpiresAt: ends}, nil
	})
}

// beginning is the Input with what Prepare finds out.
type beginning struct {
	Beginning
	service        *Service
	state, binding string
	kept           kept
	provider       *ent.SSOProvider
	redirect, url  string
}

// Timeout implements op.Patient.
func (b *beginning) Timeout() time.Duration { return providerTime + op.Timeout }

// Prepare implements op.Preparer: it chooses the provider and asks it where to go.
func (b *beginning) Prepare(ctx context.Context) (err error) {
	if b.provider, err = b.choose(ctx); err != nil {
		return err
	}
	b.redirect = b.service.callback()
	if b.RedirectURI != "" && b.RedirectURI != b.redirect {
		if !slices.Contains(b.provider.RedirectUris, b.RedirectURI) {
			return errs.Invalid(errs.Field{Path: "redirect_uri", Code: "not_allowed", Message: "is none of the provider's redirect_uris"})
		}
		b.redirect = b.RedirectURI
	}
	conf, err := b.service.config(b.provider, b.redirect)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	ask := oidc.Ask{State: b.state, Nonce: b.kept.Nonce, Verifier: b.kept.Verifier, LoginHint: b.LoginHint, MaxAge: b.MaxAge}
	if b.Trial {
		ask.Prompt = "select_account"
	}
	if b.url, err = b.service.Provider.AuthorizationURL(ctx, conf, ask); err != nil {
		return errs.Wrap(errs.New(errs.SSOUnavailable, "The identity provider does not answer, or not as it did when it was set up."), err)
	}
	return nil
}

// choose is the provider that is meant: the one named, or the only one that is enabled.
func (b *beginning) choose(ctx context.Context) (*ent.SSOProvider, error) {
	return op.Read(ctx, b.service.Ops, OpLook, b.StartInput, func(ctx context.Context, c *ent.Client) (*ent.SSOProvider, error) {
		q := c.SSOProvider.Query().Order(ssoprovider.ByName(), ssoprovider.ByID()).Limit(maxProviders)
		if !b.Trial {
			q.Where(ssoprovider.StateEQ(ssoprovider.StateEnabled))
		}
		if b.ProviderID != "" {
			q.Where(ssoprovider.ID(b.ProviderID))
		}
		found, err := q.All(ctx)
		switch {
		case err != nil:
			return nil, fmt.Errorf("read sso providers: %w", err)
		case len(found) == 0:
			return nil, errs.NotFound("sso_provider")
		case len(found) > 1:
			return nil, errs.Invalid(errs.Field{Path: "provider_id", Code: "required", Message: "is required: the organization has several identity providers"})
		}
		return found[0], nil
	})
}

// place is where what a login keeps is sealed.
func place(id pid.ID) secret.Place {
	return secret.Place{Table: "logins", Row: string(id), Column: "secrets"}
}

func (s *Service) seal(id pid.ID, k kept) ([]byte, error) {
	plain, err := json.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("write login: %w", err)
	}
	return s.Secrets.Seal(place(id), plain), nil
}

func (s *Service) unseal(l *ent.Login) (k kept, err error) {
	plain, err := s.Secrets.Open(place(l.ID), l.Secrets)
	if err == nil {
		err = json.Unmarshal(plain, &k)
	}
	if err != nil {
		return k, fmt.Errorf("open login: %w", err)
	}
	return k, nil
}

// Return is a path of this installation that a sign-in may go back to, or "": nothing that a browser could take for another
// host's address (https://cheatsheetseries.owasp.org, Unvalidated Redirects and Forwards).
func Return(to string) string {
	if len(to) > 2000 || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
		return ""
	}
	if strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }) || strings.Contains(strings.ToLower(to), "%09") ||
		strings.Contains(strings.ToLower(to), "%5c") || strings.HasPrefix(strings.ToLower(to), "/%2f") || strings.HasPrefix(to, "/.") {
		return ""
	}
	return to
}
