package op_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

const lease = 30 * time.Second

// deliveries makes an endpoint of an organization with n deliveries that are due.
func (b *bundle) deliveries(t *testing.T, o *testkit.Organization, n int) (hook *ent.Webhook, due []pid.ID) {
	t.Helper()
	ctx := t.Context()
	hook = b.Raw.Webhook.Create().SetOrganizationID(o.ID).SetName("hook").SetEndpointURL("https://example.org").SetSubscriptions([]string{"*"}).SetSecret([]byte{1}).SaveX(ctx)
	for i := range n {
		e := b.Raw.Event.Create().SetOrganizationID(o.ID).SetSequence(int64(1000 + i)).SetType("spool.low").SetSubjectType("spool").SetSubjectID("x").
			SetActorType("system").SetActorID("test").SetOccurredAt(b.Clock.Now()).SetData([]byte("{}")).SaveX(ctx)
		d := b.Raw.WebhookDelivery.Create().SetOrganizationID(o.ID).SetWebhook(hook).SetEvent(e).SetEventType(e.Type).SetNextAttemptAt(b.Clock.Now().Add(time.Duration(i-n) * time.Second)).SaveX(ctx)
		due = append(due, d.ID)
	}
	return hook, due
}

func (b *bundle) claimDeliveries(t *testing.T, hook pid.ID, token string, limit int) (got []pid.ID) {
	t.Helper()
	claimed, err := op.ClaimDeliveries(t.Context(), b.Ops, hook, token, lease, limit)
	must(t, err)
	for _, c := range claimed {
		got = append(got, c.ID)
	}
	slices.Sort(got)
	return got
}

// A delivery is one server's until its lease is over; what is ended, renewed and reaped goes by the token.
func TestClaimDeliveries(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		hook, due := b.deliveries(t, b.us, 4)
		theirs, _ := b.deliveries(t, b.them, 1)
		b.Raw.Webhook.UpdateOne(theirs).SetState("disabled").ExecX(t.Context())
		b.Raw.WebhookDelivery.UpdateOneID(due[3]).SetNextAttemptAt(b.Clock.Now().Add(time.Second)).ExecX(t.Context())
		if found, err := op.DueWebhooks(t.Context(), b.Ops, "", 10); err != nil || !slices.Equal(found, []op.Claimed{{Organization: b.us.ID, ID: hook.ID}}) {
			t.Errorf("due are %v, %v", found, err)
		}
		longest := slices.Sorted(slices.Values(due[:2]))
		if got := b.claimDeliveries(t, hook.ID, "one", 2); !slices.Equal(got, longest) {
			t.Errorf("the longest waiting are %v, not %v", longest, got)
		}
		if got := b.claimDeliveries(t, hook.ID, "two", 9); !slices.Equal(got, due[2:3]) {
			t.Errorf("the rest is %v, not %v", due[2:3], got)
		}

		b.Clock.Advance(lease - time.Second)
		must(t, op.RenewDeliveries(t.Context(), b.Ops, "one", due, lease)) // touches its own only
		b.Clock.Advance(time.Second)
		if n, err := op.ReapDeliveries(t.Context(), b.Ops, 10); n != 1 || err != nil {
			t.Errorf("%d reaped, %v", n, err)
		}
		if got := b.claimDeliveries(t, hook.ID, "three", 1); !slices.Equal(got, due[2:3]) {
			t.Errorf("the reaped one is %v, not %v", due[2:3], got)
		}

		next := b.Clock.Now().Add(time.Minute)
		ends := []op.DeliveryEnd{{ID: due[0], Status: "delivered", Attempts: []byte(`[{"ms":1}]`)}, {ID: due[1], Status: "queued", Attempts: []byte(`[{"ms":2}]`), Next: &next},
			{ID: due[2], Status: "delivered", Attempts: []byte(`[{"ms":3}]`)}}
		must(t, op.EndDeliveries(t.Context(), b.Ops, "one", ends))
		for i, want := range []string{"delivered 1 0001-01-01", "queued 1 " + next.Format(time.DateOnly), "delivering 0 2026-04-02"} {
			d := b.Raw.WebhookDelivery.GetX(t.Context(), due[i])
			at := time.Time{}
			if d.NextAttemptAt != nil {
				at = *d.NextAttemptAt
			}
			if got := fmt.Sprint(d.Status, " ", len(d.Attempts), " ", at.Format(time.DateOnly)); got != want || d.Version != 1 {
				t.Errorf("delivery %d became %s, want %s", i, got, want)
			}
		}
		must(t, op.ReleaseDeliveries(t.Context(), b.Ops, "three"))
		if n := b.Raw.WebhookDelivery.Query().Where(webhookdelivery.StatusEQ("delivering")).CountX(t.Context()); n != 0 {
			t.Errorf("%d are still held", n)
		}
	})
}

// Servers that claim at the same moment never get the same delivery, and together they get all.
func TestNoTwoServersClaimTheDelivery(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		hook, due := b.deliveries(t, b.us, 100)
		var mu sync.Mutex
		seen := map[pid.ID]int{}
		each(func(w, _ int) {
			claimed, err := op.ClaimDeliveries(t.Context(), b.Ops, hook.ID, fmt.Sprint(w), lease, 3)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, c := range claimed {
				seen[c.ID]++
			}
		})
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s was claimed %d times", id, n)
			}
		}
		if len(seen) != len(due) {
			t.Errorf("%d of %d were claimed", len(seen), len(due))
		}
	})
}
