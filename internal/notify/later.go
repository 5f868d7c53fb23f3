package notify

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/notificationmessage"
	"github.com/soloprint/soloprint/ent/notificationrule"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// later tells of what was put off, if it still holds.
func (s *Service) later(ctx context.Context, l lease) error {
	_, err := op.Do(ctx, s.Ops, OpLater, l, func(ctx context.Context, tx *ent.Tx) (int, error) {
		m, err := leased(ctx, tx, l)
		if err != nil {
			return 0, err
		}
		r, err := tx.NotificationRule.Query().Where(notificationrule.ID(*m.RuleID)).Only(ctx)
		if err != nil {
			return 0, fmt.Errorf("read rule: %w", err)
		}
		e, err := tx.Event.Query().Where(entevent.ID(*m.EventID)).Only(ctx)
		if err != nil {
			return 0, fmt.Errorf("read event: %w", err)
		}
		d, err := s.desk(ctx, tx)
		if err != nil {
			return 0, err
		}
		f := factOf(e)
		lasts, err := d.lasts(ctx, f)
		if err != nil {
			return 0, err
		}

		end := notificationmessage.StatusSkipped
		if lasts && r.Enabled {
			end = notificationmessage.StatusSent
			if err := d.tell(ctx, r, f); err != nil {
				return 0, err
			}
		}
		if err := tx.NotificationMessage.UpdateOneID(m.ID).SetStatus(end).SetLeaseToken("").ClearLeaseUntil().SetEndedAt(op.Now(ctx)).Exec(ctx); err != nil {
			return 0, fmt.Errorf("end message: %w", err)
		}
		return d.write(ctx)
	})
	return err
}

// lasts reports whether what an event said is still so. Of events that say nothing that could end, it is.
func (d *desk) lasts(ctx context.Context, f fact) (bool, error) {
	id, tx := pid.ID(f.SubjectID), d.tx
	var found bool
	var err error
	switch event.Type(f.Type) {
	case event.QueueItemBlocked:
		found, err = tx.QueueItem.Query().Where(queueitem.ID(id), queueitem.BlockedAtNotNil(), queueitem.BlockedAtLTE(f.OccurredAt)).Exist(ctx)
	case event.QueueItemCreated, event.QueueItemUpdated:
		found, err = tx.QueueItem.Query().Where(queueitem.ID(id), queueitem.StateEQ(queueitem.State(f.text("state"))),
			queueitem.ApprovalStateEQ(queueitem.ApprovalState(f.text("approval_state")))).Exist(ctx)
	case event.PrinterErrorRaised, event.PrinterOffline, event.PrinterStateChanged:
		found, err = tx.Printer.Query().Where(printer.ID(id), printer.StateEQ(printer.State(f.text("state")))).Exist(ctx)
	case event.PrintFinished, event.PrintFailed, event.PrintCancelled:
		found, err = d.bedOccupied(ctx, f)
	case event.PrintNeedsConfirmation:
		found, err = tx.PrintRun.Query().Where(printrun.ID(id), printrun.StateEQ(printrun.StateNeedsConfirmation)).Exist(ctx)
	case event.SpoolLow, event.SpoolCritical, event.SpoolEmpty:
		found, err = tx.Spool.Query().Where(spool.ID(id), spool.StockLevelEQ(spool.StockLevel(f.text("stock_level")))).Exist(ctx)
	default:
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether it lasts: %w", err)
	}
	return found, nil
}

// bedOccupied reports whether a print that ended still lies on the bed: no other one has ended there since.
func (d *desk) bedOccupied(ctx context.Context, f fact) (bool, error) {
	on := pid.ID(f.text("printer_id"))
	occupied, err := d.tx.Printer.Query().Where(printer.ID(on), printer.BedStateEQ(printer.BedStateOccupied)).Exist(ctx)
	if err != nil || !occupied {
		return false, err
	}
	newer, err := d.tx.PrintRun.Query().Where(printrun.PrinterID(on), printrun.IDNEQ(pid.ID(f.SubjectID)), printrun.EndedAtGT(f.OccurredAt)).Exist(ctx)
	return !newer, err
}
