package notify

import (
	"context"
	"fmt"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/material"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/pid"
)

// subject is what an event is about, in words. Events themselves are thin: they hold no names.
type subject struct {
	Name    string // what people call it
	Number  string // what it is called where no names of people may be: Item #12
	Printer string
	Detail  string // why, or how much
	Private bool   // its name and details are people's words
}

// public is the subject as it may leave the organization.
func (s subject) public() subject {
	if s.Private {
		s.Name, s.Detail = s.Number, ""
	}
	return s
}

// subject reads what an event is about, once for all rules. What is gone is called as the event calls it.
func (d *desk) subject(ctx context.Context, f fact) (subject, error) {
	if s, ok := d.subjects[string(f.ID)]; ok {
		return s, nil
	}
	s, err := d.describe(ctx, f, pid.ID(f.SubjectID))
	if ent.IsNotFound(err) {
		s, err = unnamed(f), nil
	}
	if err != nil {
		return subject{}, fmt.Errorf("read %s: %w", f.SubjectType, err)
	}
	if s.Name == "" {
		s = unnamed(f)
	}
	d.subjects[string(f.ID)] = s
	return s, nil
}

// unnamed is a subject of which nothing more is known.
func unnamed(f fact) subject {
	what := strings.ReplaceAll(f.SubjectType, "_", " ")
	if name := f.text("name"); name != "" {
		return subject{Name: name, Number: what, Private: f.SubjectType != "printer" && f.SubjectType != "material"}
	}
	return subject{Name: what, Number: what}
}

func (d *desk) describe(ctx context.Context, f fact, id pid.ID) (subject, error) {
	switch f.SubjectType {
	case "queue_item":
		return d.item(ctx, id)
	case "print":
		return d.print(ctx, f, id)
	case "printer":
		p, err := d.tx.Printer.Query().Where(printer.ID(id)).Only(ctx)
		if err != nil {
			return subject{}, err
		}
		return subject{Name: p.Name, Number: p.Name, Printer: p.Name, Detail: f.text("state_message"), Private: true}, nil // devices name files
	case "spool":
		return d.spool(ctx, id)
	case "material":
		m, err := d.tx.Material.Query().Where(material.ID(id)).Only(ctx)
		if err != nil {
			return subject{}, err
		}
		return subject{Name: m.Name, Number: m.Name}, nil
	}
	return unnamed(f), nil
}

func (d *desk) item(ctx context.Context, id pid.ID) (subject, error) {
	it, err := d.tx.QueueItem.Query().Where(queueitem.ID(id)).Only(ctx)
	if err != nil {
		return subject{}, err
	}
	return subject{Name: it.Name, Number: fmt.Sprintf("#%d", it.Number), Detail: it.ApprovalReason, Private: true}, nil
}

func (d *desk) print(ctx context.Context, f fact, id pid.ID) (subject, error) {
	p, err := d.tx.PrintRun.Query().Where(printrun.ID(id)).WithQueueItem().Only(ctx)
	if err != nil {
		return subject{}, err
	}
	s := subject{Printer: p.PrinterName, Detail: f.text("failure_reason"), Private: true}
	if it := p.Edges.QueueItem; it != nil {
		s.Name, s.Number = it.Name, fmt.Sprintf("#%d", it.Number)
	}
	return s, nil
}

func (d *desk) spool(ctx context.Context, id pid.ID) (subject, error) {
	sp, err := d.tx.Spool.Query().Where(spool.ID(id)).WithMaterial().Only(ctx)
	if err != nil {
		return subject{}, err
	}
	name := sp.Code
	if m := sp.Edges.Material; m != nil {
		name += " (" + m.Name + ")"
	}
	return subject{Name: name, Number: name, Detail: fmt.Sprintf("%.0f g", sp.RemainingG)}, nil
}
