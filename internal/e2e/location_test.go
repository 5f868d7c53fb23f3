package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// creations are what a caller sends to make one of each thing, by route.
func (w world) creations(t *testing.T) map[string]write {
	t.Helper()
	sum := strings.Repeat("a", 64)
	all := map[string]write{}
	for _, r := range []write{
		{"POST", "/v1/printers", `{"name":"Created","connector":{"kind":"virtual"}}`, ""},
		{"POST", "/v1/platform/printer-tags", `{"name":"created"}`, ""},
		{"POST", "/v1/platform/printer-groups", `{"name":"Created"}`, ""},
		{"POST", "/v1/platform/queue", `{"name":"Created"}`, ""},
		{"POST", "/v1/materials", `{"name":"Created","type":"PLA"}`, ""},
		{"POST", "/v1/spools", `{"material_id":"` + w.own.material + `"}`, ""},
		{"POST", "/v1/platform/spool-assignments", `{"spool_id":"` + w.own.spool + `","printer_id":"` + w.own.printer + `","slot_index":0}`, ""},
		{"POST", "/v1/files/register", `{"name":"created.gcode","size_bytes":1,"sha256":"` + sum + `"}`, ""},
		{"POST", "/v1/platform/classes", `{"name":"Created"}`, ""},
		{"POST", "/v1/platform/user-groups", `{"name":"Created"}`, ""},
		{"POST", "/v1/org/invites", `{"email":"created@riverside.example"}`, ""},
		{"POST", "/v1/platform/api-keys", `{"name":"created","scopes":["queue.manage"]}`, ""},
		{"POST", "/v1/platform/webhooks", `{"name":"Created","endpoint_url":"https://93.184.215.14/hook","subscriptions":["print.*"]}`, ""},
		{"POST", "/v1/platform/sso/providers", `{"name":"Created","profile":"google","client_id":"created"}`, ""},
		{"POST", "/v1/platform/sso/group-mappings", `{"provider_id":"` + w.own.provider + `","match":{"operator":"equals","value":"Staff"},"role":"teacher"}`, ""},
		{"POST", "/v1/platform/notification-rules", `{"name":"Created","event_types":["print.failed"],"audience":{"roles":["operator"]},"channels":["in_app"]}`, ""},
	} {
		all[r.path] = r
	}
	all["/v1/platform/api-keys/{api_key_id}/rotate"] = write{"POST", "/v1/platform/api-keys/" + w.own.key + "/rotate", `{}`, ""}
	return all
}

// Every answer that says 201 says where to read what was made, or where it is listed: that is no dead end. Where it has a
// version, the answer that made it and the one that reads it agree on it.
func TestWhatIsCreatedIsReadAtItsLocation(t *testing.T) {
	t.Parallel()
	s := newServer(t, database{path: sqliteInData}, 2000)
	sent, api := newWorld(t, s).creations(t), s.api(t)
	doc := served(t, s)
	for path, item := range doc.Paths.Map() {
		if item.Post == nil || item.Post.Responses.Status(http.StatusCreated) == nil {
			continue
		}
		r, ok := sent[path]
		if !ok {
			t.Errorf("POST %s creates, and nothing is sent to it here", path)
			continue
		}
		made := api.create(r.path, r.body)
		at := made.header.Get("Location")
		read := api.do("GET", at, nil)
		switch id, _ := made.find("id"); {
		case at == "" || read.status != http.StatusOK:
			t.Errorf("POST %s: Location %q, which answers %d %s", path, at, read.status, read.body)
		case read.has("data"):
			if !slices.Contains(read.column("data", "id"), made.text("id")) {
				t.Errorf("POST %s: %s is not in the list at %s", path, id, at)
			}
		case version(made) != version(read):
			t.Errorf("POST %s: ETag %s, and %s at its Location", path, made.header.Get("ETag"), read.header.Get("ETag"))
		}
	}
}

// version is that of an ETag, what If-Match compares.
func version(a reply) string {
	v, _, _ := strings.Cut(strings.TrimPrefix(a.header.Get("ETag"), `"`), "-")
	return v
}

// An ETag to begin with: what has no address of its own shows it in the answers that make and change it, the organization in
// the caller's context.
func TestIfMatchHasAnETagToBeginWith(t *testing.T) {
	t.Parallel()
	s := newServer(t, database{path: sqliteInData}, 2000)
	api := s.api(t)
	const stale = "precondition_failed"

	made := api.create("/v1/org/invites", object{"email": "etag@riverside.example"})
	path, first := "/v1/org/invites/"+made.text("id"), made.header.Get("ETag")
	again := api.want(200, "POST", path+"/resend", object{}, "If-Match", first)
	api.refused(412, stale, "POST", path+"/resend", object{}, "If-Match", first)
	api.refused(412, stale, "DELETE", path, nil, "If-Match", first)
	api.want(204, "DELETE", path, nil, "If-Match", again.header.Get("ETag"))

	context := api.get("/v1/org/context")
	first = context.header.Get("ETag")
	api.want(304, "GET", "/v1/org/context", nil, "If-None-Match", first)
	changed := api.want(200, "PATCH", "/v1/org", object{"name": "Riverside Once More"}, "If-Match", first)
	api.refused(412, stale, "PATCH", "/v1/org", object{"name": "Too late"}, "If-Match", first)
	now := api.want(200, "GET", "/v1/org/context", nil, "If-None-Match", first)
	if version(now) != version(changed) || now.text("organization.name") != "Riverside Once More" {
		t.Errorf("ETag %s of the context, %s of the change: %s", now.header.Get("ETag"), changed.header.Get("ETag"), now)
	}
	if etag := s.student(t).get("/v1/org/context").header.Get("ETag"); etag == now.header.Get("ETag") {
		t.Errorf("two people's contexts have one ETag, %s", etag)
	}
}
