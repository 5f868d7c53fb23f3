package queue

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
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
		old, err := tx.QueueItem.Query().Where(queueitem.ApprovalStateEQ(queueitem.ApprovalStatePending), queueitem.StateEQ(queueitem.StateQueued),
			queueitem.UpdatedAtLT(op.Now(ctx).AddDate(0, 0, -days))).Limit(expireRows).All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read pending items: %w", err)
		}
		for _, it := range old {
			it, err := cancelItem(ctx, tx, it, queueitem.StateExpired)
			if err != nil {
				return 0, err
			}
			event.Emit(ctx, tx, itemFact(event.QueueItemExpired, it))
		}
		return released + len(old), nil
	})
}

// releaseScheduled frees items whose start time has come.
func releaseScheduled(ctx context.Context, tx *ent.Tx) (int, error) {
	due, err := tx.QueueItem.Query().Where(queueitem.HoldEQ(queueitem.HoldSchedule), queueitem.NotBeforeLTE(op.Now(ctx))).Limit(expireRows).All(ctx)
	if err != nil {
		return 0, fmt.Errorf("read scheduled items: %w", err)
	}
	for _, it := range due {
		it, err := tx.QueueItem.UpdateOneID(it.ID).SetHold(queueitem.HoldNone).Save(ctx)
		if err != nil {
			return 0, fmt.Errorf("release queue item: %w", err)
		}
		if it, err = settleItem(ctx, tx, it); err != nil {
			return 0, err
		}
		event.Emit(ctx, tx, itemFact(event.QueueItemUpdated, it, "hold", it.Hold))
	}
	return len(due), nil
}
