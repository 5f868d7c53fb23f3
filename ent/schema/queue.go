package schema

import (
	"encoding/json"
	"math"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/expose"
)

// QueueItem is something to be printed, once or more often.
type QueueItem struct{ ent.Schema }

// Mixin of the QueueItem.
func (QueueItem) Mixin() []ent.Mixin { return owned("qit") }

// Fields of the QueueItem.
func (QueueItem) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("number").Immutable().Annotations(expose.Field{ReadOnly: true, Sort: true, Doc: "Running number in the organization."}),
		field.String("name").NotEmpty().Annotations(expose.Field{Doc: "What is printed.", Example: "Gear for robot 7"}),
		optRef("file_id").Annotations(doc("The file to print.")),
		field.Int("plate_index").Default(0).Annotations(doc("Plate of a project file.")),
		ref("submitter_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Membership of the person it is for."}),
		optRef("on_behalf_of").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "Membership named at create, where somebody else submitted it."}),
		optRef("class_id").Annotations(expose.Field{Filter: expose.In, Doc: "The class it is for."}),
		field.Enum("state").Values("draft", "queued", "assigned", "dispatching", "printing", "paused", "awaiting_verdict", "completed", "failed", "cancelled", "expired").
			Default("queued").Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Where in its life the item is."}),
		field.Enum("hold").Values("none", "manual", "schedule").Default("none").Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Whether it is held back."}),
		field.String("hold_reason").Default("").Annotations(readOnly),
		field.Enum("approval_state").Values("not_required", "pending", "approved", "changes_requested", "denied").Default("not_required").
			Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Whether a person has to agree first."}),
		optRef("decided_by_id").Annotations(readOnly),
		field.Time("decided_at").Optional().Nillable().Annotations(readOnly),
		field.String("approval_reason").Default("").Annotations(readOnly),
		field.Int("copies_requested").Default(1).Annotations(expose.Field{Doc: "How many good copies are wanted.", Min: expose.F(1), Max: expose.F(1000)}),
		field.Int("copies_done").Default(0).Annotations(readOnly),
		field.Int("copies_running").Default(0).Annotations(readOnly),
		field.Int("copies_failed").Default(0).Annotations(readOnly),
		field.Enum("priority").Values("low", "normal", "high", "urgent").Default("normal").Annotations(expose.Field{Filter: expose.In, Doc: "What goes first."}),
		field.Int("priority_rank").Default(1).Annotations(hidden),
		field.Int64("turn").Default(0).Annotations(hidden),
		field.Int64("position").Default(0).Annotations(expose.Field{ReadOnly: true, Sort: true, Doc: "Order inside a priority; smaller is earlier."}),
		field.Time("not_before").Optional().Nillable().Annotations(doc("Do not start earlier.")),
		field.Time("deadline_at").Optional().Nillable().Annotations(doc("When it should be done.")),
		field.Int64("latest_start").Default(math.MaxInt64).Annotations(hidden),
		field.Int("estimated_seconds").Default(0).Annotations(doc("Seconds one copy takes.")),
		field.Float("estimated_g").Default(0).Annotations(doc("Grams one copy needs, over all tools.")),
		field.Int("size_class").Default(0).Annotations(hidden),
		field.JSON("requirements", schematype.Requirements{}).Default(schematype.Requirements{}).Annotations(doc("What it asks of a printer.")),
		field.JSON("requested", schematype.Requirements{}).Default(schematype.Requirements{}).Annotations(hidden),
		field.JSON("metadata", map[string]string{}).Default(map[string]string{}).Annotations(doc("Free words of the integration.")),
		field.String("external_ref").Default("").Annotations(expose.Field{Filter: expose.In, Doc: "The integration's own reference."}),
		field.Int("attempts").Default(0).Annotations(readOnly),
		field.Int("max_attempts").Default(3).Annotations(readOnly),
		optRef("assigned_printer_id").Annotations(expose.Field{ReadOnly: true, Doc: "The printer whose line it stands in."}),
		field.Time("assigned_at").Optional().Nillable().Annotations(readOnly),
		field.JSON("reservations", []schematype.SpoolUse{}).Default([]schematype.SpoolUse{}).Annotations(hidden),
		field.Strings("overrides").Default([]string{}).Annotations(readOnly),
		optRef("profile_id").Annotations(hidden),
		field.Bool("dispatchable").Default(false).Annotations(hidden),
		field.Time("blocked_at").Optional().Nillable().Annotations(quiet),
		field.Bool("cancel_requested").Default(false).Annotations(expose.Field{ReadOnly: true, Doc: "Somebody cancelled it while a copy was on a printer."}),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Edges of the QueueItem.
