package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// ask sends a document with its variables and answers the whole body.
func (c client) ask(document string, variables object) doc {
	c.t.Helper()
	a := c.do("POST", "/graphql", object{"query": document, "variables": variables})
	if a.v == nil {
		c.t.Fatalf("%s: %d %s", document, a.status, a.body)
	}
	return a.doc
}

// field asks for one field, which has to be there.
func (c client) field(document string, variables object, name string) doc {
	c.t.Helper()
	a := c.ask(document, variables)
	if a.has("errors") {
		c.t.Fatalf("%s: %s", document, a)
	}
	return a.at("data." + name)
}

// change runs a mutation of one input and answers its field.
func (c client) change(mutation, inputType string, input object, selection string) doc {
	c.t.Helper()
	return c.field(mutationOf(mutation, inputType, selection), object{"in": input}, mutation)
}

// refusedChange runs a mutation that has to be refused with the code, and answers the error's extensions.
func (c client) refusedChange(code, mutation, inputType string, input object, selection string) doc {
	c.t.Helper()
	a := c.ask(mutationOf(mutation, inputType, selection), object{"in": input})
	if !a.has("errors.0.extensions.code") || a.text("errors.0.extensions.code") != code {
		c.t.Fatalf("%s: %s\nwant the code %s", mutation, a, code)
	}
	return a.at("errors.0.extensions")
}

func mutationOf(name, inputType, selection string) string {
	return "mutation($in: " + inputType + "!) { " + name + "(input: $in) { " + selection + " } }"
}

// node reads one thing by its identifier.
func (c client) node(kind, id, selection string) doc {
	c.t.Helper()
	return c.field("query($id: ID!) { node(id: $id) { ... on "+kind+" { "+selection+" } } }", object{"id": id}, "node")
}

// graphQL takes the same steps by the other door: the same results, the same codes.
func (j *mainJob) graphQL(t *testing.T) {
	api := j.api(t)
	j.askWho(t)
	file := j.askFile(t)
	j.askApproval(t)
	spool := api.change("createSpool", "CreateSpoolInput", object{"materialId": api.material("Prusament PLA Galaxy Black"), "initialG": 1000}, "id").text("id")
	printer := api.change("createPrinter", "CreatePrinterInput", object{"name": "Asked by GraphQL", "model": "MK3S", "manufacturer": "Prusa Research", "bedState": "clear",
		"connector": object{"kind": "virtual"}}, "id bedState").text("id")
	api.change("createSpoolAssignment", "CreateSpoolAssignmentInput", object{"spoolId": spool, "printerId": printer, "slotIndex": 0}, "id")
	api.awaitPrinter(printer, "state", "idle")
	api.change("deductSpool", "DeductSpoolInput", object{"spoolId": spool, "grams": 898}, "spool { remainingG stockLevel }").is("spool.remainingG", 102, "spool.stockLevel", "ok")
	j.askEligibility(t, printer)
	item := api.change("createQueueItem", "CreateQueueItemInput", object{"name": "Cube by GraphQL", "priority": "urgent", "fileId": file,
		"requirements": object{"printerIds": []string{printer}}}, "id state approvalState estimatedSeconds estimatedG requirements { materialType filamentG nozzleDiameterMm } eligibility { state eligiblePrinterCount eligiblePrinterIds printers { printerId } }")
	item.is("state", "queued", "approvalState", "not_required", "estimatedSeconds", cubeSeconds, "estimatedG", cubeG, "requirements.materialType", "PLA",
		"requirements.filamentG", cubeG, "requirements.nozzleDiameterMm", 0.4, "eligibility.state", "eligible", "eligibility.eligiblePrinterCount", 1,
		"eligibility.eligiblePrinterIds.0", printer, "eligibility.printers", nil)
	j.askPrint(t, printer, spool, item.text("id"))
	j.askRefusals(t, printer, spool)
}

