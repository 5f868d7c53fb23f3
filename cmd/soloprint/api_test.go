package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// schoolServer answers as a SoLoPrint server does, over real HTTP: seven printers in pages of three, a queue that tells what it was
// sent, and refusals.
func schoolServer(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, status int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
	mux.HandleFunc("GET /v1/printers", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer slp_live_test" {
			answer(w, 401, `{"error":"invalid_token"}`)
			return
		}
		var from int
		_, _ = fmt.Sscan(r.URL.Query().Get("cursor"), &from)
		rows := []string{}
		for i := from; i < min(from+3, 7); i++ {
			rows = append(rows, fmt.Sprintf(`{"note":"","id":"prn_%d","name":"Printer\u001b[31m %d","tags":["a"],"state":"%s"}`, i, i, r.URL.Query().Get("state")))
		}
		next := "null"
		if from+3 < 7 {
			next = fmt.Sprintf(`"%d"`, from+3)
		}
		answer(w, 200, `{"data":[`+strings.Join(rows, ",")+`],"has_more":`+fmt.Sprint(from+3 < 7)+`,"next_cursor":`+next+`}`)
	})
	mux.HandleFunc("GET /v1/platform/events", func(w http.ResponseWriter, r *http.Request) { // a feed: a cursor for later on its last page too
		cursor := r.URL.Query().Get("cursor")
		answer(w, 200, `{"data":[{"id":"evt_`+cursor+`"}],"has_more":`+fmt.Sprint(cursor == "")+`,"next_cursor":"2"}`)
	})
	mux.HandleFunc("POST /v1/platform/queue", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent, _ := json.Marshal(map[string]string{"key": r.Header.Get("Idempotency-Key"), "type": r.Header.Get("Content-Type"), "body": string(body)})
		answer(w, 201, string(sent))
	})
	mux.HandleFunc("GET /v1/me", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"id":"usr_1","user":{"x":1}}`) })
	mux.HandleFunc("GET /v1/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/v1/me", http.StatusFound) })
	mux.HandleFunc("DELETE /v1/spools/spl_1", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { answer(w, 404, `{"error":"route_not_found"}`) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// file writes a file of the given mode and answers its path.
func file(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAPI(t *testing.T) {
	url := schoolServer(t)
	t.Setenv("SOLOPRINT_BASE_URL", url)
	t.Setenv("SOLOPRINT_API_KEY", "slp_live_test")
	t.Setenv("SOLOPRINT_CONFIG", filepath.Join(t.TempDir(), "none.json"))
	body := file(t, `{"name":"from a file"}`, 0o644)
	for _, tt := range []struct {
		name, in  string
		args      []string
		code      int
		out, says string // what standard output and standard error contain
	}{
		{name: "a page as JSON", args: []string{"GET", "/v1/printers", "-q", "state=idle"}, out: "\n  \"next_cursor\": \"3\"\n}\n"},
		{name: "a query parameter", args: []string{"GET", "/v1/printers", "-q", "state=idle"}, out: `"state": "idle"`},
		{name: "a query in the path", args: []string{"get", "/v1/printers?state=busy"}, out: `"state": "busy"`},
		{name: "a list to its end is one array", args: []string{"GET", "/v1/printers", "--all"}, out: "\"state\":\"\"}\n]\n"},
		{name: "a table to its end, without what steers a terminal", args: []string{"GET", "/v1/printers", "-q", "state=idle", "--all", "-o", "table"},
			out: "ID     NAME            STATE\nprn_0  Printer [31m 0  idle\nprn_1  Printer [31m 1  idle\nprn_2  Printer [31m 2  idle\nprn_3"},
		{name: "a feed to its end, which is where nothing more has happened", args: []string{"GET", "/v1/platform/events", "--all"}, out: "[\n{\"id\":\"evt_\"},\n{\"id\":\"evt_2\"}\n]\n"},
		{name: "one thing as a table", args: []string{"GET", "/v1/me", "-o", "table"}, out: "id      usr_1\nuser.x  1\n"},
		{name: "a body in the command", args: []string{"POST", "/v1/platform/queue", "-d", `{"name":"x"}`, "--idempotency-key", "k-1"}, out: `"key": "k-1"`},
		{name: "a body of a file", args: []string{"POST", "/v1/platform/queue", "-d", "@" + body}, out: `from a file`},
		{name: "a body of standard input", in: `{"name":"piped"}`, args: []string{"POST", "/v1/platform/queue", "-d", "-"}, out: `piped`},
		{name: "JSON says that it is JSON", args: []string{"POST", "/v1/platform/queue", "-d", "{}"}, out: `"type": "application/json"`},
		{name: "headers first", args: []string{"GET", "/v1/me", "-i"}, out: "HTTP/1.1 200 OK\n"},
		{name: "nothing to show", args: []string{"DELETE", "/v1/spools/spl_1"}},
		{name: "a redirect is shown, not followed", args: []string{"GET", "/v1/away", "-i"}, out: "Location: /v1/me"},
		{name: "a refusal", args: []string{"GET", "/v1/nothing"}, code: 1, says: "{\n  \"error\": \"route_not_found\"\n}\n"},
		{name: "a refusal of a list", args: []string{"GET", "/v1/nothing", "--all"}, code: 1, says: "route_not_found"},
		{name: "a server that is not there", args: []string{"GET", "/v1/me", "--base-url", "http://127.0.0.1:1"}, code: 1, says: "connection refused"},
		{name: "no path", args: []string{"GET", "printers"}, code: 2, says: "no path such as /v1/printers"},
		{name: "an address in place of a path", args: []string{"GET", "//evil.example/v1"}, code: 2, says: "no path"},
		{name: "no method", args: []string{"PUT", "/v1/me"}, code: 2, says: "not GET, POST, PATCH or DELETE"},
		{name: "no parameter", args: []string{"GET", "/v1/me", "-q", "state"}, code: 2, says: "not of the form name=value"},
		{name: "a body of a GET", args: []string{"GET", "/v1/me", "-d", "{}"}, code: 2, says: "GET takes no body"},
		{name: "all of what is no list", args: []string{"GET", "/v1/me", "--all"}, code: 2, says: "no list"},
		{name: "all of a write", args: []string{"POST", "/v1/platform/queue", "--all"}, code: 2, says: "--all is for GET"},
		{name: "an unknown flag", args: []string{"GET", "/v1/me", "--nonsense"}, code: 2, says: "unknown flag"},
		{name: "an unknown form", args: []string{"GET", "/v1/me", "-o", "xml"}, code: 2, says: "must be one of"},
		{name: "a base URL that is none", args: []string{"GET", "/v1/me", "--base-url", "print.example"}, code: 2, says: "is not of the form"},
		{name: "a key file that others can read", args: []string{"GET", "/v1/me", "--key-file", file(t, "k", 0o644)}, code: 2, says: "can be read by others (mode 0644)"},
		{name: "a key file wins over the environment", args: []string{"GET", "/v1/printers", "--key-file", file(t, "slp_live_other\n", 0o600)}, code: 1, says: "invalid_token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := run(t.Context(), append([]string{"api"}, tt.args...), strings.NewReader(tt.in), &out, &errOut)
			if code != tt.code || !strings.Contains(out.String(), tt.out) || !strings.Contains(errOut.String(), tt.says) {
				t.Errorf("ends with %d\n%s\nand says\n%s", code, out.String(), errOut.String())
			}
			if tt.code != 0 && out.Len() > 0 && !strings.Contains(strings.Join(tt.args, " "), "-i") {
				t.Errorf("a failure writes %s", out.String())
			}
			if strings.Contains(out.String(), "\x1b") {
				t.Error("a name steers the terminal")
			}
		})
	}
}

func TestAPIFollowsAListToItsEnd(t *testing.T) {
	t.Setenv("SOLOPRINT_BASE_URL", schoolServer(t))
	t.Setenv("SOLOPRINT_API_KEY", "slp_live_test")
	t.Setenv("SOLOPRINT_CONFIG", filepath.Join(t.TempDir(), "none.json"))
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"api", "GET", "/v1/printers", "--all"}, nil, &out, &errOut); code != 0 {
		t.Fatalf("%d: %s", code, errOut.String())
	}
	var rows []struct{ ID string }
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil || len(rows) != 7 || rows[6].ID != "prn_6" {
		t.Errorf("%v: %s", err, out.String())
	}
}

// The config file has a profile for each server; its key goes to no other server.
func TestAPIConfig(t *testing.T) {
	url := schoolServer(t)
	config := `{"default":"school","profiles":{"school":{"base_url":"` + url + `","api_key":"slp_live_test"},"other":{"base_url":"` + url + `","api_key":"slp_live_wrong"}}}`
	for _, tt := range []struct {
		name, config string
		mode         os.FileMode
		env          map[string]string
		args         []string
		code         int
		says         string
	}{
		{name: "the default profile", config: config, mode: 0o600},
		{name: "a named profile", config: config, mode: 0o600, args: []string{"--profile", "other"}, code: 1, says: "invalid_token"},
		{name: "the environment's key wins over the default profile's", config: config, mode: 0o600, env: map[string]string{"SOLOPRINT_API_KEY": "slp_live_x"}, code: 1, says: "invalid_token"},
		{name: "a named profile wins over the environment", config: config, mode: 0o600, env: map[string]string{"SOLOPRINT_API_KEY": "slp_live_x"}, args: []string{"--profile", "school"}},
		{name: "no such profile", config: config, mode: 0o600, args: []string{"--profile", "home"}, code: 2, says: `no profile "home"; it has other, school`},
		{name: "a profile's key for another server", config: config, mode: 0o600, args: []string{"--base-url", "http://127.0.0.1:1"}, code: 2, says: "is not sent to http://127.0.0.1:1"},
		{name: "a file that others can read", config: config, mode: 0o640, code: 2, says: "chmod 600"},
		{name: "a file that is no JSON", config: "base_url: x", mode: 0o600, code: 2, says: "invalid character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"SOLOPRINT_API_KEY", "SOLOPRINT_BASE_URL", "SOLOPRINT_PROFILE"} {
				t.Setenv(name, tt.env[name])
			}
			args := append([]string{"api", "GET", "/v1/printers", "--config", file(t, tt.config, tt.mode)}, tt.args...)
			var out, errOut bytes.Buffer
			if code := run(t.Context(), args, nil, &out, &errOut); code != tt.code || !strings.Contains(errOut.String(), tt.says) {
				t.Errorf("ends with %d and says %s", code, errOut.String())
			}
		})
	}
}
