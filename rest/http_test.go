package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
)

const one = "/v1/widgets/wid_1"

// refusalCases reach every status that the adapter itself can answer.
func refusalCases() map[string]struct {
	method, path, body string
	headers            []string
	status             int
	code               string
} {
	type c = struct {
		method, path, body string
		headers            []string
		status             int
		code               string
	}
	long := strings.Repeat("x", 1<<20)
	return map[string]c{
		"success":                     {"GET", one, "", nil, 200, ""},
		"a public route":              {"GET", "/v1/public/hello", "", []string{"Authorization", ""}, 200, ""},
		"created":                     {"POST", "/v1/widgets", `{"name":"a"}`, nil, 201, ""},
		"accepted":                    {"POST", one + "/confirm", `{"started":true}`, nil, 202, ""},
		"deleted":                     {"DELETE", one, "", nil, 204, ""},
		"no token":                    {"GET", one, "", []string{"Authorization", ""}, 401, "missing_bearer_token"},
		"a wrong token":               {"GET", one, "", []string{"Authorization", "Bearer x"}, 401, "invalid_token"},
		"a key in the query":          {"GET", one + "?api_key=x", "", nil, 401, "invalid_token"},
		"a token in the query":        {"GET", "/v1/public/hello?Access_Token=x", "", nil, 401, "invalid_token"},
		"a capability is missing":     {"POST", "/v1/widgets", `{"name":"a"}`, []string{"Authorization", "Bearer " + reader}, 403, "insufficient_permissions"},
		"403 before a malformed body": {"POST", "/v1/widgets", `{`, []string{"Authorization", "Bearer " + reader}, 403, "insufficient_permissions"},
		"403 before the media type":   {"POST", "/v1/widgets", `x`, []string{"Authorization", "Bearer " + reader, "Content-Type", "text/plain"}, 403, "insufficient_permissions"},
		"403 before the size":         {"POST", "/v1/widgets", long + "x", []string{"Authorization", "Bearer " + reader}, 403, "insufficient_permissions"},
		"403 before the version pin":  {"POST", "/v1/widgets", `{}`, []string{"Authorization", "Bearer " + reader, headerVersion, "2020-01-01"}, 403, "insufficient_permissions"},
		"401 before a malformed body": {"POST", "/v1/widgets", `{`, []string{"Authorization", ""}, 401, "missing_bearer_token"},
		"401 before an unknown query": {"GET", "/v1/widgets?x=1", "", []string{"Authorization", ""}, 401, "missing_bearer_token"},
		"another version":             {"GET", one, "", []string{headerVersion, "2020-01-01"}, 400, "unsupported_api_version"},
		"this version":                {"GET", one, "", []string{headerVersion, "2026-04-02"}, 200, ""},
		"an unknown parameter":        {"GET", one + "?x=1", "", nil, 400, "unknown_parameter"},
		"a broken query":              {"GET", "/v1/widgets?limit=%zz", "", nil, 400, "unknown_parameter"},
		"a cursor that does not fit":  {"GET", "/v1/widgets?trouble=cursor", "", nil, 400, "invalid_cursor"},
		"not JSON":                    {"POST", "/v1/widgets", `{`, nil, 400, "invalid_json"},
		"not there":                   {"GET", "/v1/widgets/wid_2", "", nil, 404, "widget_not_found"},
		"an id with NUL":              {"GET", "/v1/widgets/wid%00", "", nil, 404, "widget_not_found"},
		"an id that is not UTF-8":     {"GET", "/v1/widgets/%ff%fe", "", nil, 404, "widget_not_found"},
		"no such route":               {"GET", "/v1/nothing", "", nil, 404, "route_not_found"},
		"no such route, nobody":       {"GET", "/v1/nothing", "", []string{"Authorization", ""}, 404, "route_not_found"},
		"the root of the series":      {"GET", "/v1", "", nil, 404, "route_not_found"},
		"a slash at the end":          {"GET", one + "/", "", nil, 404, "route_not_found"},
		"a path that is not clean":    {"GET", "/v1//widgets", "", nil, 404, "route_not_found"},
		"dots in a path":              {"POST", "/v1/x/../widgets", "{}", nil, 404, "route_not_found"},
		"no such method":              {"PUT", one, "{}", nil, 405, "method_not_allowed"},
		"a fixed address is no id":    {"GET", "/v1/widgets/register", "", nil, 405, "method_not_allowed"},
		"no options":                  {"OPTIONS", one, "", nil, 405, "method_not_allowed"},
		"a body too large":            {"POST", "/v1/widgets", `{"name":"` + long + `"}`, nil, 413, "request_too_large"},
		"another media type":          {"POST", "/v1/widgets", `{}`, []string{"Content-Type", "text/json"}, 415, "unsupported_media_type"},
		"a value out of range":        {"POST", "/v1/widgets", `{"name":"a","count":1001}`, nil, 422, "validation_failed"},
		"the database is gone":        {"GET", one, "", []string{"Authorization", "Bearer broken"}, 500, "internal_error"},
	}
}

