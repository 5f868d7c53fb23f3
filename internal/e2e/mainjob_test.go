package e2e_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mainJobSpeed lets the cube take two seconds.
const mainJobSpeed = 500

// mainJob is one school day on one server. Its steps run in order and leave behind what later ones need.
type mainJob struct {
	*server
	file  string // the cube, uploaded by the API key
	ada   string // MK3S Ada, which prints the cube
	spool string // the spool in it
}

// A school's print, from file to deducted spool, as somebody with curl and the demo's keys does it.
func TestMainJob(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		j := &mainJob{server: newServer(t, db, mainJobSpeed)}
		for _, step := range []struct {
			name string
			run  func(t *testing.T)
		}{
			{"a caller learns the version, who they are and where", j.whoAmI},
			{"a file is registered, put, completed and read", j.uploadFile},
			{"an item is filled from its file and decided at once", j.createItem},
			{"a student's item waits for a teacher of the class", j.approve},
			{"eligibility shows every printer with all reasons", j.eligibility},
			{"a blocked item becomes eligible when the printer changes", j.changePrinter},
			{"a blocked item becomes eligible when the spool changes", j.changeSpool},
			{"the next item is dispatched, printed, judged and deducted once", j.print},
			{"too little filament stops before anything starts", j.filamentShort},
			{"what cannot be assigned is refused with all reasons", j.assign},
			{"a printer that is offline or broken is given nothing", j.notReady},
			{"an upload that fails gives copy and filament back", j.uploadFails},
			{"a start whose answer is lost is not sent again", j.unknownOutcome},
			{"a start that nobody sees waits for a person", j.needsConfirmation},
			{"a print cancelled at the device takes what it used", j.cancelledAtDevice},
			{"a print is paused, resumed and cancelled", j.pauseAndCancel},
			{"the same by GraphQL", j.graphQL},
			{"the ledgers add up and the server ends well", j.finish},
		} {
			t.Run(step.name, step.run)
		}
	})
}

// whoAmI asks what needs no permission but a token, in everybody's name.
func (j *mainJob) whoAmI(t *testing.T) {
	v := j.anonymous(t).get("/v1/public/version")
	v.is("api_series", "v1", "api_version", "2026-04-02")
	for _, link := range []string{"docs_url", "changelog_url", "openapi_url", "graphql_url"} {
		if !strings.HasPrefix(v.text(link), j.keys.BaseURL+"/") {
			t.Errorf("%s is %s, not on %s", link, v.text(link), j.keys.BaseURL)
		}
	}
	contractHeaders(t, v)

	api := j.api(t)
	me := api.get("/v1/me")
	me.is("principal.type", "api_key", "user.email", j.keys.OwnerEmail, "memberships.0.organization.id", j.keys.OrganizationID, "memberships.0.role", "owner")
	if n := len(me.list("memberships")); n != 1 {
		t.Errorf("a key sees %d organizations, want its own", n)
	}
	context := api.get("/v1/org/context")
	context.is("organization.slug", j.keys.OrganizationSlug, "organization.id", j.keys.OrganizationID)
	sameTexts(t, "capabilities", context.texts("capabilities"), "operations.read", "queue.manage", "printer.manage", "spool.manage", "integrations.manage", "org.manage_users")
	sameTexts(t, "read-only capabilities", j.reader(t).get("/v1/org/context").texts("capabilities"), "operations.read")
	student := j.student(t).get("/v1/org/context")
	student.is("membership.id", j.keys.StudentMembershipID, "membership.role", "student")
	sameTexts(t, "a student's capabilities", student.texts("capabilities"))
	j.student(t).get("/v1/me").is("principal.type", "session")
}

// contractHeaders looks at the headers that every answer carries.
func contractHeaders(t testing.TB, a reply) {
	t.Helper()
	for name, want := range map[string]string{"X-SoLoPrint-API-Series": "v1", "X-SoLoPrint-API-Version": "2026-04-02"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"X-SoLoPrint-API-Docs", "X-SoLoPrint-API-Changelog", "X-Request-Id"} {
		if a.header.Get(name) == "" {
			t.Errorf("the answer has no %s", name)
		}
	}
}

