package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/testkit"
)

// creating is one way to make an item. given prepares, completes the input and says who acts; nil is the operator.
type creating struct {
	name            string
	given           func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context
	input           queue.CreateQueueItemInput
	wantState       queueitem.State
	wantApproval    queueitem.ApprovalState
	wantEligibility string
	want            func(t *testing.T, b *bundle, it *ent.QueueItem)
	code            errs.Code
}

func (row creating) run(t *testing.T, b *bundle) {
	if row.input.Name == "" {
		row.input.Name = "Gear"
	}
	ctx := b.ctx
	if row.given != nil {
		if as := row.given(t, b, &row.input); as != nil {
			ctx = as
		}
	}
	b.forget(t)
	before := b.Raw.QueueItem.Query().CountX(t.Context())

	it, err := b.items.Create(ctx, row.input)

	wantCode(t, err, row.code)
	if row.code != "" {
		b.wantEvents(t)
		if n := b.Raw.QueueItem.Query().CountX(t.Context()); n != before {
			t.Errorf("%d items, want %d as before", n, before)
		}
		if row.want != nil {
			row.want(t, b, nil)
		}
		return
	}
	if err != nil {
		return
	}
	b.wantEvents(t, "queue_item.created")
	wantState(t, it, or(row.wantState, queueitem.StateQueued))
	if want := or(row.wantApproval, queueitem.ApprovalStateNotRequired); it.ApprovalState != want {
		t.Errorf("approval is %s, want %s", it.ApprovalState, want)
	}
	wantEligibility(t, it, or(row.wantEligibility, "eligible"))
	if row.want != nil {
		row.want(t, b, it)
	}
}

func or[T ~string](v, otherwise T) T {
	if v == "" {
		return otherwise
	}
	return v
}

func runCreating(t *testing.T, rows []creating) {
	t.Helper()
	eachRow(t, rows, func(r creating) string { return r.name }, func(t *testing.T, b *bundle, r creating) { r.run(t, b) })
}

// idle gives the organization a printer that can print anything of PLA.
func idle(t *testing.T, b *bundle, _ *queue.CreateQueueItemInput) context.Context {
	b.printer(t, "Ada", 1000)
	return nil
}

