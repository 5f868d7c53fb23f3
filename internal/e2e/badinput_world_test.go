package e2e_test

import (
	"strings"
	"testing"
)

// things are one organization's own.
type things struct{ printer, spool, material, item, file, print, tag, group, class, member, key, invite, hook, provider, mapping string }

// world is what the bad requests are about: things of the caller and of another organization.
type world struct{ own, foreign things }

// newWorld makes an item, a file and a print in both organizations.
func newWorld(t *testing.T, s *server) world {
	t.Helper()
	w := world{own: things{}, foreign: things{}}
	for c, own := range map[client]*things{s.api(t): &w.own, s.other(t): &w.foreign} {
		own.material = c.newMaterial("PLA")
		own.spool = c.newSpool(own.material, 500)
		own.printer = c.newPrinter("World", nil, own.spool)
		own.tag = c.create("/v1/platform/printer-tags", object{"name": "world"}).text("id")
		own.group = c.create("/v1/platform/printer-groups", object{"name": "World"}).text("id")
		own.class = c.create("/v1/platform/classes", object{"name": "World"}).text("id")
		own.key = c.create("/v1/platform/api-keys", object{"name": "world", "scopes": []string{"queue.manage"}}).text("id")
		own.invite = c.create("/v1/org/invites", object{"class_ids": []string{own.class}}).text("id")
		own.hook = c.create("/v1/platform/webhooks", object{"name": "world", "endpoint_url": "https://hooks.example/", "subscriptions": []string{"print.*"}}).text("id")
		own.provider = c.provider("World")
		own.mapping = c.create("/v1/platform/sso/group-mappings", object{"provider_id": own.provider, "role": "teacher", "match": object{"operator": "equals", "value": "Staff"}}).text("id")
		own.member = c.get("/v1/org/context").text("membership.id")
		own.file = c.create("/v1/files/register", announcement("world.gcode", cube(t))).text("file.id")
		printed := c.newItem("Printed", own.printer, nil)
		own.print = c.dispatch(own.printer, printed)
		c.awaitPrint(own.print, "finished")
		own.item = c.newItem("Waits", own.printer, nil)
	}
	return w
}

