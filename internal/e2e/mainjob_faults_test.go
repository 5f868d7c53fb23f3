package e2e_test

import (
	"testing"

	"github.com/soloprint/soloprint/internal/connector/virtual"
)

// filamentShort: filament alone stops the first item, and nothing else could start.
func (j *mainJob) filamentShort(t *testing.T) {
	api := j.api(t)
	nylon := api.newMaterial("NYLON")
	spool := api.newSpool(nylon, 20)
	printer := api.newPrinter("Nylon printer", nil, spool)
	it := api.create("/v1/platform/queue", object{"name": "Big gear", "priority": "urgent", "estimated_seconds": 600,
		"requirements": object{"material_type": "NYLON", "filament_g": 50}}).text("id")
	v := api.verdictOn(it, printer)
	sameTexts(t, "filament alone", reasonsOf(v, "reasons"), "filament_insufficient")

	// Seeded items name no printer's material but their own, so that nothing else can start here.
	short := api.refused(409, "filament_short", "POST", dispatchPath(printer), object{})
	sameTexts(t, "reasons", reasonsOf(short.doc, "reasons"), "filament_insufficient")
	short.list("reasons")[0].is("needed_g", 50, "remaining_g", 20, "reserved_g", 0)
	api.refused(409, "filament_short", "POST", dispatchPath(printer), object{"dry_run": true})
	api.item(it).is("state", "queued", "copies_running", 0, "attempts", 0)
	api.spool(spool).is("remaining_g", 20, "reserved_g", 0)
	if n := len(j.startsOf(t, printer)); n != 0 {
		t.Errorf("the printer was started %d times", n)
	}

	api.refused(409, "queue_item_not_assignable", "POST", "/v1/platform/queue/"+it+"/assign", object{"printer_id": printer})
	full := api.newSpool(nylon, 500)
	api.load(full, printer)
	print := api.dispatch(printer, it)
	api.awaitPrint(print, "finished")
	api.post(clearPath(printer), object{"verdict": "failure", "failure_reason": "adhesion"}).is("print.state", "failed", "print.failure_reason", "adhesion",
		"queue_item.state", "queued", "queue_item.copies_done", 0, "queue_item.copies_failed", 1)
	near(t, "a failed print took its filament too", api.spool(full).num("remaining_g"), 450)
	api.post("/v1/platform/queue/"+it+"/cancel", object{})
}

// assign: what cannot be assigned is told why; what can be reserves its filament.
func (j *mainJob) assign(t *testing.T) {
	api := j.api(t)
	hips := api.newMaterial("HIPS")
	spool := api.newSpool(hips, 100)
	printer := api.newPrinter("Hips printer", nil, spool)
	it := api.create("/v1/platform/queue", object{"name": "Too much of all", "estimated_seconds": 600, "requirements": object{
		"material_type": "NYLON", "filament_g": 5, "nozzle_diameter_mm": 0.8, "nozzle_c": 500, "tag_ids": []string{api.tag("hardened")}}}).text("id")
	path := "/v1/platform/queue/" + it
	no := api.refused(409, "queue_item_not_assignable", "POST", path+"/assign", object{"printer_id": printer})
	sameTexts(t, "every reason at once", reasonsOf(no.doc, "reasons"), "tag_missing", "nozzle_diameter_mismatch", "nozzle_temperature_exceeded", "material_mismatch")
	api.item(it).is("state", "queued", "assigned_printer_id", nil)
	api.refused(422, "validation_failed", "POST", path+"/assign", object{"printer_id": printer, "override": object{"codes": []string{"nozzle_temperature_exceeded"}, "reason": "it will do"}})
	api.refused(409, "queue_item_not_assignable", "POST", path+"/assign", object{"printer_id": printer, "override": object{"codes": []string{"tag_missing", "material_mismatch"}, "reason": "it will do"}})
	api.post(path+"/cancel", object{})

	fits := api.create("/v1/platform/queue", object{"name": "Fits", "estimated_seconds": 600, "requirements": object{"material_type": "HIPS", "filament_g": 60}}).text("id")
	path = "/v1/platform/queue/" + fits
	api.post(path+"/assign", object{"printer_id": printer}).is("state", "assigned", "assigned_printer_id", printer)
	api.spool(spool).is("reserved_g", 60, "remaining_g", 100)
	second := api.create("/v1/platform/queue", object{"name": "Fits no more", "requirements": object{"material_type": "HIPS", "filament_g": 60}}).text("id")
	no = api.refused(409, "queue_item_not_assignable", "POST", "/v1/platform/queue/"+second+"/assign", object{"printer_id": printer})
	sameTexts(t, "reserved filament is not there", reasonsOf(no.doc, "reasons"), "filament_insufficient")
	no.list("reasons")[0].is("needed_g", 60, "remaining_g", 100, "reserved_g", 60)

	api.post(path+"/unassign", object{}).is("state", "queued", "assigned_printer_id", nil)
	api.spool(spool).is("reserved_g", 0)
	api.post(path+"/assign", object{"printer_id": printer})
	urgent := api.newItem("Urgent, but not in the line", printer, nil)
	print := api.dispatch(printer, fits) // the printer's own line goes first
	api.spool(spool).is("reserved_g", 60)
	api.awaitPrint(print, "finished")
	api.post(clearPath(printer), object{"verdict": "success"})
	api.spool(spool).is("reserved_g", 0, "remaining_g", 40)
	for _, left := range []string{second, urgent} {
		api.post("/v1/platform/queue/"+left+"/cancel", object{})
	}
}

