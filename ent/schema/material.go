package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/expose"
)

// Material is a kind of filament.
type Material struct{ ent.Schema }

// Mixin of the Material.
func (Material) Mixin() []ent.Mixin { return append(owned("mat"), soft{}) }

// Fields of the Material.
func (Material) Fields() []ent.Field {
	return []ent.Field{
		field.String("vendor").Default("").Annotations(doc("Who makes it.")),
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "Name of the product.", Example: "Prusament PLA Galaxy Black"}),
		field.String("type").NotEmpty().Annotations(expose.Field{Filter: expose.In, Doc: "Type of plastic.", Example: "PLA", MaxLen: 40}),
		field.String("color_name").Default("").Annotations(doc("Name of the colour.")),
		field.String("color_hex").Default("").Annotations(expose.Field{Doc: "Colour as #RRGGBB.", Pattern: "^(#[0-9A-Fa-f]{6})?$"}),
		field.Float("density_g_cm3").Default(1.24).Annotations(expose.Field{Doc: "Density in g/cm³.", Min: expose.F(0.1), Max: expose.F(25)}),
		field.Float("diameter_mm").Default(1.75).Annotations(expose.Field{Doc: "Filament diameter in mm.", Min: expose.F(0.5), Max: expose.F(10)}),
		field.Float("net_weight_g").Default(1000).Annotations(expose.Field{Doc: "Grams of filament on a full spool.", Min: expose.F(0), Max: expose.F(100000)}),
		field.Float("spool_weight_g").Default(0).Annotations(expose.Field{Doc: "Grams of the empty spool.", Min: expose.F(0), Max: expose.F(100000)}),
		field.Int64("price_minor").Optional().Nillable().
			Annotations(expose.Field{Doc: "Price of a full spool in minor units of price_currency; null = not known.", Min: expose.F(0), Max: expose.F(1e12), With: "price_currency"}),
		field.String("price_currency").Optional().Nillable().
			Annotations(expose.Field{Doc: "ISO 4217 code of the price, sent together with it.", Example: "USD", Pattern: "^[A-Z]{3}$", With: "price_minor"}),
		field.Float("nozzle_c").Default(0).Annotations(expose.Field{Doc: "Nozzle temperature in °C.", Min: expose.F(0), Max: expose.F(1000)}),
		field.Float("bed_c").Default(0).Annotations(expose.Field{Doc: "Bed temperature in °C.", Min: expose.F(0), Max: expose.F(500)}),
		field.JSON("low_stock", &schematype.LowStock{}).Optional().Annotations(doc("When the material counts as low.")),
		field.JSON("low_stock_threshold", &schematype.Threshold{}).Optional().Annotations(doc("When a spool of it counts as low; absent = the organization's.")),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the Material.
func (Material) Edges() []ent.Edge {
	return []ent.Edge{edge.From("spools", Spool.Type).Ref("material")}
}

// Indexes of the Material.
func (Material) Indexes() []ent.Index { return []ent.Index{index.Fields("organization_id", "name")} }

// Annotations of the Material.
func (Material) Annotations() []schema.Annotation {
	return []schema.Annotation{table("materials"),
		expose.Resource{Resource: "material", Prefix: "mat", Path: "/v1/materials", Param: "material_id", GraphQL: true, Soft: true,
			Read: []string{"operations.read", "spool.manage"}, Write: []string{"spool.manage"}, Search: "search", Sort: "name",
			Verbs: []expose.Verb{expose.List, expose.Get, expose.Create, expose.Update}, Summary: "A kind of filament."}}
}

// Spool is one spool of filament.
type Spool struct{ ent.Schema }

// Mixin of the Spool.
func (Spool) Mixin() []ent.Mixin { return append(owned("spl"), soft{}) }

// Fields of the Spool.
func (Spool) Fields() []ent.Field {
	return []ent.Field{
		field.String("code").NotEmpty().Annotations(expose.Field{OnCreate: true, Filter: expose.In, Sort: true, Doc: "Short code on the label.", Example: "S-0042"}),
		ref("material_id").Annotations(expose.Field{OnCreate: true, Filter: expose.In, Doc: "What is on it."}),
		field.Float("initial_g").Default(0).Annotations(expose.Field{OnCreate: true, Doc: "Grams at the beginning."}),
		field.Float("used_g").Default(0).Annotations(readOnly),
		field.Float("remaining_g").Default(0).Annotations(expose.Field{ReadOnly: true, Sort: true, Doc: "Grams left: the sum of the ledger."}),
		field.Float("reserved_g").Default(0).Annotations(expose.Field{ReadOnly: true, Doc: "Grams promised to items that are assigned or printing."}),
		field.Enum("status").Values("new", "in_use", "stored", "empty", "archived").Default("new").
			Annotations(expose.Field{Filter: expose.In, Doc: "Where in its life the spool is."}),
		field.String("location").Default("").Annotations(doc("Where it is stored.")),
		field.String("lot_number").Default("").Annotations(doc("Lot of the maker.")),
		field.JSON("low_stock_threshold", &schematype.Threshold{}).Optional().Annotations(doc("When it counts as low; absent = the material's or the organization's.")),
		field.Enum("stock_level").Values("ok", "low", "critical", "empty").Default("ok").
			Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "How much is left, in a word."}),
		field.Enum("weight_source").Values("initial", "deducted", "measured").Default("initial").Annotations(readOnly),
		field.Time("opened_at").Optional().Nillable().Annotations(doc("When it was opened.")),
		field.Time("expires_at").Optional().Nillable().Annotations(doc("When it should be used up.")),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the Spool.
