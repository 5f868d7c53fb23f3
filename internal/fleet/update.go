package fleet

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// UpdatePrinter changes a printer. While it prints, neither its connector nor the number of its slots changes.
func (s *Service) UpdatePrinter(ctx context.Context, in UpdatePrinterInput) (*ent.Printer, error) {
	return op.Do(ctx, s.Ops, OpPrinterUpdate, in, func(ctx context.Context, tx *ent.Tx) (*ent.Printer, error) {
		locked, err := op.Load(ctx, tx.Printer, in.PrinterID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, locked.Version); err != nil {
			return nil, err
		}
		old, err := shown(ctx, tx, locked.ID)
		if err != nil {
			return nil, err
		}
		p := patch{u: tx.Printer.UpdateOne(old), old: old}
		if err := s.plan(&p, in); err != nil {
			return nil, err
		}
		if p.unchanged() {
			return old, nil
		}
		if err := p.allowed(ctx, tx); err != nil {
			return nil, err
		}

		now, err := p.write(ctx, tx)
		if err != nil {
			return nil, err
		}

		after := object(now)
		event.Emit(ctx, tx, event.Updated{Resource: "printer", ID: now.ID, Object: after, Previous: record.Previous(object(old), after)})
		return now, nil
	})
}

// patch is what of an Input is new.
type patch struct {
	u         *ent.PrinterUpdateOne
	old       *ent.Printer
	slots     []SlotInput // nil: as they are
	reconnect bool        // kind, address, secret or options are other ones
}

// plan puts the differences between the Input and the printer into the patch.
func (s *Service) plan(p *patch, in UpdatePrinterInput) error {
	in.words(p)
	in.equipment(p)
	in.switches(p)
	p.relink(in)
	if names, ok := in.Slots.ValueOK(); ok && !slices.Equal(names, slotsOf(p.old)) {
		p.slots = names
	}
	if c, ok := in.Connector.ValueOK(); ok {
		return s.reconnect(p, *c)
	}
	return nil
}

// words are the texts that people know the printer by.
func (in UpdatePrinterInput) words(p *patch) {
	texts := []struct {
		patch graphql.Omittable[*string]
		old   string
		set   func(string) *ent.PrinterUpdateOne
	}{
		{in.Name, p.old.Name, p.u.SetName},
		{in.Manufacturer, p.old.Manufacturer, p.u.SetManufacturer},
		{in.Model, p.old.Model, p.u.SetModel},
		{in.SerialNumber, p.old.SerialNumber, p.u.SetSerialNumber},
		{in.Location, p.old.Location, p.u.SetLocation},
	}
	words := make([]string, len(texts))
	for i, t := range texts {
		words[i] = t.old
		if v, ok := differs(t.patch, t.old); ok {
			words[i] = v
			t.set(v)
		}
	}
	if search := searchOf(words...); search != p.old.Search {
		p.u.SetSearch(search)
	}
}

// equipment is what the printer can do.
func (in UpdatePrinterInput) equipment(p *patch) {
	volume, ok := in.BuildVolumeMM.ValueOK()
	switch {
	case !ok || reflect.DeepEqual(volume, p.old.BuildVolumeMm):
	case volume == nil:
		p.u.ClearBuildVolumeMm()
	default:
		p.u.SetBuildVolumeMm(volume)
	}
	if v, ok := differs(in.NozzleDiameterMM, p.old.NozzleDiameterMm); ok {
		p.u.SetNozzleDiameterMm(v)
	}
	if v, ok := differs(in.NozzleType, p.old.NozzleType); ok {
		p.u.SetNozzleType(v)
	}
	if v, ok := differs(in.MaxNozzleC, p.old.MaxNozzleC); ok {
		p.u.SetMaxNozzleC(v)
	}
	if v, ok := differs(in.MaxBedC, p.old.MaxBedC); ok {
		p.u.SetMaxBedC(v)
	}
	if v, ok := differs(in.Enclosed, p.old.Enclosed); ok {
		p.u.SetEnclosed(v)
	}
	if v, ok := in.SupportedFormats.ValueOK(); ok && !slices.Equal(v, p.old.SupportedFormats) {
		p.u.SetSupportedFormats(v)
	}
}

