package e2e_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
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
	provider := c.provider(word)
	mapping := id("/v1/platform/sso/group-mappings", object{"provider_id": provider, "class_id": class, "user_group_id": users, "match": object{"claim": word, "operator": "equals", "value": word}})
	c.patch("/v1/org", object{"name": word})
	return map[string]string{"{membership_id}": member, "{class_id}": class, "{user_group_id}": users, "{invite_id}": invite, "{api_key_id}": key, "{printer_id}": printer,
		"{printer_tag_id}": tag, "{printer_group_id}": group, "{queue_item_id}": item, "{print_id}": print, "{material_id}": material, "{spool_id}": spool,
		"{assignment_id}": assignment, "{entry_id}": entry, "{fileId}": file, "{webhook_id}": hook, "{webhook_delivery_id}": delivery,
		"{provider_id}": provider, "{mapping_id}": mapping}
}

// listen asks every route for one's own things and for the other's, lists with everything embedded, the other's identifiers in
// filters, as spreadsheets and in GraphQL, and looks for the word in each answer, its headers too. It answers how many answers it heard.
func (s *server) listen(t *testing.T, routes []contracted, c client, own, theirs map[string]string, word string) (heard int) {
	t.Helper()
	doc := served(t, s)
	c.unchecked = true // other tests hold answers against the document, and here are thousands
	hear := func(method, path string, body any, headers ...string) {
		t.Helper()
		a := c.do(method, path, body, headers...)
		heard++
		if errors, failed := a.find("errors"); failed && path == "/graphql" && strings.Contains(fmt.Sprint(body), "first:") {
			t.Errorf("%v is no question: %v", body, errors)
		}
		if bytes.Contains(unpacked(t, a.body), []byte(word)) || strings.Contains(fmt.Sprint(a.header), word) {
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
		expand, ids := described(doc, r)
		if len(expand) > 0 {
			hear("GET", mine+"?expand="+strings.Join(expand, ","), nil)
		}
		for _, name := range ids { // any of them
			filter := url.Values{}
			for _, id := range theirs {
				filter.Add(name, id)
			}
			hear("GET", mine+"?"+filter.Encode(), nil)
		}
		for _, media := range tables {
			hear("GET", mine, nil, "Accept", media)
		}
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
	for _, question := range questions(t) {
		hear("POST", "/graphql", object{"query": question})
	}
	return heard
}

// tables are the two forms of a list for spreadsheets.
var tables = []string{"text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

// unpacked is a body as text: a spreadsheet is a ZIP archive of XML files.
func unpacked(t testing.TB, body []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return body
	}
	var all []byte
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// described are the values that a route's expand takes, and its parameters that take identifiers.
func described(doc *openapi3.T, r contracted) (expand, ids []string) {
	item := doc.Paths.Find(r.path)
	if item == nil || item.GetOperation(r.method) == nil {
		return nil, nil
	}
	for _, p := range item.GetOperation(r.method).Parameters {
		schema := p.Value.Schema.Value
		if p.Value.Name == "expand" && schema.Items != nil {
			for _, v := range schema.Items.Value.Enum {
				expand = append(expand, fmt.Sprint(v))
			}
		}
		if p.Value.In == "query" && strings.HasSuffix(p.Value.Name, "_id") {
			ids = append(ids, p.Value.Name)
		}
	}
	return expand, ids
}

// questions ask GraphQL for every field of every type that a page leads to, one object of a row at a time: more at once is
// over its limits.
func questions(t testing.TB) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../../graph/schema/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var sources []*ast.Source
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range schema.Query.Fields {
		row, isPage := strings.CutSuffix(root.Type.Name(), "Connection")
		if !isPage {
			continue
		}
		ask := func(selection string) {
			all = append(all, "{ "+root.Name+"(first: 50) { edges { node { "+selection+" } } } }")
		}
		ask(plain(schema, row))
		for _, f := range schema.Types[row].Fields {
			to := schema.Types[f.Type.Name()]
			if to.Kind != ast.Object || strings.HasSuffix(to.Name, "Connection") || len(f.Arguments) > 0 {
				continue
			}
			ask(f.Name + " { " + plain(schema, to.Name) + " }")
		}
	}
	return all
}

// plain are the fields of a type that hold no object.
func plain(schema *ast.Schema, of string) string {
	names := []string{"__typename"}
	for _, f := range schema.Types[of].Fields {
		if kind := schema.Types[f.Type.Name()].Kind; (kind == ast.Scalar || kind == ast.Enum) && len(f.Arguments) == 0 {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, " ")
}
