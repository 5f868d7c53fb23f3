package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/store"
)

const verdicts = "{state computedAt eligiblePrinterCount eligiblePrinterIds printers{printerId printerName verdict score reasons{code axis severity expected actual fix neededG remainingG reservedG}}}"

// A student's item on its way: submitted, approved, matched, dispatched, judged.
func TestMainJob(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner, student := w.north.owner(t), w.north.pupil(t)
		a := good(t, w.do(student, t, "createQueueItem", "{id state approvalState priority metadata eligibility{state printers{score}}}", input(object{
			"name": "Gear", "priority": "low", "metadata": object{"robot": "7"}, "requirements": object{"materialType": "PLA", "filamentG": 20}})))
		id := a.at("createQueueItem", "id")
		want := object{"id": id, "state": "queued", "approvalState": "pending", "priority": "low", "metadata": object{"robot": "7"}, "eligibility": object{"state": "blocked", "printers": nil}}
		if diff := cmp.Diff(any(want), a.at("createQueueItem")); diff != "" {
			t.Errorf("created: %s", diff)
		}
		item := input(object{"queueItemId": id})
		for _, step := range []struct {
			field string
			args  object
			want  object
		}{
			{"requestChangesQueueItem", input(object{"queueItemId": id, "reason": "Turn it round."}), object{"state": "queued", "approvalState": "changes_requested", "hold": "none"}},
			{"updateQueueItem", input(object{"queueItemId": id, "copiesRequested": 2, "classId": nil}), object{"state": "queued", "approvalState": "pending", "hold": "none"}},
			{"approveQueueItem", input(object{"queueItemId": id, "reason": "Nice."}), object{"state": "queued", "approvalState": "approved", "hold": "none"}},
			{"holdQueueItem", input(object{"queueItemId": id, "reason": "Later."}), object{"state": "queued", "approvalState": "approved", "hold": "manual"}},
			{"releaseQueueItem", item, object{"state": "queued", "approvalState": "approved", "hold": "none"}},
			{"moveQueueItem", input(object{"queueItemId": id, "position": 1}), object{"state": "queued", "approvalState": "approved", "hold": "none"}},
			{"assignQueueItem", input(object{"queueItemId": id, "printerId": w.north.printers[0].ID}), object{"state": "assigned", "approvalState": "approved", "hold": "none"}},
			{"unassignQueueItem", item, object{"state": "queued", "approvalState": "approved", "hold": "none"}},
		} {
			as := owner
			if step.field == "updateQueueItem" {
				as = student
			}
			a := good(t, w.do(as, t, step.field, "{state approvalState hold}", step.args))
			if diff := cmp.Diff(any(step.want), a.at(step.field)); diff != "" {
				t.Errorf("%s: %s", step.field, diff)
			}
		}

		_, matched := w.call(owner, t, fmt.Sprintf("GET /v1/platform/queue/%s/eligibility", id), nil)
		a = good(t, w.do(owner, t, "queueItemEligibility", verdicts, object{"queueItemId": id}))
		if diff := cmp.Diff(camel(matched), camel(a.at("queueItemEligibility"))); diff != "" || a.at("queueItemEligibility", "state") != "eligible" {
			t.Errorf("eligibility: %s", diff)
		}
		a = good(t, w.do(owner, t, "recomputeQueueItem", "{submitter{name user{email}} eligibility"+verdicts+"}", item)) // reloaded for its edges, and still with all printers
		if diff := cmp.Diff(camel(matched), camel(a.at("recomputeQueueItem", "eligibility"))); diff != "" || a.at("recomputeQueueItem", "submitter", "name") != "student" {
			t.Errorf("recomputed: %s", diff)
		}

		p := w.north.printers[0].ID
		const dispatched = "{queueItem{id state eligibility{state} submitter{id}} print{state copy printer{name} queueItem{eligibility{state}}}}"
		a = good(t, w.do(owner, t, "dispatchNextQueueItem", dispatched, input(object{"printerId": p, "dryRun": true})))
		if a.at("dispatchNextQueueItem", "queueItem", "id") != id || a.at("dispatchNextQueueItem", "print") != nil {
			t.Errorf("a dry run: %s", a.body)
		}
		a = good(t, w.do(owner, t, "dispatchNextQueueItem", dispatched, input(object{"printerId": p})))
		if a.at("dispatchNextQueueItem", "queueItem", "submitter", "id") != string(w.north.student.ID) || a.at("dispatchNextQueueItem", "print", "state") != "dispatching" ||
			a.at("dispatchNextQueueItem", "print", "printer", "name") != "printer 0" {
			t.Errorf("dispatched: %s", a.body)
		}
		if a := w.do(owner, t, "dispatchNextQueueItem", dispatched, input(object{"printerId": p})); a.codes() != "printer_not_ready" || len(list(a.Errors[0].Extensions["reasons"])) == 0 {
			t.Errorf("dispatched again: %s", a.body)
		}
		for field, want := range map[string]string{"pausePrinter": "print_state_conflict", "resumePrinter": "print_state_conflict"} { // nothing prints yet
			if a := w.do(owner, t, field, "", input(object{"printerId": p})); a.codes() != want {
				t.Errorf("%s: %s", field, a.body)
			}
		}
		a = good(t, w.do(owner, t, "cancelPrinter", "{name activeSpool{code}}", input(object{"printerId": p})))
		if a.at("cancelPrinter", "name") != "printer 0" || a.at("cancelPrinter", "activeSpool", "code") == nil {
			t.Errorf("cancelled: %s", a.body)
		}

		// As the worker leaves it: printed, and lying on the bed.
		w.Raw.PrintRun.Update().Where(printrun.PrinterID(p), printrun.StateNotIn(printrun.StateSucceeded)).SetState(printrun.StateFinished).ExecX(t.Context())
		w.Raw.Printer.UpdateOneID(p).SetBedState(printer.BedStateOccupied).ExecX(t.Context())
		if a := w.do(owner, t, "clearPrinterBed", "", input(object{"printerId": p})); a.codes() != "validation_failed" {
			t.Errorf("cleared without a verdict: %s", a.body)
		}
		a = good(t, w.do(owner, t, "clearPrinterBed", "{printer{bedState slots{index}} print{state verdict} queueItem{copiesDone eligibility{state}}}", input(object{"printerId": p, "verdict": "success"})))
		want = object{"printer": object{"bedState": "clear", "slots": []any{object{"index": 0.0}, object{"index": 1.0}}}, "print": object{"state": "succeeded", "verdict": "success"}}
		cleared := a.at("clearPrinterBed").(object)
		if cleared["queueItem"].(object)["copiesDone"] != 1.0 {
			t.Errorf("cleared: %s", a.body)
		}
		delete(cleared, "queueItem")
		if diff := cmp.Diff(want, cleared); diff != "" {
			t.Errorf("cleared: %s", diff)
		}

		denied := good(t, w.do(student, t, "createQueueItem", "{id}", input(object{"name": "Weapon"}))).at("createQueueItem", "id")
		a = good(t, w.do(owner, t, "denyQueueItem", "{state approvalState approvalReason}", input(object{"queueItemId": denied, "reason": "No."})))
		if a.at("denyQueueItem", "approvalState") != "denied" || a.at("denyQueueItem", "approvalReason") != "No." {
			t.Errorf("denied: %s", a.body)
		}
	})
}

