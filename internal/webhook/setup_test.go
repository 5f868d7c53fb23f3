package webhook_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/outbox"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/webhook"
)

// bundle is a database with two organizations and the service that sends to this machine.
type bundle struct {
	*testkit.Kit
	hooks    *webhook.Service
	bell     *outbox.Bell
	us, them *testkit.Organization
	ctx      context.Context // us.Owner's session
}

func setup(t testing.TB, db *store.DB) *bundle {
	t.Helper()
	b := &bundle{Kit: testkit.NewKit(t, db), bell: outbox.NewBell()}
	allow := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	b.hooks = &webhook.Service{Ops: b.Ops, Secrets: b.Secrets, Egress: &egress.Client{Allow: allow, Pace: time.Millisecond}, APIVersion: "2026-04-02"}
	b.us, b.them = b.Organization(t, "riverside"), b.Organization(t, "hillside")
	b.ctx = b.us.Session(t, b.us.Owner)
	return b
}

// live runs couriers until the test ends, by the machine's clock.
func (b *bundle) live(t testing.TB, couriers int) {
	t.Helper()
	b.Ops.Clock = clock.System{}
	told := b.Ops.Committed
	b.Ops.Committed = func(o pid.ID, types []event.Type) { told(o, types); b.bell.Ring(o) }
	for range couriers {
		b.run(t, &webhook.Courier{Webhooks: b.hooks, Bell: b.bell, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	}
}

// run runs a courier until stop is called or the test ends.
func (b *bundle) run(t testing.TB, c *webhook.Courier) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); c.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// hook makes an endpoint for all events.
func (b *bundle) hook(t testing.TB, url string, with ...func(*webhook.CreateInput)) webhook.Created {
	t.Helper()
	in := webhook.CreateInput{Name: "Endpoint", EndpointURL: url, Subscriptions: []string{"*"}}
	for _, w := range with {
		w(&in)
	}
	made, err := b.hooks.Create(b.ctx, in)
	must(t, err)
	return made
}

var opTest = authz.Op{Resource: "spool", Verb: "test", Needs: authz.Any(authz.IntegrationsManage), Write: true, System: true}

// emit commits n events in one transaction.
func (b *bundle) emit(t testing.TB, ctx context.Context, n int) {
	t.Helper()
	_, err := op.Do(ctx, b.Ops, opTest, struct{}{}, func(ctx context.Context, tx *ent.Tx) (struct{}, error) {
		for i := range n {
			event.Emit(ctx, tx, event.Fact{Type: event.SpoolLow, Resource: "spool", ID: pid.New("spl"), Object: map[string]any{"id": i, "remaining_g": 12.5, "note": "<ä\u2028>"}})
		}
		return struct{}{}, nil
	})
	must(t, err)
}

// ended waits until n deliveries have one of the statuses.
func (b *bundle) ended(t testing.TB, n int, statuses ...webhookdelivery.Status) {
	t.Helper()
	eventually(t, 30*time.Second, func() string {
		got := b.Raw.WebhookDelivery.Query().Where(webhookdelivery.StatusIn(statuses...)).CountX(t.Context())
		if got == n {
			return ""
		}
		return fmt.Sprintf("%d of %d deliveries are %v", got, n, statuses)
	})
}

// receiver is an endpoint that remembers what it was sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []message
	answer http.HandlerFunc // nil = 204
}

type message struct {
	id, body string
	header   http.Header
}

func newReceiver(t testing.TB, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		r.got = append(r.got, message{q.Header.Get("webhook-id"), string(body), q.Header.Clone()})
		r.mu.Unlock()
		if r.answer == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		r.answer(w, q)
	}))
	t.Cleanup(r.CloseClientConnections)
	return r
}

func (r *receiver) messages() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// verified reports whether the reference library takes the message for the secret's.
func verified(t testing.TB, secret string, m message) bool {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	must(t, err)
	return w.Verify([]byte(m.body), m.header) == nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the condition says nothing more.
func eventually(t testing.TB, limit time.Duration, problem func() string) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		p := problem()
		if p == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(p)
		}
		<-time.After(2 * time.Millisecond)
	}
}

func wantCode(t testing.TB, name string, err error, want errs.Code) {
	t.Helper()
	if err == nil && want == "" {
		return
	}
	if e := errs.From(err); err == nil || e.Code != want {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}
