package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
)

func TestNode(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const query = "query($id: ID!){node(id: $id){id __typename ... on Printer{name tags{name}} ... on Print{state queueItem{name}} ... on QueueItem{metadata number}}}"
		a := good(t, w.ask(w.north.owner(t), t, query, "id", w.north.printers[1].ID))
		if a.at("node", "name") != "printer 1" || a.at("node", "tags", 0, "name") != "tag 1" {
			t.Errorf("a printer is %s", a.body)
		}
		a = good(t, w.ask(w.north.owner(t), t, query, "id", w.north.run.ID))
		if a.at("node", "__typename") != "Print" || a.at("node", "queueItem", "name") != w.north.theirs.Name {
			t.Errorf("a print is %s", a.body)
		}
		a = good(t, w.ask(w.north.pupil(t), t, query, "id", w.north.theirs.ID))
		if a.at("node", "metadata", "order") != "7" {
			t.Errorf("the student's own item is %s", a.body)
		}

		for name, id := range map[string]pid.ID{"another organization's": w.south.printers[0].ID, "unknown": pid.New("prn"), "malformed": "prn_x"} {
			a := w.ask(w.north.owner(t), t, query, "id", id)
			if a.codes() != "printer_not_found" || a.at("node") != nil || a.Errors[0].Message == "" {
				t.Errorf("%s: %s", name, a.body)
			}
		}
		foreign, unknown := w.ask(w.north.owner(t), t, query, "id", w.south.printers[0].ID), w.ask(w.north.owner(t), t, query, "id", pid.New("prn"))
		if foreign.body != unknown.body {
			t.Errorf("another organization's id answers %s, an unknown one %s", foreign.body, unknown.body)
		}
		if a := w.ask(w.north.pupil(t), t, query, "id", w.north.ours.ID); a.codes() != "queue_item_not_found" {
			t.Errorf("somebody else's item for a student: %s", a.body)
		}
		if a := w.ask(w.north.pupil(t), t, query, "id", w.north.printers[0].ID); a.codes() != "insufficient_permissions" {
			t.Errorf("a printer for a student: %s", a.body)
		}
	})
}

func TestPages(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		owner := w.north.owner(t)
		all := good(t, w.ask(owner, t, "{printers{totalCount pageInfo{hasNextPage hasPreviousPage} edges{node{name}}}}"))
		if diff := cmp.Diff([]string{"printer 0", "printer 1", "printer 2", "printer 3"}, all.column("name", "printers")); diff != "" {
			t.Errorf("all printers, by name: %s", diff)
		}
		if all.at("printers", "totalCount") != 4.0 || all.at("printers", "pageInfo", "hasNextPage") != false {
			t.Errorf("%s", all.body)
		}

		// Forward and back again, in an order with equal values.
		const page = `query($after: Cursor, $before: Cursor, $first: Int, $last: Int, $by: PrinterOrderField!) {
			printers(after: $after, before: $before, first: $first, last: $last, orderBy: {field: $by, direction: DESC}) {
				pageInfo{hasNextPage hasPreviousPage startCursor endCursor} edges{cursor node{name}}}}`
		for _, by := range []string{"NAME", "CREATED_AT"} {
			var seen []string
			var after any
			for range 2 {
				a := good(t, w.ask(owner, t, page, "first", 2, "after", after, "by", by))
				seen = append(seen, a.column("name", "printers")...)
				after = a.at("printers", "pageInfo", "endCursor")
			}
			if diff := cmp.Diff([]string{"printer 3", "printer 2", "printer 1", "printer 0"}, seen); diff != "" {
				t.Errorf("by %s: %s", by, diff)
			}
			back := good(t, w.ask(owner, t, page, "last", 2, "before", after, "by", by))
			if diff := cmp.Diff([]string{"printer 2", "printer 1"}, back.column("name", "printers")); diff != "" {
				t.Errorf("back by %s: %s", by, diff)
			}
			if a := w.ask(owner, t, page, "first", 2, "after", after, "by", "UPDATED_AT"); a.codes() != "invalid_cursor" {
				t.Errorf("a cursor of another order: %s", a.body)
			}
		}
	})
}

