package arch

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// State finds init functions and package-level variables that can change: dependencies are fields, filled by whoever
// builds the value. A variable may stay where it is a table (never assigned, no pointer, no state inside), an error, a
// compiled expression or an embedded folder. It sees what go/ast and the package alone can tell, not what a method of a
// foreign type does.
func State(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.Packages {
		if !matches(testHelp(), p.Path) {
			found = append(found, t.stateOf(p)...)
		}
	}
	return found
}

// testHelp are the packages that only tests and measurements use.
func testHelp() []string {
	return []string{"internal/testkit/...", "internal/bench/...", "internal/connector/connectortest", "internal/blob/blobtest"}
}

func (t *Tree) stateOf(p *Package) []Violation {
	info, handwritten := t.check(p)
	changed := changedVars(info, handwritten)
	tables := tableFuncs(handwritten)
	var found []Violation
	for _, f := range handwritten {
		report := func(pos token.Pos, text string) {
			found = append(found, Violation{f.Path, t.line(pos), "state", text})
		}
		for _, d := range f.AST.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					report(d.Pos(), "init runs unasked: call a function from where the value is built")
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					varsOf(scope{info, f.AST, tables}, f, d, changed, report)
				}
			}
		}
	}
	return found
}

// varsOf reports the variables of one declaration that are more than tables.
func varsOf(s scope, f *File, d *ast.GenDecl, changed map[types.Object]bool, report func(token.Pos, string)) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for i, name := range v.Names {
			_, excused := Exceptions()[f.Path+" "+name.Name]
			switch {
			case name.Name == "_" || excused:
			case changed[s.info.Defs[name]]:
				report(name.Pos(), "the package-level variable "+name.Name+" is changed: make it a field")
			case len(v.Values) == 0 && !embedded(f.AST, v):
				report(name.Pos(), "the package-level variable "+name.Name+" has no value: state is a field of whoever owns it")
			case len(v.Values) == len(v.Names) && !isError(name.Name) && !s.table(v.Values[i]):
				report(name.Pos(), "the package-level variable "+name.Name+" is more than a table, an error or a compiled expression")
			}
		}
	}
}

func isError(name string) bool {
	return strings.HasPrefix(name, "Err") || strings.HasPrefix(name, "err")
}

// embedded reports whether the variable is filled by the compiler with files.
func embedded(file *ast.File, v *ast.ValueSpec) bool {
	if sel, ok := v.Type.(*ast.SelectorExpr); ok {
		x, ok := sel.X.(*ast.Ident)
		return ok && sel.Sel.Name == "FS" && x.Name == localName(file, "embed")
	}
	return localName(file, "embed") != "" // a string or []byte under //go:embed
}

// scope is what an initial value is judged with.
type scope struct {
	info   *types.Info
	file   *ast.File
	tables map[string]bool // functions of the package that make tables
}

// table reports whether an expression makes a value that only its package could change; changed says that it does not.
func (s scope) table(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.Ident:
		return true
	case *ast.ParenExpr:
		return s.table(e.X)
	case *ast.BinaryExpr:
		return s.table(e.X) && s.table(e.Y)
	case *ast.UnaryExpr:
		return e.Op != token.AND && s.table(e.X)
	case *ast.IndexExpr:
		return s.table(e.X)
	case *ast.CompositeLit:
		return !stateful(s.file, e.Type)
	case *ast.CallExpr:
		id, ok := e.Fun.(*ast.Ident)
		return ok && s.tables[id.Name] || conversion(e.Fun) || pureCall(s.file, e.Fun) || plain(s.info.TypeOf(e))
	default:
		return false
	}
}

// tableFuncs are append and the package's own functions that by their signature give one table: a slice, a map, an array,
// or a descriptor of an operation.
func tableFuncs(files []*File) map[string]bool {
	tables := map[string]bool{"append": true}
	for _, f := range files {
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Type.Results == nil || len(fn.Type.Results.List) != 1 {
				continue
			}
			switch r := fn.Type.Results.List[0].Type.(type) {
			case *ast.ArrayType, *ast.MapType:
				tables[fn.Name.Name] = true
			case *ast.SelectorExpr:
				x, ok := r.X.(*ast.Ident)
				tables[fn.Name.Name] = ok && (x.Name == "authz" && r.Sel.Name == "Op" || x.Name == "template" && r.Sel.Name == "FuncMap")
			}
		}
	}
	return tables
}

