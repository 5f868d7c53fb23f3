package guard_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	entevent "github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Readers that have the events already leave out the same ones as the list does: of each resource all where Sees says all, and
// none where it says none.
func TestSeesIsTheRuleOfTheList(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	of := map[string]pid.ID{} // an event on a subject that is nobody's, by resource
	for i, typ := range event.Catalogue() {
		resource, _, _ := strings.Cut(string(typ), ".")
		if of[resource] == "" {
			of[resource] = w.Raw.Event.Create().SetOrganizationID(w.us.ID).SetSequence(int64(1000 + i)).SetType(string(typ)).SetSubjectType(resource).SetSubjectID("xxx_nobody").
				SetActorType("system").SetActorID("test").SetOccurredAt(w.Clock.Now()).SetData([]byte(`{}`)).SaveX(t.Context()).ID
		}
	}
	actors := map[string]context.Context{"an owner": w.us.owner(t), "a teacher": w.us.as(t, w.us.teacher), "an operator": w.us.As(t, authz.RoleOperator)}
	for _, c := range authz.Capabilities() {
		actors["a key for "+string(c)] = w.us.Key(t, c, authz.OperationsRead)
		actors["a key without "+string(c)] = w.us.Key(t, slices.DeleteFunc(append(authz.Capabilities(), authz.IntegrationsManage), func(o authz.Capability) bool { return o == c })...)
	}
	for name, ctx := range actors {
		found, err := w.client.Event.Query().Where(entevent.SubjectID("xxx_nobody")).IDs(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for resource, id := range of {
			all, some := w.Ops.Guard.Sees(authz.From(ctx), resource)
			if listed := slices.Contains(found, id); all != listed || all && !some {
				t.Errorf("%s: %s: sees all %v, some %v; the list shows it: %v", name, resource, all, some, listed)
			}
		}
	}
}
