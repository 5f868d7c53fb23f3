package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// OpExpire ends items that waited too long for approval and releases those whose time has come.
var OpExpire = authz.Op{Resource: "queue_item", Verb: "expire", System: true, Write: true}

// expireRows bounds one run.
const expireRows = 200

// ExpireInput has no fields: it is about the organization of the actor.
type ExpireInput struct{}

// Expire is what time does to the queue: scheduled items become free, and items that nobody decided on expire.
func (s *Items) Expire(ctx context.Context, in ExpireInput) (int, error) {
	return op.Do(ctx, s.Ops, OpExpire, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		released, err := releaseScheduled(ctx, tx)
		if err != nil {
			return 0, err
		}
		org, err := organization(ctx, tx.Client())
		if err != nil {
			return 0, err
		}
		days := org.Settings.Queue.ApprovalExpiryDays
		if days == 0 {
			days = 30
		}
		before := op.Now(ctx).AddDate(0, 0, -days)
		old, err := tx.QueueItem.Query().Where(queueitem.OrganizationID(org.ID), is[predicate.QueueItem]("approval_state", "pending"), queueitem.StateEQ(queueitem.StateQueued),
			queueitem.UpdatedAtLT(before)).Order(queueitem.ByUpdatedAt(), queueitem.ByID()).Limit(expireRows).IDs(ctx)
		if err != nil {
			return 0, fmt.Errorf("read pending items: %w", err)
		}
		for _, id := range old {
			if err := expire(ctx, tx, id, before); err != nil {
				return 0, err
			}
		}
		return released + len(old), nil
	})
}

// expire ends an item, unless somebody decided on it while it was read.
func expire(ctx context.Context, tx *ent.Tx, id pid.ID, before time.Time) error {
	it, err := tx.QueueItem.LoadRow(ctx, id)
	if err != nil {
		return fmt.Errorf("lock queue item: %w", err)
	}
	if it.ApprovalState != queueitem.ApprovalStatePending || it.State != queueitem.StateQueued || !it.UpdatedAt.Before(before) {
		return nil
	}
	if it, err = cancelItem(ctx, tx, it, queueitem.StateExpired); err != nil {
		return err
	}
	event.Emit(ctx, tx, itemFact(event.QueueItemExpired, it))
	return nil
}

// releaseScheduled frees items whose start time has come.
func releaseScheduled(ctx context.Context, tx *ent.Tx) (int, error) {
	due, err := tx.QueueItem.Query().Where(queueitem.OrganizationID(authz.From(ctx).Organization), is[predicate.QueueItem]("hold", "schedule"), queueitem.NotBeforeLTE(op.Now(ctx)),
		queueitem.StateNotIn(endedStates...)).Order(queueitem.ByNotBefore(), queueitem.ByID()).Limit(expireRows).IDs(ctx)
	if err != nil {
		return 0, fmt.Errorf("read scheduled items: %w", err)
	}
	for _, id := range due {
		it, err := tx.QueueItem.LoadRow(ctx, id)
		if err != nil {
			return 0, fmt.Errorf("lock queue item: %w", err)
		}
		if schedule(it, op.Now(ctx)); it.Hold != queueitem.HoldNone || ended(it.State) {
			continue // somebody changed it while it was read
		}
		if it, err = tx.QueueItem.UpdateOneID(id).SetHold(it.Hold).Save(ctx); err != nil {
			return 0, fmt.Errorf("release queue item: %w", err)
		}
		if it, err = settleItem(ctx, tx, it); err != nil {
			return 0, err
		}
		event.Emit(ctx, tx, itemFact(event.QueueItemUpdated, it, "hold", it.Hold))
	}
	return len(due), nil
}