func (c client) tag(name string) string {
	c.t.Helper()
	return c.get("/v1/platform/printer-tags").pick("data", "name", name).text("id")
}

// faulty makes a printer with a fault and an urgent item of two copies for it.
func (j *mainJob) faulty(t *testing.T, options object) (printer, spool, item string) {
	t.Helper()
	api := j.api(t)
	fault := options["fault"].(string)
	spool = api.newSpool(api.material("Polymaker PLA White"), 1000)
	printer = api.newPrinter("Printer with "+fault, options, spool)
	item = api.newItem("For a printer with "+fault, printer, object{"copies_requested": 2})
	return printer, spool, item
}

// mend takes a printer's fault away.
func (j *mainJob) mend(t *testing.T, printer string) {
	t.Helper()
	api := j.api(t)
	api.patch("/v1/printers/"+printer, object{"connector": object{"options": object{}}})
	api.awaitPrinter(printer, "state", "idle")
}

// notReady: a printer that is known to be out of reach or broken is not given anything.
func (j *mainJob) notReady(t *testing.T) {
	api := j.api(t)
	for fault, reason := range map[string]string{"offline": "printer_offline", "error": "printer_error"} {
		printer, spool, item := j.faulty(t, object{"fault": fault})
		no := api.refused(409, "printer_not_ready", "POST", dispatchPath(printer), object{})
		sameTexts(t, fault, reasonsOf(no.doc, "reasons"), reason)
		api.item(item).is("state", "queued", "copies_running", 0)
		api.spool(spool).is("reserved_g", 0)

		j.mend(t, printer)
		print := api.dispatch(printer, item)
		api.awaitPrint(print, "finished")
		api.post(clearPath(printer), object{"verdict": "success"}).is("queue_item.copies_done", 1, "queue_item.state", "queued")
		api.post("/v1/platform/queue/"+item+"/cancel", object{})
	}
}

// uploadFails: what was never sent goes back to the queue by itself, and the printer is still looked after.
func (j *mainJob) uploadFails(t *testing.T) {
	api := j.api(t)
	printer, spool, item := j.faulty(t, object{"fault": "upload-fails"})
	print := api.dispatch(printer, item)
	api.awaitPrint(print, "cancelled").is("actual_g", 0, "started_at", nil)
	api.item(item).is("state", "queued", "copies_running", 0, "copies_failed", 0)
	api.spool(spool).is("reserved_g", 0, "remaining_g", 1000)
	api.printer("Printer with upload-fails").is("bed_state", "clear")
	if n := len(j.startsOf(t, printer)); n != 0 {
		t.Errorf("the printer was started %d times", n)
	}
	api.patch("/v1/printers/"+printer, object{"connector": object{"options": object{"fault": "offline"}}})
	api.awaitPrinter(printer, "state", "offline")
	j.mend(t, printer)
	api.awaitPrint(api.dispatch(printer, item), "finished")
	api.post(clearPath(printer), object{"verdict": "success"})
	api.post("/v1/platform/queue/"+item+"/cancel", object{})
}

// unknownOutcome: the printer took the start and the answer was lost: it is seen printing, and nothing is sent twice.
func (j *mainJob) unknownOutcome(t *testing.T) {
	api := j.api(t)
	printer, _, item := j.faulty(t, object{"fault": "unknown_outcome"})
	print := api.dispatch(printer, item)
	api.awaitPrint(print, "finished")
	if starts := j.startsOf(t, printer); len(starts) != 1 || starts[0].Reason != virtual.ReasonUnknownOutcome {
		t.Errorf("the printer got %+v, want one start", starts)
	}
	api.post(clearPath(printer), object{"verdict": "success"})
	api.post("/v1/platform/queue/"+item+"/cancel", object{})
}