// writes are the routes of a print's way, from file to deducted spool.
func (w world) writes() []write {
	item, printer, spool := "/v1/platform/queue/"+w.own.item, "/v1/platform/printers/"+w.own.printer, "/v1/spools/"+w.own.spool
	const noItem, noPrinter, noSpool = "queue_item_not_found", "printer_not_found", "spool_not_found"
	sum := strings.Repeat("a", 64)
	return []write{
		{"POST", "/v1/files/register", `{"name":"a.gcode","size_bytes":1,"sha256":"` + sum + `"}`, ""},
		{"POST", "/v1/files/" + w.own.file + "/complete", `{}`, "file_not_found"},
		{"PATCH", "/v1/files/" + w.own.file, `{"name":"b.gcode"}`, "file_not_found"},
		{"POST", "/v1/platform/queue", `{"name":"x"}`, ""},
		{"PATCH", item, `{"name":"x"}`, noItem},
		{"POST", item + "/recompute", `{}`, noItem},
		{"POST", item + "/assign", `{"printer_id":"` + w.own.printer + `"}`, noItem},
		{"POST", item + "/unassign", `{}`, noItem},
		{"POST", item + "/approve", `{}`, noItem},
		{"POST", item + "/deny", `{"reason":"x"}`, noItem},
		{"POST", item + "/request-changes", `{"reason":"x"}`, noItem},
		{"POST", item + "/hold", `{}`, noItem},
		{"POST", item + "/release", `{}`, noItem},
		{"POST", item + "/move", `{"position":1}`, noItem},
		{"POST", item + "/cancel", `{}`, noItem},
		{"POST", printer + "/dispatch-next", `{}`, noPrinter},
		{"POST", printer + "/clear-bed", `{"verdict":"success"}`, noPrinter},
		{"POST", printer + "/pause", `{}`, noPrinter},
		{"POST", printer + "/cancel", `{}`, noPrinter},
		{"POST", "/v1/history/" + w.own.print + "/confirm", `{"started":true}`, "print_not_found"},
		{"POST", "/v1/printers", `{"name":"x","connector":{"kind":"virtual"}}`, ""},
		{"PATCH", "/v1/printers/" + w.own.printer, `{"name":"x"}`, noPrinter},
		{"POST", "/v1/spools", `{"material_id":"` + w.own.material + `"}`, ""},
		{"PATCH", spool, `{"location":"x"}`, noSpool},
		{"POST", spool + "/deduct", `{"grams":1}`, noSpool},
		{"POST", spool + "/measure", `{"gross_g":500}`, noSpool},
		{"POST", "/v1/platform/spool-assignments", `{"spool_id":"` + w.own.spool + `","printer_id":"` + w.own.printer + `","slot_index":0}`, ""},
		{"POST", "/v1/materials", `{"name":"x","type":"PLA"}`, ""},
		{"POST", "/v1/platform/api-keys", `{"name":"x","scopes":["queue.manage"]}`, ""},
		{"POST", "/v1/platform/api-keys/" + w.own.key + "/rotate", `{}`, "api_key_not_found"},
		{"POST", "/v1/org/invites", `{}`, ""},
		{"POST", "/v1/org/invites/" + w.own.invite + "/resend", `{}`, "invite_not_found"},
		{"POST", "/v1/platform/webhooks", `{"name":"x","endpoint_url":"https://hooks.example/","subscriptions":["*"]}`, ""},
		{"PATCH", "/v1/platform/webhooks/" + w.own.hook, `{"name":"x"}`, "webhook_not_found"},
		{"POST", "/v1/platform/webhooks/" + w.own.hook + "/recover", `{"since":"2026-04-02T08:00:00Z"}`, "webhook_not_found"},
		{"POST", "/v1/platform/sso/providers", `{"name":"x","profile":"google","client_id":"x"}`, ""},
		{"PATCH", "/v1/platform/sso/providers/" + w.own.provider, `{"name":"x"}`, "sso_provider_not_found"},
		{"POST", "/v1/platform/sso/group-mappings", `{"provider_id":"` + w.own.provider + `","match":{"operator":"equals","value":"x"},"role":"student"}`, ""},
		{"PATCH", "/v1/platform/sso/group-mappings/" + w.own.mapping, `{"priority":1}`, "sso_group_mapping_not_found"},
		{"POST", "/v1/platform/sso/group-mappings/evaluate", `{"provider_id":"` + w.own.provider + `","claims":{}}`, ""},
		{"POST", "/v1/platform/classes/" + w.own.class + "/enrollments", `{"membership_ids":["` + w.own.member + `"]}`, "class_not_found"},
	}
}

// invalid is a request whose values are refused, with the field that is told.
func invalid(name, method, path, body, field string) refusal {
	return refusal{name: name, method: method, path: path, body: body, status: 422, code: "validation_failed", field: field}
}

func missing(name, path, body, code string) refusal {
	return refusal{name: name, method: "POST", path: path, body: body, status: 404, code: code}
}

// badPaths lead to something only once they are cleaned, or have another last slash. No surface redirects them.
func badPaths() (all []refusal) {
	for _, path := range []string{"/v1//printers", "//v1/me", "/v1/x/../me", "/v1/./me", "/v1/me/", "/v1/x/%2e%2e/me",
		"/v1/../graphql", "/v1//../blobs/x", "/v1/../developers/changelog", "/v1/..//static/landing.css"} {
		all = append(all, refusal{name: "unclean " + path, method: "GET", path: path, status: 404, code: "route_not_found"})
	}
	return all
}

// badQueries: a parameter that a route does not have is 400; a value that it does not take is 422 and names it.
func badQueries() []refusal {
	const printers = "/v1/printers?"
	all := []refusal{
		{name: "an unknown parameter", method: "GET", path: printers + "bogus=1", status: 400, code: "unknown_parameter"},
		{name: "a cursor that is none", method: "GET", path: printers + "cursor=zz", status: 400, code: "invalid_cursor"},
		{name: "a cursor with NUL", method: "GET", path: printers + "cursor=%00", status: 400, code: "invalid_cursor"},
		{name: "a cursor without end", method: "GET", path: printers + "cursor=" + strings.Repeat("a", 3000), status: 400, code: "invalid_cursor"},
		invalid("a time in a query", "GET", printers+"created_at[gte]=x", "", "created_at[gte]"),
	}
	for name, value := range map[string]string{"limit": "0", "state": "nonsense", "sort": "bogus", "expand": "bogus", "include": "bogus"} {
		all = append(all, invalid("a bad "+name, "GET", printers+name+"="+value, "", name))
	}
	return append(all, invalid("an empty order", "GET", printers+"sort=", "", "sort"), invalid("an empty word", "GET", printers+"expand=tags,", "", "expand"),
		invalid("a limit in words", "GET", printers+"limit=abc", "", "limit"),
		invalid("two limits", "GET", printers+"limit=1&limit=2", "", "limit"))
}