// uploadFile brings the cube in: what the G-code says is read, and its bytes come back as they went.
func (j *mainJob) uploadFile(t *testing.T) {
	api, content := j.api(t), cube(t)
	made := api.create("/v1/files/register", announcement("cube20.gcode", content))
	made.is("file.status", "pending", "upload.method", "PUT", "file.metadata", nil)
	j.file = made.text("file.id")
	if location := made.header.Get("Location"); location != "/v1/files/"+j.file && location != j.keys.BaseURL+"/v1/files/"+j.file {
		t.Errorf("Location is %q", location)
	}
	api.refused(409, "upload_incomplete", "POST", "/v1/files/"+j.file+"/complete", object{})
	if a := api.put(made.at("upload"), content); a.status != 200 {
		t.Fatalf("PUT to the signed URL: %d %s", a.status, a.body)
	}
	api.get("/v1/files/"+j.file).is("status", "pending")

	file := api.post("/v1/files/"+j.file+"/complete", object{})
	file.is("status", "ready", "kind", "gcode", "size_bytes", len(content),
		"metadata.slicer", "PrusaSlicer", "metadata.slicer_version", "2.5.0", "metadata.estimated_seconds", cubeSeconds,
		"metadata.filament_g", cubeG, "metadata.filament_mm", 1392.74, "metadata.tools.0.material_type", "PLA",
		"metadata.nozzle_diameter_mm", 0.4, "metadata.layer_height_mm", 0.2, "metadata.printer_model", "MK3S",
		"metadata.bounds_mm.min.x", 108.375, "metadata.bounds_mm.max.z", 19.95, "metadata.volume_mm.x", 33.25)
	api.post("/v1/files/"+j.file+"/complete", object{}).is("status", "ready", "updated_at", file.text("updated_at"))
	link := api.get("/v1/files/" + j.file + "/download")
	sameBytes(t, "the download", j.anonymous(t).want(200, "GET", link.text("url"), nil).body, content)
}

// createItem makes items of the file: it fills what the request leaves out, and the request wins.
func (j *mainJob) createItem(t *testing.T) {
	it := j.api(t).create("/v1/platform/queue", object{"name": "Cube of the tour", "file_id": j.file, "metadata": object{"room": "114"}})
	it.is("state", "queued", "approval_state", "not_required", "copies_requested", 1, "priority", "normal", "metadata.room", "114",
		"estimated_seconds", cubeSeconds, "estimated_g", cubeG,
		"requirements.material_type", "PLA", "requirements.filament_g", cubeG, "requirements.color_match", "any",
		"requirements.nozzle_diameter_mm", 0.4, "requirements.nozzle_c", 215, "requirements.bed_c", 60, "requirements.file_format", "gcode",
		"requirements.min_volume_mm.x", 33.25, "eligibility.state", "eligible")
	if n := it.num("eligibility.eligible_printer_count"); n < 2 || int(n) != len(it.list("eligibility.eligible_printer_ids")) {
		t.Errorf("the cube can start on %g printers, want two at least: %s", n, it.at("eligibility"))
	}
	if it.has("eligibility.printers") {
		t.Error("create answers the printers one by one; only eligibility and recompute do")
	}
	if it.header.Get("Location") == "" {
		t.Error("the answer has no Location")
	}

	wins := j.api(t).create("/v1/platform/queue", object{"name": "The request wins", "file_id": j.file, "estimated_seconds": 60,
		"requirements": object{"material_type": "PETG", "filament_g": 9}})
	wins.is("estimated_seconds", 60, "estimated_g", 9, "requirements.material_type", "PETG", "requirements.nozzle_diameter_mm", 0.4)
}