// A person says what became of a print that nobody confirmed.
func TestConfirmPrint(t *testing.T) {
	w := newServed(t, sqlite(t))
	run := w.north.Print(t, w.north.ours, w.north.printers[1], printrun.StateNeedsConfirmation)
	a := good(t, w.do(w.north.owner(t), t, "confirmPrint", "{state queueItem{name}}", input(object{"printId": run.ID, "started": true})))
	if a.at("confirmPrint", "state") != "printing" || a.at("confirmPrint", "queueItem", "name") != w.north.ours.Name {
		t.Errorf("confirmed: %s", a.body)
	}
}

// Eligibility of a list is computed once for the list, says what REST says, and follows neither the page size nor what else
// is selected.
func TestEligibilityOfLists(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner := w.north.owner(t)
		file := w.Raw.File.Create().SetOrganizationID(w.north.ID).SetName("gear.gcode").SetSizeBytes(1).SetSha256(strings.Repeat("0", 64)).SetKind("gcode").
			SetStatus("ready").SetStorageKey("k").SetUploadedByID(w.north.Owner.ID).SaveX(t.Context())
		for i := range 52 {
			body := object{"name": fmt.Sprintf("Item %d", i), "file_id": file.ID, "requirements": object{"material_type": []string{"PLA", "PETG"}[i%2], "filament_g": 10 + i%3}}
			if code, said := w.call(owner, t, "POST /v1/platform/queue", body); code != 201 {
				t.Fatalf("%d %v", code, said)
			}
		}
		ctx, counter := store.WithCounter(owner)
		_, listed := w.call(ctx, t, "GET /v1/platform/queue?limit=50", nil)
		most := counter.Count() + 1 // and the files that the selection shows
		var want []any
		for _, it := range list(listed["data"]) {
			want = append(want, camel(it.(object)["eligibility"]))
		}

		const query = "{queueItems(first: %d){edges{node{name file{name} eligibility{state computedAt eligiblePrinterCount eligiblePrinterIds printers{score}}}}}}"
		for _, size := range []int{5, 50} {
			counter.Reset()
			a := good(t, w.ask(ctx, t, fmt.Sprintf(query, size)))
			var got []any
			for i := range size {
				got = append(got, camel(a.at("queueItems", "edges", i, "node", "eligibility")))
			}
			if diff := cmp.Diff(want[:size], got); diff != "" {
				t.Errorf("%d items: %s", size, diff)
			}
			if n := counter.Count(); n > most {
				t.Errorf("%d items take %d statements, REST's list %d:\n%s", size, n, most-1, strings.Join(counter.Statements(), "\n"))
			}
		}

		for _, it := range w.Raw.QueueItem.Query().Limit(20).AllX(t.Context()) { // the other way to items
			if it.OrganizationID == w.north.ID && it.ID != w.north.theirs.ID {
				w.north.Print(t, it, w.north.printers[3], printrun.StateFailed)
			}
		}
		counter.Reset()
		a := good(t, w.ask(ctx, t, "{prints{edges{node{queueItem{name eligibility{state}}}}}}"))
		if a.at("prints", "edges", 0, "node", "queueItem", "eligibility", "state") == nil || counter.Count() > most {
			t.Errorf("items of prints in %d statements: %s", counter.Count(), a.body)
		}

		a = good(t, w.ask(w.north.pupil(t), t, "{queueItems{edges{node{name eligibility{state}}}}}"))
		if diff := cmp.Diff([]string{w.north.theirs.Name}, a.column("name", "queueItems")); diff != "" || a.at("queueItems", "edges", 0, "node", "eligibility", "state") == nil {
			t.Errorf("a student's own: %s %s", diff, a.body)
		}
		a = good(t, w.ask(w.north.key(t, authz.QueueManage), t, "query($id: ID!){node(id: $id){... on QueueItem{eligibility{state}}}}", "id", w.north.ours.ID))
		if a.at("node", "eligibility", "state") == nil {
			t.Errorf("a node's: %s", a.body)
		}
	})
}

