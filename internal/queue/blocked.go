package queue

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
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
		items, err := tx.QueueItem.Query().Where(queueitem.IDIn(found.began...), queueitem.Dispatchable(true), queueitem.BlockedAtIsNil()).Order(queueitem.ByID()).Limit(blockedRows).All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read queue items: %w", err)
		}
		if err := tx.QueueItem.Update().Where(queueitem.IDIn(found.began...), queueitem.BlockedAtIsNil()).SetBlockedAt(op.Now(ctx)).Exec(ctx); err != nil {
			return 0, fmt.Errorf("mark items: %w", err)
		}

		for _, it := range items {
			event.Emit(ctx, tx, itemFact(event.QueueItemBlocked, it, "eligibility", match.Blocked))
		}
		return len(items), nil
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
		fresh, err := c.QueueItem.Query().Where(queueitem.Dispatchable(true), queueitem.BlockedAtIsNil(), is.may()).
			Order(queueitem.ByID()).Limit(blockedRows).All(ctx)
		if err != nil {
			return out, fmt.Errorf("read queue items: %w", err)
		}
		known, err := c.QueueItem.Query().Where(queueitem.BlockedAtNotNil(), queueitem.Or(queueitem.Dispatchable(false), isNot.may())).Order(queueitem.ByID()).Limit(blockedRows).All(ctx)
		if err != nil {
			return out, fmt.Errorf("read queue items: %w", err)
		}
		if err := SetEligibility(ctx, c, append(append([]*ent.QueueItem{}, fresh...), known...)); err != nil {
			return out, err
		}
		for _, it := range fresh {
			if isBlocked(it) {
				out.began = append(out.began, it.ID)
			}
		}
		for _, it := range known {
			if !it.Dispatchable || !isBlocked(it) {
				out.ceased = append(out.ceased, it.ID)
			}
		}
		return out, nil
	})
}

func isBlocked(it *ent.QueueItem) bool {
	return it.Eligibility != nil && it.Eligibility.State == string(match.Blocked)
}
