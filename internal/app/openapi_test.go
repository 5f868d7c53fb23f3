package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/soloprint/soloprint/internal/event"
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
	if os.Getenv("SOLOPRINT_PEERS") == "" {
		t.Skip("make peers runs it: it installs " + peerValidator)
	}
	dir := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
	}
	run("python3", "-m", "venv", dir)
	run(filepath.Join(dir, "bin", "pip"), "install", "--quiet", peerValidator)
	text, err := OpenAPI("https://print.example.org", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "openapi.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run(filepath.Join(dir, "bin", "openapi-spec-validator"), file)
}
