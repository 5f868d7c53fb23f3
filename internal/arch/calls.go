package arch

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxAsSystem is how many places may lift the guard, all together.
const maxAsSystem = 9

// AsSystem finds the places that lift the guard. They may stand in three packages only, and few of them. Sites are the
// allowed ones, as "file: function", sorted: a test pins them, so that a new one is a decision.
func AsSystem(t *Tree) (sites []string, found []Violation) {
	guard := t.Module + "/internal/guard"
	allowed := []string{"internal/authn/...", "internal/app/...", "internal/op/..."}
	t.eachFunc(func(p *Package, f *File, fn string, body ast.Node) {
		uses(f.AST, body, guard, []string{"AsSystem"}, func(pos token.Pos, _ string) {
			if !matches(allowed, p.Path) {
				found = append(found, Violation{f.Path, t.line(pos), "assystem", "guard.AsSystem is for authn, app and op only"})
				return
			}
			sites = append(sites, f.Path+": "+fn)
		})
	})
	if len(sites) > maxAsSystem {
		found = append(found, Violation{File: "internal/guard", Rule: "assystem",
			Text: fmt.Sprintf("guard.AsSystem is used in %d places, at most %d are allowed", len(sites), maxAsSystem)})
	}
	slices.Sort(sites)
	return sites, found
}

// ways are the names of the standard library with which a program makes connections: functions, and types of which it
// makes a value. A type in a signature is no connection.
func ways() map[string]struct{ funcs, types []string } {
	return map[string]struct{ funcs, types []string }{
		"net/http":          {funcs: []string{"DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"}, types: []string{"Client", "Transport"}},
		"net/http/httputil": {funcs: []string{"NewSingleHostReverseProxy"}, types: []string{"ReverseProxy"}},
		"net":               {funcs: []string{"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix"}, types: []string{"Dialer"}},
		"crypto/tls":        {funcs: []string{"Dial", "DialWithDialer"}, types: []string{"Dialer"}},
		"net/smtp":          {funcs: []string{"Dial", "SendMail"}},
	}
}

// Network finds connections made outside internal/egress, which is the only way off the machine: it judges every address.
// What only tests and measurements use is exempt; servers listen and need no exemption. internal/apiclient is the command
// line's client: it runs in no server and calls the one host that its user named.
func Network(t *Tree) []Violation {
	exempt := join(testHelp(), "internal/egress", "internal/apiclient", "internal/e2e/...")
	var found []Violation
	t.eachFunc(func(p *Package, f *File, _ string, body ast.Node) {
		if matches(exempt, p.Path) {
			return
		}
		made := literals(body)
		for path, way := range ways() {
			uses(f.AST, body, path, slices.Concat(way.funcs, way.types), func(pos token.Pos, name string) {
				if slices.Contains(way.types, name) && !made[pos] {
					return
				}
				found = append(found, Violation{f.Path, t.line(pos), "network", guessName(path) + "." + name + ": requests leave the machine through internal/egress only"})
			})
		}
	})
	slices.SortFunc(found, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, cmp.Compare(a.Text, b.Text))
	})
	return found
}

// literals are the positions of the types of composite literals and of new(T): where values are made.
func literals(n ast.Node) map[token.Pos]bool {
	made := map[token.Pos]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if n.Type != nil {
				made[n.Type.Pos()] = true
			}
		case *ast.ValueSpec:
			if n.Type != nil {
				made[n.Type.Pos()] = true
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "new" && len(n.Args) == 1 {
				made[n.Args[0].Pos()] = true
			}
		}
		return true
	})
	return made
}

// Clock finds the system's clock in packages that take time as a dependency, so that tests can set it.
func Clock(t *Tree) []Violation {
	timed := join(domain(), "internal/op/...", "internal/guard/...", "internal/event/...", "internal/idem/...",
		"internal/authn/...", "internal/authz", "internal/crud", "internal/listing", "jobs/...")
	var found []Violation
	t.eachFunc(func(p *Package, f *File, _ string, body ast.Node) {
		if !matches(timed, p.Path) {
			return
		}
		uses(f.AST, body, "time", []string{"Now", "Since", "Until"}, func(pos token.Pos, name string) {
			found = append(found, Violation{f.Path, t.line(pos), "clock", "time." + name + ": take a clock.Clock as a field"})
		})
	})
	return found
}

// eachFunc visits the declarations of all hand-written files that are not tests. The name is the function's, with its
// receiver, or "package level".
func (t *Tree) eachFunc(visit func(p *Package, f *File, name string, n ast.Node)) {
	for _, p := range t.Packages {
		for _, f := range p.Files {
			if f.Test || f.Generated {
				continue
			}
			for _, d := range f.AST.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					visit(p, f, funcName(fn), fn)
				} else {
					visit(p, f, "package level", d)
				}
			}
		}
	}
}

func funcName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	typ := fn.Recv.List[0].Type
	for {
		switch e := typ.(type) {
		case *ast.StarExpr:
			typ = e.X
		case *ast.IndexExpr:
			typ = e.X
		case *ast.IndexListExpr:
			typ = e.X
		case *ast.Ident:
			return e.Name + "." + fn.Name.Name
		default:
			return fn.Name.Name
		}
	}
}

// uses visits each mention of a name of an imported package, whatever the import is called in the file.
func uses(file *ast.File, n ast.Node, importPath string, names []string, visit func(pos token.Pos, name string)) {
	local := localName(file, importPath)
	if local == "" {
		return
	}
	ast.Inspect(n, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && slices.Contains(names, sel.Sel.Name) {
			visit(sel.Pos(), sel.Sel.Name)
		}
		return true
	})
}

// localName is what a file calls an import, "" where it does not import it.
func localName(file *ast.File, importPath string) string {
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil || p != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return guessName(p)
	}
	return ""
}

// guessName is the package name that an import path suggests.
func guessName(importPath string) string {
	base := path.Base(importPath)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(importPath))
	}
	return base
}
