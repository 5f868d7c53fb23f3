package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// strictRoute is a route that reads a body, with members that it takes.
type strictRoute struct {
	method, path string
	text         string // name of a member that is a text
	integer      string // name of one that is an integer, or a number
	object       string // a member that is an object, %s being what stands in it
	inner        string // name of a member of that object
	value        string // and what it may be
	innerPath    string // where that is, as refusals tell it
	most         int    // bytes of a body
	empty        int    // status of an empty body; 0: it is no document
}

// strictRoutes are creating, changing and operating, by hand and generated.
func strictRoutes(w world) []strictRoute {
	const small, roster = 1 << 20, 16 << 20
	return []strictRoute{
		{method: "POST", path: "/v1/platform/queue", text: "name", integer: "copies_requested", object: `"requirements":{%s}`, inner: "material_type", value: `"PLA"`, innerPath: "requirements.material_type", most: small},
		{method: "POST", path: "/v1/printers", text: "name", integer: "nozzle_diameter_mm", object: `"connector":{%s}`, inner: "kind", value: `"virtual"`, innerPath: "connector.kind", most: small},
		{method: "PATCH", path: "/v1/printers/" + w.own.printer, text: "name", integer: "nozzle_diameter_mm", object: `"build_volume_mm":{%s}`, inner: "z", value: `1`, innerPath: "build_volume_mm.z", most: small},
		{method: "POST", path: "/v1/platform/queue/" + w.own.item + "/assign", text: "printer_id", object: `"override":{%s}`, inner: "reason", value: `"x"`, innerPath: "override.reason", most: small, empty: 422},
		{method: "POST", path: "/v1/spools/" + w.own.spool + "/deduct", text: "reason", integer: "grams", most: small, empty: 422},
		{method: "POST", path: "/v1/platform/classes", text: "name", most: small},
		{method: "POST", path: "/v1/org/invites", text: "name", integer: "max_uses", most: small},
		{method: "POST", path: "/v1/org/users/bulk", object: `"updates":[{%s}]`, inner: "email", value: `"x@riverside.example"`, innerPath: "updates[0].email", most: roster, empty: 422},
	}
}

// form is a body that no route may take.
type form struct {
	name   string
	body   string
	status int
	code   string
	field  string
}

func malformedBody(name, body string) form { return form{name, body, 400, "invalid_json", ""} }

func invalidBody(name, body, field string) form {
	return form{name, body, 422, "validation_failed", field}
}

// escaped is a name whose first letter is written as an escape sequence, which is the same name.
func escaped(name string) string { return fmt.Sprintf(`\u%04x`, name[0]) + name[1:] }

// forms are all that is wrong with a document, whatever it is about.
func (r strictRoute) forms() []form {
	nest := func(n int) string { return `{"zzz":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}` }
	padded := func(size int) string { return strings.Repeat(" ", size-len(`{"zzz":1}`)) + `{"zzz":1}` }
	all := []form{
		malformedBody("white space only", " \n"),
		malformedBody("half a document", `{"zzz":[`),
		malformedBody("two documents", `{} {}`),
		malformedBody("two documents on two lines", "{}\n{}\n"),
		malformedBody("a word behind the document", `{} x`),
		malformedBody("a NUL behind the document", "{}\x00"),
		malformedBody("a bracket too many", `{}}`),
		malformedBody("a comma at the end", `{"zzz":1,}`),
		malformedBody("a comment", `{/* */}`),
		malformedBody("a byte order mark", "\xef\xbb\xbf{}"),
		malformedBody("UTF-16, little end first", "\xff\xfe{\x00}\x00"),
		malformedBody("UTF-16, big end first", "\xfe\xff\x00{\x00}"),
		malformedBody("Latin-1", "{\"zzz\":\"Ren\xe9\"}"),
		malformedBody("an overlong encoding", "{\"zzz\":\"\xc0\xaf\"}"),
		malformedBody("a surrogate in UTF-8", "{\"zzz\":\"\xed\xa0\xbd\"}"),
		malformedBody("a NUL in a text", "{\"zzz\":\"a\x00b\"}"),
		malformedBody("a line feed in a text", "{\"zzz\":\"a\nb\"}"),
		malformedBody("NaN", `{"zzz":NaN}`),
		malformedBody("Infinity", `{"zzz":Infinity}`),
		malformedBody("minus infinity", `{"zzz":-Infinity}`),
		malformedBody("a number with a zero before", `{"zzz":01}`),
		malformedBody("a high surrogate alone", `{"zzz":"\ud83d"}`),
		malformedBody("a low surrogate alone", `{"zzz":"\ude00"}`),
		malformedBody("a surrogate pair the wrong way round", `{"zzz":"\ude00\ud83d"}`),
		malformedBody("half a surrogate pair in a name", `{"\ud83d":1}`),
		malformedBody("depth 33", nest(33)),
		malformedBody("depth 100,000, not closed", strings.Repeat(`{"zzz":`, 100_000)),
		invalidBody("depth 32, which may be, under a name that may not", nest(32), "zzz"),
		invalidBody("as many bytes as may be, with a name that may not", padded(r.most), "zzz"),
		{"one byte more", padded(r.most + 1), 413, "request_too_large", ""},
		invalidBody("a list", `[]`, ""),
		invalidBody("a text", `"{}"`, ""),
		invalidBody("a number", `1`, ""),
		invalidBody("null", `null`, ""),
		invalidBody("true", `true`, ""),
		invalidBody("an unknown name", `{"zzz":1}`, "zzz"),
		invalidBody("an unknown name twice", `{"zzz":1,"zzz":2}`, "zzz"),
		invalidBody("an empty name", `{"":1}`, `""`),
		invalidBody("the name of no member", `{"organization_id":"org_1"}`, "organization_id"),
		invalidBody("1e400 under an unknown name", `{"zzz":1e400}`, "zzz"),
	}
	return append(all, r.ownForms()...)
}