func TestCreate(t *testing.T) {
	wantHold := func(want queueitem.Hold) func(*testing.T, *bundle, *ent.QueueItem) {
		return func(t *testing.T, _ *bundle, it *ent.QueueItem) {
			if it.Hold != want {
				t.Errorf("hold is %s, want %s", it.Hold, want)
			}
		}
	}
	runCreating(t, []creating{
		{name: "an item is queued, and where it can start is known at once", given: idle, want: func(t *testing.T, b *bundle, it *ent.QueueItem) {
			if it.CopiesRequested != 1 || it.Priority != queueitem.PriorityNormal || it.MaxAttempts != 3 || !it.Dispatchable {
				t.Errorf("item %+v", it)
			}
		}},
		{name: "without a printer it is blocked: waiting does not help", wantEligibility: "blocked"},
		{name: "with printers that are busy it waits", wantEligibility: "waiting", given: func(t *testing.T, b *bundle, _ *queue.CreateQueueItemInput) context.Context {
			b.o.Printer(t, "Ada", 1, func(q *ent.PrinterCreate) { q.SetState("printing") })
			return nil
		}},
		{name: "with a bed that nobody cleared it waits", wantEligibility: "waiting", given: func(t *testing.T, b *bundle, _ *queue.CreateQueueItemInput) context.Context {
			b.o.Printer(t, "Ada", 1, func(q *ent.PrinterCreate) { q.SetBedState("occupied") })
			return nil
		}},
		{name: "more than is on the spool is blocked", given: idle, wantEligibility: "blocked",
			input: queue.CreateQueueItemInput{Requirements: schematype.Requirements{MaterialType: "PLA", FilamentG: 1000.02}}},
		{name: "a draft stays out of the queue", given: idle, input: queue.CreateQueueItemInput{Draft: true}, wantState: queueitem.StateDraft, wantEligibility: "unknown"},
		{name: "a start time in the future holds it", given: idle, input: queue.CreateQueueItemInput{NotBefore: ptr(testkit.Start().Add(time.Hour))},
			wantEligibility: "waiting", want: wantHold(queueitem.HoldSchedule)},
		{name: "a start time in the past does not", given: idle, input: queue.CreateQueueItemInput{NotBefore: ptr(testkit.Start().Add(-time.Hour))}, want: wantHold(queueitem.HoldNone)},
		{name: "a name of spaces is none", input: queue.CreateQueueItemInput{Name: "  "}, code: errs.ValidationFailed},
		{name: "more than 1,000 copies are refused", input: queue.CreateQueueItemInput{CopiesRequested: ptr(1001)}, code: errs.ValidationFailed},
		{name: "a demand on a colour that nothing names is refused", input: queue.CreateQueueItemInput{Requirements: schematype.Requirements{ColorMatch: "exact"}}, code: errs.ValidationFailed},
		{name: "no copy is refused", input: queue.CreateQueueItemInput{CopiesRequested: ptr(0)}, code: errs.ValidationFailed},
		{name: "a key without queue.manage may not, though its creator may", code: errs.InsufficientPermissions,
			given: func(t *testing.T, b *bundle, _ *queue.CreateQueueItemInput) context.Context {
				return b.o.Key(t, authz.OperationsRead)
			}},
		{name: "a key's items are its creator's", given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			b.printer(t, "Ada", 1000)
			return b.o.Key(t, authz.QueueManage)
		}, want: func(t *testing.T, b *bundle, it *ent.QueueItem) {
			if it.SubmitterID != b.o.Owner.ID {
				t.Errorf("submitter %s", it.SubmitterID)
			}
		}},
		{name: "a student says that it is urgent", code: errs.InsufficientPermissions, input: queue.CreateQueueItemInput{Priority: "urgent"},
			given: func(t *testing.T, b *bundle, _ *queue.CreateQueueItemInput) context.Context {
				_, ctx := b.student(t)
				return ctx
			}},
	})
}

