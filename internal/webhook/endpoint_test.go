package webhook_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/webhook"
)

const somewhere = "https://127.0.0.1/hook"

func TestCreate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		b.hooks.Egress = &egress.Client{Pace: time.Millisecond} // nothing is allowed beyond the public
		published := webhook.CreateInput{Name: "Operations endpoint", EndpointURL: "https://192.0.32.7/webhooks/soloprint",
			Subscriptions: []string{"queue_item.assigned", "spool_assignment.created"}, MaxAttempts: new(5), RetryBackoffSeconds: new(300)}
		with := func(change func(*webhook.CreateInput)) webhook.CreateInput {
			in := published
			change(&in)
			return in
		}
		for _, tt := range []struct {
			name string
			ctx  context.Context
			in   webhook.CreateInput
			want errs.Code
			says string
		}{
			{"the published body", b.ctx, published, "", ""},
			{"a key with the scope", b.us.Key(t, authz.IntegrationsManage), published, "", ""},
			{"a key without the scope", b.us.Key(t, authz.OperationsRead), published, errs.InsufficientPermissions, ""},
			{"an operator", b.us.As(t, authz.RoleOperator), published, errs.InsufficientPermissions, ""},
			{"all events", b.ctx, with(func(in *webhook.CreateInput) { in.Subscriptions = []string{"*"} }), "", ""},
			{"all of a resource", b.ctx, with(func(in *webhook.CreateInput) { in.Subscriptions = []string{"queue_item.*"} }), "", ""},
			{"a type that nothing has", b.ctx, with(func(in *webhook.CreateInput) { in.Subscriptions = []string{"print.started", "print.eaten"} }), errs.ValidationFailed, "subscriptions[1]"},
			{"a resource that nothing is of", b.ctx, with(func(in *webhook.CreateInput) { in.Subscriptions = []string{"queue.item.*"} }), errs.ValidationFailed, "subscriptions[0]"},
			{"no subscription", b.ctx, with(func(in *webhook.CreateInput) { in.Subscriptions = nil }), errs.ValidationFailed, "subscriptions"},
			{"no attempt", b.ctx, with(func(in *webhook.CreateInput) { in.MaxAttempts = new(0) }), errs.ValidationFailed, "max_attempts"},
			{"too many attempts", b.ctx, with(func(in *webhook.CreateInput) { in.MaxAttempts = new(21) }), errs.ValidationFailed, "max_attempts"},
			{"a pause of more than a day", b.ctx, with(func(in *webhook.CreateInput) { in.RetryBackoffSeconds = new(86401) }), errs.ValidationFailed, "retry_backoff_seconds"},
			{"a user in the address", b.ctx, with(func(in *webhook.CreateInput) { in.EndpointURL = "https://a:b@example.com/" }), errs.ValidationFailed, "endpoint_url"},
			{"a file", b.ctx, with(func(in *webhook.CreateInput) { in.EndpointURL = "file:///etc/passwd" }), errs.ValidationFailed, "endpoint_url"},
			{"this machine", b.ctx, with(func(in *webhook.CreateInput) { in.EndpointURL = "https://127.0.0.1/hook" }), errs.EndpointAddressBlocked, egress.Setting},
			{"this machine by name", b.ctx, with(func(in *webhook.CreateInput) { in.EndpointURL = "https://localhost/hook" }), errs.EndpointAddressBlocked, egress.Setting},
			{"the metadata service", b.ctx, with(func(in *webhook.CreateInput) { in.EndpointURL = "http://169.254.169.254/latest" }), errs.EndpointAddressBlocked, egress.Setting},
			{"a public address without TLS", b.ctx, with(func(in *webhook.CreateInput) { in.EndpointURL = "http://192.0.32.7/" }), errs.EndpointAddressBlocked, egress.Setting},
		} {
			made, err := b.hooks.Create(tt.ctx, tt.in)
			wantCode(t, tt.name, err, tt.want)
			if err != nil {
				if !strings.Contains(words(err), tt.says) {
					t.Errorf("%s: %s does not say %q", tt.name, words(err), tt.says)
				}
				continue
			}
			if !strings.HasPrefix(made.Secret, "whsec_") || strings.Contains(string(made.Webhook.Secret), made.Secret[6:]) || made.Webhook.State != "enabled" {
				t.Errorf("%s: %+v", tt.name, made)
			}
		}
		for _, e := range b.us.EventRows(t) {
			if strings.Contains(string(e.Data), "whsec_") || strings.Contains(string(e.Data), "secret\"") {
				t.Errorf("an event tells the secret: %s", e.Data)
			}
		}
	})
}

// words are all that an error says.
func words(err error) string {
	e := errs.From(err)
	said := e.Details
	for _, f := range e.Fields {
		said += " " + f.Path + " " + f.Message
	}
	return said
}

