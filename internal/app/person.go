package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/password"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/rest"
)

// OpenAPI is the OpenAPI document of a server at an address.
func OpenAPI(publicURL, version string) ([]byte, error) {
	return (&rest.Server{Routes: new(rest.API).Routes(), PublicURL: publicURL, ServerVersion: version, Events: eventSamples()}).OpenAPI()
}

// NewKey is what the operator says of an API key.
type NewKey struct {
	Organization, Email, Name string
	Scopes                    []string      // capabilities; "all" for all
	Life                      time.Duration // 0 = for ever
}

// CreateKey makes an API key in the name of a member and answers it, this once.
func (a *App) CreateKey(ctx context.Context, n NewKey) (string, error) {
	actor, _, err := a.Person(ctx, n.Organization, n.Email)
	if err != nil {
		return "", err
	}
	if slices.Equal(n.Scopes, []string{"all"}) {
		n.Scopes = everyScope()
	}
	in := apikey.CreateInput{Name: n.Name, Scopes: n.Scopes, ExpiresAt: graphql.OmittableOf[*time.Time](nil)}
	if n.Life > 0 {
		ends := a.Config.Clock.Now().Add(n.Life)
		in.ExpiresAt = graphql.OmittableOf(&ends)
	}
	made, err := a.APIKeys.Create(authz.With(ctx, actor), in)
	if err != nil {
		return "", err
	}
	return made.Secret, nil
}

// OpenSession opens a session of 12 hours for a member and answers its token, this once.
func (a *App) OpenSession(ctx context.Context, organization, email string) (string, error) {
	_, m, err := a.Person(ctx, organization, email)
	if err != nil {
		return "", err
	}
	token, _, err := a.Authn.OpenSession(ctx, m, session.OpenedByOperator)
	return token.String(), err
}

// ProveDomain notes that the operator vouches for a mail domain of an identity provider. Its event says that it was the operator.
func (a *App) ProveDomain(ctx context.Context, organization, provider, domain string) error {
	owner, _, err := a.Person(ctx, organization, "")
	if err != nil {
		return err
	}
	service := &sso.Service{Ops: a.Ops}
	_, err = service.MarkDomain(authz.With(ctx, authz.System(owner.Organization, "operator")), sso.MarkDomainInput{Slug: provider, Domain: domain})
	return err
}

// SCIMToken makes, rotates or revokes the SCIM token of an identity provider in the name of the organization's first owner. It
// answers the token, this once, and "" where it was revoked.
func (a *App) SCIMToken(ctx context.Context, organization, provider, verb string) (string, error) {
	owner, _, err := a.Person(ctx, organization, "")
	if err != nil {
		return "", err
	}
	ctx = authz.With(ctx, owner)
	id, err := a.Client.SSOProvider.Query().Where(ssoprovider.Slug(provider)).OnlyID(ctx)
	if err != nil {
		return "", fmt.Errorf("find identity provider %q: %w", provider, err)
	}
	service := &sso.Service{Ops: a.Ops, Tokens: tokens{a.Authn}}
	switch verb {
	case "rotate":
		made, err := service.RotateToken(ctx, sso.RotateTokenInput{ProviderID: id})
		return made.Token, err
	case "revoke":
		_, err := service.RevokeToken(ctx, sso.RevokeTokenInput{ProviderID: id})
		return "", err
	}
	made, err := service.CreateToken(ctx, sso.CreateTokenInput{ProviderID: id})
	return made.Token, err
}

// Person finds a member for a command that the operator gives in their name. An empty organization is the person's only
// one; an empty email is the organization's first owner.
func (a *App) Person(ctx context.Context, org, email string) (*authz.Actor, *ent.Membership, error) {
	q := a.Client.Membership.Query().Where(membership.DeletedAtIsNil()).Order(ent.Asc(membership.FieldCreatedAt, membership.FieldID)).Limit(2)
	if org != "" {
		q.Where(membership.HasOrganizationWith(organization.Or(organization.Slug(org), organization.ID(pid.ID(org)))))
	}
	if email != "" {
		q.Where(membership.HasUserWith(user.Email(strings.ToLower(email))))
	} else {
		q.Where(membership.RoleEQ(membership.RoleOwner))
	}
	found, err := q.All(everybody(ctx))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("find member: %w", err)
	case len(found) == 0:
		return nil, nil, nobody(org, email)
	case len(found) > 1 && email != "":
		return nil, nil, fmt.Errorf("%s is in several organizations: say which with --organization", email)
	}
	actor, err := a.Authn.Person(ctx, found[0].ID)
	return actor, found[0], err
}

// nobody says who was not found.
func nobody(org, email string) error {
	switch {
	case org == "" && email == "":
		return errors.New("there is no organization yet")
	case email == "":
		return fmt.Errorf("there is no organization %q with an owner", org)
	case org == "":
		return fmt.Errorf("nobody has the address %s", email)
	}
	return fmt.Errorf("there is no member %s in the organization %q", email, org)
}

// NewOrganization is what the operator says of one.
type NewOrganization struct {
	Name, Slug, Kind, TimeZone, Currency string
	OwnerName, OwnerEmail, OwnerPassword string // without a password the owner comes in otherwise
}

// Bootstrap makes an organization with its owner. Only the operator of the machine can: it has no route.
func (a *App) Bootstrap(ctx context.Context, n NewOrganization) (*ent.Organization, *ent.Membership, error) {
	ctx = guard.AsSystem(ctx)
	tx, err := a.Client.Tx(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	o, err := tx.Organization.Create().SetName(n.Name).SetSlug(n.Slug).SetKind(organization.Kind(n.Kind)).SetTimeZone(n.TimeZone).
		SetCurrency(n.Currency).SetSettings(schematype.DefaultSettings()).Save(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("create organization: %w", err)
	}
	u, err := tx.User.Create().SetEmail(strings.ToLower(n.OwnerEmail)).SetName(n.OwnerName).Save(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("create owner: %w", err)
	}
	m, err := tx.Membership.Create().SetOrganizationID(o.ID).SetUserID(u.ID).SetRole(membership.RoleOwner).SetStatus(membership.StatusActive).
		SetName(n.OwnerName).SetSearch(listing.Fold(n.OwnerName, u.Email)).Save(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("create owner: %w", err)
	}
	if n.OwnerPassword != "" {
		err := tx.Password.Create().SetOrganizationID(o.ID).SetMembershipID(m.ID).SetHash(secret.HashPassword(n.OwnerPassword)).SetOrigin(password.OriginOwner).
			SetSetAt(a.Config.Clock.Now()).Exec(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("set password: %w", err)
		}
	}
	if err := notify.Seed(ctx, tx, o.ID); err != nil {
		return nil, nil, err
	}
	return o, m, tx.Commit()
}
