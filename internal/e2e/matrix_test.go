package e2e_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/bits"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/authn"
)

// capabilities in the order of the contract; a subset is a bit mask over them.
var capabilities = []string{"operations.read", "queue.manage", "printer.manage", "spool.manage", "integrations.manage", "org.manage_users"}

// contracted is a line of the published table of routes.
type contracted struct {
	method, path string
	access       []string // capabilities of which one suffices, or public, any, member, self
}

func (r contracted) String() string { return r.method + " " + r.path }

// open are the routes that every key reaches.
func (r contracted) open() bool {
	return slices.ContainsFunc(r.access, func(a string) bool { return a == "any" || a == "member" })
}

func (r contracted) public() bool { return slices.Contains(r.access, "public") }

// allows is whether a key with the scopes reaches the route. Self is for sessions only.
func (r contracted) allows(mask int) bool {
	for i, capability := range capabilities {
		if mask&(1<<i) != 0 && slices.Contains(r.access, capability) {
			return true
		}
	}
	return r.open() || r.public()
}

// beyond are the routes that the program has beside the contract.
var beyond = []contracted{
	{"POST", "/v1/platform/classes/{class_id}/roll-over/undo", []string{"org.manage_users"}},
	{"GET", "/v1/materials/shopping-list", []string{"operations.read", "spool.manage"}},
	{"POST", "/v1/platform/notification-rules/{notification_rule_id}/test", []string{"integrations.manage"}},
	{"POST", "/v1/platform/notifications/read-all", []string{"self"}},
	{"GET", "/v1/platform/sso/provider-profiles", []string{"org.manage_users"}},
	{"POST", "/v1/platform/sso/providers/{provider_id}/verify-domain", []string{"org.manage_users"}},
	{"GET", "/v1/platform/notification-preferences", []string{"self"}},
	{"POST", "/v1/platform/notification-preferences", []string{"self"}},
}

