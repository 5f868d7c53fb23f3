package extension

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/expose"
)

// check refuses annotations that make no sense. Every mistake is named with its entity.
func check(m *Model) error {
	var wrong []error
	prefixes, types := map[string]string{}, map[string]string{}
	for _, e := range m.Entities {
		errs := slices.Concat(checkResource(e), checkVerbs(e), checkFields(e), checkEdges(e), checkNames(e))
		if other, ok := prefixes[e.Expose.Prefix]; ok {
			errs = append(errs, fmt.Errorf("prefix %q is that of %s", e.Expose.Prefix, other))
		}
		if other, ok := types[e.TypeName()]; ok {
			errs = append(errs, fmt.Errorf("type %q is that of %s", e.TypeName(), other))
		}
		prefixes[e.Expose.Prefix], types[e.TypeName()] = e.Name, e.Name
		for _, err := range errs {
			wrong = append(wrong, fmt.Errorf("%s: %w", e.Name, err))
		}
	}
	return errors.Join(wrong...)
}

// list collects mistakes.
type list []error

func (l *list) add(bad bool, format string, args ...any) {
	if bad {
		*l = append(*l, fmt.Errorf(format, args...))
	}
}

var (
	prefixPattern   = regexp.MustCompile(`^[a-z]{3}$`)
	resourcePattern = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	pathPattern     = regexp.MustCompile(`^/v1(/[a-z-]+)+$`)
)

func checkResource(e *Entity) list {
	var wrong list
	x := e.Expose
	wrong.add(!prefixPattern.MatchString(x.Prefix), "prefix %q is not three letters", x.Prefix)
	wrong.add(x.Resource != "" && !resourcePattern.MatchString(x.Resource), "resource %q is not lower case with underscores", x.Resource)
	wrong.add(x.Path != "" && !pathPattern.MatchString(x.Path), "path %q is not a collection under /v1", x.Path)
	wrong.add(x.Resource == "" && (x.Path != "" || x.GraphQL), "has a path or GraphQL, but no resource name")
	for _, c := range slices.Concat(x.Read, x.Write) {
		wrong.add(!authz.Capability(c).Known(), "unknown capability %q", c)
	}
	wrong.add(x.Soft != (e.FieldBy("deleted_at") != nil), "Soft and the field deleted_at go together")
	wrong.add(x.Global == (e.FieldBy("organization_id") != nil), "either Global or the field organization_id")
	if x.Sort != "" {
		f := e.FieldBy(strings.TrimPrefix(x.Sort, "-"))
		wrong.add(f == nil || !f.Expose.Sort, "default order %q is not a sorted field", x.Sort)
	}
	if x.Search != "" {
		f := e.FieldBy(x.Search)
		wrong.add(f == nil || !f.IsString() || !f.Expose.Hidden, "search column %q is not a hidden text", x.Search)
	}
	return wrong
}

func checkVerbs(e *Entity) list {
	var wrong list
	x := e.Expose
	known := []expose.Verb{expose.List, expose.Get, expose.Create, expose.Update, expose.Delete}
	for i, v := range x.Verbs {
		wrong.add(!slices.Contains(known, v), "unknown verb %q", v)
		wrong.add(slices.Contains(x.Verbs[:i], v), "verb %q stands twice", v)
		need := x.Read
		if v != expose.List && v != expose.Get {
			need = x.Write
		}
		wrong.add(len(need) == 0, "verb %q has no capability", v)
		wrong.add(v != expose.List && v != expose.Create && x.Param == "", "verb %q needs a path parameter", v)
	}
	wrong.add(len(x.Verbs) > 0 && x.Path == "", "has verbs, but no path")
	wrong.add(len(x.Verbs) > 0 && x.Global, "has verbs, but belongs to no organization")
	wrong.add(len(x.Verbs) > 0 && e.Name == "Event", "has verbs, but its package is named like internal/event")
	return wrong
}