// approve goes through the decisions on a student's item, and who may make them.
func (j *mainJob) approve(t *testing.T) {
	student, teacher, api := j.student(t), j.teacher(t), j.api(t)
	file := student.upload("mine.gcode", cube(t))
	it := student.create("/v1/platform/queue", object{"name": "My cube", "file_id": file.text("id"), "class_id": api.class("Robotics 9B")})
	it.is("approval_state", "pending", "submitter_id", j.keys.StudentMembershipID, "eligibility.state", "blocked")
	path := "/v1/platform/queue/" + it.text("id")
	student.refused(403, "insufficient_permissions", "POST", path+"/approve", object{})
	student.refused(403, "insufficient_permissions", "PATCH", path, object{"priority": "urgent"})

	foreign := api.get("/v1/platform/queue?q=Chess+rook").list("data")[0] // of a class that somebody else teaches
	foreign.is("approval_state", "pending")
	teacher.refused(403, "insufficient_permissions", "POST", "/v1/platform/queue/"+foreign.text("id")+"/approve", object{})
	teacher.refused(403, "insufficient_permissions", "POST", "/v1/platform/queue/"+foreign.text("id")+"/deny", object{"reason": "no"})
	api.item(foreign.text("id")).is("approval_state", "pending")
	student.refused(404, "queue_item_not_found", "GET", "/v1/platform/queue/"+foreign.text("id"), nil)

	approved := teacher.post(path+"/approve", object{"reason": "Nice."})
	approved.is("approval_state", "approved", "state", "queued", "eligibility.state", "eligible")
	teacher.refused(409, "queue_item_state_conflict", "POST", path+"/approve", object{})
	student.get(path).is("approval_state", "approved", "approval_reason", "Nice.")
	student.post(path+"/cancel", object{}).is("state", "cancelled")
	for _, event := range []string{"queue_item.created", "queue_item.approved", "queue_item.cancelled"} {
		if n := j.db.events(t, event, it.text("id")); n != 1 {
			t.Errorf("there are %d events %s, want 1", n, event)
		}
	}
	j.askForChanges(t, file.text("id"))
}

// askForChanges goes through the other two decisions.
func (j *mainJob) askForChanges(t *testing.T, file string) {
	student, teacher := j.student(t), j.teacher(t)
	path := "/v1/platform/queue/" + student.create("/v1/platform/queue", object{"name": "My second cube", "file_id": file,
		"class_id": j.api(t).class("Robotics 9B"), "copies_requested": 2}).text("id")
	teacher.refused(422, "validation_failed", "POST", path+"/request-changes", object{})
	teacher.post(path+"/request-changes", object{"reason": "One is enough."}).is("approval_state", "changes_requested", "approval_reason", "One is enough.")
	student.patch(path, object{"copies_requested": 1}).is("approval_state", "pending", "copies_requested", 1)
	teacher.refused(422, "validation_failed", "POST", path+"/deny", object{})
	teacher.post(path+"/deny", object{"reason": "Not today."}).is("approval_state", "denied", "state", "cancelled")
}

// eligibility looks at one item and the whole fleet.
func (j *mainJob) eligibility(t *testing.T) {
	api := j.api(t)
	it := api.create("/v1/platform/queue", object{"name": "Cube, looked at", "file_id": j.file})
	path := "/v1/platform/queue/" + it.text("id")
	e := api.get(path + "/eligibility")
	if n := len(e.list("printers")); n != len(api.get("/v1/printers?limit=200").list("data")) {
		t.Errorf("eligibility shows %d printers, not all", n)
	}
	for _, p := range e.list("printers") {
		reasonsOf(p, "reasons")
		if eligible := p.text("verdict") == "eligible"; eligible == slices.ContainsFunc(p.list("reasons"), hard) {
			t.Errorf("verdict and reasons do not go together: %s", p)
		}
		if score := p.num("score"); score < 0 || score > 1000 {
			t.Errorf("the score is %g", score)
		}
	}
	on := func(name string) []string {
		return reasonsOf(e.pick("printers", "printer_id", api.printer(name).text("id")), "reasons")
	}
	sameTexts(t, "Radia is offline, of another model, with other filament", on("XL Radia"), "printer_offline", "model_mismatch", "material_mismatch")
	sameTexts(t, "Frances has no spool", on("MINI Frances"), "model_mismatch", "slot_empty")
	sameTexts(t, "Claude's bed is not known to be clear", on("MK4 Claude"), "bed_not_clear", "model_mismatch")
	sameTexts(t, "Grace can print it", on("MK3S Grace"))
	j.reader(t).get(path+"/eligibility").is("state", "eligible")
	again := api.post(path+"/recompute", object{})
	again.is("eligibility.state", "eligible", "eligibility.eligible_printer_count", int(e.num("eligible_printer_count")))
	sameTexts(t, "recompute shows the same printers", again.column("eligibility.printers", "printer_id"), e.column("printers", "printer_id")...)
	api.post(path+"/cancel", object{})
}

