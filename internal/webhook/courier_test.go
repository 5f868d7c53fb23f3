package webhook_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/webhook"
)

// Every event reaches every endpoint that asked for it, signed and as it is documented, and nobody else.
func TestEventsAreDelivered(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		all, spools, others := newReceiver(t, nil), newReceiver(t, nil), newReceiver(t, nil)
		secret := b.hook(t, all.URL+"/hook?a=b").Secret
		b.hook(t, spools.URL, func(in *webhook.CreateInput) { in.Subscriptions = []string{"spool.*", "print.failed"} })
		b.hook(t, others.URL, func(in *webhook.CreateInput) { in.Subscriptions = []string{"print.*"} })
		b.live(t, 1)
		b.emit(t, b.ctx, 20)
		b.emit(t, b.them.System(t), 20)
		b.ended(t, 3+20+20, webhookdelivery.StatusDelivered) // the three endpoints' own creation, too

		got := map[string]message{}
		for _, m := range all.messages() {
			if !verified(t, secret, m) {
				t.Errorf("the signature of %s is wrong: %v", m.id, m.header)
			}
			got[m.id] = m
		}
		if len(got) != 23 || len(spools.messages()) != 20 || len(others.messages()) != 0 {
			t.Errorf("%d, %d and %d messages", len(got), len(spools.messages()), len(others.messages()))
		}
		for _, e := range b.us.EventRows(t) {
			want := map[string]any{"id": string(e.ID), "type": e.Type, "api_version": "2026-04-02", "organization_id": string(b.us.ID), "occurred_at": e.OccurredAt.Format(time.RFC3339Nano),
				"sequence": float64(e.Sequence), "actor": map[string]any{"type": "session", "id": e.ActorID}, "data": decode(t, string(e.Data))}
			if d := cmp.Diff(want, decode(t, got[string(e.ID)].body)); d != "" {
				t.Errorf("event %d (-want +got):\n%s", e.Sequence, d)
			}
		}
		for _, d := range b.Raw.WebhookDelivery.Query().AllX(t.Context()) {
			if len(d.Attempts) != 1 || d.Attempts[0].Status != http.StatusNoContent || d.NextAttemptAt != nil || d.LeaseToken != "" || d.OrganizationID != b.us.ID {
				t.Errorf("a delivery became %+v", d)
			}
		}
	})
}

func decode(t testing.TB, text string) (v any) {
	t.Helper()
	must(t, json.Unmarshal([]byte(text), &v))
	return v
}

// What happened while no server ran is delivered when one does; what happened before there was an endpoint is not.
func TestNothingIsSkippedWhileNobodyRuns(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		r := newReceiver(t, nil)
		b.emit(t, b.ctx, 7)
		b.hook(t, r.URL)
		b.emit(t, b.ctx, 600) // more than one fan-out reads
		b.live(t, 1)
		b.ended(t, 601, webhookdelivery.StatusDelivered)
		seen := map[string]bool{}
		for _, m := range r.messages() {
			seen[m.id] = true
		}
		for _, e := range b.us.EventRows(t) {
			if want := e.Sequence > 7; seen[string(e.ID)] != want {
				t.Errorf("event %d: delivered %v", e.Sequence, !want)
			}
		}
	})
}

// Several servers write one delivery for each event and endpoint, and send it once.
func TestServersShareTheWork(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		receivers := []*receiver{newReceiver(t, nil), newReceiver(t, nil), newReceiver(t, nil)}
		for _, r := range receivers {
			b.hook(t, r.URL, func(in *webhook.CreateInput) { in.Subscriptions = []string{"spool.*"} })
		}
		couriers := 1
		if db.Dialect() == "postgres" {
			couriers = 3
		}
		b.live(t, couriers)
		for range 20 {
			b.emit(t, b.ctx, 10)
		}
		b.ended(t, 600, webhookdelivery.StatusDelivered)
		for i, r := range receivers {
			times := map[string]int{}
			for _, m := range r.messages() {
				times[m.id]++
			}
			if len(times) != 200 || len(r.messages()) != 200 {
				t.Errorf("receiver %d got %d of 200 events in %d messages", i, len(times), len(r.messages()))
			}
		}
		if n := b.Raw.Event.Query().Where(event.Type("spool.low")).CountX(t.Context()); n != 200 {
			t.Errorf("%d events", n)
		}
	})
}

// A slow and a dead endpoint delay nobody.
func TestADeadEndpointDelaysNobody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		over := make(chan struct{})
		dead := newReceiver(t, func(_ http.ResponseWriter, q *http.Request) {
			select {
			case <-over:
			case <-q.Context().Done():
			}
		})
		quick := newReceiver(t, nil)
		defer close(over)
		b.hook(t, dead.URL)
		id := b.hook(t, quick.URL).Webhook.ID
		b.live(t, 1)
		b.emit(t, b.ctx, 500)
		eventually(t, 20*time.Second, func() string {
			n := b.Raw.WebhookDelivery.Query().Where(webhookdelivery.WebhookID(id), webhookdelivery.StatusEQ(webhookdelivery.StatusDelivered)).CountX(t.Context())
			if n == 501 {
				return ""
			}
			return fmt.Sprintf("%d of 501 delivered", n)
		})
		if n := len(dead.messages()); n != 2 {
			t.Errorf("the dead endpoint has %d requests at once, want 2", n)
		}
	})
}
