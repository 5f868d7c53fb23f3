package fleet

import (
	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// WithFacts makes the query load what Facts looks at, in six statements whatever the number of printers.
func WithFacts(q *ent.PrinterQuery) *ent.PrinterQuery {
	return q.WithTags().WithGroups().
		WithSlots(func(q *ent.PrinterSlotQuery) {
			q.Order(printerslot.ByIndex()).WithSpool(func(q *ent.SpoolQuery) { q.WithMaterial() })
		}).
		WithPrints(func(q *ent.PrintRunQuery) { q.Where(ActivePrint()) })
}

// ActivePrint are prints that hold their printer. The states stand in the SQL itself, word for word as in the partial unique
// index, which SQLite uses only then: a printer's history is not read.
func ActivePrint() predicate.PrintRun {
	return func(s *sql.Selector) {
		s.Where(sql.ExprP(s.C(printrun.FieldState) + " IN ('dispatching','needs_confirmation','printing','paused')"))
	}
}

// Facts is what matching knows of a printer that was read by WithFacts.
func Facts(p *ent.Printer) match.Printer {
	return match.Printer{
		ID: string(p.ID), Name: p.Name, Model: p.Model, Manufacturer: p.Manufacturer,
		State: string(p.State), BedState: string(p.BedState), RequireBedClear: p.RequireBedClear,
		OutOfOrder: p.OutOfOrder, Active: len(p.Edges.Prints) > 0,
		Volume: p.BuildVolumeMm, NozzleDiameterMM: p.NozzleDiameterMm, NozzleType: p.NozzleType,
		MaxNozzleC: p.MaxNozzleC, MaxBedC: p.MaxBedC, Enclosed: p.Enclosed, Formats: p.SupportedFormats,
		TagIDs: texts(p.Edges.Tags), GroupIDs: texts(p.Edges.Groups), Slots: slotFacts(p.Edges.Slots),
	}
}

func slotFacts(slots []*ent.PrinterSlot) []match.Slot {
	facts := make([]match.Slot, len(slots))
	for i, s := range slots {
		facts[i] = match.Slot{Index: s.Index, Spool: spoolFacts(s.Edges.Spool)}
	}
	return facts
}

func spoolFacts(s *ent.Spool) *match.Spool {
	if s == nil {
		return nil
	}
	facts := &match.Spool{ID: string(s.ID), RemainingG: s.RemainingG, ReservedG: s.ReservedG, Status: string(s.Status)}
	if m := s.Edges.Material; m != nil {
		facts.MaterialType, facts.ColorHex = m.Type, m.ColorHex
	}
	return facts
}

// texts are the identifiers of the rows.
func texts[E interface{ RowID() pid.ID }](rows []E) []string {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = string(r.RowID())
	}
	return ids
}
