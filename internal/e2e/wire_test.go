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

// wire sends bytes as they stand, and answers what came back.
func (s *server) wire(t *testing.T, request string) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%.40q: %v", request, err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatalf("%.40q: %v", request, err)
	}
	return a, string(body)
}

// What is no HTTP request reaches nothing of the program: plain text, as the guide says. What is one is answered in the
// contract's form, whatever it asks for.
func TestWhereTheContractBegins(t *testing.T) {
	t.Parallel()
	s := newServer(t, database{path: sqliteInData}, 60)
	for _, tt := range []struct {
		name, line, more string
		status           int
		inForm           bool
	}{
		{"an escape sequence that is none", "GET /v1/%zz HTTP/1.1", "", 400, false},
		{"half an escape sequence", "GET /v1/printers%2 HTTP/1.1", "", 400, false},
		{"a request line of two words", "GET /v1/printers", "", 400, false},
		{"a header without a colon", "GET /v1/printers HTTP/1.1", "nonsense\r\n", 400, false},
		{"headers without end", "GET /v1/printers HTTP/1.1", "X-Long: " + strings.Repeat("x", 100<<10) + "\r\n", 431, false},
		{"an escape sequence of a NUL", "GET /v1/%00 HTTP/1.1", "", 404, true},
		{"an escape sequence in a query that is none", "GET /v1/printers?state=%zz HTTP/1.1", "", 400, true},
		{"a route that is none", "GET /v1/nothing HTTP/1.1", "", 404, true},
	} {
		a, body := s.wire(t, fmt.Sprintf("%s\r\nHost: %s\r\nAuthorization: Bearer %s\r\n%s\r\n", tt.line, s.addr, s.keys.APIKey, tt.more))
		kind, series := a.Header.Get("Content-Type"), a.Header.Get("X-SoLoPrint-API-Series")
		inForm := kind == "application/json" && series == "v1" && strings.HasPrefix(body, `{"error":"`)
		if a.StatusCode != tt.status || inForm != tt.inForm || !inForm && !strings.HasPrefix(kind, "text/plain") {
			t.Errorf("%s: %d, %s, series %q: %s", tt.name, a.StatusCode, kind, series, body)
		}
	}
}

// An integer is one however it is written, and answered as what it is.
func TestIntegersInOtherForms(t *testing.T) {
	t.Parallel()
	s := newServer(t, database{path: sqliteInData}, 60)
	api := s.api(t)
	made := api.create("/v1/platform/queue", `{"name":"Integers","copies_requested":2.0,"plate_index":0e0}`)
	made.is("copies_requested", 2, "plate_index", 0)
	item := "/v1/platform/queue/" + made.text("id")
	for sent, want := range map[string]int{"3.00": 3, "1e2": 100, "1.5E+1": 15, "700e-2": 7, "1000.0": 1000} {
		api.patch(item, `{"copies_requested":`+sent+`}`).is("copies_requested", want)
	}
	for _, sent := range []string{"1.5", "15e-1", "1000.0000000000001", "1.001e3", "1e4", "1e400", "9007199254740993.0"} {
		a := api.refused(422, "validation_failed", "PATCH", item, `{"copies_requested":`+sent+`}`)
		a.is("fields.0.path", "copies_requested")
	}
}