func (QueueItem) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("file", File.Type).Unique().Field("file_id").Annotations(expose.Edge{Expand: true}, setNull()),
		edge.To("submitter", Membership.Type).Unique().Required().Immutable().Field("submitter_id").Annotations(expose.Edge{Expand: true}, restrict()),
		edge.To("class", Class.Type).Unique().Field("class_id").Annotations(expose.Edge{Expand: true}, setNull()),
		edge.To("assigned_printer", Printer.Type).Unique().Field("assigned_printer_id").Annotations(expose.Edge{Expand: true}, setNull()),
		edge.To("profile", RequirementProfile.Type).Unique().Field("profile_id").Annotations(restrict()),
		edge.From("prints", PrintRun.Type).Ref("queue_item"),
	}
}

// Indexes of the QueueItem. The first two serve dispatch alone, without a look at the
// table: the head of a profile, and the heads of its size classes.
func (QueueItem) Indexes() []ent.Index {
	waiting := entsql.IndexWhere("dispatchable")
	return []ent.Index{
		index.Fields("profile_id", "priority_rank", "turn", "latest_start", "position", "id", "estimated_g").Annotations(waiting, entsql.DescColumns("priority_rank")).StorageKey("queue_items_head"),
		index.Fields("profile_id", "size_class", "priority_rank", "turn", "latest_start", "position", "id", "estimated_g").Annotations(waiting, entsql.DescColumns("priority_rank")).StorageKey("queue_items_size_head"),
		index.Fields("assigned_printer_id", "priority_rank", "turn", "latest_start", "position", "id").Annotations(entsql.IndexWhere("assigned_printer_id IS NOT NULL"), entsql.DescColumns("priority_rank")).StorageKey("queue_items_line"),
		index.Fields("organization_id", "priority_rank", "turn", "latest_start", "position", "id").Annotations(waiting, entsql.DescColumns("priority_rank")).StorageKey("queue_items_order"),
		index.Fields("organization_id", "updated_at").Annotations(entsql.IndexWhere("approval_state = 'pending'")).StorageKey("queue_items_pending"),
		index.Fields("organization_id", "not_before").Annotations(entsql.IndexWhere("hold = 'schedule'")).StorageKey("queue_items_schedule"),
		index.Fields("organization_id", "number").Unique(),
		index.Fields("organization_id", "state", "created_at"),
		index.Fields("organization_id", "created_at", "id"),
		index.Fields("organization_id", "position", "id"),
		index.Fields("submitter_id", "created_at"),
		index.Fields("class_id", "created_at"),
		index.Fields("file_id"),
	}
}

// Annotations of the QueueItem.
func (QueueItem) Annotations() []schema.Annotation {
	return []schema.Annotation{table("queue_items"),
		expose.Resource{Resource: "queue_item", Prefix: "qit", Path: "/v1/platform/queue", Param: "queue_item_id", GraphQL: true, Rows: true,
			Read: []string{"operations.read", "queue.manage"}, Write: []string{"queue.manage"}, Search: "search", Sort: "-created_at",
			Filters: "internal/queue.ListQueueItemsInput", Summary: "Something to be printed."}}
}

// RequirementProfile is what queue items with the same requirements share.
type RequirementProfile struct{ ent.Schema }

// Mixin of the RequirementProfile.
func (RequirementProfile) Mixin() []ent.Mixin { return owned("prf") }

// Fields of the RequirementProfile.
func (RequirementProfile) Fields() []ent.Field {
	return []ent.Field{
		field.String("key").Immutable().Annotations(hidden),
		field.JSON("need", json.RawMessage{}).Annotations(hidden),
		field.Time("computed_at").Optional().Nillable().Annotations(quiet),
		field.Int("matching_printers").Default(0).Annotations(quiet),
	}
}

