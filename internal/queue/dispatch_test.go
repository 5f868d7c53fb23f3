package queue_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

// dispatching is what Ada is given from a queue. She is idle, with a clear bed and 100 g of PLA, unless printer says otherwise.
type dispatching struct {
	name        string
	printer     func(*ent.PrinterCreate)
	given       func(t *testing.T, b *bundle, p *ent.Printer)
	actor       func(t *testing.T, b *bundle, in *queue.DispatchNextQueueItemInput) context.Context
	wantItem    string
	code        errs.Code
	wantReasons []string
}

// queued puts items into the queue in order: "B 90 urgent" is one of 90 g.
func queued(items ...string) func(*testing.T, *bundle, *ent.Printer) {
	return func(t *testing.T, b *bundle, _ *ent.Printer) { b.queue(t, items...) }
}

func (b *bundle) queue(t *testing.T, items ...string) map[string]*ent.QueueItem {
	t.Helper()
	made := map[string]*ent.QueueItem{}
	for _, words := range items {
		f := strings.Fields(words)
		made[f[0]] = b.item(t, map[string]float64{"5": 5, "20": 20, "90": 90, "101": 101, "500": 500}[f[1]], func(in *queue.CreateQueueItemInput) {
			in.Name = f[0]
			for _, w := range f[2:] {
				switch w {
				case "low", "high", "urgent":
					in.Priority = w
				case "petg":
					in.Requirements.MaterialType = "PETG"
				case "thick":
					in.Requirements.NozzleDiameterMM = 0.6
				case "soon":
					in.DeadlineAt = ptr(b.Clock.Now().Add(time.Hour))
				case "later":
					in.DeadlineAt = ptr(b.Clock.Now().Add(48 * time.Hour))
				case "file":
					in.FileID = &b.file(t, b.o.Owner.ID).ID
				}
			}
		})
	}
	return made
}

// lined is queued, with the first of the items in Ada's line.
func lined(items ...string) func(*testing.T, *bundle, *ent.Printer) {
	return func(t *testing.T, b *bundle, p *ent.Printer) {
		b.assign(t, b.queue(t, items[0])[strings.Fields(items[0])[0]], p)
		b.queue(t, items[1:]...)
	}
}

func (row dispatching) run(t *testing.T, b *bundle) {
	p := b.o.Printer(t, "Ada", 1, func(q *ent.PrinterCreate) {
		if q.SetNozzleDiameterMm(0.4); row.printer != nil {
			row.printer(q)
		}
	})
	b.load(t, p, 0, b.o.Spool(t, b.o.Material(t), 100))
	if row.given != nil {
		row.given(t, b, p)
	}
	ctx, in := b.ctx, queue.DispatchNextQueueItemInput{PrinterID: p.ID}
	if row.actor != nil {
		ctx = row.actor(t, b, &in)
	}
	prints := b.Raw.PrintRun.Query().CountX(t.Context())
	b.forget(t)

	out, err := b.dispatch.DispatchNext(ctx, in)

	wantCode(t, err, row.code)
	wantReasons(t, err, row.wantReasons...)
	b.audit(t)
	if row.code != "" {
		b.wantEvents(t)
		if n := b.Raw.PrintRun.Query().CountX(t.Context()); n != prints {
			t.Errorf("%d prints were made", n-prints)
		}
		return
	}
	b.wantEvents(t, "queue_item.dispatched")
	if out.QueueItem.Name != row.wantItem {
		t.Errorf("dispatched %s, want %s", out.QueueItem.Name, row.wantItem)
	}
	wantState(t, out.QueueItem, queueitem.StateDispatching)
	if out.QueueItem.CopiesRunning != 1 || out.Print.State != printrun.StateDispatching || out.Print.Copy != 1 || *out.Print.PrinterID != p.ID || out.Print.PrinterName != "Ada" {
		t.Errorf("item %+v, print %+v", out.QueueItem, out.Print)
	}
	if s := b.spoolOf(t, p, 0); s.ReservedG < out.QueueItem.EstimatedG {
		t.Errorf("%g g reserved", s.ReservedG)
	}
}