func (w world) badFiles() []refusal {
	const register = "/v1/files/register"
	sum := strings.Repeat("a", 64)
	return []refusal{
		invalid("a file without a name", "POST", register, `{"size_bytes":1,"sha256":"`+sum+`"}`, "name"),
		invalid("a file in wrong case", "POST", register, `{"Name":"a.gcode","size_bytes":1,"sha256":"`+sum+`"}`, "Name"),
		invalid("a file named twice", "POST", register, `{"name":"a.gcode","name":"b.gcode","size_bytes":1,"sha256":"`+sum+`"}`, "name"),
		invalid("a file with a path", "POST", register, `{"name":"../a.gcode","size_bytes":1,"sha256":"`+sum+`"}`, "name"),
		invalid("an empty file", "POST", register, `{"name":"a.gcode","size_bytes":0,"sha256":"`+sum+`"}`, "size_bytes"),
		invalid("a file too large", "POST", register, `{"name":"a.gcode","size_bytes":99999999999,"sha256":"`+sum+`"}`, "size_bytes"),
		invalid("a size that is a text", "POST", register, `{"name":"a.gcode","size_bytes":"1","sha256":"`+sum+`"}`, "size_bytes"),
		invalid("a hash that is none", "POST", register, `{"name":"a.gcode","size_bytes":1,"sha256":"abc"}`, "sha256"),
		invalid("a type that is none", "POST", register, `{"name":"a.gcode","size_bytes":1,"sha256":"`+sum+`","content_type":";"}`, "content_type"),
		{name: "bytes that never came", method: "POST", path: "/v1/files/" + w.own.file + "/complete", body: `{}`, status: 409, code: "upload_incomplete"},
		{name: "a download that is not there yet", method: "GET", path: "/v1/files/" + w.own.file + "/download", status: 409, code: "file_not_ready"},
	}
}

