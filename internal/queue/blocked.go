package queue

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// What the sweep of blocked items does.
var (
	OpFindBlocked = authz.Op{Resource: "queue_item", Verb: "find_blocked", System: true}
	OpTellBlocked = authz.Op{Resource: "queue_item", Verb: "tell_blocked", System: true, Write: true}
)

// blockedRows bounds one sweep, either way.
const blockedRows = 200

// TellBlockedInput has no fields: it is about the organization of the actor.
type TellBlockedInput struct{}

// blocked are items that began to be blocked, or ceased to be.
type blocked struct{ began, ceased []pid.ID }

// TellBlocked tells once of each item that nothing but the printers keeps from being printed, and of which none can print it,
// each time that it begins. What waits for a person's approval or is held is not meant: there somebody knows.
func (s *Items) TellBlocked(ctx context.Context, in TellBlockedInput) (int, error) {
	found, err := s.findBlocked(ctx, in)
	if err != nil || len(found.began)+len(found.ceased) == 0 {
		return 0, err
	}
	return op.Do(ctx, s.Ops, OpTellBlocked, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		if err := tx.QueueItem.Update().Where(queueitem.IDIn(found.ceased...)).ClearBlockedAt().Exec(ctx); err != nil {
			return 0, fmt.Errorf("mark items: %w", err)
		}
		items, err := tx.QueueItem.Query().Where(queueitem.IDIn(found.began...), queueitem.Dispatchable(true)).Order(queueitem.ByID()).Limit(blockedRows).All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read queue items: %w", err)
		}

		told := 0
		for _, it := range items { // one by one: whoever marks an item tells of it, and another server that looked too does not
			n, err := tx.QueueItem.Update().Where(queueitem.ID(it.ID), queueitem.BlockedAtIsNil()).SetBlockedAt(op.Now(ctx)).Save(ctx)
			if err != nil {
				return 0, fmt.Errorf("mark item: %w", err)
			}
			if n == 1 {
				event.Emit(ctx, tx, itemFact(event.QueueItemBlocked, it, "eligibility", match.Blocked))
			}
			told += n
		}
		return told, nil
	})
}

// findBlocked looks before the transaction begins: matching items against printers takes its time.
func (s *Items) findBlocked(ctx context.Context, in TellBlockedInput) (blocked, error) {
	return op.Read(ctx, s.Ops, OpFindBlocked, in, func(ctx context.Context, c *ent.Client) (out blocked, err error) {
		is, err := loadQuestion(ctx, c, []string{string(match.Blocked)})
		if err != nil {
			return out, err
		}
		isNot := is
		isNot.states = []string{string(match.Eligible), string(match.Waiting), string(match.Unknown)}
		if out.began, err = found(ctx, c, isBlocked, queueitem.Dispatchable(true), queueitem.BlockedAtIsNil(), is.may()); err != nil {
			return out, err
		}
		out.ceased, err = found(ctx, c, isOver, queueitem.BlockedAtNotNil(), queueitem.Or(queueitem.Dispatchable(false), isNot.may()))
		return out, err
	})
}

// found are items of which the rule says so, among those that the database lets through. It reads on until there are enough:
// the many that only may be blocked do not hide the one that is.
func found(ctx context.Context, c *ent.Client, says func(*ent.QueueItem) bool, where ...predicate.QueueItem) (ids []pid.ID, err error) {
	for last := pid.ID(""); ; {
		items, err := c.QueueItem.Query().Where(where...).Where(queueitem.IDGT(last)).Order(queueitem.ByID()).Limit(blockedRows).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read queue items: %w", err)
		}
		if err := SetEligibility(ctx, c, items); err != nil {
			return nil, err
		}
		for _, it := range items {
			if last = it.ID; says(it) {
				ids = append(ids, it.ID)
			}
			if len(ids) == blockedRows {
				return ids, nil
			}
		}
		if len(items) < blockedRows {
			return ids, nil
		}
	}
}

func isBlocked(it *ent.QueueItem) bool {
	return it.Eligibility != nil && it.Eligibility.State == string(match.Blocked)
}

func isOver(it *ent.QueueItem) bool { return !it.Dispatchable || !isBlocked(it) }
