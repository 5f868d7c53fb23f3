package signin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// check is one if that refuses, in the sources of this package and of the protocol.
type check struct {
	file string
	line int
	body []byte // the file without it
}

// Without any one of its checks, the hostile list gets in: each is there for a reason that a test knows.
func TestSoakMutations(t *testing.T) {
	if os.Getenv("SOLOPRINT_SOAK") != "1" {
		t.Skip("a long run: make soak")
	}
	checks := checksIn(t, "../oidc/client.go", "../oidc/keys.go", "../oidc/token.go", "../oidc/logout.go", "person.go", "login.go", "login_end.go", "logout.go")
	if len(checks) < 30 {
		t.Fatalf("only %d checks are found: is the search still right?", len(checks))
	}
	survived := 0
	for _, c := range checks {
		if out, err := c.run(t); err == nil {
			survived++
			t.Errorf("%s:%d: without this check every test passes", c.file, c.line)
		} else if strings.Contains(out, "build failed") {
			t.Errorf("%s:%d: does not build without it:\n%.600s", c.file, c.line, out)
		}
	}
	t.Logf("%d checks taken away, %d of them unnoticed", len(checks), survived)
}

// run runs the tests of signing in without the check, on SQLite.
func (c check) run(t *testing.T) (string, error) {
	t.Helper()
	dir := t.TempDir()
	changed := filepath.Join(dir, "changed.go")
	original, err := filepath.Abs(c.file)
	must(t, err)
	must(t, os.WriteFile(changed, c.body, 0o600))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	test := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-overlay="+filepath.Join(dir, "overlay.json"), "-run", "Hostile|Honest|Rotated|OneOrganization|TwoAnswers|OtherOrganizations|Return|Invited|WhoSomebody|Logout", ".", "../oidc")
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SOLOPRINT_") {
			test.Env = append(test.Env, v)
		}
	}
	out, err := test.CombinedOutput()
	return string(out), err
}

// checksIn finds the ifs whose body refuses: by a refusal, by an error of the contract, or as a sign-in that nobody began. Each is
// taken away alone; where a condition has parts, each part.
func checksIn(t *testing.T, files ...string) (all []check) {
	t.Helper()
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for n := 0; ; n++ {
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, file, text, parser.ParseComments)
			must(t, err)
			found := refusing(parsed)
			if n == len(found) {
				break
			}
			line := set.Position(found[n].Pos()).Line
			never(found[n])
			var b bytes.Buffer
			must(t, format.Node(&b, set, parsed))
			all = append(all, check{file, line, b.Bytes()})
		}
	}
	return all
}

// refusing are the ifs that only refuse because of what they look at: not those that hand an error on.
func refusing(f *ast.File) (found []*ast.IfStmt) {
	ast.Inspect(f, func(n ast.Node) bool {
		i, ok := n.(*ast.IfStmt)
		if !ok || len(i.Body.List) != 1 {
			return true
		}
		r, ok := i.Body.List[0].(*ast.ReturnStmt)
		if ok && refuses(r) && !handsOn(i.Cond) {
			found = append(found, i)
		}
		return true
	})
	return found
}

func refuses(r *ast.ReturnStmt) (yes bool) {
	for _, e := range r.Results {
		ast.Inspect(e, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				yes = yes || slices.Contains([]string{"refuse", "notBegun"}, n.Name)
			case *ast.SelectorExpr:
				yes = yes || fmt.Sprint(n.X) == "errs" && n.Sel.Name == "New" || fmt.Sprint(n.X) == "oidc" && n.Sel.Name == "Refusal"
			}
			return true
		})
	}
	return yes
}

// handsOn holds for err != nil, which fails whoever looks, and for key == nil: what is not there cannot be used.
func handsOn(cond ast.Expr) bool {
	b, ok := cond.(*ast.BinaryExpr)
	if !ok {
		return false
	}
	x, named := b.X.(*ast.Ident)
	y, null := b.Y.(*ast.Ident)
	return named && (b.Op == token.NEQ && x.Name == "err" || b.Op == token.EQL && null && y.Name == "nil")
}

// never makes a condition false, and keeps what it names in use.
func never(i *ast.IfStmt) {
	i.Cond = &ast.BinaryExpr{X: &ast.ParenExpr{X: i.Cond}, Op: token.LAND, Y: ast.NewIdent("false")}
}
