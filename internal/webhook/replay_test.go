package webhook_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/webhook"
)

func once(in *webhook.CreateInput) { in.MaxAttempts, in.Subscriptions = new(1), []string{"spool.*"} }

// A delivery that has ended is sent again as one of its own, with the same webhook-id; one that has not is refused.
func TestReplay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		r := newReceiver(t, nil)
		id := b.hook(t, r.URL, once).Webhook.ID
		b.emit(t, b.ctx, 1)
		_, err := b.hooks.FanOut(b.us.System(t), webhook.FanOutWith(nil))
		must(t, err)
		first := b.Raw.WebhookDelivery.Query().OnlyX(t.Context())
		_, err = b.hooks.Replay(b.ctx, webhook.ReplayInput{WebhookDeliveryID: first.ID})
		wantCode(t, "a queued one", err, errs.DeliveryNotReplayable)

		b.live(t, 1)
		b.ended(t, 1, webhookdelivery.StatusDelivered)
		second, err := b.hooks.Replay(b.ctx, webhook.ReplayInput{WebhookDeliveryID: first.ID})
		must(t, err)
		b.ended(t, 2, webhookdelivery.StatusDelivered)
		third, err := b.hooks.Replay(b.ctx, webhook.ReplayInput{WebhookDeliveryID: second.ID})
		must(t, err)
		b.ended(t, 3, webhookdelivery.StatusDelivered)
		if *second.ReplayOf != first.ID || *third.ReplayOf != second.ID || third.EventID != first.EventID || third.WebhookID != id {
			t.Errorf("replays of %s: %+v, %+v", first.ID, second, third)
		}
		for i, m := range r.messages() {
			if m.id != string(first.EventID) || m.body != r.messages()[0].body {
				t.Errorf("message %d has the id %s", i, m.id)
			}
		}

		_, err = b.hooks.Update(b.ctx, webhook.UpdateInput{WebhookID: id, State: graphql.OmittableOf(new("disabled"))})
		must(t, err)
		_, err = b.hooks.Replay(b.ctx, webhook.ReplayInput{WebhookDeliveryID: first.ID})
		wantCode(t, "to a disabled endpoint", err, errs.WebhookDisabled)
		_, err = b.hooks.Test(b.ctx, webhook.WebhookInput{WebhookID: id})
		wantCode(t, "a ping to a disabled endpoint", err, errs.WebhookDisabled)
	})
}

// A ping goes to the endpoint that was asked for, whatever it subscribed to, and to no other.
func TestPing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		r, other := newReceiver(t, nil), newReceiver(t, nil)
		id := b.hook(t, r.URL, once).Webhook.ID
		b.hook(t, other.URL, func(in *webhook.CreateInput) { in.Subscriptions = []string{"*", "test.*"} })
		b.live(t, 1)
		ping, err := b.hooks.Test(b.ctx, webhook.WebhookInput{WebhookID: id})
		must(t, err)
		eventually(t, 20*time.Second, func() string {
			if b.Raw.WebhookDelivery.Query().Where(webhookdelivery.EventID(ping.EventID), webhookdelivery.StatusEQ("delivered")).CountX(t.Context()) != 1 {
				return "the ping is not delivered"
			}
			return ""
		})
		if m := r.messages(); len(m) != 1 || m[0].id != string(ping.EventID) || ping.WebhookID != id {
			t.Errorf("%+v became %v", ping, m)
		}
		for _, m := range other.messages() {
			if m.id == string(ping.EventID) {
				t.Error("another endpoint was pinged")
			}
		}
	})
}

// What failed and what was missed while nothing was sent is recovered, once, and nothing that arrived.
func TestRecover(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		var broken atomic.Bool
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			if broken.Load() {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		id := b.hook(t, r.URL, once).Webhook.ID
		set := func(state string) {
			_, err := b.hooks.Update(b.ctx, webhook.UpdateInput{WebhookID: id, State: graphql.OmittableOf(new(state))})
			must(t, err)
		}
		began := time.Now().Add(-time.Minute)
		b.live(t, 1)
		b.emit(t, b.ctx, 3)
		b.ended(t, 3, webhookdelivery.StatusDelivered)
		broken.Store(true)
		b.emit(t, b.ctx, 4)
		b.ended(t, 4, webhookdelivery.StatusFailed)
		broken.Store(false)
		set("disabled")
		b.emit(t, b.ctx, 5)
		eventually(t, 20*time.Second, func() string {
			if c := b.Raw.EventCursor.Query().OnlyX(t.Context()); c.Sequence < int64(len(b.us.EventRows(t))) {
				return "the events were not read"
			}
			return ""
		})
		set("enabled")
		for _, tt := range []struct {
			name string
			in   webhook.RecoverInput
			want int
			all  int // delivered afterwards
		}{
			{"since the future", webhook.RecoverInput{Since: time.Now().Add(time.Hour)}, 0, 3},
			{"other types", webhook.RecoverInput{Since: began, EventTypes: []string{"print.*"}}, 0, 3},
			{"what failed", webhook.RecoverInput{Since: began, Status: "failed", EventTypes: []string{"spool.low"}}, 4, 7},
			{"what failed, again", webhook.RecoverInput{Since: began, Status: "failed"}, 0, 7},
			{"the rest", webhook.RecoverInput{Since: began}, 5, 12},
			{"nothing is left", webhook.RecoverInput{Since: began}, 0, 12},
			{"all once more", webhook.RecoverInput{Since: began, Status: "delivered"}, 12, 24},
		} {
			tt.in.WebhookID = id
			got, err := b.hooks.Recover(b.ctx, tt.in)
			must(t, err)
			if got.Count != tt.want || got.HasMore {
				t.Errorf("%s: %+v, want %d", tt.name, got, tt.want)
			}
			b.ended(t, tt.all, webhookdelivery.StatusDelivered)
		}
		ids := map[string]bool{}
		for _, m := range r.messages() {
			ids[m.id] = true
		}
		if len(ids) != 12 {
			t.Errorf("%d events arrived", len(ids))
		}
	})
}
