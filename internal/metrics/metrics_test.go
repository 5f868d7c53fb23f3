package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/metrics"
)

// read is what the metrics say.
func read(t *testing.T, s *metrics.Set) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestWhatIsCounted(t *testing.T) {
	asked := 0
	s := metrics.New("1.2.3", func(context.Context) (map[string]int, error) { asked++; return map[string]int{"queue_items": 7}, nil })
	h := s.Counted(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/nothing" {
			w.WriteHeader(http.StatusNotFound)
		}
		w.(http.Flusher).Flush() // what streams ask for
	}))
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/v1/printers", nil), httptest.NewRequest("GET", "/v1/nothing", nil), httptest.NewRequest("BREW", "/developers/coffee", nil),
	} {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	s.JobEnded("backup", "failed", time.Second)
	text := read(t, s)
	for _, line := range []string{
		`soloprint_http_requests_total{method="GET",status="200",surface="rest"} 1`, `soloprint_http_requests_total{method="GET",status="404",surface="rest"} 1`,
		`soloprint_http_requests_total{method="other",status="200",surface="web"} 1`, `soloprint_job_runs_total{job="backup",result="failed"} 1`,
		`soloprint_job_run_seconds_sum{job="backup"} 1`, `soloprint_waiting{what="queue_items"} 7`, `soloprint_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("there is no %s", line)
		}
	}
	if read(t, s); asked != 1 {
		t.Errorf("depths were counted %d times within seconds", asked)
	}
}

func TestMetricsWhileTheDatabaseIsAway(t *testing.T) {
	s := metrics.New("", func(context.Context) (map[string]int, error) { return nil, errors.New("gone") })
	if text := read(t, s); strings.Contains(text, "soloprint_waiting{") || !strings.Contains(text, "soloprint_info") {
		t.Error("the rest is to be answered all the same")
	}
}

func TestOnlyThisMachineReadsThem(t *testing.T) {
	h := metrics.LocalOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	for name, row := range map[string]struct {
		from, header string
		want         int
	}{
		"a program on this machine":               {"127.0.0.1:4711", "", 200},
		"by IPv6":                                 {"[::1]:4711", "", 200},
		"somebody else":                           {"192.0.2.1:4711", "", 404},
		"somebody else, through a proxy here":     {"127.0.0.1:4711", "X-Forwarded-For", 404},
		"by the standard's header":                {"127.0.0.1:4711", "Forwarded", 404},
		"through a proxy that names itself alone": {"127.0.0.1:4711", "Via", 404},
		"an address that is none":                 {"@", "", 404},
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = row.from
		if row.header != "" {
			r.Header.Set(row.header, "192.0.2.1")
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != row.want {
			t.Errorf("%s: %d, want %d", name, w.Code, row.want)
		}
	}
}