func (Spool) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("material", Material.Type).Unique().Required().Field("material_id").Annotations(expose.Edge{Embed: true, Fields: []string{"type"}}, restrict()),
		edge.To("slot", PrinterSlot.Type).Unique().Annotations(setNull()),
		edge.From("ledger", LedgerEntry.Type).Ref("spool"),
	}
}

// Indexes of the Spool.
func (Spool) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "code").Unique(), index.Fields("organization_id", "status"), index.Fields("material_id")}
}

// Annotations of the Spool.
func (Spool) Annotations() []schema.Annotation {
	return []schema.Annotation{table("spools"),
		expose.Resource{Resource: "spool", Prefix: "spl", Path: "/v1/spools", Param: "spool_id", GraphQL: true, Soft: true, View: true,
			Read: []string{"operations.read", "spool.manage"}, Write: []string{"spool.manage"}, Search: "search", Sort: "code",
			Verbs: []expose.Verb{expose.List, expose.Get}, Summary: "A spool of filament."}}
}

// SpoolAssignment is a spool in a slot, from one time to another.
type SpoolAssignment struct{ ent.Schema }

// Mixin of the SpoolAssignment.
func (SpoolAssignment) Mixin() []ent.Mixin { return owned("sas") }

// Fields of the SpoolAssignment.
func (SpoolAssignment) Fields() []ent.Field {
	return []ent.Field{
		ref("spool_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In}),
		ref("printer_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In}),
		ref("slot_id").Immutable().Annotations(hidden),
		field.Int("slot_index").Immutable().Annotations(readOnly),
		field.Time("started_at").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "When it was loaded."}),
		field.Time("ended_at").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Doc: "When it was unloaded; null while it is loaded."}),
	}
}

// Edges of the SpoolAssignment.
func (SpoolAssignment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("spool", Spool.Type).Unique().Required().Immutable().Field("spool_id").Annotations(expose.Edge{Expand: true}, cascade()),
		edge.To("printer", Printer.Type).Unique().Required().Immutable().Field("printer_id").Annotations(expose.Edge{Expand: true}, cascade()),
		edge.To("slot", PrinterSlot.Type).Unique().Required().Immutable().Field("slot_id").Annotations(cascade()),
	}
}

// Indexes of the SpoolAssignment.
func (SpoolAssignment) Indexes() []ent.Index {
	open := entsql.IndexWhere("ended_at IS NULL")
	return []ent.Index{
		index.Fields("spool_id").Unique().Annotations(open).StorageKey("spool_assignments_one_open_per_spool"),
		index.Fields("slot_id").Unique().Annotations(open).StorageKey("spool_assignments_one_open_per_slot"),
		index.Fields("organization_id", "created_at", "id"),
		index.Fields("printer_id"),
	}
}

// Annotations of the SpoolAssignment.
func (SpoolAssignment) Annotations() []schema.Annotation {
	return []schema.Annotation{table("spool_assignments"),
		expose.Resource{Resource: "spool_assignment", Prefix: "sas", Path: "/v1/platform/spool-assignments", Param: "assignment_id", GraphQL: true,
			Read: []string{"operations.read", "spool.manage"}, Write: []string{"spool.manage"}, Sort: "-created_at",
			Verbs: []expose.Verb{expose.List}, Summary: "Which spool is where."}}
}

// LedgerEntry is one change of a spool's weight. Rows are never changed.
type LedgerEntry struct{ ent.Schema }

// Mixin of the LedgerEntry.
func (LedgerEntry) Mixin() []ent.Mixin { return owned("led") }

