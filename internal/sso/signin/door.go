package signin

import (
	"context"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/sso"
)

// Choices are the enabled providers of an organization, by name.
func (s *Service) Choices(ctx context.Context, organization string) (*ent.Organization, []*ent.SSOProvider, error) {
	actor, err := s.Doors.Door(ctx, organization)
	if err != nil {
		return nil, nil, err
	}
	type choices struct {
		o   *ent.Organization
		all []*ent.SSOProvider
	}
	found, err := op.Read(authz.With(ctx, actor), s.Ops, OpLook, StartInput{Organization: organization}, func(ctx context.Context, c *ent.Client) (choices, error) {
		o, err := c.Organization.Get(ctx, actor.Organization)
		if err != nil {
			return choices{}, err
		}
		all, err := c.SSOProvider.Query().Where(ssoprovider.StateEQ(ssoprovider.StateEnabled)).Order(ssoprovider.ByName(), ssoprovider.ByID()).Limit(maxProviders).All(ctx)
		return choices{o, all}, err
	})
	return found.o, slices.Clip(found.all), err
}

// ByMail are the enabled providers that proved the domain of a mail address, of any organization, with theirs. Nothing of it
// says whether there is such a person.
func (s *Service) ByMail(ctx context.Context, email string) ([]*ent.SSOProvider, error) {
	who := address(email)
	if who == "" {
		return nil, nil
	}
	found, err := s.Doors.Doors(ctx, who[strings.LastIndexByte(who, '@')+1:], "")
	return slices.DeleteFunc(found, func(p *ent.SSOProvider) bool { return !sso.ProvedFor(p, who) }), err
}

// ByIssuer are the enabled providers of an issuer, of any organization, with theirs; only the one that is named, where one is.
func (s *Service) ByIssuer(ctx context.Context, issuer string, provider pid.ID) ([]*ent.SSOProvider, error) {
	if issuer == "" {
		return nil, errs.NotFound("sso_provider")
	}
	found, err := s.Doors.Doors(ctx, "", issuer)
	if provider != "" {
		found = slices.DeleteFunc(found, func(p *ent.SSOProvider) bool { return p.ID != provider })
	}
	if err == nil && len(found) == 0 {
		err = errs.NotFound("sso_provider")
	}
	return found, err
}

// Invited is the organization of an invitation's token.
func (s *Service) Invited(ctx context.Context, token string) (pid.ID, error) {
	actor, err := s.Doors.Invite(ctx, token)
	if err != nil {
		return "", err
	}
	return actor.Organization, nil
}

// TryInput names a provider that an admin tries.
type TryInput struct {
	ProviderID pid.ID
	ReturnTo   string
}

// Try begins a sign-in that shows what a provider says and what it would be worth, whatever the provider's state. It lets nobody
// in.
func (s *Service) Try(ctx context.Context, in TryInput) (*Started, error) {
	p, err := op.Read(ctx, s.Ops, OpTry, in, func(ctx context.Context, c *ent.Client) (*ent.SSOProvider, error) {
		return op.Load(ctx, c.SSOProvider, in.ProviderID)
	})
	if err != nil {
		return nil, err
	}
	a := authz.From(ctx)
	return s.Begin(ctx, Beginning{StartInput: StartInput{Organization: string(a.Organization), ProviderID: p.ID}, ReturnTo: in.ReturnTo, Trial: true, AskedBy: a.Membership})
}
