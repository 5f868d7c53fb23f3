package arch

import (
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// generatedPlaces are where generated Go code lives, and handPlaces what in them is written by hand.
func generatedPlaces() []string {
	return []string{"ent/**", "graph/generated/**", "rest/generated/**", "**_gen.go", "**_templ.go"}
}

func handPlaces() []string {
	return []string{"ent/schema/**", "ent/schematype/**", "ent/extension/**", "ent/entc.go", "ent/generate.go", "**/doc.go", "**_test.go"}
}

// Generated finds generated code without Go's exact header line, and generated code outside its places.
func Generated(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.Packages {
		for _, f := range p.Files {
			place := fits(generatedPlaces(), f.Path) && !fits(handPlaces(), f.Path)
			switch {
			case place && !f.Generated:
				found = append(found, Violation{File: f.Path, Rule: "generated", Text: "generated code begins with // Code generated … DO NOT EDIT."})
			case !place && f.Generated:
				found = append(found, Violation{File: f.Path, Rule: "generated", Text: "generated code lives in a place of its own: see generatedPlaces in internal/arch and .gitattributes"})
			}
		}
	}
	return found
}

// fits compares with patterns in which ** is any text and * any text without a slash.
func fits(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		p = regexp.QuoteMeta(p)
		p = strings.ReplaceAll(p, `\*\*/`, `(.*/)?`)
		p = strings.ReplaceAll(p, `\*\*`, `.*`)
		p = strings.ReplaceAll(p, `\*`, `[^/]*`)
		return regexp.MustCompile("^" + p + "$").MatchString(name)
	})
}

// Columns finds files of the adapters that are named after no noun: one noun, the same file name in every folder. The noun
// is what stands before the first underscore.
func Columns(t *Tree) ([]Violation, error) {
	var found []Violation
	for dir, extra := range Extra() {
		entries, err := os.ReadDir(filepath.Join(t.Root, filepath.FromSlash(dir)))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			noun, ok := nounOf(e)
			if !ok || slices.Contains(extra, noun) || t.isNoun(noun) {
				continue
			}
			found = append(found, Violation{File: path.Join(dir, e.Name()), Rule: "column",
				Text: fmt.Sprintf("there is no internal/%s: name the file after its noun, or list it in internal/arch/exceptions.go", noun)})
		}
	}
	slices.SortFunc(found, func(a, b Violation) int { return strings.Compare(a.File, b.File) })
	return found, nil
}

// nounOf is the noun in a file's name; false for files that have none.
func nounOf(e fs.DirEntry) (string, bool) {
	ext := path.Ext(e.Name())
	if e.IsDir() || !slices.Contains([]string{".go", ".graphql", ".templ"}, ext) {
		return "", false
	}
	base := strings.TrimSuffix(e.Name(), ext)
	if ext == ".go" && (base == "doc" || fits([]string{"*_gen", "*_templ", "*_test"}, base)) {
		return "", false
	}
	noun, _, _ := strings.Cut(base, "_")
	return noun, true
}

// isNoun reports whether the word is a package of the domain. A folder is enough: the house is built column by column.
func (t *Tree) isNoun(word string) bool {
	if !matches(domain(), "internal/"+word) {
		return false
	}
	info, err := os.Stat(filepath.Join(t.Root, "internal", word))
	return err == nil && info.IsDir()
}

// Sizes of what people read in one go.
const (
	maxFileLines = 500
	maxFuncLines = 80
)

// Sizes finds hand-written files that are too long, and long functions whose comment does not say a word about it.
func Sizes(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.Packages {
		for _, f := range p.Files {
			if f.Generated {
				continue
			}
			if f.Lines > maxFileLines {
				found = append(found, Violation{File: f.Path, Rule: "size", Text: fmt.Sprintf("%d lines; a file has at most %d: split it by what it is about", f.Lines, maxFileLines)})
			}
			found = append(found, t.longFuncs(f)...)
		}
	}
	return found
}

func (t *Tree) longFuncs(f *File) []Violation {
	var found []Violation
	for _, d := range f.AST.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := t.line(fn.End()) - t.line(fn.Pos()) + 1; n > maxFuncLines && !sentence(fn.Doc) {
			found = append(found, Violation{f.Path, t.line(fn.Pos()), "size", fmt.Sprintf("%s has %d lines; over %d the comment above says why", funcName(fn), n, maxFuncLines)})
		}
	}
	return found
}

// sentence reports whether a comment says something: several words and a full stop.
func sentence(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	text := strings.TrimSpace(doc.Text())
	return len(strings.Fields(text)) >= 4 && strings.ContainsAny(text, ".:")
}

// Words that no file holds: notes to oneself belong into the tracker, and paths of somebody's machine nowhere.
var unwanted = regexp.MustCompile(`\b(T[O]DO|FI[X]ME|X[X]X|HA[C]K)\b|/work/(m[a]in|sh[a]red)\b|\bshared/(d[e]sign|con[t]ract|da[t]a)\b`)

// Words finds unwanted words in every text file that people write.
func Words(t *Tree) ([]Violation, error) {
	var found []Violation
	err := filepath.WalkDir(t.Root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(t.Root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if slices.Contains([]string{".git", "testdata", "node_modules", "bin", "static"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !isText(rel) || fits(generatedPlaces(), rel) && !fits(handPlaces(), rel) {
			return nil
		}
		more, err := wordsOf(name, rel)
		found = append(found, more...)
		return err
	})
	return found, err
}

func wordsOf(name, rel string) ([]Violation, error) {
	src, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return nil, nil // gone since the folder was read
	}
	if err != nil {
		return nil, err
	}
	var found []Violation
	for i, line := range strings.Split(string(src), "\n") {
		if w := unwanted.FindString(line); w != "" {
			found = append(found, Violation{rel, i + 1, "words", strconv.Quote(w) + " does not belong into the repository"})
		}
	}
	return found, nil
}

func isText(name string) bool {
	ext := path.Ext(name)
	return slices.Contains([]string{".go", ".md", ".graphql", ".templ", ".tmpl", ".yml", ".yaml", ".sql", ".sh", ".awk", ".mod"}, ext) ||
		slices.Contains([]string{"Makefile", "Dockerfile", ".gitattributes", ".gitignore", ".editorconfig", ".ci/run"}, name)
}