func TestAnOrganizationHasSoManyEndpoints(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		for range 50 {
			b.hook(t, somewhere)
		}
		_, err := b.hooks.Create(b.ctx, webhook.CreateInput{Name: "One more", EndpointURL: somewhere, Subscriptions: []string{"*"}})
		wantCode(t, "the 51st", err, errs.WebhookLimitReached)
		_, err = b.hooks.Create(b.them.Session(t, b.them.Owner), webhook.CreateInput{Name: "Theirs", EndpointURL: somewhere, Subscriptions: []string{"*"}})
		wantCode(t, "another organization's first", err, "")
	})
}

func TestUpdate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		id := b.hook(t, somewhere).Webhook.ID
		was := len(b.us.EventRows(t))
		for _, tt := range []struct {
			name string
			ctx  context.Context
			in   webhook.UpdateInput
			want errs.Code
			told []string // what events say was another before
		}{
			{"nothing", b.ctx, webhook.UpdateInput{}, "", nil},
			{"what it is already", b.ctx, webhook.UpdateInput{Name: graphql.OmittableOf(new("Endpoint")), State: graphql.OmittableOf(new("enabled"))}, "", nil},
			{"name and subscriptions", b.ctx, webhook.UpdateInput{Name: graphql.OmittableOf(new("Lab")), Subscriptions: graphql.OmittableOf([]string{"spool.*"})}, "", []string{"name", "subscriptions"}},
			{"disabled", b.ctx, webhook.UpdateInput{State: graphql.OmittableOf(new("disabled"))}, "", []string{"state"}},
			{"what only the program sets", b.ctx, webhook.UpdateInput{State: graphql.OmittableOf(new("auto_disabled"))}, errs.ValidationFailed, nil},
			{"no name", b.ctx, webhook.UpdateInput{Name: graphql.OmittableOf[*string](nil)}, errs.ValidationFailed, nil},
			{"a blocked address", b.ctx, webhook.UpdateInput{EndpointURL: graphql.OmittableOf(new("http://10.0.0.1/"))}, errs.EndpointAddressBlocked, nil},
			{"another version", b.ctx, webhook.UpdateInput{IfMatch: `"77-x"`, Name: graphql.OmittableOf(new("Lab 2"))}, errs.PreconditionFailed, nil},
			{"another organization's", b.them.Session(t, b.them.Owner), webhook.UpdateInput{Name: graphql.OmittableOf(new("Ours"))}, "webhook_not_found", nil},
			{"a teacher", b.us.As(t, authz.RoleTeacher), webhook.UpdateInput{Name: graphql.OmittableOf(new("Ours"))}, errs.InsufficientPermissions, nil},
		} {
			tt.in.WebhookID = id
			_, err := b.hooks.Update(tt.ctx, tt.in)
			wantCode(t, tt.name, err, tt.want)
			rows := b.us.EventRows(t)[was:]
			was += len(rows)
			var told []string
			for _, r := range rows {
				previous, _ := decode(t, string(r.Data)).(map[string]any)["previous"].(map[string]any)
				for name := range previous {
					told = append(told, name)
				}
			}
			if d := cmp.Diff(len(tt.told), len(told)); d != "" {
				t.Errorf("%s: events tell of %v, want %v", tt.name, told, tt.told)
			}
		}
	})
}

// Both secrets sign for a day, so that who verifies with either is right; of several rotations only the last two stay.
func TestRotateSecret(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		b.Ops.Clock = clock.System{}
		r := newReceiver(t, nil)
		first := b.hook(t, r.URL, func(in *webhook.CreateInput) { in.Subscriptions = []string{"spool.*"} })
		rotate := func() webhook.Created {
			made, err := b.hooks.RotateSecret(b.ctx, webhook.WebhookInput{WebhookID: first.Webhook.ID})
			must(t, err)
			return made
		}
		second, third := rotate(), rotate()
		_, err := b.hooks.RotateSecret(b.them.Session(t, b.them.Owner), webhook.WebhookInput{WebhookID: first.Webhook.ID})
		wantCode(t, "another organization's", err, "webhook_not_found")

		b.live(t, 1)
		b.emit(t, b.ctx, 1)
		b.ended(t, 1, webhookdelivery.StatusDelivered)
		m := r.messages()[0]
		for name, c := range map[string]struct {
			secret string
			want   bool
		}{"the first": {first.Secret, false}, "the second": {second.Secret, true}, "the third": {third.Secret, true}} {
			if got := verified(t, c.secret, m); got != c.want {
				t.Errorf("%s secret: verified %v", name, got)
			}
		}
		b.Raw.Webhook.UpdateOneID(first.Webhook.ID).SetPreviousSecretUntil(time.Now().Add(-time.Second)).ExecX(t.Context())
		b.emit(t, b.ctx, 1)
		b.ended(t, 2, webhookdelivery.StatusDelivered)
		if m := r.messages()[1]; verified(t, second.Secret, m) || !verified(t, third.Secret, m) || strings.Contains(m.header.Get("webhook-signature"), " ") {
			t.Errorf("after a day: %v", m.header)
		}
	})
}