// What the file says fills what the request leaves out; the request wins.
func TestCreateFromFile(t *testing.T) {
	said := schematype.FileMetadata{
		EstimatedSeconds: 5400, NozzleDiameterMM: 0.4, NozzleC: 215, BedC: 60, PrinterModel: "MK4", VolumeMM: &schematype.Size{X: 20, Y: 20, Z: 20},
		Tools: []schematype.FileTool{{MaterialType: "PLA", ColorHex: "#FF8000", FilamentG: 12.5}},
	}
	with := func(change func(*ent.FileCreate)) func(*testing.T, *bundle, *queue.CreateQueueItemInput) context.Context {
		return func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			b.printer(t, "Ada", 1000)
			f := b.file(t, b.o.Owner.ID, func(q *ent.FileCreate) { q.SetMetadata(&said) }, change)
			in.FileID = &f.ID
			return nil
		}
	}
	whole := with(func(*ent.FileCreate) {})
	filled := schematype.Requirements{
		MaterialType: "PLA", ColorHex: "#FF8000", ColorMatch: "any", FilamentG: 12.5, NozzleDiameterMM: 0.4, NozzleC: 215, BedC: 60,
		MinVolumeMM: &schematype.Size{X: 20, Y: 20, Z: 20}, FileFormat: "gcode", PrinterModels: []string{"MK4"},
	}
	wants := func(seconds int, grams float64, change func(*schematype.Requirements)) func(*testing.T, *bundle, *ent.QueueItem) {
		want := filled
		change(&want)
		return func(t *testing.T, b *bundle, it *ent.QueueItem) {
			it = b.now(t, it)
			if d := cmp.Diff(want, it.Requirements); d != "" {
				t.Errorf("requirements (-want +got):\n%s", d)
			}
			if it.EstimatedSeconds != seconds || it.EstimatedG != grams {
				t.Errorf("%d s and %g g, want %d and %g", it.EstimatedSeconds, it.EstimatedG, seconds, grams)
			}
		}
	}
	runCreating(t, []creating{
		{name: "all is the file's", given: whole, want: wants(5400, 12.5, func(*schematype.Requirements) {})},
		{name: "what the request says wins", given: whole, wantEligibility: "blocked",
			input: queue.CreateQueueItemInput{Requirements: schematype.Requirements{MaterialType: "PETG", NozzleDiameterMM: 0.6}, EstimatedSeconds: ptr(60), EstimatedG: ptr(3.0)},
			want:  wants(60, 3, func(r *schematype.Requirements) { r.MaterialType, r.NozzleDiameterMM, r.FilamentG = "PETG", 0.6, 3 })},
		{name: "a colour that the request names is meant", given: whole, wantEligibility: "blocked",
			input: queue.CreateQueueItemInput{Requirements: schematype.Requirements{ColorHex: "#FFFFFF"}},
			want:  wants(5400, 12.5, func(r *schematype.Requirements) { r.ColorHex, r.ColorMatch = "#FFFFFF", "similar" })},
		{name: "the file's colour is meant where the request says how close", given: whole, wantEligibility: "blocked",
			input: queue.CreateQueueItemInput{Requirements: schematype.Requirements{ColorMatch: "exact"}},
			want:  wants(5400, 12.5, func(r *schematype.Requirements) { r.ColorMatch = "exact" })},
		{name: "a demand on a colour that the file does not name is refused", given: with(func(q *ent.FileCreate) { q.SetMetadata(&schematype.FileMetadata{}) }),
			input: queue.CreateQueueItemInput{Requirements: schematype.Requirements{ColorMatch: "similar"}}, code: errs.ValidationFailed},
		{name: "grams for the whole print are spread over the file's tools", given: with(func(q *ent.FileCreate) {
			two := said
			two.Tools = []schematype.FileTool{{MaterialType: "PLA", FilamentG: 30}, {MaterialType: "PLA", FilamentG: 10}}
			q.SetMetadata(&two)
		}), wantEligibility: "blocked", input: queue.CreateQueueItemInput{EstimatedG: ptr(80.0)}, want: wants(5400, 80, func(r *schematype.Requirements) {
			r.MaterialType, r.ColorHex, r.FilamentG = "", "", 80
			r.Tools = []schematype.ToolNeed{{MaterialType: "PLA", FilamentG: 60}, {MaterialType: "PLA", FilamentG: 20}}
		})},
		{name: "a file on its way is waited for", given: with(func(q *ent.FileCreate) { q.SetStatus(file.StatusPending).SetMetadata(nil) }), wantEligibility: "waiting",
			want: func(t *testing.T, b *bundle, it *ent.QueueItem) {
				if b.now(t, it).Dispatchable {
					t.Error("it can be dispatched without its file")
				}
			}},
		{name: "a file that failed is refused", given: with(func(q *ent.FileCreate) { q.SetStatus(file.StatusFailed) }), code: errs.FileNotReady},
		{name: "a file that does not exist is not found", input: queue.CreateQueueItemInput{FileID: ptr(pid.ID("fil" + nowhere))}, code: "file_not_found"},
		{name: "a malformed file is not found", input: queue.CreateQueueItemInput{FileID: ptr(pid.ID("gear.gcode"))}, code: "file_not_found"},
		{name: "another student's file is not found", code: "file_not_found", given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			other, _ := b.student(t)
			_, ctx := b.student(t)
			in.FileID = &b.file(t, other.ID).ID
			return ctx
		}},
		{name: "another organization's file is not found", code: "file_not_found", given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			other := newBundle(t, b.Kit)
			in.FileID = &other.file(t, other.o.Owner.ID).ID
			return nil
		}},
	})
}

