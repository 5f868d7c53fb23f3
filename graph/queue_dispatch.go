package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/queue"
)

type (
	dispatchResultResolver struct{ *Resolver }
	clearBedResultResolver struct{ *Resolver }
)

// DispatchResult implements generated.ResolverRoot.
func (r *Resolver) DispatchResult() generated.DispatchResultResolver {
	return &dispatchResultResolver{r}
}

// ClearBedResult implements generated.ResolverRoot.
func (r *Resolver) ClearBedResult() generated.ClearBedResultResolver {
	return &clearBedResultResolver{r}
}

// QueueItem is the claimed item.
func (r *dispatchResultResolver) QueueItem(ctx context.Context, of *queue.DispatchResult) (*ent.QueueItem, error) {
	return r.item(ctx)(of.QueueItem, nil)
}

// Print is the claimed print, nil for a dry run.
func (r *dispatchResultResolver) Print(ctx context.Context, of *queue.DispatchResult) (*ent.PrintRun, error) {
	return present(of.Print, reload[*ent.PrintRun](ctx, r.Client))
}

// Printer is the cleared printer.
func (r *clearBedResultResolver) Printer(ctx context.Context, of *queue.ClearBedResult) (*ent.Printer, error) {
	return reload[*ent.Printer](ctx, r.Client)(of.Printer, nil)
}

// Print is the print that got its verdict, nil where none awaited one.
func (r *clearBedResultResolver) Print(ctx context.Context, of *queue.ClearBedResult) (*ent.PrintRun, error) {
	return present(of.Print, reload[*ent.PrintRun](ctx, r.Client))
}

// QueueItem is the print's item.
func (r *clearBedResultResolver) QueueItem(ctx context.Context, of *queue.ClearBedResult) (*ent.QueueItem, error) {
	return present(of.QueueItem, r.item(ctx))
}

// DispatchNextQueueItem is the mutation dispatchNextQueueItem.
func (r *mutationResolver) DispatchNextQueueItem(ctx context.Context, input queue.DispatchNextQueueItemInput) (*queue.DispatchResult, error) {
	return r.Dispatch.DispatchNext(ctx, input)
}

// ClearPrinterBed is the mutation clearPrinterBed.
func (r *mutationResolver) ClearPrinterBed(ctx context.Context, input queue.ClearBedInput) (*queue.ClearBedResult, error) {
	return r.Dispatch.ClearBed(ctx, input)
}

// PausePrinter is the mutation pausePrinter.
func (r *mutationResolver) PausePrinter(ctx context.Context, input queue.RunningPrintInput) (*ent.Printer, error) {
	return reload[*ent.Printer](ctx, r.Client)(r.Dispatch.Pause(ctx, input))
}

// ResumePrinter is the mutation resumePrinter.
func (r *mutationResolver) ResumePrinter(ctx context.Context, input queue.RunningPrintInput) (*ent.Printer, error) {
	return reload[*ent.Printer](ctx, r.Client)(r.Dispatch.Resume(ctx, input))
}

// CancelPrinter is the mutation cancelPrinter.
func (r *mutationResolver) CancelPrinter(ctx context.Context, input queue.RunningPrintInput) (*ent.Printer, error) {
	return reload[*ent.Printer](ctx, r.Client)(r.Dispatch.CancelPrint(ctx, input))
}

// ConfirmPrint is the mutation confirmPrint.
func (r *mutationResolver) ConfirmPrint(ctx context.Context, input queue.ConfirmPrintInput) (*ent.PrintRun, error) {
	return reload[*ent.PrintRun](ctx, r.Client)(r.Dispatch.Confirm(ctx, input))
}