// needsConfirmation: the printer says yes and prints nothing. Nobody sends it again: after its deadline a person looks and says no.
func (j *mainJob) needsConfirmation(t *testing.T) {
	api := j.api(t)
	printer, spool, item := j.faulty(t, object{"fault": "accepts-but-does-not-start"})
	print := api.dispatch(printer, item)
	eventually(t, waitForStart, func() string {
		if len(j.startsOf(t, printer)) == 1 {
			return ""
		}
		return "no start reached the printer"
	})
	api.get("/v1/history/"+print).is("state", "dispatching")
	api.refused(409, "print_state_conflict", "POST", "/v1/history/"+print+"/confirm", object{"started": false})
	j.restart(t, func() { j.db.overdue(t) })

	api.awaitPrint(print, "needs_confirmation")
	api.refused(409, "printer_not_ready", "POST", dispatchPath(printer), object{})
	api.refused(422, "validation_failed", "POST", "/v1/history/"+print+"/confirm", object{})
	api.spool(spool).is("reserved_g", 5)
	api.post("/v1/history/"+print+"/confirm", object{"started": false}).is("state", "cancelled", "actual_g", 0)
	api.item(item).is("state", "queued", "copies_running", 0, "copies_done", 0)
	api.spool(spool).is("reserved_g", 0, "remaining_g", 1000)
	if starts := j.startsOf(t, printer); len(starts) != 1 || starts[0].Reason != virtual.ReasonDoesNotStart {
		t.Errorf("the printer got %+v, want one start that printed nothing", starts)
	}
	j.mend(t, printer)
	api.awaitPrint(api.dispatch(printer, item), "finished")
	api.post(clearPath(printer), object{"verdict": "success"}).is("queue_item.copies_done", 1)
	api.post("/v1/platform/queue/"+item+"/cancel", object{})
}

// cancelledAtDevice: somebody presses the button at the printer.
func (j *mainJob) cancelledAtDevice(t *testing.T) {
	api := j.api(t)
	printer, spool, item := j.faulty(t, object{"fault": "cancelled-at-device", "fault_at": 0.4})
	print := api.dispatch(printer, item)
	ended := api.awaitPrint(print, "cancelled")
	ended.is("outcome", "cancelled")
	near(t, "printed", ended.num("actual_g"), 2)
	near(t, "left", api.spool(spool).num("remaining_g"), 998)
	api.spool(spool).is("reserved_g", 0)
	api.item(item).is("state", "queued", "copies_running", 0, "copies_failed", 1)
	api.awaitPrinter(printer, "bed_state", "occupied")
	api.refused(409, "bed_not_clear", "POST", dispatchPath(printer), object{})
	api.post(clearPath(printer), object{}).is("printer.bed_state", "clear", "print", nil)
	api.post("/v1/platform/queue/"+item+"/cancel", object{}).is("state", "cancelled")
}

// pauseAndCancel: wishes are committed at once and carried out by the worker.
func (j *mainJob) pauseAndCancel(t *testing.T) {
	api := j.api(t)
	spool := api.newSpool(api.material("Polymaker PLA White"), 1000)
	printer := api.newPrinter("Printer to pause", nil, spool)
	item := api.newItem("To be paused", printer, object{"estimated_seconds": 6000, "requirements": object{"filament_g": 100, "printer_ids": []string{printer}}})
	api.refused(409, "print_state_conflict", "POST", "/v1/platform/printers/"+printer+"/pause", object{})
	print := api.dispatch(printer, item)
	api.awaitPrint(print, "printing")
	api.post("/v1/platform/printers/"+printer+"/pause", object{})
	api.awaitPrint(print, "paused")
	api.item(item).is("state", "paused")
	api.post("/v1/platform/printers/"+printer+"/resume", object{})
	api.awaitPrint(print, "printing")
	api.refused(409, "printer_not_ready", "POST", clearPath(printer), object{"verdict": "success"})
	api.post("/v1/platform/queue/"+item+"/cancel", object{})
	ended := api.awaitPrint(print, "cancelled")
	api.item(item).is("state", "cancelled", "copies_running", 0)
	near(t, "left", api.spool(spool).num("remaining_g"), 1000-ended.num("actual_g"))
	api.spool(spool).is("reserved_g", 0)
	api.awaitPrinter(printer, "bed_state", "occupied")
}