func TestDispatchNext(t *testing.T) {
	bed := func(s printer.BedState) func(*ent.PrinterCreate) {
		return func(q *ent.PrinterCreate) { q.SetBedState(s) }
	}
	state := func(s printer.State) func(*ent.PrinterCreate) {
		return func(q *ent.PrinterCreate) { q.SetState(s) }
	}
	rows := []dispatching{
		{name: "the item that waits longest is next", given: queued("A 20", "B 20"), wantItem: "A"},
		{name: "priority goes before place", given: queued("A 20", "B 20 urgent", "C 20 high"), wantItem: "B"},
		{name: "what must start sooner goes first", given: queued("A 20", "B 20 later", "C 20 soon"), wantItem: "C"},
		{name: "inside a priority", given: queued("A 20 soon", "B 20 high"), wantItem: "B"},
		{name: "the printer's own line goes before all", given: lined("A 20 low", "B 20 urgent"), wantItem: "A"},
		{name: "unless nothing in it can start", given: func(t *testing.T, b *bundle, p *ent.Printer) {
			it := b.queue(t, "A 20", "B 20")["A"]
			b.assign(t, it, p)
			_, err := b.items.Hold(b.ctx, queue.HoldQueueItemInput{QueueItemID: it.ID})
			must(t, err)
		}, wantItem: "B"},
		{name: "what cannot be printed here is passed over", given: queued("A 20 petg", "B 20 thick", "C 20"), wantItem: "C"},
		{name: "what is too heavy is passed over", given: queued("A 500", "B 101", "C 90"), wantItem: "C"},
		{name: "what waits for approval is passed over", given: func(t *testing.T, b *bundle, _ *ent.Printer) {
			b.pending(t)
			b.queue(t, "B 20")
		}, wantItem: "B"},
		{name: "what another printer has in its line is passed over", given: func(t *testing.T, b *bundle, _ *ent.Printer) {
			b.assign(t, b.queue(t, "A 20", "B 20")["A"], b.printer(t, "Bob", 100))
		}, wantItem: "B"},
		{name: "what the line has reserved is not for others", given: func(t *testing.T, b *bundle, p *ent.Printer) {
			it := b.queue(t, "A 90", "B 20", "C 5")["A"]
			b.assign(t, it, p)
			_, err := b.items.Hold(b.ctx, queue.HoldQueueItemInput{QueueItemID: it.ID})
			must(t, err)
		}, wantItem: "C"},
		{name: "a printer that said finished takes the next", printer: state("finished"), given: queued("A 20"), wantItem: "A"},
		{name: "a printer that clears its bed itself does not wait", printer: func(q *ent.PrinterCreate) { q.SetRequireBedClear(false).SetBedState("occupied") }, given: queued("A 20"), wantItem: "A"},
		{name: "a printer that is busy", printer: state("busy"), given: queued("A 20"), code: errs.PrinterNotReady, wantReasons: []string{"printer_busy"}},
		{name: "a printer that is offline, with its bed not clear", printer: func(q *ent.PrinterCreate) { q.SetState("offline").SetBedState("unknown") }, given: queued("A 20"),
			code: errs.PrinterNotReady, wantReasons: []string{"printer_offline", "bed_not_clear"}},
		{name: "a printer in maintenance", printer: state("maintenance"), given: queued("A 20"), code: errs.PrinterNotReady, wantReasons: []string{"printer_out_of_order"}},
		{name: "an outage that is over is none", given: queued("A 20"), wantItem: "A", printer: func(q *ent.PrinterCreate) {
			q.SetOutOfOrder(&schematype.OutOfOrder{Reason: "Belt", Until: ptr(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))})
		}},
		{name: "a part on the bed", printer: bed("occupied"), given: queued("A 20"), code: errs.BedNotClear, wantReasons: []string{"bed_not_clear"}},
		{name: "a bed that nobody looked at", printer: bed("unknown"), given: queued("A 20"), code: errs.BedNotClear, wantReasons: []string{"bed_not_clear"}},
		{name: "a second dispatch", given: func(t *testing.T, b *bundle, p *ent.Printer) {
			b.queue(t, "A 20", "B 20")
			b.next(t, p)
		}, code: errs.PrinterNotReady, wantReasons: []string{"printer_busy"}},
		{name: "an empty queue", code: errs.NoEligibleQueueItem},
		{name: "a queue in which everything is held", given: func(t *testing.T, b *bundle, _ *ent.Printer) { stages["held"](t, b, nil); b.pending(t) }, code: errs.NoEligibleQueueItem},
		{name: "filament alone stops the first item", given: queued("A 101", "B 500"), code: errs.FilamentShort, wantReasons: []string{"filament_insufficient"}},
		{name: "and nothing else that is behind it", given: queued("A 101", "B 20 petg"), code: errs.FilamentShort, wantReasons: []string{"filament_insufficient"}},
		{name: "filament is not alone", given: queued("A 101 thick"), code: errs.NoEligibleQueueItem, wantReasons: []string{"nozzle_diameter_mismatch", "filament_insufficient"}},
		{name: "the first item speaks, not one behind it", given: queued("A 20 petg", "B 101"), code: errs.NoEligibleQueueItem, wantReasons: []string{"material_mismatch"}},
		{name: "first is what goes first", given: queued("A 20 petg", "B 101 urgent"), code: errs.FilamentShort, wantReasons: []string{"filament_insufficient"}},
		{name: "a real printer prints files", printer: func(q *ent.PrinterCreate) { q.SetConnector(schematype.Connector{Kind: "moonraker"}) }, given: queued("A 20"), code: errs.FileRequired},
		{name: "and nothing else", printer: func(q *ent.PrinterCreate) { q.SetConnector(schematype.Connector{Kind: "moonraker"}) }, given: queued("A 20 file"), wantItem: "A"},
		{name: "a student", given: queued("A 20"), code: errs.InsufficientPermissions, actor: func(t *testing.T, b *bundle, _ *queue.DispatchNextQueueItemInput) context.Context {
			return b.o.As(t, authz.RoleStudent)
		}},
		{name: "a teacher, whose item it is not", given: queued("A 20"), wantItem: "A", actor: func(t *testing.T, b *bundle, _ *queue.DispatchNextQueueItemInput) context.Context {
			return b.o.As(t, authz.RoleTeacher)
		}},
		{name: "a teacher who may not use the printer", given: queued("A 20"), code: errs.InsufficientPermissions,
			actor: func(t *testing.T, b *bundle, _ *queue.DispatchNextQueueItemInput) context.Context {
				a := *authz.From(b.o.As(t, authz.RoleTeacher))
				a.Printers = []pid.ID{b.group(t, "Lab 2")}
				return authz.With(t.Context(), &a)
			}},
		{name: "another organization's printer", given: queued("A 20"), code: "printer_not_found", actor: func(t *testing.T, b *bundle, in *queue.DispatchNextQueueItemInput) context.Context {
			in.PrinterID = newBundle(t, b.Kit).printer(t, "Ada", 100).ID
			return b.ctx
		}},
		{name: "another organization's queue", code: errs.NoEligibleQueueItem, given: func(t *testing.T, b *bundle, _ *ent.Printer) { newBundle(t, b.Kit).queue(t, "A 20") }},
	}
	eachRow(t, rows, func(r dispatching) string { return r.name }, func(t *testing.T, b *bundle, r dispatching) { r.run(t, b) })
}

