package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/expose"
)

// Printer is one machine.
type Printer struct{ ent.Schema }

// Mixin of the Printer.
func (Printer) Mixin() []ent.Mixin { return append(owned("prn"), soft{}) }

// Fields of the Printer.
func (Printer) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "Name people call it by.", Example: "MK4 Ada"}),
		field.String("manufacturer").Default("").Annotations(doc("Who made it.")),
		field.String("model").Default("").Annotations(expose.Field{Filter: expose.In, Doc: "Model, as slicers write it.", Example: "MK4"}),
		field.String("serial_number").Default("").Annotations(doc("Serial number.")),
		field.String("location").Default("").Annotations(doc("Where it stands.")),
		field.JSON("connector", schematype.Connector{}).Annotations(doc("How it is reached.")),
		field.Bytes("connector_secret").Optional().Sensitive().Annotations(hidden),
		field.JSON("build_volume_mm", &schematype.Size{}).Optional().Annotations(doc("Build volume in mm; null = not known.")),
		field.Float("nozzle_diameter_mm").Default(0.4).Annotations(expose.Field{Doc: "Nozzle diameter in mm.", Min: expose.F(0.05), Max: expose.F(5)}),
		field.String("nozzle_type").Default("brass").Annotations(expose.Field{Doc: "Nozzle type, for example brass or hardened.", MaxLen: 40}),
		field.Float("max_nozzle_c").Default(300).Annotations(expose.Field{Doc: "Highest nozzle temperature in °C.", Min: expose.F(0), Max: expose.F(1000)}),
		field.Float("max_bed_c").Default(120).Annotations(expose.Field{Doc: "Highest bed temperature in °C.", Min: expose.F(0), Max: expose.F(500)}),
		field.Bool("enclosed").Default(false).Annotations(doc("Whether it has an enclosure.")),
		field.Strings("supported_formats").Default([]string{"gcode"}).Annotations(doc("File formats it prints.")),
		field.Bool("auto_dispatch").Default(false).Annotations(doc("Start the next item without a person when idle and clear.")),
		field.Bool("require_bed_clear").Default(true).Annotations(doc("Start nothing until a person says that the bed is clear.")),
		field.JSON("out_of_order", &schematype.OutOfOrder{}).Optional().Annotations(doc("Set while it is out of service.")),
		field.Enum("state").Values("offline", "idle", "busy", "printing", "paused", "finished", "attention", "error", "maintenance").Default("offline").
			Annotations(expose.Field{ReadOnly: true, Telemetry: true, Filter: expose.In, Doc: "What the printer does now."}),
		field.String("state_message").Default("").Annotations(telemetry),
		field.Enum("bed_state").Values("clear", "occupied", "unknown").Default("unknown").
			Annotations(expose.Field{ReadOnly: true, Telemetry: true, Filter: expose.In, Doc: "Whether a part may lie on the bed. Only a person makes it clear."}),
		field.Time("last_seen_at").Optional().Nillable().Annotations(telemetry),
		field.Time("lease_until").Optional().Nillable().Annotations(quiet),
		field.String("lease_token").Default("").Annotations(quiet),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the Printer.
func (Printer) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("tags", PrinterTag.Type).StorageKey(edge.Table("printer_tag_printers"), edge.Columns("printer_id", "printer_tag_id")).
			Annotations(expose.Edge{IDs: true, Embed: true, Filter: "tag_id"}),
		edge.To("groups", PrinterGroup.Type).StorageKey(edge.Table("printer_group_printers"), edge.Columns("printer_id", "printer_group_id")).
			Annotations(expose.Edge{IDs: true, Embed: true, Filter: "group_id"}),
		edge.From("slots", PrinterSlot.Type).Ref("printer").Annotations(expose.Edge{Embed: true}),
		edge.From("prints", PrintRun.Type).Ref("printer"),
	}
}

// Indexes of the Printer.
func (Printer) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "name"), index.Fields("lease_until")}
}

// Annotations of the Printer.
func (Printer) Annotations() []schema.Annotation {
	return []schema.Annotation{table("printers"),
		expose.Resource{Resource: "printer", Prefix: "prn", Path: "/v1/printers", Param: "printer_id", GraphQL: true, Soft: true, View: true,
			Read: []string{"operations.read", "printer.manage"}, Write: []string{"printer.manage"}, Search: "search", Sort: "name",
			Verbs: []expose.Verb{expose.List, expose.Get}, Summary: "A 3D printer."}}
}

