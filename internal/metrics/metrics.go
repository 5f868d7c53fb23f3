// Package metrics counts what an operator's monitoring asks for, in the form of Prometheus: requests, runs of jobs, and how
// much waits. No label names an organization, a person or an address.
package metrics

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Depths is how much waits, by name: queue_items, prints, webhook_deliveries.
type Depths func(context.Context) (map[string]int, error)

// depthsKept is how long depths are answered before they are counted again, and depthsLimit how long counting may take.
const (
	depthsKept  = 15 * time.Second
	depthsLimit = 3 * time.Second
)

// Set is what a server counts.
type Set struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	runs     *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

// New is an empty set. depths is asked when somebody reads it, and not more often than every 15 seconds.
func New(version string, depths Depths) *Set {
	s := &Set{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "soloprint_http_requests_total", Help: "Requests, by surface, method and status."}, []string{"surface", "method", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "soloprint_http_request_seconds", Help: "Time until the answer was written.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15}}, []string{"surface"}),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "soloprint_job_runs_total", Help: "Runs of jobs that ended on this server, by job and result."}, []string{"job", "result"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "soloprint_job_run_seconds", Help: "How long runs of jobs took.",
			Buckets: []float64{.005, .01, .05, .1, .5, 1, 5, 30, 120, 600}}, []string{"job"}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "soloprint_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version}})
	info.Set(1)
	s.registry.MustRegister(s.requests, s.latency, s.runs, s.took, info, &waiting{ask: depths}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s
}

// JobEnded counts a run.
func (s *Set) JobEnded(job, result string, took time.Duration) {
	s.runs.WithLabelValues(job, result).Inc()
	s.took.WithLabelValues(job).Observe(took.Seconds())
}

// Handler answers the metrics.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Counted counts the requests that next answers.
func (s *Set) Counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started, seen := time.Now(), &seen{ResponseWriter: w, status: http.StatusOK}
		at := surface(r.URL.Path)
		defer func() {
			s.requests.WithLabelValues(at, method(r.Method), strconv.Itoa(seen.status)).Inc()
			s.latency.WithLabelValues(at).Observe(time.Since(started).Seconds())
		}()
		next.ServeHTTP(seen, r)
	})
}

// surface is the part of the program that a path belongs to.
func surface(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "v1":
		return "rest"
	case "graphql", "scim", "blobs", "healthz", "readyz", "metrics":
		return first
	}
	return "web"
}

// method is the request's, or other: clients may send any word.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// seen notes the status that is written through it.
type seen struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *seen) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what is below: streams flush, uploads set their deadlines.
func (s *seen) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Flush implements http.Flusher, for libraries that ask for it by name.
func (s *seen) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() } // as http.Flusher: nobody is told

// Hijack implements http.Hijacker, for WebSockets.
func (s *seen) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(s.ResponseWriter).Hijack()
}

// LocalOnly answers programs on this machine. A reverse proxy on the same machine is one, too, but what it forwards carries
// its headers: that comes from elsewhere.
func LocalOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() || forwarded(r.Header) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// forwarded reports whether a proxy has had the request.
func forwarded(h http.Header) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return false
}

// waiting collects how much waits.
type waiting struct {
	ask Depths

	mu   sync.Mutex
	last map[string]int
	at   time.Time
}

// Describe implements prometheus.Collector.
func (w *waiting) Describe(out chan<- *prometheus.Desc) { out <- waitingDesc() }

// Collect implements prometheus.Collector. What cannot be counted now is left out.
func (w *waiting) Collect(out chan<- prometheus.Metric) {
	for what, n := range w.depths() {
		out <- prometheus.MustNewConstMetric(waitingDesc(), prometheus.GaugeValue, float64(n), what)
	}
}

func (w *waiting) depths() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.at) < depthsKept {
		return w.last
	}
	ctx, cancel := context.WithTimeout(context.Background(), depthsLimit)
	defer cancel()
	w.last, _ = w.ask(ctx) // the status page says that the database is away
	w.at = time.Now()
	return w.last
}

func waitingDesc() *prometheus.Desc {
	return prometheus.NewDesc("soloprint_waiting", "How much waits: queue items that a printer could take, prints that run, deliveries that are to be sent.", []string{"what"}, nil)
}
