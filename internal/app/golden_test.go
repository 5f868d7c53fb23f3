package app

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/rest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The routes are a contract: one that comes, goes or changes whom it lets in is a decision, seen in the diff.
func TestRoutesAreGolden(t *testing.T) {
	var lines []string
	for _, r := range new(rest.API).Routes() {
		lines = append(lines, fmt.Sprintf("%-6s %-72s %d  %s", r.Method, r.Path, r.Success, admitted(r)))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[7:], b[7:]) })
	golden(t, "testdata/routes.golden", strings.Join(lines, "\n")+"\n")
}

// admitted is whom a route lets in, in the words of the contract's table.
func admitted(r rest.Route) string {
	if r.Public {
		return "public"
	}
	var words []string
	for _, c := range authz.Capabilities() {
		if slices.Contains(r.Op.Needs, c) {
			words = append(words, string(c))
		}
	}
	if len(words) == 0 || r.Op.Rows {
		words = append(words, "member")
	}
	return strings.Join(words, "|")
}

// The document is what integrators build on: whatever of it changes is seen in the diff.
func TestTheDocumentIsGolden(t *testing.T) {
	text, err := OpenAPI("https://print.example.org", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/openapi.golden", strings.Join(outline(nil, "", doc), "\n")+"\n")
}

// outline is a document as lines of a path and what stands there: short enough to keep, fine enough for a diff.
func outline(lines []string, at string, v any) []string {
	object, ok := v.(map[string]any)
	if !ok || strings.Count(at, " ") == 4 {
		text, _ := json.Marshal(v) // it came out of JSON
		return append(lines, strings.TrimSpace(at)+": "+string(text))
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		lines = outline(lines, at+" "+name, object[name])
	}
	return lines
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("(-want +got), go test ./internal/app -update writes it anew:\n%s", d)
	}
}
