package queue_test

import (
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/testkit"
)

// updating is one PATCH of an item that a student submitted, or of the one that given makes. The submitter sends it unless
// byManager.
type updating struct {
	name         string
	byManager    bool
	given        func(t *testing.T, b *bundle) *ent.QueueItem
	input        queue.UpdateQueueItemInput
	wantState    queueitem.State
	wantApproval queueitem.ApprovalState
	wantEvents   []string
	want         func(t *testing.T, it *ent.QueueItem)
	code         errs.Code
}

func runUpdating(t *testing.T, rows []updating) {
	t.Helper()
	eachRow(t, rows, func(r updating) string { return r.name }, func(t *testing.T, b *bundle, row updating) {
		b.printer(t, "Ada", 1000)
		before := b.now(t, row.given(t, b))
		ctx := b.o.Session(t, b.Raw.Membership.GetX(t.Context(), before.SubmitterID))
		if row.byManager {
			ctx = b.ctx
		}
		b.forget(t)
		row.input.QueueItemID = before.ID

		_, err := b.items.Update(ctx, row.input)

		after := b.now(t, before)
		wantCode(t, err, row.code)
		b.wantEvents(t, row.wantEvents...)
		if row.code != "" || len(row.wantEvents) == 0 {
			wantUnchanged(t, before, after)
			return
		}
		wantState(t, after, or(row.wantState, queueitem.StateQueued))
		if want := or(row.wantApproval, queueitem.ApprovalStatePending); after.ApprovalState != want {
			t.Errorf("approval is %s, want %s", after.ApprovalState, want)
		}
		if row.want != nil {
			row.want(t, after)
		}
		b.audit(t)
	})
}

// stage is given for runUpdating.
func stage(name string) func(*testing.T, *bundle) *ent.QueueItem {
	return func(t *testing.T, b *bundle) *ent.QueueItem {
		return stages[name](t, b, b.o.Printer(t, "Bob", 1))
	}
}

var updated = []string{"queue_item.updated"}

// undecided is the want of an item on which nobody's word stands any more.
func undecided(t *testing.T, it *ent.QueueItem) {
	if it.DecidedByID != nil || it.DecidedAt != nil {
		t.Errorf("decided by %v at %v", it.DecidedByID, it.DecidedAt)
	}
}