func TestPageSize(t *testing.T) {
	w := newWorld(t, sqlite(t))
	for i := range 250 {
		w.Raw.PrinterTag.Create().SetOrganizationID(w.north.ID).SetName(fmt.Sprintf("more %d", i)).AddPrinters(w.north.printers[0]).SaveX(t.Context())
		w.Raw.LedgerEntry.Create().SetOrganizationID(w.north.ID).SetSpool(w.north.printers[0].QuerySlots().QuerySpool().OnlyX(t.Context())).SetKind("adjust").ExecX(t.Context())
	}
	tests := []struct {
		args      string
		want      int
		wantCodes string
	}{
		{args: "", want: 50},
		{args: "(first: null)", want: 50},
		{args: "(first: 3)", want: 3},
		{args: "(last: 3)", want: 3},
		{args: "(first: 0)", want: 0},
		{args: "(first: 200)", want: 200},
		{args: "(first: 201)", wantCodes: "validation_failed"},
		{args: "(first: 1000000)", wantCodes: "validation_failed"},
		{args: "(last: 2147483648)", wantCodes: "validation_failed"},
		{args: "(first: -1)", wantCodes: "validation_failed"},
		{args: "(first: 1, last: 1)", wantCodes: "validation_failed"},
		{args: "(first: 1e6)", wantCodes: "validation_failed"},
	}
	for _, tt := range tests {
		a := w.ask(w.north.owner(t), t, "{printerTags"+tt.args+"{edges{node{id}}}}")
		if n := len(a.column("id", "printerTags")); n != tt.want || a.codes() != tt.wantCodes {
			t.Errorf("at the root, %q: %d rows, %q", tt.args, n, a.codes())
		}
		a = w.ask(w.north.owner(t), t, "query($id: ID!){node(id: $id){... on Spool{ledger"+tt.args+"{edges{node{id}} pageInfo{hasNextPage}}}}}",
			"id", w.north.printers[0].QuerySlots().QuerySpool().OnlyIDX(t.Context()))
		if n := len(a.column("id", "node", "ledger")); n != tt.want || a.codes() != tt.wantCodes {
			t.Errorf("below a row, %q: %d rows, %q", tt.args, n, a.codes())
		}
		a = w.ask(w.north.owner(t), t, "{spools(first: 2){edges{node{ledger"+tt.args+"{edges{node{id}} pageInfo{hasNextPage}}}}}}")
		if n := len(a.column("id", "spools", "edges", 0, "node", "ledger")); n != tt.want || a.codes() != tt.wantCodes {
			t.Errorf("below a page, %q: %d rows, %q", tt.args, n, a.codes())
		}
		if has, want := a.at("spools", "edges", 0, "node", "ledger", "pageInfo", "hasNextPage"), tt.want > 0 && !strings.Contains(tt.args, "last"); tt.wantCodes == "" && has != want {
			t.Errorf("below a page, %q: hasNextPage %v", tt.args, has)
		}
	}
}

func TestWhere(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		tests := []struct {
			where string
			want  []string
		}{
			{`{}`, []string{"printer 0", "printer 1", "printer 2", "printer 3"}},
			{`{q: "PRINTER  2"}`, []string{"printer 2"}},
			{`{q: "%"}`, nil},
			{`{model: "X1C"}`, []string{"printer 1", "printer 3"}},
			{`{model: ["X1C", "MK4"], state: idle}`, []string{"printer 0", "printer 1", "printer 2", "printer 3"}},
			{`{state: [offline, error]}`, nil},
			{`{tagId: "` + string(w.north.tags[1].ID) + `"}`, []string{"printer 1", "printer 3"}},
			{`{tagId: "` + string(w.south.tags[1].ID) + `"}`, nil},
			{`{createdAtLt: "2000-01-01T00:00:00Z"}`, nil},
			{`{createdAtGte: "2000-01-01T00:00:00+02:00"}`, []string{"printer 0", "printer 1", "printer 2", "printer 3"}},
		}
		for _, tt := range tests {
			a := good(t, w.ask(w.north.owner(t), t, "{printers(where: "+tt.where+"){edges{node{name}}}}"))
			if diff := cmp.Diff(tt.want, a.column("name", "printers")); diff != "" {
				t.Errorf("%s: %s", tt.where, diff)
			}
		}
		if a := w.ask(w.north.owner(t), t, `{printers(where: {createdAtLt: "yesterday"}){totalCount}}`); a.codes() != "validation_failed" {
			t.Errorf("%s", a.body)
		}
	})
}

