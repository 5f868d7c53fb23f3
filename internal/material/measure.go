package material

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// tareTolerance is how much lighter than its data sheet an empty spool may be, as a share: makers vary by some percent.
const tareTolerance = 0.10

// MeasureSpoolInput is a spool on a scale.
type MeasureSpoolInput struct {
	SpoolID pid.ID `path:"spool_id" json:"-" doc:"Identifier of the spool." example:"spl_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	GrossG *float64 `json:"gross_g" required:"true" minimum:"0" maximum:"100000" doc:"Grams on the scale, spool and filament together."`
	Reason *string  `json:"reason,omitempty" maxLength:"500" multiline:"true" doc:"Why, for the ledger."`
}

// MeasureSpool sets what is left to what the scale says, less the empty spool of the material.
func (s *Service) MeasureSpool(ctx context.Context, in MeasureSpoolInput) (SpoolChange, error) {
	return op.Do(ctx, s.Ops, OpSpoolMeasure, in, func(ctx context.Context, tx *ent.Tx) (SpoolChange, error) {
		old, err := op.Load(ctx, tx.Spool, in.SpoolID)
		if err != nil {
			return SpoolChange{}, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return SpoolChange{}, err
		}
		m, err := tx.Material.Get(ctx, old.MaterialID)
		if err != nil {
			return SpoolChange{}, fmt.Errorf("read material: %w", err)
		}
		net, ok := NetOf(*in.GrossG, m.SpoolWeightG)
		if !ok {
			return SpoolChange{}, errs.Invalid(errs.Field{Path: "gross_g", Code: "out_of_range", Message: "is less than the empty spool weighs, " + grams(m.SpoolWeightG) + " g"})
		}

		_, entry, err := post(ctx, tx, old, change{
			kind: ledgerentry.KindMeasure, deltaG: net - old.RemainingG, note: deref(in.Reason), told: event.SpoolMeasured,
		})
		if err != nil {
			return SpoolChange{}, err
		}

		return shownChange(ctx, tx, entry)
	})
}

// NetOf is the filament in a gross weight, in grams. Up to 10 % below the empty spool's weight nothing is left; ok is false
// for less, which is not this spool or not grams.
func NetOf(gross, tare float64) (net float64, ok bool) {
	return Round(max(0, gross-tare)), gross >= tare*(1-tareTolerance)
}
