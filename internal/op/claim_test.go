package op_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

const busy, idle = 2 * time.Second, 30 * time.Second

func (b *bundle) claim(t *testing.T, limit int) []op.Claimed {
	t.Helper()
	claimed, err := op.ClaimPrinters(t.Context(), b.Ops, busy, idle, limit)
	must(t, err)
	return claimed
}

// Printers of all organizations are looked at in turn: those that print often, the rest now and then, deleted ones never.
func TestClaimPrinters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		printing, waiting, theirs := b.us.Printer(t, "Ada", 0), b.us.Printer(t, "Bob", 0), b.them.Printer(t, "Ada", 0)
		b.us.Printer(t, "Gone", 0, func(p *ent.PrinterCreate) { p.SetDeletedAt(b.Clock.Now()) })
		b.us.Print(t, b.us.QueueItem(t), printing, printrun.StatePrinting)
		b.us.Print(t, b.us.QueueItem(t), waiting, printrun.StateSucceeded)

		all := b.claim(t, 10)
		if len(all) != 3 || !slices.Contains(all, op.Claimed{Organization: b.us.ID, ID: printing.ID}) ||
			!slices.Contains(all, op.Claimed{Organization: b.us.ID, ID: waiting.ID}) || !slices.Contains(all, op.Claimed{Organization: b.them.ID, ID: theirs.ID}) {
			t.Errorf("first: %v", all)
		}
		for _, c := range []struct {
			name  string
			later time.Duration
			want  []pid.ID
		}{
			{"at once again", 0, nil},
			{"a moment before the busy one is due", busy - time.Microsecond, nil},
			{"when the busy one is due", time.Microsecond, []pid.ID{printing.ID}},
			{"when all are due", idle, []pid.ID{printing.ID, waiting.ID, theirs.ID}},
		} {
			b.Clock.Advance(c.later)
			var got []pid.ID
			for _, claimed := range b.claim(t, 10) {
				got = append(got, claimed.ID)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
		if p := b.Raw.Printer.GetX(t.Context(), printing.ID); p.Version != 1 || p.LeaseToken == "" {
			t.Errorf("a claim is no change: version %d, token %q", p.Version, p.LeaseToken)
		}
	})
}

// Servers that claim at the same moment never get the same printer, and together they get all.
func TestNoTwoServersClaimThePrinter(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		const printers = 30
		for range printers {
			b.us.Printer(t, "Ada", 0)
		}
		var mu sync.Mutex
		seen := map[pid.ID]int{}
		each(func(int, int) {
			claimed, err := op.ClaimPrinters(t.Context(), b.Ops, busy, idle, 2)
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
		if len(seen) != printers {
			t.Errorf("%d of %d printers were claimed", len(seen), printers)
		}
	})
}

func TestOrganizationsAndThoseBehind(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.them.Update().SetTimeZone("Europe/Berlin").ExecX(t.Context())
		all, err := op.Places(t.Context(), b.Ops)
		want := []op.Place{{Organization: b.us.ID, Slug: b.us.Slug, Zone: "UTC"}, {Organization: b.them.ID, Slug: b.them.Slug, Zone: "Europe/Berlin"}}
		slices.SortFunc(want, func(a, b op.Place) int { return strings.Compare(string(a.Organization), string(b.Organization)) })
		if err != nil || !slices.Equal(all, want) {
			t.Errorf("all: %v, %v", all, err)
		}
		behind := func() []pid.ID {
			ids, err := op.Behind(t.Context(), b.Ops, 10)
			must(t, err)
			return ids
		}
		if ids := behind(); len(ids) != 0 {
			t.Errorf("nothing happened, and behind are %v", ids)
		}
		b.them.Update().SetEventSeq(3).SetEligibilitySeq(2).ExecX(t.Context())
		if ids := behind(); !slices.Equal(ids, []pid.ID{b.them.ID}) {
			t.Errorf("behind are %v", ids)
		}
		b.them.Update().SetEligibilitySeq(3).ExecX(t.Context())
		if ids := behind(); len(ids) != 0 {
			t.Errorf("all was read, and behind are %v", ids)
		}
	})
}

// What is old enough goes, of the organization alone; what is not stays, and so does a delivery that has not ended, however old.
func TestSweep(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		ctx, now := t.Context(), b.Clock.Now()
		for _, o := range []*testkit.Organization{b.us, b.them} {
			for _, days := range []int{29, 31} {
				b.Raw.Session.Create().SetOrganizationID(o.ID).SetMembership(o.Owner).SetSecretHash([]byte{1}).SetOpenedBy("operator").SetExpiresAt(now.AddDate(0, 0, -days)).ExecX(ctx)
			}
			e := b.Raw.Event.Create().SetOrganizationID(o.ID).SetSequence(1).SetType("test.ping").SetSubjectType("test").SetSubjectID("x").
				SetActorType("system").SetActorID("test").SetOccurredAt(now).SetData([]byte("{}")).SaveX(ctx)
			for _, days := range []int{179, 181} {
				b.Raw.Notification.Create().SetOrganizationID(o.ID).SetMembership(o.Owner).SetEvent(e).SetRuleID(fmt.Sprint("rule ", days)).SetTitle("Done").SetBody("").SetCreatedAt(now.AddDate(0, 0, -days)).ExecX(ctx)
			}
			for _, days := range []int{29, 31} {
				b.Raw.RosterImport.Create().SetOrganizationID(o.ID).SetCreatedAt(now.AddDate(0, 0, -days)).SetAppliedAt(now.AddDate(0, 0, -days)).ExecX(ctx)
			}
			for _, hours := range []int{23, 25} { // that nobody applied
				b.Raw.RosterImport.Create().SetOrganizationID(o.ID).SetCreatedAt(now.Add(-time.Duration(hours) * time.Hour)).ExecX(ctx)
			}
			hook := b.Raw.Webhook.Create().SetOrganizationID(o.ID).SetName("Operations").SetEndpointURL("https://hooks.example/").SetSubscriptions([]string{"*"}).SetSecret([]byte{1}).SaveX(ctx)
			for i, d := range []struct {
				status webhookdelivery.Status
				days   int
			}{{"delivered", 89}, {"delivered", 91}, {"failed", 91}, {"queued", 91}, {"delivering", 91}} {
				b.Raw.WebhookDelivery.Create().SetOrganizationID(o.ID).SetWebhook(hook).SetEvent(e).SetEventType(e.Type).SetReplay(i).SetStatus(d.status).
					SetCreatedAt(now.AddDate(0, 0, -d.days)).ExecX(ctx)
			}
		}
		n, err := op.Sweep(ctx, b.Ops, b.us.ID)
		must(t, err)
		left := []int{b.Raw.Session.Query().CountX(ctx), b.Raw.Notification.Query().CountX(ctx), b.Raw.WebhookDelivery.Query().CountX(ctx), b.Raw.Event.Query().CountX(ctx), b.Raw.RosterImport.Query().CountX(ctx)}
		if n != 6 || !slices.Equal(left, []int{3, 3, 8, 2, 6}) {
			t.Errorf("%d rows went; %v sessions, notifications, deliveries, events and roster files are left", n, left)
		}
		if again, err := op.Sweep(ctx, b.Ops, b.us.ID); again != 0 || err != nil {
			t.Errorf("again: %d, %v", again, err)
		}
	})
}
