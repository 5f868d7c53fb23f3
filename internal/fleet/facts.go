package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

// LoadFacts reads what matching knows of the query's printers, in two statements whatever their number: the printers, and
// all that is loaded into them, hung on them and booked on them.
func LoadFacts(ctx context.Context, c *ent.Client, q *ent.PrinterQuery) ([]match.Printer, error) {
	rows, err := q.All(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	facts, at := make([]match.Printer, len(rows)), make(map[pid.ID]*match.Printer, len(rows))
	for i, p := range rows {
		facts[i] = Facts(p)
		at[p.ID] = &facts[i]
	}
	if err := equip(ctx, c, at); err != nil {
		return nil, fmt.Errorf("read equipment: %w", err)
	}
	for i := range facts {
		slices.SortFunc(facts[i].Slots, func(a, b match.Slot) int { return a.Index - b.Index })
	}
	return facts, nil
}

// equipment is what stands on printers, one row a thing.
const equipment = `SELECT 'slot', t.printer_id, t."index", COALESCE(s.id, ''), COALESCE(m.type, ''), COALESCE(m.color_hex, ''), COALESCE(s.remaining_g, 0), COALESCE(s.reserved_g, 0), COALESCE(s.status, '')
 FROM printer_slots t LEFT JOIN spools s ON s.id = t.spool_id LEFT JOIN materials m ON m.id = s.material_id WHERE t.printer_id IN (%[1]s)
UNION ALL SELECT 'tag', t.printer_id, 0, t.printer_tag_id, '', '', 0, 0, '' FROM printer_tag_printers t WHERE t.printer_id IN (%[1]s)
UNION ALL SELECT 'group', t.printer_id, 0, t.printer_group_id, '', '', 0, 0, '' FROM printer_group_printers t WHERE t.printer_id IN (%[1]s)
UNION ALL SELECT 'print', t.printer_id, 0, t.id, '', '', 0, 0, '' FROM prints t WHERE t.printer_id IN (%[1]s)
 AND t.state IN ('dispatching','needs_confirmation','printing','paused')`

// equip reads the equipment of printers that the guard has let through.
func equip(ctx context.Context, c *ent.Client, at map[pid.ID]*match.Printer) error {
	ids := make([]any, 0, len(at))
	for id := range at {
		ids = append(ids, id)
	}
	marks := "?" + strings.Repeat(",?", len(ids)-1)
	rows, err := c.QueryRows(ctx, fmt.Sprintf(equipment, marks), slices.Concat(ids, ids, ids, ids))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind, ref string
		var printer pid.ID
		var slot int
		var s match.Spool
		if err := rows.Scan(&kind, &printer, &slot, &ref, &s.MaterialType, &s.ColorHex, &s.RemainingG, &s.ReservedG, &s.Status); err != nil {
			return err
		}
		hang(at[printer], kind, ref, slot, s)
	}
	return rows.Err()
}

// hang puts one thing on its printer.
func hang(p *match.Printer, kind, ref string, slot int, s match.Spool) {
	switch kind {
	case "tag":
		p.TagIDs = append(p.TagIDs, ref)
	case "group":
		p.GroupIDs = append(p.GroupIDs, ref)
	case "print":
		p.Active = true
	case "slot":
		loaded := match.Slot{Index: slot}
		if s.ID = ref; ref != "" {
			loaded.Spool = &s
		}
		p.Slots = append(p.Slots, loaded)
	}
}

// Facts is what matching knows of a printer that was read by WithFacts.
func Facts(p *ent.Printer) match.Printer {
	return match.Printer{
		ID: string(p.ID), Name: p.Name, Model: p.Model, Manufacturer: p.Manufacturer,
		State: string(p.State), BedState: string(p.BedState), RequireBedClear: p.RequireBedClear,
		OutOfOrder: p.OutOfOrder, Active: len(p.Edges.Prints) > 0,
		Volume: deref(p.BuildVolumeMm), NozzleDiameterMM: p.NozzleDiameterMm, NozzleType: p.NozzleType,
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
