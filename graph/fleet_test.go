package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/store"
)

func TestPrinters(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner := w.north.owner(t)
		a := good(t, w.do(owner, t, "createPrinter", "{id name model buildVolumeMm{x z} supportedFormats slots{index name} tags{name} bedState connector{kind options} activeSpool{code}}", input(object{
			"name": "MK4 Ada", "model": "MK4", "connector": object{"kind": "virtual", "options": object{"fault": "offline"}, "secret": "hush"},
			"buildVolumeMm": object{"x": 250, "y": 210, "z": 220}, "supportedFormats": []string{"gcode", "bgcode"},
			"slots": []any{object{"name": "AMS 1"}, object{}}, "tagIds": []any{w.north.tags[0].ID}, "bedState": "clear"})))
		id := a.at("createPrinter", "id")
		want := object{"id": id, "name": "MK4 Ada", "model": "MK4", "buildVolumeMm": object{"x": 250.0, "z": 220.0}, "supportedFormats": []any{"gcode", "bgcode"},
			"slots": []any{object{"index": 0.0, "name": "AMS 1"}, object{"index": 1.0, "name": ""}}, "tags": []any{object{"name": "tag 0"}}, "bedState": "clear",
			"connector": object{"kind": "virtual", "options": object{"fault": "offline"}}, "activeSpool": nil}
		if diff := cmp.Diff(any(want), a.at("createPrinter")); diff != "" {
			t.Errorf("created: %s", diff)
		}
		if strings.Contains(a.body, "hush") {
			t.Error("the secret is shown")
		}

		a = good(t, w.do(owner, t, "testPrinterConnection", "{ok code details milliseconds model firmware serialNumber formats notes}", input(object{"printerId": id})))
		if a.at("testPrinterConnection", "ok") != false || a.at("testPrinterConnection", "code") != "offline" {
			t.Errorf("tested: %s", a.body)
		}

		a = good(t, w.do(owner, t, "updatePrinter", "{name location version slots{index name} tags{name} connector{kind options} outOfOrder{reason}}", input(object{"printerId": id, "ifMatch": "1", "location": "Room 114",
			"slots": []any{object{"name": "One"}}, "tagIds": []any{}, "connector": object{"options": object{}}, "outOfOrder": object{"reason": "Fan"}})))
		want = object{"name": "MK4 Ada", "location": "Room 114", "version": 2.0, "slots": []any{object{"index": 0.0, "name": "One"}}, "tags": []any{}, "connector": object{"kind": "virtual", "options": nil}, "outOfOrder": object{"reason": "Fan"}}
		if diff := cmp.Diff(any(want), a.at("updatePrinter")); diff != "" {
			t.Errorf("updated: %s", diff)
		}
		if a := good(t, w.do(owner, t, "deletePrinter", "", object{"printerId": id, "ifMatch": "2"})); a.at("deletePrinter") != id {
			t.Errorf("deleted: %s", a.body)
		}
		if a := w.do(owner, t, "deletePrinter", "", object{"printerId": id}); a.codes() != "printer_not_found" {
			t.Errorf("deleted twice: %s", a.body)
		}
	})
}

// The active spool is that of the first loaded slot, as REST shows it, and costs a page two statements.
func TestActiveSpool(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		second := w.north.Spool(t, w.north.material, 500)
		for i, p := range w.north.printers[:3] { // full, full, first slot empty
			slots := slotsOf(t, p)
			if i == 2 {
				slots[0].Update().ClearSpool().ExecX(t.Context())
				slots[1].Update().SetSpool(second).ExecX(t.Context())
			}
		}
		slotsOf(t, w.north.printers[3])[0].Update().ClearSpool().ExecX(t.Context())

		_, listed := w.call(w.north.owner(t), t, "GET /v1/printers", nil)
		var want []any
		for _, p := range list(listed["data"]) {
			spool, _ := p.(object)["active_spool"].(object)
			if spool == nil {
				want = append(want, nil)
				continue
			}
			want = append(want, object{"id": spool["id"], "material": object{"name": spool["material"].(object)["name"]}})
		}
		ctx, counter := store.WithCounter(w.north.owner(t))
		a := good(t, w.ask(ctx, t, "{printers{edges{node{activeSpool{id material{name}}}}}}"))
		var got []any
		for i := range w.north.printers {
			got = append(got, a.at("printers", "edges", i, "node", "activeSpool"))
		}
		if diff := cmp.Diff(want, got); diff != "" || got[2].(object)["id"] != string(second.ID) || got[3] != nil {
			t.Errorf("active spools: %s %s", diff, a.body)
		}
		if n := counter.Count(); n != 4 { // printers, slots, spools, materials
			t.Errorf("%d statements:\n%s", n, strings.Join(counter.Statements(), "\n"))
		}

		counter.Reset() // two selections of one field are two fields
		a = good(t, w.ask(ctx, t, "{printers{edges{node{a: activeSpool{code} b: activeSpool{remainingG}}}}}"))
		if a.at("printers", "edges", 0, "node", "a", "code") == nil || a.at("printers", "edges", 0, "node", "b", "remainingG") != 1000.0 || counter.Count() != 5 {
			t.Errorf("two selections in %d statements: %s", counter.Count(), a.body)
		}

		// A fragment that says less in one place than in the other does not take the rest away.
		a = good(t, w.ask(ctx, t, `{a: printers{edges{node{...spool}}} b: printers{edges{node{...spool activeSpool{remainingG}}}}} fragment spool on Printer{activeSpool{code}}`))
		for i := range 3 {
			if a.at("b", "edges", i, "node", "activeSpool", "remainingG") == 0.0 || a.at("a", "edges", i, "node", "activeSpool", "code") == "" {
				t.Errorf("one fragment in two places: %s", a.body)
			}
		}

		a = w.ask(w.north.key(t, authz.PrinterManage), t, "{printers{edges{node{name activeSpool{id}}}}}")
		if len(a.Errors) != printersEach || a.at("printers", "edges", 0, "node", "name") != "printer 0" || !strings.HasPrefix(a.codes(), "insufficient_permissions") {
			t.Errorf("a key that reads no spools: %s", a.body)
		}
	})
}

// Rows of many lists come together too: a fixed number of statements at a time, not one for each list.
func TestActiveSpoolsOfManyLists(t *testing.T) {
	w := newServed(t, sqlite(t))
	for i := range 30 {
		tag := w.Raw.PrinterTag.Create().SetOrganizationID(w.north.ID).SetName(fmt.Sprintf("more %d", i)).SaveX(t.Context())
		w.Raw.Printer.UpdateOne(w.north.printers[i%printersEach]).AddTags(tag).ExecX(t.Context())
	}
	ctx, counter := store.WithCounter(w.north.owner(t))
	a := good(t, w.ask(ctx, t, "{printerTags(first: 50){edges{node{printers(first: 2){edges{node{activeSpool{code}}}}}}}}"))
	if a.at("printerTags", "edges", 0, "node", "printers", "edges", 0, "node", "activeSpool", "code") == nil {
		t.Errorf("%s", a.body)
	}
	if n := counter.Count(); n > 2+2*16 { // two for the lists, two for each batch
		t.Errorf("32 lists took %d statements", n)
	}
}
