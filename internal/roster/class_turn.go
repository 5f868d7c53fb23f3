package roster

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/rollover"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
)

// TurnClassesInput has no fields: it is about the organization of the actor.
type TurnClassesInput struct{}

// TurnClasses is what dates do to classes, on the organization's calendar: an upcoming class starts on its first day, an
// active one ends after its last. One that names a next class which is not over rolls over into it as it ends, as if a
// person had asked for that, and as undoable. What a person set otherwise stays. It answers how many turned.
func (s *Service) TurnClasses(ctx context.Context, in TurnClassesInput) (int, error) {
	return op.Do(ctx, s.Ops, OpClassTurn, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		today, err := today(ctx, tx)
		if err != nil {
			return 0, err
		}
		started, err := turn(ctx, tx, start, class.StateEQ(class.StateUpcoming), class.StartsOnNEQ(""), class.StartsOnLTE(today))
		if err != nil {
			return 0, err
		}
		ended, err := turn(ctx, tx, finish, class.StateEQ(class.StateActive), class.EndsOnNEQ(""), class.EndsOnLT(today))
		return started + ended, err
	})
}

// today is the date in the organization's zone, as classes have theirs.
func today(ctx context.Context, tx *ent.Tx) (string, error) {
	o, err := tx.Organization.Get(ctx, authz.From(ctx).Organization)
	if err != nil {
		return "", fmt.Errorf("read time zone: %w", err)
	}
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		zone = time.UTC // no name that an update lets through
	}
	return op.Now(ctx).In(zone).Format(time.DateOnly), nil
}

// turn does to each class of a condition what its date asks for.
func turn(ctx context.Context, tx *ent.Tx, do func(context.Context, *ent.Tx, *ent.Class) error, of ...predicate.Class) (int, error) {
	due, err := tx.Class.Query().Where(of...).Order(class.ByID()).Limit(expireRows).IDs(ctx)
	if err != nil {
		return 0, fmt.Errorf("read classes: %w", err)
	}
	turned := 0
	for _, id := range due {
		if _, err := tx.Class.LoadRow(ctx, id); err != nil {
			return 0, fmt.Errorf("lock class: %w", err)
		}
		c, err := tx.Class.Query().Where(append(of, class.ID(id))...).Only(ctx)
		if ent.IsNotFound(err) {
			continue // somebody was quicker
		}
		if err != nil {
			return 0, fmt.Errorf("read class: %w", err)
		}
		if err := do(ctx, tx, c); err != nil {
			return 0, err
		}
		turned++
	}
	return turned, nil
}

// start begins a class.
func start(ctx context.Context, tx *ent.Tx, c *ent.Class) error {
	return restate(ctx, tx, c, class.StateActive, event.Type("class.updated"))
}

// finish ends a class, or rolls it over.
func finish(ctx context.Context, tx *ent.Tx, c *ent.Class) error {
	next, err := follower(ctx, tx, c)
	if err != nil {
		return err
	}
	if next == nil {
		return restate(ctx, tx, c, class.StateEnded, event.ClassEnded)
	}
	moved, _, err := movers(ctx, tx, c.ID, next.ID)
	if err != nil {
		return err
	}
	return rollOver(ctx, tx, c, next, moved)
}

// follower is the class that the members move to by themselves, locked; nil where none is named, where it is over or gone,
// and where a person took the move back before.
func follower(ctx context.Context, tx *ent.Tx, c *ent.Class) (*ent.Class, error) {
	if c.NextClassID == nil {
		return nil, nil
	}
	refused, err := tx.RollOver.Query().Where(rollover.ClassID(c.ID), rollover.UndoneAtNotNil()).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("read roll-overs: %w", err)
	}
	next, err := op.Load(ctx, tx.Class, *c.NextClassID)
	if ent.IsNotFound(err) || errs.Is(err, notFoundClass) || err == nil && (refused || over(next)) {
		return nil, nil
	}
	return next, err
}

func restate(ctx context.Context, tx *ent.Tx, was *ent.Class, to class.State, told event.Type) error {
	now, err := tx.Class.UpdateOne(was).SetState(to).Save(ctx)
	if err != nil {
		return fmt.Errorf("turn class: %w", err)
	}
	return tellState(ctx, tx, was, now, told)
}
