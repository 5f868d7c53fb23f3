package roster

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// DeleteClassInput names the class.
type DeleteClassInput struct {
	ClassID pid.ID `path:"class_id" json:"-" doc:"Identifier of the class." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// finished are the states in which nothing more can happen to a queue item.
var finished = []queueitem.State{queueitem.StateCompleted, queueitem.StateFailed, queueitem.StateCancelled, queueitem.StateExpired}

// DeleteClass deletes a class whose queue items are all finished. The row stays for the history that names it; its join
// code is free again. The lock on it makes new items of the class wait.
func (s *Service) DeleteClass(ctx context.Context, in DeleteClassInput) (*ent.Class, error) {
	return op.Do(ctx, s.Ops, OpClassDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.Class, error) {
		old, err := op.Load(ctx, tx.Class, in.ClassID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		items, err := tx.QueueItem.Query().Where(queueitem.ClassID(old.ID), queueitem.StateNotIn(finished...)).Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("count queue items: %w", err)
		}
		if items > 0 {
			return nil, errs.New(errs.ClassInUse, "Queue items of this class that are not finished: %d. Finish or cancel them first.", items)
		}
		if old, err = listing.LoadClass(tx.Class.Query().Where(class.ID(old.ID))).Only(ctx); err != nil {
			return nil, fmt.Errorf("read class: %w", err)
		}

		gone, err := tx.Class.UpdateOne(old).SetDeletedAt(op.Now(ctx)).ClearJoinCode().Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("delete class: %w", err)
		}

		event.Emit(ctx, tx, event.Deleted{Resource: "class", ID: gone.ID, Object: record.Class(old)})
		return gone, nil
	})
}
