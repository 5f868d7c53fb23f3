package graph_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/store"
)

func TestSpools(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner := w.north.owner(t)
		a := good(t, w.do(owner, t, "createSpool", "{id code remainingG status assignment{printerId} material{name}}", input(object{"materialId": w.north.material.ID, "initialG": 300, "status": "stored"})))
		id := a.at("createSpool", "id")
		want := object{"id": id, "code": "S-0001", "remainingG": 300.0, "status": "stored", "assignment": nil, "material": object{"name": "Basic PLA"}}
		if diff := cmp.Diff(any(want), a.at("createSpool")); diff != "" {
			t.Errorf("created: %s", diff)
		}

		a = good(t, w.do(owner, t, "deductSpool", "{spool{remainingG material{type}} ledgerEntry{id kind deltaG note spool{code}}}", input(object{"spoolId": id, "ifMatch": "2", "grams": 12.5, "reason": "purge"})))
		entry := a.at("deductSpool", "ledgerEntry", "id")
		want = object{"spool": object{"remainingG": 287.5, "material": object{"type": "PLA"}},
			"ledgerEntry": object{"id": entry, "kind": "deduct", "deltaG": -12.5, "note": "purge", "spool": object{"code": "S-0001"}}}
		if diff := cmp.Diff(any(want), a.at("deductSpool")); diff != "" {
			t.Errorf("deducted: %s", diff)
		}
		a = good(t, w.do(owner, t, "undoLedgerEntry", "{spool{remainingG} ledgerEntry{kind deltaG}}", input(object{"spoolId": id, "entryId": entry})))
		if a.at("undoLedgerEntry", "spool", "remainingG") != 300.0 || a.at("undoLedgerEntry", "ledgerEntry", "kind") != "refund" {
			t.Errorf("undone: %s", a.body)
		}
		a = good(t, w.do(owner, t, "measureSpool", "{spool{remainingG weightSource} ledgerEntry{deltaG}}", input(object{"spoolId": id, "grossG": 450})))
		if a.at("measureSpool", "spool", "remainingG") != 250.0 || a.at("measureSpool", "spool", "weightSource") != "measured" || a.at("measureSpool", "ledgerEntry", "deltaG") != -50.0 {
			t.Errorf("measured: %s", a.body)
		}

		p := w.north.printers[0]
		a = good(t, w.do(owner, t, "createSpoolAssignment", "{id slotIndex spool{code assignment{printerId slotIndex}} printer{name}}", input(object{"spoolId": id, "printerId": p.ID, "slotIndex": 1})))
		assignment := a.at("createSpoolAssignment", "id")
		want = object{"id": assignment, "slotIndex": 1.0, "spool": object{"code": "S-0001", "assignment": object{"printerId": string(p.ID), "slotIndex": 1.0}}, "printer": object{"name": "printer 0"}}
		if diff := cmp.Diff(any(want), a.at("createSpoolAssignment")); diff != "" {
			t.Errorf("loaded: %s", diff)
		}
		if a := good(t, w.do(owner, t, "deleteSpoolAssignment", "", object{"assignmentId": assignment})); a.at("deleteSpoolAssignment") != assignment {
			t.Errorf("unloaded: %s", a.body)
		}

		a = good(t, w.do(owner, t, "updateSpool", "{location lotNumber lowStockThreshold{g}}", input(object{"spoolId": id, "location": "Shelf 2", "lowStockThreshold": object{"g": 40}})))
		if a.at("updateSpool", "location") != "Shelf 2" || a.at("updateSpool", "lowStockThreshold", "g") != 40.0 {
			t.Errorf("updated: %s", a.body)
		}
		if a := good(t, w.do(owner, t, "deleteSpool", "", object{"spoolId": id})); a.at("deleteSpool") != id {
			t.Errorf("archived: %s", a.body)
		}
		other := w.Raw.Material.Create().SetOrganizationID(w.north.ID).SetName("PETG").SetType("PETG").SaveX(t.Context())
		if a := good(t, w.do(owner, t, "deleteMaterial", "", object{"materialId": other.ID})); a.at("deleteMaterial") != string(other.ID) {
			t.Errorf("deleted: %s", a.body)
		}
	})
}

// Where spools are loaded costs a page one statement.
func TestAssignments(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		for range 4 {
			w.north.Spool(t, w.north.material, 100)
		}
		_, listed := w.call(w.north.owner(t), t, "GET /v1/spools", nil)
		var want []any
		for _, s := range list(listed["data"]) {
			want = append(want, camel(s.(object)["assignment"]))
		}
		ctx, counter := store.WithCounter(w.north.owner(t))
		a := good(t, w.ask(ctx, t, "{spools{edges{node{assignment{printerId slotIndex} slot{name}}}}}"))
		var got []any
		for i := range want {
			got = append(got, a.at("spools", "edges", i, "node", "assignment"))
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != printersEach+4 {
			t.Errorf("assignments: %s", diff)
		}
		if n := counter.Count(); n != 3 { // spools, slots for slot, slots for assignment
			t.Errorf("%d statements:\n%s", n, strings.Join(counter.Statements(), "\n"))
		}
		a = w.ask(w.north.key(t, authz.SpoolManage), t, "{spools(first: 1){edges{node{code assignment{slotIndex}}}}}")
		if a.codes() != "insufficient_permissions" || a.at("spools", "edges", 0, "node", "code") == nil {
			t.Errorf("a key that reads no printers: %s", a.body)
		}
	})
}
