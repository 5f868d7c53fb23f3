package graph_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/authz"
)

// Both APIs tell callers the same about themselves.
func TestWhoAndWhere(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		for name, as := range map[string]context.Context{
			"owner": w.north.owner(t), "student": w.north.pupil(t), "key": w.north.key(t, authz.QueueManage, authz.OrgManageUsers),
		} {
			_, want := w.call(as, t, "GET /v1/me", nil)
			a := good(t, w.do(as, t, "me", "{user{id email name locale} principal{type id scopes} memberships{id organization{id slug name} role status}}", nil))
			if diff := cmp.Diff(camel(want), camel(a.at("me"))); diff != "" {
				t.Errorf("me as %s: %s", name, diff)
			}
			_, want = w.call(as, t, "GET /v1/org/context", nil)
			a = good(t, w.do(as, t, "organizationContext", `{
				organization{id slug name kind timeZone locale currency}
				membership{id userId role status externalId gradeLevel source} capabilities capabilitySources
				settings{approval{roles auto{maxFilamentG maxPrintSeconds materialTypes}} lowStock{percent g} matching queue{approvalExpiryDays}}}`, nil))
			if diff := cmp.Diff(camel(want), camel(a.at("organizationContext"))); diff != "" {
				t.Errorf("organizationContext as %s: %s", name, diff)
			}
		}
	})
}
