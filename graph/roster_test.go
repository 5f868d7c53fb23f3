package graph_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/authz"
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

// A page of people narrows to those in some classes, as REST's list does, and a class without dates says null.
func TestMembershipsByClass(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner := w.north.owner(t)
		class := w.Raw.Class.Create().SetOrganizationID(w.north.ID).SetName("5b").SaveX(t.Context())
		pupil := w.north.Member(t, authz.RoleStudent)
		w.Raw.Enrollment.Create().SetOrganizationID(w.north.ID).SetClass(class).SetMembership(pupil).SetRole("student").ExecX(t.Context())
		a := good(t, w.ask(owner, t, "query($id: ID!){memberships(where: {classId: [$id]}){totalCount edges{node{id}}} classes{edges{node{startsOn endsOn}}}}", "id", class.ID))
		if diff := cmp.Diff([]string{string(pupil.ID)}, a.column("id", "memberships")); diff != "" || a.at("memberships", "totalCount") != 1.0 {
			t.Errorf("in the class: %s", diff)
		}
		if node := a.at("classes", "edges", 0, "node"); !cmp.Equal(node, any(object{"startsOn": nil, "endsOn": nil})) {
			t.Errorf("a class without dates: %v", node)
		}
		if _, listed := w.call(owner, t, "GET /v1/org/users?class_id="+string(class.ID), nil); listed["data"].([]any)[0].(object)["id"] != string(pupil.ID) {
			t.Errorf("REST lists %v", listed)
		}
	})
}
