package fleet

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/printergroup"
	"github.com/soloprint/soloprint/ent/usergroup"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// DeletePrinterGroupInput names the group.
type DeletePrinterGroupInput struct {
	PrinterGroupID pid.ID `path:"printer_group_id" json:"-" doc:"Identifier of the printer group." example:"pgr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch        string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// DeletePrinterGroup removes a group of printers. One that a class or a user group is bound to stays: without it they could
// use every printer, and nobody asked for that.
func (s *Service) DeletePrinterGroup(ctx context.Context, in DeletePrinterGroupInput) (*ent.PrinterGroup, error) {
	return op.Do(ctx, s.Ops, OpPrinterGroupDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.PrinterGroup, error) {
		g, err := op.Load(ctx, tx.PrinterGroup, in.PrinterGroupID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, g.Version); err != nil {
			return nil, err
		}
		classes, err := tx.Class.Query().Where(class.DeletedAtIsNil(), class.HasPrinterGroupsWith(printergroup.ID(g.ID))).Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("count classes: %w", err)
		}
		people, err := tx.UserGroup.Query().Where(usergroup.HasPrinterGroupsWith(printergroup.ID(g.ID))).Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("count user groups: %w", err)
		}
		if classes+people > 0 {
			return nil, errs.New(errs.ReferenceConflict, "Bound to %s: %d classes and %d user groups. Give them other printers first.", g.Name, classes, people)
		}

		if err := tx.PrinterGroup.DeleteOne(g).Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete printer group: %w", err)
		}

		event.Emit(ctx, tx, event.Deleted{Resource: "printer_group", ID: g.ID, Object: record.PrinterGroup(g)})
		return g, nil
	})
}
