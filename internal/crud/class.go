package crud

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
)

// Validate refuses a class that ends before it starts.
func (in CreateClassInput) Validate() []errs.Field { return days(in.StartsOn, in.EndsOn) }

// Fit refuses a last day before the first, whichever of them is new, and a class that would roll over into itself.
func (in UpdateClassInput) Fit(old *ent.Class) (fields []errs.Field) {
	if in.StartsOn.IsSet() || in.EndsOn.IsSet() {
		fields = days(becomes(in.StartsOn, old.StartsOn), becomes(in.EndsOn, old.EndsOn))
	}
	if next := becomes(in.NextClassID, nil); next != nil && *next == old.ID {
		fields = append(fields, errs.Field{Path: "next_class_id", Code: "not_allowed", Message: "is the class itself"})
	}
	return fields
}

// days compares two dates, YYYY-MM-DD, whose texts have the order of time.
func days(first, last *string) []errs.Field {
	if first == nil || last == nil || *last >= *first {
		return nil
	}
	return []errs.Field{{Path: "ends_on", Code: "not_allowed", Message: "is before starts_on, " + *first}}
}

// becomes is what a value will be: the patch's, or the old one where the patch says nothing.
func becomes[T any](patch graphql.Omittable[*T], old *T) *T {
	if v, ok := patch.ValueOK(); ok {
		return v
	}
	return old
}
