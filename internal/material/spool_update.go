package material

import (
	"context"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// UpdateSpoolInput changes what is known of a spool. Its weight changes through deduct, measure and undo only.
type UpdateSpoolInput struct {
	SpoolID pid.ID `path:"spool_id" json:"-" doc:"Identifier of the spool." example:"spl_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	Status               graphql.Omittable[*spool.Status]         `json:"status,omitzero" enum:"in_use,stored,empty,archived" nullable:"false" doc:"Where in its life it is; empty writes off what the ledger says is left."`
	Location             graphql.Omittable[*string]               `json:"location,omitzero" maxLength:"200" doc:"Where it is stored."`
	LotNumber            graphql.Omittable[*string]               `json:"lot_number,omitzero" maxLength:"200" doc:"Lot of the maker."`
	LowStockThreshold    graphql.Omittable[*schematype.Threshold] `json:"low_stock_threshold,omitzero" doc:"When it counts as low; null = the material's or the organization's."`
	OpenedAt             graphql.Omittable[*time.Time]            `json:"opened_at,omitzero" doc:"When it was opened."`
	LowStockSnoozedUntil graphql.Omittable[*time.Time]            `json:"low_stock_snoozed_until,omitzero" doc:"Until when nobody is told that it is low; null = at once."`
	ExpiresAt            graphql.Omittable[*time.Time]            `json:"expires_at,omitzero" doc:"When it should be used up."`
}

// UpdateSpool changes what is known of a spool. Declaring it empty writes the rest off; archiving it takes a spool that is
// neither loaded nor reserved out of sight of matching.
func (s *Service) UpdateSpool(ctx context.Context, in UpdateSpoolInput) (*ent.Spool, error) {
	return op.Do(ctx, s.Ops, OpSpoolUpdate, in, func(ctx context.Context, tx *ent.Tx) (*ent.Spool, error) {
		old, err := op.Load(ctx, tx.Spool, in.SpoolID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		if err := in.refuse(ctx, tx, old); err != nil {
			return nil, err
		}

		now, err := in.apply(ctx, tx, old)
		if err != nil {
			return nil, err
		}

		emitUpdated(ctx, tx, old, now)
		return shown(ctx, tx, old.ID)
	})
}

// refuse says why the spool cannot have the wished status.
func (in UpdateSpoolInput) refuse(ctx context.Context, tx *ent.Tx, s *ent.Spool) error {
	to := in.Status.Value()
	if to == nil || *to == s.Status {
		return nil
	}
	switch *to {
	case spool.StatusArchived:
		return unused(ctx, tx, s)
	case spool.StatusEmpty:
		return nil
	}
	if s.RemainingG <= 0 {
		return errs.New(errs.SpoolInsufficientMaterial, "The ledger says that nothing is left on the spool. Weigh it first.")
	}
	loaded, err := isLoaded(ctx, tx, s.ID)
	if err == nil && loaded && *to == spool.StatusStored {
		return errs.New(errs.SpoolInUse, "The spool is loaded. Unload it first.")
	}
	return err
}

// apply writes what is new of the patch.
func (in UpdateSpoolInput) apply(ctx context.Context, tx *ent.Tx, old *ent.Spool) (*ent.Spool, error) {
	u := tx.Spool.UpdateOne(old)
	in.set(u, old, op.Now(ctx))
	if len(u.Mutation().Fields())+len(u.Mutation().ClearedFields()) == 0 {
		return old, nil
	}
	now, err := u.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("update spool: %w", err)
	}
	if !sameThreshold(old.LowStockThreshold, now.LowStockThreshold) {
		if now, err = relevel(ctx, tx, now); err != nil {
			return nil, err
		}
	}
	if now.Status == spool.StatusEmpty && now.RemainingG > 0 {
		now, _, err = post(ctx, tx, now, change{kind: ledgerentry.KindAdjust, deltaG: -now.RemainingG, note: "Declared empty."})
	}
	return now, err
}

// set puts the differences between patch and spool into the update.
func (in UpdateSpoolInput) set(u *ent.SpoolUpdateOne, old *ent.Spool, now time.Time) {
	opened := old.OpenedAt
	if v, ok := in.OpenedAt.ValueOK(); ok {
		opened = v
	}
	if v := in.Status.Value(); v != nil && *v != old.Status {
		u.SetStatus(*v)
		if *v == spool.StatusInUse && opened == nil {
			opened = &now
		}
	}
	if !sameTime(opened, old.OpenedAt) {
		set(opened, u.SetOpenedAt, u.ClearOpenedAt)
	}
	if v, ok := in.ExpiresAt.ValueOK(); ok && !sameTime(v, old.ExpiresAt) {
		set(v, u.SetExpiresAt, u.ClearExpiresAt)
	}
	if v, ok := in.LowStockSnoozedUntil.ValueOK(); ok && !sameTime(v, old.LowStockSnoozedUntil) {
		set(v, u.SetLowStockSnoozedUntil, u.ClearLowStockSnoozedUntil)
	}
	if v, ok := in.LowStockThreshold.ValueOK(); ok && !sameThreshold(v, old.LowStockThreshold) {
		if v == nil {
			u.ClearLowStockThreshold()
		} else {
			u.SetLowStockThreshold(v)
		}
	}
	location, lot := old.Location, old.LotNumber
	if v, ok := in.Location.ValueOK(); ok && deref(v) != location {
		location = deref(v)
		u.SetLocation(location)
	}
	if v, ok := in.LotNumber.ValueOK(); ok && deref(v) != lot {
		lot = deref(v)
		u.SetLotNumber(lot)
	}
	if search := searchOf(old.Code, location, lot); search != old.Search {
		u.SetSearch(search)
	}
}

// set writes a value, or clears the column for none.
func set[T, U any](v *T, write func(T) U, clearColumn func() U) {
	if v == nil {
		clearColumn()
		return
	}
	write(*v)
}

func sameTime(a, b *time.Time) bool {
	return a == b || a != nil && b != nil && a.Equal(*b)
}

func sameThreshold(a, b *schematype.Threshold) bool {
	if a == nil || b == nil {
		return a == b
	}
	same := func(a, b *float64) bool { return a == b || a != nil && b != nil && *a == *b }
	return same(a.Percent, b.Percent) && same(a.G, b.G)
}

// relevel sets the stock level after a new threshold. The old level and its distance to the bound mean nothing any more.
func relevel(ctx context.Context, tx *ent.Tx, s *ent.Spool) (*ent.Spool, error) {
	threshold, err := thresholdOf(ctx, tx, s, s.InitialG)
	if err != nil {
		return nil, err
	}
	level := plainLevel(s.RemainingG, threshold)
	if level == s.StockLevel {
		return s, nil
	}
	crossed, told := news(s, level, op.Now(ctx))
	now, err := tx.Spool.UpdateOne(s).SetStockLevel(level).SetToldLevel(told).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("update stock level: %w", err)
	}
	emitCrossings(ctx, tx, now, crossed, threshold)
	return now, nil
}

// emitUpdated tells what is different, if anything is, and that a spool was archived.
func emitUpdated(ctx context.Context, tx *ent.Tx, old, now *ent.Spool) {
	after := record.Spool(now)
	previous := record.Previous(record.Spool(old), after)
	if len(previous) == 0 {
		return
	}
	event.Emit(ctx, tx, event.Updated{Resource: "spool", ID: now.ID, Object: after, Previous: previous})
	if now.Status == spool.StatusArchived && old.Status != spool.StatusArchived {
		event.Emit(ctx, tx, event.Fact{Type: event.SpoolArchived, Resource: "spool", ID: now.ID, Object: after})
	}
}
