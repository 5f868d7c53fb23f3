package queue

import (
	"context"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
)

// Look takes one look at one printer, as Run does, and tells what went wrong.
func (w *Worker) Look(ctx context.Context, organization, printer pid.ID) error {
	ctx = authz.With(ctx, authz.System(organization, "printer_worker"))
	p, err := w.read(ctx, printer)
	if err != nil {
		return err
	}
	return w.drive(ctx, p)
}
