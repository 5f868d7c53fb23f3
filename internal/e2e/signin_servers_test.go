package e2e_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// What an admin does on one server to somebody's membership, role or session acts on another within a second.
func TestSessionsOnTwoServers(t *testing.T) {
	t.Parallel()
	db, key := database{url: postgresDatabase(t)}, "SOLOPRINT_MASTER_KEY="+base64.StdEncoding.EncodeToString(make([]byte, 32))
	one := newServerIn(t, db, 1, dataDir(t), "SOLOPRINT_EGRESS_ALLOW_CIDRS=127.0.0.0/8", key)
	two := (&server{db: db, dir: dataDir(t), addr: freeAddress(t), serve: []string{"serve"}, settings: []string{key}})
	two.keys = one.keys
	two.start(t)
	t.Cleanup(func() { two.kill(t) })
	idp, api := newVouching(t), one.api(t)
	provider := idp.enabled(api, object{"auto_create": "active"})
	come := func() (member string, there client) {
		a := idp.comes(t, one.anonymous(t), one.keys.OrganizationSlug, provider, object{"sub": "1", "email": "ada@two.example", "name": "Ada"})
		if a.status != http.StatusOK {
			t.Fatalf("sign in: %d %s", a.status, a.body)
		}
		return a.text("membership.id"), newClient(t, two, a.text("access_token"))
	}
	soon := func(what string, holds func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("after a second on the other server: %s", what)
				return
			}
		}
	}
	member, there := come()
	if a := there.do("GET", "/v1/me", nil); a.status != http.StatusOK {
		t.Fatalf("the session on the other server: %d %s", a.status, a.body)
	}
	if a := there.do("GET", "/v1/printers", nil); a.status != http.StatusForbidden {
		t.Errorf("a student lists printers: %d", a.status)
	}
	api.patch("/v1/org/users/"+member, object{"role": "operator"})
	soon("the new role", func() bool { return there.do("GET", "/v1/printers", nil).status == http.StatusOK })
	api.patch("/v1/org/users/"+member, object{"status": "suspended"})
	soon("the suspension", func() bool { return there.do("GET", "/v1/me", nil).status >= http.StatusUnauthorized })
	api.patch("/v1/org/users/"+member, object{"status": "active"})
	_, there = come()
	if a := there.do("GET", "/v1/me", nil); a.status != http.StatusOK {
		t.Errorf("signed in again: %d %s", a.status, a.body)
	}
	api.want(http.StatusNoContent, "DELETE", "/v1/platform/sso/providers/"+provider, nil)
	soon(fmt.Sprintf("the end of the sessions of provider %s", provider), func() bool { return there.do("GET", "/v1/me", nil).status == http.StatusUnauthorized })
}
