package extension

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/soloprint/soloprint/internal/expose"
)

// Bounds of what clients send where the annotation names none.
const (
	maxFilterValues = 100 // values of one filter
	maxLinks        = 200 // identifiers of one relation
	maxListItems    = 100
	maxMapEntries   = 50
	maxMapText      = 500 // characters of a value
)

// Input is one member of an operation's Input: REST reads it, GraphQL binds it, validate and huma read its tag.
type Input struct {
	Name     string // in JSON or as a parameter: color_hex
	Go       string // in the struct: ColorHex
	Type     string // *string
	In       string // path, query, header or json
	Tag      string // the whole struct tag
	Doc      string
	Required bool
	Patch    bool   // an Omittable: absent means unchanged
	Field    *Field // nil where it is no column
	Edge     *Edge  // nil where it is no relation
}

// Inputs lists the members of the operation's Input.
func (o Operation) Inputs() []Input {
	e := o.Entity
	switch o.Verb {
	case expose.List:
		return e.listInputs()
	case expose.Get:
		if len(e.Paths()) == 0 {
			return []Input{e.idInput()}
		}
		return []Input{e.idInput(), e.expandInput()}
	case expose.Create:
		return e.bodyInputs(expose.Create)
	case expose.Update:
		return append([]Input{e.idInput(), ifMatchInput()}, e.bodyInputs(expose.Update)...)
	default:
		return []Input{e.idInput(), ifMatchInput()}
	}
}

func (e *Entity) idInput() Input {
	return parameter("path", e.Expose.Param, "ID", "pid.ID", "Identifier of the "+e.Noun()+".").with("example", e.ExampleID())
}

func ifMatchInput() Input {
	return parameter("header", "If-Match", "IfMatch", "string", "ETag of the version that is meant; 412 where it is another one.").with("maxLength", "1000")
}

func (e *Entity) expandInput() Input {
	paths := strings.Join(e.Paths(), ",")
	in := parameter("query", "expand", "Expand", "[]string", "Related records to add to the answer, separated by commas.")
	return in.comma().with("enum", paths).with("maxItems", "20")
}

// bodyInputs lists the fields and relations that clients write with the verb.
func (e *Entity) bodyInputs(v expose.Verb) (in []Input) {
	for _, f := range e.Writable(v) {
		in = append(in, f.bodyInput(v))
	}
	for _, d := range e.IDs() {
		in = append(in, d.idsInput(v))
	}
	return in
}

func (f *Field) bodyInput(v expose.Verb) Input {
	in := Input{Name: f.Name, Go: f.StructField(), In: "json", Doc: f.Doc(), Field: f, Patch: v == expose.Update}
	in.Required = v == expose.Create && !f.Optional && !f.Default
	switch {
	case in.Patch:
		in.Type, in.Tag = "graphql.Omittable["+f.optional()+"]", tag("json", f.Name+",omitzero")
		if !f.Clearable() {
			in = in.with("nullable", "false")
		}
	case in.Required:
		in.Type, in.Tag = f.Type.String(), tag("json", f.Name)
		in = in.with("required", "true")
	default:
		in.Type, in.Tag = f.optional(), tag("json", f.Name+",omitempty")
	}
	for _, r := range f.rules() {
		in = in.with(r[0], r[1])
	}
	return in.with("dependentRequired", f.Expose.With).with("doc", in.Doc).with("example", f.example())
}

func (d *Edge) idsInput(v expose.Verb) Input {
	in := Input{Name: d.IDsName(), Go: pascal(d.Singular()) + "IDs", In: "json", Edge: d, Patch: v == expose.Update, Type: "[]pid.ID"}
	in.Doc = "Identifiers of its " + d.Words() + "."
	in.Tag = tag("json", in.Name+",omitempty")
	if in.Patch {
		in.Type, in.Tag = "graphql.Omittable[[]pid.ID]", tag("json", in.Name+",omitzero")
		in.Doc = "Identifiers of all its " + d.Words() + " from now on."
	}
	return in.with("maxItems", strconv.Itoa(maxLinks)).with("uniqueItems", "true").with("doc", in.Doc)
}

// optional is the Go type of a value that may be absent: a pointer, or what has nil anyway.
func (f *Field) optional() string {
	if f.List() || f.Map() {
		return f.Base()
	}
	return "*" + f.Base()
}

// Clearable reports whether a patch may say null: the column takes NULL, or what it holds by default is empty.
func (f *Field) Clearable() bool {
	if f.Null() || f.Default && (f.List() || f.Map()) {
		return true
	}
	switch v := f.DefaultValue().(type) {
	case string:
		return f.Default && v == ""
	case float64: // numbers of any type, decoded from JSON
		return f.Default && v == 0
	}
	return false
}

// rules are the tags that validate and huma read, apart from required and nullable.
func (f *Field) rules() (tags [][2]string) {
	add := func(name, value string) { tags = append(tags, [2]string{name, value}) }
	x := f.Expose
	switch {
	case f.IsEnum():
		add("enum", strings.Join(f.EnumValues(), ","))
	case f.IsString() && !f.HasGoType():
		if f.Validators > 0 { // the only validator of texts in the schemas is NotEmpty
			add("minLength", "1")
		}
		add("maxLength", f.maxLength())
		add("pattern", x.Pattern)
		add("format", x.Format)
		if x.Lines {
			add("multiline", "true")
		}
	case f.Type.Numeric():
		add("minimum", bound(x.Min))
		add("maximum", bound(x.Max))
	case f.List():
		add("maxItems", strconv.Itoa(maxListItems))
		if f.Base() == "[]string" {
			add("maxLength", strconv.Itoa(defaultMaxLength))
		}
	case f.Map():
		add("maxProperties", strconv.Itoa(maxMapEntries))
		if f.Base() == "map[string]string" {
			add("keyMaxLength", strconv.Itoa(defaultMaxLength))
			add("valueMaxLength", strconv.Itoa(maxMapText))
		}
	}
	return tags
}

