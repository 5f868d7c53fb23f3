package graph

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/page"
)

// Limits of one request. They are checked before gqlgen sees it, because gqlgen's own validation is quadratic in repeated
// fields and exponential in nested fragments: 8 kB of one field take it more than a second.
const (
	maxBody          = 16 << 10 // bytes
	maxTokens        = 1_000    // of the document, comments included
	maxRepeats       = 30       // of one response name in the whole document
	maxFragments     = 20
	maxDepth         = 8 // nested fields, fragments followed
	maxIntrospection = 20
	maxAliases       = 15
	maxDirectives    = 10
	maxCost          = 20_000 // values in the answer, at most; a list counts its page size
	schemaCost       = 8_000  // what __schema counts, so that a document asks for it twice at most
	listCost         = 5      // what a list without pages counts, such as a printer's tags
	maxValues        = 1_000  // numbers, strings, lists and objects in the variables
	maxValueDepth    = 10
	timeout          = 5 * time.Second
)

// limiter measures documents against a schema.
type limiter struct{ schema *ast.Schema }

// check refuses a request over a limit. A document with a syntax error passes: it is short now, and gqlgen words the error.
func (l limiter) check(p *graphql.RawParams) error {
	if err := countTokens(p.Query); err != nil {
		return err
	}
	if n, depth := countValues(p.Variables); n > maxValues {
		return tooComplex("%d values in the variables", maxValues)
	} else if depth > maxValueDepth {
		return tooComplex("%d levels in the variables", maxValueDepth)
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: p.Query})
	if err != nil {
		return nil
	}
	m := measure{limiter: l, doc: doc, vars: p.Variables, names: map[string]int{}, done: map[string]weight{}, open: map[string]bool{}}
	return m.run()
}

func tooComplex(limit string, n ...any) error {
	return errs.New(errs.QueryTooComplex, "The limit is "+fmt.Sprintf(limit, n...)+".")
}

// countTokens reads tokens until there are too many. What is no token is left to the parser.
func countTokens(query string) error {
	lex := lexer.New(&ast.Source{Input: query})
	for n := 0; ; n++ {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return nil
		}
		if n == maxTokens {
			return tooComplex("%d tokens in the document", maxTokens)
		}
	}
}

// countValues is how many values there are in v, and how deep they lie.
func countValues(v any) (n, depth int) {
	each := func(child any) {
		cn, cd := countValues(child)
		n, depth = n+cn, max(depth, cd)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, child := range v {
			each(child)
		}
	case []any:
		for _, child := range v {
			each(child)
		}
	}
	return n + 1, depth + 1
}

// weight is what a selection costs and how deep it is. In a selection on a page, edges is what one row costs; the rest
// counts once. Both saturate just above the limit.
type weight struct{ cost, edges, depth int }

func (w weight) and(v weight) weight {
	return weight{cost: capped(w.cost + v.cost), edges: capped(w.edges + v.edges), depth: max(w.depth, v.depth)}
}

func capped(cost int) int { return min(cost, maxCost+1) }

// measure is one pass over one document.
type measure struct {
	limiter
	doc  *ast.QueryDocument
	vars map[string]any

	names               map[string]int // response names, and how often they stand in the document
	aliases, directives int

	done map[string]weight // fragments, measured once however often they are spread
	open map[string]bool   // fragments being measured: meeting one of them is a cycle
}

func (m *measure) run() error {
	if err := m.count(); err != nil {
		return err
	}
	for _, f := range m.doc.Fragments {
		if _, err := m.fragment(f.Name); err != nil {
			return err
		}
	}
	for _, op := range m.doc.Operations {
		w, err := m.selection(m.root(op), op.SelectionSet)
		if err != nil {
			return err
		}
		if w.cost > maxCost {
			return tooComplex("%d values in the answer, where a list counts its page size; ask for fewer rows or fields", maxCost)
		}
	}
	return nil
}

// count checks what is a matter of the text alone: every selection is looked at once, spreads are not followed.
func (m *measure) count() error {
	if len(m.doc.Operations) > 1 {
		return tooComplex("one operation a request")
	}
	if len(m.doc.Fragments) > maxFragments {
		return tooComplex("%d fragments", maxFragments)
	}
	for _, op := range m.doc.Operations {
		m.directives += len(op.Directives)
		for _, v := range op.VariableDefinitions {
			m.directives += len(v.Directives)
		}
		m.countSelection(op.SelectionSet)
	}
	for _, f := range m.doc.Fragments {
		m.directives += len(f.Directives)
		m.countSelection(f.SelectionSet)
	}
	switch {
	case m.aliases > maxAliases:
		return tooComplex("%d aliases", maxAliases)
	case m.directives > maxDirectives:
		return tooComplex("%d directives", maxDirectives)
	}
	for _, n := range m.names {
		if n > maxRepeats {
			return tooComplex("%d times the same field", maxRepeats)
		}
	}
	return nil
}

func (m *measure) countSelection(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			m.names[s.Alias]++ // the parser puts the name there where no alias is
			if s.Alias != s.Name {
				m.aliases++
			}
			m.directives += len(s.Directives)
			m.countSelection(s.SelectionSet)
		case *ast.InlineFragment:
			m.directives += len(s.Directives)
			m.countSelection(s.SelectionSet)
		case *ast.FragmentSpread:
			m.directives += len(s.Directives)
		}
	}
}

