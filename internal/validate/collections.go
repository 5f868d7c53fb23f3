package validate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

func (c *compiler) list(t reflect.Type, rs rules) (checker, error) {
	item, err := c.value(t.Elem(), rs.items())
	if err != nil {
		return nil, err
	}
	if rs.list.unique && !t.Elem().Comparable() {
		return nil, fmt.Errorf("uniqueItems on %v, whose items cannot be compared", t)
	}
	if item == nil && rs.list.empty() {
		return nil, nil
	}
	return func(r *report, at *Path, v reflect.Value) {
		switch n := v.Len(); {
		case rs.list.min != nil && n < *rs.list.min:
			r.add(at, TooFew, "must have at least %d entries", *rs.list.min)
		case rs.list.max != nil && n > *rs.list.max:
			r.add(at, TooMany, "must have at most %d entries", *rs.list.max)
			return // a long list is not walked
		}
		place := at.Item
		if rs.query { // a parameter that stands several times
			place = func(int) *Path { return at }
		}
		if rs.list.unique {
			unique(r, place, v)
		}
		for i := 0; item != nil && i < v.Len() && !r.full(); i++ {
			item(r, place(i), v.Index(i))
		}
	}, nil
}

func unique(r *report, place func(int) *Path, v reflect.Value) {
	seen := make(map[any]struct{}, v.Len())
	for i := range v.Len() {
		key := v.Index(i).Interface()
		if _, ok := seen[key]; ok {
			r.add(place(i), Duplicate, "stands in the list already")
		}
		seen[key] = struct{}{}
	}
}

func (c *compiler) mapping(t reflect.Type, rs rules) (checker, error) {
	if t.Key().Kind() != reflect.String {
		return nil, fmt.Errorf("%v has keys that are not texts", t)
	}
	if rs.mapping.valueMax != nil && t.Elem().Kind() != reflect.String {
		return nil, fmt.Errorf("valueMaxLength on %v", t)
	}
	texts := textRules{max: rs.mapping.valueMax, lines: t.Elem().Kind() == reflect.String}
	value, err := c.value(t.Elem(), rules{nullable: true, text: texts})
	if err != nil {
		return nil, err
	}
	return func(r *report, at *Path, v reflect.Value) {
		switch n := v.Len(); {
		case rs.mapping.min != nil && n < *rs.mapping.min:
			r.add(at, TooFew, "must have at least %d entries", *rs.mapping.min)
		case rs.mapping.max != nil && n > *rs.mapping.max:
			r.add(at, TooMany, "must have at most %d entries", *rs.mapping.max)
			return
		}
		entries(r, at, v, rs.mapping.keyMax, value)
	}, nil
}

// entries looks at keys and values in the order of the keys, so that the report is always the same.
func entries(r *report, at *Path, v reflect.Value, keyMax *int, value checker) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	for _, key := range keys {
		switch name := key.String(); {
		case !clean(name) || strings.ContainsAny(name, breaks):
			r.add(at, InvalidCharacters, "a key has characters that are not allowed")
		case keyMax != nil && utf8.RuneCountInString(name) > *keyMax:
			r.add(at, TooLong, "keys must have at most %d characters", *keyMax)
		default:
			value.run(r, at.Name(cmp.Or(name, `""`)), v.MapIndex(key))
		}
	}
}

// dynamic looks at a value whose type is known only now: free-form JSON.
func dynamic(r *report, at *Path, v reflect.Value) {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch held := anyOf(v).(type) {
	case string:
		if !clean(held) {
			r.add(at, InvalidCharacters, "has characters that are not allowed")
		}
	case float64:
		if math.IsNaN(held) || math.IsInf(held, 0) {
			r.add(at, OutOfRange, "must be a finite number")
		}
	case []any:
		for i := range held {
			dynamic(r, at.Item(i), reflect.ValueOf(held[i]))
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(held)) {
			if !clean(key) {
				r.add(at, InvalidCharacters, "a key has characters that are not allowed")
				continue
			}
			dynamic(r, at.Name(cmp.Or(key, `""`)), reflect.ValueOf(held[key]))
		}
	}
}

func anyOf(v reflect.Value) any {
	if !v.IsValid() {
		return nil // JSON's null
	}
	return v.Interface()
}