// Edges of the RequirementProfile.
func (RequirementProfile) Edges() []ent.Edge {
	return []ent.Edge{edge.From("verdicts", ProfileVerdict.Type).Ref("profile")}
}

// Indexes of the RequirementProfile.
func (RequirementProfile) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "key").Unique()}
}

// Annotations of the RequirementProfile.
func (RequirementProfile) Annotations() []schema.Annotation {
	return []schema.Annotation{table("requirement_profiles"), expose.Resource{Prefix: "prf"}}
}

// ProfileVerdict is whether a printer's equipment serves a profile. Readiness is joined when it is read, so that a printer
// that goes idle writes nothing here.
type ProfileVerdict struct{ ent.Schema }

// Mixin of the ProfileVerdict.
func (ProfileVerdict) Mixin() []ent.Mixin { return owned("pvd") }

// Fields of the ProfileVerdict.
func (ProfileVerdict) Fields() []ent.Field {
	return []ent.Field{
		ref("profile_id").Immutable().Annotations(hidden),
		ref("printer_id").Immutable().Annotations(hidden),
		field.Bool("ok").Annotations(hidden),
		field.Int("penalty").Default(0).Annotations(hidden),
		field.String("spool_id").Default("").Annotations(hidden),
	}
}

// Edges of the ProfileVerdict.
func (ProfileVerdict) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("profile", RequirementProfile.Type).Unique().Required().Immutable().Field("profile_id").Annotations(cascade()),
		edge.To("printer", Printer.Type).Unique().Required().Immutable().Field("printer_id").Annotations(cascade()),
	}
}

// Indexes of the ProfileVerdict.
func (ProfileVerdict) Indexes() []ent.Index {
	return []ent.Index{index.Fields("profile_id", "printer_id").Unique(), index.Fields("printer_id", "ok", "profile_id")}
}

// Annotations of the ProfileVerdict.
func (ProfileVerdict) Annotations() []schema.Annotation {
	return []schema.Annotation{table("profile_verdicts"), expose.Resource{Prefix: "pvd"}}
}

// PrintRun is one physical run of one copy of a queue item, a print in both APIs: Go has taken the word for itself.
type PrintRun struct{ ent.Schema }

// Mixin of the PrintRun.
func (PrintRun) Mixin() []ent.Mixin { return owned("prt") }

