package graph

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/soloprint/soloprint/internal/errs"
)

// smallSchema has what limits look at: pages, plain lists, an edge back and input objects.
func smallSchema() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "small", Input: `
		interface Node { id: ID! }
		type Query { node(id: ID!): Node printers(first: Int, last: Int, after: String): PrinterConnection }
		type Mutation { rename(id: ID!, name: String!, note: Note): Printer join(code: String!): Boolean }
		input Note { text: String, notes: [Note!], weight: Float, count: Int }
		type PrinterConnection { edges: [PrinterEdge] pageInfo: PageInfo! totalCount: Int! }
		type PrinterEdge { node: Printer }
		type PageInfo { hasNextPage: Boolean! }
		type Printer implements Node { id: ID! name: String! tags: [Tag!] prints(first: Int, last: Int): PrinterConnection }
		type Tag implements Node { id: ID! name: String! printers(first: Int): PrinterConnection }
	`})
}

// nested is a query that is n fields deep.
func nested(n int) string {
	return "{" + strings.Repeat("printers{", n-1) + "x" + strings.Repeat("}", n-1) + "}"
}

// doubling are n fragments that each spread the next one twice.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("{printers{...f0}}")
	for i := range n {
		fmt.Fprintf(&b, " fragment f%d on PrinterConnection{...f%d ...f%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment f%d on PrinterConnection{totalCount}", n)
	return b.String()
}

// aliases ask n times for the same field under other names.
func aliases(n int, field string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d:%s ", i, field)
	}
	return b.String()
}

func TestLimits(t *testing.T) {
	page := func(args string) string { return "{printers" + args + "{edges{node{id name}}}}" }
	deepVariables := map[string]any{}
	for range maxValueDepth {
		deepVariables = map[string]any{"notes": []any{deepVariables}}
	}
	tests := []struct {
		name, query string
		vars        map[string]any
		want        string // part of the limit's name; empty = within the limits
	}{
		{name: "a page of the largest size", query: page("(first:200)")},
		{name: "a page in a page", query: "{printers(first:100){edges{node{prints(first:100){edges{node{id}}}}}}}", want: "values in the answer"},
		{name: "pages without a size count the default", query: "{printers{edges{node{prints{edges{node{id}}}}}}}"},
		{name: "pages without a size, with a list below", query: "{printers{edges{node{prints{edges{node{id name tags{id name}}}}}}}}", want: "values in the answer"},
		{name: "a page in a page without rows", query: "{printers(first:200){edges{node{id prints(first:200){totalCount pageInfo{hasNextPage}}}}}}"},
		{name: "a size in a variable", query: "query($n:Int){printers(first:$n){edges{node{prints(first:$n){edges{node{id}}}}}}}", vars: map[string]any{"n": 100}, want: "values in the answer"},
		{name: "a small size in a variable", query: "query($n:Int){printers(first:$n){edges{node{prints(first:$n){edges{node{id}}}}}}}", vars: map[string]any{"n": 10}},
		{name: "a size in a variable's default", query: "query($n:Int=100){printers(first:$n){edges{node{prints(last:$n){edges{node{id}}}}}}}", want: "values in the answer"},
		{name: "a size that is no number", query: page(`(first:"x")`)},
		{name: "8 levels", query: nested(8)},
		{name: "9 levels", query: nested(9), want: "levels of fields"},
		{name: "100 levels", query: nested(100), want: "times the same field"},
		{name: "levels through fragments", query: "{printers{edges{node{prints{...a}}}}} fragment a on PrinterConnection{edges{node{prints{edges{node{id}}}}}}", want: "levels of fields"},
		{name: "30 times a field", query: "{" + strings.Repeat("x ", 30) + "}"},
		{name: "31 times a field", query: "{" + strings.Repeat("x ", 31) + "}", want: "times the same field"},
		{name: "31 times a field in inline fragments", query: "{" + strings.Repeat("...{x} ", 31) + "}", want: "times the same field"},
		{name: "15 aliases", query: "{" + aliases(15, "x") + "}"},
		{name: "16 aliases", query: "{" + aliases(16, "x") + "}", want: "aliases"},
		{name: "11 directives", query: "{x " + strings.Repeat("@include(if:true) ", 11) + "}", want: "directives"},
		{name: "6 doubling fragments", query: doubling(6)},
		{name: "19 doubling fragments", query: doubling(19), want: "values in the answer"},
		{name: "24 doubling fragments", query: doubling(24), want: "fragments"},
		{name: "fragment in itself", query: "{...a} fragment a on Query{...b} fragment b on Query{...a}", want: "fragment inside itself"},
		{name: "unused fragment in itself", query: "{x} fragment a on Query{...a}", want: "fragment inside itself"},
		{name: "21 unused fragments", query: "{x}" + strings.Repeat(" fragment a on Query{x}", 21), want: "fragments"},
		{name: "two operations", query: "query a{x} query b{x}", want: "one operation"},
		{name: "1001 tokens", query: "{" + strings.Repeat("...", 1000), want: "tokens"},
		{name: "1001 comments", query: strings.Repeat("#\n", 1001) + "{x}", want: "tokens"},
		{name: "a syntax error is left to the parser", query: "{x"},
		{name: "too many values", query: "{x}", vars: map[string]any{"a": make([]any, 1000)}, want: "values in the variables"},
		{name: "too deep values", query: "{x}", vars: deepVariables, want: "levels in the variables"},
		{name: "the usual introspection", query: introspectionQuery},
		{name: "deep introspection", query: "{__schema{types{" + strings.Repeat("ofType{", 20) + "name" + strings.Repeat("}", 23), want: "levels of introspection"},
	}
	l := limiter{smallSchema()}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := l.check(&graphql.RawParams{Query: tt.query, Variables: tt.vars})
			if tt.want == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if !errs.Is(err, errs.QueryTooComplex) || !strings.Contains(errs.From(err).Details, tt.want) {
				t.Fatalf("got %v, want a refusal that names %q", err, tt.want)
			}
		})
	}
}

func FuzzLimits(f *testing.F) {
	for _, q := range []string{introspectionQuery, doubling(5), nested(9), "{" + aliases(3, "printers(first:$n){edges{node{id}}}") + "}", "fragment a on a{...a}"} {
		f.Add(q)
	}
	l := limiter{smallSchema()}
	f.Fuzz(func(t *testing.T, query string) {
		if len(query) <= maxBody {
			_ = l.check(&graphql.RawParams{Query: query, Variables: map[string]any{"n": 3}})
		}
	})
}

func BenchmarkLimits(b *testing.B) {
	l := limiter{smallSchema()}
	p := &graphql.RawParams{Query: introspectionQuery}
	for b.Loop() {
		if err := l.check(p); err != nil {
			b.Fatal(err)
		}
	}
}

// introspectionQuery is what graphql-js, and with it every explorer, asks first.
const introspectionQuery = `query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
	types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
fragment FullType on __Type { kind name description specifiedByURL
	fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
	inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
	enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
	ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }`
