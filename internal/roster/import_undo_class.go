package roster

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/record"
)

// writeClasses deletes classes that the file made and nobody uses, and makes others again what they were.
func (u *undo) writeClasses(ctx context.Context) error {
	for _, c := range u.log.Classes {
		is, err := op.Load(ctx, u.tx.Class, c.ID)
		switch {
		case errs.Is(err, notFoundClass):
			continue // deleted since
		case err != nil:
			return err
		case c.Was == nil:
			err = u.unmake(ctx, is, c)
		default:
			err = u.revert(ctx, is, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unmake deletes a class that the file made, unless it is used or was changed.
func (u *undo) unmake(ctx context.Context, is *ent.Class, c changedClass) error {
	used, err := u.used(ctx, is)
	if err != nil {
		return err
	}
	now := dataOf(is)
	now.State = c.Now.State // calendars change it too
	if used || now != c.Now {
		u.leave(is.ID, is.Name, "the class was made by the file, and stays: it has people or queue items, or was changed since")
		return nil
	}
	was, err := listing.LoadClass(u.tx.Class.Query().Where(class.ID(is.ID))).Only(ctx)
	if err != nil {
		return fmt.Errorf("read class: %w", err)
	}
	if err := u.tx.Class.UpdateOne(is).SetDeletedAt(op.Now(ctx)).ClearJoinCode().Exec(ctx); err != nil {
		return fmt.Errorf("delete class: %w", err)
	}
	event.Emit(ctx, u.tx, event.Deleted{Resource: "class", ID: is.ID, Object: record.Class(was)})
	u.out.Classes++
	return nil
}

// used reports whether somebody is in a class, or handed something in for it.
func (u *undo) used(ctx context.Context, c *ent.Class) (bool, error) {
	people, err := u.tx.Enrollment.Query().Where(enrollment.ClassID(c.ID)).Count(ctx)
	if err != nil {
		return false, fmt.Errorf("count enrollments: %w", err)
	}
	items, err := u.tx.QueueItem.Query().Where(queueitem.ClassID(c.ID)).Count(ctx)
	if err != nil {
		return false, fmt.Errorf("count queue items: %w", err)
	}
	return people+items > 0, nil
}

// revert makes a class again what it was, where nobody has changed that since.
func (u *undo) revert(ctx context.Context, is *ent.Class, c changedClass) error {
	now, left := dataOf(is), false
	back := func(at *string, was, made string) {
		switch {
		case was == made:
		case *at == made:
			*at = was
		default:
			left = true
		}
	}
	state := string(now.State)
	back(&now.Name, c.Was.Name, c.Now.Name)
	back(&now.Code, c.Was.Code, c.Now.Code)
	back(&now.StartsOn, c.Was.StartsOn, c.Now.StartsOn)
	back(&now.EndsOn, c.Was.EndsOn, c.Now.EndsOn)
	back(&state, string(c.Was.State), string(c.Now.State))
	if now.State = class.State(state); left {
		u.leave(is.ID, is.Name, "the class was changed since, in part")
	}
	if now == dataOf(is) {
		return nil
	}
	u.out.Classes++
	return rewriteClass(ctx, u.tx, is, now)
}
