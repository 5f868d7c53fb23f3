package fleet

import (
	"context"
	"fmt"
	"maps"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// CreatePrinter adds a printer with its slots. It is offline until its device has answered.
func (s *Service) CreatePrinter(ctx context.Context, in CreatePrinterInput) (*ent.Printer, error) {
	return op.Do(ctx, s.Ops, OpPrinterCreate, in, func(ctx context.Context, tx *ent.Tx) (*ent.Printer, error) {
		if err := s.supported(in.Connector.stored()); err != nil {
			return nil, err
		}

		id, err := s.insert(ctx, tx, in)
		if err != nil {
			return nil, err
		}
		if err := syncSlots(ctx, tx, id, nil, in.slots()); err != nil {
			return nil, err
		}
		if _, err := RememberVolume(ctx, tx, in.BuildVolumeMM); err != nil {
			return nil, err
		}

		created, err := shown(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		event.Emit(ctx, tx, event.Created{Resource: "printer", ID: id, Object: object(created)})
		return created, nil
	})
}

// insert makes the row. Its identifier comes first, because the secret is sealed for it.
func (s *Service) insert(ctx context.Context, tx *ent.Tx, in CreatePrinterInput) (pid.ID, error) {
	id := pid.New("prn")
	q := tx.Printer.Create().SetID(id).SetName(in.Name).
		SetNillableManufacturer(in.Manufacturer).SetNillableModel(in.Model).SetNillableSerialNumber(in.SerialNumber).
		SetNillableLocation(in.Location).SetConnector(in.Connector.stored()).
		SetNillableNozzleDiameterMm(in.NozzleDiameterMM).
		SetNillableNozzleType(in.NozzleType).SetNillableMaxNozzleC(in.MaxNozzleC).SetNillableMaxBedC(in.MaxBedC).
		SetNillableEnclosed(in.Enclosed).SetNillableAutoDispatch(in.AutoDispatch).SetNillableRequireBedClear(in.RequireBedClear).
		SetNillableBedState(in.BedState).
		SetSearch(searchOf(in.Name, deref(in.Manufacturer), deref(in.Model), deref(in.SerialNumber), deref(in.Location)))
	if len(in.TagIDs) > 0 {
		q.AddTagIDs(in.TagIDs...)
	}
	if len(in.GroupIDs) > 0 {
		q.AddGroupIDs(in.GroupIDs...)
	}
	if in.SupportedFormats != nil {
		q.SetSupportedFormats(in.SupportedFormats)
	}
	if in.BuildVolumeMM != nil {
		q.SetBuildVolumeMm(in.BuildVolumeMM)
	}
	if in.OutOfOrder != nil {
		q.SetOutOfOrder(in.OutOfOrder)
	}
	if plain := deref(in.Connector.Secret); plain != "" {
		q.SetConnectorSecret(s.seal(id, plain))
	}
	if err := q.Exec(ctx); err != nil {
		return "", fmt.Errorf("insert printer: %w", err)
	}
	return id, nil
}

// stored is the connector as its column keeps it.
func (in ConnectorInput) stored() schematype.Connector {
	return schematype.Connector{Kind: in.Kind, Address: deref(in.Address), Options: in.Options}
}

// DeletePrinter deletes a printer that has no print and no assigned items, and unloads its spools. Its history stays.
func (s *Service) DeletePrinter(ctx context.Context, in DeletePrinterInput) (*ent.Printer, error) {
	return op.Do(ctx, s.Ops, OpPrinterDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.Printer, error) {
		old, err := op.Load(ctx, tx.Printer, in.PrinterID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		if err := unbound(ctx, tx, old.ID); err != nil {
			return nil, err
		}

		if err := s.Unload(ctx, tx, old.ID); err != nil {
			return nil, err
		}
		gone, err := tx.Printer.UpdateOne(old).SetDeletedAt(op.Now(ctx)).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("delete printer: %w", err)
		}

		event.Emit(ctx, tx, event.Deleted{Resource: "printer", ID: gone.ID, Object: record.Printer(old)})
		return gone, nil
	})
}

// ActivePrints are the states in which a print holds its printer.
func ActivePrints() []printrun.State {
	return []printrun.State{printrun.StateDispatching, printrun.StateNeedsConfirmation, printrun.StatePrinting, printrun.StatePaused}
}

// printing reports whether the printer has a print in one of the states.
func printing(ctx context.Context, tx *ent.Tx, id pid.ID, states ...printrun.State) (bool, error) {
	found, err := tx.PrintRun.Query().Where(printrun.PrinterID(id), printrun.StateIn(states...)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for a print: %w", err)
	}
	return found, nil
}

// unbound refuses printers with a print, also one that waits for its verdict on the bed, and with items in their line.
func unbound(ctx context.Context, tx *ent.Tx, id pid.ID) error {
	busy, err := printing(ctx, tx, id, append(ActivePrints(), printrun.StateFinished)...)
	if err != nil {
		return err
	}
	if busy {
		return errs.New(errs.PrinterInUse, "The printer has a print. Wait until it ends, or cancel it, and clear the bed.")
	}
	items, err := tx.QueueItem.Query().Where(queueitem.AssignedPrinterID(id), queueitem.StateNotIn(
		queueitem.StateCompleted, queueitem.StateFailed, queueitem.StateCancelled, queueitem.StateExpired)).Count(ctx)
	if err != nil {
		return fmt.Errorf("count assigned items: %w", err)
	}
	if items > 0 {
		return errs.New(errs.PrinterInUse, "Queue items assigned to the printer: %d. Unassign them first.", items)
	}
	return nil
}

// shown reads a printer with all that an answer shows of it.
func shown(ctx context.Context, tx *ent.Tx, id pid.ID) (*ent.Printer, error) {
	p, err := listing.LoadPrinter(tx.Printer.Query().Where(printer.ID(id))).Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read printer: %w", err)
	}
	return p, nil
}

// object is a printer as its events show it: with its slots, and whether a secret is known.
func object(p *ent.Printer) map[string]any {
	o := maps.Clone(record.Printer(p))
	slots := make([]map[string]any, len(p.Edges.Slots))
	for i, s := range p.Edges.Slots {
		slots[i] = map[string]any{"index": s.Index, "name": s.Name, "spool_id": s.SpoolID}
	}
	o["slots"] = slots
	o["connector_secret_set"] = len(p.ConnectorSecret) > 0
	return o
}

// searchOf is what q= finds a printer by.
func searchOf(texts ...string) string { return listing.Fold(texts...) }

// deref is the value, or the zero value for none.
func deref[T any](v *T) (zero T) {
	if v != nil {
		return *v
	}
	return zero
}