func (w world) badItems() []refusal {
	const queue = "/v1/platform/queue"
	item, f := queue+"/"+w.own.item, w.foreign
	return []refusal{
		invalid("an item without a name", "POST", queue, `{}`, "name"),
		invalid("an item with an empty name", "POST", queue, `{"name":""}`, "name"),
		invalid("an item with a name of blanks", "POST", queue, `{"name":"   "}`, "name"),
		invalid("an item with a name of two lines", "POST", queue, `{"name":"a\nb"}`, "name"),
		invalid("an item with a blank before its name", "POST", queue, `{"name":" a"}`, "name"),
		invalid("a part without depth and height", "POST", queue, `{"name":"a","requirements":{"min_volume_mm":{"x":10}}}`, "requirements.min_volume_mm.y"),
		invalid("a part without height", "POST", queue, `{"name":"a","requirements":{"min_volume_mm":{"x":10,"y":10,"z":0}}}`, "requirements.min_volume_mm.z"),
		invalid("a deadline that is over", "POST", queue, `{"name":"a","deadline_at":"2001-01-01T00:00:00Z"}`, "deadline_at"),
		invalid("a deadline before the start", "POST", queue, `{"name":"a","deadline_at":"2098-01-01T00:00:00Z","not_before":"2099-01-01T00:00:00Z"}`, "deadline_at"),
		invalid("a deadline changed to one that is over", "PATCH", item, `{"deadline_at":"2001-01-01T00:00:00Z"}`, "deadline_at"),
		invalid("grams of three decimals", "POST", queue, `{"name":"a","estimated_g":1.005}`, "estimated_g"),
		invalid("a tool's grams of three decimals", "POST", queue, `{"name":"a","requirements":{"tools":[{"filament_g":1.005}]}}`, "requirements.tools[0].filament_g"),
		invalid("an item named twice", "POST", queue, `{"name":"a","name":"b"}`, "name"),
		invalid("an item in wrong case", "POST", queue, `{"name":"a","Priority":"low"}`, "Priority"),
		invalid("no copies", "POST", queue, `{"name":"a","copies_requested":0}`, "copies_requested"),
		invalid("too many copies", "POST", queue, `{"name":"a","copies_requested":1001}`, "copies_requested"),
		invalid("half a copy", "POST", queue, `{"name":"a","copies_requested":1.5}`, "copies_requested"),
		invalid("an unknown priority", "POST", queue, `{"name":"a","priority":"soon"}`, "priority"),
		invalid("an unknown requirement", "POST", queue, `{"name":"a","requirements":{"zzz":1}}`, "requirements.zzz"),
		invalid("a nozzle of a metre", "POST", queue, `{"name":"a","requirements":{"nozzle_diameter_mm":1000}}`, "requirements.nozzle_diameter_mm"),
		invalid("a colour that is none", "POST", queue, `{"name":"a","requirements":{"color_hex":"red"}}`, "requirements.color_hex"),
		invalid("a time that is none", "POST", queue, `{"name":"a","deadline_at":"tomorrow"}`, "deadline_at"),
		invalid("a name that is cleared", "PATCH", item, `{"name":null}`, "name"),
		invalid("a state that is not a person's", "PATCH", item, `{"state":"completed"}`, "state"),
		missing("a foreign file", queue, `{"name":"a","file_id":"`+f.file+`"}`, "file_not_found"),
		missing("a foreign class", queue, `{"name":"a","class_id":"`+f.class+`"}`, "class_not_found"),
		missing("a foreign person", queue, `{"name":"a","on_behalf_of":"`+f.member+`"}`, "user_not_found"),
		missing("a foreign printer", queue, `{"name":"a","requirements":{"printer_ids":["`+f.printer+`"]}}`, "printer_not_found"),
		missing("a foreign group", queue, `{"name":"a","requirements":{"printer_group_ids":["`+f.group+`"]}}`, "printer_group_not_found"),
		missing("a foreign tag", queue, `{"name":"a","requirements":{"tag_ids":["`+f.tag+`"]}}`, "printer_tag_not_found"),
		missing("a malformed file", queue, `{"name":"a","file_id":"file 7"}`, "file_not_found"),
		missing("behind a foreign item", item+"/move", `{"after_id":"`+f.item+`"}`, "queue_item_not_found"),
		missing("in a foreign printer's line", item+"/assign", `{"printer_id":"`+f.printer+`"}`, "printer_not_found"),
		invalid("in nobody's line", "POST", item+"/assign", `{}`, "printer_id"),
		invalid("an override of the volume", "POST", item+"/assign", `{"printer_id":"`+w.own.printer+`","override":{"codes":["volume_exceeded"],"reason":"x"}}`, "override.codes[0]"),
		invalid("an override without a reason", "POST", item+"/assign", `{"printer_id":"`+w.own.printer+`","override":{"codes":["tag_missing"]}}`, "override.reason"),
		invalid("a denial without a reason", "POST", item+"/deny", `{}`, "reason"),
		{name: "an approval that nobody waits for", method: "POST", path: item + "/approve", body: `{}`, status: 409, code: "queue_item_state_conflict"},
		{name: "out of a line it is not in", method: "POST", path: item + "/unassign", body: `{}`, status: 409, code: "queue_item_state_conflict"},
	}
}

func (w world) badDispatches() []refusal {
	confirm := "/v1/history/" + w.own.print + "/confirm"
	return []refusal{
		invalid("a dry run in words", "POST", dispatchPath(w.own.printer), `{"dry_run":"yes"}`, "dry_run"),
		{name: "onto an occupied bed", method: "POST", path: dispatchPath(w.own.printer), body: `{}`, status: 409, code: "bed_not_clear"},
		invalid("a bed without its verdict", "POST", clearPath(w.own.printer), `{}`, "verdict"),
		invalid("an unknown verdict", "POST", clearPath(w.own.printer), `{"verdict":"maybe"}`, "verdict"),
		invalid("a success with a reason", "POST", clearPath(w.own.printer), `{"verdict":"success","failure_reason":"clog"}`, "failure_reason"),
		invalid("an unknown reason", "POST", clearPath(w.own.printer), `{"verdict":"failure","failure_reason":"mice"}`, "failure_reason"),
		invalid("a confirmation of nothing", "POST", confirm, `{}`, "started"),
		{name: "a confirmation that nobody waits for", method: "POST", path: confirm, body: `{"started":true}`, status: 409, code: "print_state_conflict"},
		{name: "a pause of nothing", method: "POST", path: "/v1/platform/printers/" + w.own.printer + "/pause", body: `{}`, status: 409, code: "print_state_conflict"},
		{name: "no such route", method: "POST", path: "/v1/platform/printers", body: `{}`, status: 404, code: "route_not_found"},
		{name: "no such method", method: "DELETE", path: "/v1/platform/queue", status: 405, code: "method_not_allowed"},
	}
}