func (j *mainJob) askWho(t *testing.T) {
	api := j.api(t)
	me := api.field("{ me { user { email } principal { type } memberships { organization { slug } role } } }", nil, "me")
	me.is("user.email", j.keys.OwnerEmail, "principal.type", "api_key", "memberships.0.organization.slug", j.keys.OrganizationSlug, "memberships.0.role", "owner")
	context := api.field("{ organizationContext { organization { id } capabilities } }", nil, "organizationContext")
	context.is("organization.id", j.keys.OrganizationID)
	sameTexts(t, "capabilities", context.texts("capabilities"), api.get("/v1/org/context").texts("capabilities")...)
	a := j.anonymous(t).do("POST", "/graphql", object{"query": "{ me { user { id } } }"})
	if a.status != 401 || !strings.Contains(string(a.body), "missing_bearer_token") {
		t.Errorf("without a token: %d %s", a.status, a.body)
	}
}

// askFile uploads the cube once more.
func (j *mainJob) askFile(t *testing.T) string {
	t.Helper()
	api, content := j.api(t), cube(t)
	said := announcement("by-graphql.gcode", content)
	made := api.change("registerFile", "RegisterFileInput", object{"name": said["name"], "sizeBytes": said["size_bytes"], "sha256": said["sha256"], "contentType": said["content_type"]},
		"file { id status } upload { method url headers expiresAt }")
	made.is("file.status", "pending", "upload.method", "PUT")
	id := made.text("file.id")
	api.refusedChange("upload_incomplete", "completeFile", "FileInput", object{"fileId": id}, "id")
	if a := api.put(made.at("upload"), content); a.status != 200 {
		t.Fatalf("PUT to the signed URL: %d %s", a.status, a.body)
	}
	api.change("completeFile", "FileInput", object{"fileId": id},
		"status kind metadata { slicer estimatedSeconds filamentG filamentMm nozzleDiameterMm layerHeightMm printerModel boundsMm { min { x } max { z } } }").
		is("status", "ready", "kind", "gcode", "metadata.slicer", "PrusaSlicer", "metadata.estimatedSeconds", cubeSeconds, "metadata.filamentG", cubeG,
			"metadata.filamentMm", 1392.74, "metadata.nozzleDiameterMm", 0.4, "metadata.layerHeightMm", 0.2, "metadata.printerModel", "MK3S",
			"metadata.boundsMm.min.x", 108.375, "metadata.boundsMm.max.z", 19.95)
	return id
}

func (j *mainJob) askApproval(t *testing.T) {
	student, teacher, api := j.student(t), j.teacher(t), j.api(t)
	it := student.change("createQueueItem", "CreateQueueItemInput", object{"name": "Asked for", "classId": api.class("Robotics 9B"), "requirements": object{"materialType": "PLA", "filamentG": 3}},
		"id approvalState eligibility { state }")
	it.is("approvalState", "pending", "eligibility.state", "blocked")
	student.refusedChange("insufficient_permissions", "approveQueueItem", "ApproveQueueItemInput", object{"queueItemId": it.text("id")}, "id")
	foreign := api.get("/v1/platform/queue?q=Chess+rook").list("data")[0].text("id")
	teacher.refusedChange("insufficient_permissions", "approveQueueItem", "ApproveQueueItemInput", object{"queueItemId": foreign}, "id")
	teacher.change("approveQueueItem", "ApproveQueueItemInput", object{"queueItemId": it.text("id")}, "approvalState eligibility { state }").is("approvalState", "approved", "eligibility.state", "eligible")
	teacher.refusedChange("queue_item_state_conflict", "approveQueueItem", "ApproveQueueItemInput", object{"queueItemId": it.text("id")}, "id")
	student.change("cancelQueueItem", "QueueItemInput", object{"queueItemId": it.text("id")}, "state").is("state", "cancelled")
}

// verdicts is an answer about eligibility, as GraphQL asks for it.
const verdicts = "state eligiblePrinterCount printers { printerId verdict score reasons { code axis severity expected actual fix } }"

