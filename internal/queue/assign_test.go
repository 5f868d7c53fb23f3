package queue_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// assigning is an item of 10 g PLA, or what given makes of it, put into the line of Ada, who has a kilogram of PLA, or of
// what given makes of her.
type assigning struct {
	name        string
	printer     func(*ent.PrinterCreate)
	grams       float64 // on the spool; 0 = a kilogram
	item        func(*queue.CreateQueueItemInput)
	given       func(t *testing.T, b *bundle, it *ent.QueueItem, in *queue.AssignQueueItemInput) context.Context
	override    *queue.OverrideInput
	wantG       float64 // reserved of the spool
	code        errs.Code
	wantReasons []string
}

func (row assigning) run(t *testing.T, b *bundle) {
	p := b.o.Printer(t, "Ada", 1, func(q *ent.PrinterCreate) {
		if row.printer != nil {
			row.printer(q)
		}
	})
	if row.grams == 0 {
		row.grams = 1000
	}
	b.load(t, p, 0, b.o.Spool(t, b.o.Material(t), row.grams))
	it := b.item(t, 10, func(in *queue.CreateQueueItemInput) {
		if row.item != nil {
			row.item(in)
		}
	})
	ctx, in := b.ctx, queue.AssignQueueItemInput{QueueItemID: it.ID, PrinterID: p.ID, Override: row.override}
	if row.given != nil {
		if as := row.given(t, b, it, &in); as != nil {
			ctx = as
		}
	}
	before := b.now(t, it)
	b.forget(t)

	got, err := b.matching.Assign(ctx, in)

	wantCode(t, err, row.code)
	wantReasons(t, err, row.wantReasons...)
	b.audit(t)
	if s := b.spoolOf(t, p, 0); s.ReservedG != row.wantG {
		t.Errorf("%g g reserved, want %g", s.ReservedG, row.wantG)
	}
	if row.code != "" {
		b.wantEvents(t)
		wantUnchanged(t, before, b.now(t, it))
		return
	}
	b.wantEvents(t, "queue_item.assigned")
	wantState(t, got, queueitem.StateAssigned)
	if got.AssignedPrinterID == nil || *got.AssignedPrinterID != p.ID || b.now(t, it).Dispatchable {
		t.Errorf("item %+v", got)
	}
}

func asks(change func(*schematype.Requirements)) func(*queue.CreateQueueItemInput) {
	return func(in *queue.CreateQueueItemInput) { change(&in.Requirements) }
}