func TestUpdateAndApproval(t *testing.T) {
	lenient := func(stage string) func(*testing.T, *bundle) *ent.QueueItem {
		return func(t *testing.T, b *bundle) *ent.QueueItem {
			it := stages[stage](t, b, nil)
			b.settings(t, func(s *schematype.Settings) { s.Approval.Auto = &schematype.AutoApproval{MaxFilamentG: ptr(20.0)} })
			return it
		}
	}
	inLine := func(t *testing.T, b *bundle) *ent.QueueItem {
		it := b.approved(t)
		b.assign(t, it, b.printer(t, "Bob", 1000))
		return it
	}
	left := []string{"queue_item.unassigned", "queue_item.updated"}
	runUpdating(t, []updating{
		{name: "after changes were requested any change of the submitter makes it pending again", given: stage("changes requested"), input: queue.UpdateQueueItemInput{Name: set("Thicker gear")},
			wantEvents: updated, want: func(t *testing.T, it *ent.QueueItem) {
				undecided(t, it)
				if it.ApprovalReason != "Thicker walls" {
					t.Errorf("what was asked for is forgotten: %q", it.ApprovalReason)
				}
			}},
		{name: "or approved, where the policy does", given: lenient("changes requested"), input: queue.UpdateQueueItemInput{EstimatedG: set(20.0)},
			wantApproval: queueitem.ApprovalStateApproved, wantEvents: updated, want: undecided},
		{name: "a change of somebody else's does not", byManager: true, given: stage("changes requested"), input: queue.UpdateQueueItemInput{Name: set("Wheel")},
			wantApproval: queueitem.ApprovalStateChangesRequested, wantEvents: updated},
		{name: "a student who changes what was approved waits again", given: stage("approved"), input: queue.UpdateQueueItemInput{CopiesRequested: set(2)}, wantEvents: updated, want: undecided},
		{name: "and leaves the printer's line", given: inLine, input: queue.UpdateQueueItemInput{EstimatedG: set(900.0)}, wantEvents: left, want: func(t *testing.T, it *ent.QueueItem) {
			if it.AssignedPrinterID != nil || it.AssignedAt != nil || len(it.Reservations) > 0 {
				t.Errorf("item %+v", it)
			}
		}},
		{name: "another name is not another print", given: stage("approved"), input: queue.UpdateQueueItemInput{Name: set("Wheel")},
			wantApproval: queueitem.ApprovalStateApproved, wantEvents: updated},
		{name: "nor is the metadata of an item in a line", given: inLine, input: queue.UpdateQueueItemInput{ExternalRef: set("42")},
			wantState: queueitem.StateAssigned, wantApproval: queueitem.ApprovalStateApproved, wantEvents: updated},
		{name: "metadata that are cleared are empty", given: stage("pending"), input: queue.UpdateQueueItemInput{Metadata: graphql.OmittableOf[map[string]string](nil), Name: set("Wheel")},
			wantEvents: updated, want: func(t *testing.T, it *ent.QueueItem) {
				if it.Metadata == nil || len(it.Metadata) > 0 {
					t.Errorf("metadata %v", it.Metadata)
				}
			}},
		{name: "who runs the queue may change what was approved", byManager: true, given: inLine, input: queue.UpdateQueueItemInput{EstimatedSeconds: set(900)},
			wantApproval: queueitem.ApprovalStateApproved, wantEvents: left},
		{name: "a pending item within the policy's bounds now is approved", given: lenient("pending"), input: queue.UpdateQueueItemInput{EstimatedG: set(19.0)},
			wantApproval: queueitem.ApprovalStateApproved, wantEvents: updated},
		{name: "a draft is decided on when it is queued", given: stage("student's draft"), input: queue.UpdateQueueItemInput{State: set("queued")}, wantEvents: updated},
		{name: "by the policy of then", given: lenient("student's draft"), input: queue.UpdateQueueItemInput{State: set("queued")},
			wantApproval: queueitem.ApprovalStateApproved, wantEvents: updated},
		{name: "what a person said of the draft holds", given: func(t *testing.T, b *bundle) *ent.QueueItem {
			it, err := b.items.Approve(b.ctx, queue.ApproveQueueItemInput{QueueItemID: stages["student's draft"](t, b, nil).ID})
			must(t, err)
			return it
		}, input: queue.UpdateQueueItemInput{State: set("queued")}, wantApproval: queueitem.ApprovalStateApproved, wantEvents: updated},
	})
}

func TestUpdateRefuses(t *testing.T) {
	limited := func(l schematype.Limits) func(*testing.T, *bundle) *ent.QueueItem {
		return func(t *testing.T, b *bundle) *ent.QueueItem {
			it := stages["student's draft"](t, b, nil)
			ctx := b.o.Session(t, b.Raw.Membership.GetX(t.Context(), it.SubmitterID))
			b.itemAs(t, ctx, 1)
			b.Raw.UserGroup.Create().SetOrganizationID(b.o.ID).SetName("Group").AddMemberIDs(it.SubmitterID).SetLimits(&l).ExecX(t.Context())
			return it
		}
	}
	queued := queue.UpdateQueueItemInput{State: set("queued")}
	runUpdating(t, []updating{
		{name: "a stale If-Match", given: stage("pending"), input: queue.UpdateQueueItemInput{IfMatch: `"9-x"`, Name: set("Wheel")}, code: errs.PreconditionFailed},
		{name: "no name", given: stage("pending"), input: queue.UpdateQueueItemInput{Name: null[string]()}, code: errs.ValidationFailed},
		{name: "a demand on a colour that nothing names", given: stage("pending"), input: queue.UpdateQueueItemInput{Requirements: set(schematype.Requirements{ColorMatch: "exact"})}, code: errs.ValidationFailed},
		{name: "a name of spaces", given: stage("pending"), input: queue.UpdateQueueItemInput{Name: set("  ")}, code: errs.ValidationFailed},
		{name: "another state than queued", given: stage("student's draft"), input: queue.UpdateQueueItemInput{State: set("completed")}, code: errs.ValidationFailed},
		{name: "a student's own priority", given: stage("pending"), input: queue.UpdateQueueItemInput{Priority: set("high")}, code: errs.InsufficientPermissions},
		{name: "a draft over the number of items", given: limited(schematype.Limits{MaxQueuedItems: ptr(1)}), input: queued, code: errs.QueueLimitReached},
		{name: "copies over the grams", given: limited(schematype.Limits{MaxFilamentG: ptr(20.0)}), input: queue.UpdateQueueItemInput{CopiesRequested: set(3)}, code: errs.QueueLimitReached},
		{name: "seconds over the limit", given: limited(schematype.Limits{MaxPrintSeconds: ptr(700)}), input: queue.UpdateQueueItemInput{EstimatedSeconds: set(701)}, code: errs.QueueLimitReached},
		{name: "targets that are nobody's", given: stage("pending"), code: "printer_not_found",
			input: queue.UpdateQueueItemInput{Requirements: set(schematype.Requirements{PrinterIDs: []string{"prn" + nowhere}})}},
		{name: "a class that is nobody's", given: stage("pending"), input: queue.UpdateQueueItemInput{ClassID: set(pid.ID("cls" + nowhere))}, code: "class_not_found"},
		{name: "an empty change is none", given: stage("pending")},
		{name: "nor is what stands there already", given: stage("pending"), input: queue.UpdateQueueItemInput{Name: set("Gear"), EstimatedSeconds: set(600), ExternalRef: set("")}},
	})
}