// ownForms are wrong with members that the route has.
func (r strictRoute) ownForms() (all []form) {
	if r.text != "" {
		upper := strings.ToUpper(r.text)
		all = append(all,
			invalidBody("a name in capitals", `{"`+upper+`":"x"}`, upper),
			invalidBody("a name beside its capitals", `{"`+r.text+`":"x","`+upper+`":"y"}`, upper),
			invalidBody("a name twice", `{"`+r.text+`":"x","`+r.text+`":"x"}`, r.text),
			invalidBody("a name twice, once escaped", `{"`+r.text+`":"x","`+escaped(r.text)+`":"y"}`, r.text),
			invalidBody("an object for a text", `{"`+r.text+`":{"a":1}}`, r.text),
			malformedBody("half a surrogate pair in a text that is read", `{"`+r.text+`":"\ud83d"}`))
	}
	if r.text != "" && r.text != "printer_id" {
		all = append(all, invalidBody("an escaped NUL in a text", `{"`+r.text+`":"a\u0000b"}`, r.text))
	}
	if r.integer != "" {
		for _, number := range []string{"1e400", "-1e400", "9223372036854775808", "18446744073709551616", `"1"`, "true"} {
			all = append(all, invalidBody("the number "+number, `{"`+r.integer+`":`+number+`}`, r.integer))
		}
		all = append(all, malformedBody("NaN for a number that is read", `{"`+r.integer+`":NaN}`))
	}
	if r.object != "" {
		member, upper := `"`+r.inner+`":`+r.value, strings.ToUpper(r.inner)
		prefix := strings.TrimSuffix(r.innerPath, r.inner)
		inside := func(members string) string { return `{` + fmt.Sprintf(r.object, members) + `}` }
		all = append(all,
			invalidBody("an inner name twice", inside(member+","+member), r.innerPath),
			invalidBody("an inner name twice, once escaped", inside(member+`,"`+escaped(r.inner)+`":`+r.value), r.innerPath),
			invalidBody("an inner name in capitals", inside(`"`+upper+`":`+r.value), prefix+upper),
			invalidBody("an unknown inner name", inside(member+`,"zzz":1`), prefix+"zzz"),
			invalidBody("a list for an inner value", inside(`"`+r.inner+`":[]`), r.innerPath))
	}
	return all
}

// wrongTypes are what a body is called that is JSON. Nothing of it is looked at then.
var wrongTypes = [][]string{
	{"Content-Type", "text/plain"}, {"Content-Type", "text/json"}, {"Content-Type", "text/csv"}, {"Content-Type", "application/x-www-form-urlencoded"},
	{"Content-Type", "multipart/form-data; boundary=x"}, {"Content-Type", "application/xml"}, {"Content-Type", "application/vnd.api+json"}, {"Content-Type", "application/json; charset=iso-8859-1"},
	{"Content-Type", "application/json; charset=utf-16"}, {"Content-Type", "application/json, text/plain"}, {"Content-Type", "json"}, {"Content-Type", ""}, {"Content-Encoding", "gzip"}, {"Content-Encoding", "br"},
}

// A body is one JSON document, read strictly, whatever the route: nothing of it is guessed, mended or taken twice, and what
// is refused changes nothing. The rules are those of rest.md, section 2.
func TestStrictBodies(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		w := newWorld(t, s)
		before := s.settled(t)
		for _, route := range strictRoutes(w) {
			name := write{method: route.method, path: route.path}.name()
			t.Run(name, func(t *testing.T) { s.refuseBodies(t, route) })
		}
		s.unchanged(t, before)
	})
}

func (s *server) refuseBodies(t *testing.T, route strictRoute) {
	t.Helper()
	api := s.api(t)
	for _, f := range route.forms() {
		t.Run(f.name, func(t *testing.T) {
			api.t = t
			s.refuse(t, api, refusal{method: route.method, path: route.path, body: f.body, status: f.status, code: f.code, field: f.field})
		})
	}
	api.t = t
	for _, headers := range wrongTypes {
		s.refuse(t, api, refusal{method: route.method, path: route.path, body: `{"zzz":1}`, headers: headers, status: 415, code: "unsupported_media_type"})
	}
	for _, kind := range []string{"application/json; charset=UTF-8", "Application/JSON", "application/json;charset=\"utf-8\""} {
		s.refuse(t, api, refusal{method: route.method, path: route.path, body: `{"zzz":1}`, headers: []string{"Content-Type", kind}, status: 422, code: "validation_failed", field: "zzz"})
	}
	nothing := refusal{method: route.method, path: route.path, body: []byte{}, status: 400, code: "invalid_json"}
	if route.empty == 422 {
		nothing.status, nothing.code = 422, "validation_failed"
	}
	s.refuse(t, api, nothing)
	s.refuseHalf(t, route)
}

// refuseHalf sends less than was announced, and goes on listening.
func (s *server) refuseHalf(t *testing.T, route strictRoute) {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{}", route.method, route.path, s.addr, s.keys.APIKey)
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("a body that ends early: %v", err)
	}
	defer a.Body.Close()
	if body, _ := io.ReadAll(a.Body); a.StatusCode != 400 || !strings.Contains(string(body), `"invalid_json"`) {
		t.Errorf("a body that ends early: %d %s", a.StatusCode, body)
	}
}
