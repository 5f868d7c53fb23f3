package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/pid"
)

// APIKeys is the query apiKeys: a page of API keys, the active ones where nothing else is asked for.
func (r *queryResolver) APIKeys(ctx context.Context, after *ent.Cursor, first *int, before *ent.Cursor, last *int, orderBy *ent.APIKeyOrder, where *apikey.ListInput) (*ent.APIKeyConnection, error) {
	conditions, err := r.Keys.Where(ctx, or(where, apikey.ListInput{}))
	if err != nil {
		return nil, err
	}
	return r.Client.APIKey.Query().Where(conditions...).Paginate(ctx, after, first, before, last, ent.WithAPIKeyOrder(orderBy))
}

// CreateAPIKey is the mutation createApiKey.
func (r *mutationResolver) CreateAPIKey(ctx context.Context, input apikey.CreateInput) (*apikey.Created, error) {
	return pointer(r.Keys.Create(ctx, input))
}

// RotateAPIKey is the mutation rotateApiKey.
func (r *mutationResolver) RotateAPIKey(ctx context.Context, input apikey.RotateInput) (*apikey.Created, error) {
	return pointer(r.Keys.Rotate(ctx, input))
}

// RevokeAPIKey is the mutation revokeApiKey.
func (r *mutationResolver) RevokeAPIKey(ctx context.Context, aPIKeyID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Keys.Revoke(ctx, apikey.RevokeInput{APIKeyID: aPIKeyID, IfMatch: or(ifMatch, "")}))
}