// hard reports whether a reason is more than a lower score.
func hard(r doc) bool { return r.text("severity") != "soft" }

// changePrinter: somebody fits another nozzle, and nobody has to recompute anything.
func (j *mainJob) changePrinter(t *testing.T) {
	api := j.api(t)
	grace := api.printer("MK3S Grace").text("id")
	it := api.create("/v1/platform/queue", object{"name": "Thick lines", "requirements": object{"material_type": "PLA", "filament_g": 10, "nozzle_diameter_mm": 0.6, "printer_ids": []string{grace}}})
	it.is("eligibility.state", "blocked", "eligibility.eligible_printer_count", 0)
	id, number := it.text("id"), strconv.Itoa(int(it.num("number")))
	for _, p := range api.get("/v1/platform/queue/" + id + "/eligibility").list("printers") {
		p.is("verdict", "blocked")
	}
	v := api.verdictOn(id, grace)
	sameTexts(t, "Grace's nozzle alone is wrong", reasonsOf(v, "reasons"), "nozzle_diameter_mismatch")
	reason := v.list("reasons")[0]
	reason.is("axis", "nozzle", "severity", "hard")
	if !strings.Contains(reason.text("expected"), "0.6") || !strings.Contains(reason.text("actual"), "0.4") || reason.text("fix") == "" {
		t.Errorf("the reason does not say what is wanted and what is there: %s", reason)
	}

	api.patch("/v1/printers/"+grace, object{"nozzle_diameter_mm": 0.6})
	api.verdictOn(id, grace).is("verdict", "eligible")
	api.listed(id, number, "eligible")
	api.post("/v1/platform/queue/"+id+"/recompute", object{}).is("eligibility.state", "eligible", "eligibility.eligible_printer_ids.0", grace)
	api.patch("/v1/printers/"+grace, object{"nozzle_diameter_mm": 0.4})
	api.listed(id, number, "blocked")
	api.post("/v1/platform/queue/"+id+"/cancel", object{})
}

// changeSpool: somebody loads another spool.
func (j *mainJob) changeSpool(t *testing.T) {
	api := j.api(t)
	katherine := api.printer("MK3S Katherine")
	id := katherine.text("id")
	it := api.create("/v1/platform/queue", object{"name": "Clear cover", "requirements": object{"material_type": "PETG", "filament_g": 30, "printer_ids": []string{id}}})
	it.is("eligibility.state", "blocked")
	number := strconv.Itoa(int(it.num("number")))
	v := api.verdictOn(it.text("id"), id)
	sameTexts(t, "PLA is loaded", reasonsOf(v, "reasons"), "material_mismatch")

	petg := api.newSpool(api.material("Polymaker PETG Blue"), 1000)
	api.load(petg, id)
	api.verdictOn(it.text("id"), id).is("verdict", "eligible")
	api.listed(it.text("id"), number, "eligible")
	api.post("/v1/platform/queue/"+it.text("id")+"/recompute", object{}).is("eligibility.state", "eligible")
	api.printer("MK3S Katherine").is("active_spool.id", petg)
	api.load(katherine.text("active_spool.id"), id)
	api.listed(it.text("id"), number, "blocked")
	api.post("/v1/platform/queue/"+it.text("id")+"/cancel", object{})
}

