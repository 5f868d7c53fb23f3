package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/pid"
)

type printerResolver struct{ *Resolver }

// Printer implements generated.ResolverRoot.
func (r *Resolver) Printer() generated.PrinterResolver { return &printerResolver{r} }

// ActiveSpool is the spool in the first loaded slot.
func (r *printerResolver) ActiveSpool(ctx context.Context, of *ent.Printer) (*ent.Spool, error) {
	return together(ctx, r.Resolver, of, r.activeSpools)
}

// activeSpools are the spools in the first loaded slots of the printers, with what the selection asks of them.
func (r *Resolver) activeSpools(ctx context.Context, printers []*ent.Printer) (map[*ent.Printer]*ent.Spool, error) {
	slots, err := r.Client.PrinterSlot.Query().Where(printerslot.PrinterIDIn(identifiers(printers)...), printerslot.SpoolIDNotNil()).
		Order(ent.Asc(printerslot.FieldIndex)).All(ctx)
	if err != nil {
		return nil, err
	}
	active := map[pid.ID]pid.ID{} // printer to spool
	for _, slot := range slots {
		if _, found := active[slot.PrinterID]; !found {
			active[slot.PrinterID] = *slot.SpoolID
		}
	}
	ids := make([]pid.ID, 0, len(active))
	for _, id := range active {
		ids = append(ids, id)
	}
	q, err := r.Client.Spool.Query().Where(spool.IDIn(ids...)).CollectFields(ctx, "Spool")
	if err != nil {
		return nil, err
	}
	spools, err := q.All(ctx)
	if err != nil {
		return nil, err
	}
	of := map[pid.ID]*ent.Spool{}
	for _, s := range spools {
		of[s.ID] = s
	}
	return each(printers, func(p *ent.Printer) *ent.Spool { return of[active[p.ID]] }), nil
}

// CreatePrinter is the mutation createPrinter.
func (r *mutationResolver) CreatePrinter(ctx context.Context, input fleet.CreatePrinterInput) (*ent.Printer, error) {
	return reload[*ent.Printer](ctx, r.Client)(r.Fleet.CreatePrinter(ctx, input))
}

// UpdatePrinter is the mutation updatePrinter.
func (r *mutationResolver) UpdatePrinter(ctx context.Context, input fleet.UpdatePrinterInput) (*ent.Printer, error) {
	return reload[*ent.Printer](ctx, r.Client)(r.Fleet.UpdatePrinter(ctx, input))
}

// DeletePrinterGroup is the mutation deletePrinterGroup.
func (r *mutationResolver) DeletePrinterGroup(ctx context.Context, printerGroupID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Fleet.DeletePrinterGroup(ctx, fleet.DeletePrinterGroupInput{PrinterGroupID: printerGroupID, IfMatch: or(ifMatch, "")}))
}

// DeletePrinter is the mutation deletePrinter.
func (r *mutationResolver) DeletePrinter(ctx context.Context, printerID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Fleet.DeletePrinter(ctx, fleet.DeletePrinterInput{PrinterID: printerID, IfMatch: or(ifMatch, "")}))
}

// TestPrinterConnection is the mutation testPrinterConnection.
func (r *mutationResolver) TestPrinterConnection(ctx context.Context, input fleet.TestConnectionInput) (*fleet.ConnectionTest, error) {
	return pointer(r.Fleet.TestConnection(ctx, input))
}
