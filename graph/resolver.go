package graph

import (
	"sync"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/webhook"
)

// Resolver is what resolvers call: the reader, which guard narrows to what the actor may see, and the services whose
// operations are mutations.
type Resolver struct {
	Client   *ent.Client
	Crud     *crud.Service
	Org      *org.Service
	Roster   *roster.Service
	Invites  *roster.Invites
	Keys     *apikey.Service
	Hooks    *webhook.Service
	Reports  *report.Service
	Fleet    *fleet.Service
	Material *material.Service
	Files    *file.Service
	Items    *queue.Items
	Matching *queue.Matching
	Dispatch *queue.Dispatch
	Notify   *notify.Service
	Live     *live.Hub
	SSO      *sso.Service

	batches sync.Mutex // guards the batches that requests keep
}

type (
	queryResolver    struct{ *Resolver }
	mutationResolver struct{ *Resolver }
)

// Query implements generated.ResolverRoot.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

// Mutation implements generated.ResolverRoot.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

// pointer is a result that is null where the operation failed.
func pointer[T any](v T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// present shows a row that may be missing.
func present[E any](e *E, show func(*E, error) (*E, error)) (*E, error) {
	if e == nil {
		return nil, nil
	}
	return show(e, nil)
}
