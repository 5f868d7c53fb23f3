package validate

import (
	"fmt"
	"reflect"
)

// pair is a field that means nothing without another one, such as a price without its currency.
type pair struct{ field, other reflect.StructField }

// pairsOf reads the tags dependentRequired of a struct.
func pairsOf(t reflect.Type) (pairs []pair, err error) {
	byName := map[string]reflect.StructField{}
	for f := range t.Fields() {
		byName[nameOf(f)] = f
	}
	for f := range t.Fields() {
		name := f.Tag.Get("dependentRequired")
		if name == "" {
			continue
		}
		other, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("field %s: dependentRequired names %s, which is not there", f.Name, name)
		}
		pairs = append(pairs, pair{f, other})
	}
	return pairs, nil
}

func (p pair) check(r *report, at *Path, v reflect.Value) {
	if said(v.FieldByIndex(p.other.Index)) < said(v.FieldByIndex(p.field.Index)) {
		r.add(at.Name(nameOf(p.other)), Required, "is required beside %s", nameOf(p.field))
	}
}

// said is what a request says of a field: 0 nothing, 1 null, 2 a value.
func said(v reflect.Value) int {
	if o, ok := omittableOf(v.Type()); ok {
		if !o.isSet(v) {
			return 0
		}
		return 1 + said(o.get(v))/2
	}
	if v.IsZero() {
		return 0
	}
	return 2
}
