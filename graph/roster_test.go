package graph_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUserGroups(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner := w.north.owner(t)
		benches := w.Raw.PrinterGroup.Create().SetOrganizationID(w.north.ID).SetName("Benches").SaveX(t.Context())
		a := good(t, w.do(owner, t, "createUserGroup", "{id name grants denials limits{maxQueuedItems} printerGroups{name}}", input(object{
			"name": "Helpers", "grants": []string{"queue.manage"}, "limits": object{"maxQueuedItems": 3}, "printerGroupIds": []any{benches.ID}})))
		id := a.at("createUserGroup", "id")
		want := object{"id": id, "name": "Helpers", "grants": []any{"queue.manage"}, "denials": []any{}, "limits": object{"maxQueuedItems": 3.0},
			"printerGroups": []any{object{"name": "Benches"}}}
		if diff := cmp.Diff(any(want), a.at("createUserGroup")); diff != "" {
			t.Errorf("created: %s", diff)
		}

		a = good(t, w.do(owner, t, "updateUserGroup", "{name grants limits{maxQueuedItems} printerGroups{name}}", input(object{"userGroupId": id, "limits": nil, "printerGroupIds": []any{}})))
		want = object{"name": "Helpers", "grants": []any{"queue.manage"}, "limits": nil, "printerGroups": []any{}}
		if diff := cmp.Diff(any(want), a.at("updateUserGroup")); diff != "" {
			t.Errorf("updated: %s", diff)
		}
		if a := good(t, w.do(owner, t, "deleteUserGroup", "", object{"userGroupId": id})); a.at("deleteUserGroup") != id {
			t.Errorf("deleted: %s", a.body)
		}

		class := w.Raw.Class.Create().SetOrganizationID(w.north.ID).SetName("5b").SaveX(t.Context())
		if a := good(t, w.do(owner, t, "deleteClass", "", object{"classId": class.ID, "ifMatch": "1"})); a.at("deleteClass") != string(class.ID) {
			t.Errorf("deleted: %s", a.body)
		}
		if diff := cmp.Diff([]string{"user_group.created", "user_group.updated", "user_group.deleted", "class.deleted"}, w.north.Events(t)); diff != "" {
			t.Error(diff)
		}
	})
}
