package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Another organization's identifier answers, byte for byte, as one that nothing has.
func TestIsolation(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		w := newWorld(t, s)
		mine, theirs := w.foreign, w.own // the caller is the second organization
		other := s.other(t)
		for _, path := range readsOf(theirs) {
			foreign, unknown := other.do("GET", path, nil), other.do("GET", strangerTo(path), nil)
			sameAnswer(t, "GET "+path, foreign, unknown)
			sameAnswer(t, "GET "+path, foreign, other.do("GET", malformed(path), nil))
		}
		for _, r := range w.writes() {
			if r.missing != "" {
				sameAnswer(t, r.method+" "+r.path, other.do(r.method, r.path, r.body), other.do(r.method, strangerTo(r.path), r.body))
			}
		}
		for _, r := range inBodies(mine) {
			for _, id := range []string{theirs.file, theirs.class, theirs.member, theirs.printer, theirs.group, theirs.tag, theirs.item, theirs.material, theirs.print, theirs.spool} {
				body := strings.ReplaceAll(r.body, "ID", id)
				sameAnswer(t, r.method+" "+r.path+" "+body, other.do(r.method, r.path, body), other.do(r.method, r.path, strings.ReplaceAll(r.body, "ID", strangerTo(id))))
			}
		}
		for _, path := range listsBy(theirs) {
			sameAnswer(t, "GET "+path, other.do("GET", path, nil), other.do("GET", strangerToQuery(path), nil))
		}
		s.seesOnlyOwn(t)
		s.namesOrganization(t)
	})
}

// readsOf are the paths of somebody's things.
func readsOf(x things) []string {
	return []string{"/v1/printers/" + x.printer, "/v1/spools/" + x.spool, "/v1/spools/" + x.spool + "/ledger", "/v1/materials/" + x.material,
		"/v1/platform/queue/" + x.item, "/v1/platform/queue/" + x.item + "/eligibility", "/v1/files/" + x.file, "/v1/files/" + x.file + "/download",
		"/v1/history/" + x.print, "/v1/platform/printer-tags/" + x.tag, "/v1/platform/printer-groups/" + x.group, "/v1/platform/classes/" + x.class,
		"/v1/platform/api-keys/" + x.key, "/v1/org/users/" + x.member}
}

// inBodies are requests about one's own things that name another one in the place of ID.
func inBodies(mine things) []write {
	item := "/v1/platform/queue/" + mine.item
	return []write{
		{"POST", "/v1/platform/queue", `{"name":"a","file_id":"ID"}`, ""},
		{"POST", "/v1/platform/queue", `{"name":"a","class_id":"ID"}`, ""},
		{"POST", "/v1/platform/queue", `{"name":"a","on_behalf_of":"ID"}`, ""},
		{"POST", "/v1/platform/queue", `{"name":"a","requirements":{"printer_ids":["ID"]}}`, ""},
		{"POST", "/v1/platform/queue", `{"name":"a","requirements":{"printer_group_ids":["ID"]}}`, ""},
		{"POST", "/v1/platform/queue", `{"name":"a","requirements":{"tag_ids":["ID"]}}`, ""},
		{"PATCH", item, `{"file_id":"ID"}`, ""},
		{"PATCH", item, `{"class_id":"ID"}`, ""},
		{"POST", item + "/move", `{"before_id":"ID"}`, ""},
		{"POST", item + "/assign", `{"printer_id":"ID"}`, ""},
		{"POST", "/v1/platform/spool-assignments", `{"spool_id":"ID","printer_id":"` + mine.printer + `","slot_index":0}`, ""},
		{"POST", "/v1/platform/spool-assignments", `{"spool_id":"` + mine.spool + `","printer_id":"ID","slot_index":0}`, ""},
		{"POST", "/v1/org/invites", `{"class_ids":["ID"]}`, ""},
		{"POST", "/v1/spools", `{"material_id":"ID"}`, ""},
		{"POST", "/v1/spools/" + mine.spool + "/deduct", `{"grams":1,"print_id":"ID"}`, ""},
		{"PATCH", "/v1/printers/" + mine.printer, `{"tag_ids":["ID"]}`, ""},
		{"PATCH", "/v1/printers/" + mine.printer, `{"group_ids":["ID"]}`, ""},
	}
}

// listsBy are lists that are narrowed to somebody's things.
func listsBy(x things) []string {
	return []string{"/v1/platform/queue?class_id=" + x.class, "/v1/platform/queue?submitter_id=" + x.member, "/v1/spools?material_id=" + x.material,
		"/v1/printers?tag_id=" + x.tag, "/v1/printers?group_id=" + x.group, "/v1/history?printer_id=" + x.printer, "/v1/history?queue_item_id=" + x.item}
}

func strangerToQuery(path string) string {
	before, id, _ := strings.Cut(path, "=")
	return before + "=" + strangerTo(id)
}

// sameAnswer compares all that a caller can see, but for what names the request itself.
func sameAnswer(t testing.TB, what string, a, b reply) {
	t.Helper()
	if a.status != b.status || string(a.body) != string(b.body) {
		t.Errorf("%s: %d %s\nan unknown one: %d %s", what, a.status, a.body, b.status, b.body)
	}
	seen := func(h http.Header) http.Header {
		h = h.Clone()
		for _, own := range []string{"X-Request-Id", "Date"} {
			h.Del(own)
		}
		return h
	}
	ha, hb := seen(a.header), seen(b.header)
	for name := range ha {
		if !slices.Equal(ha[name], hb[name]) {
			t.Errorf("%s: %s is %q, for an unknown one %q", what, name, ha[name], hb[name])
		}
	}
	if len(ha) != len(hb) {
		t.Errorf("%s: %d headers, for an unknown one %d", what, len(ha), len(hb))
	}
}

// seesOnlyOwn: no list of one organization shows a row of the other.
func (s *server) seesOnlyOwn(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/v1/printers", "/v1/spools", "/v1/materials", "/v1/platform/queue", "/v1/files", "/v1/history", "/v1/platform/printer-tags",
		"/v1/platform/printer-groups", "/v1/platform/classes", "/v1/platform/user-groups", "/v1/platform/spool-assignments",
		"/v1/platform/api-keys", "/v1/org/invites", "/v1/platform/events", "/v1/platform/webhooks", "/v1/platform/webhook-deliveries",
		"/v1/platform/sso/providers", "/v1/platform/sso/group-mappings"} {
		mine := s.api(t).get(path+"?limit=200").column("data", "id")
		for _, id := range s.other(t).get(path+"?limit=200").column("data", "id") {
			if slices.Contains(mine, id) {
				t.Errorf("%s shows %s to both", path, id)
			}
		}
	}
}

// namesOrganization: naming the first organization is naming one that is not there.
func (s *server) namesOrganization(t *testing.T) {
	t.Helper()
	other := s.other(t)
	unknown := other.do("GET", "/v1/org/context", nil, "X-SoLoPrint-Organization", "nobody-here")
	for _, name := range []string{s.keys.OrganizationSlug, s.keys.OrganizationID} {
		a := other.do("GET", "/v1/org/context", nil, "X-SoLoPrint-Organization", name)
		sameAnswer(t, "naming "+name, a, unknown)
		a.is("error", "organization_not_found")
	}
}