func TestContractHeadersStandOnEveryAnswer(t *testing.T) {
	b := setup(t, func(s *Server) { s.RatePerMinute = 1000 })
	for name, tc := range refusalCases() {
		t.Run(name, func(t *testing.T) {
			b := *b
			b.T = t
			r := b.do(tc.method, tc.path, tc.body, append(tc.headers, headerRequestID, "mine-"+tc.code)...)
			b.want(r, tc.status, tc.code)
			for header, want := range map[string]string{
				"X-SoLoPrint-API-Series":    "v1",
				"X-SoLoPrint-API-Version":   "2026-04-02",
				"X-SoLoPrint-API-Docs":      "https://print.example/developers/api-docs",
				"X-SoLoPrint-API-Changelog": "https://print.example/developers/changelog",
				"X-Request-Id":              "mine-" + tc.code,
				"X-Content-Type-Options":    "nosniff",
				"Cache-Control":             "no-store",
			} {
				if got := r.Header.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
			if got, want := r.Header.Get("WWW-Authenticate"), map[bool]string{true: "Bearer"}[tc.status == 401]; got != want {
				t.Errorf("WWW-Authenticate: %q, want %q", got, want)
			}
			if got := r.Header.Get("Content-Type"); tc.status != 204 && got != "application/json" {
				t.Errorf("Content-Type: %q", got)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	b := setup(t)
	for id, taken := range map[string]bool{
		"mine": true, strings.Repeat("x", 128): true, strings.Repeat("x", 129): false, "two words": false, "caf\u00e9": false,
	} {
		if got := b.do("GET", one, "", headerRequestID, id).Header.Get(headerRequestID); (got == id) != taken || got == "" {
			t.Errorf("the id %q became %q", id, got)
		}
	}
	first, second := b.do("GET", one, "").Header.Get(headerRequestID), b.do("GET", one, "").Header.Get(headerRequestID)
	if first == second {
		t.Error("two requests have one id")
	}
}

func TestOutsideTheSeriesStandNoContractHeaders(t *testing.T) {
	b := setup(t)
	for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/elsewhere": 404} {
		r := b.do("GET", path, "", "Authorization", "")
		if r.StatusCode != status || r.Header.Get("X-SoLoPrint-API-Series") != "" {
			t.Errorf("%s: %d, series %q", path, r.StatusCode, r.Header.Get("X-SoLoPrint-API-Series"))
		}
	}
}

func TestNotReady(t *testing.T) {
	b := setup(t, func(s *Server) { s.Ready = func(context.Context) error { return errors.New("dsn=secret") } })
	r := b.do("GET", "/readyz", "", "Authorization", "")
	b.want(r, 503, "not_ready")
	if strings.Contains(r.body, "secret") || r.Header.Get("Retry-After") == "" {
		t.Errorf("%v\n%s", r.Header, r.body)
	}
	b.want(b.do("GET", "/healthz", ""), 200, "")
}

func TestAllow(t *testing.T) {
	b := setup(t)
	for path, want := range map[string]string{
		"/v1/widgets": "GET, HEAD, POST", one: "DELETE, GET, HEAD, PATCH", one + "/confirm": "POST", "/v1/openapi.json": "GET, HEAD", "/healthz": "GET, HEAD",
	} {
		r := b.do("PUT", path, "")
		b.want(r, 405, "method_not_allowed")
		if got := r.Header.Get("Allow"); got != want {
			t.Errorf("%s: Allow: %s, want %s", path, got, want)
		}
	}
}

func TestHeadFollowsGet(t *testing.T) {
	b := setup(t)
	get, head := b.do("GET", one, ""), b.do("HEAD", one, "")
	if head.StatusCode != 200 || head.body != "" {
		t.Errorf("HEAD: %d with the body %q", head.StatusCode, head.body)
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Etag"} {
		if get.Header.Get(name) != head.Header.Get(name) || get.Header.Get(name) == "" {
			t.Errorf("%s: GET %q, HEAD %q", name, get.Header.Get(name), head.Header.Get(name))
		}
	}
	b.want(b.do("HEAD", "/v1/widgets/wid_2", ""), 404, "")
}

func TestMediaTypes(t *testing.T) {
	b := setup(t)
	for name, tc := range map[string]struct {
		body    string
		headers []string
		status  int
	}{
		"plain":                       {`{"name":"a"}`, []string{"Content-Type", "application/json"}, 201},
		"with its charset":            {`{"name":"a"}`, []string{"Content-Type", "application/json; charset=UTF-8"}, 201},
		"in capitals":                 {`{"name":"a"}`, []string{"Content-Type", "Application/JSON"}, 201},
		"not encoded, and says so":    {`{"name":"a"}`, []string{"Content-Encoding", "identity"}, 201},
		"another charset":             {`{"name":"a"}`, []string{"Content-Type", "application/json; charset=latin1"}, 415},
		"a merge patch":               {`{"name":"a"}`, []string{"Content-Type", "application/merge-patch+json"}, 415},
		"a form":                      {`name=a`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		"nonsense":                    {`{"name":"a"}`, []string{"Content-Type", ";;"}, 415},
		"a body without a type":       {`{"name":"a"}`, []string{"Content-Type", ""}, 415},
		"gzip":                        {"\x1f\x8b", []string{"Content-Encoding", "gzip"}, 415},
		"a wrong type without a body": {``, []string{"Content-Type", "text/plain"}, 415},
		"a right type without a body": {``, []string{"Content-Type", "application/json"}, 400},
		"neither type nor body":       {``, nil, 400},
	} {
		if r := b.do("POST", "/v1/widgets", tc.body, tc.headers...); r.StatusCode != tc.status {
			t.Errorf("%s: %d, want %d\n%s", name, r.StatusCode, tc.status, r.body)
		}
	}
	if r := b.do("PATCH", one, ""); r.StatusCode != 400 {
		t.Errorf("a PATCH without a body: %d, want 400", r.StatusCode)
	}
}

// stream hides the length of a body, so that it is sent in chunks.
type stream struct{ io.Reader }

func TestChunkedBodies(t *testing.T) {
	b := setup(t)
	b.want(b.send("POST", "/v1/widgets", stream{strings.NewReader(`{"name":"a"}`)}), 201, "")
	b.want(b.send("POST", "/v1/widgets", stream{strings.NewReader(`{"name":"` + strings.Repeat("x", 1<<20) + `"}`)}), 413, "request_too_large")
	b.want(b.send("POST", "/v1/widgets", stream{strings.NewReader(``)}, "Content-Type", ""), 400, "invalid_json")
	b.want(b.send("POST", "/v1/widgets", stream{strings.NewReader(`{}`)}, "Content-Type", ""), 415, "unsupported_media_type")
}

func TestSizeOfBody(t *testing.T) {
	b := setup(t)
	pad := func(n int) string { return `{"name":"a"` + strings.Repeat(" ", n-len(`{"name":"a"}`)) + `}` }
	b.want(b.do("POST", "/v1/widgets", pad(1<<20)), 201, "")
	b.want(b.do("POST", "/v1/widgets", pad(1<<20+1)), 413, "request_too_large")
	b.want(b.do("POST", "/v1/widgets/bulk", `{"rows":[]`+strings.Repeat(" ", 4096)+`}`), 413, "request_too_large")
	b.want(b.do("POST", "/v1/widgets/bulk", `{"rows":[{"x":-1}]}`), 422, "validation_failed")
}

func TestHostileBodiesOverHTTP(t *testing.T) {
	b := setup(t)
	for name, tc := range bodies() {
		if tc[0] == "" || tc[1] == "" {
			continue
		}
		r := b.do("POST", "/v1/widgets", tc[0])
		if tc[1] == "invalid_json" {
			if r.StatusCode != 400 || r.code() != "invalid_json" {
				t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
			}
		} else if r.StatusCode != 422 || r.fields() != tc[1] {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
	}
	if got := b.toys.last(); got != nil {
		t.Errorf("an operation ran with %+v", got)
	}
}

func TestCreatedNamesItsLocation(t *testing.T) {
	b := setup(t)
	for path, want := range map[string]string{
		"/v1/widgets":          "https://print.example/v1/widgets/wid_1",
		"/v1/widgets/register": "https://print.example/v1/files/wid_1",
	} {
		if got := b.do("POST", path, `{"name":"a"}`).Header.Get("Location"); got != want {
			t.Errorf("%s: Location %q, want %q", path, got, want)
		}
	}
}

// Where an answer says that something was created, something is to be read there.
func TestLocationsHaveRoutes(t *testing.T) {
	routes := (&API{}).Routes()
	read := http.NewServeMux()
	for _, rt := range routes {
		if rt.Method == GET {
			read.HandleFunc(rt.Path, func(http.ResponseWriter, *http.Request) {})
		}
	}
	for _, rt := range routes {
		if rt.location == nil {
			continue
		}
		at := rt.location.before + rt.location.after
		if rt.location.name != "" {
			at = rt.location.before + "one" + rt.location.after
		}
		if _, found := read.Handler(httptest.NewRequest(GET, at, nil)); found == "" {
			t.Errorf("%s: nothing is read at its Location, %s", rt.pattern(), at)
		}
	}
}

func TestETag(t *testing.T) {
	b := setup(t)
	first := b.do("GET", one, "").Header.Get("ETag")
	if !strings.HasPrefix(first, `"3-`) || len(first) != 20 {
		t.Fatalf("ETag %q, want the version and 16 digits", first)
	}
	for sent, status := range map[string]int{
		first: 304, "W/" + first: 304, `"x", ` + first: 304, "*": 304,
		`"3-0000000000000000"`: 200, `"3"`: 200, "": 200,
	} {
		r := b.do("GET", one, "", "If-None-Match", sent)
		if r.StatusCode != status || status == 304 && (r.body != "" || r.Header.Get("ETag") != first) {
			t.Errorf("If-None-Match %s: %d with %q", sent, r.StatusCode, r.body)
		}
	}
	if got := b.do("PATCH", one, "{}", "If-None-Match", "*"); got.StatusCode != 200 || got.Header.Get("ETag") != first {
		t.Errorf("PATCH: %d with the ETag %q", got.StatusCode, got.Header.Get("ETag"))
	}

	b.toys.mu.Lock()
	b.toys.widget.Tags = []string{"new"} // the body changes, the version does not
	b.toys.mu.Unlock()
	if r := b.do("GET", one, "", "If-None-Match", first); r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("ETag"), `"3-`) {
		t.Errorf("after a change: %d with the ETag %q", r.StatusCode, r.Header.Get("ETag"))
	}
	if got := b.do("GET", "/v1/widgets", "").Header.Get("ETag"); got != "" {
		t.Errorf("a list has the ETag %q", got)
	}
}

func TestListEnvelope(t *testing.T) {
	b := setup(t)
	r := b.do("GET", "/v1/widgets?limit=1&state=new&state=old", "")
	want := `{"data":[{"id":"wid_1","name":"gear & wheel","tags":[],"maker":null}],"has_more":true,"next_cursor":"c+/=2","total_count":7}` + "\n"
	if r.body != want {
		t.Errorf("got  %swant %s", r.body, want)
	}
	link := `<https://print.example/v1/widgets?cursor=c%2B%2F%3D2&limit=1&state=new&state=old>; rel="next"`
	if got := r.Header.Get("Link"); got != link {
		t.Errorf("Link %s, want %s", got, link)
	}

	last := b.do("GET", "/v1/widgets?cursor=c%2B%2F%3D2&limit=1&state=new&state=old", "")
	want = `{"data":[{"id":"wid_1","name":"gear & wheel","tags":[],"maker":null}],"has_more":false,"next_cursor":null}` + "\n"
	if last.body != want || last.Header.Get("Link") != "" {
		t.Errorf("the last page: %s with the Link %q", last.body, last.Header.Get("Link"))
	}
	if in, _ := b.toys.last().(listWidgets); in.Cursor != "c+/=2" || !reflect.DeepEqual(in.State, []string{"new", "old"}) {
		t.Errorf("the operation got %+v", in)
	}
}

func TestDownload(t *testing.T) {
	b := setup(t)
	const path, where = one + "/download", "https://store.example/x?a=1&b=2"
	if r := b.do("GET", path, "", "Accept", "application/json"); r.StatusCode != 200 || r.body != `{"url":"`+where+`"}`+"\n" {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	for _, r := range []reply{b.do("GET", path+"?redirect=1", ""), b.do("GET", path, "", "Accept", "application/octet-stream")} {
		if r.StatusCode != 302 || r.Header.Get("Location") != where || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d to %q", r.StatusCode, r.Header.Get("Location"))
		}
	}
	if r := b.do("GET", path+"?redirect=0", "", "Accept", "application/octet-stream"); r.StatusCode != 200 {
		t.Errorf("redirect=0: %d", r.StatusCode)
	}
	b.want(b.do("GET", path+"?redirect=maybe", ""), 422, "validation_failed")
	b.want(b.do("GET", one+"?redirect=1", ""), 400, "unknown_parameter")
}

func TestPanicIsA500(t *testing.T) {
	b := setup(t)
	b.toys.panics = true
	r := b.do("GET", one, "", headerRequestID, "panic-1")
	b.want(r, 500, "widget_get_failed")
	want := `{"error":"widget_get_failed","details":"Something went wrong on our side. The request id finds it in the log.","request_id":"panic-1"}` + "\n"
	if r.body != want {
		t.Errorf("got %s", r.body)
	}
	if line := b.logs.await(t, "panic-1"); !strings.Contains(line, "secret of the toy domain") || !strings.Contains(line, "rest_test.go") || !strings.Contains(line, `"level":"ERROR"`) {
		t.Errorf("the log says %s", line)
	}
}

func TestCausesAreLoggedAndNotShown(t *testing.T) {
	b := setup(t)
	b.toys.fail = errs.Failed("spool", "deduct", errors.New("dsn=secret"))
	r := b.do("GET", one, "", headerRequestID, "cause-1")
	b.want(r, 500, "spool_deduct_failed")
	line := b.logs.await(t, "cause-1")
	if strings.Contains(r.body, "secret") || strings.Count(line, "secret") != 1 {
		t.Errorf("body %s log %s", r.body, line)
	}
	for _, want := range []string{`"route":"GET /v1/widgets/{widget_id}"`, `"organization":"org_1"`, `"principal":"api_key:key_2"`, `"status":500`, `"code":"spool_deduct_failed"`} {
		if !strings.Contains(line, want) {
			t.Errorf("the log line lacks %s: %s", want, line)
		}
	}
}

func TestErrorsBecomeAnswers(t *testing.T) {
	b := setup(t)
	for name, tc := range map[string]struct {
		err    error
		status int
		body   string
	}{
		"a conflict with its reasons": {
			errs.Conflict(errs.QueueItemNotAssignable, "No.", []errs.Reason{{Code: "nozzle_mismatch", Axis: "nozzle", Severity: "hard", Expected: "0.4", Actual: "0.6", Fix: "Change it."}}), 409,
			`{"error":"queue_item_not_assignable","details":"No.","reasons":[{"code":"nozzle_mismatch","axis":"nozzle","severity":"hard","expected":"0.4","actual":"0.6","fix":"Change it."}]}`,
		},
		"a stale version":    {errs.New(errs.PreconditionFailed), 412, `{"error":"precondition_failed"}`},
		"too many":           {errs.New(errs.RateLimited), 429, `{"error":"rate_limited"}`},
		"no room":            {errs.New(errs.StorageFull), 507, `{"error":"storage_full","request_id":"r"}`},
		"an unknown error":   {errors.New("x"), 500, `{"error":"internal_error","details":"Something went wrong on our side. The request id finds it in the log.","request_id":"r"}`},
		"details of a fault": {&errs.Error{Code: "x_failed", Details: "dsn=secret"}, 500, `{"error":"x_failed","details":"Something went wrong on our side. The request id finds it in the log.","request_id":"r"}`},
	} {
		b.toys.fail = tc.err
		r := b.do("GET", one, "", headerRequestID, "r")
		if r.StatusCode != tc.status || r.body != tc.body+"\n" {
			t.Errorf("%s: %d %swant %d %s", name, r.StatusCode, r.body, tc.status, tc.body)
		}
		if got := r.Header.Get("Retry-After"); (got != "") != (tc.status == 429 || tc.status == 503) {
			t.Errorf("%s: Retry-After %q", name, got)
		}
	}
}

func TestDeadline(t *testing.T) {
	b := setup(t, func(s *Server) {
		for i := range s.Routes {
			s.Routes[i] = s.Routes[i].within(50 * time.Millisecond)
		}
	})
	b.toys.block = true
	r := b.do("GET", one, "")
	b.want(r, 503, "not_ready")
	if r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestABodyThatNeverEnds(t *testing.T) {
	b := setup(t, func(s *Server) {
		for i := range s.Routes {
			s.Routes[i] = s.Routes[i].within(100 * time.Millisecond)
		}
	})
	silent, hold := io.Pipe()
	defer func() { _ = hold.Close() }()
	b.want(b.send("POST", "/v1/widgets", silent), 400, "invalid_json")
}

func TestActorAndRequestIDReachTheOperation(t *testing.T) {
	seen := make(chan string, 1)
	b := setup(t, func(s *Server) {
		do := func(ctx context.Context, _ struct{}) (place, error) {
			seen <- string(authz.From(ctx).ID)
			return place{}, nil
		}
		s.Routes = []Route{route(GET, "/v1/who", 200, op("who"), do, func(p place) place { return p })}
	})
	b.do("GET", "/v1/who", "")
	if got := <-seen; got != "key_2" {
		t.Errorf("the operation saw the actor %q", got)
	}
}

func TestVersion(t *testing.T) {
	r := setup(t).do("GET", "/v1/public/version", "", "Authorization", "")
	want := `{"api_series":"v1","api_version":"2026-04-02","server_version":"1.2.3","docs_url":"https://print.example/developers/api-docs","changelog_url":"https://print.example/developers/changelog","openapi_url":"https://print.example/v1/openapi.json","graphql_url":"https://print.example/graphql"}` + "\n"
	if r.body != want {
		t.Errorf("got %s", r.body)
	}
}
