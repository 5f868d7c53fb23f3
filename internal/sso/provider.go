package sso

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// maxProviders is how many identity providers an organization has at most: all of them stand on its sign-in page.
const maxProviders = 20

// CreateProviderInput is a new identity provider.
type CreateProviderInput struct {
	Name         string                   `json:"name" required:"true" minLength:"1" maxLength:"200" doc:"Name on the sign-in button." example:"Riverside Google"`
	Profile      *ssoprovider.Profile     `json:"profile,omitempty" enum:"google,microsoft,okta,keycloak,authentik,clever,classlink,other" doc:"Whose product it is; it fills in what the request leaves out; absent = other." example:"google"`
	Slug         string                   `json:"slug,omitempty" maxLength:"60" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" doc:"Short name in addresses; absent = made of the name." example:"riverside-google"`
	Issuer       string                   `json:"issuer,omitempty" maxLength:"500" doc:"Issuer, exactly as its tokens say; absent = that of the profile, where all customers have the same." example:"https://accounts.google.com"`
	ClientID     string                   `json:"client_id" required:"true" minLength:"1" maxLength:"500" doc:"Client id at the provider." example:"soloprint"`
	ClientSecret string                   `json:"client_secret,omitempty" minLength:"1" maxLength:"1000" format:"password" doc:"Client secret at the provider, stored encrypted and never shown; absent = a public client."`
	Scopes       []string                 `json:"scopes,omitempty" minItems:"1" maxItems:"30" uniqueItems:"true" maxLength:"200" doc:"Scopes asked for, openid among them; absent = those of the profile." example:"openid"`
	Claims       *schematype.Claims       `json:"claims,omitempty" doc:"Names of the claims that say who somebody is; absent = those of the profile."`
	Domains      []string                 `json:"domains,omitempty" maxItems:"20" uniqueItems:"true" maxLength:"253" doc:"Mail domains it answers for. Each has to be proved." example:"school.example"`
	RedirectURIs []string                 `json:"redirect_uris,omitempty" maxItems:"20" uniqueItems:"true" maxLength:"500" doc:"Exact addresses of other front ends to which a sign-in may return." example:"https://print.school.example/signed-in"`
	AutoCreate   *ssoprovider.AutoCreate  `json:"auto_create,omitempty" enum:"off,pending,active" doc:"What somebody becomes who signs in and is no member: off = nothing, they are refused; absent = off." example:"pending"`
	DefaultRole  *ssoprovider.DefaultRole `json:"default_role,omitempty" enum:"owner,admin,operator,teacher,student" doc:"Role where no mapping gives one, not above your own; absent = student." example:"student"`
	ForceSSO     *bool                    `json:"force_sso,omitempty" doc:"While it is enabled, members sign in through a provider only; absent = false."`
}

// Validate implements op.Validator.
func (in CreateProviderInput) Validate() []errs.Field {
	profile := or(in.Profile, ssoprovider.ProfileOther)
	var fields []errs.Field
	if in.Issuer == "" && profileOf(profile).Issuer == "" {
		fields = append(fields, errs.Field{Path: "issuer", Code: "required", Message: "is required: every customer of this product has one of their own"})
	}
	fields = append(fields, checkIssuer(profile, in.Issuer)...)
	fields = append(fields, checkScopes(in.Scopes)...)
	fields = append(fields, checkDomains(in.Domains)...)
	return append(fields, checkRedirects(in.RedirectURIs)...)
}

// issuer is the one asked for, or the profile's.
func (in CreateProviderInput) issuer() string {
	if in.Issuer != "" {
		return in.Issuer
	}
	return profileOf(or(in.Profile, ssoprovider.ProfileOther)).Issuer
}

// creation is the Input with whoever judges its address, before the transaction begins.
type creation struct {
	CreateProviderInput
	egress *egress.Client
}

// Prepare implements op.Preparer.
func (in creation) Prepare(ctx context.Context) error { return reachable(ctx, in.egress, in.issuer()) }

// reachable refuses an issuer at an address that nothing is sent to. A name that DNS does not know is let pass: every
// request to it is judged again.
func reachable(ctx context.Context, c *egress.Client, url string) error {
	err := c.Check(ctx, egress.Request{URL: url, HTTPS: true})
	if r, ok := egress.ReasonOf(err); ok && r != egress.AddressBlocked {
		return nil
	}
	return err
}

