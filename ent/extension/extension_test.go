package extension

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const module = "github.com/soloprint/soloprint"

// schemas loads the real schemas once.
var schemas = sync.OnceValues(func() (*gen.Graph, error) {
	return entc.LoadGraph("../schema", &gen.Config{Package: module + "/ent", Target: ".."})
})

func model(t *testing.T, root string) *Model {
	t.Helper()
	g, err := schemas()
	if err != nil {
		t.Fatal(err)
	}
	m, err := decode(g, Config{Root: root, Module: module})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestGenerateTwice generates into an empty directory, as from a checkout without any generated file.
func TestGenerateTwice(t *testing.T) {
	root := t.TempDir()
	x := New(Config{Root: root, Module: module})

	first, err := x.generate(model(t, root))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"internal/guard/entities_gen.go", "internal/crud/printer_tag_gen.go", "rest/generated/print_gen.go", "rest/crud_gen.go"} {
		if !slices.Contains(first, want) {
			t.Errorf("%s is not generated", want)
		}
	}
	for _, path := range first {
		content, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".go") && !strings.HasPrefix(string(content), Header+"\n") {
			t.Errorf("%s does not begin with the header", path)
		}
	}

	second, err := x.generate(model(t, root))
	if err != nil || len(second) > 0 {
		t.Errorf("the second run wrote %v, %v", second, err)
	}
}

func TestGenerateDeletesWhatIsStale(t *testing.T) {
	root := t.TempDir()
	stale, byHand := "internal/crud/gone_gen.go", "internal/crud/crud.go"
	for path, content := range map[string]string{stale: Header + "\n\npackage crud\n", byHand: "package crud\n"} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	touched, err := New(Config{Root: root, Module: module}).generate(model(t, root))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, stale)); !os.IsNotExist(err) || !slices.Contains(touched, stale) {
		t.Errorf("%s is still there", stale)
	}
	if _, err := os.Stat(filepath.Join(root, byHand)); err != nil || slices.Contains(touched, byHand) {
		t.Errorf("%s was touched: %v", byHand, err)
	}
}

// TestOperations shows what is generated; a difference is a decision.
func TestOperations(t *testing.T) {
	var b strings.Builder
	for _, o := range model(t, "").Operations() {
		line := fmt.Sprintf("%-20s %-22s %s %s", o.Method(), o.Var(), o.Verb, o.Path())
		line += " needs " + strings.Join(o.Needs(), "|")
		if o.Rows() {
			line += " or own rows"
		}
		fmt.Fprintln(&b, line)
		for _, in := range o.Inputs() {
			fmt.Fprintf(&b, "\t%s %s `%s`\n", in.Go, in.Type, in.Tag)
		}
	}
	golden := filepath.Join("testdata", "operations.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("operations differ (-want +got); go test -update accepts them\n%s", diff)
	}
}