func (j *mainJob) askEligibility(t *testing.T, printer string) {
	t.Helper()
	api := j.api(t)
	it := api.change("createQueueItem", "CreateQueueItemInput", object{"name": "Thick, by GraphQL", "requirements": object{"filamentG": 5, "nozzleDiameterMm": 0.6, "printerIds": []string{printer}}},
		"id eligibility { state }")
	it.is("eligibility.state", "blocked")
	id := it.text("id")
	var asked doc
	eventually(t, 10*time.Second, func() string { // printers go on changing while both are asked
		asked = api.field("query($id: ID!) { queueItemEligibility(queueItemId: $id) { "+verdicts+" } }", object{"id": id}, "queueItemEligibility")
		return differences(asked, api.get("/v1/platform/queue/"+id+"/eligibility").doc)
	})
	sameTexts(t, "its nozzle", reasonsOf(asked.pick("printers", "printerId", printer), "reasons"), "nozzle_diameter_mismatch")
	api.change("updatePrinter", "UpdatePrinterInput", object{"printerId": printer, "nozzleDiameterMm": 0.6}, "nozzleDiameterMm").is("nozzleDiameterMm", 0.6)
	api.field("query($id: ID!) { queueItemEligibility(queueItemId: $id) { state } }", object{"id": id}, "queueItemEligibility").is("state", "eligible")
	api.change("recomputeQueueItem", "QueueItemInput", object{"queueItemId": id}, "eligibility { "+verdicts+" }").is("eligibility.state", "eligible", "eligibility.eligiblePrinterCount", 1)
	api.change("updatePrinter", "UpdatePrinterInput", object{"printerId": printer, "nozzleDiameterMm": 0.4}, "id")
	api.change("cancelQueueItem", "QueueItemInput", object{"queueItemId": id}, "state")
}

// differences says where GraphQL's word on an item is another one than REST's.
func differences(asked, shown doc) string {
	if a, b := asked.list("printers"), shown.list("printers"); len(a) != len(b) {
		return fmt.Sprintf("GraphQL shows %d printers, REST %d", len(a), len(b))
	}
	for _, p := range shown.list("printers") {
		q := asked.pick("printers", "printerId", p.text("printer_id"))
		a, b := reasonsOf(q, "reasons"), reasonsOf(p, "reasons")
		if !slices.Equal(a, b) || q.text("verdict") != p.text("verdict") || q.num("score") != p.num("score") {
			return fmt.Sprintf("GraphQL says %s, REST %s", q, p)
		}
	}
	return ""
}