func (w world) badStock() []refusal {
	const assignments, printers = "/v1/platform/spool-assignments", "/v1/printers"
	spool, f, o := "/v1/spools/"+w.own.spool, w.foreign, w.own
	return []refusal{
		missing("a foreign spool into one's printer", assignments, `{"spool_id":"`+f.spool+`","printer_id":"`+o.printer+`","slot_index":0}`, "spool_not_found"),
		missing("one's spool into a foreign printer", assignments, `{"spool_id":"`+o.spool+`","printer_id":"`+f.printer+`","slot_index":0}`, "printer_not_found"),
		invalid("a slot that is not there", "POST", assignments, `{"spool_id":"`+o.spool+`","printer_id":"`+o.printer+`","slot_index":7}`, "slot_index"),
		invalid("a slot left of the first", "POST", assignments, `{"spool_id":"`+o.spool+`","printer_id":"`+o.printer+`","slot_index":-1}`, "slot_index"),
		missing("a spool of a foreign material", "/v1/spools", `{"material_id":"`+f.material+`"}`, "material_not_found"),
		invalid("grams and length at once", "POST", spool+"/deduct", `{"grams":1,"length_mm":1}`, ""),
		invalid("grams that come back", "POST", spool+"/deduct", `{"grams":-1}`, "grams"),
		missing("grams of a foreign print", spool+"/deduct", `{"grams":1,"print_id":"`+f.print+`"}`, "print_not_found"),
		{name: "more than there is", method: "POST", path: spool + "/deduct", body: `{"grams":100000}`, status: 409, code: "spool_insufficient_material"},
		invalid("thousandths of a gram", "POST", spool+"/deduct", `{"grams":1.005}`, "grams"),
		invalid("thousandths of a gram on the scale", "POST", spool+"/measure", `{"gross_g":500.001}`, "gross_g"),
		invalid("a material of blanks", "POST", "/v1/materials", `{"name":"x","type":"  "}`, "type"),
		invalid("a price without its currency", "POST", "/v1/materials", `{"name":"x","type":"PLA","price_minor":1}`, "price_currency"),
		invalid("a tag of blanks", "POST", "/v1/platform/printer-tags", `{"name":"\u00a0"}`, "name"),
		invalid("a class of blanks", "POST", "/v1/platform/classes", `{"name":" "}`, "name"),
		invalid("a printer of blanks", "POST", printers, `{"name":"   ","connector":{"kind":"virtual"}}`, "name"),
		invalid("a printer renamed to blanks", "PATCH", printers+"/"+o.printer, `{"name":" "}`, "name"),
		invalid("out of order without a reason", "PATCH", printers+"/"+o.printer, `{"out_of_order":{"reason":""}}`, "out_of_order.reason"),
		invalid("a volume without depth", "PATCH", printers+"/"+o.printer, `{"build_volume_mm":{"x":1,"y":0,"z":1}}`, "build_volume_mm.y"),
		invalid("a fault that is none", "POST", printers, `{"name":"x","connector":{"kind":"virtual","options":{"fault":"bogus"}}}`, "connector.options.fault"),
		invalid("an option that is none", "POST", printers, `{"name":"x","connector":{"kind":"virtual","options":{"x":1}}}`, "connector.options.x"),
		invalid("a fault that is none, changed to", "PATCH", printers+"/"+o.printer, `{"connector":{"options":{"fault":"bogus"}}}`, "connector.options.fault"),
		invalid("a printer without a connector", "POST", printers, `{"name":"x"}`, "connector"),
		invalid("a printer of an unknown kind", "POST", printers, `{"name":"x","connector":{"kind":"fax"}}`, "connector.kind"),
		invalid("a nozzle of nine", "PATCH", printers+"/"+o.printer, `{"nozzle_diameter_mm":9}`, "nozzle_diameter_mm"),
		missing("a printer with a foreign tag", printers, `{"name":"x","connector":{"kind":"virtual"},"tag_ids":["`+f.tag+`"]}`, "printer_tag_not_found"),
	}
}