// An item that changes twice in one request is judged twice.
func TestEligibilityOfMutations(t *testing.T) {
	w := newServed(t, sqlite(t))
	_, made := w.call(w.north.owner(t), t, "POST /v1/platform/queue", object{"name": "Gear", "requirements": object{"material_type": "PLA"}})
	a := good(t, w.ask(w.north.owner(t), t, `mutation($id: ID!){
		a: holdQueueItem(input: {queueItemId: $id}){eligibility{state} submitter{id}}
		b: releaseQueueItem(input: {queueItemId: $id}){eligibility{state} submitter{id}}}`, "id", made["id"]))
	if a.at("a", "eligibility", "state") != "blocked" || a.at("b", "eligibility", "state") != "eligible" {
		t.Errorf("%s", a.body)
	}
}

// The lists of both APIs have the same filters, and find the same by them.
func TestFiltersAreThoseOfREST(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner, first := w.north.owner(t), w.north.printers[0].ID
		for _, body := range []object{{"name": "PLA", "requirements": object{"material_type": "PLA"}}, {"name": "ABS", "requirements": object{"material_type": "ABS", "nozzle_diameter_mm": 0.8}}} {
			if status, item := w.call(owner, t, "POST /v1/platform/queue", body); status != 201 {
				t.Fatalf("%d %v", status, item)
			}
		}
		for _, tt := range []struct{ field, where, path string }{
			{"queueItems", `{eligibility:[blocked]}`, "/v1/platform/queue?eligibility=blocked"},
			{"queueItems", `{eligibility:[eligible,waiting]}`, "/v1/platform/queue?eligibility=eligible&eligibility=waiting"},
			{"queueItems", `{eligibility:[unknown]}`, "/v1/platform/queue?eligibility=unknown"},
			{"queueItems", `{printerId:["` + string(first) + `"]}`, "/v1/platform/queue?printer_id=" + string(first)},
			{"queueItems", `{priority:[normal],q:"pla"}`, "/v1/platform/queue?priority=normal&q=pla"},
			{"spools", `{materialType:["PLA"]}`, "/v1/spools?material_type=PLA"},
			{"spools", `{materialType:["Wood"]}`, "/v1/spools?material_type=Wood"},
			{"printers", `{state:[idle]}`, "/v1/printers?state=idle"},
		} {
			status, list := w.call(owner, t, "GET "+tt.path+"&sort=created_at", nil)
			var want []string
			rows, _ := list["data"].([]any)
			for _, row := range rows {
				want = append(want, row.(object)["id"].(string))
			}
			got := good(t, w.ask(owner, t, "{"+tt.field+"(where:"+tt.where+",orderBy:{field:CREATED_AT,direction:ASC}){edges{node{id}}}}")).column("id", tt.field)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || status != 200 {
				t.Errorf("%s %s: %d (-REST +GraphQL)\n%s", tt.field, tt.where, status, diff)
			}
		}
		if a := w.ask(owner, t, `{queueItems(where:{eligibility:[soon]}){totalCount}}`); a.codes() != "validation_failed" {
			t.Errorf("an unknown eligibility: %s", a.body)
		}
	})
}
