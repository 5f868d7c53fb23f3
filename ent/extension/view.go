package extension

import (
	"strings"
)

// ViewType is the type of the field in REST answers.
func (f *Field) ViewType() string {
	if f.NillableValue() {
		return "*" + f.Type.String()
	}
	return f.Type.String()
}

// ViewTag is the struct tag of the field in REST answers.
func (f *Field) ViewTag() string {
	in := Input{Tag: tag("json", f.Name)}
	if f.IsEnum() {
		in = in.with("enum", strings.Join(f.EnumValues(), ","))
	}
	in = in.with("format", f.Expose.Format).with("doc", f.Doc())
	switch {
	case f.IsID():
		in = in.with("example", f.Owner.ExampleID())
	default:
		in = in.with("example", f.example())
	}
	return in.Tag
}

// ViewValue is the field of the row e as REST answers show it.
func (f *Field) ViewValue() string {
	value := "e." + f.StructField()
	switch {
	case f.IsTime() && f.NillableValue():
		return "utc(" + value + ")"
	case f.IsTime():
		return value + ".UTC()"
	case f.List():
		return "list(" + value + ")"
	case f.Map():
		return "object(" + value + ")"
	}
	return value
}

// Record is the field of the row e as events show it.
func (f *Field) Record() string {
	value := "e." + f.StructField()
	switch {
	case f.IsTime() && f.NillableValue():
		return "stampOrNil(" + value + ")"
	case f.IsTime():
		return "stamp(" + value + ")"
	case f.Pointer():
		return "orNil(" + value + ")"
	case f.List():
		return "list(" + value + ")"
	}
	return value
}

// Change is the function of package crud that compares a patch of the field with what is there.
func (f *Field) Change() string {
	switch {
	case f.Pointer():
		return "changeNull"
	case f.List() || f.Map():
		return "changeList"
	}
	return "change"
}

// ClearsByPatch reports whether only the patch itself tells NULL from an empty value.
func (f *Field) ClearsByPatch() bool { return !f.Pointer() && !f.List() && !f.Map() }

// Deref reports whether an optional value is a pointer, but the column's setter takes none.
func (f *Field) Deref() bool { return f.Type.String() == f.Base() && !f.List() && !f.Map() }