func TestAssign(t *testing.T) {
	state := func(s string) func(*ent.PrinterCreate) {
		return func(q *ent.PrinterCreate) { q.SetState(printer.State(s)) }
	}
	heavy := asks(func(r *schematype.Requirements) { r.FilamentG = 900 })
	rows := []assigning{
		{name: "an item joins the line, with its filament", wantG: 10},
		{name: "a printer that is offline accepts it", printer: state("offline"), wantG: 10},
		{name: "one that prints accepts it", printer: state("printing"), wantG: 10},
		{name: "one whose bed is not clear accepts it", printer: func(q *ent.PrinterCreate) { q.SetBedState("occupied") }, wantG: 10},
		{name: "an unknown weight reserves nothing", item: asks(func(r *schematype.Requirements) { r.FilamentG = 0 })},
		{name: "a printer that reports an error does not", printer: state("error"), code: errs.QueueItemNotAssignable, wantReasons: []string{"printer_error"}},
		{name: "nor one that waits for a person", printer: state("attention"), code: errs.QueueItemNotAssignable, wantReasons: []string{"printer_attention"}},
		{name: "nor one that is out of order", printer: func(q *ent.PrinterCreate) { q.SetOutOfOrder(&schematype.OutOfOrder{Reason: "Belt"}) },
			code: errs.QueueItemNotAssignable, wantReasons: []string{"printer_out_of_order"}},
		{name: "too little filament alone is not assignable", grams: 9.99, code: errs.QueueItemNotAssignable, wantReasons: []string{"filament_insufficient"}},
		{name: "exactly enough is", grams: 10, wantG: 10},
		{name: "what others in the line have reserved is not there", item: heavy, code: errs.QueueItemNotAssignable, wantReasons: []string{"filament_insufficient"}, wantG: 200,
			given: func(t *testing.T, b *bundle, _ *ent.QueueItem, in *queue.AssignQueueItemInput) context.Context {
				for range 2 {
					b.assign(t, b.item(t, 100), &ent.Printer{ID: in.PrinterID})
				}
				return nil
			}},
		{name: "a line may be long", item: asks(func(r *schematype.Requirements) { r.FilamentG = 800 }), wantG: 1000,
			given: func(t *testing.T, b *bundle, _ *ent.QueueItem, in *queue.AssignQueueItemInput) context.Context {
				for range 2 {
					b.assign(t, b.item(t, 100), &ent.Printer{ID: in.PrinterID})
				}
				return nil
			}},
		{name: "an item that waits for approval", code: errs.QueueItemNotAssignable, wantReasons: []string{"approval_required"},
			given: func(t *testing.T, b *bundle, _ *ent.QueueItem, in *queue.AssignQueueItemInput) context.Context {
				in.QueueItemID = b.pending(t).ID
				return nil
			}},
		{name: "all reasons are told at once", code: errs.QueueItemNotAssignable,
			printer: func(q *ent.PrinterCreate) {
				q.SetState("error").SetBedState("occupied").SetOutOfOrder(&schematype.OutOfOrder{Reason: "Belt"}).SetMaxBedC(60).SetMaxNozzleC(200).SetSupportedFormats([]string{"bgcode"})
			}, grams: 5,
			item: asks(func(r *schematype.Requirements) {
				*r = schematype.Requirements{MaterialType: "PETG", ColorHex: "#FFFFFF", FilamentG: 10, NozzleDiameterMM: 0.6, NozzleType: "hardened", NozzleC: 240, BedC: 85,
					MinVolumeMM: &schematype.Size{X: 300, Y: 300, Z: 300}, FileFormat: "gcode", PrinterModels: []string{"XL"}}
			}),
			given: func(t *testing.T, b *bundle, it *ent.QueueItem, _ *queue.AssignQueueItemInput) context.Context {
				_, err := b.items.Hold(b.ctx, queue.HoldQueueItemInput{QueueItemID: it.ID})
				must(t, err)
				return nil
			},
			wantReasons: []string{"printer_error", "printer_out_of_order", "bed_not_clear", "not_in_target_models", "file_format_unsupported", "nozzle_diameter_mismatch",
				"nozzle_type_mismatch", "volume_exceeded", "nozzle_temperature_exceeded", "bed_temperature_exceeded", "material_mismatch", "color_mismatch", "filament_insufficient", "hold"}},
		{name: "another organization's printer is not found", code: "printer_not_found",
			given: func(t *testing.T, b *bundle, _ *ent.QueueItem, in *queue.AssignQueueItemInput) context.Context {
				in.PrinterID = newBundle(t, b.Kit).printer(t, "Ada").ID
				return nil
			}},
		{name: "a deleted printer is not found", code: "printer_not_found",
			given: func(t *testing.T, b *bundle, _ *ent.QueueItem, in *queue.AssignQueueItemInput) context.Context {
				b.Raw.Printer.UpdateOneID(in.PrinterID).SetDeletedAt(b.Clock.Now()).ExecX(t.Context())
				return nil
			}},
		{name: "a stale If-Match is refused", code: errs.PreconditionFailed,
			given: func(_ *testing.T, _ *bundle, _ *ent.QueueItem, in *queue.AssignQueueItemInput) context.Context {
				in.IfMatch = `"9-x"`
				return nil
			}},
	}
	eachRow(t, rows, func(r assigning) string { return r.name }, func(t *testing.T, b *bundle, r assigning) { r.run(t, b) })
}

func TestAssignWithOverride(t *testing.T) {
	lets := func(codes ...string) *queue.OverrideInput {
		return &queue.OverrideInput{Codes: codes, Reason: "It is only a test print"}
	}
	white := asks(func(r *schematype.Requirements) { r.ColorHex = "#FFFFFF" })
	rows := []assigning{
		{name: "a colour that does not matter after all", item: white, override: lets("color_mismatch"), wantG: 10},
		{name: "without the override it does", item: white, code: errs.QueueItemNotAssignable, wantReasons: []string{"color_mismatch"}},
		{name: "codes that nobody told change nothing", override: lets("tag_missing"), wantG: 10},
		{name: "what is left is told", item: asks(func(r *schematype.Requirements) { r.ColorHex, r.NozzleDiameterMM = "#FFFFFF", 0.6 }),
			override: lets("color_mismatch"), code: errs.QueueItemNotAssignable, wantReasons: []string{"nozzle_diameter_mismatch"}},
		{name: "more filament than there is", grams: 4, override: lets("filament_insufficient"), wantG: 10},
		{name: "the wrong plastic is taken then", item: asks(func(r *schematype.Requirements) { r.MaterialType = "PETG" }), override: lets("material_mismatch"), wantG: 10},
		{name: "an override needs a reason", override: &queue.OverrideInput{Codes: []string{"color_mismatch"}}, code: errs.ValidationFailed},
		{name: "and a code", override: &queue.OverrideInput{Reason: "Because"}, code: errs.ValidationFailed},
		{name: "a key without queue.manage", override: lets("color_mismatch"), code: errs.InsufficientPermissions,
			given: func(t *testing.T, b *bundle, _ *ent.QueueItem, _ *queue.AssignQueueItemInput) context.Context {
				return b.o.Key(t, authz.OperationsRead, authz.PrinterManage)
			}},
	}
	for _, code := range []string{
		"volume_exceeded", "nozzle_temperature_exceeded", "bed_temperature_exceeded", "file_format_unsupported", "bed_not_clear",
		"printer_error", "approval_required", "hold", "no_such_reason", "",
	} {
		rows = append(rows, assigning{name: "nobody overrides " + code, override: lets(code), code: errs.ValidationFailed})
	}
	eachRow(t, rows, func(r assigning) string { return r.name }, func(t *testing.T, b *bundle, r assigning) { r.run(t, b) })
}