// maxLength bounds a text in characters; a format of its own needs none.
func (f *Field) maxLength() string {
	switch n := f.Expose.MaxLen; {
	case n > 0:
		return strconv.Itoa(n)
	case f.Expose.Format != "":
		return ""
	default:
		return strconv.Itoa(defaultMaxLength)
	}
}

// listInputs lists the filters, order and page of a list.
func (e *Entity) listInputs() []Input {
	in := []Input{
		parameter("query", "limit", "Limit", "*int", "Rows of a page.").with("minimum", "1").with("maximum", "200").with("default", "50"),
		parameter("query", "cursor", "Cursor", "string", "Where the page begins: next_cursor of the page before.").with("format", "cursor"),
		parameter("query", "sort", "Sort", "string", "Order of the rows; a minus sign turns it round.").with("enum", strings.Join(e.orders(), ",")).with("default", e.Sort()),
		parameter("query", "include", "Include", "[]string", "total_count adds the number of rows over all pages.").comma().with("enum", "total_count"),
	}
	if len(e.Paths()) > 0 {
		in = append(in, e.expandInput())
	}
	if e.Expose.Search != "" {
		in = append(in, parameter("query", "q", "Q", "string", "Only those whose texts contain this, whatever its case.").with("maxLength", "200"))
	}
	for _, f := range e.Filters(expose.In) {
		in = append(in, f.filterInput())
	}
	for _, d := range e.EdgeFilters() {
		x := parameter("query", d.Expose.Filter, pascal(d.Expose.Filter), "[]pid.ID", "Only those with one of these "+d.Words()+".")
		x.Edge = d
		in = append(in, x.with("maxItems", strconv.Itoa(maxFilterValues)))
	}
	for _, f := range e.FarFilters() {
		in = append(in, f.filterInput())
	}
	for _, f := range e.Filters(expose.Range) {
		in = append(in, f.boundInput("gte", "Only those with "+f.Name+" at this value or later."), f.boundInput("lt", "Only those with "+f.Name+" before this value."))
	}
	return in
}

func (f *Field) filterInput() Input {
	words := strings.ReplaceAll(f.Name, "_", " ")
	if f.IsBool() {
		in := parameter("query", f.Name, f.StructField(), "*bool", "Only those whose "+words+" is this.")
		in.Field = f
		return in
	}
	in := parameter("query", f.Name, f.StructField(), "[]"+f.Type.String(), "Only those whose "+words+" is one of these.")
	in.Field = f
	in = in.with("maxItems", strconv.Itoa(maxFilterValues))
	if f.IsEnum() {
		return in.with("enum", strings.Join(f.EnumValues(), ","))
	}
	if f.IsString() {
		return in.with("maxLength", strconv.Itoa(defaultMaxLength))
	}
	return in
}

// filterInput is the filter by the field of the row that the edge leads to.
func (f FarField) filterInput() Input {
	in := f.Field.filterInput()
	words := strings.ReplaceAll(f.Field.Name, "_", " ")
	in.Tag = strings.Replace(in.Tag, tag("query", in.Name), tag("query", f.Name()), 1)
	in.Tag = strings.Replace(in.Tag, tag("doc", in.Doc), tag("doc", "Only those whose "+f.Edge.Singular()+"'s "+words+" is one of these."), 1)
	in.Name, in.Go, in.Doc = f.Name(), f.Go(), "Only those whose "+f.Edge.Singular()+"'s "+words+" is one of these."
	return in
}

func (f *Field) boundInput(bound, doc string) Input {
	in := parameter("query", f.Name+"["+bound+"]", f.StructField()+strings.ToUpper(bound), "*"+f.Base(), doc)
	in.Field = f
	return in
}

// orders lists what sort takes.
func (e *Entity) orders() (orders []string) {
	for _, f := range e.Sortable() {
		orders = append(orders, f.Name, "-"+f.Name)
	}
	return orders
}

func parameter(in, name, goName, typ, doc string) Input {
	return Input{Name: name, Go: goName, Type: typ, In: in, Doc: doc, Required: in == "path", Tag: tag(in, name)}.with("doc", doc)
}

// comma lets one value hold several.
func (in Input) comma() Input {
	in.Tag = strings.Replace(in.Tag, strconv.Quote(in.Name), strconv.Quote(in.Name+",comma"), 1)
	return in
}

// with adds a tag that has a value.
func (in Input) with(name, value string) Input {
	if value != "" {
		in.Tag = strings.TrimSpace(in.Tag + " " + tag(name, value))
	}
	return in
}

func tag(name, value string) string { return name + ":" + strconv.Quote(value) }

func bound(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// example is the annotation's example as a tag shows it.
func (f *Field) example() string {
	if f.Expose.Example == nil {
		return ""
	}
	return fmt.Sprint(f.Expose.Example)
}

// ExampleID is an identifier of the entity for the reference.
func (e *Entity) ExampleID() string { return e.Expose.Prefix + "_01jd4c0n5xe2vb8w6h3ks9qt7m" }
