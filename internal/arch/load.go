package arch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Tree is the module's own source, parsed once.
type Tree struct {
	Root     string // folder of go.mod
	Module   string // module path
	Packages []*Package
	Broken   []Violation // files that do not parse

	fset *token.FileSet
}

// Package is one folder of Go files.
type Package struct {
	Path  string // below the module: internal/queue; "." is the module's root
	Files []*File
}

// File is one Go file. Of a generated file only the imports are parsed.
type File struct {
	Path      string // below the root, with slashes
	Test      bool
	Program   bool // a program of its own behind a build tag, such as ent/entc.go
	Generated bool // carries the header of generated code
	Lines     int
	AST       *ast.File
}

// Violation is a place where a rule is broken.
type Violation struct {
	File string // below the root
	Line int    // 0 where the whole file is meant
	Rule string // name of the rule, one word
	Text string // what is wrong and what to do
}

// String is the violation as compilers write theirs, so that editors jump to it.
func (v Violation) String() string {
	if v.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", v.File, v.Rule, v.Text)
	}
	return fmt.Sprintf("%s:%d: %s: %s", v.File, v.Line, v.Rule, v.Text)
}

// listed is what go list says of a package.
type listed struct {
	Dir        string `json:"Dir"`
	ImportPath string `json:"ImportPath"`
	Module     struct {
		Path string `json:"Path"`
	} `json:"Module"`
	GoFiles        []string `json:"GoFiles"`
	CgoFiles       []string `json:"CgoFiles"`
	IgnoredGoFiles []string `json:"IgnoredGoFiles"`
	TestGoFiles    []string `json:"TestGoFiles"`
	XTestGoFiles   []string `json:"XTestGoFiles"`
}

// Load lists and parses the packages of the module in root. Packages that do not compile are listed too.
func Load(ctx context.Context, root string) (*Tree, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-json=Dir,ImportPath,Module,GoFiles,CgoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.Bytes())
	}

	t := &Tree{Root: root, fset: token.NewFileSet()}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			return t, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if l.Dir == "" || l.Module.Path == "" {
			continue // a pattern that matched nothing
		}
		t.Module = l.Module.Path
		if err := t.add(l); err != nil {
			return nil, err
		}
	}
}

func (t *Tree) add(l listed) error {
	p := &Package{Path: strings.TrimPrefix(strings.TrimPrefix(l.ImportPath, l.Module.Path), "/")}
	if p.Path == "" {
		p.Path = "."
	}
	for _, names := range [][]string{l.GoFiles, l.CgoFiles, l.IgnoredGoFiles, l.TestGoFiles, l.XTestGoFiles} {
		for _, name := range names {
			f, ok, err := t.parse(filepath.Join(l.Dir, name))
			if err != nil {
				return err
			}
			if ok {
				p.Files = append(p.Files, f)
			}
		}
	}
	t.Packages = append(t.Packages, p)
	return nil
}

var header = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// parse reads a file; false where it does not parse, which is noted in Broken.
func (t *Tree) parse(name string) (f *File, ok bool, err error) {
	rel, err := filepath.Rel(t.Root, name)
	if err != nil {
		return nil, false, err
	}
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, false, err
	}
	f = &File{
		Path:      filepath.ToSlash(rel),
		Test:      strings.HasSuffix(name, "_test.go"),
		Lines:     bytes.Count(src, []byte("\n")),
		Generated: header.Match(head(src)),
	}
	mode := parser.ParseComments | parser.SkipObjectResolution
	if f.Generated {
		mode |= parser.ImportsOnly
	}
	file, broken := parser.ParseFile(t.fset, f.Path, src, mode)
	if broken != nil {
		t.Broken = append(t.Broken, Violation{File: f.Path, Rule: "parse", Text: broken.Error()})
		return nil, false, nil //nolint:nilerr // Broken has it
	}
	f.AST = file
	f.Program = file.Name.Name == "main" && bytes.Contains(head(src), []byte("//go:build ignore"))
	return f, true, nil
}

// head is what stands before the package clause, or as much as any sensible file has there.
func head(src []byte) []byte {
	if i := bytes.Index(src, []byte("\npackage ")); i >= 0 {
		return src[:i+1]
	}
	return src[:min(len(src), 4096)]
}

func (t *Tree) line(pos token.Pos) int { return t.fset.Position(pos).Line }
