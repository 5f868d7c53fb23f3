package sso

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/identity"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/ent/ssogroupmapping"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// UpdateProviderInput are the fields of an identity provider that change: absent means unchanged, null cleared.
type UpdateProviderInput struct {
	ProviderID pid.ID `path:"provider_id" json:"-" doc:"Identifier of the provider." example:"idp_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch    string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	Name         graphql.Omittable[*string]                  `json:"name,omitzero" nullable:"false" minLength:"1" maxLength:"200" doc:"Name on the sign-in button." example:"Riverside Google"`
	Profile      graphql.Omittable[*ssoprovider.Profile]     `json:"profile,omitzero" nullable:"false" enum:"google,microsoft,okta,keycloak,authentik,clever,classlink,other" doc:"Whose product it is; it changes nothing else." example:"google"`
	Issuer       graphql.Omittable[*string]                  `json:"issuer,omitzero" nullable:"false" minLength:"1" maxLength:"500" doc:"Issuer, exactly as its tokens say. Another issuer is other people: a client secret that is not sent along is forgotten, and domains are proved anew." example:"https://accounts.google.com"`
	ClientID     graphql.Omittable[*string]                  `json:"client_id,omitzero" nullable:"false" minLength:"1" maxLength:"500" doc:"Client id at the provider." example:"soloprint"`
	ClientSecret graphql.Omittable[*string]                  `json:"client_secret,omitzero" minLength:"1" maxLength:"1000" format:"password" doc:"Client secret at the provider, stored encrypted and never shown; null = a public client."`
	Scopes       graphql.Omittable[[]string]                 `json:"scopes,omitzero" nullable:"false" minItems:"1" maxItems:"30" uniqueItems:"true" maxLength:"200" doc:"Scopes asked for, openid among them." example:"openid"`
	Claims       graphql.Omittable[*schematype.Claims]       `json:"claims,omitzero" nullable:"false" doc:"Names of the claims that say who somebody is, all of them. Where subject or email changes, domains are proved anew."`
	Domains      graphql.Omittable[[]string]                 `json:"domains,omitzero" nullable:"false" maxItems:"20" uniqueItems:"true" maxLength:"253" doc:"All mail domains it answers for from now on. A new one has to be proved." example:"school.example"`
	RedirectURIs graphql.Omittable[[]string]                 `json:"redirect_uris,omitzero" nullable:"false" maxItems:"20" uniqueItems:"true" maxLength:"500" doc:"All exact addresses of other front ends to which a sign-in may return." example:"https://print.school.example/signed-in"`
	AutoCreate   graphql.Omittable[*ssoprovider.AutoCreate]  `json:"auto_create,omitzero" nullable:"false" enum:"off,pending,active" doc:"What somebody becomes who signs in and is no member: off = nothing, they are refused." example:"pending"`
	DefaultRole  graphql.Omittable[*ssoprovider.DefaultRole] `json:"default_role,omitzero" nullable:"false" enum:"owner,admin,operator,teacher,student" doc:"Role where no mapping gives one, not above your own." example:"student"`
	ForceSSO     graphql.Omittable[*bool]                    `json:"force_sso,omitzero" nullable:"false" doc:"While it is enabled, members sign in through a provider only."`
	State        graphql.Omittable[*string]                  `json:"state,omitzero" nullable:"false" enum:"enabled,disabled" doc:"enabled: people sign in through it; disabled: nobody does, and who is signed in stays." example:"enabled"`
}

// Validate implements op.Validator.
func (in UpdateProviderInput) Validate() []errs.Field {
	fields := checkIssuer(ssoprovider.ProfileOther, or(in.Issuer.Value(), ""))
	fields = append(fields, checkScopes(in.Scopes.Value())...)
	fields = append(fields, checkDomains(in.Domains.Value())...)
	return append(fields, checkRedirects(in.RedirectURIs.Value())...)
}

// change is the Input with whoever judges its address, before the transaction begins.
type change struct {
	UpdateProviderInput
	egress *egress.Client
}

// Prepare implements op.Preparer.
func (in change) Prepare(ctx context.Context) error {
	if issuer := in.Issuer.Value(); issuer != nil {
		return reachable(ctx, in.egress, *issuer)
	}
	return nil
}

// UpdateProvider changes an identity provider. It holds for all sign-ins that begin from now on.
func (s *Service) UpdateProvider(ctx context.Context, in UpdateProviderInput) (*ent.SSOProvider, error) {
	return op.Do(ctx, s.Ops, OpProviderUpdate, change{in, s.Egress}, func(ctx context.Context, tx *ent.Tx) (*ent.SSOProvider, error) {
		old, err := op.Load(ctx, tx.SSOProvider, in.ProviderID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		now := in.onto(old)
		if err := in.allowed(ctx, tx, old, now); err != nil {
			return nil, err
		}
		if err := in.rename(ctx, tx, old, now); err != nil {
			return nil, err
		}

		u := tx.SSOProvider.UpdateOne(old)
		write(u, old, now)
		s.reseal(u, in, old, now)
		if len(u.Mutation().Fields())+len(u.Mutation().ClearedFields()) == 0 {
			return old, nil
		}
		p, err := u.ClearLastTest().Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("update sso provider: %w", err)
		}

		object := shown(p)
		event.Emit(ctx, tx, event.Updated{Resource: "sso_provider", ID: p.ID, Object: object, Previous: record.Previous(shown(old), object)})
		return p, nil
	})
}

// onto is the provider as the request wants it, without its secret and domains.
func (in UpdateProviderInput) onto(old *ent.SSOProvider) *ent.SSOProvider {
	p := *old
	p.Name, p.Profile = or(in.Name.Value(), p.Name), or(in.Profile.Value(), p.Profile)
	p.Issuer, p.ClientID = or(in.Issuer.Value(), p.Issuer), or(in.ClientID.Value(), p.ClientID)
	p.Claims = or(in.Claims.Value(), p.Claims)
	p.AutoCreate, p.DefaultRole = or(in.AutoCreate.Value(), p.AutoCreate), or(in.DefaultRole.Value(), p.DefaultRole)
	p.ForceSSO = or(in.ForceSSO.Value(), p.ForceSSO)
	if v, ok := in.Scopes.ValueOK(); ok {
		p.Scopes = v
	}
	if v, ok := in.RedirectURIs.ValueOK(); ok {
		p.RedirectUris = listed(v)
	}
	if v := in.State.Value(); v != nil {
		p.State = ssoprovider.State(*v)
	}
	return &p
}

// renamed reports whether the provider would say of other claims, or of another issuer, who somebody is.
func renamed(old, now *ent.SSOProvider) bool {
	return old.Issuer != now.Issuer || old.Claims.Subject != now.Claims.Subject || old.Claims.Email != now.Claims.Email
}

// rename puts the domains into the provider. Where it says otherwise who people are, none of them is proved any more: a
// proved domain is what makes an address join an account.
func (in UpdateProviderInput) rename(ctx context.Context, tx *ent.Tx, old, now *ent.SSOProvider) error {
	names, kept := domainNames(old.Domains), old.Domains
	if v, ok := in.Domains.ValueOK(); ok {
		names = v
	}
	if renamed(old, now) {
		kept = nil
	}
	others, err := providers(ctx, tx)
	if err != nil {
		return err
	}
	now.Domains, err = named(names, kept, others, old.ID)
	return err
}

// allowed refuses whoever may not give what the provider gives: who sets an issuer decides who everybody is that comes
// through it. Disabling takes away, and needs no more than the capability.
func (in UpdateProviderInput) allowed(ctx context.Context, tx *ent.Tx, old, now *ent.SSOProvider) error {
	if fields := checkIssuer(now.Profile, now.Issuer); len(fields) > 0 { // the profile's own rule, where only that changes
		return errs.Invalid(fields...)
	}
	if now.State == ssoprovider.StateDisabled && in.only(in.State.IsSet()) {
		return nil
	}
	a := authz.From(ctx)
	for _, role := range []ssoprovider.DefaultRole{old.DefaultRole, now.DefaultRole} {
		if err := mayGive(a, string(role)); err != nil {
			return err
		}
	}
	if err := mayGiveMapped(ctx, tx, old.ID); err != nil {
		return err
	}
	if renamed(old, now) && a.Role != authz.RoleOwner {
		return ownersAreElsewhere(ctx, tx, old.ID)
	}
	return nil
}

// only reports whether nothing but the state is set.
func (in UpdateProviderInput) only(state bool) bool {
	return state && !(in.Name.IsSet() || in.Profile.IsSet() || in.Issuer.IsSet() || in.ClientID.IsSet() || in.ClientSecret.IsSet() || in.Scopes.IsSet() || in.Claims.IsSet() ||
		in.Domains.IsSet() || in.RedirectURIs.IsSet() || in.AutoCreate.IsSet() || in.DefaultRole.IsSet() || in.ForceSSO.IsSet())
}

// mayGiveMapped refuses whoever may not give what the provider's mappings give.
func mayGiveMapped(ctx context.Context, tx *ent.Tx, provider pid.ID) error {
	mappings, err := tx.SSOGroupMapping.Query().Where(ssogroupmapping.ProviderID(provider)).WithUserGroup().Limit(maxMappings).All(ctx)
	if err != nil {
		return fmt.Errorf("read group mappings: %w", err)
	}
	for _, m := range mappings {
		if err := mayMap(authz.From(ctx), m.Role, m.Edges.UserGroup); err != nil {
			return err
		}
	}
	return nil
}

// ownersAreElsewhere refuses whoever is no owner, where owners sign in through the provider: only an owner changes owners,
// and so says who they are.
func ownersAreElsewhere(ctx context.Context, tx *ent.Tx, provider pid.ID) error {
	owners, err := tx.Membership.Query().Where(membership.RoleEQ(membership.RoleOwner)).Select(membership.FieldUserID).Strings(ctx)
	if err != nil {
		return fmt.Errorf("read owners: %w", err)
	}
	users := make([]pid.ID, len(owners))
	for i, o := range owners {
		users[i] = pid.ID(o)
	}
	found, err := tx.Identity.Query().Where(identity.ProviderID(provider), identity.UserIDIn(users...)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("read identities: %w", err)
	}
	if found {
		return errs.New(errs.InsufficientPermissions, "Owners sign in through this provider: only an owner changes its issuer, and the claims that say who somebody is.")
	}
	return nil
}

// write sets what is new.
func write(u *ent.SSOProviderUpdateOne, old, now *ent.SSOProvider) {
	set(old.Name, now.Name, u.SetName)
	set(old.Profile, now.Profile, u.SetProfile)
	set(old.Issuer, now.Issuer, u.SetIssuer)
	set(old.ClientID, now.ClientID, u.SetClientID)
	set(old.Claims, now.Claims, u.SetClaims)
	set(old.AutoCreate, now.AutoCreate, u.SetAutoCreate)
	set(old.DefaultRole, now.DefaultRole, u.SetDefaultRole)
	set(old.ForceSSO, now.ForceSSO, u.SetForceSSO)
	set(old.State, now.State, u.SetState)
	set(old.Search, searchOf(now.Name, now.Issuer), u.SetSearch)
	if !slices.Equal(old.Scopes, now.Scopes) {
		u.SetScopes(now.Scopes)
	}
	if !slices.Equal(old.RedirectUris, now.RedirectUris) {
		u.SetRedirectUris(now.RedirectUris)
	}
	if !slices.Equal(old.Domains, now.Domains) {
		u.SetDomains(now.Domains)
	}
}

// set tells a value that is another one.
func set[T comparable](old, now T, tell func(T) *ent.SSOProviderUpdateOne) {
	if old != now {
		tell(now)
	}
}

// reseal keeps, replaces or forgets the secret. It is for the issuer that it was given for and goes to no other.
func (s *Service) reseal(u *ent.SSOProviderUpdateOne, in UpdateProviderInput, old, now *ent.SSOProvider) {
	plain, given := in.ClientSecret.ValueOK()
	switch {
	case given && plain != nil:
		u.SetClientSecret(s.Secrets.Seal(place(old.ID), []byte(*plain)))
	case (given || old.Issuer != now.Issuer) && len(old.ClientSecret) > 0:
		u.ClearClientSecret()
	}
}

// DeleteProvider deletes an identity provider with its mappings and identities, and ends the sessions that it opened. What
// its mappings granted stays, and is from now on as if granted by hand.
func (s *Service) DeleteProvider(ctx context.Context, in DeleteProviderInput) (*ent.SSOProvider, error) {
	return op.Do(ctx, s.Ops, OpProviderDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.SSOProvider, error) {
		p, err := op.Load(ctx, tx.SSOProvider, in.ProviderID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, p.Version); err != nil {
			return nil, err
		}

		err = tx.Session.Update().Where(session.ProviderID(p.ID), session.RevokedAtIsNil()).SetRevokedAt(op.Now(ctx)).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("end sessions: %w", err)
		}
		if err := tx.SSOProvider.DeleteOne(p).Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete sso provider: %w", err)
		}

		event.Emit(ctx, tx, event.Deleted{Resource: "sso_provider", ID: p.ID, Object: shown(p)})
		return p, nil
	})
}