// A reader's own rows, and what a type allowed by one capability shows of another's.
func TestReaders(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a := good(t, w.ask(w.north.pupil(t), t, "{queueItems{totalCount edges{node{name submitter{name user{email}}}}} prints{edges{node{state}}}}"))
		if diff := cmp.Diff([]string{w.north.theirs.Name}, a.column("name", "queueItems")); diff != "" || a.at("queueItems", "totalCount") != 1.0 {
			t.Errorf("the student's items: %s%s", diff, a.body)
		}

		a = w.ask(w.north.pupil(t), t, "{printers{totalCount} queueItems{edges{node{name assignedPrinter{name} prints{edges{node{printer{name} state}}}}}}}")
		if a.at("printers") != nil || len(a.column("name", "queueItems")) != 1 || a.at("queueItems", "edges", 0, "node", "prints", "edges", 0, "node", "state") != "succeeded" {
			t.Errorf("siblings of what is refused: %s", a.body)
		}
		for _, e := range a.Errors {
			if e.Extensions["code"] != "insufficient_permissions" || len(e.Path) == 0 {
				t.Errorf("refused with %v", e)
			}
		}
		if len(a.Errors) != 3 { // printers, assignedPrinter, printer
			t.Errorf("%d refusals: %s", len(a.Errors), a.body)
		}

		a = w.ask(w.north.key(t, authz.SpoolManage), t, "{spools{edges{node{material{name} slot{printer{name}}}}} materials{totalCount} memberships{totalCount}}")
		if a.at("spools", "edges", 0, "node", "material", "name") == nil || a.at("spools", "edges", 0, "node", "slot") != nil || a.at("materials", "totalCount") != 1.0 {
			t.Errorf("a key for spools: %s", a.body)
		}
	})
}

// A page costs the same number of statements whatever its size: each edge is one more.
func TestStatements(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		tests := []struct {
			query string
			want  int
		}{
			{"{printers(first: %d){edges{node{name}}}}", 1},
			{"{printers(first: %d){pageInfo{hasNextPage} edges{node{name}}}}", 1},
			{"{printers(first: %d){totalCount edges{node{name}}}}", 2},
			{"{printers(first: %d){totalCount}}", 1},
			{"{printers(first: %d){edges{node{name tags{name} slots{index spool{code material{type}}}}}}}", 5},
			{"{printers(first: %d){edges{node{prints(first: 1){pageInfo{hasNextPage} edges{node{state queueItem{name}}}}}}}}", 3},
			{"{printers(first: %d){edges{node{prints{totalCount}}}}}", 2},
			{"{printers(first: %d){edges{node{prints{pageInfo{hasNextPage}}}}}}", 2},
			{"{printerTags(first: %d){edges{node{printers(last: 2){edges{node{name}}}}}}}", 2},
		}
		for _, tt := range tests {
			for _, size := range []int{1, printersEach} {
				ctx, counter := store.WithCounter(w.north.owner(t))
				good(t, w.ask(ctx, t, fmt.Sprintf(tt.query, size)))
				if n := counter.Count(); n != tt.want && !(size == 1 && n < tt.want) {
					t.Errorf("%s with %d: %d statements:\n%s", tt.query, size, n, strings.Join(counter.Statements(), "\n"))
				}
			}
		}
	})
}

func TestEdgePages(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a := good(t, w.ask(w.north.owner(t), t, `{printerTags{edges{node{name
			some: printers(first: 1, orderBy: {field: NAME, direction: DESC}){totalCount pageInfo{hasNextPage} edges{node{name}}}
			all: printers{edges{node{name}}}}}}}`))
		var all, some []string
		for i := range 2 {
			all = append(all, a.column("name", "printerTags", "edges", i, "node", "all")...)
			some = append(some, a.column("name", "printerTags", "edges", i, "node", "some")...)
			if a.at("printerTags", "edges", i, "node", "some", "totalCount") != 2.0 || a.at("printerTags", "edges", i, "node", "some", "pageInfo", "hasNextPage") != true {
				t.Errorf("%s", a.body)
			}
		}
		slices.Sort(all)
		if diff := cmp.Diff([]string{"printer 0", "printer 1", "printer 2", "printer 3"}, all); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"printer 2", "printer 3"}, some); diff != "" {
			t.Error(diff)
		}

		a = good(t, w.ask(w.north.owner(t), t, "{spools(first: 1){edges{node{a: material{name} b: material{type}}}}}"))
		if a.at("spools", "edges", 0, "node", "a", "name") != "Basic PLA" || a.at("spools", "edges", 0, "node", "b", "type") != "PLA" {
			t.Errorf("two aliases of one edge: %s", a.body)
		}
	})
}