// stateful reports whether a type of sync or atomic is made.
func stateful(file *ast.File, typ ast.Expr) bool {
	sel, ok := typ.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && (x.Name == localName(file, "sync") || x.Name == localName(file, "sync/atomic"))
}

func conversion(fun ast.Expr) bool {
	switch fun.(type) {
	case *ast.ArrayType, *ast.MapType:
		return true
	default:
		return false
	}
}

// makers are packages whose functions make values that do not change, or copies.
func makers() []string {
	return []string{
		"bytes", "encoding/base32", "encoding/base64", "encoding/hex", "errors", "hash/crc32", "html/template", "maps", "math", "math/big",
		"net/netip", "net/url", "reflect", "regexp", "slices", "strconv", "strings", "text/template", "time", "unicode",
	}
}

// pureCall reports whether a call chain begins in one of the makers: regexp.MustCompile(…), base32.NewEncoding(…).WithPadding(…).
func pureCall(file *ast.File, fun ast.Expr) bool {
	for {
		switch e := fun.(type) {
		case *ast.SelectorExpr:
			if x, ok := e.X.(*ast.Ident); ok {
				return e.Sel.Name != "Now" && slices.ContainsFunc(makers(), func(m string) bool { return x.Name == localName(file, m) })
			}
			fun = e.X
		case *ast.CallExpr:
			fun = e.Fun
		case *ast.IndexExpr:
			fun = e.X
		case *ast.IndexListExpr:
			fun = e.X
		default:
			return false
		}
	}
}

// plain reports whether a type is a table by itself: a number, a text, or a slice, array or map.
func plain(t types.Type) bool {
	if t == nil {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() != types.Invalid
	case *types.Slice, *types.Array, *types.Map:
		return true
	default:
		return false
	}
}

// changedVars are the package-level variables that some code assigns to, counts up, deletes from or takes the address of.
func changedVars(info *types.Info, files []*File) map[types.Object]bool {
	changed := map[types.Object]bool{}
	mark := func(e ast.Expr) {
		if id := root(e); id != nil {
			changed[info.Uses[id]] = true
		}
	}
	for _, f := range files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, e := range n.Lhs {
					mark(e)
				}
			case *ast.IncDecStmt:
				mark(n.X)
			case *ast.UnaryExpr:
				if id, ok := n.X.(*ast.Ident); ok && n.Op == token.AND {
					mark(id)
				}
			case *ast.SendStmt:
				mark(n.Chan)
			case *ast.RangeStmt:
				if n.Tok == token.ASSIGN {
					mark(n.Key)
					mark(n.Value)
				}
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"delete", "clear", "copy"}, id.Name) && len(n.Args) > 0 {
					mark(n.Args[0])
				}
			}
			return true
		})
	}
	delete(changed, nil)
	return changed
}

// root is the variable that an expression reaches into: x of x.f[i].
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// check resolves the names of a package's own hand-written code. Imports are not loaded, so types of other packages stay
// unknown; which variable a name means is known all the same, shadowing included.
func (t *Tree) check(p *Package) (*types.Info, []*File) {
	var files []*File
	var asts []*ast.File
	for _, f := range p.Files {
		if !f.Test && !f.Generated && !f.Program {
			files = append(files, f)
			asts = append(asts, f.AST)
		}
	}
	info := &types.Info{
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{},
	}
	c := types.Config{Importer: noImports{}, Error: func(error) {}}
	_, _ = c.Check(p.Path, t.fset, asts, info) // it does not compile without imports; the names are resolved
	return info, files
}

// noImports answers every import with an empty package.
type noImports struct{}

var errNoImports = errors.New("imports are not loaded")

func (noImports) Import(string) (*types.Package, error) {
	return nil, errNoImports
}
