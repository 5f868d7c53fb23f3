package record

import (
	"reflect"
	"slices"
	"time"

	"github.com/soloprint/soloprint/internal/pid"
)

// Previous is what was different before: the members of before whose value in after is another one, updated_at left out.
// It is empty where nothing changed.
func Previous(before, after map[string]any) map[string]any {
	changed := map[string]any{}
	for name, old := range before {
		if now, ok := after[name]; name != "updated_at" && ok && !reflect.DeepEqual(old, now) {
			changed[name] = old
		}
	}
	return changed
}

// stamp is a time as the contract writes it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// stampOrNil is stamp for a time that may be absent.
func stampOrNil(t *time.Time) any {
	if t == nil {
		return nil
	}
	return stamp(*t)
}

// orNil is the value, or nil where there is none.
func orNil[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

// list is a list that is never null.
func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

// identifiers are those of the rows, sorted.
func identifiers[E interface{ RowID() pid.ID }](rows []E) []pid.ID {
	ids := make([]pid.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.RowID()
	}
	slices.Sort(ids)
	return ids
}
