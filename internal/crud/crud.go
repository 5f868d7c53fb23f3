package crud

import (
	"reflect"
	"slices"
	"time"

	"entgo.io/ent"
	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Service has the generated operations.
type Service struct{ Ops *op.Runner }

// fitting is a patch that is judged against the row it changes.
type fitting[T any] interface{ Fit(old T) []errs.Field }

// fits refuses a patch whose values are right by themselves, but not beside those that stay.
func fits[T any](patch any, old T) error {
	if f, ok := patch.(fitting[T]); ok {
		return errs.Invalid(f.Fit(old)...)
	}
	return nil
}

// change is the value of a patch where it is other than the old one. Null is the type's zero value.
func change[T any](patch graphql.Omittable[*T], old T) (v T, ok bool) {
	p, ok := patch.ValueOK()
	if p != nil {
		v = *p
	}
	return v, ok && !same(v, old)
}

// changeNull is change for a column that may be NULL: nil clears it.
func changeNull[T any](patch graphql.Omittable[*T], old *T) (v *T, ok bool) {
	v, ok = patch.ValueOK()
	if !ok || v == nil || old == nil {
		return v, ok && v != old
	}
	return v, !same(*v, *old)
}

// changeList is change for lists and maps; null is the empty one.
//
//lint:ignore U1000 the generator calls it where an entity has lists
func changeList[T any](patch graphql.Omittable[T], old T) (v T, ok bool) {
	v, ok = patch.ValueOK()
	if a, b := reflect.ValueOf(v), reflect.ValueOf(old); a.Len() == 0 && b.Len() == 0 {
		return v, false
	}
	return v, ok && !same(v, old)
}

// latest is what a text will be: the patch's value, or the old one where the patch says nothing.
func latest(patch graphql.Omittable[*string], old string) string {
	if v, ok := change(patch, old); ok {
		return v
	}
	return old
}

// relink adds and removes the edges that a patch names otherwise than they are.
func relink[E interface{ RowID() pid.ID }](patch graphql.Omittable[[]pid.ID], old []E, add, remove func([]pid.ID)) {
	wanted, ok := patch.ValueOK()
	if !ok {
		return
	}
	have := make([]pid.ID, len(old))
	for i, r := range old {
		have[i] = r.RowID()
	}
	if ids := without(wanted, have); len(ids) > 0 {
		add(ids)
	}
	if ids := without(have, wanted); len(ids) > 0 {
		remove(ids)
	}
}

// without are the identifiers that are not among the others.
func without(ids, others []pid.ID) []pid.ID {
	return slices.DeleteFunc(slices.Clone(ids), func(id pid.ID) bool { return slices.Contains(others, id) })
}

// orEmpty is a text that may be absent.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// unchanged reports whether a mutation would write nothing.
func unchanged(m ent.Mutation) bool {
	return len(m.Fields())+len(m.ClearedFields())+len(m.AddedEdges())+len(m.RemovedEdges())+len(m.ClearedEdges()) == 0
}

// same compares values; times by their instant.
func same(a, b any) bool {
	if t, ok := a.(time.Time); ok {
		return t.Equal(b.(time.Time))
	}
	return reflect.DeepEqual(a, b)
}