// badPeople: what a person, or the organization, always has is not cleared, alone or in a roster.
func (w world) badPeople() []refusal {
	const bulk = "/v1/org/users/bulk"
	person, row := "/v1/org/users/"+w.own.member, `{"updates":[{"membership_id":"`+w.own.member+`",`
	return []refusal{
		invalid("a role that is cleared", "PATCH", person, `{"role":null}`, "role"),
		invalid("a status that is cleared", "PATCH", person, `{"status":null}`, "status"),
		invalid("a role that is cleared beside a new name", "PATCH", person, `{"name":"World","role":null}`, "role"),
		invalid("a role that is cleared in a roster", "POST", bulk, row+`"role":null}]}`, "updates[0].role"),
		invalid("a status that is cleared in a roster", "POST", bulk, row+`"status":null}]}`, "updates[0].status"),
		invalid("a role that is cleared in a dry run", "POST", bulk, row+`"role":null}],"dry_run":true}`, "updates[0].role"),
		invalid("a role that is none", "PATCH", person, `{"role":"principal"}`, "role"),
		invalid("settings that are cleared", "PATCH", "/v1/org", `{"settings":null}`, "settings"),
		invalid("a setting that is cleared", "PATCH", "/v1/org", `{"settings":{"queue":{"fairness":null}}}`, "settings.queue.fairness"),
	}
}

// badLogs: the audit log is not asked for what nothing is called; that would be answered as if nothing had happened.
func badLogs() []refusal {
	const log = "/v1/org/audit-log?"
	return []refusal{
		invalid("a type that no event has", "GET", log+"type=printer.exploded", "", "type[0]"),
		invalid("a type in capitals", "GET", log+"type=USER.JOINED", "", "type[0]"),
		invalid("a type beside one that no event has", "GET", log+"type=user.joined&type=nonsense.*", "", "type[1]"),
		invalid("a resource that no event is about", "GET", log+"subject_type=toaster", "", "subject_type[0]"),
		invalid("a time of the log that is none", "GET", log+"occurred_at[gte]=yesterday", "", "occurred_at[gte]"),
		invalid("an order that the log has not", "GET", log+"sort=actor_id", "", "sort"),
		{name: "a filter that the log has not", method: "GET", path: log + "actor=me", status: 400, code: "unknown_parameter"},
	}
}

// badUploads: the store takes what was announced, once, and nothing else.
func (s *server) badUploads(t *testing.T) {
	api, content := s.api(t), []byte("G28\n")
	made := api.create("/v1/files/register", announcement("tiny.gcode", content))
	before := s.dump(t)
	upload := made.at("upload")
	stranger := s.anonymous(t)
	url, kind := upload.text("url"), []string{"Content-Type", "text/x.gcode"}
	for _, r := range []struct {
		name, url string
		body      []byte
		status    int
		code      string
	}{
		{"an altered signature", url + "0", content, 403, "upload_url_invalid"},
		{"another file's path", strings.Replace(url, "/blobs/", "/blobs/x", 1), content, 403, "upload_url_invalid"},
		{"fewer bytes", url, content[:3], 422, "content_mismatch"},
		{"more bytes", url, append([]byte("M84\n"), content...), 413, "request_too_large"},
		{"other bytes", url, []byte("G29\n"), 422, "content_mismatch"},
	} {
		stranger.refused(r.status, r.code, "PUT", r.url, r.body, kind...)
	}
	api.refused(409, "upload_incomplete", "POST", "/v1/files/"+made.text("file.id")+"/complete", object{})
	if a := api.put(upload, content); a.status != 200 {
		t.Errorf("the right bytes: %d %s", a.status, a.body)
	}
	stranger.refused(422, "content_mismatch", "PUT", url, []byte("G29\n"), kind...)
	s.unchanged(t, before)
	api.post("/v1/files/"+made.text("file.id")+"/complete", object{}).is("status", "ready", "kind", "gcode")
}
