package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/soloprint/soloprint/internal/pid"
)

// refField is a foreign key column. Ent's string builder is an unexported type, so the few calls that keys need are here.
type refField struct{ d ent.Field }

// ref is a required foreign key.
func ref(name string) refField {
	return refField{field.String(name).GoType(pid.ID(""))}
}

// optRef is a foreign key that may be null.
func optRef(name string) refField {
	return refField{field.String(name).GoType(pid.ID("")).Optional().Nillable()}
}

// Descriptor implements ent.Field.
func (r refField) Descriptor() *field.Descriptor { return r.d.Descriptor() }

// Immutable forbids changes after create.
func (r refField) Immutable() refField {
	r.d.Descriptor().Immutable = true
	return r
}

// Annotations adds annotations.
func (r refField) Annotations(a ...schema.Annotation) refField {
	d := r.d.Descriptor()
	d.Annotations = append(d.Annotations, a...)
	return r
}
