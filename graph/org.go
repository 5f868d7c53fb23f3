package graph

import (
	"context"

	"github.com/soloprint/soloprint/internal/org"
)

// Me is the query me.
func (r *queryResolver) Me(ctx context.Context) (*org.MeOutput, error) {
	return r.Org.Me(ctx, org.MeInput{})
}

// OrganizationContext is the query organizationContext.
func (r *queryResolver) OrganizationContext(ctx context.Context) (*org.ContextOutput, error) {
	return r.Org.Context(ctx, org.ContextInput{})
}
