package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// refusal is a request that has to be refused, and how.
type refusal struct {
	name         string
	method, path string
	body         any
	status       int
	code         string
	field        string // path of the field that is told, where one is
	headers      []string
}

// What is malformed, unknown, twice, too large or somebody else's gets the contract's code and changes nothing.
func TestBadInput(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		w := newWorld(t, s)
		before := s.settled(t)
		for _, r := range w.writes() {
			t.Run(r.name(), func(t *testing.T) { s.refuseForms(t, r) })
		}
		s.unchanged(t, before)
		for _, r := range slices.Concat(badPaths(), badQueries(), w.badFiles(), w.badItems(), w.badDispatches(), w.badStock(), w.badPeople(), badLogs()) {
			t.Run(r.name, func(t *testing.T) { s.refuse(t, s.api(t), r) })
		}
		s.unchanged(t, before)
		t.Run("bytes that were not announced", func(t *testing.T) { s.badUploads(t) })
	})
}

// refuse sends one request and looks at the answer.
func (s *server) refuse(t *testing.T, c client, r refusal) {
	t.Helper()
	a := c.refused(r.status, r.code, r.method, r.path, r.body, r.headers...)
	contractHeaders(t, a)
	if r.field == "" {
		return
	}
	if fields := a.column("fields", "path"); !slices.Contains(fields, r.field) {
		t.Errorf("the answer tells of %v, not of %s: %s", fields, r.field, a.body)
	}
}

// write is a route that changes something, with a body that it takes.
type write struct {
	method, path string
	body         string
	missing      string // code where its path names what is not there; empty where it names nothing
}

func (w write) name() string {
	return w.method + " " + strings.Join(slices.DeleteFunc(strings.Split(w.path, "/"), func(part string) bool { return strings.Contains(part, "_0") }), "/")
}

