package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func sqlite(t testing.TB) *store.DB { return testkit.SQLite(t) }

func TestCRUD(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		owner := w.north.owner(t)
		a := good(t, w.ask(owner, t, `mutation($in: CreatePrinterTagInput!){createPrinterTag(input: $in){id name colorHex version}}`,
			"in", map[string]any{"name": "hardened", "colorHex": "#112233"}))
		id := a.at("createPrinterTag", "id")
		if a.at("createPrinterTag", "colorHex") != "#112233" || a.at("createPrinterTag", "version") != 1.0 {
			t.Errorf("created: %s", a.body)
		}

		a = good(t, w.ask(owner, t, `mutation($id: ID!){updatePrinterTag(input: {printerTagId: $id, ifMatch: "1", name: "abrasive"}){name colorHex version}}`, "id", id))
		if a.at("updatePrinterTag", "name") != "abrasive" || a.at("updatePrinterTag", "colorHex") != "#112233" || a.at("updatePrinterTag", "version") != 2.0 {
			t.Errorf("updated: %s", a.body)
		}
		a = w.ask(owner, t, `mutation($id: ID!){updatePrinterTag(input: {printerTagId: $id, ifMatch: "1", name: "x"}){name}}`, "id", id)
		if a.codes() != "precondition_failed" || a.at("updatePrinterTag") != nil {
			t.Errorf("a stale version: %s", a.body)
		}

		a = good(t, w.ask(owner, t, `mutation($id: ID!){deletePrinterTag(printerTagId: $id)}`, "id", id))
		if a.at("deletePrinterTag") != id {
			t.Errorf("deleted: %s", a.body)
		}
		a = w.ask(owner, t, `mutation($id: ID!){deletePrinterTag(printerTagId: $id)}`, "id", id)
		if a.codes() != "printer_tag_not_found" {
			t.Errorf("deleted twice: %s", a.body)
		}
		if diff := cmp.Diff([]string{"printer_tag.created", "printer_tag.updated", "printer_tag.deleted"}, w.north.Events(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRefusals(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const rename = `mutation($id: ID!){updatePrinterTag(input: {printerTagId: $id, name: "mine"}){name}}`
		own, foreign := w.north.tags[0].ID, w.south.tags[0].ID
		foreignAnswer, unknownAnswer := w.ask(w.north.owner(t), t, rename, "id", foreign), w.ask(w.north.owner(t), t, rename, "id", pid.New("tag"))
		if foreignAnswer.codes() != "printer_tag_not_found" || foreignAnswer.body != unknownAnswer.body {
			t.Errorf("another organization's: %s; unknown: %s", foreignAnswer.body, unknownAnswer.body)
		}
		if a := w.ask(w.north.pupil(t), t, rename, "id", own); a.codes() != "insufficient_permissions" || !strings.Contains(a.Errors[0].Message, "printer.manage") {
			t.Errorf("a student: %s", a.body)
		}
		if a := w.ask(w.north.key(t, authz.OperationsRead), t, rename, "id", own); a.codes() != "insufficient_permissions" {
			t.Errorf("a key that only reads: %s", a.body)
		}

		a := w.ask(w.north.owner(t), t, `mutation{createPrinterTag(input: {name: "", colorHex: "red"}){id}}`)
		if a.codes() != "validation_failed" {
			t.Fatalf("%s", a.body)
		}
		var paths []string
		for _, f := range a.Errors[0].Extensions["fields"].([]any) {
			paths = append(paths, f.(map[string]any)["path"].(string))
		}
		slices.Sort(paths)
		if diff := cmp.Diff([]string{"colorHex", "name"}, paths); diff != "" {
			t.Error(diff)
		}
		if a := w.ask(w.north.owner(t), t, `mutation{createPrinterTag(input: {name: "tag 0"}){id}}`); a.codes() != "already_exists" {
			t.Errorf("%s", a.body)
		}
		if got := w.Raw.PrinterTag.GetX(t.Context(), foreign).Name; got != "tag 0" {
			t.Errorf("the other organization's tag is now %q", got)
		}
		if len(w.south.Events(t))+len(w.north.Events(t)) != 0 {
			t.Error("a refused mutation left an event")
		}
		if w.log.String() != "" {
			t.Errorf("refusals are no faults: %s", w.log)
		}
	})
}

// Edges of a mutation's answer are read after the commit, all at once.
func TestMutationEdges(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const query = `mutation($id: ID!, $name: String!){updatePrinterTag(input: {printerTagId: $id, name: $name}){name printers{totalCount edges{node{name slots{spool{material{name}}}}}}}}`
		ctx, counter := store.WithCounter(w.north.owner(t))
		a := good(t, w.ask(ctx, t, query, "id", w.north.tags[0].ID, "name", "with edges"))
		if diff := cmp.Diff([]string{"printer 0", "printer 2"}, a.column("name", "updatePrinterTag", "printers")); diff != "" {
			t.Error(diff)
		}
		with := counter.Count()
		counter.Reset()
		good(t, w.ask(ctx, t, `mutation($id: ID!){updatePrinterTag(input: {printerTagId: $id, name: "without edges"}){name}}`, "id", w.north.tags[0].ID))
		if more := with - counter.Count(); more != 6 { // row, count, printers, slots, spools, materials
			t.Errorf("the edges took %d statements", more)
		}
	})
}

func TestOrderOfMutations(t *testing.T) {
	w := newWorld(t, sqlite(t))
	a := w.ask(w.north.owner(t), t, `mutation{
		a: createPrinterTag(input: {name: "one"}){name}
		b: createPrinterTag(input: {name: "one"}){name}
		c: createPrinterTag(input: {name: "two"}){name}}`)
	if a.codes() != "already_exists" || a.at("a", "name") != "one" || a.at("b") != nil || a.at("c", "name") != "two" {
		t.Errorf("each is its own operation: %s", a.body)
	}
}
