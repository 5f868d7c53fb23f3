package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
)

type (
	spoolResolver       struct{ *Resolver }
	spoolChangeResolver struct{ *Resolver }
)

// Spool implements generated.ResolverRoot.
func (r *Resolver) Spool() generated.SpoolResolver { return &spoolResolver{r} }

// SpoolChange implements generated.ResolverRoot.
func (r *Resolver) SpoolChange() generated.SpoolChangeResolver { return &spoolChangeResolver{r} }

// Assignment is where the spool is loaded.
func (r *spoolResolver) Assignment(ctx context.Context, of *ent.Spool) (*ent.PrinterSlot, error) {
	return together(ctx, r.Resolver, of, r.slotsOf)
}

// slotsOf are the slots that the spools are in.
func (r *Resolver) slotsOf(ctx context.Context, spools []*ent.Spool) (map[*ent.Spool]*ent.PrinterSlot, error) {
	slots, err := r.Client.PrinterSlot.Query().Where(printerslot.SpoolIDIn(identifiers(spools)...)).All(ctx)
	if err != nil {
		return nil, err
	}
	of := map[pid.ID]*ent.PrinterSlot{}
	for _, slot := range slots {
		of[*slot.SpoolID] = slot
	}
	return each(spools, func(s *ent.Spool) *ent.PrinterSlot { return of[s.ID] }), nil
}

// Spool is the spool after the change.
func (r *spoolChangeResolver) Spool(ctx context.Context, of *material.SpoolChange) (*ent.Spool, error) {
	return reload[*ent.Spool](ctx, r.Client)(of.Spool, nil)
}

// LedgerEntry is the entry that says why.
func (r *spoolChangeResolver) LedgerEntry(ctx context.Context, of *material.SpoolChange) (*ent.LedgerEntry, error) {
	return reload[*ent.LedgerEntry](ctx, r.Client)(of.LedgerEntry, nil)
}

// MaterialShoppingList is the query materialShoppingList.
func (r *queryResolver) MaterialShoppingList(ctx context.Context) (*material.ShoppingList, error) {
	return r.Material.ShoppingList(ctx, material.ShoppingListInput{})
}

// DeleteMaterial is the mutation deleteMaterial.
func (r *mutationResolver) DeleteMaterial(ctx context.Context, materialID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Material.DeleteMaterial(ctx, material.DeleteMaterialInput{MaterialID: materialID, IfMatch: or(ifMatch, "")}))
}

// CreateSpool is the mutation createSpool.
func (r *mutationResolver) CreateSpool(ctx context.Context, input material.CreateSpoolInput) (*ent.Spool, error) {
	return reload[*ent.Spool](ctx, r.Client)(r.Material.CreateSpool(ctx, input))
}

// UpdateSpool is the mutation updateSpool.
func (r *mutationResolver) UpdateSpool(ctx context.Context, input material.UpdateSpoolInput) (*ent.Spool, error) {
	return reload[*ent.Spool](ctx, r.Client)(r.Material.UpdateSpool(ctx, input))
}

// DeleteSpool is the mutation deleteSpool.
func (r *mutationResolver) DeleteSpool(ctx context.Context, spoolID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Material.DeleteSpool(ctx, material.DeleteSpoolInput{SpoolID: spoolID, IfMatch: or(ifMatch, "")}))
}

// DeductSpool is the mutation deductSpool.
func (r *mutationResolver) DeductSpool(ctx context.Context, input material.DeductSpoolInput) (*material.SpoolChange, error) {
	return pointer(r.Material.DeductSpool(ctx, input))
}

// MeasureSpool is the mutation measureSpool.
func (r *mutationResolver) MeasureSpool(ctx context.Context, input material.MeasureSpoolInput) (*material.SpoolChange, error) {
	return pointer(r.Material.MeasureSpool(ctx, input))
}

// UndoLedgerEntry is the mutation undoLedgerEntry.
func (r *mutationResolver) UndoLedgerEntry(ctx context.Context, input material.UndoLedgerEntryInput) (*material.SpoolChange, error) {
	return pointer(r.Material.UndoLedgerEntry(ctx, input))
}

// CreateSpoolAssignment is the mutation createSpoolAssignment.
func (r *mutationResolver) CreateSpoolAssignment(ctx context.Context, input material.AssignSpoolInput) (*ent.SpoolAssignment, error) {
	return reload[*ent.SpoolAssignment](ctx, r.Client)(r.Material.AssignSpool(ctx, input))
}

// DeleteSpoolAssignment is the mutation deleteSpoolAssignment.
func (r *mutationResolver) DeleteSpoolAssignment(ctx context.Context, assignmentID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Material.UnassignSpool(ctx, material.UnassignSpoolInput{AssignmentID: assignmentID, IfMatch: or(ifMatch, "")}))
}
