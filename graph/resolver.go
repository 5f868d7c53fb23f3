package graph

import (
	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/crud"
)

// Resolver is what resolvers call: the reader, which guard narrows to what the actor may see, and the services whose
// operations are mutations.
type Resolver struct {
	Client *ent.Client
	Crud   *crud.Service
}

type (
	queryResolver    struct{ *Resolver }
	mutationResolver struct{ *Resolver }
)

// Query implements generated.ResolverRoot.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

// Mutation implements generated.ResolverRoot.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }
