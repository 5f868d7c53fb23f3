package material_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/material"
)

// What tests do on the way to what they test; a failure ends the test.

func (b *bundle) update(t testing.TB, s *ent.Spool, in material.UpdateSpoolInput) {
	t.Helper()
	in.SpoolID = s.ID
	_, err := b.s.UpdateSpool(b.ctx, in)
	must(t, err)
}

func (b *bundle) remove(t testing.TB, s *ent.Spool) {
	t.Helper()
	_, err := b.s.DeleteSpool(b.ctx, material.DeleteSpoolInput{SpoolID: s.ID})
	must(t, err)
}

func (b *bundle) deduct(t testing.TB, s *ent.Spool, grams float64) material.SpoolChange {
	t.Helper()
	c, err := b.s.DeductSpool(b.ctx, material.DeductSpoolInput{SpoolID: s.ID, Grams: &grams})
	must(t, err)
	return c
}

func (b *bundle) measure(t testing.TB, s *ent.Spool, gross float64) material.SpoolChange {
	t.Helper()
	c, err := b.s.MeasureSpool(b.ctx, material.MeasureSpoolInput{SpoolID: s.ID, GrossG: &gross})
	must(t, err)
	return c
}

func (b *bundle) load(t testing.TB, s *ent.Spool, p *ent.Printer, slot int) *ent.SpoolAssignment {
	t.Helper()
	a, err := b.s.AssignSpool(b.ctx, material.AssignSpoolInput{SpoolID: s.ID, PrinterID: p.ID, SlotIndex: slot})
	must(t, err)
	return a
}

// reserve promises filament of the spool to a new item.
func (b *bundle) reserve(t testing.TB, s *ent.Spool, grams float64) material.Ref {
	t.Helper()
	ref := material.Ref{Item: b.o.QueueItem(t).ID}
	must(t, b.step(func(ctx context.Context, tx *ent.Tx) error {
		return material.Reserve(ctx, tx, uses(s, grams, 0), ref)
	}))
	return ref
}

func uses(s *ent.Spool, estimated, actual float64) []schematype.SpoolUse {
	return []schematype.SpoolUse{{SpoolID: string(s.ID), EstimatedG: estimated, ActualG: actual}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// objectOf is the object that an event shows.
func objectOf(t testing.TB, e *ent.Event) map[string]any {
	t.Helper()
	var data struct{ Object map[string]any }
	must(t, json.Unmarshal(e.Data, &data))
	return data.Object
}

func status(s spool.Status) graphql.Omittable[*spool.Status] { return graphql.OmittableOf(&s) }

func text(s string) graphql.Omittable[*string] { return graphql.OmittableOf(&s) }

func threshold(percent float64) graphql.Omittable[*schematype.Threshold] {
	return graphql.OmittableOf(&schematype.Threshold{Percent: &percent})
}
