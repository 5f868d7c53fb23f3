package bench_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/outbox"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/webhook"
)

// Signed deliveries to 10 endpoints a second, on a disk that syncs every commit; the receivers run in the same process.
// live: events are committed while they are sent; backlog: all of them were there before the server.
func BenchmarkWebhooks(b *testing.B) {
	const endpoints, events, batch = 10, 3000, 50
	for _, mode := range []string{"live", "backlog"} {
		b.Run(mode, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				p := newPost(b, endpoints)
				b.StartTimer()
				began := time.Now()
				if mode == "backlog" {
					p.emit(b, events, batch)
					began = time.Now()
				}
				stop := p.run()
				if mode == "live" {
					p.emit(b, events, batch)
				}
				p.await(b, events*endpoints)
				took := time.Since(began)
				stop()
				b.ReportMetric(float64(events*endpoints)/took.Seconds(), "deliveries/s")
			}
		})
	}
}

// post is an organization whose events go to receivers that answer at once.
type post struct {
	*testkit.Kit
	org   *testkit.Organization
	hooks *webhook.Service
	bell  *outbox.Bell
	got   atomic.Int64
}

func newPost(b *testing.B, endpoints int) *post {
	b.Helper()
	db, err := store.Open(b.Context(), store.Config{Path: filepath.Join(b.TempDir(), "soloprint.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if err := store.Migrate(b.Context(), db); err != nil {
		b.Fatal(err)
	}
	p := &post{Kit: testkit.NewKit(b, db), bell: outbox.NewBell()}
	p.Ops.Clock = clock.System{}
	p.Ops.Committed = func(o pid.ID, _ []event.Type) { p.bell.Ring(o) }
	p.org = p.Organization(b, "riverside")
	p.hooks = &webhook.Service{Ops: p.Ops, Secrets: p.Secrets, Egress: &egress.Client{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, APIVersion: "2026-04-02"}
	for i := range endpoints {
		r := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			_, _ = io.Copy(io.Discard, q.Body)
			p.got.Add(1)
			w.WriteHeader(http.StatusNoContent)
		}))
		b.Cleanup(r.Close)
		if _, err := p.hooks.Create(p.org.Session(b, p.org.Owner), webhook.CreateInput{Name: fmt.Sprint(i), EndpointURL: r.URL, Subscriptions: []string{"spool.*"}}); err != nil {
			b.Fatal(err)
		}
	}
	return p
}

func (p *post) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	c := &webhook.Courier{Webhooks: p.hooks, Bell: p.bell, Log: slog.New(slog.DiscardHandler)}
	go func() { defer close(done); c.Run(ctx) }()
	return func() { cancel(); <-done }
}

var opEmit = authz.Op{Resource: "spool", Verb: "emit", System: true, Write: true}

func (p *post) emit(b *testing.B, events, batch int) {
	b.Helper()
	for n := 0; n < events; n += batch {
		_, err := op.Do(p.org.System(b), p.Ops, opEmit, struct{}{}, func(ctx context.Context, tx *ent.Tx) (struct{}, error) {
			for i := range batch {
				event.Emit(ctx, tx, event.Fact{Type: event.SpoolLow, Resource: "spool", ID: pid.New("spl"), Object: map[string]any{
					"id": n + i, "code": "S-0042", "remaining_g": 82.4, "reserved_g": 41.5, "stock_level": "low", "material_id": "mat_01jd4c0n5xe2vb8w6h3ks9qt7m", "location": "Shelf B"}})
			}
			return struct{}{}, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// await waits until the rows say that so many were delivered.
func (p *post) await(b *testing.B, n int) {
	b.Helper()
	for limit := time.Now().Add(2 * time.Minute); ; {
		if p.got.Load() >= int64(n) {
			rows, err := p.Raw.QueryRows(b.Context(), "SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'delivered'", nil)
			if err != nil {
				b.Fatal(err)
			}
			var delivered int
			rows.Next()
			_, _ = rows.Scan(&delivered), rows.Close()
			if delivered >= n {
				return
			}
		}
		if time.Now().After(limit) {
			b.Fatalf("%d of %d requests", p.got.Load(), n)
		}
		<-time.After(5 * time.Millisecond)
	}
}
