package webhook_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	entwebhook "github.com/soloprint/soloprint/ent/webhook"
	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/webhook"
)

// hostileLimit is how long an answer may take here.
const hostileLimit = 3 * time.Second

// names is DNS that knows no name.
type names struct{}

// LookupNetIP implements egress.Resolver.
func (names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// hostile is an endpoint that behaves as none should, and what becomes of a delivery to it.
type hostile struct {
	name    string
	answer  http.HandlerFunc
	cert    string // of a TLS server; empty = plain HTTP
	url     string // instead of a server's
	status  webhookdelivery.Status
	code    int
	problem string
	excerpt string // beginning of what is kept
}

// receivers is the list of hostile receivers. over ends those that would never end.
func receivers(over chan struct{}) []hostile {
	slow := func(w http.ResponseWriter, q *http.Request) {
		for {
			select {
			case <-over:
				return
			case <-q.Context().Done():
				return
			case <-time.After(50 * time.Millisecond):
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
			}
		}
	}
	never := func(_ http.ResponseWriter, q *http.Request) {
		select {
		case <-over:
		case <-q.Context().Done():
		}
	}
	page := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Add(header[i], header[i+1])
			}
			w.WriteHeader(code)
			_, _ = w.Write([]byte(http.StatusText(code)))
		}
	}
	block, bomb := bytes.Repeat([]byte("y"), 1<<16), gzipped(make([]byte, 64<<20))
	return []hostile{
		{name: "204", answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, status: "delivered", code: 204},
		{name: "500", answer: page(500), status: "queued", code: 500, problem: "unexpected_status", excerpt: "Internal"},
		{name: "a redirect to the metadata service", answer: page(301, "Location", "http://169.254.169.254/latest/meta-data/"), status: "queued", code: 301, problem: "redirect_not_followed", excerpt: "Moved"},
		{name: "410", answer: page(410), status: "failed", code: 410, problem: "unexpected_status", excerpt: "Gone"},
		{name: "429 with an absurd Retry-After", answer: page(429, "Retry-After", "1000000000"), status: "queued", code: 429, problem: "unexpected_status", excerpt: "Too Many"},
		{name: "no answer", answer: never, status: "queued", problem: "timed_out"},
		{name: "204 when the time is over", answer: func(w http.ResponseWriter, q *http.Request) {
			select {
			case <-over:
			case <-time.After(2 * hostileLimit):
				w.WriteHeader(204)
			}
		}, status: "queued", problem: "timed_out"},
		{name: "a byte now and then, for ever", answer: slow, status: "delivered", code: 200, excerpt: "xxx"},
		{name: "a gigabyte", answer: func(w http.ResponseWriter, q *http.Request) {
			for n := 0; n < 1<<30 && q.Context().Err() == nil; n += len(block) {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, status: "delivered", code: 200, excerpt: strings.Repeat("y", 16<<10)},
		{name: "a gzip bomb", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		}, status: "delivered", code: 200},
		{name: "a megabyte of headers", answer: page(200, "X-Large", strings.Repeat("z", 1<<20)), status: "queued", problem: "response_invalid"},
		{name: "closes after the headers", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_ = http.NewResponseController(w).Flush()
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}, status: "delivered", code: 200},
		{name: "closes at once", answer: func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close()
			}
		}, status: "queued", problem: "response_invalid"},
		{name: "a certificate that nobody signed", answer: page(200), cert: "unknown", status: "queued", problem: "tls_failed"},
		{name: "a certificate that has ended", answer: page(200), cert: "ended", status: "queued", problem: "tls_failed"},
		{name: "a certificate of another name", answer: page(200), cert: "other", status: "queued", problem: "tls_failed"},
		{name: "a certificate as it should be", answer: page(200), cert: "good", status: "delivered", code: 200, excerpt: "OK"},
		{name: "a name that is gone", url: "https://gone.example/hook", status: "queued", problem: "name_not_resolved"},
		{name: "nobody listens", url: "http://127.0.0.1:1/hook", status: "queued", problem: "connect_failed"},
		{name: "a body with a script and a cookie", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Set-Cookie", "a=b")
			_, _ = w.Write([]byte("<script>alert(1)</script>\x00\xff"))
		}, status: "delivered", code: 200, excerpt: "<script>alert(1)</script>"},
	}
}

func gzipped(plain []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(plain)
	_ = z.Close()
	return b.Bytes()
}

// endpoint makes the server and the endpoint of a hostile receiver.
func (h hostile) endpoint(t *testing.T, b *bundle, a *authority) pid.ID {
	t.Helper()
	url := h.url
	if url == "" {
		server := httptest.NewUnstartedServer(h.answer)
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		if h.cert == "" {
			server.Start()
		} else {
			server.TLS = &tls.Config{Certificates: []tls.Certificate{a.certificate(t, h.cert)}}
			server.StartTLS()
		}
		t.Cleanup(server.CloseClientConnections)
		url = server.URL
	}
	return b.hook(t, url, func(in *webhook.CreateInput) {
		in.Name, in.Subscriptions, in.RetryBackoffSeconds = h.name, []string{"spool.*"}, new(3600)
	}).Webhook.ID
}