// CreateProvider makes an identity provider. It lets nobody in until it is enabled.
func (s *Service) CreateProvider(ctx context.Context, in CreateProviderInput) (*ent.SSOProvider, error) {
	return op.Do(ctx, s.Ops, OpProviderCreate, creation{in, s.Egress}, func(ctx context.Context, tx *ent.Tx) (*ent.SSOProvider, error) {
		p := in.provider()
		if err := mayGive(authz.From(ctx), string(p.DefaultRole)); err != nil {
			return nil, err
		}
		others, err := providers(ctx, tx)
		if err != nil {
			return nil, err
		}
		if len(others) >= maxProviders {
			return nil, errs.New(errs.SSOLimitReached, "An organization has at most %d identity providers.", maxProviders)
		}
		if p.Domains, err = named(in.Domains, nil, others, ""); err != nil {
			return nil, err
		}

		c := tx.SSOProvider.Create().SetID(p.ID).SetName(p.Name).SetSlug(freeSlug(in.Slug, p, others)).SetProfile(p.Profile).SetIssuer(p.Issuer).SetClientID(p.ClientID).
			SetScopes(p.Scopes).SetClaims(p.Claims).SetDomains(p.Domains).SetRedirectUris(p.RedirectUris).SetAutoCreate(p.AutoCreate).
			SetDefaultRole(p.DefaultRole).SetForceSSO(p.ForceSSO).SetSearch(searchOf(p.Name, p.Issuer))
		if in.ClientSecret != "" {
			c.SetClientSecret(s.Secrets.Seal(place(p.ID), []byte(in.ClientSecret)))
		}
		if p, err = c.Save(ctx); err != nil {
			return nil, fmt.Errorf("insert sso provider: %w", err)
		}

		event.Emit(ctx, tx, event.Created{Resource: "sso_provider", ID: p.ID, Object: shown(p)})
		return p, nil
	})
}

// provider is the row that a request asks for, with what its profile fills in.
func (in CreateProviderInput) provider() *ent.SSOProvider {
	profile := profileOf(or(in.Profile, ssoprovider.ProfileOther))
	p := &ent.SSOProvider{ID: pid.New("idp"), Name: in.Name, Profile: profile.Profile, Issuer: in.issuer(), ClientID: in.ClientID,
		Scopes: in.Scopes, Claims: or(in.Claims, profile.Claims), RedirectUris: listed(in.RedirectURIs),
		AutoCreate: or(in.AutoCreate, ssoprovider.AutoCreateOff), DefaultRole: or(in.DefaultRole, ssoprovider.DefaultRoleStudent), ForceSSO: or(in.ForceSSO, false)}
	if len(p.Scopes) == 0 {
		p.Scopes = profile.Scopes
	}
	return p
}

// providers are all of the organization's.
func providers(ctx context.Context, tx *ent.Tx) ([]*ent.SSOProvider, error) {
	rows, err := tx.SSOProvider.Query().Order(ssoprovider.ByID()).Limit(maxProviders + 1).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read sso providers: %w", err)
	}
	return rows, nil
}

// freeSlug is the slug asked for, which the database refuses where it is taken, or one made of the name that is free.
func freeSlug(asked string, p *ent.SSOProvider, others []*ent.SSOProvider) string {
	if asked != "" {
		return asked
	}
	taken := func(slug string) bool {
		return slices.ContainsFunc(others, func(o *ent.SSOProvider) bool { return o.Slug == slug })
	}
	base := slugOf(p.Name)
	if base == "" {
		base = string(p.Profile)
	}
	slug := base
	for n := 2; taken(slug); n++ {
		slug = base + "-" + strconv.Itoa(n)
	}
	return slug
}

// slugOf is what of a name may stand in an address.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	slug := strings.Join(words, "-")
	return strings.TrimRight(slug[:min(len(slug), 50)], "-")
}

// searchOf is the text in which q= looks.
func searchOf(name, issuer string) string { return listing.Fold(name, issuer) }

// shown is a provider as its events show it: with whether it has a secret, never with the secret.
func shown(p *ent.SSOProvider) map[string]any {
	o := record.SSOProvider(p)
	o["client_secret_set"] = len(p.ClientSecret) > 0
	delete(o, "last_test") // its telemetry, which no change is
	delete(o, "scim_last_used_at")
	return o
}

// DeleteProviderInput names an identity provider.
type DeleteProviderInput struct {
	ProviderID pid.ID `path:"provider_id" json:"-" doc:"Identifier of the provider." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch    string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}
