package extension

import (
	"slices"
	"strings"

	"entgo.io/ent/entc/gen"

	"github.com/soloprint/soloprint/internal/expose"
)

// defaultMaxLength bounds texts whose annotation names no bound, in characters.
const defaultMaxLength = 200

// Model is what the templates know: every entity with its annotations.
type Model struct {
	Config
	Graph    *gen.Graph
	Entities []*Entity // sorted by name
}

// Entity is one Ent type with its annotation.
type Entity struct {
	*gen.Type
	Module string
	Expose expose.Resource
	Fields []*Field // id first, own fields as the schema has them, then those of the mixins
	Edges  []*Edge  // as the schema has them
}

// Field is one column with its annotation.
type Field struct {
	*gen.Field
	Expose expose.Field
	Owner  *Entity
}

// Edge is one relation with its annotation.
type Edge struct {
	*gen.Edge
	Expose expose.Edge
	Owner  *Entity
	Target *Entity
}

// Entity is the entity of the Ent type, nil where there is none.
func (m *Model) Entity(name string) *Entity {
	for _, e := range m.Entities {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Exposed lists the entities that clients know: those with a resource name.
func (m *Model) Exposed() []*Entity {
	return filter(m.Entities, (*Entity).Exposed)
}

// Verbs lists the entities with generated operations.
func (m *Model) Verbs() []*Entity {
	return filter(m.Entities, func(e *Entity) bool { return len(e.Expose.Verbs) > 0 })
}

// Routed lists the entities with generated routes.
func (m *Model) Routed() []*Entity {
	return filter(m.Verbs(), func(e *Entity) bool { return e.Expose.Path != "" })
}

// Listed lists the entities that lists are generated for.
func (m *Model) Listed() []*Entity {
	return filter(m.Exposed(), func(e *Entity) bool { return !e.Expose.Global })
}

// Exposed reports whether clients know the entity at all.
func (e *Entity) Exposed() bool {
	own := func(f *Field) bool { return f.Visible() && !f.Mixed() }
	return e.Expose.Resource != "" && slices.ContainsFunc(e.Fields, own)
}

// TypeName is the entity's name in both APIs and in generated Go: PrinterTag.
func (e *Entity) TypeName() string {
	if e.Expose.Type != "" {
		return e.Expose.Type
	}
	return e.Name
}

// Plural is the type name for many: PrinterTags.
func (e *Entity) Plural() string { return plural(e.TypeName()) }

// Noun is the type name in words: printer tag.
func (e *Entity) Noun() string { return strings.ReplaceAll(snake(e.TypeName()), "_", " ") }

// Nouns is the noun for many: printer tags.
func (e *Entity) Nouns() string { return strings.ReplaceAll(snake(e.Plural()), "_", " ") }

// A is the noun with its article: a printer tag.
func (e *Entity) A() string {
	if strings.ContainsAny(e.Noun()[:1], "aeio") { // "a user"
		return "an " + e.Noun()
	}
	return "a " + e.Noun()
}

// File is the entity's part of file names: printer_tag.
func (e *Entity) File() string { return snake(e.TypeName()) }

// Pointers lists the edges that a view finished by hand finds loaded besides the embedded ones: those to the single row
// that points at this one, such as a spool's slot. The row alone does not say whether there is one.
func (e *Entity) Pointers() []*Edge {
	return filter(e.Edges, func(d *Edge) bool { return e.Expose.View && d.Unique && !d.OwnFK() && !d.Expose.Embed })
}

// Edged reports whether answers have more than the row.
func (e *Entity) Edged() bool { return len(e.Embeds())+len(e.Paths())+len(e.Pointers()) > 0 }

// Packages lists the packages of Ent that the entity's list needs.
func (e *Entity) Packages() []string {
	dirs := []string{e.PackageDir()}
	for _, d := range e.EdgeFilters() {
		dirs = append(dirs, d.Target.PackageDir())
	}
	for _, f := range e.FarFilters() {
		dirs = append(dirs, f.Edge.Target.PackageDir())
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// Has reports whether the verb is generated.
func (e *Entity) Has(v expose.Verb) bool { return slices.Contains(e.Expose.Verbs, v) }

// Member is where single rows are: the collection's path with the parameter.
func (e *Entity) Member() string { return e.Expose.Path + "/{" + e.Expose.Param + "}" }

// FieldBy is the field of the name, nil where there is none.
func (e *Entity) FieldBy(name string) *Field {
	i := slices.IndexFunc(e.Fields, func(f *Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return e.Fields[i]
}

// Visible lists the fields that clients see.
func (e *Entity) Visible() []*Field { return filter(e.Fields, (*Field).Visible) }

// Scalars lists the visible fields of a summary: single values, without the times every row has.
func (e *Entity) Scalars() []*Field {
	return filter(e.Visible(), func(f *Field) bool { return !f.IsJSON() && (f.IsID() || !f.Mixed()) })
}

// Writable lists the fields that clients write with the verb.
func (e *Entity) Writable(v expose.Verb) []*Field {
	return filter(e.Fields, func(f *Field) bool { return f.Writable(v) })
}

// Filters lists the fields that lists filter by.
func (e *Entity) Filters(kind expose.Filter) []*Field {
	return filter(e.Fields, func(f *Field) bool { return f.Expose.Filter == kind })
}

// EdgeFilters lists the edges that lists filter by.
func (e *Entity) EdgeFilters() []*Edge {
	return filter(e.Edges, func(d *Edge) bool { return d.Expose.Filter != "" })
}

// FarField is a field of the row that an edge leads to.
type FarField struct {
	Edge  *Edge
	Field *Field
}

// Name is the parameter that filters by it: material_type.
func (f FarField) Name() string { return f.Edge.Singular() + "_" + f.Field.Name }

// Go is the name of the filter in Go: MaterialType.
func (f FarField) Go() string { return pascal(f.Name()) }

// FarFilters lists the fields of other rows that lists filter by.
func (e *Entity) FarFilters() (fields []FarField) {
	for _, d := range e.Edges {
		for _, name := range d.Expose.Fields {
			fields = append(fields, FarField{Edge: d, Field: d.Target.FieldBy(name)})
		}
	}
	return fields
}

// Embeds lists the edges that are always part of an answer.
func (e *Entity) Embeds() []*Edge {
	return filter(e.Edges, func(d *Edge) bool { return d.Expose.Embed })
}

// IDs lists the edges that are written as a list of identifiers.
func (e *Entity) IDs() []*Edge {
	return filter(e.Edges, func(d *Edge) bool { return d.Expose.IDs })
}

// Expands lists the edges that come when asked for, embedded ones left out: those come anyway.
func (e *Entity) Expands() []*Edge {
	return filter(e.Edges, func(d *Edge) bool { return d.Expose.Expand && !d.Expose.Embed })
}

// Paths lists what expand takes, two levels deep: submitter, submitter.user_groups. What is embedded is there in any case,
// and a caller need not know that.
func (e *Entity) Paths() (paths []string) {
	for _, d := range e.Edges {
		if !d.Expose.Expand && !d.Expose.Embed {
			continue
		}
		paths = append(paths, d.Name)
		for _, below := range d.Target.Edges {
			if below.Expose.Expand && !d.Expose.Embed {
				paths = append(paths, d.Name+"."+below.Name)
			}
		}
	}
	return paths
}

// Sortable lists the columns that lists sort by.
func (e *Entity) Sortable() []*Field {
	return filter(e.Fields, func(f *Field) bool { return f.Expose.Sort })
}

// Sort is the default order: -created_at where the annotation names none.
func (e *Entity) Sort() string {
	if e.Expose.Sort == "" {
		return "-created_at"
	}
	return e.Expose.Sort
}

// SearchField is the folded column that q= looks in, nil where there is none.
func (e *Entity) SearchField() *Field { return e.FieldBy(e.Expose.Search) }

// SearchText lists the fields whose words stand in the folded search column: short free texts that clients write.
func (e *Entity) SearchText() []*Field {
	return filter(e.Fields, func(f *Field) bool {
		x := f.Expose
		free := f.Writable(expose.Create) && x.Pattern == "" && x.Format == "" && x.MaxLen <= defaultMaxLength
		return free && f.IsString() && !f.HasGoType()
	})
}

// IsID reports whether the field is the identifier.
func (f *Field) IsID() bool { return f.Name == "id" }

// Mixed reports whether the field comes from a mixin, as id, times and version do.
func (f *Field) Mixed() bool { return f.IsID() || f.Position != nil && f.Position.MixedIn }

// Visible reports whether clients see the field.
func (f *Field) Visible() bool { return !f.Expose.Hidden }

// Writable reports whether clients write the field with the verb.
func (f *Field) Writable(v expose.Verb) bool {
	x := f.Expose
	return !x.Hidden && !x.ReadOnly && !f.IsID() && (v == expose.Create || !x.OnCreate && !f.Immutable)
}

// IsRef reports whether the field holds another row's identifier.
func (f *Field) IsRef() bool { return f.Type.String() == "pid.ID" && !f.IsID() }

// Null reports whether the column may be NULL.
func (f *Field) Null() bool { return f.Optional }

// Pointer reports whether the value in the Ent struct is nil for NULL.
func (f *Field) Pointer() bool { return f.NillableValue() || strings.HasPrefix(f.Type.String(), "*") }

// Base is the Go type without its pointer: string, class.State, schematype.LowStock.
func (f *Field) Base() string { return strings.TrimPrefix(f.Type.String(), "*") }

// List reports whether the value is a slice.
func (f *Field) List() bool { return strings.HasPrefix(f.Base(), "[]") }

// Map reports whether the value is a map.
func (f *Field) Map() bool { return strings.HasPrefix(f.Base(), "map[") }

// Doc describes the field for reference and schema.
func (f *Field) Doc() string {
	if f.Expose.Doc != "" {
		return f.Expose.Doc
	}
	return f.Comment()
}

// Singular is the edge's name for one: tag of tags.
func (d *Edge) Singular() string { return singular(d.Name) }

// IDsName is the name of the list of identifiers: tag_ids.
func (d *Edge) IDsName() string { return d.Singular() + "_ids" }

// Words is the edge's name in words: printer groups.
func (d *Edge) Words() string { return strings.ReplaceAll(d.Name, "_", " ") }

// Column is the foreign key column where this side holds it.
func (d *Edge) Column() string {
	if !d.OwnFK() {
		return ""
	}
	return d.Rel.Column()
}

func filter[T any](all []T, keep func(T) bool) (kept []T) {
	for _, v := range all {
		if keep(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// Telemetry lists the fields whose change does not raise the row's version.
func (e *Entity) Telemetry() (names []string) {
	for _, f := range e.Fields {
		if f.Expose.Telemetry {
			names = append(names, f.Name)
		}
	}
	return names
}

// CursorType is the Go type in which cursors hold the column's value, empty where lists cannot sort by it.
func (f *Field) CursorType() string {
	switch {
	case f.IsTime():
		return "time.Time"
	case f.IsString() && !f.HasGoType():
		return "string"
	case f.Type.Numeric():
		return f.Type.String()
	}
	return ""
}