// A dry run answers what would be dispatched, or why nothing is, and changes nothing.
func TestDispatchDryRun(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		p := b.printer(t, "Ada", 100)
		in := queue.DispatchNextQueueItemInput{PrinterID: p.ID, DryRun: true}
		_, err := b.dispatch.DispatchNext(b.ctx, in)
		wantCode(t, err, errs.NoEligibleQueueItem)
		it := b.now(t, b.queue(t, "A 20")["A"])
		row := b.Raw.Printer.GetX(t.Context(), p.ID)
		b.forget(t)

		for range 2 {
			out, err := b.dispatch.DispatchNext(b.ctx, in)
			must(t, err)
			if out.Print != nil || out.QueueItem.ID != it.ID {
				t.Errorf("answer %+v", out)
			}
			wantEligibility(t, out.QueueItem, "eligible")
		}

		wantUnchanged(t, it, b.now(t, it))
		b.wantEvents(t)
		b.audit(t)
		if now := b.Raw.Printer.GetX(t.Context(), p.ID); now.Version != row.Version || b.Raw.PrintRun.Query().CountX(t.Context()) != 0 {
			t.Error("the printer changed")
		}
		b.next(t, p)
		_, err = b.dispatch.DispatchNext(b.ctx, in)
		wantCode(t, err, errs.PrinterNotReady)
	})
}

// Reasons call tags and groups by their names, also those that the printer is in.
func TestReasonsNameThings(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		lab, attic, fine := b.group(t, "Lab 2"), b.group(t, "Attic"), b.tag(t, "fine")
		p := b.o.Printer(t, "Ada", 1, func(q *ent.PrinterCreate) { q.AddGroupIDs(attic) })
		it := b.item(t, 10, asks(func(r *schematype.Requirements) {
			*r = schematype.Requirements{PrinterGroupIDs: []string{string(lab)}, TagIDs: []string{string(fine)}}
		}))
		_, assigned := b.matching.Assign(b.ctx, queue.AssignQueueItemInput{QueueItemID: it.ID, PrinterID: p.ID})
		_, dispatched := b.dispatch.DispatchNext(b.ctx, queue.DispatchNextQueueItemInput{PrinterID: p.ID})
		for _, err := range []error{assigned, dispatched} {
			rs := errs.From(err).Reasons
			if len(rs) != 2 || rs[0].Expected != "Lab 2" || rs[0].Actual != "Ada is in Attic" || rs[1].Expected != `tag "fine"` {
				t.Errorf("reasons %+v", rs)
			}
		}
	})
}
