package extension

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"entgo.io/contrib/entgql"
	"entgo.io/ent/entc/gen"

	"github.com/soloprint/soloprint/internal/page"
)

//go:embed template/graphql/*.tmpl
var graphqlFiles embed.FS

// GraphQL is the extension that gives Ent's client pages, eager loading and enums for gqlgen. It is named beside ours in
// ent/entc.go; the schema itself is written by ours.
func GraphQL() (*entgql.Extension, error) {
	templates, err := graphqlTemplates()
	if err != nil {
		return nil, err
	}
	return entgql.NewExtension(entgql.WithSchemaGenerator(), entgql.WithRelaySpec(true), entgql.WithTemplates(templates...))
}

// graphqlTemplates are those of entgql with our limits in them. What entgql does by transaction, by where input (an oracle
// over edges) and by node table is left out; template/graphql has the node in our way.
var graphqlTemplates = sync.OnceValues(func() ([]*gen.Template, error) {
	for _, p := range patches {
		if err := p.apply(); err != nil {
			return nil, err
		}
	}
	limits := template.FuncMap{"defaultLimit": func() int { return page.DefaultLimit }, "maxLimit": func() int { return page.MaxLimit }}
	node, err := gen.NewTemplate("graphql").Funcs(entgql.TemplateFuncs).Funcs(limits).ParseFS(graphqlFiles, "template/graphql/*.tmpl")
	if err != nil {
		return nil, err
	}
	return []*gen.Template{entgql.CollectionTemplate, entgql.EnumTemplate, entgql.PaginationTemplate, entgql.EdgeTemplate, node}, nil
})

// patch replaces text of one of entgql's templates. Text that is not there exactly once fails the generation, so that a
// new version of entgql cannot drop a limit without notice.
type patch struct {
	in       *gen.Template
	template string
	old, new string
}

func (p patch) apply() error {
	text := p.in.Lookup(p.template).Root.String()
	if n := strings.Count(text, p.old); n != 1 {
		return fmt.Errorf("entgql's template %s has %d times, not once: %s", p.template, n, p.old)
	}
	text = strings.Replace(text, p.old, p.new, 1)
	text = strings.ReplaceAll(text, "{{{", `{{"{"}}{{`) // a brace before an action: the tree has lost the space between them
	_, err := p.in.New(p.template).Parse(text)
	return err
}

var patches = []patch{
	// A page has a size, whatever the client says. The same three words stand where a page is read at the root, where it
	// is loaded eagerly below a list, and where that page is built.
	{entgql.PaginationTemplate, "gql_pagination/helper/paginate", `if err := validateFirstLast(first, last)`, "first, last = pageSize(first, last)\n\tif err := validateFirstLast(first, last)"},
	{entgql.CollectionTemplate, "gql_collection", `if err := validateFirstLast(args.first, args.last)`, "args.first, args.last = pageSize(args.first, args.last)\n\tif err := validateFirstLast(args.first, args.last)"},
	{entgql.EdgeTemplate, "gql_edge/helper/paginate", `alias := graphql.GetFieldContext(ctx).Field.Alias`, "first, last = pageSize(first, last)\n\talias := graphql.GetFieldContext(ctx).Field.Alias"},

	// Only totalCount counts: pageInfo reads one row more than the page has.
	{entgql.PaginationTemplate, "gql_pagination/helper/paginate", `!hasCollectedField(ctx, edgesField)`, `!hasCollectedField(ctx, edgesField) && !hasCollectedField(ctx, pageInfoField)`},
	{entgql.PaginationTemplate, "gql_pagination/helper/paginate", `hasCollectedField(ctx, totalCountField) || hasCollectedField(ctx, pageInfoField)`, `hasCollectedField(ctx, totalCountField)`},
	{entgql.CollectionTemplate, "gql_collection", `!hasCollectedField(ctx, append(path, edgesField)...)`, `!hasCollectedField(ctx, append(path, edgesField)...) && !hasCollectedField(ctx, append(path, pageInfoField)...)`},
	{entgql.CollectionTemplate, "gql_collection", `hasCollectedField(ctx, append(path, totalCountField)...) || hasCollectedField(ctx, append(path, pageInfoField)...)`, `hasCollectedField(ctx, append(path, totalCountField)...)`},

	// A cursor is what a client sends: its value is checked before a database compares it.
	{entgql.PaginationTemplate, "gql_pagination", `func (p *{{$pager}}) applyCursors(query *{{$query}}, after, before *Cursor) (*{{$query}}, error) {`, `func (p *{{$pager}}) applyCursors(query *{{$query}}, after, before *Cursor) (*{{$query}}, error) {
	sample, err := p.order.Field.Value(&{{$name}}{})
	if err != nil {
		return nil, err
	}
	if err := checkCursors(sample, after, before); err != nil {
		return nil, err
	}`},

	// A row that the reader may not see is null, whether the column may be or not.
	{entgql.EdgeTemplate, "gql_edge", `{{if $e.Optional}}MaskNotFound(err){{else}}err{{end}}`, `MaskNotFound(err)`},

	// Two aliases of one edge share a query, or the fields of the first would stay empty.
	{entgql.CollectionTemplate, "gql_collection", `){{if isRelayConn $e}}{{$tnames`, `){{if $e.Unique}}
		if {{$receiver}}.{{$e.EagerLoadField}} != nil {
			query = {{$receiver}}.{{$e.EagerLoadField}}
		}{{end}}{{if isRelayConn $e}}{{$tnames`},
}
