package queue

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// The operations that decide on an item.
var (
	OpApprove        = authz.Op{Resource: "queue_item", Verb: "approve", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Approve a queue item"}
	OpDeny           = authz.Op{Resource: "queue_item", Verb: "deny", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Deny a queue item"}
	OpRequestChanges = authz.Op{Resource: "queue_item", Verb: "request-changes", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Ask the submitter for changes"}
)

// ApproveQueueItemInput names the item, and may say why.
type ApproveQueueItemInput struct {
	QueueItemID pid.ID `path:"queue_item_id" json:"-"`
	IfMatch     string `header:"If-Match" json:"-"`
	Reason      string `json:"reason,omitempty" maxLength:"1000" multiline:"true" doc:"A word to the submitter."`
}

// QueueItemReasonInput names the item and says why.
type QueueItemReasonInput struct {
	QueueItemID pid.ID `path:"queue_item_id" json:"-"`
	IfMatch     string `header:"If-Match" json:"-"`
	Reason      string `json:"reason" required:"true" minLength:"1" maxLength:"1000" multiline:"true" doc:"Why; the submitter reads it."`
}

// approvalFor decides whether an item waits for a person. The class's policy goes before the organization's.
func approvalFor(ctx context.Context, tx *ent.Tx, it *ent.QueueItem, submitter *ent.Membership) (queueitem.ApprovalState, error) {
	org, err := organization(ctx, tx.Client())
	if err != nil {
		return "", err
	}
	if it, err = asSliced(ctx, tx, it); err != nil {
		return "", err
	}
	policy := org.Settings.Approval
	if it.ClassID != nil {
		c, err := tx.Class.Query().Where(class.ID(*it.ClassID)).Only(ctx)
		if err != nil {
			return "", fmt.Errorf("read class: %w", err)
		}
		if c.ApprovalPolicy != nil {
			policy = *c.ApprovalPolicy
		}
	}
	return decide(policy, authz.Role(submitter.Role), it), nil
}

// asSliced is the item with what its file says where the request says less: the request wins for matching, but nobody gets
// around approval and limits by asking for less than the file takes.
func asSliced(ctx context.Context, tx *ent.Tx, it *ent.QueueItem) (*ent.QueueItem, error) {
	f, err := fileOf(ctx, tx, it)
	if err != nil || f == nil || f.Metadata == nil {
		return it, err
	}
	sliced := *it
	sliced.EstimatedG = max(it.EstimatedG, f.Metadata.FilamentG)
	sliced.EstimatedSeconds = max(it.EstimatedSeconds, f.Metadata.EstimatedSeconds)
	return &sliced, nil
}

// decide is the policy's word on an item.
func decide(p schematype.ApprovalPolicy, r authz.Role, it *ent.QueueItem) queueitem.ApprovalState {
	if !slices.Contains(p.Roles, string(r)) {
		return queueitem.ApprovalStateNotRequired
	}
	if p.Auto != nil && withinAuto(*p.Auto, it) {
		return queueitem.ApprovalStateApproved
	}
	return queueitem.ApprovalStatePending
}

// withinAuto reports whether all copies stay within every bound that is set. What is not known is not within.
func withinAuto(a schematype.AutoApproval, it *ent.QueueItem) bool {
	copies := float64(it.CopiesRequested)
	if a.MaxFilamentG == nil && a.MaxPrintSeconds == nil && len(a.MaterialTypes) == 0 {
		return false
	}
	if a.MaxFilamentG != nil && (it.EstimatedG == 0 || it.EstimatedG*copies > *a.MaxFilamentG) {
		return false
	}
	if a.MaxPrintSeconds != nil && (it.EstimatedSeconds == 0 || it.EstimatedSeconds*it.CopiesRequested > *a.MaxPrintSeconds) {
		return false
	}
	return len(a.MaterialTypes) == 0 || slices.ContainsFunc(a.MaterialTypes, func(t string) bool {
		return match.Family(t) == match.Family(it.Requirements.MaterialType)
	})
}

// Approve lets the item be dispatched.
func (s *Items) Approve(ctx context.Context, in ApproveQueueItemInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpApprove, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		return decision{to: queueitem.ApprovalStateApproved, reason: in.Reason, event: event.QueueItemApproved, word: "approved"}.apply(ctx, tx, in.QueueItemID, in.IfMatch)
	})
}

// RequestChanges gives the item back to the submitter; a PATCH by them makes it pending again.
func (s *Items) RequestChanges(ctx context.Context, in QueueItemReasonInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpRequestChanges, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		return decision{to: queueitem.ApprovalStateChangesRequested, reason: in.Reason, event: event.QueueItemChangesRequested, word: "sent back"}.apply(ctx, tx, in.QueueItemID, in.IfMatch)
	})
}