// An override is in the event, holds for its printer alone and goes with the assignment.
func TestOverrideHoldsForItsPrinter(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		p, other := b.printer(t, "Ada", 1000), b.printer(t, "Bob", 1000)
		it := b.item(t, 10, asks(func(r *schematype.Requirements) { r.ColorHex = "#FFFFFF" }))
		in := queue.AssignQueueItemInput{QueueItemID: it.ID, PrinterID: p.ID, Override: &queue.OverrideInput{Codes: []string{"color_mismatch"}, Reason: "Only a test print"}}
		got, err := b.matching.Assign(b.ctx, in)
		must(t, err)

		told := b.object(t, "queue_item.assigned")
		if told["override_reason"] != "Only a test print" || told["override_codes"].([]any)[0] != "color_mismatch" || told["printer_id"] != string(p.ID) {
			t.Errorf("event %v", told)
		}
		wantEligibility(t, got, "eligible")
		if ids := got.Eligibility.EligiblePrinterIDs; len(ids) != 1 || ids[0] != string(p.ID) {
			t.Errorf("eligible on %v", ids)
		}
		_, err = b.dispatch.DispatchNext(b.ctx, queue.DispatchNextQueueItemInput{PrinterID: other.ID})
		wantCode(t, err, errs.NoEligibleQueueItem)

		back, err := b.matching.Unassign(b.ctx, queue.QueueItemInput{QueueItemID: it.ID})
		must(t, err)
		wantEligibility(t, back, "blocked")
		_, err = b.dispatch.DispatchNext(b.ctx, queue.DispatchNextQueueItemInput{PrinterID: p.ID})
		wantCode(t, err, errs.NoEligibleQueueItem)

		_, err = b.matching.Assign(b.ctx, in)
		must(t, err)
		if out := b.next(t, p); out.QueueItem.ID != it.ID || out.QueueItem.AssignedPrinterID != nil || len(b.now(t, it).Overrides) > 0 {
			t.Errorf("item %+v", out.QueueItem)
		}
		b.audit(t)
	})
}

// What a person let pass is dispatched as it was assigned, however little filament there is.
func TestOverriddenFilamentIsDispatched(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		p := b.printer(t, "Ada", 4)
		it := b.item(t, 10)
		_, err := b.matching.Assign(b.ctx, queue.AssignQueueItemInput{QueueItemID: it.ID, PrinterID: p.ID,
			Override: &queue.OverrideInput{Codes: []string{"filament_insufficient"}, Reason: "I stand beside it"}})
		must(t, err)
		out := b.next(t, p)
		if out.QueueItem.ID != it.ID || b.spoolOf(t, p, 0).ReservedG != 10 {
			t.Errorf("dispatched %+v", out.Print)
		}
		b.start(t, out.Print.ID)
		b.end(t, out.Print.ID, "completed", 1)
		b.audit(t)
		if s := b.spoolOf(t, p, 0); s.RemainingG != -6 || s.ReservedG != 0 {
			t.Errorf("%g g left, %g g reserved", s.RemainingG, s.ReservedG)
		}
	})
}