// Fields of the LedgerEntry.
func (LedgerEntry) Fields() []ent.Field {
	return []ent.Field{
		ref("spool_id").Immutable().Annotations(readOnly),
		field.Enum("kind").Values("initial", "deduct", "measure", "adjust", "reserve", "release", "refund").Immutable().
			Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Why the weight changed."}),
		field.Float("delta_g").Default(0).Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "Change of the grams left."}),
		field.Float("delta_reserved_g").Default(0).Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "Change of the grams reserved."}),
		field.Float("balance_after_g").Default(0).Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "Grams left afterwards."}),
		optRef("print_id").Immutable().Annotations(readOnly),
		optRef("queue_item_id").Immutable().Annotations(readOnly),
		optRef("undo_of_id").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "The entry that this one undoes."}),
		optRef("by_membership_id").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "Membership of the person, null for background work."}),
		field.String("note").Default("").Immutable().Annotations(readOnly),
	}
}

// Edges of the LedgerEntry.
func (LedgerEntry) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("spool", Spool.Type).Unique().Required().Immutable().Field("spool_id").Annotations(restrict()),
		edge.To("print", PrintRun.Type).Unique().Immutable().Field("print_id").Annotations(restrict()),
		edge.To("undone_by", LedgerEntry.Type).Unique().Annotations(restrict()).
			From("undo_of").Unique().Immutable().Field("undo_of_id"),
	}
}

// Indexes of the LedgerEntry. The last makes a second deduction for a print impossible, the edge undo_of a second undo.
func (LedgerEntry) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("spool_id", "created_at", "id"),
		index.Fields("print_id", "spool_id").Unique().Annotations(entsql.IndexWhere("kind = 'deduct' AND print_id IS NOT NULL AND queue_item_id IS NOT NULL")).StorageKey("ledger_entries_one_deduct_per_print"),
	}
}

// Annotations of the LedgerEntry.
func (LedgerEntry) Annotations() []schema.Annotation {
	return []schema.Annotation{table("ledger_entries"),
		expose.Resource{Resource: "ledger_entry", Prefix: "led", Param: "entry_id", GraphQL: true,
			Read: []string{"operations.read", "spool.manage"}, Write: []string{"spool.manage"}, Sort: "-created_at", Summary: "A change of a spool's weight."}}
}

// File is something that was uploaded.
type File struct{ ent.Schema }

// Mixin of the File.
func (File) Mixin() []ent.Mixin { return append(owned("fil"), soft{}) }

// Fields of the File.
func (File) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "File name.", Example: "gear.gcode"}),
		field.String("folder").Default("").Annotations(expose.Field{Filter: expose.In, Doc: "Folder it is filed under."}),
		field.Int64("size_bytes").Annotations(readOnly),
		field.String("sha256").Annotations(expose.Field{ReadOnly: true, Doc: "SHA-256 of the content, in hexadecimal."}),
		field.String("content_type").Default("application/octet-stream").Annotations(readOnly),
		field.Enum("kind").Values("gcode", "bgcode", "gcode_3mf", "3mf", "stl", "other").Default("other").
			Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "What it is, by name and content."}),
		field.Enum("status").Values("pending", "fetching", "ready", "failed", "deleted").Default("pending").
			Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Only ready files can be printed."}),
		field.String("failure_code").Default("").Annotations(readOnly),
		ref("uploaded_by_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Membership of the person."}),
		field.JSON("metadata", &schematype.FileMetadata{}).Optional().Annotations(expose.Field{ReadOnly: true, Doc: "What the content says."}),
		field.Bytes("thumbnail").Optional().Annotations(hidden),
		field.String("storage_key").Unique().Immutable().Annotations(hidden),
		field.Time("upload_expires_at").Optional().Nillable().Annotations(hidden),
		field.Bytes("source_url").Optional().Sensitive().Annotations(hidden), // sealed: where the bytes are fetched from may hold a secret; cleared at the end
		field.Bool("source_named").Default(false).Annotations(hidden),
		field.Int("fetch_attempts").Default(0).Annotations(quiet),
		field.Time("lease_until").Optional().Nillable().Annotations(quiet),
		field.String("lease_token").Default("").Annotations(quiet),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the File.
func (File) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("uploaded_by", Membership.Type).Unique().Required().Immutable().Field("uploaded_by_id").Annotations(expose.Edge{Expand: true}, restrict()),
	}
}

// Indexes of the File.
func (File) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "created_at", "id"), index.Fields("uploaded_by_id", "created_at"), index.Fields("organization_id", "sha256"),
		index.Fields("lease_until").Annotations(entsql.IndexWhere("status = 'fetching'")).StorageKey("files_fetching"),
	}
}

// Annotations of the File.
func (File) Annotations() []schema.Annotation {
	return []schema.Annotation{table("files"),
		expose.Resource{Resource: "file", Prefix: "fil", Path: "/v1/files", Param: "fileId", GraphQL: true, Soft: true, Rows: true,
			Read: []string{"operations.read", "queue.manage"}, Write: []string{"queue.manage"}, Search: "search", Sort: "-created_at",
			Verbs: []expose.Verb{expose.List, expose.Get}, Summary: "An uploaded file."}}
}
