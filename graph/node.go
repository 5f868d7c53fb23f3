package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// entity is an Ent type that is in the schema.
type entity struct {
	name     string // in GraphQL
	ent      string
	resource string // in error codes
	prefix   string // of identifiers
}

// Node is the query node: any row by its identifier. What does not exist, what belongs to another organization and what no
// identifier can be are answered alike, in the code of the resource that the prefix names.
func (r *queryResolver) Node(ctx context.Context, id pid.ID) (ent.Noder, error) {
	prefix, _, _ := strings.Cut(string(id), "_")
	for _, e := range entities() {
		if e.prefix != prefix {
			continue
		}
		if !id.Valid(e.prefix) {
			return nil, errs.NotFound(e.resource)
		}
		row, err := r.Client.Noder(ctx, e.ent, id)
		if ent.IsNotFound(err) {
			return nil, errs.NotFound(e.resource)
		}
		if err != nil {
			return nil, err
		}
		return row, nil
	}
	return nil, errs.NotFound("node")
}

// row is an Ent entity.
type row interface {
	ent.Noder
	RowID() pid.ID
}

// reload makes the answer of a mutation. Where its selection goes over edges, the row is read once more, after the commit,
// with all of them at once: edge by edge it would be a statement each.
func reload[E row](ctx context.Context, c *ent.Client) func(E, error) (E, error) {
	return func(e E, err error) (E, error) {
		if err != nil || !selectsEdges(ctx) {
			return e, err
		}
		var typ string
		for _, x := range entities() {
			if e.RowID().Prefix() == x.prefix {
				typ = x.ent
			}
		}
		again, err := c.Noder(ctx, typ, e.RowID())
		if ent.IsNotFound(err) || errs.Is(err, errs.InsufficientPermissions) {
			return e, nil // who may change it need not be able to read it
		}
		if err != nil {
			return e, err
		}
		return again.(E), nil
	}
}

// selectsEdges reports whether the selection of the current field asks for more than the row's own columns.
func selectsEdges(ctx context.Context) bool {
	names := typeNames()
	for _, f := range graphql.CollectFieldsCtx(ctx, nil) {
		if f.Definition != nil && names[f.Definition.Type.Name()] != "" {
			return true
		}
	}
	return false
}

// typeNames leads from the types of the schema that show rows to the Ent types of the rows.
func typeNames() map[string]string {
	names := map[string]string{}
	for _, e := range entities() {
		names[e.name], names[e.name+"Connection"] = e.ent, e.ent
	}
	return names
}

// idOf is the answer of a mutation that removed a row.
func idOf[E row](e E, err error) (*pid.ID, error) {
	if err != nil {
		return nil, err
	}
	id := e.RowID()
	return &id, nil
}

// or is a value that may be absent, or what stands for it then.
func or[T any](v *T, absent T) T {
	if v == nil {
		return absent
	}
	return *v
}
