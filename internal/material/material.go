package material

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// DeleteMaterialInput names the material.
type DeleteMaterialInput struct {
	MaterialID pid.ID `path:"material_id" json:"-" doc:"Identifier of the material." example:"mat_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch    string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// DeleteMaterial deletes a material that no spool is of. The lock on it makes new spools of it wait.
func (s *Service) DeleteMaterial(ctx context.Context, in DeleteMaterialInput) (*ent.Material, error) {
	return op.Do(ctx, s.Ops, OpMaterialDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.Material, error) {
		old, err := op.Load(ctx, tx.Material, in.MaterialID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		spools, err := tx.Spool.Query().Where(spool.MaterialID(old.ID)).Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("count spools: %w", err)
		}
		if spools > 0 {
			return nil, errs.New(errs.MaterialInUse, "Spools of this material: %d. Archive them first.", spools)
		}

		gone, err := tx.Material.UpdateOne(old).SetDeletedAt(op.Now(ctx)).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("delete material: %w", err)
		}

		event.Emit(ctx, tx, event.Deleted{Resource: "material", ID: gone.ID, Object: record.Material(old)})
		return gone, nil
	})
}
