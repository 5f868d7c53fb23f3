package graph

import (
	"context"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

type queueItemResolver struct{ *Resolver }

// QueueItem implements generated.ResolverRoot.
func (r *Resolver) QueueItem() generated.QueueItemResolver { return &queueItemResolver{r} }

// Eligibility is the operation's own answer where the item comes from one, with every printer where that says it. Items of
// a list get theirs together.
func (r *queueItemResolver) Eligibility(ctx context.Context, of *ent.QueueItem) (*schematype.Eligibility, error) {
	if of.Eligibility != nil {
		return of.Eligibility, nil
	}
	return together(ctx, r.Resolver, of, r.eligibilities)
}

// eligibilities judges items without touching them: other resolvers read them meanwhile. Of a file the selection has
// loaded what it shows, which may be less than the judgement needs.
func (r *Resolver) eligibilities(ctx context.Context, items []*ent.QueueItem) (map[*ent.QueueItem]*schematype.Eligibility, error) {
	copies := make([]*ent.QueueItem, len(items))
	for i, it := range items {
		judged := *it
		judged.Edges = ent.QueueItemEdges{}
		copies[i] = &judged
	}
	if err := r.Items.Summaries(ctx, copies); err != nil {
		return nil, err
	}
	of := make(map[*ent.QueueItem]*schematype.Eligibility, len(items))
	for i, it := range items {
		of[it] = copies[i].Eligibility
	}
	return of, nil
}

// item makes the answer of an operation on an item: reloaded where its selection needs it, with the eligibility that the
// operation found.
func (r *Resolver) item(ctx context.Context) func(*ent.QueueItem, error) (*ent.QueueItem, error) {
	return func(it *ent.QueueItem, err error) (*ent.QueueItem, error) {
		shown, err := reload[*ent.QueueItem](ctx, r.Client)(it, err)
		if err == nil && shown != it {
			shown.Eligibility = it.Eligibility
		}
		return shown, err
	}
}

// QueueItems is the query queueItems: a page of queue items.
func (r *queryResolver) QueueItems(ctx context.Context, after *ent.Cursor, first *int, before *ent.Cursor, last *int, orderBy *ent.QueueItemOrder, where *queue.ListQueueItemsInput) (page *ent.QueueItemConnection, err error) {
	filter := or(where, queue.ListQueueItemsInput{})
	conditions, err := r.Items.Where(ctx, filter)
	if err != nil {
		return nil, err
	}
	err = filter.Settle(conditions, func(conditions []predicate.QueueItem) ([]pid.ID, error) {
		page, err = r.Client.QueueItem.Query().Where(conditions...).Paginate(ctx, after, first, before, last, ent.WithQueueItemOrder(orderBy))
		if err != nil || len(filter.Eligibility) == 0 {
			return nil, err
		}
		return r.judge(ctx, page, filter)
	})
	return page, err
}

// judge leaves in a page what the rule says is eligible as asked, and names the rest. The selection has loaded of each item
// what it shows, so that the items are read once more for it.
func (r *Resolver) judge(ctx context.Context, page *ent.QueueItemConnection, filter queue.ListQueueItemsInput) ([]pid.ID, error) {
	ids := make([]pid.ID, len(page.Edges))
	for i, e := range page.Edges {
		ids[i] = e.Node.ID
	}
	items, err := r.Client.QueueItem.Query().Where(queueitem.IDIn(ids...)).Limit(len(ids)).All(ctx)
	if err == nil {
		err = r.Items.Summaries(ctx, items)
	}
	_, refused := filter.Judged(items)
	page.Edges = slices.DeleteFunc(page.Edges, func(e *ent.QueueItemEdge) bool { return slices.Contains(refused, e.Node.ID) })
	return refused, err
}

// QueueItemEligibility is the query queueItemEligibility.
func (r *queryResolver) QueueItemEligibility(ctx context.Context, queueItemID pid.ID) (*schematype.Eligibility, error) {
	return r.Matching.Eligibility(ctx, queue.QueueItemEligibilityInput{QueueItemID: queueItemID})
}

// CreateQueueItem is the mutation createQueueItem.
func (r *mutationResolver) CreateQueueItem(ctx context.Context, input queue.CreateQueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Items.Create(ctx, input))
}

// UpdateQueueItem is the mutation updateQueueItem.
func (r *mutationResolver) UpdateQueueItem(ctx context.Context, input queue.UpdateQueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Items.Update(ctx, input))
}

// RecomputeQueueItem is the mutation recomputeQueueItem.
func (r *mutationResolver) RecomputeQueueItem(ctx context.Context, input queue.QueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Matching.Recompute(ctx, input))
}

// AssignQueueItem is the mutation assignQueueItem.
func (r *mutationResolver) AssignQueueItem(ctx context.Context, input queue.AssignQueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Matching.Assign(ctx, input))
}

// UnassignQueueItem is the mutation unassignQueueItem.
func (r *mutationResolver) UnassignQueueItem(ctx context.Context, input queue.QueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Matching.Unassign(ctx, input))
}

// CancelQueueItem is the mutation cancelQueueItem.
func (r *mutationResolver) CancelQueueItem(ctx context.Context, input queue.QueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Items.Cancel(ctx, input))
}

// ApproveQueueItem is the mutation approveQueueItem.
func (r *mutationResolver) ApproveQueueItem(ctx context.Context, input queue.ApproveQueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Items.Approve(ctx, input))
}

// DenyQueueItem is the mutation denyQueueItem.
func (r *mutationResolver) DenyQueueItem(ctx context.Context, input queue.QueueItemReasonInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Items.Deny(ctx, input))
}

// RequestChangesQueueItem is the mutation requestChangesQueueItem.
func (r *mutationResolver) RequestChangesQueueItem(ctx context.Context, input queue.QueueItemReasonInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Items.RequestChanges(ctx, input))
}

// HoldQueueItem is the mutation holdQueueItem.
func (r *mutationResolver) HoldQueueItem(ctx context.Context, input queue.HoldQueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Items.Hold(ctx, input))
}

// ReleaseQueueItem is the mutation releaseQueueItem.
func (r *mutationResolver) ReleaseQueueItem(ctx context.Context, input queue.QueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Items.Release(ctx, input))
}

// MoveQueueItem is the mutation moveQueueItem.
func (r *mutationResolver) MoveQueueItem(ctx context.Context, input queue.MoveQueueItemInput) (*ent.QueueItem, error) {
	return r.item(ctx)(r.Items.Move(ctx, input))
}