// Fields of the PrintRun.
func (PrintRun) Fields() []ent.Field {
	return []ent.Field{
		ref("queue_item_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "The queue item printed."}),
		field.Int("copy").Immutable().Annotations(readOnly),
		optRef("printer_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "The printer."}),
		field.String("printer_name").Immutable().Annotations(readOnly),
		optRef("file_id").Immutable().Annotations(readOnly),
		field.String("file_sha256").Default("").Immutable().Annotations(readOnly),
		ref("submitter_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Membership of the person it was for."}),
		optRef("class_id").Immutable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In}),
		field.Enum("state").Values("dispatching", "needs_confirmation", "printing", "paused", "finished", "succeeded", "failed", "cancelled").Default("dispatching").
			Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "Where the run is; finished waits for the verdict."}),
		field.Float("progress").Default(0).Annotations(expose.Field{ReadOnly: true, Telemetry: true, Doc: "0 to 1."}),
		field.Time("dispatched_at").Immutable().Annotations(readOnly),
		field.Time("start_deadline_at").Annotations(expose.Field{ReadOnly: true, Doc: "When a start that nobody confirmed becomes needs_confirmation."}),
		field.Time("started_at").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Filter: expose.Range, Doc: "When the printer began; null until it has."}),
		field.Time("ended_at").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Filter: expose.Range, Doc: "When the printer stopped, whatever the outcome; null until it has."}),
		field.Int("estimated_seconds").Default(0).Immutable().Annotations(readOnly),
		field.Int("actual_seconds").Default(0).Annotations(readOnly),
		field.Float("estimated_g").Default(0).Immutable().Annotations(readOnly),
		field.Float("actual_g").Default(0).Annotations(readOnly),
		field.JSON("spool_uses", []schematype.SpoolUse{}).Default([]schematype.SpoolUse{}).Annotations(expose.Field{ReadOnly: true, Doc: "Which spools it takes from."}),
		field.Enum("outcome").Values("none", "completed", "cancelled", "failed").Default("none").Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "How the device ended it."}),
		field.Enum("failure_reason").Values("adhesion", "spaghetti", "clog", "filament_out", "power", "communication", "operator", "layer_shift", "other").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Filter: expose.In, Doc: "What went wrong."}),
		field.String("failure_details").Default("").Annotations(readOnly),
		field.Enum("verdict").Values("success", "failure").Optional().Nillable().Annotations(readOnly),
		optRef("verdict_by_id").Annotations(readOnly),
		field.Time("verdict_at").Optional().Nillable().Annotations(readOnly),
		field.Int64("cost_minor").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Doc: "Filament cost in minor units of cost_currency; null until the print has ended."}),
		field.String("cost_currency").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Doc: "ISO 4217 code of the cost.", Example: "USD"}),
		field.String("job_token").Unique().Immutable().Annotations(hidden),
		field.String("remote_ref").Default("").Annotations(hidden),
		field.Enum("phase").Values("claimed", "uploading", "starting", "started", "ended").Default("claimed").Annotations(hidden),
		field.Enum("wish").Values("none", "pause", "resume", "cancel").Default("none").Annotations(hidden),
		field.Bool("settled").Default(false).Annotations(hidden),
		field.Time("lease_until").Optional().Nillable().Annotations(quiet),
		field.String("lease_token").Default("").Annotations(quiet),
	}
}

// Edges of the PrintRun.
func (PrintRun) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("queue_item", QueueItem.Type).Unique().Required().Immutable().Field("queue_item_id").Annotations(expose.Edge{Expand: true}, restrict()),
		edge.To("printer", Printer.Type).Unique().Immutable().Field("printer_id").Annotations(expose.Edge{Expand: true}, setNull()),
		edge.To("file", File.Type).Unique().Immutable().Field("file_id").Annotations(expose.Edge{Expand: true}, setNull()),
		edge.To("submitter", Membership.Type).Unique().Required().Immutable().Field("submitter_id").Annotations(expose.Edge{Expand: true}, restrict()),
		edge.To("class", Class.Type).Unique().Immutable().Field("class_id").Annotations(expose.Edge{Expand: true}, setNull()),
	}
}

// Indexes of the PrintRun. The two partial unique ones make double booking impossible even for a wrong program.
func (PrintRun) Indexes() []ent.Index {
	active := entsql.IndexWhere("state IN ('dispatching','needs_confirmation','printing','paused')")
	held := entsql.IndexWhere("state IN ('dispatching','needs_confirmation','printing','paused','finished','succeeded')")
	return []ent.Index{
		index.Fields("printer_id").Unique().Annotations(active).StorageKey("prints_one_active_per_printer"),
		index.Fields("queue_item_id", "copy").Unique().Annotations(held).StorageKey("prints_one_per_copy"),
		index.Fields("printer_id", "dispatched_at").Annotations(entsql.IndexWhere("state = 'finished'")).StorageKey("prints_awaiting_verdict"),
		index.Fields("organization_id", "created_at", "id"),
		index.Fields("printer_id", "created_at"),
		index.Fields("queue_item_id"),
		index.Fields("submitter_id", "created_at"),
		index.Fields("organization_id", "ended_at"),
		index.Fields("class_id", "created_at"),
		index.Fields("state", "lease_until"),
	}
}

// Annotations of the PrintRun.
func (PrintRun) Annotations() []schema.Annotation {
	return []schema.Annotation{table("prints"),
		expose.Resource{Resource: "print", Type: "Print", Prefix: "prt", Path: "/v1/history", Param: "print_id", GraphQL: true, Rows: true,
			Read: []string{"operations.read"}, Write: []string{"queue.manage"}, Sort: "-created_at",
			Verbs: []expose.Verb{expose.List, expose.Get}, Summary: "One physical run."}}
}
