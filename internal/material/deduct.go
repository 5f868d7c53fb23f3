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

// SpoolChange is a spool after a change of its weight, and the entry that says why.
type SpoolChange struct {
	Spool       *ent.Spool
	LedgerEntry *ent.LedgerEntry
}

// DeductSpoolInput takes filament off a spool: grams or length_mm, one of them.
type DeductSpoolInput struct {
	SpoolID pid.ID `path:"spool_id" json:"-" doc:"Identifier of the spool." example:"spl_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	Grams         *float64 `json:"grams,omitempty" minimum:"0.01" maximum:"100000" doc:"Grams to take."`
	LengthMM      *float64 `json:"length_mm,omitempty" minimum:"0.01" maximum:"100000000" doc:"Millimetres to take; the material's diameter and density make grams of it."`
	Reason        *string  `json:"reason,omitempty" maxLength:"500" multiline:"true" doc:"Why, for the ledger."`
	PrintID       *pid.ID  `json:"print_id,omitempty" doc:"The print it was used for, for the ledger."`
	AllowNegative *bool    `json:"allow_negative,omitempty" doc:"Take it even where the spool holds less; absent = false."`
}

// Validate asks for exactly one of weight and length.
func (in DeductSpoolInput) Validate() []errs.Field {
	switch {
	case in.Grams == nil && in.LengthMM == nil:
		return []errs.Field{{Path: "grams", Code: "required", Message: "send grams or length_mm"}}
	case in.Grams != nil && in.LengthMM != nil:
		return []errs.Field{{Path: "length_mm", Code: "not_allowed", Message: "send grams or length_mm, not both"}}
	}
	return nil
}

// DeductSpool takes filament off a spool. Unless asked to, it takes no more than is left; filament that is reserved counts
// as left, because it is on the spool.
func (s *Service) DeductSpool(ctx context.Context, in DeductSpoolInput) (SpoolChange, error) {
	return op.Do(ctx, s.Ops, OpSpoolDeduct, in, func(ctx context.Context, tx *ent.Tx) (SpoolChange, error) {
		if in.PrintID != nil {
			if _, err := op.Load(ctx, tx.PrintRun, *in.PrintID); err != nil {
				return SpoolChange{}, err
			}
		}
		old, err := op.Load(ctx, tx.Spool, in.SpoolID)
		if err != nil {
			return SpoolChange{}, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return SpoolChange{}, err
		}
		g, err := in.weight(ctx, tx, old)
		if err != nil {
			return SpoolChange{}, err
		}
		if g > old.RemainingG && !deref(in.AllowNegative) {
			return SpoolChange{}, errs.New(errs.SpoolInsufficientMaterial, "The spool holds %s g, less than %s g. Weigh it, or send allow_negative.", grams(old.RemainingG), grams(g))
		}

		_, entry, err := post(ctx, tx, old, change{
			kind: ledgerentry.KindDeduct, deltaG: -g, print: deref(in.PrintID), note: deref(in.Reason), told: event.SpoolDeducted,
		})
		if err != nil {
			return SpoolChange{}, err
		}

		return shownChange(ctx, tx, entry)
	})
}

// weight is what to take, in grams.
func (in DeductSpoolInput) weight(ctx context.Context, tx *ent.Tx, s *ent.Spool) (float64, error) {
	if in.Grams != nil {
		return Round(*in.Grams), nil
	}
	m, err := tx.Material.Get(ctx, s.MaterialID)
	if err != nil {
		return 0, fmt.Errorf("read material: %w", err)
	}
	g := Round(GramsOf(*in.LengthMM, m.DiameterMm, m.DensityGCm3))
	if g > maxG {
		return 0, errs.Invalid(errs.Field{Path: "length_mm", Code: "out_of_range", Message: "is more than 100 kg of this material"})
	}
	return g, nil
}

// shownChange is the answer of an operation that appended the entry.
func shownChange(ctx context.Context, tx *ent.Tx, e *ent.LedgerEntry) (SpoolChange, error) {
	s, err := shown(ctx, tx, e.SpoolID)
	return SpoolChange{Spool: s, LedgerEntry: e}, err
}
