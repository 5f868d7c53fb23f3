package apikey

import (
	"context"
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/apikey"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
)

// ListInput says which keys a list shows.
type ListInput struct {
	listing.APIKeys
	Status []string `query:"status" maxItems:"3" enum:"active,expired,revoked" doc:"Only those with one of these statuses; absent = active."`
}

// List reads one page of the organization's keys. None of it is secret.
func (s *Service) List(ctx context.Context, in ListInput) (page.List[*ent.APIKey], error) {
	return op.Read(ctx, s.Ops, OpList, in, func(ctx context.Context, c *ent.Client) (page.List[*ent.APIKey], error) {
		return in.Page(ctx, c.APIKey.Query().Where(in.standing(op.Now(ctx))), in.Status)
	})
}

// Where are the conditions of all the list's filters, for GraphQL's lists.
func (s *Service) Where(ctx context.Context, in ListInput) ([]predicate.APIKey, error) {
	return op.Read(ctx, s.Ops, OpList, in, func(ctx context.Context, _ *ent.Client) ([]predicate.APIKey, error) {
		return append(in.Predicates(), in.standing(op.Now(ctx))), nil
	})
}

// standing is the condition on what has become of a key. One that was revoked is revoked, whenever it would have ended.
func (in ListInput) standing(now time.Time) predicate.APIKey {
	conditions := map[string]predicate.APIKey{
		"active":  apikey.And(apikey.RevokedAtIsNil(), apikey.Or(apikey.ExpiresAtIsNil(), apikey.ExpiresAtGT(now))),
		"expired": apikey.And(apikey.RevokedAtIsNil(), apikey.ExpiresAtLTE(now)),
		"revoked": apikey.RevokedAtNotNil(),
	}
	if len(in.Status) == 0 {
		return conditions["active"]
	}
	var wanted []predicate.APIKey
	for _, status := range slices.Sorted(slices.Values(in.Status)) {
		wanted = append(wanted, conditions[status])
	}
	return apikey.Or(wanted...)
}