func checkFields(e *Entity) list {
	var wrong list
	for _, f := range e.Fields {
		x, name := f.Expose, f.Name
		wrong.add(!slices.Contains([]expose.Filter{expose.None, expose.In, expose.Range}, x.Filter), "field %s: unknown filter %q", name, x.Filter)
		wrong.add(x.Hidden && (x.Filter != expose.None || x.Sort), "field %s: is hidden, but lists filter or sort by it", name)
		wrong.add(f.Sensitive() && !x.Hidden, "field %s: is sensitive, but not hidden", name)
		wrong.add(x.Sort && f.Null(), "field %s: lists sort by it, but it may be NULL", name)
		wrong.add(x.Sort && f.CursorType() == "", "field %s: lists cannot sort by %s", name, f.Type)
		wrong.add(x.Filter == expose.In && !f.IsString() && !f.IsEnum() && !f.IsBool() && !f.Type.Type.Integer(), "field %s: lists cannot filter by %s", name, f.Type)
		wrong.add(x.Filter == expose.Range && !f.IsTime() && !f.Type.Numeric(), "field %s: a range of %s", name, f.Type)
		wrong.add((x.Min != nil || x.Max != nil) && !f.Type.Numeric(), "field %s: bounds of %s", name, f.Type)
		wrong.add(x.Min != nil && x.Max != nil && *x.Min > *x.Max, "field %s: the bounds leave nothing", name)
		wrong.add((x.MaxLen != 0 || x.Pattern != "") && !f.IsString(), "field %s: rules of texts on %s", name, f.Type)
		wrong.add(x.Lines && !f.IsString(), "field %s: lines of %s", name, f.Type)
		wrong.add(x.With != "" && e.FieldBy(x.With) == nil, "field %s: stands together with %s, which is not there", name, x.With)
		_, err := regexp.Compile(x.Pattern)
		wrong.add(err != nil, "field %s: pattern: %v", name, err)
		wrong.add(strings.Contains(x.Doc+x.Pattern, "`"), "field %s: a back quote cannot stand in a tag", name)
		wrong.add(f.Writable(expose.Create) && f.IsBytes(), "field %s: bytes cannot be written by clients", name)
	}
	return wrong
}

func checkEdges(e *Entity) list {
	var wrong list
	for _, d := range e.Edges {
		x := d.Expose
		shown := x.IDs || x.Embed || x.Expand || x.Filter != "" || len(x.Fields) > 0
		wrong.add(shown && !d.Target.Exposed(), "edge %s: leads to %s, which clients do not know", d.Name, d.Target.Name)
		for _, name := range x.Fields {
			f := d.Target.FieldBy(name)
			wrong.add(f == nil || f.Expose.Filter != expose.In, "edge %s: %s has no filter by %s", d.Name, d.Target.Name, name)
			wrong.add(!d.Unique, "edge %s: lists filter by fields of one row, not of many", d.Name)
		}
		wrong.add(x.IDs && d.Unique, "edge %s: is written as its field, not as a list", d.Name)
		wrong.add(x.IDs && !x.Embed, "edge %s: what is written as identifiers is embedded, so that answers show it", d.Name)
		wrong.add(x.Embed && slices.Contains(embedded(d.Target, nil), e), "edge %s: embeds the entity in itself", d.Name)
	}
	return wrong
}

// embedded lists the entities that a summary of the entity holds, itself included.
func embedded(e *Entity, seen []*Entity) []*Entity {
	if slices.Contains(seen, e) {
		return seen
	}
	seen = append(seen, e)
	for _, d := range e.Embeds() {
		seen = embedded(d.Target, seen)
	}
	return seen
}

// checkNames refuses a list parameter or a member of an answer that stands twice.
func checkNames(e *Entity) list {
	var wrong list
	parameters := []string{"limit", "cursor", "sort", "q", "include", "expand"}
	for _, f := range e.Fields {
		if f.Expose.Filter != expose.None {
			parameters = append(parameters, f.Name)
		}
	}
	for _, d := range e.EdgeFilters() {
		parameters = append(parameters, d.Expose.Filter)
	}
	for _, d := range e.Edges {
		for _, name := range d.Expose.Fields {
			parameters = append(parameters, d.Singular()+"_"+name)
		}
	}
	var members []string
	for _, f := range e.Visible() {
		members = append(members, f.Name)
	}
	for _, d := range e.Edges {
		if d.Expose.Embed || d.Expose.Expand {
			members = append(members, d.Name)
		}
		if d.Expose.IDs {
			members = append(members, d.IDsName())
		}
	}
	wrong.add(twice(parameters) != "", "lists take %q twice", twice(parameters))
	wrong.add(twice(members) != "", "answers have %q twice", twice(members))
	return wrong
}

// twice is the first name that stands more than once.
func twice(names []string) string {
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return n
		}
	}
	return ""
}
