package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/usergroup"
	"github.com/soloprint/soloprint/internal/pid"
)

// touch is what events make out of date.
type touch struct {
	allPrinters bool
	printers    map[pid.ID]bool // whose equipment may be another one
	classes     map[pid.ID]bool // whose printer groups may be others
	submitters  map[pid.ID]bool // who may use other printers
	files       map[pid.ID]bool
	sizes       bool // a build volume is new: what fits into it has another profile
	everyItem   bool // somebody may use other printers, and nobody knows who

	spools  []pid.ID        // that are others now
	weighed []pid.ID        // that hold less now
	grams   map[pid.ID]bool // printers with other reservations
	groups  []pid.ID        // user groups
	resized []pid.ID        // printers with another build volume
}

// told is what of an event's data matters here.
type told struct {
	Object struct {
		PrinterID         pid.ID          `json:"printer_id"`
		AssignedPrinterID pid.ID          `json:"assigned_printer_id"`
		Volume            schematype.Size `json:"build_volume_mm"`
	} `json:"object"`
	Previous map[string]json.RawMessage `json:"previous"`
}

// telling are the resources of whose events the data matters: a roster brings tens of thousands of others.
var telling = []string{"printer", "spool_assignment", "queue_item", "print"}

func touchedBy(ctx context.Context, tx *ent.Tx, events []*ent.Event) (*touch, error) {
	t := &touch{printers: map[pid.ID]bool{}, classes: map[pid.ID]bool{}, submitters: map[pid.ID]bool{}, files: map[pid.ID]bool{}, grams: map[pid.ID]bool{}}
	for _, e := range events {
		var d told
		resource, verb, _ := strings.Cut(e.Type, ".")
		if slices.Contains(telling, resource) {
			_ = json.Unmarshal(e.Data, &d) // an event whose data are others touches by its subject alone
		}
		t.see(resource, verb, pid.ID(e.SubjectID), d)
	}
	if err := t.loaded(ctx, tx); err != nil {
		return nil, err
	}
	if err := t.members(ctx, tx); err != nil {
		return nil, err
	}
	return t, t.volumes(ctx, tx, len(events) == refreshEvents)
}

// see notes what one event touches. What a printer does now is no part of a verdict, nor is a name.
func (t *touch) see(resource, verb string, subject pid.ID, d told) {
	updated, deleted := verb == "updated", verb == "deleted"
	switch resource {
	case "printer":
		t.seePrinter(verb, subject, d)
	case "spool":
		switch verb {
		case "deducted":
			t.weighed = append(t.weighed, subject)
		case "low", "critical": // follow from a change that is told too
		default:
			t.spools = append(t.spools, subject)
		}
	case "spool_assignment":
		t.printers[d.Object.PrinterID] = true
	case "queue_item", "print":
		t.grams[d.Object.PrinterID], t.grams[d.Object.AssignedPrinterID] = true, true
	case "printer_tag":
		t.allPrinters = t.allPrinters || deleted
	case "printer_group":
		t.allPrinters, t.everyItem = t.allPrinters || deleted, t.everyItem || deleted
	case "material", "organization":
		t.allPrinters = t.allPrinters || updated
	case "class":
		t.classes[subject] = t.classes[subject] || updated
	case "user":
		t.submitters[subject] = true
	case "user_group":
		t.groups, t.everyItem = append(t.groups, subject), t.everyItem || deleted
	case "file":
		t.files[subject] = true
	}
}

func (t *touch) seePrinter(verb string, subject pid.ID, d told) {
	if verb != "created" && verb != "updated" && verb != "deleted" {
		return
	}
	t.printers[subject] = true
	if _, changed := d.Previous["build_volume_mm"]; changed || verb == "created" && !d.Object.Volume.Zero() {
		t.resized = append(t.resized, subject)
	}
}

// loaded adds the printers in which the spools are. Where a printer has one spool, grams change no verdict.
func (t *touch) loaded(ctx context.Context, tx *ent.Tx) error {
	if len(t.spools)+len(t.weighed)+len(t.grams) == 0 {
		return nil
	}
	within := printerslot.Or(printerslot.SpoolIDIn(distinct(append(t.spools, t.weighed...))...), printerslot.PrinterIDIn(keys(t.grams)...))
	slots, err := tx.PrinterSlot.Query().Where(within, printerslot.SpoolIDNotNil()).All(ctx)
	if err != nil {
		return fmt.Errorf("read slots: %w", err)
	}
	for _, s := range slots {
		if slices.Contains(t.spools, *s.SpoolID) {
			t.printers[s.PrinterID] = true
			continue
		}
		t.grams[s.PrinterID] = true
	}
	slots, err = tx.PrinterSlot.Query().Where(printerslot.PrinterIDIn(keys(t.grams)...), printerslot.SpoolIDNotNil()).All(ctx)
	if err != nil {
		return fmt.Errorf("read slots: %w", err)
	}
	spools := map[pid.ID]int{}
	for _, s := range slots {
		if spools[s.PrinterID]++; spools[s.PrinterID] > 1 {
			t.printers[s.PrinterID] = true
		}
	}
	return nil
}

// members adds the people of the user groups.
func (t *touch) members(ctx context.Context, tx *ent.Tx) error {
	if len(t.groups) == 0 {
		return nil
	}
	ids, err := tx.Membership.Query().Where(membership.HasUserGroupsWith(usergroup.IDIn(distinct(t.groups)...))).IDs(ctx)
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	for _, id := range ids {
		t.submitters[id] = true
	}
	return nil
}

// volumes finds out whether a build volume may never have been seen before: no other printer has it. Two printers that
// bring the same one are seen together, unless more events wait.
func (t *touch) volumes(ctx context.Context, tx *ent.Tx, more bool) error {
	if len(t.resized) == 0 || more {
		t.sizes = len(t.resized) > 0
		return nil
	}
	all, err := tx.Printer.Query().Select(printer.FieldBuildVolumeMm).All(ctx)
	if err != nil {
		return fmt.Errorf("read build volumes: %w", err)
	}
	known := map[schematype.Size]bool{}
	for _, p := range all {
		if !slices.Contains(t.resized, p.ID) {
			known[deref(p.BuildVolumeMm)] = true
		}
	}
	for _, p := range all {
		t.sizes = t.sizes || slices.Contains(t.resized, p.ID) && !known[deref(p.BuildVolumeMm)]
	}
	return nil
}
