package arch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The module in testdata/house breaks every rule; the golden file says where. What stands in the fixture and not in the
// golden file is allowed, so each rule is also shown to leave the good beside the bad alone.
func TestEachRuleNotices(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/house")); err != nil {
		t.Fatal(err)
	}
	// Long code is made here rather than kept: a file of 501 lines and two functions of 81, one of which says why.
	body := strings.Repeat("\t_ = 0\n", maxFuncLines-1)
	write(t, filepath.Join(dir, "internal/org/long.go"), "package org\n"+strings.Repeat("// x\n", maxFileLines))
	write(t, filepath.Join(dir, "internal/org/funcs.go"),
		"package org\n\nfunc (s *Service[T]) Long() {\n"+body+"}\n\n// LongToo is a list that reads best in one piece.\nfunc LongToo() {\n"+body+"}\n")

	write(t, filepath.Join(dir, "internal/org/broken.go"), "package org\n\nfunc broken( {\n") // gofmt and editors stumble over it in the tree

	tree, err := Load(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	got := everything(t, tree)
	if *update {
		write(t, "testdata/house.golden", got)
	}
	want, err := os.ReadFile("testdata/house.golden")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func everything(t *testing.T, tree *Tree) string {
	t.Helper()
	sites, found := AsSystem(tree)
	columns, err := Columns(tree)
	if err != nil {
		t.Fatal(err)
	}
	words, err := Words(tree)
	if err != nil {
		t.Fatal(err)
	}
	found = slices.Concat(found, columns, words, Arrows(tree), Network(tree), Clock(tree), State(tree), Generated(tree), Sizes(tree))
	for _, v := range tree.Broken {
		v.Text = "does not parse" // the parser's words are its own
		found = append(found, v)
	}
	var lines []string
	for _, v := range found {
		text, _, _ := strings.Cut(v.String(), "; allowed: ")
		lines = append(lines, text)
	}
	for _, s := range sites {
		lines = append(lines, "pinned "+s)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		patterns string
		path     string
		want     bool
	}{
		{"internal/queue", "internal/queue", true},
		{"internal/queue", "internal/queue/match", false},
		{"internal/queue/...", "internal/queue", true},
		{"internal/queue/...", "internal/queue/match", true},
		{"internal/queue/...", "internal/queuex", false},
		{"!ent/schema/... ent/...", "ent/schema", false},
		{"!ent/schema/... ent/...", "ent/schematype", true},
		{"...", "anything/at/all", true},
		{"", "internal/queue", false},
	} {
		if got := matches(strings.Fields(c.patterns), c.path); got != c.want {
			t.Errorf("matches(%q, %q) = %v", c.patterns, c.path, got)
		}
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"ent/**", "ent/printer/where.go", true},
		{"graph/*_gen.go", "graph/crud_gen.go", true},
		{"graph/*_gen.go", "graph/deep/crud_gen.go", false},
		{"**_templ.go", "web/page/landing_templ.go", true},
		{"**/doc.go", "internal/listing/doc.go", true},
		{"**/doc.go", "internal/listing/mydoc.go", false},
	} {
		if got := fits([]string{c.pattern}, c.name); got != c.want {
			t.Errorf("fits(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

// Two rules for one package would let the order of the table decide what an arrow means; only a narrower one before a
// wider one makes sense.
func TestNoRuleIsHidden(t *testing.T) {
	rules := Rules()
	for i, r := range rules {
		for _, from := range r.From {
			path := strings.TrimSuffix(from, "/...")
			first := slices.IndexFunc(rules, func(r Rule) bool { return matches(r.From, path) })
			if first != i {
				t.Errorf("rule %d for %s is hidden by rule %d", i, from, first)
			}
		}
	}
}
