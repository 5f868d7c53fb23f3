package e2e_test

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// Words that stand in every text of one organization, and nowhere else.
const (
	northCanary = "kanarie-noord-7f3a"
	southCanary = "canario-sur-91bd"
)

// Two organizations whose every text carries a word of their own: whatever one of them asks, no answer has the other's word.
func TestCanaries(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServer(t, db, 2000)
		routes := contract(t)
		north, south := s.settle(t, s.api(t), northCanary), s.settle(t, s.other(t), southCanary)
		heard := s.listen(t, routes, s.api(t), north, south, southCanary) + s.listen(t, routes, s.other(t), south, north, northCanary)
		t.Logf("%d answers", heard)
		for _, side := range []struct {
			c          client
			own, other string
		}{{s.api(t), northCanary, southCanary}, {s.other(t), southCanary, northCanary}} {
			if all := side.c.get("/v1/platform/events?limit=200"); !bytes.Contains(all.body, []byte(side.own)) {
				t.Error("the events of an organization do not have its own word: this test sees nothing")
			}
		}
	})
}

// settle puts the word into everything that an organization can write, and answers identifiers by path parameter.
func (s *server) settle(t *testing.T, c client, word string) map[string]string {
	t.Helper()
	id := func(path string, body object) string { t.Helper(); return c.create(path, body).text("id") }
	tag := id("/v1/platform/printer-tags", object{"name": word})
	group := id("/v1/platform/printer-groups", object{"name": word, "description": word})
	printer := id("/v1/printers", object{"name": word, "manufacturer": word, "model": word, "serial_number": word, "location": word, "tag_ids": []string{tag}, "group_ids": []string{group},
		"connector": object{"kind": "virtual"}, "bed_state": "clear", "out_of_order": object{"reason": word}})
	c.patch("/v1/printers/"+printer, object{"out_of_order": nil})
	material := id("/v1/materials", object{"vendor": word, "name": word, "type": "PLA", "color_name": word})
	spool := id("/v1/spools", object{"material_id": material, "location": word, "lot_number": word})
	entry := c.post("/v1/spools/"+spool+"/deduct", object{"grams": 1, "reason": word}).text("ledger_entry.id")
	assignment := id("/v1/platform/spool-assignments", object{"spool_id": spool, "printer_id": printer, "slot_index": 0})
	class := id("/v1/platform/classes", object{"name": word, "code": word, "description": word})
	users := id("/v1/platform/user-groups", object{"name": word})
	member := c.post("/v1/org/users/bulk", object{"updates": []object{{"email": word + "@example.org", "name": word, "role": "student", "external_id": word, "grade_level": word,
		"class_ids_add": []string{class}, "user_group_ids_add": []string{users}}}}).text("results.0.membership_id")
	invite := id("/v1/org/invites", object{"email": "more." + word + "@example.org", "role": "student"})
	key := id("/v1/platform/api-keys", object{"name": word, "scopes": []string{"operations.read"}})
	file := c.upload(word+".gcode", cube(t)).text("id")
	item := id("/v1/platform/queue", object{"name": word, "external_ref": word, "metadata": object{word: word}, "class_id": class, "on_behalf_of": member, "estimated_seconds": 1})
	c.post("/v1/platform/queue/"+item+"/request-changes", object{"reason": word})
	c.post("/v1/platform/queue/"+id("/v1/platform/queue", object{"name": word, "file_id": file})+"/hold", object{"reason": word})
	id("/v1/platform/queue", object{"name": word, "priority": "urgent", "estimated_seconds": 1, "requirements": object{"printer_ids": []string{printer}}})
	var print string
	eventually(t, patience, func() string { // the worker has to have seen the printer
		a := c.do("POST", dispatchPath(printer), object{})
		if a.status != 200 {
			return string(a.body)
		}
		print = a.text("print.id")
		return ""
	})
	hook, delivery := c.webhook(word)
	c.patch("/v1/org", object{"name": word})
	return map[string]string{"{membership_id}": member, "{class_id}": class, "{user_group_id}": users, "{invite_id}": invite, "{api_key_id}": key, "{printer_id}": printer,
		"{printer_tag_id}": tag, "{printer_group_id}": group, "{queue_item_id}": item, "{print_id}": print, "{material_id}": material, "{spool_id}": spool,
		"{assignment_id}": assignment, "{entry_id}": entry, "{fileId}": file, "{webhook_id}": hook, "{webhook_delivery_id}": delivery}
}

// listen asks every route for one's own things and for the other's, lists with everything embedded, the other's identifiers in
// filters and in GraphQL, and looks for the word in each answer, its headers too. It answers how many answers it heard.
func (s *server) listen(t *testing.T, routes []contracted, c client, own, theirs map[string]string, word string) (heard int) {
	t.Helper()
	hear := func(method, path string, body any) {
		t.Helper()
		a := c.do(method, path, body)
		heard++
		if bytes.Contains(a.body, []byte(word)) || strings.Contains(fmt.Sprint(a.header), word) {
			t.Errorf("%s %s says the other's word: %d %s", method, path, a.status, a.body)
		}
	}
	for _, r := range routes {
		foreign := r.path
		for name, id := range theirs {
			foreign = strings.ReplaceAll(foreign, name, id)
		}
		if foreign != r.path {
			hear(r.method, foreign, bodyOf(r))
		}
		if r.method != "GET" || r.public() {
			continue
		}
		mine := r.path
		for name, id := range own {
			mine = strings.ReplaceAll(mine, name, id)
		}
		hear("GET", mine, nil)
		if !strings.Contains(r.path, "{") {
			for name, id := range theirs {
				parameter := strings.Trim(name, "{}")
				hear("GET", mine+"?"+parameter+"="+url.QueryEscape(id), nil)
			}
			hear("GET", mine+"?q="+word, nil)
		}
	}
	for _, id := range theirs {
		hear("POST", "/graphql", object{"query": `query($id: ID!) { node(id: $id) { id __typename } }`, "variables": object{"id": id}})
	}
	for _, query := range []string{
		`{ printers(first: 100) { edges { node { id name location tags { name } groups { name } } } } }`,
		`{ queueItems(first: 100) { edges { node { id name externalRef submitter { id name } class { name } } } } }`,
		`{ spools(first: 100) { edges { node { id location material { name vendor } } } } }`,
		`{ files(first: 100) { edges { node { id name } } } }`,
		`{ classes(first: 100) { edges { node { id name description } } } }`,
	} {
		hear("POST", "/graphql", object{"query": query})
	}
	return heard
}