// contract is the published table.
func contract(t *testing.T) []contracted {
	t.Helper()
	text, err := os.ReadFile("testdata/routes.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := csv.NewReader(bytes.NewReader(text))
	lines.Comma = '\t'
	rows, err := lines.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var routes []contracted
	for _, row := range rows[1:] {
		routes = append(routes, contracted{row[0], row[1], strings.Split(row[2], "|")})
	}
	return append(routes, beyond...)
}

// Every route of the contract times every set of scopes, and every kind of key that is none. The table decides each cell; a
// route of the program without a line in it fails.
func TestPermissions(t *testing.T) {
	t.Parallel()
	s := newServer(t, database{path: sqliteInData}, 60)
	routes := contract(t)
	served := s.served(t)
	for _, r := range routes {
		if i := slices.Index(served, r.String()); i < 0 {
			t.Errorf("%s is not served", r)
		} else {
			served = slices.Delete(served, i, i+1)
		}
	}
	for _, r := range served {
		t.Errorf("%s has no line in the contract's table", r)
	}
	t.Run("scopes", func(t *testing.T) { s.scopes(t, routes) })
	t.Run("tokens", func(t *testing.T) { s.strangers(t, routes) })
	t.Run("organizations", func(t *testing.T) { s.foreigners(t, routes) })
}

// served are the routes that the program says it has.
func (s *server) served(t *testing.T) []string {
	t.Helper()
	var all []string
	for path, methods := range s.api(t).get("/v1/openapi.json").at("paths").v.(map[string]any) {
		for method := range methods.(map[string]any) {
			if method = strings.ToUpper(method); slices.Contains([]string{"GET", "POST", "PATCH", "PUT", "DELETE"}, method) {
				all = append(all, method+" "+path)
			}
		}
	}
	slices.Sort(all)
	return all
}

// scopes asks every route with every set of scopes. What is named does not exist and the bodies say nothing, so that nothing
// changes: whoever may is told something else than 401 and 403.
func (s *server) scopes(t *testing.T, routes []contracted) {
	owner, cells := s.api(t), 0
	var running sync.WaitGroup
	for mask := 1; mask < 1<<len(capabilities); mask++ { // a key has at least one scope
		var scopes []string
		for i, capability := range capabilities {
			if mask&(1<<i) != 0 {
				scopes = append(scopes, capability)
			}
		}
		key := owner.create("/v1/platform/api-keys", object{"name": fmt.Sprintf("matrix %06b", mask), "scopes": scopes}).text("key")
		cells += len(routes)
		running.Go(func() {
			c := newClient(t, s, key)
			for _, r := range routes {
				a, err := c.try(r.method, unnamed(r.path), bodyOf(r))
				if err != nil {
					t.Errorf("%s with %v: %v", r, scopes, err)
					return
				}
				refused := a.status == 401 || a.status == 403
				if refused == r.allows(mask) || a.status >= 500 {
					t.Errorf("%s with %v: %d %s, want it allowed: %t", r, scopes, a.status, a.body, r.allows(mask))
				}
				if code, _ := a.find("error"); refused && code != "insufficient_permissions" {
					t.Errorf("%s with %v: %s", r, scopes, a.body)
				}
				inContract(t, r, a)
			}
		})
		if bits.OnesCount(uint(mask))%2 == 0 {
			running.Wait() // a handful of clients at a time
		}
	}
	running.Wait()
	t.Logf("%d cells", cells)
}

// unnamed is the path with identifiers that nothing has.
func unnamed(path string) string {
	return regexp.MustCompile(`\{([a-zA-Z_]+)\}`).ReplaceAllStringFunc(path, func(name string) string {
		return prefixes[name] + "_01jd4c0n5xe2vb8w6h3ks9qt7m"
	})
}

// prefixes of identifiers, by path parameter.
var prefixes = map[string]string{
	"{membership_id}": "mem", "{class_id}": "cls", "{user_group_id}": "ugr", "{invite_id}": "inv", "{api_key_id}": "key",
	"{printer_id}": "prn", "{printer_tag_id}": "tag", "{printer_group_id}": "pgr", "{queue_item_id}": "qit", "{print_id}": "prt",
	"{material_id}": "mat", "{spool_id}": "spl", "{assignment_id}": "sas", "{entry_id}": "led", "{fileId}": "fil",
	"{webhook_id}": "whk", "{webhook_delivery_id}": "whd",
	"{notification_rule_id}": "ntr", "{notification_id}": "ntf",
	"{provider_id}": "idp", "{mapping_id}": "map",
}

// bodyOf says nothing; the roster's says that it is a dry run.
func bodyOf(r contracted) any {
	switch {
	case r.method != "POST" && r.method != "PATCH":
		return nil
	case r.path == "/v1/org/users/bulk":
		return object{"dry_run": true, "updates": []object{}}
	}
	return object{}
}

// inContract holds for every answer under /v1.
func inContract(t *testing.T, r contracted, a reply) {
	t.Helper()
	for _, name := range []string{"X-SoLoPrint-API-Series", "X-SoLoPrint-API-Version", "X-SoLoPrint-API-Docs", "X-SoLoPrint-API-Changelog", "X-Request-Id"} {
		if a.header.Get(name) == "" {
			t.Errorf("%s: %d without %s", r, a.status, name)
		}
	}
	if a.status == 401 && a.header.Get("WWW-Authenticate") == "" {
		t.Errorf("%s: 401 without WWW-Authenticate", r)
	}
}

// strangers asks every route with every kind of token that opens nothing.
func (s *server) strangers(t *testing.T, routes []contracted) {
	owner := s.api(t)
	all := object{"name": "stranger", "scopes": capabilities}
	revoked := owner.create("/v1/platform/api-keys", all)
	owner.want(204, "DELETE", "/v1/platform/api-keys/"+revoked.text("id"), nil)
	expired := owner.create("/v1/platform/api-keys", object{"name": "short", "scopes": capabilities, "expires_at": time.Now().UTC().Add(2 * time.Second).Format(time.RFC3339Nano)})
	suspended := s.suspended(t)
	time.Sleep(2100 * time.Millisecond) // until the key has expired: the program's clock is the real one

	good := s.keys.APIKey
	parts := strings.Split(good, "_")
	parsed := authn.Token{Kind: "live", ID: parts[2], Secret: parts[3]}
	forged, nobodys := parsed, parsed // of the right form, with the right checksum
	forged.Secret = strings.Repeat("A", len(parsed.Secret))
	nobodys.ID = "01jd4c0n5xe2vb8w6h3ks9qt7m"
	damaged := good[:len(good)-1] + string(flip(good[len(good)-1]))
	kinds := []struct{ name, token, code string }{
		{"no key", "", "missing_bearer_token"},
		{"malformed", "letmein", "invalid_token"},
		{"another prefix", strings.Replace(good, "slp_live_", "slp_test_", 1), "invalid_token"},
		{"bad checksum", damaged, "invalid_token"},
		{"without its checksum", strings.Join(parts[:len(parts)-1], "_"), "invalid_token"},
		{"a known key with another secret", forged.String(), "invalid_token"},
		{"unknown", nobodys.String(), "invalid_token"},
		{"expired", expired.text("key"), "token_expired"},
		{"revoked", revoked.text("key"), "token_revoked"},
		{"creator suspended", suspended, "membership_not_active"},
	}
	for _, kind := range kinds {
		c := newClient(t, s, kind.token)
		for _, r := range routes {
			a := c.do(r.method, unnamed(r.path), bodyOf(r))
			code, _ := a.find("error")
			if refused := a.status == 401 || a.status == 403; refused == r.public() || !r.public() && code != kind.code {
				t.Errorf("%s, %s: %d %s, want %s", r, kind.name, a.status, a.body, kind.code)
			}
			inContract(t, r, a)
		}
	}
	c := newClient(t, s, "")
	for _, r := range routes {
		for _, name := range []string{"api_key", "access_token", "token"} {
			if a := c.do(r.method, unnamed(r.path)+"?"+name+"="+good, bodyOf(r)); a.status != 401 && !(r.public() && a.status == 400) {
				t.Errorf("%s with the key in the query string: %d %s", r, a.status, a.body)
			}
		}
	}
}

func flip(c byte) byte {
	if c == 'a' {
		return 'b'
	}
	return 'a'
}

// suspended is a key whose creator, an admin, has been suspended since.
func (s *server) suspended(t *testing.T) string {
	t.Helper()
	owner := s.api(t)
	const email = "former.admin@riverside.example"
	made := owner.post("/v1/org/users/bulk", object{"updates": []object{{"email": email, "name": "Former Admin", "role": "admin", "status": "active"}}})
	id := made.text("results.0.membership_id")
	key := newClient(t, s, s.command(t, "user", "token", "--email", email, "--organization", s.keys.OrganizationSlug)).
		create("/v1/platform/api-keys", object{"name": "former", "scopes": capabilities}).text("key")
	owner.patch("/v1/org/users/"+id, object{"status": "suspended"})
	return key
}

// foreigners compares, route by route, what another organization is told of something that exists with what it is told of
// something that does not: the same bytes.
func (s *server) foreigners(t *testing.T, routes []contracted) {
	own := s.examples(t)
	other, compared := s.other(t), 0
	for _, r := range routes {
		if !strings.Contains(r.path, "{") {
			continue
		}
		named := r.path
		for name, id := range own {
			named = strings.ReplaceAll(named, name, id)
		}
		if strings.Contains(named, "{") {
			t.Errorf("%s: there is no example of %s", r, named)
			continue
		}
		foreign, missing := other.do(r.method, named, bodyOf(r)), other.do(r.method, unnamed(r.path), bodyOf(r))
		if foreign.status != missing.status || !bytes.Equal(foreign.body, missing.body) {
			t.Errorf("%s: %d %s for another organization's, %d %s for none", r, foreign.status, foreign.body, missing.status, missing.body)
		}
		compared++
	}
	t.Logf("%d routes compared", compared)
}

// told is a notification of a student whose item was approved.
func (s *server) told(t *testing.T) (id string) {
	t.Helper()
	item := s.student(t).create("/v1/platform/queue", object{"name": "Example of a student"}).text("id")
	s.api(t).post("/v1/platform/queue/"+item+"/approve", object{})
	eventually(t, toldLimit, func() string {
		all := s.student(t).get("/v1/platform/notifications").column("data", "id")
		if len(all) == 0 {
			return "the student was not told"
		}
		id = all[0]
		return ""
	})
	return id
}

// examples are identifiers of the first organization, by path parameter.
func (s *server) examples(t *testing.T) map[string]string {
	t.Helper()
	api := s.api(t)
	first := func(path, member string) string {
		t.Helper()
		return api.get(path).text("data.0." + member)
	}
	spool := first("/v1/spools", "id")
	file := api.upload("example.gcode", cube(t)).text("id")
	api.create("/v1/platform/queue", object{"name": "Example", "file_id": file, "priority": "urgent"})
	eventually(t, patience, func() string { // some printer prints it
		for _, printer := range api.get("/v1/printers?state=idle").column("data", "id") {
			if api.do("POST", dispatchPath(printer), object{}).status == 200 {
				return ""
			}
		}
		return "no printer prints"
	})
	hook, delivery := api.webhook("Example")
	provider := api.provider("Example")
	return map[string]string{
		"{membership_id}": s.keys.StudentMembershipID, "{class_id}": first("/v1/platform/classes", "id"),
		"{user_group_id}": api.create("/v1/platform/user-groups", object{"name": "Examples"}).text("id"),
		"{invite_id}":     api.create("/v1/org/invites", object{"email": "somebody@riverside.example", "role": "student"}).text("id"),
		"{api_key_id}":    first("/v1/platform/api-keys", "id"), "{printer_id}": first("/v1/printers", "id"),
		"{printer_tag_id}": first("/v1/platform/printer-tags", "id"), "{printer_group_id}": first("/v1/platform/printer-groups", "id"),
		"{queue_item_id}": first("/v1/platform/queue", "id"), "{print_id}": first("/v1/history", "id"), "{material_id}": first("/v1/materials", "id"),
		"{spool_id}": spool, "{assignment_id}": first("/v1/platform/spool-assignments", "id"), "{entry_id}": first("/v1/spools/"+spool+"/ledger", "id"),
		"{fileId}": file, "{webhook_id}": hook, "{webhook_delivery_id}": delivery,
		"{notification_rule_id}": first("/v1/platform/notification-rules", "id"), "{notification_id}": s.told(t),
		"{provider_id}": provider,
		"{mapping_id}":  api.create("/v1/platform/sso/group-mappings", object{"provider_id": provider, "role": "teacher", "match": object{"operator": "equals", "value": "Staff"}}).text("id"),
	}
}

// provider makes an identity provider of the name, which is a draft.
func (c client) provider(name string) string {
	c.t.Helper()
	return c.create("/v1/platform/sso/providers", object{"name": name, "issuer": "https://id.example", "client_id": name, "client_secret": name, "domains": []string{strings.ToLower(name) + ".example"}}).text("id")
}

// webhook makes an endpoint of the name, to which a delivery is on its way.
func (c client) webhook(name string) (hook, delivery string) {
	c.t.Helper()
	hook = c.create("/v1/platform/webhooks", object{"name": name, "description": name, "endpoint_url": "https://hooks.example/" + name, "subscriptions": []string{"test.*"}}).text("id")
	ping := c.want(202, "POST", "/v1/platform/webhooks/"+hook+"/test", object{}).text("event_id")
	eventually(c.t, patience, func() string {
		found := c.get("/v1/platform/webhook-deliveries?event_id="+ping).column("data", "id")
		if len(found) == 0 {
			return "the ping has no delivery"
		}
		delivery = found[0]
		return ""
	})
	return hook, delivery
}