// print is the way of one cube: claimed, sent, watched, judged, paid for.
func (j *mainJob) print(t *testing.T) {
	api := j.api(t)
	ada := api.printer("MK3S Ada")
	j.ada, j.spool = ada.text("id"), ada.text("active_spool.id")
	left := api.spool(j.spool).num("remaining_g")
	api.post("/v1/spools/"+j.spool+"/deduct", object{"grams": left - 102, "reason": "weighed"}).is("spool.remaining_g", 102, "spool.stock_level", "ok")
	it := api.create("/v1/platform/queue", object{"name": "Urgent cube", "priority": "urgent", "file_id": j.file}).text("id")

	dry := api.post(dispatchPath(j.ada), object{"dry_run": true})
	dry.is("queue_item.id", it, "print", nil, "queue_item.state", "queued", "queue_item.copies_running", 0)
	if n := len(j.startsOf(t, j.ada)); n != 0 {
		t.Fatalf("a dry run started %d prints", n)
	}

	print := api.dispatch(j.ada, it)
	api.item(it).is("copies_running", 1)
	api.spool(j.spool).is("reserved_g", cubeG)
	api.refused(409, "printer_not_ready", "POST", dispatchPath(j.ada), object{})
	j.watch(t, print)
	finished := api.awaitPrint(print, "finished")
	finished.is("outcome", "completed", "progress", 1, "actual_g", cubeG, "verdict", nil)
	api.awaitPrinter(j.ada, "bed_state", "occupied")
	api.item(it).is("state", "awaiting_verdict", "copies_done", 0, "copies_running", 1)
	api.refused(409, "bed_not_clear", "POST", dispatchPath(j.ada), object{})
	api.refused(422, "validation_failed", "POST", clearPath(j.ada), object{})
	api.printer("MK3S Ada").is("bed_state", "occupied")

	cleared := api.post(clearPath(j.ada), object{"verdict": "success"})
	cleared.is("printer.bed_state", "clear", "print.id", print, "print.state", "succeeded", "print.verdict", "success",
		"queue_item.id", it, "queue_item.state", "completed", "queue_item.copies_done", 1, "queue_item.copies_running", 0)
	if starts := j.startsOf(t, j.ada); len(starts) != 1 || !starts[0].Accepted {
		t.Errorf("the printer got the starts %+v, want one", starts)
	}
	j.deducted(t, print)
}

// watch sees a print run: in the history, at the printer and at the item.
func (j *mainJob) watch(t *testing.T, print string) {
	t.Helper()
	api := j.api(t)
	running := api.awaitPrint(print, "printing")
	var seen []float64
	eventually(t, 20*time.Second, func() string {
		running = api.get("/v1/history/" + print).doc
		if p := running.num("progress"); p > 0 && p < 1 && (len(seen) == 0 || p > seen[len(seen)-1]) {
			seen = append(seen, p)
		}
		if len(seen) >= 2 || running.text("state") != "printing" {
			return ""
		}
		return fmt.Sprintf("progress was seen at %v", seen)
	})
	if len(seen) == 0 { // a print lasts seconds here: a machine with much to do sees it rarely
		t.Error("no progress was seen between beginning and end")
	}
	if running.text("state") == "printing" {
		api.printer("MK3S Ada").is("state", "printing")
		api.item(running.text("queue_item_id")).is("state", "printing")
	}
}

// deducted looks at the account after the cube: the right spool lost it, once, and is low now.
func (j *mainJob) deducted(t *testing.T, print string) {
	t.Helper()
	api := j.api(t)
	s := api.spool(j.spool)
	near(t, "left on the spool", s.num("remaining_g"), 102-cubeG)
	near(t, "reserved on the spool", s.num("reserved_g"), 0)
	s.is("stock_level", "low")
	deductions, sum, reserved := 0, 0.0, 0.0
	for _, entry := range api.get("/v1/spools/" + j.spool + "/ledger?limit=200").list("data") {
		sum, reserved = sum+entry.num("delta_g"), reserved+entry.num("delta_reserved_g")
		if id, _ := entry.find("print_id"); id == print && entry.text("kind") == "deduct" {
			deductions++
			near(t, "deducted", entry.num("delta_g"), -cubeG)
		}
	}
	if deductions != 1 {
		t.Errorf("the print was deducted %d times", deductions)
	}
	near(t, "the ledger's sum", sum, 102-cubeG)
	near(t, "the ledger's reservations", reserved, 0)
	if n := j.db.events(t, "spool.low", j.spool); n != 1 {
		t.Errorf("there are %d events spool.low, want 1", n)
	}
	api.post("/v1/spools/"+j.spool+"/deduct", object{"grams": 1, "reason": "a brim"})
	if n := j.db.events(t, "spool.low", j.spool); n != 1 {
		t.Errorf("below its threshold the spool made spool.low again: %d events", n)
	}
}
