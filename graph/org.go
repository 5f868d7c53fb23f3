package graph

import (
	"context"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/pid"
)

// Me is the query me.
func (r *queryResolver) Me(ctx context.Context) (*org.MeOutput, error) {
	return r.Org.Me(ctx, org.MeInput{})
}

// OrganizationContext is the query organizationContext.
func (r *queryResolver) OrganizationContext(ctx context.Context) (*org.ContextOutput, error) {
	return r.Org.Context(ctx, org.ContextInput{})
}

// UpdateOrganization is the mutation updateOrganization.
func (r *mutationResolver) UpdateOrganization(ctx context.Context, input org.UpdateOrganizationInput) (*ent.Organization, error) {
	return r.Org.UpdateOrganization(ctx, input)
}

// AuditLog is the query auditLog.
func (r *queryResolver) AuditLog(ctx context.Context, first *int, after, sort *string, typ, subjectType []string, subjectID, actorID []pid.ID, occurredAtGte, occurredAtLt *time.Time) (*org.AuditLogPage, error) {
	l, err := r.Org.ListAuditLog(ctx, org.ListAuditLogInput{Limit: first, Cursor: or(after, ""), Sort: or(sort, ""), Type: typ, SubjectType: subjectType,
		SubjectID: subjectID, ActorID: actorID, OccurredAtGTE: occurredAtGte, OccurredAtLT: occurredAtLt})
	if err != nil {
		return nil, err
	}
	return org.AuditLogPageOf(l), nil
}
