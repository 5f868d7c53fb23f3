package extension

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"entgo.io/contrib/entgql"
	"entgo.io/ent/entc/gen"
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
	ours := template.FuncMap{"listOrder": listOrder}
	for _, c := range corrections {
		c.in.Funcs(ours)
		if err := c.apply(); err != nil {
			return nil, err
		}
	}
	node, err := gen.NewTemplate("graphql").Funcs(entgql.TemplateFuncs).Funcs(ours).ParseFS(graphqlFiles, "template/graphql/*.tmpl")
	if err != nil {
		return nil, err
	}
	return []*gen.Template{entgql.CollectionTemplate, entgql.EnumTemplate, entgql.PaginationTemplate, entgql.EdgeTemplate, node}, nil
})

// order is how lists of an entity are ordered where a client does not say.
type order struct {
	Direction string // Asc or Desc
	Field     *gen.Field
}

func listOrder(t *gen.Type) (order, error) {
	e, err := decodeEntity(t)
	if err != nil {
		return order{}, fmt.Errorf("%s: %w", t.Name, err)
	}
	name, descending := strings.CutPrefix(e.Sort(), "-")
	o := order{Direction: "Asc", Field: e.FieldBy(name).Field}
	if descending {
		o.Direction = "Desc"
	}
	return o, nil
}

// correction replaces text of one of entgql's templates. Text that is not there exactly once fails the generation, so that
// a new version of entgql cannot drop a limit without notice.
type correction struct {
	in       *gen.Template
	template string
	texts    [][2]string // old, new
}

func (c correction) apply() error {
	text := c.in.Lookup(c.template).Root.String()
	for _, t := range c.texts {
		if n := strings.Count(text, t[0]); n != 1 {
			return fmt.Errorf("entgql's template %s has %d times, not once: %s", c.template, n, t[0])
		}
		text = strings.Replace(text, t[0], t[1], 1)
	}
	text = strings.ReplaceAll(text, "{{{", `{{"{"}}{{`) // a brace before an action: the tree has lost the space between them
	_, err := c.in.New(c.template).Parse(text)
	return err
}

// Four things are other than entgql has them.
//
// Pages: each has a size, whatever the client says, and only totalCount counts; pageInfo reads one row more than the page
// has. That is said where a page is read at the root, where it is loaded below a list, and where that page is built.
//
// Order: lists are ordered as those of REST where a client does not say; entgql would take the identifier.
//
// Cursors: entgql decodes into whatever the client's text says, a gigabyte of empty lists too. Ours are bound to list and
// order and read as a value of the ordered column.
//
// Edges: a row that the reader may not see is null, whether the column may be or not. Two aliases of one edge share a
// query, or the fields of the first would stay empty.
var corrections = []correction{
	{entgql.PaginationTemplate, "gql_pagination/helper/paginate", [][2]string{
		{`if err := validateFirstLast(first, last)`, "first, last = pageSize(first, last)\n\tif err := validateFirstLast(first, last)"},
		{`!hasCollectedField(ctx, edgesField)`, `!hasCollectedField(ctx, edgesField) && !hasCollectedField(ctx, pageInfoField)`},
		{`hasCollectedField(ctx, totalCountField) || hasCollectedField(ctx, pageInfoField)`, `hasCollectedField(ctx, totalCountField)`},
	}},
	{entgql.EdgeTemplate, "gql_edge/helper/paginate", [][2]string{
		{`alias := graphql.GetFieldContext(ctx).Field.Alias`, "first, last = pageSize(first, last)\n\talias := graphql.GetFieldContext(ctx).Field.Alias"},
	}},
	{entgql.EdgeTemplate, "gql_edge", [][2]string{
		{`{{if $e.Optional}}MaskNotFound(err){{else}}err{{end}}`, `MaskNotFound(err)`},
	}},
	{entgql.CollectionTemplate, "gql_collection", [][2]string{
		{`if err := validateFirstLast(args.first, args.last)`, "args.first, args.last = pageSize(args.first, args.last)\n\tif err := validateFirstLast(args.first, args.last)"},
		{`!hasCollectedField(ctx, append(path, edgesField)...)`, `!hasCollectedField(ctx, append(path, edgesField)...) && !hasCollectedField(ctx, append(path, pageInfoField)...)`},
		{`hasCollectedField(ctx, append(path, totalCountField)...) || hasCollectedField(ctx, append(path, pageInfoField)...)`, `hasCollectedField(ctx, append(path, totalCountField)...)`},
		{`){{if isRelayConn $e}}{{$tnames`, `){{if $e.Unique}}
			if {{$receiver}}.{{$e.EagerLoadField}} != nil {
				query = {{$receiver}}.{{$e.EagerLoadField}}
			}{{end}}{{if isRelayConn $e}}{{$tnames`},
		{`{{end}}{{if $e.Unique}}
							{{$receiver}}.{{$e.EagerLoadField}} = query`, `{{if not $e.Unique}}{{$list := listOrder $e.Type}}
			query.Order({{$list.Direction}}({{$e.Type.Package}}.{{$list.Field.Constant}}), {{$list.Direction}}({{$e.Type.Package}}.FieldID))
			if len(query.ctx.Fields) > 0 {
				query.ctx.AppendFieldOnce({{$e.Type.Package}}.{{$list.Field.Constant}})
			}{{end}}{{end}}{{if $e.Unique}}
							{{$receiver}}.{{$e.EagerLoadField}} = query`},
	}},
	{entgql.PaginationTemplate, "gql_pagination", [][2]string{
		{`"entgo.io/contrib/entgql"`, `"entgo.io/contrib/entgql"
	"github.com/soloprint/soloprint/internal/page"`},
		{`Cursor = entgql.Cursor[{{$idType}}]`, ``},
		{`PageInfo = entgql.PageInfo[{{$idType}}]`, ``},
		{`return p.order.Field.toCursor({{$r}})`, `c := p.order.Field.toCursor({{$r}})
		c.key = page.Bind("{{$name}}", p.order.Field.column)
		return c`},
		{`applyCursors(query *{{$query}}, after, before *Cursor) (*{{$query}}, error) {`, `applyCursors(query *{{$query}}, after, before *Cursor) (*{{$query}}, error) {
	start, end, err := places(page.Bind("{{$name}}", p.order.Field.column), func() (Value, error) { return p.order.Field.Value(&{{$name}}{}) }, after, before)
	if err != nil {
		return nil, err
	}`},
		{`entgql.CursorsPredicate(after, before, `, `entgql.CursorsPredicate(start, end, `},
		{`			order = {{$defaultOrder}}
		}
		o := *order`, `			order = {{$name}}ListOrder
		}
		o := *order`},
		{`pager.order = {{$defaultOrder}}`, `pager.order = {{$name}}ListOrder`},
		{`// {{$defaultOrder}} is the default ordering of {{$node.Name}}.`, `{{$list := listOrder $node}}// {{$name}}ListOrder is the order of {{$node.Name}} lists where a client does not say.
var {{$name}}ListOrder = &{{$order}}{Direction: entgql.OrderDirection{{$list.Direction}}, Field: {{$node.Name}}OrderField{{$list.Field.StructField}}}

// {{$defaultOrder}} breaks ties.`},
	}},
}
