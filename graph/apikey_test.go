package graph_test

import (
	"testing"

	"github.com/soloprint/soloprint/internal/authz"
)

func TestAPIKeysAreServed(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner := w.north.owner(t)
		a := good(t, w.do(owner, t, "createApiKey", "{key apiKey{id name scopes}}", input(object{"name": "Sync", "scopes": []string{"spool.manage"}})))
		made := a.Data["createApiKey"].(object)
		id := made["apiKey"].(object)["id"]
		if made["key"] != "token of "+id.(string) || made["apiKey"].(object)["name"] != "Sync" {
			t.Errorf("created %v", made)
		}
		a = good(t, w.do(owner, t, "rotateApiKey", "{key}", input(object{"apiKeyId": id, "overlapSeconds": 60})))
		if a.Data["rotateApiKey"].(object)["key"] != "token of "+id.(string) {
			t.Errorf("rotated %s", a.body)
		}
		if n := w.keys(t, object{}); n != 1 {
			t.Errorf("%d active keys", n)
		}
		a = good(t, w.do(owner, t, "revokeApiKey", "", object{"apiKeyId": id}))
		if a.Data["revokeApiKey"] != id {
			t.Errorf("revoked %s", a.body)
		}
		if active, revoked := w.keys(t, object{}), w.keys(t, object{"where": object{"status": []string{"revoked"}}}); active != 0 || revoked != 1 {
			t.Errorf("%d active keys, %d revoked", active, revoked)
		}
	})
}

// keys counts the keys that a query shows the owner.
func (w *served) keys(t *testing.T, args object) int {
	t.Helper()
	a := good(t, w.do(w.north.owner(t), t, "apiKeys", "{edges{node{id}}}", args))
	return len(a.Data["apiKeys"].(object)["edges"].([]any))
}

// What REST refuses of keys, invitations, statistics and events, GraphQL refuses with the same code.
func TestKeysInvitesAndReportsAreRefusedAlike(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		north, south := w.north, w.south
		owner := north.owner(t)
		id := good(t, w.do(owner, t, "createApiKey", "{apiKey{id}}", input(object{"name": "Sync", "scopes": []string{"spool.manage"}}))).Data["createApiKey"].(object)["apiKey"].(object)["id"].(string)
		invite := good(t, w.do(south.owner(t), t, "createInvite", "{invite{id} url}", input(object{}))).Data["createInvite"].(object)["invite"].(object)["id"].(string)
		for _, tt := range []struct {
			name   string
			who    []authz.Capability // scopes of a key; the owner's session where nil
			field  string
			args   object
			method string
			body   object
			want   string
		}{
			{"a scope that one lacks", []authz.Capability{authz.IntegrationsManage}, "createApiKey", input(object{"name": "x", "scopes": []string{"queue.manage"}}),
				"POST /v1/platform/api-keys", object{"name": "x", "scopes": []string{"queue.manage"}}, "insufficient_permissions"},
			{"an overlap of a year", nil, "rotateApiKey", input(object{"apiKeyId": id, "overlapSeconds": 31536000}), "POST /v1/platform/api-keys/" + id + "/rotate", object{"overlap_seconds": 31536000}, "validation_failed"},
			{"a key that is none", nil, "revokeApiKey", object{"apiKeyId": "key_x"}, "DELETE /v1/platform/api-keys/key_x", nil, "api_key_not_found"},
			{"another organization's invitation", nil, "resendInvite", input(object{"inviteId": invite}), "POST /v1/org/invites/" + invite + "/resend", object{}, "invite_not_found"},
			{"revoking another organization's invitation", nil, "deleteInvite", object{"inviteId": invite}, "DELETE /v1/org/invites/" + invite, nil, "invite_not_found"},
			{"inviting without the capability", []authz.Capability{authz.QueueManage}, "createInvite", input(object{}), "POST /v1/org/invites", object{}, "insufficient_permissions"},
			{"many uses by mail", nil, "createInvite", input(object{"email": "x@y.example", "maxUses": 3}), "POST /v1/org/invites", object{"email": "x@y.example", "max_uses": 3}, "validation_failed"},
			{"statistics without the capability", []authz.Capability{authz.SpoolManage}, "statistics", object{}, "GET /v1/statistics", nil, "insufficient_permissions"},
			{"a year by the hour", nil, "statistics", object{"from": "2025-01-01T00:00:00Z", "interval": "hour"}, "GET /v1/statistics?from=2025-01-01T00:00:00Z&interval=hour", nil, "report_too_large"},
			{"a cursor that is none", nil, "events", object{"after": "x"}, "GET /v1/platform/events?after=x", nil, "invalid_cursor"},
			{"a type that is none", nil, "events", object{"types": []string{"x"}}, "GET /v1/platform/events?types=x", nil, "validation_failed"},
			{"events without a capability", []authz.Capability{authz.SpoolManage}, "events", object{}, "GET /v1/platform/events", nil, "insufficient_permissions"},
		} {
			ctx := owner
			if tt.who != nil {
				ctx = north.key(t, tt.who...)
			}
			a := w.do(ctx, t, tt.field, "", tt.args)
			_, answer := w.call(ctx, t, tt.method, tt.body)
			if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != tt.want || answer["error"] != tt.want {
				t.Errorf("%s: GraphQL %s, REST %v, want %s", tt.name, a.body, answer, tt.want)
			}
		}
	})
}
