package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
)

// DeleteClass is the mutation deleteClass.
func (r *mutationResolver) DeleteClass(ctx context.Context, classID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Roster.DeleteClass(ctx, roster.DeleteClassInput{ClassID: classID, IfMatch: or(ifMatch, "")}))
}

// CreateEnrollment is the mutation createEnrollment.
func (r *mutationResolver) CreateEnrollment(ctx context.Context, input roster.EnrollInput) ([]*ent.Enrollment, error) {
	return r.Roster.Enroll(ctx, input)
}

// DeleteEnrollment is the mutation deleteEnrollment.
func (r *mutationResolver) DeleteEnrollment(ctx context.Context, classID, membershipID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Roster.Unenroll(ctx, roster.UnenrollInput{ClassID: classID, MembershipID: membershipID, IfMatch: or(ifMatch, "")}))
}

// CreateUserGroup is the mutation createUserGroup.
func (r *mutationResolver) CreateUserGroup(ctx context.Context, input roster.CreateUserGroupInput) (*ent.UserGroup, error) {
	return reload[*ent.UserGroup](ctx, r.Client)(r.Roster.CreateUserGroup(ctx, input))
}

// UpdateUserGroup is the mutation updateUserGroup.
func (r *mutationResolver) UpdateUserGroup(ctx context.Context, input roster.UpdateUserGroupInput) (*ent.UserGroup, error) {
	return reload[*ent.UserGroup](ctx, r.Client)(r.Roster.UpdateUserGroup(ctx, input))
}

// DeleteUserGroup is the mutation deleteUserGroup.
func (r *mutationResolver) DeleteUserGroup(ctx context.Context, userGroupID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Roster.DeleteUserGroup(ctx, roster.DeleteUserGroupInput{UserGroupID: userGroupID, IfMatch: or(ifMatch, "")}))
}

// CreateInvite is the mutation createInvite.
func (r *mutationResolver) CreateInvite(ctx context.Context, input roster.CreateInviteInput) (*roster.InviteLink, error) {
	return pointer(r.Invites.Create(ctx, input))
}

// ResendInvite is the mutation resendInvite.
func (r *mutationResolver) ResendInvite(ctx context.Context, input roster.ResendInviteInput) (*roster.InviteLink, error) {
	return pointer(r.Invites.Resend(ctx, input))
}

// DeleteInvite is the mutation deleteInvite.
func (r *mutationResolver) DeleteInvite(ctx context.Context, inviteID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Invites.Revoke(ctx, roster.RevokeInviteInput{InviteID: inviteID, IfMatch: or(ifMatch, "")}))
}