func TestUpdatePrint(t *testing.T) {
	asked := schematype.Requirements{MaterialType: "PETG", FilamentG: 5}
	withFile := func(t *testing.T, b *bundle) *ent.QueueItem {
		f := b.file(t, b.o.Owner.ID, func(q *ent.FileCreate) {
			q.SetMetadata(&schematype.FileMetadata{EstimatedSeconds: 60, BedC: 60, Tools: []schematype.FileTool{{MaterialType: "PLA", FilamentG: 7}}})
		})
		it, err := b.items.Create(b.ctx, queue.CreateQueueItemInput{Name: "Gear", FileID: &f.ID, Requirements: asked, EstimatedSeconds: ptr(90)})
		must(t, err)
		return it
	}
	wants := func(material string, bed, grams float64, seconds int) func(*testing.T, *ent.QueueItem) {
		return func(t *testing.T, it *ent.QueueItem) {
			if r := it.Requirements; r.MaterialType != material || r.BedC != bed || it.EstimatedG != grams || it.EstimatedSeconds != seconds {
				t.Errorf("%s, %g °C, %g g, %d s; want %s, %g °C, %g g, %d s", r.MaterialType, r.BedC, it.EstimatedG, it.EstimatedSeconds, material, bed, grams, seconds)
			}
		}
	}
	rows := []updating{
		{name: "no requirements of one's own: all is the file's", input: queue.UpdateQueueItemInput{Requirements: null[schematype.Requirements]()}, want: wants("PLA", 60, 7, 90)},
		{name: "other requirements: the file fills them again", input: queue.UpdateQueueItemInput{Requirements: set(schematype.Requirements{MaterialType: "TPU"})}, want: wants("TPU", 60, 7, 90)},
		{name: "no grams: as the file says", input: queue.UpdateQueueItemInput{EstimatedG: null[float64]()}, want: wants("PETG", 60, 7, 90)},
		{name: "no seconds: as the file says", input: queue.UpdateQueueItemInput{EstimatedSeconds: null[int]()}, want: wants("PETG", 60, 5, 60)},
		{name: "no file: what was asked for is left", input: queue.UpdateQueueItemInput{FileID: null[pid.ID]()}, want: wants("PETG", 0, 5, 0)},
	}
	for i := range rows {
		rows[i].given, rows[i].byManager, rows[i].wantApproval, rows[i].wantEvents = withFile, true, queueitem.ApprovalStateNotRequired, updated
	}
	runUpdating(t, rows)
}

func TestUpdateCopies(t *testing.T) {
	oneDone := func(t *testing.T, b *bundle) *ent.QueueItem {
		p := b.printer(t, "Bob", 1000)
		it := b.item(t, 10, copies(3))
		print := b.next(t, p).Print.ID
		b.start(t, print)
		b.end(t, print, "completed", 1)
		b.judge(t, p, "success")
		return it
	}
	rows := []updating{
		{name: "fewer than are done are refused", input: queue.UpdateQueueItemInput{CopiesRequested: set(0)}, code: errs.ValidationFailed},
		{name: "as many as are done complete it", input: queue.UpdateQueueItemInput{CopiesRequested: set(1)},
			wantState: queueitem.StateCompleted, wantEvents: []string{"queue_item.updated", "queue_item.completed"}},
		{name: "more are printed", input: queue.UpdateQueueItemInput{CopiesRequested: set(9)}, wantEvents: updated, want: func(t *testing.T, it *ent.QueueItem) {
			if !it.Dispatchable || it.CopiesRequested != 9 {
				t.Errorf("item %+v", it)
			}
		}},
		{name: "but nothing else of what is printed changes", input: queue.UpdateQueueItemInput{EstimatedG: set(1.0)}, code: errs.QueueItemStateConflict},
	}
	for i := range rows {
		rows[i].given, rows[i].byManager, rows[i].wantApproval = oneDone, true, queueitem.ApprovalStateNotRequired
	}
	runUpdating(t, rows)
}