// Where the organization does not refuse for filament, neither assign nor dispatch does.
func TestFilamentThatDoesNotRefuse(t *testing.T) {
	for _, mode := range []string{"soft", "off"} {
		t.Run(mode, func(t *testing.T) {
			onEach(t, func(t *testing.T, b *bundle) {
				b.settings(t, func(s *schematype.Settings) { s.Matching = map[string]string{"filament": mode} })
				p := b.printer(t, "Ada", 15)
				inLine, free := b.item(t, 10), b.item(t, 12)
				wantEligibility(t, free, "eligible")
				b.assign(t, inLine, p)
				first := b.next(t, p)
				if first.QueueItem.ID != inLine.ID {
					t.Errorf("dispatched %s", first.QueueItem.Name)
				}
				b.audit(t)
				b.start(t, first.Print.ID)
				b.end(t, first.Print.ID, "completed", 1)
				b.judge(t, p, "success")
				if second := b.next(t, p); second.QueueItem.ID != free.ID {
					t.Errorf("dispatched %s", second.QueueItem.Name)
				}
				b.audit(t)
			})
		})
	}
}

// Each step leaves reserved what lines and prints hold, and nothing else.
func TestReservationsMove(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		ada, bob := b.printer(t, "Ada", 1000), b.printer(t, "Bob", 500)
		it := b.item(t, 100, copies(2))
		item := queue.QueueItemInput{QueueItemID: it.ID}
		held := func(step string, a, o float64) {
			t.Helper()
			b.audit(t)
			if ga, gb := b.spoolOf(t, ada, 0).ReservedG, b.spoolOf(t, bob, 0).ReservedG; ga != a || gb != o {
				t.Errorf("%s: %g and %g g reserved, want %g and %g", step, ga, gb, a, o)
			}
		}
		b.assign(t, it, ada)
		held("assigned", 100, 0)
		b.assign(t, it, ada)
		held("assigned again", 100, 0)
		b.forget(t)
		b.assign(t, it, bob)
		held("assigned to another printer", 0, 100)
		b.wantEvents(t, "queue_item.assigned")
		_, err := b.matching.Unassign(b.ctx, item)
		must(t, err)
		held("unassigned", 0, 0)
		b.wantEvents(t, "queue_item.unassigned")
		wantState(t, b.now(t, it), queueitem.StateQueued)

		b.assign(t, it, ada)
		print := b.next(t, ada).Print.ID
		held("dispatched: the print holds it", 100, 0)
		b.assign(t, it, bob)
		held("the second copy is in another line", 100, 100)
		_, err = b.dispatch.Returned(b.o.System(t), print, queue.Return{Why: "the file is gone", Refused: true})
		must(t, err)
		held("the first came back", 0, 100)
		wantState(t, b.now(t, it), queueitem.StateAssigned)
		_, err = b.items.Cancel(b.ctx, item)
		must(t, err)
		held("cancelled", 0, 0)
	})
}

// An item that ends while it stands in a line leaves it, and gives its filament back.
func TestEndedItemsLeaveTheLine(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		ada, bob := b.printer(t, "Ada", 1000), b.printer(t, "Bob", 1000)
		it := b.item(t, 10, copies(2))
		b.Raw.QueueItem.UpdateOneID(it.ID).SetMaxAttempts(1).ExecX(t.Context())
		print := b.next(t, ada).Print.ID
		b.start(t, print)
		b.assign(t, it, bob)
		b.end(t, print, "failed", 0.5)
		now := b.now(t, it)
		wantState(t, now, queueitem.StateFailed)
		if now.AssignedPrinterID != nil || now.Dispatchable {
			t.Errorf("item %+v", now)
		}
		b.audit(t)
		if g := b.spoolOf(t, bob, 0).ReservedG; g != 0 {
			t.Errorf("%g g reserved", g)
		}
	})
}

// Several items that are assigned at once never promise more than there is.
func TestAssignTogether(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		p := b.printer(t, "Ada", 25)
		var items []pid.ID
		for range 5 {
			items = append(items, b.item(t, 10).ID)
		}
		won := 0
		for _, err := range together(len(items), func(i int) error {
			_, err := b.matching.Assign(b.ctx, queue.AssignQueueItemInput{QueueItemID: items[i], PrinterID: p.ID})
			return err
		}) {
			if err == nil {
				won++
				continue
			}
			wantCode(t, err, errs.QueueItemNotAssignable)
			wantReasons(t, err, "filament_insufficient")
		}
		if won != 2 {
			t.Errorf("%d items got filament for two", won)
		}
		b.audit(t)
	})
}

// The document lists the reasons that can be overridden: those of the rule's registry.
func TestOverrideListsTheRegistry(t *testing.T) {
	var want []string
	for _, d := range match.Codes() {
		if d.Overridable {
			want = append(want, string(d.Code))
		}
	}
	codes, _ := reflect.TypeFor[queue.OverrideInput]().FieldByName("Codes")
	if got := codes.Tag.Get("enum"); got != strings.Join(want, ",") {
		t.Errorf("the document says %s, the registry %v", got, want)
	}
}