// Rotating while deliveries are on their way fails none of them, whichever of the two secrets the receiver has.
func TestRotationFailsNoDelivery(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		r := newReceiver(t, nil)
		made := b.hook(t, r.URL, func(in *webhook.CreateInput) { in.Subscriptions = []string{"spool.*"} })
		b.live(t, 1)
		secrets := []string{made.Secret}
		for range 4 {
			b.emit(t, b.ctx, 50)
			made, err := b.hooks.RotateSecret(b.ctx, webhook.WebhookInput{WebhookID: made.Webhook.ID})
			must(t, err)
			secrets = append(secrets, made.Secret)
			b.emit(t, b.ctx, 50)
			n := len(secrets) - 1
			b.ended(t, 100*n, webhookdelivery.StatusDelivered)
			for _, m := range r.messages()[100*(n-1):] {
				if !verified(t, secrets[n-1], m) { // the former one is right for every delivery before and after
					t.Fatalf("rotation %d fails a delivery: %v", n, m.header)
				}
			}
		}
	})
}

// Nobody else reads, tests, replays or recovers what is ours.
func TestOthersFindNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		id := b.hook(t, somewhere).Webhook.ID
		e := b.us.EventRows(t)[0]
		d := b.Raw.WebhookDelivery.Create().SetOrganizationID(b.us.ID).SetWebhookID(id).SetEventID(e.ID).SetEventType(e.Type).SetStatus("failed").SaveX(t.Context())
		theirs := b.them.Session(t, b.them.Owner)
		_, err := b.hooks.Test(theirs, webhook.WebhookInput{WebhookID: id})
		wantCode(t, "test", err, "webhook_not_found")
		_, err = b.hooks.Recover(theirs, webhook.RecoverInput{WebhookID: id, Since: testkit.Start().AddDate(-1, 0, 0)})
		wantCode(t, "recover", err, "webhook_not_found")
		_, err = b.hooks.Replay(theirs, webhook.ReplayInput{WebhookDeliveryID: d.ID})
		wantCode(t, "replay", err, "webhook_delivery_not_found")
		_, err = b.hooks.Replay(b.us.As(t, authz.RoleOperator), webhook.ReplayInput{WebhookDeliveryID: d.ID})
		wantCode(t, "an operator", err, errs.InsufficientPermissions)
		if n := b.Raw.WebhookDelivery.Query().CountX(t.Context()); n != 1 {
			t.Errorf("%d deliveries", n)
		}
	})
}

// The database itself refuses a second row for one event and endpoint, and one that points into another organization.
func TestTheDatabaseRefusesToo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		id := b.hook(t, somewhere).Webhook.ID
		e := b.us.EventRows(t)[0]
		row := func(o *testkit.Organization) *ent.WebhookDeliveryCreate {
			return b.Raw.WebhookDelivery.Create().SetOrganizationID(o.ID).SetWebhookID(id).SetEventID(e.ID).SetEventType(e.Type)
		}
		row(b.us).ExecX(t.Context())
		if row(b.us).Exec(t.Context()) == nil || row(b.them).SetReplay(1).Exec(t.Context()) == nil {
			t.Error("a row that must not be is there")
		}
	})
}

// An endpoint is found by the words of its name, description and address, as they are now.
func TestFoundByItsWords(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		id := b.hook(t, somewhere, func(in *webhook.CreateInput) { in.Name, in.Description = "Operations", "Tells the Workshop" }).Webhook.ID
		b.hook(t, somewhere)
		found := func(q string) int {
			l, err := (&crud.Service{Ops: b.Ops}).ListWebhooks(b.ctx, crud.ListWebhooksInput{Q: q})
			must(t, err)
			return len(l.Data)
		}
		for q, want := range map[string]int{"operations": 1, "WORKSHOP": 1, "127.0.0.1": 2, "library": 0} {
			if n := found(q); n != want {
				t.Errorf("%s finds %d, want %d", q, n, want)
			}
		}
		_, err := b.hooks.Update(b.ctx, webhook.UpdateInput{WebhookID: id, Description: graphql.OmittableOf(new("Tells the Library"))})
		must(t, err)
		if found("workshop") != 0 || found("library") != 1 || found("operations") != 1 {
			t.Error("it is found as it was")
		}
	})
}
