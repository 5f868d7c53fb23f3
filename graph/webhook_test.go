package graph_test

import (
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/testkit"
)

const published = "https://192.0.32.7/webhooks/soloprint"

func TestWebhooksAreServed(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner := w.north.owner(t)
		a := good(t, w.do(owner, t, "createWebhook", "{secret webhook{id state retryScheduleSeconds}}", input(object{"name": "Operations endpoint", "endpointUrl": published,
			"subscriptions": []string{"queue_item.assigned"}, "maxAttempts": 3, "retryBackoffSeconds": 300})))
		hook, _ := a.at("createWebhook", "webhook").(object)
		id, _ := hook["id"].(string)
		if !strings.HasPrefix(a.at("createWebhook", "secret").(string), "whsec_") || hook["state"] != "enabled" || len(list(hook["retryScheduleSeconds"])) != 2 {
			t.Errorf("created %s", a.body)
		}
		a = good(t, w.do(owner, t, "rotateWebhookSecret", "{secret webhook{previousSecretUntil}}", input(object{"webhookId": id})))
		if !strings.HasPrefix(a.at("rotateWebhookSecret", "secret").(string), "whsec_") || a.at("rotateWebhookSecret", "webhook", "previousSecretUntil") == nil {
			t.Errorf("rotated %s", a.body)
		}
		good(t, w.do(owner, t, "testWebhook", "{eventId eventType}", input(object{"webhookId": id})))
		a = good(t, w.do(owner, t, "updateWebhook", "{name description}", input(object{"webhookId": id, "name": "Lab", "description": "Two\nlines"})))
		if a.at("updateWebhook", "name") != "Lab" || a.at("updateWebhook", "description") != "Two\nlines" {
			t.Errorf("updated %s", a.body)
		}
		a = good(t, w.do(owner, t, "recoverWebhook", "{count hasMore}", input(object{"webhookId": id, "since": testkit.Start().AddDate(-1, 0, 0)})))
		if a.at("recoverWebhook", "count") != 0.0 {
			t.Errorf("recovered %s", a.body)
		}

		e := w.Raw.Event.Create().SetOrganizationID(w.north.ID).SetSequence(900_000).SetType("queue_item.assigned").SetSubjectType("queue_item").SetSubjectID("x").
			SetActorType("system").SetActorID("test").SetOccurredAt(testkit.Start()).SetData([]byte("{}")).SaveX(t.Context())
		d := w.Raw.WebhookDelivery.Create().SetOrganizationID(w.north.ID).SetWebhookID(w.Raw.Webhook.Query().OnlyX(t.Context()).ID).SetEvent(e).SetEventType(e.Type).SetStatus("failed").SaveX(t.Context())
		a = good(t, w.do(owner, t, "replayWebhookDelivery", "{replayOf status attempts{ms}}", input(object{"webhookDeliveryId": d.ID})))
		if a.at("replayWebhookDelivery", "replayOf") != string(d.ID) || a.at("replayWebhookDelivery", "status") != "queued" {
			t.Errorf("replayed %s", a.body)
		}
		a = good(t, w.ask(owner, t, "{webhookDeliveries{edges{node{eventType attempts{status}}}} webhookEventTypes{type schema sample}}"))
		if len(list(a.at("webhookDeliveries", "edges"))) != 2 || a.at("webhookEventTypes", 0, "type") != "test.ping" {
			t.Errorf("listed %s", a.body)
		}
		good(t, w.do(owner, t, "deleteWebhook", "", object{"webhookId": id}))
		if n := w.Raw.WebhookDelivery.Query().CountX(t.Context()); n != 0 {
			t.Errorf("%d deliveries are left", n)
		}
	})
}

// What REST refuses of webhooks, GraphQL refuses with the same code.
func TestWebhooksAreRefusedAlike(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		body := func(url, subscription string) object {
			return object{"name": "x", "endpoint_url": url, "subscriptions": []string{subscription}}
		}
		args := func(url, subscription string) object {
			return input(object{"name": "x", "endpointUrl": url, "subscriptions": []string{subscription}})
		}
		theirs := w.Raw.Webhook.Create().SetOrganizationID(w.south.ID).SetName("x").SetEndpointURL(published).SetSubscriptions([]string{"*"}).SetSecret([]byte{1}).SaveX(t.Context())
		one := "/v1/platform/webhooks/" + string(theirs.ID)
		for _, tt := range []struct {
			name  string
			field string
			args  object
			route string
			body  object
			want  string
		}{
			{"an address inside", "createWebhook", args("https://10.0.0.1/", "*"), "POST /v1/platform/webhooks", body("https://10.0.0.1/", "*"), "endpoint_address_blocked"},
			{"an event that is none", "createWebhook", args(published, "print.eaten"), "POST /v1/platform/webhooks", body(published, "print.eaten"), "validation_failed"},
			{"another organization's", "updateWebhook", input(object{"webhookId": theirs.ID, "name": "x"}), "PATCH " + one, object{"name": "x"}, "webhook_not_found"},
			{"a ping to another organization's", "testWebhook", input(object{"webhookId": theirs.ID}), "POST " + one + "/test", object{}, "webhook_not_found"},
			{"a secret of another organization's", "rotateWebhookSecret", input(object{"webhookId": theirs.ID}), "POST " + one + "/rotate-secret", object{}, "webhook_not_found"},
			{"an unknown delivery", "replayWebhookDelivery", input(object{"webhookDeliveryId": "whd_x"}), "POST /v1/platform/webhook-deliveries/whd_x/replay", object{}, "webhook_delivery_not_found"},
		} {
			a := w.do(w.north.owner(t), t, tt.field, "{__typename}", tt.args)
			_, said := w.call(w.north.owner(t), t, tt.route, tt.body)
			if a.codes() != tt.want || said["error"] != tt.want {
				t.Errorf("%s: GraphQL %q, REST %v, want %s", tt.name, a.codes(), said, tt.want)
			}
		}
		for _, scope := range []authz.Capability{authz.OperationsRead, authz.QueueManage, authz.OrgManageUsers} {
			if a := w.ask(w.north.key(t, scope), t, "{webhooks{edges{node{id}}}}"); a.codes() != "insufficient_permissions" {
				t.Errorf("a key with %s: %s", scope, a.body)
			}
		}
	})
}
