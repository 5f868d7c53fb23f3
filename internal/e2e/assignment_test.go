package e2e_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// assigned is how many names are sent at once: all of them are named in the answer.
const assigned = 20

// Every column of the database, in every way of writing it, is sent to every route that takes a body: only what the document
// lists as writable is read, everything else is refused by name. Shapes are looked at before things, so that the things named
// need not exist, and nothing changes.
func TestMassAssignment(t *testing.T) {
	t.Parallel()
	s := newServer(t, database{path: sqliteInData}, 60)
	columns, api, student, sent := s.columns(t), s.api(t), s.student(t), 0
	var own []string // routes that are for sessions only
	for _, r := range contract(t) {
		if len(r.access) == 1 && r.access[0] == "self" {
			own = append(own, r.String())
		}
	}
	spec := api.get("/v1/openapi.json")
	for path, methods := range spec.at("paths").v.(map[string]any) {
		for method := range methods.(map[string]any) {
			writable, ok := spec.writable(path, method)
			if !ok {
				continue
			}
			var hostile []string
			for _, column := range columns {
				for _, name := range variants(column) {
					if !slices.Contains(writable, name) {
						hostile = append(hostile, name)
					}
				}
			}
			for names := range slices.Chunk(hostile, assigned) {
				body := object{}
				for _, name := range names {
					body[name] = "x"
				}
				c, method := api, strings.ToUpper(method)
				if slices.Contains(own, method+" "+path) {
					c = student
				}
				a := c.do(method, unnamed(path), body)
				sent += len(names)
				if a.status != 422 {
					t.Errorf("%s %s with %v: %d %s", method, path, names, a.status, a.body)
					continue
				}
				refused := a.column("fields", "path")
				for _, name := range names {
					if !slices.Contains(refused, name) {
						t.Errorf("%s %s reads %q", method, path, name)
					}
				}
			}
		}
	}
	t.Logf("%d names of %d columns", sent, len(columns))
	if sent == 0 {
		t.Error("nothing was sent")
	}
}

// columns are those of all tables.
func (s *server) columns(t *testing.T) []string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.db.path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT DISTINCT c.name FROM sqlite_schema s JOIN pragma_table_info(s.name) c WHERE s.type = 'table' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil || len(names) < 100 {
		t.Fatalf("%d columns, %v", len(names), err)
	}
	return names
}

// variants are ways of writing a column's name that a lax decoder takes for it.
func variants(column string) []string {
	words := strings.Split(column, "_")
	camel := words[0]
	for _, w := range words[1:] {
		camel += strings.ToUpper(w[:min(1, len(w))]) + w[min(1, len(w)):]
	}
	all := []string{column, strings.ToUpper(column), camel, strings.ToUpper(camel[:1]) + camel[1:]}
	slices.Sort(all)
	return slices.Compact(all)
}

// writable are the members that a route's body may have; ok is false for routes without a body.
func (d doc) writable(path, method string) ([]string, bool) {
	d.t.Helper()
	o := doc{d.t, d.v.(map[string]any)["paths"].(map[string]any)[path].(map[string]any)[method]}
	if !o.has("requestBody") {
		return nil, false
	}
	schema := o.at("requestBody.content").v.(map[string]any)["application/json"].(map[string]any)["schema"].(map[string]any)
	if ref, ok := schema["$ref"].(string); ok {
		schema = d.at("components.schemas").v.(map[string]any)[ref[strings.LastIndexByte(ref, '/')+1:]].(map[string]any)
	}
	properties, _ := schema["properties"].(map[string]any)
	var names []string
	for name := range properties {
		names = append(names, name)
	}
	if len(names) == 0 && fmt.Sprint(schema["additionalProperties"]) != "false" {
		d.t.Errorf("%s %s: the document allows any member: %v", method, path, schema)
	}
	return names, true
}
