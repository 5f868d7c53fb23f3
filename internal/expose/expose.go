// Package expose holds the annotation types with which an Ent schema says what of it the two APIs show. Schemas write
// them, the generator (ent/extension) reads them; nothing else looks at them. Standard library only.
//
// An entity has exactly one Resource annotation. A field has at most one Field annotation and is otherwise shown,
// writable at create and update, and neither filter nor sort. An edge without an Edge annotation is not shown over REST.
package expose

// Verb is an operation that can be generated.
type Verb string

// The generated verbs.
const (
	List   Verb = "list"
	Get    Verb = "get"
	Create Verb = "create"
	Update Verb = "update"
	Delete Verb = "delete"
)

// AnnotationName is the key under which Ent stores the annotation of each level.
const AnnotationName = "SoLoPrint"

// Resource is an entity's annotation.
type Resource struct {
	Resource string // name in codes and events: printer_tag; empty = internal, nothing is generated
	Type     string // type name in both APIs where the schema cannot have it
	Prefix   string // of identifiers: tag
	Path     string // REST collection: /v1/platform/printer-tags; empty = no REST routes
	Param    string // path parameter: printer_tag_id
	Read     []string
	Write    []string
	Rows     bool   // members without the read capability see what their row rule lets them see
	Verbs    []Verb // operations to generate; hand-written ones are left out here
	GraphQL  bool   // the type and its connection are in the GraphQL schema
	Global   bool   // belongs to no organization (user); guard has a rule of its own for it
	Soft     bool   // deleted rows stay, with deleted_at, and are found by nobody but history
	View     bool   // the REST view is finished by hand: view<Type> in package rest wraps the generated one
	Sort     string // default order: -created_at
	Search   string // folded column that q= looks in, empty = no q
	Filters  string // Go type of a list's filters where its domain package adds some: internal/queue.ListQueueItemsInput
	Summary  string // one line for the reference
}

// Name implements schema.Annotation.
func (Resource) Name() string { return AnnotationName }

// Field is a field's annotation.
type Field struct {
	Hidden    bool   // never leaves the server
	ReadOnly  bool   // shown, never written by a client
	OnCreate  bool   // written at create only
	Filter    Filter // which filters lists take
	Sort      bool   // lists may sort by it (NOT NULL columns only)
	Doc       string // for reference and schema; a field's Ent comment serves where this is empty
	Example   any
	Min, Max  *float64 // bounds of a number
	MaxLen    int      // bound of a text, in runes; 200 where absent
	Lines     bool     // a text of several lines
	With      string   // the field that is written together with this one, such as the currency of a price
	Pattern   string   // regular expression a text matches
	Format    string   // JSON Schema format, such as date-time or uri
	Telemetry bool     // a change of it does not raise the row's version
}

// Name implements schema.Annotation.
func (Field) Name() string { return AnnotationName }

// Filter is the kind of filter a field takes.
type Filter string

// The filters.
const (
	None  Filter = ""
	In    Filter = "in"    // field=a&field=b: any of
	Range Filter = "range" // field[gte], field[lt]
)

// Edge is an edge's annotation.
type Edge struct {
	IDs    bool     // to-many: <name>_ids is written at create and update
	Embed  bool     // always part of the answer, as a list of summaries
	Expand bool     // may be asked for with expand=<name>; what is embedded may be asked for in any case
	Filter string   // query parameter that filters a list by this edge: tag_id
	Fields []string // fields of the row that it leads to, by which lists filter: type of material is material_type
}

// Name implements schema.Annotation.
func (Edge) Name() string { return AnnotationName }

// F is a pointer to a bound.
func F(v float64) *float64 { return &v }
