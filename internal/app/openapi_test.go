package app

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/testkit/pypi"
)

// The document of the real routes is valid, and every example in it is of its schema.
func TestOpenAPIDocument(t *testing.T) {
	text, err := OpenAPI("https://print.example.org", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	if len(doc.Webhooks) != len(event.Catalogue()) {
		t.Errorf("%d webhooks, %d types of event", len(doc.Webhooks), len(event.Catalogue()))
	}
	for _, tag := range doc.Tags {
		if tag.Description == "" {
			t.Errorf("the tag %s says nothing of itself: see groups in rest/openapi_text.go", tag.Name)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			if o.RequestBody != nil && o.RequestBody.Value.Content.Get("application/json").Example == nil {
				t.Errorf("%s %s has no example of its body", method, path)
			}
		}
	}
}

// peerValidator is a validator of another language, from its registry.
const peerValidator = "openapi-spec-validator==0.9.0"

// TestOpenAPIDocumentPeer has a second, independent validator look at the document.
func TestOpenAPIDocumentPeer(t *testing.T) {
	validator := filepath.Join(pypi.Install(t, peerValidator), "openapi-spec-validator")
	text, err := OpenAPI("https://print.example.org", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), validator, file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// What an example shows is what its words say: a person is called like one, identifiers are of what they name, a key's begin is
// the key's, and no text is merely the name of its field; claims apart, whose usual names are those of what they carry.
func TestExamplesSayWhatTheyAre(t *testing.T) {
	text, err := OpenAPI("https://print.example.org", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Examples map[string]struct{ Value any }
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil || len(doc.Components.Examples) < 40 {
		t.Fatalf("%d examples, %v", len(doc.Components.Examples), err)
	}
	for name, e := range doc.Components.Examples {
		plausible(t, name, e.Value)
	}
}

// called is what only things with identifiers of that prefix are called in examples.
var called = map[string]string{"Robotics 9B": "cls_", "Lab 2": "pgr_", "Riverside High School": "org_", "Timetable sync": "key_", "Dana Rivera": "usr_", "MK4 Ada": "prn_"}

func plausible(t *testing.T, where string, v any) {
	t.Helper()
	if list, ok := v.([]any); ok {
		for _, item := range list {
			plausible(t, where, item)
		}
	}
	o, _ := v.(map[string]any)
	text := func(name string) string { s, _ := o[name].(string); return s }
	if want := called[text("name")]; !strings.HasPrefix(text("id"), want) && text("type") == "" {
		t.Errorf("%s: %s is called %s", where, text("id"), text("name"))
	}
	for name, want := range map[string]string{"user_id": "usr_", "membership_id": "mem_", "spool_id": "spl_", "prefix": "slp_live_" + strings.TrimPrefix(text("id"), "key_")} {
		if got := text(name); got != "" && !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s is %s", where, name, got)
		}
	}
	if kind, id := text("type"), text("id"); kind == "session" && !strings.HasPrefix(id, "ses_") || kind == "api_key" && !strings.HasPrefix(id, "key_") {
		t.Errorf("%s: the %s is %s", where, kind, id)
	}
	for name, inner := range o {
		if s, ok := inner.(string); ok && !strings.HasSuffix(where, ".claims") && (s == name || s == strings.ReplaceAll(name, "_", " ")) {
			t.Errorf("%s: %s is called %s", where, name, s)
		}
		plausible(t, where+"."+name, inner)
	}
}