// refuseForms sends everything that no route takes, whatever it is about.
func (s *server) refuseForms(t *testing.T, w write) {
	t.Helper()
	api := s.api(t)
	big := strings.Repeat(" ", 1<<20) + w.body
	deep := `{"metadata":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}"
	for _, r := range []refusal{
		{name: "half a document", body: "{", status: 400, code: "invalid_json"},
		{name: "two documents", body: w.body + " {}", status: 400, code: "invalid_json"},
		{name: "broken UTF-8", body: "{\"name\":\"\xff\"}", status: 400, code: "invalid_json"},
		{name: "too deep", body: deep, status: 400, code: "invalid_json"},
		{name: "an unknown name", body: `{"zzz":1}`, status: 422, code: "validation_failed", field: "zzz"},
		{name: "an unknown name, twice", body: `{"zzz":1,"zzz":2}`, status: 422, code: "validation_failed"},
		{name: "a list", body: "[]", status: 422, code: "validation_failed"},
		{name: "too large", body: big, status: 413, code: "request_too_large"},
		{name: "not JSON", body: w.body, headers: []string{"Content-Type", "text/plain"}, status: 415, code: "unsupported_media_type"},
		{name: "an unknown version", body: w.body, headers: []string{"X-SoLoPrint-API-Version", "1999-01-01"}, status: 400, code: "unsupported_api_version"},
	} {
		r.method, r.path = w.method, w.path
		t.Run(r.name, func(t *testing.T) { api.t = t; s.refuse(t, api, r) })
	}
	for _, r := range []refusal{{status: 400, code: "unknown_parameter", path: w.path + "?zzz=1"}, {status: 400, code: "unknown_parameter", path: w.path + "?limit=1"}} {
		r.method, r.body = w.method, w.body
		s.refuse(t, s.api(t), r)
	}
	s.refuseCallers(t, w)
	s.refuseMissing(t, w)
}

// refuseCallers: whoever may not do a thing learns nothing about its body.
func (s *server) refuseCallers(t *testing.T, w write) {
	t.Helper()
	for _, body := range []string{w.body, "{", `{"zzz":1}`} {
		s.refuse(t, s.anonymous(t), refusal{method: w.method, path: w.path, body: body, status: 401, code: "missing_bearer_token"})
		s.refuse(t, newClient(t, s, s.keys.APIKey+"x"), refusal{method: w.method, path: w.path, body: body, status: 401, code: "invalid_token"})
		s.refuse(t, s.reader(t), refusal{method: w.method, path: w.path, body: body, status: 403, code: "insufficient_permissions"})
	}
}

// refuseMissing: a path that names what is not there, is no identifier, or is another organization's.
func (s *server) refuseMissing(t *testing.T, w write) {
	t.Helper()
	if w.missing == "" {
		return
	}
	s.refuse(t, s.other(t), refusal{method: w.method, path: w.path, body: w.body, status: 404, code: w.missing})
	for _, path := range []string{strangerTo(w.path), malformed(w.path)} {
		s.refuse(t, s.api(t), refusal{method: w.method, path: path, body: w.body, status: 404, code: w.missing})
	}
	if w.method == "PATCH" {
		s.refuse(t, s.api(t), refusal{method: w.method, path: w.path, body: w.body, status: 412, code: "precondition_failed", headers: []string{"If-Match", `"999-abc"`}})
	}
}

// strangerTo puts an identifier that nothing has in the place of the path's last one; malformed one that none could be.
func strangerTo(path string) string {
	return replaceID(path, func(id string) string {
		last := byte('0')
		if id[len(id)-1] == last {
			last = '1'
		}
		return id[:len(id)-1] + string(last)
	})
}

func malformed(path string) string {
	return replaceID(path, func(id string) string { return id[:4] + "nonsense" })
}

func replaceID(path string, with func(string) string) string {
	parts := strings.Split(path, "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if isID(parts[i]) {
			parts[i] = with(parts[i])
			return strings.Join(parts, "/")
		}
	}
	return path
}

func isID(part string) bool { return len(part) == 30 && part[3] == '_' }

// settled waits until nothing changes any more, and answers what everything looks like then.
func (s *server) settled(t *testing.T) (now string) {
	t.Helper()
	eventually(t, time.Minute, func() string {
		before := s.dump(t)
		time.Sleep(2500 * time.Millisecond)
		if now = s.dump(t); now == before {
			return ""
		}
		return "the database changes"
	})
	return now
}

func (s *server) unchanged(t *testing.T, before string) {
	t.Helper()
	if now := s.dump(t); now != before {
		t.Errorf("the database changed:\n%s\nbefore:\n%s", now, before)
	}
}

// background are tables that jobs and those who tell of events write, whether anybody asks for something or not.
var background = []string{"events", "event_cursors", "job_runs", "status_incidents", "notifications", "notification_messages", "webhook_deliveries"}

// dump is every table with its rows, the sum of their versions and the number of events that somebody caused.
func (s *server) dump(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	s.db.read(t, func(v *view) {
		for _, table := range v.tables() {
			if slices.Contains(background, table) {
				continue
			}
			sum := "0"
			if v.hasVersion(table) {
				sum = "COALESCE(SUM(version), 0)"
			}
			r := v.rows("SELECT COUNT(*), " + sum + " FROM " + table)[0]
			fmt.Fprintf(&b, "%s %s rows, versions %s\n", table, text(r[0]), text(r[1]))
		}
		fmt.Fprintf(&b, "events %d\n", v.count("SELECT COUNT(*) FROM events WHERE actor_type <> 'system'"))
		fmt.Fprintf(&b, "grams %v\n", v.rows("SELECT SUM(remaining_g), SUM(reserved_g) FROM spools")[0])
	})
	return b.String()
}

func (v *view) tables() (names []string) {
	v.t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if v.postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
	}
	for _, r := range v.rows(query) {
		names = append(names, text(r[0]))
	}
	return names
}

func (v *view) hasVersion(table string) bool {
	v.t.Helper()
	query := "SELECT COUNT(*) FROM pragma_table_info(?) WHERE name = 'version'"
	if v.postgres {
		query = "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = ? AND column_name = 'version' AND data_type IN ('integer', 'bigint')"
	}
	return v.count(query, table) > 0
}