func TestUpdateSchedule(t *testing.T) {
	later := set(testkit.Start().Add(time.Hour))
	wantHold := func(want queueitem.Hold, dispatchable bool) func(*testing.T, *ent.QueueItem) {
		return func(t *testing.T, it *ent.QueueItem) {
			if it.Hold != want || it.Dispatchable != dispatchable {
				t.Errorf("hold %s, dispatchable %t", it.Hold, it.Dispatchable)
			}
		}
	}
	rows := []updating{
		{name: "a start in the future holds it", given: stage("queued"), input: queue.UpdateQueueItemInput{NotBefore: later}, want: wantHold(queueitem.HoldSchedule, false)},
		{name: "no start lets it go", given: stage("scheduled"), input: queue.UpdateQueueItemInput{NotBefore: null[time.Time]()}, want: wantHold(queueitem.HoldNone, true)},
		{name: "what a person holds stays held", given: stage("held"), input: queue.UpdateQueueItemInput{NotBefore: later}, want: wantHold(queueitem.HoldManual, false)},
		{name: "a deadline orders it by when it must start", given: stage("queued"), input: queue.UpdateQueueItemInput{DeadlineAt: later}, want: func(t *testing.T, it *ent.QueueItem) {
			if want := testkit.Start().Add(time.Hour).Unix() - 600; it.LatestStart != want {
				t.Errorf("latest start %d, want %d", it.LatestStart, want)
			}
		}},
	}
	for i := range rows {
		rows[i].byManager, rows[i].wantApproval, rows[i].wantEvents = true, queueitem.ApprovalStateNotRequired, updated
	}
	runUpdating(t, rows)
}

// Whoever decides says why, and nobody decides on what is their own.
func TestDecisions(t *testing.T) {
	onEach(t, func(t *testing.T, b *bundle) {
		m, _ := b.student(t)
		a := *authz.From(b.o.Session(t, m))
		a.Can = []authz.Capability{authz.QueueManage}
		helper := authz.With(t.Context(), &a)
		own := b.itemAs(t, b.o.Session(t, m), 10)
		rows := []struct {
			name string
			do   func() error
			code errs.Code
		}{
			{"a denial without a reason", func() error {
				_, err := b.items.Deny(b.ctx, queue.QueueItemReasonInput{QueueItemID: own.ID})
				return err
			}, errs.ValidationFailed},
			{"a request for changes without a reason", func() error {
				_, err := b.items.RequestChanges(b.ctx, queue.QueueItemReasonInput{QueueItemID: own.ID})
				return err
			}, errs.ValidationFailed},
			{"a student who helps approves their own item", func() error {
				_, err := b.items.Approve(helper, queue.ApproveQueueItemInput{QueueItemID: own.ID})
				return err
			}, errs.InsufficientPermissions},
			{"and somebody else's", func() error {
				_, err := b.items.Approve(helper, queue.ApproveQueueItemInput{QueueItemID: b.pending(t).ID})
				return err
			}, ""},
			{"an item of nobody", func() error {
				_, err := b.items.Approve(b.ctx, queue.ApproveQueueItemInput{QueueItemID: "qit" + nowhere})
				return err
			}, "queue_item_not_found"},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) { wantCode(t, row.do(), row.code) })
		}

		denied, err := b.items.Deny(b.ctx, queue.QueueItemReasonInput{QueueItemID: own.ID, Reason: "No weapons"})
		must(t, err)
		if denied.ApprovalState != queueitem.ApprovalStateDenied || denied.ApprovalReason != "No weapons" || denied.DecidedByID == nil || *denied.DecidedByID != authz.From(b.ctx).Membership {
			t.Errorf("item %+v", denied)
		}
		wantState(t, denied, queueitem.StateCancelled)
	})
}
