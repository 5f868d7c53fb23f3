package extension

import (
	"strings"
	"testing"

	"entgo.io/ent/entc/gen"
	"entgo.io/ent/entc/load"
	"entgo.io/ent/schema/field"

	"github.com/soloprint/soloprint/internal/expose"
)

// tagResource is the annotation of a small entity that nothing is wrong with.
func tagResource() expose.Resource {
	return expose.Resource{
		Resource: "tag", Prefix: "tag", Path: "/v1/tags", Param: "tag_id", Read: []string{"operations.read"}, Write: []string{"printer.manage"},
		Verbs: verbs, Search: "search", Sort: "name",
	}
}

// column is a field of the small schemas.
func column(name string, t field.Type, x expose.Field, change ...func(*load.Field)) *load.Field {
	f := &load.Field{Name: name, Info: &field.TypeInfo{Type: t}, Annotations: map[string]any{expose.AnnotationName: x}}
	for _, c := range change {
		c(f)
	}
	return f
}

func nullable(f *load.Field)  { f.Optional, f.Nillable = true, true }
func sensitive(f *load.Field) { f.Sensitive = true }

// entity is a schema with the columns that every entity of an organization has, and those given.
func entity(name string, annotation any, fields ...*load.Field) *load.Schema {
	s := &load.Schema{Name: name, Annotations: map[string]any{}}
	if annotation != nil {
		s.Annotations[expose.AnnotationName] = annotation
	}
	s.Fields = append([]*load.Field{
		column("id", field.TypeString, expose.Field{ReadOnly: true}),
		column("organization_id", field.TypeString, expose.Field{Hidden: true}),
		column("name", field.TypeString, expose.Field{Sort: true}),
		column("search", field.TypeString, expose.Field{Hidden: true}),
	}, fields...)
	return s
}