// switches are how it takes part.
func (in UpdatePrinterInput) switches(p *patch) {
	if v, ok := differs(in.AutoDispatch, p.old.AutoDispatch); ok {
		p.u.SetAutoDispatch(v)
	}
	if v, ok := differs(in.RequireBedClear, p.old.RequireBedClear); ok {
		p.u.SetRequireBedClear(v)
	}
	v, ok := in.OutOfOrder.ValueOK()
	switch {
	case !ok || reflect.DeepEqual(v, p.old.OutOfOrder):
	case v == nil:
		p.u.ClearOutOfOrder()
	default:
		p.u.SetOutOfOrder(v)
	}
}

// relink adds and removes tags and groups. Ent counts an empty list as a change, so that only real ones are named.
func (p *patch) relink(in UpdatePrinterInput) {
	if wanted, ok := in.TagIDs.ValueOK(); ok {
		had := identifiers(p.old.Edges.Tags)
		link(without(wanted, had), p.u.AddTagIDs)
		link(without(had, wanted), p.u.RemoveTagIDs)
	}
	if wanted, ok := in.GroupIDs.ValueOK(); ok {
		had := identifiers(p.old.Edges.Groups)
		link(without(wanted, had), p.u.AddGroupIDs)
		link(without(had, wanted), p.u.RemoveGroupIDs)
	}
}

func link(ids []pid.ID, do func(...pid.ID) *ent.PrinterUpdateOne) {
	if len(ids) > 0 {
		do(ids...)
	}
}

func (p *patch) unchanged() bool {
	m := p.u.Mutation()
	return p.slots == nil && len(m.Fields())+len(m.ClearedFields())+len(m.AddedEdges())+len(m.RemovedEdges()) == 0
}

// allowed refuses what a print would not survive.
func (p *patch) allowed(ctx context.Context, tx *ent.Tx) error {
	if !p.reconnect && (p.slots == nil || len(p.slots) == len(p.old.Edges.Slots)) {
		return nil
	}
	busy, err := printing(ctx, tx, p.old.ID, ActivePrints()...)
	if err != nil {
		return err
	}
	if busy {
		return errs.New(errs.PrinterInUse, "The printer has a print. Its connector and the number of its slots stay until it ends.")
	}
	return nil
}

// write saves the patch. New slots alone are a change of the printer too, and raise its version.
func (p *patch) write(ctx context.Context, tx *ent.Tx) (*ent.Printer, error) {
	if p.slots != nil {
		if err := syncSlots(ctx, tx, p.old.ID, p.old.Edges.Slots, p.slots); err != nil {
			return nil, err
		}
		if _, named := p.u.Mutation().Name(); !named {
			p.u.SetName(p.old.Name)
		}
	}
	if err := p.u.Exec(ctx); err != nil {
		return nil, fmt.Errorf("update printer: %w", err)
	}
	now, err := shown(ctx, tx, p.old.ID)
	if err != nil {
		return nil, err
	}
	_, err = RememberVolume(ctx, tx, now.BuildVolumeMm)
	return now, err
}

// differs is the value of a patch where it is another one; null is the zero value.
func differs[T comparable](patch graphql.Omittable[*T], old T) (v T, ok bool) {
	p, ok := patch.ValueOK()
	v = deref(p)
	return v, ok && v != old
}

// identifiers are those of the rows.
func identifiers[E interface{ RowID() pid.ID }](rows []E) []pid.ID {
	ids := make([]pid.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.RowID()
	}
	return ids
}

// without is what of a is not in b.
func without(a, b []pid.ID) []pid.ID {
	return slices.DeleteFunc(slices.Clone(a), func(id pid.ID) bool { return slices.Contains(b, id) })
}