// root is the type that an operation starts at.
func (m *measure) root(op *ast.OperationDefinition) *ast.Definition {
	switch op.Operation {
	case ast.Mutation:
		return m.schema.Mutation
	case ast.Subscription:
		return m.schema.Subscription
	}
	return m.schema.Query
}

// selection weighs a selection on parent, which is nil where the schema does not know it.
func (m *measure) selection(parent *ast.Definition, set ast.SelectionSet) (weight, error) {
	var sum weight
	for _, s := range set {
		var w weight
		var err error
		switch s := s.(type) {
		case *ast.Field:
			w, err = m.field(parent, s)
		case *ast.InlineFragment:
			on := parent
			if s.TypeCondition != "" {
				on = m.schema.Types[s.TypeCondition]
			}
			w, err = m.selection(on, s.SelectionSet)
		case *ast.FragmentSpread:
			w, err = m.fragment(s.Name)
			w.cost++ // even an empty fragment is looked at
		}
		if err != nil {
			return weight{}, err
		}
		sum = sum.and(w)
	}
	return sum, nil
}

// fragment weighs a named fragment, once.
func (m *measure) fragment(name string) (weight, error) {
	if w, ok := m.done[name]; ok {
		return w, nil
	}
	def := m.doc.Fragments.ForName(name)
	if def == nil {
		return weight{}, nil // validation names it
	}
	if m.open[name] {
		return weight{}, tooComplex("no fragment inside itself")
	}
	m.open[name] = true
	w, err := m.selection(m.schema.Types[def.TypeCondition], def.SelectionSet)
	delete(m.open, name)
	m.done[name] = w
	return w, err
}

func (m *measure) field(parent *ast.Definition, f *ast.Field) (weight, error) {
	var def *ast.FieldDefinition
	var typ *ast.Definition
	if parent != nil {
		def = parent.Fields.ForName(f.Name)
	}
	if def != nil {
		typ = m.schema.Types[def.Type.Name()]
	}
	w, err := m.selection(typ, f.SelectionSet)
	if err != nil {
		return weight{}, err
	}
	if w, err = m.answered(parent, def, f, w); err != nil {
		return weight{}, err
	}
	switch {
	case isSchemaType(parent):
		// A question about the schema may go deeper than one about data: the usual one asks for nine levels of ofType. Its
		// answer is small and the same for everybody, and gqlparser refuses circular ones.
		if w.depth > maxIntrospection {
			return weight{}, tooComplex("%d levels of introspection", maxIntrospection)
		}
	case f.Name == "__schema", f.Name == "__type":
		w = weight{cost: capped(w.cost + schemaCost), depth: 1}
	case w.depth > maxDepth:
		return weight{}, tooComplex("%d levels of fields", maxDepth)
	}
	return w, nil
}

func isSchemaType(d *ast.Definition) bool { return d != nil && strings.HasPrefix(d.Name, "__") }

// answered is the weight of a field whose selection weighs w: a page counts its rows, any other list a few.
func (m *measure) answered(parent *ast.Definition, def *ast.FieldDefinition, f *ast.Field, w weight) (weight, error) {
	up := weight{depth: w.depth + 1}
	switch {
	case isPage(def, f):
		size, err := m.pageSize(f)
		if err != nil {
			return up, err
		}
		up.cost = capped(1 + w.cost + size*w.edges)
	case f.Name == "edges" && parent != nil && parent.Fields.ForName("pageInfo") != nil:
		up.edges = capped(1 + w.cost)
	case def != nil && def.Type.Elem != nil && !isSchemaType(parent):
		up.cost = capped(1 + listCost*w.cost)
	default:
		up.cost = capped(1 + w.cost + page.DefaultLimit*w.edges)
	}
	return up, nil
}

// isPage reports whether a field is a list in pages; one that the schema does not know is, where it is asked like one.
func isPage(def *ast.FieldDefinition, f *ast.Field) bool {
	if def == nil {
		return f.Arguments.ForName("first") != nil || f.Arguments.ForName("last") != nil
	}
	return def.Arguments.ForName("first") != nil
}

// pageSize is the number of rows that first or last ask for; the default where neither does. More than the largest page is
// refused, as REST refuses it.
func (m *measure) pageSize(f *ast.Field) (n int, err error) {
	for _, name := range []string{"first", "last"} {
		a := f.Arguments.ForName(name)
		if a == nil {
			continue
		}
		if n = max(n, m.number(a.Value)); n > page.MaxLimit {
			return 0, errs.Invalid(errs.Field{Path: f.Name + "." + name, Code: "out_of_range", Message: fmt.Sprintf("must be at most %d", page.MaxLimit)})
		}
	}
	return cmp.Or(n, page.DefaultLimit), nil
}

// number is the value of an argument, 0 or more; what cannot be read counts as the largest page.
func (m *measure) number(v *ast.Value) int {
	text := v.Raw
	switch v.Kind {
	case ast.NullValue:
		return 0
	case ast.Variable:
		value, ok := m.vars[v.Raw]
		if !ok {
			return m.preset(v.Raw)
		}
		if value == nil {
			return 0
		}
		text = fmt.Sprint(value)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return page.MaxLimit
	}
	return n
}

// preset is the default of a variable that the request leaves out.
func (m *measure) preset(name string) int {
	for _, op := range m.doc.Operations {
		if d := op.VariableDefinitions.ForName(name); d != nil && d.DefaultValue != nil && d.DefaultValue.Kind != ast.Variable {
			return m.number(d.DefaultValue)
		}
	}
	return 0
}
