package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
)

// Memberships is the query memberships: a page of the organization's people.
func (r *queryResolver) Memberships(ctx context.Context, after *ent.Cursor, first *int, before *ent.Cursor, last *int, orderBy *ent.MembershipOrder, where *roster.ListUsersInput) (*ent.MembershipConnection, error) {
	return r.Client.Membership.Query().Where(or(where, roster.ListUsersInput{}).Predicates()...).
		Paginate(ctx, after, first, before, last, ent.WithMembershipOrder(orderBy))
}

// UpdateUser is the mutation updateUser.
func (r *mutationResolver) UpdateUser(ctx context.Context, input roster.UpdateUserInput) (*ent.Membership, error) {
	return reload[*ent.Membership](ctx, r.Client)(membershipOf(r.Roster.UpdateUser(ctx, input)))
}

// membershipOf is the row of a member.
func membershipOf(m *roster.Member, err error) (*ent.Membership, error) {
	if err != nil {
		return nil, err
	}
	return m.Membership, nil
}

// RemoveUser is the mutation removeUser.
func (r *mutationResolver) RemoveUser(ctx context.Context, membershipID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Roster.RemoveUser(ctx, roster.RemoveUserInput{MembershipID: membershipID, IfMatch: or(ifMatch, "")}))
}

// BulkUpdateUsers is the mutation bulkUpdateUsers.
func (r *mutationResolver) BulkUpdateUsers(ctx context.Context, input roster.BulkUpdateUsersInput) (*roster.BulkResult, error) {
	return r.Roster.BulkUpdateUsers(ctx, input)
}

// RollOverClass is the mutation rollOverClass.
func (r *mutationResolver) RollOverClass(ctx context.Context, input roster.RollOverInput) (*roster.RollOverResult, error) {
	return r.Roster.RollOver(ctx, input)
}

// UndoRollOverClass is the mutation undoRollOverClass.
func (r *mutationResolver) UndoRollOverClass(ctx context.Context, classID pid.ID) (*roster.RollOverResult, error) {
	return r.Roster.UndoRollOver(ctx, roster.UndoRollOverInput{ClassID: classID})
}
