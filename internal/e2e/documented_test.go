package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestTheDocumentationIsTrue asks the real program for everything that its OpenAPI document describes: each example of a
// request is understood, each answer is of its schema, each refusal carries a code that the route is said to have, and each
// event that was written says nothing that the webhooks do not describe.
func TestTheDocumentationIsTrue(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 1000)
		doc := served(t, s)
		exercise(t, s)
		for _, path := range doc.Paths.InMatchingOrder() {
			item := doc.Paths.Find(path)
			for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
				if o := item.GetOperation(method); o != nil && path != "/v1/openapi.json" {
					checkOperation(t, s, method, path, o)
				}
			}
		}
		checkEvents(t, s, doc)
	})
}

func served(t *testing.T, s *server) *openapi3.T {
	t.Helper()
	read, err := specOf(s.keys.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return read.doc
}

// exercise does a few things of each kind, so that there is something to answer and events are written.
func exercise(t *testing.T, s *server) {
	t.Helper()
	c := s.api(t)
	item := c.want(201, "POST", "/v1/platform/queue", object{"name": "Documented"}).text("id")
	printer := c.get("/v1/printers?limit=1&state=idle&bed_state=clear").list("data")[0].text("id")
	c.do("POST", "/v1/platform/queue/"+item+"/assign", object{"printer_id": printer})
	c.do("POST", "/v1/platform/queue/"+item+"/hold", object{})
	spool := c.get("/v1/spools?limit=1&status=in_use").list("data")[0].text("id")
	c.post("/v1/spools/"+spool+"/deduct", object{"grams": 1})
	class := c.want(201, "POST", "/v1/platform/classes", object{"name": "Documented"}).text("id")
	c.post("/v1/platform/classes/"+class+"/enrollments", object{"membership_ids": []string{s.keys.StudentMembershipID}, "role": "student"})
	c.want(204, "DELETE", "/v1/platform/classes/"+class+"/enrollments/"+s.keys.StudentMembershipID, nil)
}

// checkOperation sends the example of a request, or a plain one, and compares the answer with what is described.
func checkOperation(t *testing.T, s *server, method, path string, o *openapi3.Operation) {
	t.Helper()
	address := path
	for _, p := range o.Parameters {
		if p.Value.In == "path" {
			address = strings.ReplaceAll(address, "{"+p.Value.Name+"}", fmt.Sprint(p.Value.Example))
		}
	}
	var body any
	if o.RequestBody != nil {
		body = o.RequestBody.Value.Content.Get("application/json").Example
	}
	for _, c := range []client{s.api(t), s.reader(t), s.student(t), s.anonymous(t)} {
		r := c.do(method, address, body)
		where := fmt.Sprintf("%s %s: %d %s", method, address, r.status, r.body)
		if o.OperationID == "file_upload_from_url" && r.status == 422 && r.text("fields.0.code") == "name_not_resolved" {
			continue // understood: this machine does not know the example's host
		}
		if o.OperationID == "sso_complete" && r.text("error") == "sso_state_invalid" {
			continue // understood: nobody has begun the example's sign-in
		}
		if slices.Contains([]int{http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInternalServerError}, r.status) {
			t.Errorf("%s\nthe example is not understood", where)
		}
		checkAnswer(t, where, o, r)
	}
}

func checkAnswer(t *testing.T, where string, o *openapi3.Operation, r reply) {
	t.Helper()
	described := o.Responses.Status(r.status)
	if described == nil {
		t.Errorf("%s\nthe status is not described", where)
		return
	}
	if content := described.Value.Content.Get("application/json"); content != nil {
		var v any
		if err := json.Unmarshal(r.body, &v); err != nil {
			t.Errorf("%s\n%v", where, err)
		} else if err := content.Schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
			t.Errorf("%s\nis not of its schema: %v", where, err)
		}
	}
	if r.status < 400 {
		return
	}
	codes, _ := o.Extensions["x-error-codes"].(map[string]any)
	list, _ := codes[fmt.Sprint(r.status)].([]any)
	if !slices.Contains(list, any(r.text("error"))) {
		t.Errorf("%s\nthe code is not among %v", where, list)
	}
}

// checkEvents compares the events that were written with the descriptions of their deliveries.
func checkEvents(t *testing.T, s *server, doc *openapi3.T) {
	t.Helper()
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Webhooks map[string]struct {
			Post struct {
				RequestBody struct {
					Content map[string]struct {
						Example struct {
							Data struct{ Object map[string]any }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	seen, told := map[string]bool{}, map[string]bool{}
	s.db.read(t, func(v *view) {
		for _, row := range v.rows("SELECT type, data FROM events ORDER BY sequence LIMIT 5000") {
			kind := text(row[0])
			var data struct{ Object map[string]any }
			if err := json.Unmarshal([]byte(text(row[1])), &data); err != nil {
				t.Fatal(err)
			}
			seen[kind] = true
			for name := range data.Object {
				if _, ok := d.Webhooks[kind].Post.RequestBody.Content["application/json"].Example.Data.Object[name]; !ok && !told[kind+name] {
					told[kind+name] = true
					t.Errorf("%s tells %s, which its webhook does not describe", kind, name)
				}
			}
		}
	})
	if len(seen) < 10 {
		t.Errorf("only %d types of event were seen", len(seen))
	}
}

// TestTheCommandLineIsAClient runs soloprint api as a program of its own against the server.
func TestTheCommandLineIsAClient(t *testing.T) {
	s := newServer(t, database{path: sqliteInData}, 1000)
	var rows []struct{ ID string }
	out := s.call(t, "/v1/printers", "-q", "limit=5", "--all")
	if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != 12 || rows[0].ID == rows[11].ID {
		t.Errorf("%d rows (%v): %s", len(rows), err, out)
	}
	for path, words := range map[string][]string{
		"/v1/me":         {"user.email", s.keys.OwnerEmail, "principal.scopes", "queue.manage, ", "\nmemberships\n", "ORGANIZATION.SLUG", s.keys.OrganizationSlug},
		"/v1/statistics": {"totals.prints", "totals.filament_g", "\npoints\n", "PRINT_SECONDS", "COST_MINOR"},
		"/v1/printers":   {"ID ", "prn_", "STATE"},
	} {
		out := s.call(t, path, "-o", "table")
		for _, word := range words {
			if !strings.Contains(out, word) {
				t.Errorf("%s as a table lacks %q:\n%s", path, word, out)
			}
		}
	}
}

// call runs soloprint api GET beside the server, with the full key.
func (s *server) call(t *testing.T, args ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), path, append([]string{"api", "GET"}, args...)...)
	command.Env = []string{"HOME=" + t.TempDir(), "SOLOPRINT_BASE_URL=http://" + s.addr, "SOLOPRINT_API_KEY=" + s.keys.APIKey}
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