// PrinterSlot holds at most one spool.
type PrinterSlot struct{ ent.Schema }

// Mixin of the PrinterSlot.
func (PrinterSlot) Mixin() []ent.Mixin { return owned("slt") }

// Fields of the PrinterSlot.
func (PrinterSlot) Fields() []ent.Field {
	return []ent.Field{
		ref("printer_id").Immutable().Annotations(readOnly),
		field.Int("index").Immutable().NonNegative().Annotations(expose.Field{ReadOnly: true, Sort: true, Doc: "Place of the slot, from 0."}),
		field.String("name").Default("").Annotations(doc("Label of the slot.")),
		optRef("spool_id").Annotations(expose.Field{ReadOnly: true, Doc: "The spool in it; loading one makes a spool assignment."}),
	}
}

// Edges of the PrinterSlot.
func (PrinterSlot) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("printer", Printer.Type).Unique().Required().Immutable().Field("printer_id").Annotations(cascade()),
		edge.From("spool", Spool.Type).Ref("slot").Unique().Field("spool_id").Annotations(expose.Edge{Embed: true}),
	}
}

// Indexes of the PrinterSlot.
func (PrinterSlot) Indexes() []ent.Index {
	return []ent.Index{index.Fields("printer_id", "index").Unique(), index.Fields("spool_id").Unique()}
}

// Annotations of the PrinterSlot.
func (PrinterSlot) Annotations() []schema.Annotation {
	return []schema.Annotation{table("printer_slots"),
		expose.Resource{Resource: "printer_slot", Prefix: "slt", GraphQL: true, Sort: "index",
			Read: []string{"operations.read", "printer.manage"}, Write: []string{"printer.manage"}, Summary: "Holds at most one spool."}}
}

// PrinterTag is a word that printers carry and queue items ask for.
type PrinterTag struct{ ent.Schema }

// Mixin of the PrinterTag.
func (PrinterTag) Mixin() []ent.Mixin { return owned("tag") }

// Fields of the PrinterTag.
func (PrinterTag) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "The word.", Example: "hardened", MaxLen: 60}),
		field.String("color_hex").Default("#64748B").Annotations(expose.Field{Doc: "Colour of the tag as #RRGGBB.", Pattern: "^#[0-9A-Fa-f]{6}$"}),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the PrinterTag.
func (PrinterTag) Edges() []ent.Edge {
	return []ent.Edge{edge.From("printers", Printer.Type).Ref("tags")}
}

// Indexes of the PrinterTag.
func (PrinterTag) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "name").Unique()}
}

// Annotations of the PrinterTag.
func (PrinterTag) Annotations() []schema.Annotation {
	return []schema.Annotation{table("printer_tags"),
		expose.Resource{Resource: "printer_tag", Prefix: "tag", Path: "/v1/platform/printer-tags", Param: "printer_tag_id", GraphQL: true,
			Read: []string{"operations.read", "printer.manage"}, Write: []string{"printer.manage"}, Search: "search", Sort: "name",
			Verbs: []expose.Verb{expose.List, expose.Get, expose.Create, expose.Update, expose.Delete}, Summary: "A tag of printers."}}
}

// PrinterGroup is a floor, a lab or any other set of printers.
type PrinterGroup struct{ ent.Schema }

// Mixin of the PrinterGroup.
func (PrinterGroup) Mixin() []ent.Mixin { return owned("pgr") }

// Fields of the PrinterGroup.
func (PrinterGroup) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "Name of the group.", Example: "Lab 2"}),
		field.String("description").Default("").Annotations(expose.Field{Doc: "Where or what it is.", MaxLen: 2000, Lines: true}),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the PrinterGroup.
func (PrinterGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("printers", Printer.Type).Ref("groups"),
		edge.From("classes", Class.Type).Ref("printer_groups"),
		edge.From("user_groups", UserGroup.Type).Ref("printer_groups"),
	}
}

// Indexes of the PrinterGroup.
func (PrinterGroup) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "name").Unique()}
}

// Annotations of the PrinterGroup.
func (PrinterGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{table("printer_groups"),
		expose.Resource{Resource: "printer_group", Prefix: "pgr", Path: "/v1/platform/printer-groups", Param: "printer_group_id", GraphQL: true,
			Read: []string{"operations.read", "printer.manage"}, Write: []string{"printer.manage"}, Search: "search", Sort: "name",
			Verbs: []expose.Verb{expose.List, expose.Get, expose.Create, expose.Update}, Summary: "A group of printers, such as a lab or a floor."}}
}
