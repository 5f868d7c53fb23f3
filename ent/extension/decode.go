package extension

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"entgo.io/ent/entc/gen"

	"github.com/soloprint/soloprint/internal/expose"
)

// decode makes the model of a graph, or names every mistake in its annotations.
func decode(g *gen.Graph, c Config) (*Model, error) {
	m := &Model{Config: c, Graph: g}
	var wrong []error
	for _, n := range g.Nodes {
		e, err := decodeEntity(n)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", n.Name, err))
			continue
		}
		e.Module = c.Module
		m.Entities = append(m.Entities, e)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	slices.SortFunc(m.Entities, func(a, b *Entity) int { return cmp.Compare(a.Name, b.Name) })
	for _, e := range m.Entities {
		for _, d := range e.Edges {
			d.Target = m.Entity(d.Type.Name)
		}
	}
	return m, check(m)
}

func decodeEntity(n *gen.Type) (*Entity, error) {
	e := &Entity{Type: n}
	found, err := annotation(n.Annotations, &e.Expose)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errors.New("has no expose.Resource annotation")
	}
	for _, f := range append([]*gen.Field{n.ID}, n.Fields...) {
		d := &Field{Field: f, Owner: e}
		if _, err := annotation(f.Annotations, &d.Expose); err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		e.Fields = append(e.Fields, d)
	}
	slices.SortStableFunc(e.Fields, func(a, b *Field) int { return cmp.Compare(rank(a), rank(b)) })
	for _, d := range n.Edges {
		x := &Edge{Edge: d, Owner: e}
		if _, err := annotation(d.Annotations, &x.Expose); err != nil {
			return nil, fmt.Errorf("edge %s: %w", d.Name, err)
		}
		e.Edges = append(e.Edges, x)
	}
	return e, nil
}

// rank puts the id first and the other mixed-in fields last.
func rank(f *Field) int {
	switch {
	case f.IsID():
		return 0
	case f.Mixed():
		return 2
	default:
		return 1
	}
}

// annotation reads the annotation of one level into the type of that level. An annotation of another level has fields that
// this one does not know and is refused.
func annotation(all gen.Annotations, into any) (found bool, err error) {
	raw, ok := all[expose.AnnotationName]
	if !ok {
		return false, nil
	}
	b, err := json.Marshal(raw)
	if err != nil {
		return false, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return false, fmt.Errorf("is not annotated with %T: %w", into, err)
	}
	return true, nil
}