// Deny cancels the item.
func (s *Items) Deny(ctx context.Context, in QueueItemReasonInput) (*ent.QueueItem, error) {
	return op.Do(ctx, s.Ops, OpDeny, in, func(ctx context.Context, tx *ent.Tx) (*ent.QueueItem, error) {
		return decision{to: queueitem.ApprovalStateDenied, reason: in.Reason, event: event.QueueItemDenied, word: "denied"}.apply(ctx, tx, in.QueueItemID, in.IfMatch)
	})
}

// decision is a person's word on an item.
type decision struct {
	to     queueitem.ApprovalState
	reason string
	event  event.Type
	word   string
}

func (d decision) apply(ctx context.Context, tx *ent.Tx, id pid.ID, ifMatch string) (*ent.QueueItem, error) {
	it, err := op.Load(ctx, tx.QueueItem, id)
	if err != nil {
		return nil, err
	}
	if err := op.Match(ifMatch, it.Version); err != nil {
		return nil, err
	}
	open := it.State == queueitem.StateQueued || it.State == queueitem.StateDraft || it.State == queueitem.StateAssigned
	if !open || !d.from(it.ApprovalState) {
		return nil, errs.New(errs.QueueItemStateConflict, "An item that is %s with approval %s cannot be %s.", it.State, it.ApprovalState, d.word)
	}
	if it.SubmitterID == authz.From(ctx).Membership && !mayDecideOwn(ctx) {
		return nil, errs.New(errs.InsufficientPermissions, "Nobody decides on their own item.")
	}

	before := *it
	u := tx.QueueItem.UpdateOneID(id).SetApprovalState(d.to).SetDecidedAt(op.Now(ctx)).SetApprovalReason(d.reason).SetDecidedByID(authz.From(ctx).Membership)
	if d.to != queueitem.ApprovalStateApproved {
		if err := unreserve(ctx, tx, it); err != nil {
			return nil, err
		}
		unline(u)
	}
	if d.to == queueitem.ApprovalStateDenied {
		u.SetState(queueitem.StateCancelled)
	}
	if it, err = u.Save(ctx); err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	if it, err = settleItem(ctx, tx, it); err != nil {
		return nil, err
	}

	decided := itemFact(d.event, it, "decided_by_id", it.DecidedByID)
	decided.Previous = map[string]any{"approval_state": before.ApprovalState}
	event.Emit(ctx, tx, decided)
	if before.AssignedPrinterID != nil && it.AssignedPrinterID == nil {
		event.Emit(ctx, tx, itemFact(event.QueueItemUnassigned, it, "printer_id", before.AssignedPrinterID))
	}
	if d.to == queueitem.ApprovalStateDenied {
		event.Emit(ctx, tx, itemFact(event.QueueItemCancelled, it))
	}
	return withEligibility(ctx, tx, it)
}

// from says from which approval states the decision may be made: an approval may be taken back until a copy starts.
func (d decision) from(s queueitem.ApprovalState) bool {
	switch d.to {
	case queueitem.ApprovalStateApproved:
		return s == queueitem.ApprovalStatePending || s == queueitem.ApprovalStateChangesRequested
	default:
		return s == queueitem.ApprovalStatePending || s == queueitem.ApprovalStateChangesRequested || s == queueitem.ApprovalStateApproved
	}
}

// mayDecideOwn is for those who set the policy that asks for a decision.
func mayDecideOwn(ctx context.Context) bool {
	r := authz.From(ctx).Role
	return r == authz.RoleOwner || r == authz.RoleAdmin
}
