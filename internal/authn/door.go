package authn

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/login"
	"github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
)

// atTheDoor is the name under which somebody acts who signs in, until they are somebody.
const atTheDoor = "sign_in"

// maxDoors is how many providers somebody is offered to choose from.
const maxDoors = 20

// Door is the actor for signing in to an organization, named by slug or identifier.
func (s *Service) Door(ctx context.Context, named string) (*authz.Actor, error) {
	if !utf8.ValidString(named) || strings.ContainsRune(named, 0) {
		return nil, errs.New(errs.OrganizationNotFound)
	}
	id, err := s.Client.Organization.Query().Where(organization.Or(organization.ID(pid.ID(named)), organization.Slug(named))).OnlyID(lifted(ctx))
	if ent.IsNotFound(err) {
		return nil, errs.New(errs.OrganizationNotFound)
	}
	return door(id, err)
}

// LoginDoor is the actor for completing the login of a state.
func (s *Service) LoginDoor(ctx context.Context, stateHash []byte) (*authz.Actor, error) {
	l, err := s.Client.Login.Query().Where(login.StateHash(stateHash)).Only(lifted(ctx))
	if ent.IsNotFound(err) {
		return nil, errs.New(errs.SSOStateInvalid, "This sign-in was not begun in this browser, was used already, or took longer than ten minutes. Begin again.")
	}
	if err != nil {
		return nil, fmt.Errorf("find login: %w", err)
	}
	return door(l.OrganizationID, nil)
}

// ProviderDoor is the actor for what an identity provider says by itself.
func (s *Service) ProviderDoor(ctx context.Context, provider pid.ID) (*authz.Actor, error) {
	if !provider.Valid("idp") {
		return nil, errs.NotFound("sso_provider")
	}
	p, err := s.Client.SSOProvider.Query().Where(ssoprovider.ID(provider), ssoprovider.StateEQ(ssoprovider.StateEnabled)).Only(lifted(ctx))
	if ent.IsNotFound(err) {
		return nil, errs.NotFound("sso_provider")
	}
	if err != nil {
		return nil, fmt.Errorf("find provider: %w", err)
	}
	return door(p.OrganizationID, nil)
}

func door(organization pid.ID, err error) (*authz.Actor, error) {
	if err != nil {
		return nil, fmt.Errorf("find organization: %w", err)
	}
	return authz.System(organization, atTheDoor), nil
}

// Doors are enabled providers of all organizations with theirs, by name: those that proved the mail domain, or those of the
// issuer. They are public: whoever knows the domain or the issuer may ask.
func (s *Service) Doors(ctx context.Context, domain, issuer string) ([]*ent.SSOProvider, error) {
	if !utf8.ValidString(domain+issuer) || strings.ContainsRune(domain+issuer, 0) {
		return nil, nil
	}
	q := s.Client.SSOProvider.Query().Where(ssoprovider.StateEQ(ssoprovider.StateEnabled)).WithOrganization().Order(ssoprovider.ByName(), ssoprovider.ByID()).Limit(maxDoors)
	if issuer != "" {
		q.Where(ssoprovider.Issuer(issuer))
	} else {
		q.Where(named(domain))
	}
	found, err := q.All(lifted(ctx))
	if err != nil {
		return nil, fmt.Errorf("find providers: %w", err)
	}
	return found, nil
}

// named holds for providers that have a mail domain, proved or not.
func named(domain string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		entry, _ := json.Marshal(domain) // a text always has a form
		s.Where(sql.P(func(b *sql.Builder) {
			column := s.C(ssoprovider.FieldDomains)
			if s.Dialect() == dialect.Postgres {
				b.WriteString(column + " @> ").Arg(`[{"name":` + string(entry) + `}]`)
				return
			}
			b.WriteString("EXISTS (SELECT 1 FROM json_each(" + column + ") WHERE json_extract(json_each.value, '$.name') = ").Arg(domain).WriteByte(')')
		}))
	}
}

// lifted is the context of questions about who is nobody yet: the guard would find nothing.
func lifted(ctx context.Context) context.Context { return guard.AsSystem(ctx) }