func graph(t *testing.T, schemas ...*load.Schema) *gen.Graph {
	t.Helper()
	g, err := gen.NewGraph(&gen.Config{Package: "example.org/ent", Target: t.TempDir()}, schemas...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestDecode(t *testing.T) {
	m, err := decode(graph(t,
		entity("Tag", tagResource()),
		entity("Line", expose.Resource{Prefix: "lin"}, column("words", field.TypeString, expose.Field{})),
	), Config{Module: "example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Entities) != 2 || m.Entities[0].Name != "Line" || m.Entities[1].Name != "Tag" {
		t.Fatalf("entities are not sorted by name: %v", m.Entities)
	}
	e := m.Entity("Tag")
	if e.Expose.Param != "tag_id" || !e.FieldBy("name").Expose.Sort || e.FieldBy("name").Owner != e {
		t.Errorf("annotations are lost: %+v", e.Expose)
	}
	if got := e.Fields[0].Name; got != "id" {
		t.Errorf("the first field is %s, want id", got)
	}
	if len(m.Exposed()) != 1 || len(m.Operations()) != len(verbs) {
		t.Errorf("%d entities are exposed and %d operations generated, want 1 and %d", len(m.Exposed()), len(m.Operations()), len(verbs))
	}
}

func TestDecodeRefuses(t *testing.T) {
	resource := func(change func(*expose.Resource)) *load.Schema {
		x := tagResource()
		change(&x)
		return entity("Tag", x)
	}
	with := func(fields ...*load.Field) *load.Schema { return entity("Tag", tagResource(), fields...) }
	for name, tc := range map[string]struct {
		schema *load.Schema
		want   string
	}{
		"an entity without annotation":      {entity("Tag", nil), "has no expose.Resource"},
		"an annotation of another level":    {entity("Tag", expose.Field{Hidden: true}), "is not annotated with"},
		"an unknown verb":                   {resource(func(x *expose.Resource) { x.Verbs = []expose.Verb{"archive"} }), `unknown verb "archive"`},
		"a verb twice":                      {resource(func(x *expose.Resource) { x.Verbs = []expose.Verb{expose.Get, expose.Get} }), "stands twice"},
		"a verb without path":               {resource(func(x *expose.Resource) { x.Path = "" }), "no path"},
		"a verb without path parameter":     {resource(func(x *expose.Resource) { x.Param = "" }), "needs a path parameter"},
		"a verb that nobody may use":        {resource(func(x *expose.Resource) { x.Write = nil }), "has no capability"},
		"an unknown capability":             {resource(func(x *expose.Resource) { x.Read = []string{"printer.mange"} }), `unknown capability "printer.mange"`},
		"a long prefix":                     {resource(func(x *expose.Resource) { x.Prefix = "tags" }), "three letters"},
		"a path outside the series":         {resource(func(x *expose.Resource) { x.Path = "/tags" }), "under /v1"},
		"an order by an unsorted field":     {resource(func(x *expose.Resource) { x.Sort = "-search" }), "not a sorted field"},
		"a search in a visible column":      {resource(func(x *expose.Resource) { x.Search = "name" }), "not a hidden text"},
		"a soft entity that cannot be soft": {resource(func(x *expose.Resource) { x.Soft = true }), "deleted_at"},
		"a global entity of somebody":       {resource(func(x *expose.Resource) { x.Global = true }), "Global"},
		"an unknown filter":                 {with(column("size", field.TypeInt, expose.Field{Filter: "like"})), `field size: unknown filter "like"`},
		"a filter of JSON":                  {with(column("size", field.TypeBytes, expose.Field{ReadOnly: true, Filter: expose.In})), "cannot filter"},
		"a range of texts":                  {with(column("size", field.TypeString, expose.Field{Filter: expose.Range})), "a range of"},
		"an order by a nullable column":     {with(column("size", field.TypeInt, expose.Field{Sort: true}, nullable)), "may be NULL"},
		"an order by a truth":               {with(column("big", field.TypeBool, expose.Field{Sort: true})), "cannot sort"},
		"a filter by what is hidden":        {with(column("size", field.TypeInt, expose.Field{Hidden: true, Filter: expose.In})), "is hidden"},
		"a secret that is shown":            {with(column("key", field.TypeString, expose.Field{}, sensitive)), "is sensitive"},
		"bounds of a text":                  {with(column("size", field.TypeString, expose.Field{Min: expose.F(1)})), "bounds of"},
		"bounds that leave nothing":         {with(column("size", field.TypeInt, expose.Field{Min: expose.F(2), Max: expose.F(1)})), "leave nothing"},
		"a pattern that is none":            {with(column("size", field.TypeString, expose.Field{Pattern: "("})), "pattern"},
		"bytes that clients write":          {with(column("blob", field.TypeBytes, expose.Field{})), "cannot be written"},
		"a filter named like the page":      {with(column("limit", field.TypeInt, expose.Field{Filter: expose.In})), `lists take "limit" twice`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(graph(t, tc.schema), Config{})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "Tag: ") {
				t.Errorf("error %v, want %q of Tag", err, tc.want)
			}
		})
	}
}

func TestDecodeRefusesTheSamePrefixTwice(t *testing.T) {
	_, err := decode(graph(t, entity("Tag", tagResource()), entity("Tab", expose.Resource{Prefix: "tag"})), Config{})
	if err == nil || !strings.Contains(err.Error(), "is that of Tab") {
		t.Errorf("error %v, want one about the prefix", err)
	}
}

func TestDecodeRefusesEdges(t *testing.T) {
	for name, tc := range map[string]struct {
		annotation expose.Edge
		unique     bool
		target     any
		want       string
	}{
		"to what clients do not know":   {expose.Edge{Expand: true}, false, expose.Resource{Prefix: "lin"}, "clients do not know"},
		"identifiers of a single row":   {expose.Edge{IDs: true, Embed: true}, true, expose.Resource{Resource: "line", Prefix: "lin"}, "not as a list"},
		"identifiers that nobody sees":  {expose.Edge{IDs: true}, false, expose.Resource{Resource: "line", Prefix: "lin"}, "is embedded"},
		"a filter that is taken by one": {expose.Edge{Filter: "sort"}, false, expose.Resource{Resource: "line", Prefix: "lin"}, `lists take "sort" twice`},
	} {
		t.Run(name, func(t *testing.T) {
			tag := entity("Tag", tagResource())
			tag.Edges = []*load.Edge{{Name: "lines", Type: "Line", Unique: tc.unique, Annotations: map[string]any{expose.AnnotationName: tc.annotation}}}
			_, err := decode(graph(t, tag, entity("Line", tc.target)), Config{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestDecodeRefusesAnEntityInItself(t *testing.T) {
	tag := entity("Tag", tagResource())
	tag.Edges = []*load.Edge{{Name: "parts", Type: "Tag", Annotations: map[string]any{expose.AnnotationName: expose.Edge{Embed: true}}}}
	if _, err := decode(graph(t, tag), Config{}); err == nil || !strings.Contains(err.Error(), "in itself") {
		t.Errorf("error %v, want one about the edge", err)
	}
}
