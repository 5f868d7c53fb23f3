package errs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/errs"
)

// ownCodes are packages that may not import errs; their constants that begin with Code are codes all the same.
var ownCodes = []string{"internal/blob"}

func TestEachCodeIsDefinedOnceAndSaysWhatToDo(t *testing.T) {
	shape := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[errs.Code]bool{}
	for _, d := range errs.Registry() {
		if seen[d.Code] || !shape.MatchString(string(d.Code)) {
			t.Errorf("%q is registered twice, or no code", d.Code)
		}
		seen[d.Code] = true
		if !sentence(d.Meaning) || !sentence(d.Fix) || d.Meaning == d.Fix {
			t.Errorf("%s: meaning %q, fix %q", d.Code, d.Meaning, d.Fix)
		}
		if got := errs.New(d.Code).Kind; got != d.Kind {
			t.Errorf("%s is of kind %d, New makes it %d", d.Code, d.Kind, got)
		}
		if (d.Kind == errs.KindInternal) != (d.Code == errs.InternalError) {
			t.Errorf("%s is a fault of ours with a name of its own", d.Code)
		}
	}
}

func sentence(s string) bool {
	return len(s) > 8 && strings.HasSuffix(s, ".") && strings.TrimSpace(s) == s
}

func TestEachConstantIsRegisteredAndTheOtherWayRound(t *testing.T) {
	constants := codeConstants(t)
	values := slices.Collect(maps.Values(constants))
	for _, d := range errs.Registry() {
		if !slices.Contains(values, d.Code) {
			t.Errorf("%s is registered, but no constant", d.Code)
		}
	}
	for name, code := range constants {
		if !registered(code) {
			t.Errorf("%s (%s) is not registered", name, code)
		}
	}
	if len(constants) != len(errs.Registry()) {
		t.Errorf("%d constants, %d definitions", len(constants), len(errs.Registry()))
	}
}

func TestEachUsedCodeIsRegisteredAndEachRegisteredCodeIsUsed(t *testing.T) {
	constants := codeConstants(t)
	used := map[errs.Code]bool{}
	for _, u := range codesInUse(t, constants) {
		used[u.code] = true
		if !registered(u.code) && !strings.HasSuffix(string(u.code), "_not_found") {
			t.Errorf("%s: %q is not registered", u.where, u.code)
		}
	}
	for _, d := range errs.Registry() {
		if !used[d.Code] {
			t.Errorf("%s is registered, but nothing answers it", d.Code)
		}
	}
	if len(used) < 40 {
		t.Errorf("only %d codes found: is the walk still right?", len(used))
	}
}

func registered(c errs.Code) bool {
	return slices.ContainsFunc(errs.Registry(), func(d errs.Definition) bool { return d.Code == c })
}

// codeConstants are the constants of type Code, by name.
func codeConstants(t *testing.T) map[string]errs.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]errs.Code{}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.ValueSpec)
		if typ, isName := typeOf(s); ok && isName && typ == "Code" && len(s.Values) == 1 {
			if text, ok := literal(s.Values[0]); ok {
				found[s.Names[0].Name] = errs.Code(text)
			}
		}
		return true
	})
	return found
}

func typeOf(s *ast.ValueSpec) (string, bool) {
	if s == nil {
		return "", false
	}
	id, ok := s.Type.(*ast.Ident)
	if !ok {
		return "", false
	}
	return id.Name, true
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// use is a code somewhere in the program.
type use struct {
	code  errs.Code
	where string
}

// codesInUse walks everything but tests.
func codesInUse(t *testing.T, constants map[string]errs.Code) []use {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var found []use
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || name == "internal/errs" || strings.HasPrefix(d.Name(), ".") && name != "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		src, err := os.ReadFile(filepath.Join(root, name))
		own := slices.Contains(ownCodes, path.Dir(name))
		if err != nil || !own && !strings.Contains(string(src), `/internal/errs"`) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		found = append(found, codesOf(name, file, constants, own)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// codesOf are the constants that a file names, the texts that it hands to functions of errs, and its own constants.
func codesOf(name string, file *ast.File, constants map[string]errs.Code, own bool) (found []use) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if code, ok := constants[n.Sel.Name]; ok && isErrs(n) {
				found = append(found, use{code, name})
			}
		case *ast.CallExpr:
			if code, ok := namedCode(n); ok {
				found = append(found, use{code, name})
			}
		case *ast.ValueSpec:
			if own && len(n.Values) == 1 && strings.HasPrefix(n.Names[0].Name, "Code") {
				if text, ok := literal(n.Values[0]); ok {
					found = append(found, use{errs.Code(text), name})
				}
			}
		}
		return true
	})
	return found
}

func isErrs(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == "errs"
}

// namedCode is the code that a call of errs.New, Conflict, Is or Code gives as a text.
func namedCode(call *ast.CallExpr) (errs.Code, bool) {
	if !isErrs(call.Fun) {
		return "", false
	}
	at := map[string]int{"New": 0, "Conflict": 0, "Code": 0, "Is": 1}
	i, ok := at[call.Fun.(*ast.SelectorExpr).Sel.Name]
	if !ok || i >= len(call.Args) {
		return "", false
	}
	text, ok := literal(call.Args[i])
	return errs.Code(text), ok
}
