package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/sso"
)

type ssoProviderResolver struct{ *Resolver }

// SSOProvider implements generated.ResolverRoot.
func (r *Resolver) SSOProvider() generated.SSOProviderResolver { return &ssoProviderResolver{r} }

// ClientSecretSet is whether a client secret is stored.
func (r *ssoProviderResolver) ClientSecretSet(_ context.Context, of *ent.SSOProvider) (bool, error) {
	return len(of.ClientSecret) > 0, nil
}

// SSOProviderProfiles is the query ssoProviderProfiles.
func (r *queryResolver) SSOProviderProfiles(ctx context.Context) ([]*sso.Profile, error) {
	known, err := r.SSO.Profiles(ctx, sso.ProfilesInput{})
	profiles := make([]*sso.Profile, len(known.Data))
	for i := range profiles {
		profiles[i] = &known.Data[i]
	}
	return profiles, err
}

// SSOGroupMappingEvaluate is the query ssoGroupMappingEvaluate.
func (r *queryResolver) SSOGroupMappingEvaluate(ctx context.Context, input sso.EvaluateInput) (*sso.Evaluation, error) {
	return pointer(r.SSO.Evaluate(ctx, input))
}

// CreateSSOProvider is the mutation createSsoProvider.
func (r *mutationResolver) CreateSSOProvider(ctx context.Context, input sso.CreateProviderInput) (*ent.SSOProvider, error) {
	return reload[*ent.SSOProvider](ctx, r.Client)(r.SSO.CreateProvider(ctx, input))
}

// UpdateSSOProvider is the mutation updateSsoProvider.
func (r *mutationResolver) UpdateSSOProvider(ctx context.Context, input sso.UpdateProviderInput) (*ent.SSOProvider, error) {
	return reload[*ent.SSOProvider](ctx, r.Client)(r.SSO.UpdateProvider(ctx, input))
}

// TestSSOProvider is the mutation testSsoProvider.
func (r *mutationResolver) TestSSOProvider(ctx context.Context, input sso.TestProviderInput) (*ent.SSOProvider, error) {
	return reload[*ent.SSOProvider](ctx, r.Client)(r.SSO.TestProvider(ctx, input))
}

// VerifySSOProviderDomain is the mutation verifySsoProviderDomain.
func (r *mutationResolver) VerifySSOProviderDomain(ctx context.Context, input sso.VerifyDomainInput) (*ent.SSOProvider, error) {
	return reload[*ent.SSOProvider](ctx, r.Client)(r.SSO.VerifyDomain(ctx, input))
}

// DeleteSSOProvider is the mutation deleteSsoProvider.
func (r *mutationResolver) DeleteSSOProvider(ctx context.Context, providerID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.SSO.DeleteProvider(ctx, sso.DeleteProviderInput{ProviderID: providerID, IfMatch: or(ifMatch, "")}))
}

// CreateSSOGroupMapping is the mutation createSsoGroupMapping.
func (r *mutationResolver) CreateSSOGroupMapping(ctx context.Context, input sso.CreateMappingInput) (*ent.SSOGroupMapping, error) {
	return reload[*ent.SSOGroupMapping](ctx, r.Client)(r.SSO.CreateMapping(ctx, input))
}

// UpdateSSOGroupMapping is the mutation updateSsoGroupMapping.
func (r *mutationResolver) UpdateSSOGroupMapping(ctx context.Context, input sso.UpdateMappingInput) (*ent.SSOGroupMapping, error) {
	return reload[*ent.SSOGroupMapping](ctx, r.Client)(r.SSO.UpdateMapping(ctx, input))
}

// DeleteSSOGroupMapping is the mutation deleteSsoGroupMapping.
func (r *mutationResolver) DeleteSSOGroupMapping(ctx context.Context, mappingID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.SSO.DeleteMapping(ctx, sso.DeleteMappingInput{MappingID: mappingID, IfMatch: or(ifMatch, "")}))
}

// CreateSSOProviderScimToken is the mutation createSsoProviderScimToken.
func (r *mutationResolver) CreateSSOProviderScimToken(ctx context.Context, providerID pid.ID, ifMatch *string) (*sso.IssuedToken, error) {
	return pointer(r.SSO.CreateToken(ctx, sso.CreateTokenInput{ProviderID: providerID, IfMatch: or(ifMatch, "")}))
}

// RotateSSOProviderScimToken is the mutation rotateSsoProviderScimToken.
func (r *mutationResolver) RotateSSOProviderScimToken(ctx context.Context, input sso.RotateTokenInput) (*sso.IssuedToken, error) {
	return pointer(r.SSO.RotateToken(ctx, input))
}

// RevokeSSOProviderScimToken is the mutation revokeSsoProviderScimToken.
func (r *mutationResolver) RevokeSSOProviderScimToken(ctx context.Context, providerID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.SSO.RevokeToken(ctx, sso.RevokeTokenInput{ProviderID: providerID, IfMatch: or(ifMatch, "")}))
}
