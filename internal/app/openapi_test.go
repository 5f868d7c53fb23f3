package app

import (
	"os"
	"os/exec"
	"path/filepath"
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