func TestCreateOnBehalfOf(t *testing.T) {
	wantSubmitter := func(of func(*bundle) pid.ID) func(*testing.T, *bundle, *ent.QueueItem) {
		return func(t *testing.T, b *bundle, it *ent.QueueItem) {
			if it.SubmitterID != of(b) || it.OnBehalfOf == nil || *it.OnBehalfOf != it.SubmitterID {
				t.Errorf("submitter %s on behalf of %v", it.SubmitterID, it.OnBehalfOf)
			}
		}
	}
	runCreating(t, []creating{
		{name: "the person is the submitter, and their role decides on approval", wantApproval: queueitem.ApprovalStatePending, wantEligibility: "blocked",
			given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
				b.printer(t, "Ada", 1000)
				m, _ := b.student(t)
				in.OnBehalfOf = &m.ID
				return nil
			}, want: func(t *testing.T, b *bundle, it *ent.QueueItem) {
				wantSubmitter(func(*bundle) pid.ID { return *it.OnBehalfOf })(t, b, it)
			}},
		{name: "a student submits for nobody else", code: errs.InsufficientPermissions, given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			m, _ := b.student(t)
			in.OnBehalfOf = &m.ID
			_, ctx := b.student(t)
			return ctx
		}},
		{name: "a student may name themselves", wantApproval: queueitem.ApprovalStatePending, wantEligibility: "blocked",
			given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
				m, ctx := b.student(t)
				in.OnBehalfOf = &m.ID
				return ctx
			}},
		{name: "who is suspended is not found", code: "user_not_found", given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			m, _ := b.student(t)
			b.Raw.Membership.UpdateOne(m).SetStatus("suspended").ExecX(t.Context())
			in.OnBehalfOf = &m.ID
			return nil
		}},
		{name: "who is in another organization is not found", code: "user_not_found", given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			in.OnBehalfOf = &newBundle(t, b.Kit).o.Owner.ID
			return nil
		}},
		{name: "who does not exist is not found", code: "user_not_found", input: queue.CreateQueueItemInput{OnBehalfOf: ptr(pid.ID("mem" + nowhere))}},
	})
}

func TestCreateForClass(t *testing.T) {
	runCreating(t, []creating{
		{name: "a student of the class", wantApproval: queueitem.ApprovalStatePending, wantEligibility: "blocked",
			given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
				m, _ := b.student(t)
				in.ClassID = &b.class(t, m).ID
				return b.as(t, m, nil, []pid.ID{*in.ClassID})
			}},
		{name: "a student who is not in the class does not find it", code: "class_not_found", given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			_, ctx := b.student(t)
			in.ClassID = &b.class(t).ID
			return ctx
		}},
		{name: "a student who has left the class since they signed in does not find it", code: "class_not_found",
			given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
				m, _ := b.student(t)
				in.ClassID = &b.class(t).ID
				return b.as(t, m, nil, []pid.ID{*in.ClassID})
			}},
		{name: "whoever runs the queue may name any class", given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			in.ClassID = &b.class(t).ID
			return idle(t, b, in)
		}},
		{name: "another organization's class is not found", code: "class_not_found", given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			in.ClassID = &newBundle(t, b.Kit).class(t).ID
			return nil
		}},
		{name: "the class's printers are the item's", given: func(t *testing.T, b *bundle, in *queue.CreateQueueItemInput) context.Context {
			lab := b.group(t, "Lab 2")
			b.printer(t, "Ada", 1000)
			b.o.Printer(t, "Bob", 1, func(q *ent.PrinterCreate) { q.AddGroupIDs(lab) })
			c := b.class(t)
			b.Raw.Class.UpdateOne(c).AddPrinterGroupIDs(lab).ExecX(t.Context())
			in.ClassID = &c.ID
			return nil
		}, want: func(t *testing.T, b *bundle, it *ent.QueueItem) {
			e, err := b.matching.Eligibility(b.ctx, queue.QueueItemEligibilityInput{QueueItemID: it.ID})
			must(t, err)
			if len(e.EligiblePrinterIDs) != 1 || e.Printers[0].PrinterName != "Bob" || e.Printers[1].Reasons[0].Code != "class_no_printer_access" {
				t.Errorf("eligibility %+v", e)
			}
		}},
	})
}