// askPrint dispatches, watches, judges and looks at the account.
func (j *mainJob) askPrint(t *testing.T, printer, spool, item string) {
	t.Helper()
	api := j.api(t)
	const dispatch, input = "dispatchNextQueueItem", "DispatchNextQueueItemInput"
	api.change(dispatch, input, object{"printerId": printer, "dryRun": true}, "queueItem { id copiesRunning } print { id }").is("queueItem.id", item, "queueItem.copiesRunning", 0, "print", nil)
	claimed := api.change(dispatch, input, object{"printerId": printer}, "queueItem { id state } print { id state printerId }")
	claimed.is("queueItem.id", item, "queueItem.state", "dispatching", "print.state", "dispatching", "print.printerId", printer)
	print := claimed.text("print.id")
	api.refusedChange("printer_not_ready", dispatch, input, object{"printerId": printer}, "print { id }")
	var states []string
	eventually(t, 30*time.Second, func() string {
		p := api.node("Print", print, "state progress")
		if state := p.text("state"); len(states) == 0 || states[len(states)-1] != state {
			states = append(states, state)
		}
		if states[len(states)-1] == "finished" {
			return ""
		}
		return "the print is " + p.String()
	})
	if !slices.Contains(states, "printing") {
		t.Errorf("the print was %v", states)
	}
	api.node("Printer", printer, "bedState activeSpool { id }").is("bedState", "occupied", "activeSpool.id", spool)
	api.refusedChange("bed_not_clear", dispatch, input, object{"printerId": printer}, "print { id }")
	no := api.refusedChange("validation_failed", "clearPrinterBed", "ClearPrinterBedInput", object{"printerId": printer}, "print { id }")
	no.is("fields.0.path", "verdict")
	api.change("clearPrinterBed", "ClearPrinterBedInput", object{"printerId": printer, "verdict": "success"}, "printer { bedState } print { state verdict } queueItem { state copiesDone }").
		is("printer.bedState", "clear", "print.state", "succeeded", "print.verdict", "success", "queueItem.state", "completed", "queueItem.copiesDone", 1)

	s := api.node("Spool", spool, "remainingG reservedG stockLevel ledger(first: 50) { edges { node { kind deltaG deltaReservedG printId } } }")
	near(t, "left", s.num("remainingG"), 102-cubeG)
	s.is("reservedG", 0, "stockLevel", "low")
	sum, deductions := 0.0, 0
	for _, e := range s.list("ledger.edges") {
		sum += e.num("node.deltaG")
		if v, _ := e.find("node.printId"); v == print && e.text("node.kind") == "deduct" {
			deductions++
		}
	}
	near(t, "the ledger's sum", sum, 102-cubeG)
	if low := j.db.events(t, "spool.low", spool); deductions != 1 || low != 1 {
		t.Errorf("the print was deducted %d times, spool.low told %d times", deductions, low)
	}
}

// askRefusals: too little filament, what cannot be assigned, and identifiers of somebody else.
func (j *mainJob) askRefusals(t *testing.T, printer, spool string) {
	t.Helper()
	api := j.api(t)
	item := api.change("createQueueItem", "CreateQueueItemInput", object{"name": "Too much", "priority": "urgent", "requirements": object{"filamentG": 500, "printerIds": []string{printer}}}, "id").text("id")
	no := api.refusedChange("queue_item_not_assignable", "assignQueueItem", "AssignQueueItemInput", object{"queueItemId": item, "printerId": printer}, "id")
	sameTexts(t, "reasons", reasonsOf(no, "reasons"), "filament_insufficient")
	no.list("reasons")[0].is("neededG", 500, "reservedG", 0)
	api.change("cancelQueueItem", "QueueItemInput", object{"queueItemId": item}, "state").is("state", "cancelled")
	nylon := api.newPrinter("Nylon by GraphQL", nil, api.newSpool(api.newMaterial("NYLON GF"), 10))
	big := api.change("createQueueItem", "CreateQueueItemInput", object{"name": "Big, by GraphQL", "priority": "urgent", "requirements": object{"materialType": "NYLON GF", "filamentG": 50}}, "id").text("id")
	no = api.refusedChange("filament_short", "dispatchNextQueueItem", "DispatchNextQueueItemInput", object{"printerId": nylon}, "print { id }")
	sameTexts(t, "reasons", reasonsOf(no, "reasons"), "filament_insufficient")
	api.change("cancelQueueItem", "QueueItemInput", object{"queueItemId": big}, "state").is("state", "cancelled")
	print := api.get("/v1/history?limit=1").list("data")[0].text("id")
	api.refusedChange("print_state_conflict", "confirmPrint", "ConfirmPrintInput", object{"printId": print, "started": true}, "id")
	other := j.other(t)
	for _, id := range []string{item, printer, spool, print} {
		foreign, unknown := other.ask("query($id: ID!) { node(id: $id) { id } }", object{"id": id}), other.ask("query($id: ID!) { node(id: $id) { id } }", object{"id": strangerTo(id)})
		if foreign.String() != unknown.String() {
			t.Errorf("node answers %s, for an unknown one %s", foreign, unknown)
		}
	}
	other.refusedChange("queue_item_not_found", "cancelQueueItem", "QueueItemInput", object{"queueItemId": item}, "id")
}
