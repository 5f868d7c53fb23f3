package roster

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
)

// TurnClassesInput has no fields: it is about the organization of the actor.
type TurnClassesInput struct{}

// TurnClasses is what dates do to classes, on the organization's calendar: an upcoming class starts on its first day, an
// active one ends after its last. What a person set otherwise stays, and nobody is moved: roll-over is a person's act. It
// answers how many turned.
func (s *Service) TurnClasses(ctx context.Context, in TurnClassesInput) (int, error) {
	return op.Do(ctx, s.Ops, OpClassTurn, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		today, err := today(ctx, tx)
		if err != nil {
			return 0, err
		}
		started, err := turn(ctx, tx, class.StateActive, event.Type("class.updated"), class.StateEQ(class.StateUpcoming), class.StartsOnNEQ(""), class.StartsOnLTE(today))
		if err != nil {
			return 0, err
		}
		ended, err := turn(ctx, tx, class.StateEnded, event.ClassEnded, class.StateEQ(class.StateActive), class.EndsOnNEQ(""), class.EndsOnLT(today))
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

// turn gives the classes of a condition a state, and tells of each.
func turn(ctx context.Context, tx *ent.Tx, to class.State, told event.Type, of ...predicate.Class) (int, error) {
	due, err := tx.Class.Query().Where(of...).Order(class.ByID()).Limit(expireRows).IDs(ctx)
	if err != nil {
		return 0, fmt.Errorf("read classes: %w", err)
	}
	turned := 0
	for _, id := range due {
		was, err := tx.Class.LoadRow(ctx, id)
		if err != nil {
			return 0, fmt.Errorf("lock class: %w", err)
		}
		now, err := tx.Class.UpdateOneID(id).Where(of...).SetState(to).Save(ctx)
		if ent.IsNotFound(err) {
			continue // somebody was quicker
		}
		if err != nil {
			return 0, fmt.Errorf("turn class: %w", err)
		}
		if err := tellState(ctx, tx, was, now, told); err != nil {
			return 0, err
		}
		turned++
	}
	return turned, nil
}
