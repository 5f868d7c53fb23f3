package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// cubePath is G-code of a real slicer: a cube of 4.15 g that takes 1063 s.
const cubePath = "../file/gcode/testdata/cube20_prusaslicer-2.5.0.gcode"

// What the cube says of itself.
const (
	cubeSeconds = 1063
	cubeG       = 4.15
)

func cube(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(cubePath)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// announcement is what a file is registered with.
func announcement(name string, content []byte) object {
	sum := sha256.Sum256(content)
	return object{"name": name, "size_bytes": len(content), "sha256": hex.EncodeToString(sum[:]), "content_type": "text/x.gcode"}
}

// put sends bytes to a signed URL, with the headers that came with it and no others.
func (c client) put(upload doc, content []byte) reply {
	c.t.Helper()
	var headers []string
	for name, value := range upload.at("headers").v.(map[string]any) {
		headers = append(headers, name, value.(string))
	}
	stranger := client{t: c.t, base: c.base, http: c.http} // the URL is all that is needed
	return stranger.do(upload.text("method"), upload.text("url"), content, headers...)
}

// upload registers, puts and completes a file, and answers it.
func (c client) upload(name string, content []byte) doc {
	c.t.Helper()
	made := c.create("/v1/files/register", announcement(name, content))
	if a := c.put(made.at("upload"), content); a.status != 200 {
		c.t.Fatalf("PUT to the signed URL: %d %s", a.status, a.body)
	}
	return c.post("/v1/files/"+made.text("file.id")+"/complete", object{}).doc
}

// printer is one printer by its name.
func (c client) printer(name string) doc {
	c.t.Helper()
	return c.get("/v1/printers?limit=200").pick("data", "name", name)
}

// class is a class's id by its name.
func (c client) class(name string) string {
	c.t.Helper()
	return c.get("/v1/platform/classes").pick("data", "name", name).text("id")
}

// material is a material's id by its name.
func (c client) material(name string) string {
	c.t.Helper()
	return c.get("/v1/materials").pick("data", "name", name).text("id")
}

// newMaterial makes a kind of filament that nothing else is made of.
func (c client) newMaterial(kind string) string {
	c.t.Helper()
	return c.create("/v1/materials", object{"name": "Test " + kind, "type": kind, "density_g_cm3": 1.2}).text("id")
}

// newSpool makes a spool with so much left on it.
func (c client) newSpool(material string, grams float64) string {
	c.t.Helper()
	return c.create("/v1/spools", object{"material_id": material, "initial_g": grams}).text("id")
}

// load puts a spool into the first slot of a printer.
func (c client) load(spool, printer string) {
	c.t.Helper()
	c.create("/v1/platform/spool-assignments", object{"spool_id": spool, "printer_id": printer, "slot_index": 0})
}

// newPrinter makes a clear printer with a spool, and waits until the worker has looked at it.
func (c client) newPrinter(name string, options object, spool string) string {
	c.t.Helper()
	connector := object{"kind": "virtual"}
	if options != nil {
		connector["options"] = options
	}
	id := c.create("/v1/printers", object{"name": name, "connector": connector, "bed_state": "clear"}).text("id")
	if spool != "" {
		c.load(spool, id)
	}
	want := "idle"
	switch fault, _ := options["fault"].(string); fault {
	case "offline", "error":
		want = fault
	}
	c.awaitPrinter(id, "state", want)
	return id
}

// awaitPrinter waits until a member of a printer is the text.
func (c client) awaitPrinter(id, member, want string) doc {
	c.t.Helper()
	return c.await("/v1/printers/"+id, member, want)
}

// await waits until a member of a resource is one of the texts, and answers the resource.
func (c client) await(path, member string, want ...string) (found doc) {
	c.t.Helper()
	eventually(c.t, 30*time.Second, func() string {
		found = c.get(path).doc
		if slices.Contains(want, found.text(member)) {
			return ""
		}
		return fmt.Sprintf("%s is not %s in %s", member, strings.Join(want, " or "), found)
	})
	return found
}

// item is a queue item by its id.
func (c client) item(id string) doc { c.t.Helper(); return c.get("/v1/platform/queue/" + id).doc }

// spool is a spool by its id.
func (c client) spool(id string) doc { c.t.Helper(); return c.get("/v1/spools/" + id).doc }

// newItem makes an urgent queue item for one printer alone, so that it is the next one there.
func (c client) newItem(name, printer string, more object) string {
	c.t.Helper()
	body := object{"name": name, "priority": "urgent", "estimated_seconds": 600, "requirements": object{"filament_g": 5, "printer_ids": []string{printer}}}
	for k, v := range more {
		body[k] = v
	}
	return c.create("/v1/platform/queue", body).text("id")
}

func dispatchPath(printer string) string {
	return "/v1/platform/printers/" + printer + "/dispatch-next"
}
func clearPath(printer string) string { return "/v1/platform/printers/" + printer + "/clear-bed" }

// dispatch starts the next item on a printer and answers the print's id.
func (c client) dispatch(printer, item string) string {
	c.t.Helper()
	a := c.post(dispatchPath(printer), object{})
	a.is("queue_item.id", item, "print.state", "dispatching", "print.printer_id", printer)
	return a.text("print.id")
}

// awaitPrint waits until a print is in one of the states.
func (c client) awaitPrint(id string, want ...string) doc {
	c.t.Helper()
	return c.await("/v1/history/"+id, "state", want...)
}

// verdictOn is one printer's part of an item's eligibility, as it is now.
func (c client) verdictOn(item, printer string) doc {
	c.t.Helper()
	return c.get("/v1/platform/queue/"+item+"/eligibility").pick("printers", "printer_id", printer)
}

// reasonsOf are the codes of a list of reasons, sorted; each reason says what it should.
func reasonsOf(d doc, path string) []string {
	d.t.Helper()
	var codes []string
	for _, r := range d.list(path) {
		codes = append(codes, r.text("code"))
		for _, member := range []string{"axis", "severity", "expected", "actual", "fix"} {
			if r.text(member) == "" {
				d.t.Errorf("the reason has no %s: %s", member, r)
			}
		}
	}
	slices.Sort(codes)
	return codes
}

// sameTexts fails the test where two lists differ, whatever their order.
func sameTexts(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// near compares grams.
func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.005 {
		t.Errorf("%s: %g, want %g", what, got, want)
	}
}

// listed looks for an item in the list, by its state of eligibility: the list shows what is stored, which follows within
// two seconds.
func (c client) listed(item, number, state string) {
	c.t.Helper()
	eventually(c.t, 2*time.Second, func() string {
		e := c.get("/v1/platform/queue?q=%23"+number).pick("data", "id", item).at("eligibility")
		if e.text("state") == state {
			return ""
		}
		return fmt.Sprintf("the list says %s, want %s", e, state)
	})
}

func sameBytes(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
	}
}