// Hostile receivers are told apart, and delay the others' deliveries by at most twice and memory by at most 100 MiB.
func TestHostileReceivers(t *testing.T) {
	b := setup(t, testkit.SQLite(t))
	a := newAuthority(t)
	b.hooks.Egress.Resolver, b.hooks.Egress.RootCAs = names{}, a.pool
	over := make(chan struct{})
	arrived := make(chan struct{}, 1000)
	good := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		arrived <- struct{}{}
	})
	b.hook(t, good.URL, func(in *webhook.CreateInput) { in.Subscriptions = []string{"spool.*"} })
	b.Ops.Clock = clock.System{}
	b.Ops.Committed = func(o pid.ID, _ []event.Type) { b.bell.Ring(o) }
	b.run(t, &webhook.Courier{Webhooks: b.hooks, Bell: b.bell, Log: slog.New(slog.DiscardHandler), Limit: hostileLimit})
	t.Cleanup(func() { close(over) })

	var peers []pid.ID // as many that answer as they should: what they cost is not the hostile ones' doing
	for range receivers(over) {
		peers = append(peers, b.hook(t, newReceiver(t, nil).URL, func(in *webhook.CreateInput) { in.Subscriptions = []string{"spool.*"} }).Webhook.ID)
	}
	alone := b.p99(t, arrived)
	b.Raw.Webhook.Delete().Where(entwebhook.IDIn(peers...)).ExecX(t.Context())
	before := memory()
	var peak atomic.Uint64
	stop := watch(&peak)
	list := receivers(over)
	ids := map[pid.ID]hostile{}
	for _, h := range list {
		ids[h.endpoint(t, b, a)] = h
	}
	among := b.p99(t, arrived)
	t.Logf("99 of 100 arrive within %v among %d others, %v among as many hostile receivers", alone, len(list), among)
	if among > 2*max(alone, 200*time.Millisecond) { // below it the machine's own noise is larger
		t.Errorf("hostile receivers delay the others from %v to %v", alone, among)
	}
	eventually(t, 20*time.Second, func() string { return b.judged(t, ids) })
	stop()
	grown := int64(peak.Load()) - int64(before)
	if t.Logf("memory grew by %d KiB", grown>>10); grown > 100<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
	for id, h := range ids {
		h.judge(t, b, id)
	}
	if b.Raw.Webhook.Query().CountX(t.Context()) != len(list)+1 {
		t.Error("an endpoint is gone")
	}
}

// p99 is within what time 99 of 100 events arrive at the good receiver, each committed by itself.
func (b *bundle) p99(t *testing.T, arrived chan struct{}) time.Duration {
	t.Helper()
	took := make([]time.Duration, 100)
	for i := range took {
		began := time.Now()
		b.emit(t, b.us.System(t), 1)
		<-arrived
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[98]
}

// judged says which endpoint has not had its first attempt.
func (b *bundle) judged(t *testing.T, ids map[pid.ID]hostile) string {
	t.Helper()
	for id, h := range ids {
		if b.tried(t, id) == nil {
			return h.name + " was not tried"
		}
	}
	return ""
}

// tried is the oldest delivery of an endpoint that was tried.
func (b *bundle) tried(t *testing.T, id pid.ID) *ent.WebhookDelivery {
	t.Helper()
	for _, d := range b.Raw.WebhookDelivery.Query().Where(webhookdelivery.WebhookID(id)).Order(webhookdelivery.ByID()).Limit(5).AllX(t.Context()) {
		if len(d.Attempts) > 0 {
			return d
		}
	}
	return nil
}

// judge compares what became of the first delivery.
func (h hostile) judge(t *testing.T, b *bundle, id pid.ID) {
	t.Helper()
	d := b.tried(t, id)
	a := d.Attempts[0]
	if d.Status != h.status || a.Status != h.code || a.Error != h.problem || !strings.HasPrefix(a.ResponseExcerpt, h.excerpt) || len(a.ResponseExcerpt) > 16<<10 {
		t.Errorf("%s: %s, %d, %q, %.40q", h.name, d.Status, a.Status, a.Error, a.ResponseExcerpt)
	}
	if d.NextAttemptAt != nil && time.Until(*d.NextAttemptAt) > 25*time.Hour {
		t.Errorf("%s: next attempt at %v", h.name, d.NextAttemptAt)
	}
	w := b.Raw.Webhook.GetX(t.Context(), id)
	if gone := h.code == 410; gone != (w.State == "auto_disabled") || gone != (w.DisabledReason == "gone") {
		t.Errorf("%s: the endpoint is %s, %s", h.name, w.State, w.DisabledReason)
	}
}

// memory is what the program holds after a collection.
func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// watch keeps the peak of what the program holds.
func watch(peak *atomic.Uint64) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(500 * time.Millisecond):
				peak.Store(max(peak.Load(), memory()))
			}
		}
	}()
	return func() { close(done); <-ended }
}
