// Package schema is the single model: every entity, its fields, edges and indexes, and the one annotation that says what
// the APIs show of it. It is data: no logic, no hooks, no import of generated code.
package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"

	"github.com/soloprint/soloprint/internal/expose"
	"github.com/soloprint/soloprint/internal/pid"
)

// row is what every entity has: a prefixed id, when it was made and changed, and the version that ETags and If-Match use.
type row struct {
	mixin.Schema
	prefix  string
	ageless bool // nobody learns how old the row is, from its identifier neither
}

func (r row) Fields() []ent.Field {
	id, prefix := pid.New, r.prefix
	created := expose.Field{ReadOnly: true, Filter: expose.Range, Sort: true, Doc: "When it was created.", Telemetry: true}
	updated := expose.Field{ReadOnly: true, Sort: true, Doc: "When it was last changed.", Telemetry: true}
	if r.ageless {
		id, created, updated = pid.NewAgeless, quiet, quiet
	}
	return []ent.Field{
		field.String("id").GoType(pid.ID("")).Immutable().
			DefaultFunc(func() pid.ID { return id(prefix) }).
			Annotations(expose.Field{ReadOnly: true, Doc: "Identifier."}),
		field.Time("created_at").Immutable().Default(now).Annotations(created),
		field.Time("updated_at").Default(now).Annotations(updated),
		field.Int("version").Default(1).
			Annotations(expose.Field{Hidden: true, Telemetry: true}),
	}
}

// scoped is what every entity but User and Organization has: the organization it belongs to.
type scoped struct{ mixin.Schema }

func (scoped) Fields() []ent.Field {
	return []ent.Field{
		ref("organization_id").Immutable().Annotations(expose.Field{Hidden: true}),
	}
}

func (scoped) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("organization", Organization.Type).Unique().Required().Immutable().Field("organization_id").
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// soft keeps a deleted row for the history that names it.
type soft struct{ mixin.Schema }

func (soft) Fields() []ent.Field {
	return []ent.Field{
		field.Time("deleted_at").Optional().Nillable().Annotations(expose.Field{Hidden: true}),
	}
}

// owned is the pair of mixins of an organization's entity.
func owned(prefix string) []ent.Mixin { return []ent.Mixin{row{prefix: prefix}, scoped{}} }

// now is the time in UTC at the precision that both databases store. Operations overwrite it with their own clock.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// table names the table and anything else of the database.
func table(name string) schema.Annotation { return entsql.Annotation{Table: name} }

// cascade removes the row with what it points at.
func cascade() schema.Annotation { return entsql.OnDelete(entsql.Cascade) }

// setNull forgets the edge when what it points at goes.
func setNull() schema.Annotation { return entsql.OnDelete(entsql.SetNull) }

// restrict refuses to remove what the row points at.
func restrict() schema.Annotation { return entsql.OnDelete(entsql.Restrict) }

// Short forms of the annotation.
var (
	hidden    = expose.Field{Hidden: true}
	readOnly  = expose.Field{ReadOnly: true}
	telemetry = expose.Field{ReadOnly: true, Telemetry: true}
	quiet     = expose.Field{Hidden: true, Telemetry: true}
)

// doc is the annotation of a plain writable field.
func doc(text string) expose.Field { return expose.Field{Doc: text} }
