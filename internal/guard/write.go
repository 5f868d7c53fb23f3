package guard

import (
	"context"
	"fmt"
	"slices"

	entgo "entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// mutation is what every generated mutation can do.
type mutation interface {
	entgo.Mutation
	Driver() dialect.Driver
	Client() *ent.Client
	WhereP(...func(*sql.Selector))
	ID() (pid.ID, bool)
}

// hook narrows one write.
func (g *Guard) hook(next entgo.Mutator) entgo.Mutator {
	return entgo.MutateFunc(func(ctx context.Context, em entgo.Mutation) (entgo.Value, error) {
		if isSystem(ctx) {
			return next.Mutate(ctx, em)
		}
		m, ok := em.(mutation)
		if !ok {
			return nil, fmt.Errorf("guard: %T lacks what the generator's template gives", em)
		}
		s, a := scopeOf(ctx), authz.From(ctx)
		if s == nil || s.driver == nil || a == nil {
			return nil, fmt.Errorf("%w: %s", ErrOutside, m.Type())
		}
		if m.Driver() != s.driver {
			return nil, ErrPool
		}
		if err := g.narrow(ctx, m, a); err != nil {
			return nil, err
		}
		if err := g.stamp(m, s); err != nil {
			return nil, err
		}
		return next.Mutate(ctx, m)
	})
}

// narrow keeps the write inside the actor's organization, edges included.
func (g *Guard) narrow(ctx context.Context, m mutation, a *authz.Actor) error {
	e, ok := g.entities[m.Type()]
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnlisted, m.Type())
	}
	if m.Op().Is(entgo.OpCreate) {
		if err := stampOrganization(m, e, a); err != nil {
			return err
		}
	} else {
		m.WhereP(organizationRows(e, a))
		if err := g.own(ctx, m, e); err != nil {
			return err
		}
	}
	return g.ownEdges(ctx, m, e)
}

// stampOrganization gives a new row its organization.
func stampOrganization(m mutation, e Entity, a *authz.Actor) error {
	if e.Global {
		if e.Type != "User" {
			return fmt.Errorf("%w: %s rows are the platform's, no operation makes them", ErrOutside, e.Type)
		}
		return nil
	}
	if v, set := m.Field("organization_id"); set && v != a.Organization {
		return errs.NotFound("organization")
	}
	return m.SetField("organization_id", a.Organization)
}

// own looks an updated row up when edges change or nothing does: an update without a column runs no condition, so that
// the edge of another organization's row would change without an error, or the row would be answered.
func (g *Guard) own(ctx context.Context, m mutation, e Entity) error {
	if !m.Op().Is(entgo.OpUpdateOne) || len(columns(m)) > 0 && !changesEdges(m) {
		return nil
	}
	id, ok := m.ID()
	if !ok {
		return nil
	}
	n, err := countRows(ctx, m.Client(), e.Type, []pid.ID{id})
	if err != nil {
		return fmt.Errorf("look up %s: %w", e.Type, err)
	}
	if n != 1 {
		return e.NotFound()
	}
	return nil
}

// ownEdges counts the identifiers of new edges through a scoped query: Ent itself would link another organization's row.
func (g *Guard) ownEdges(ctx context.Context, m mutation, e Entity) error {
	for _, name := range m.AddedEdges() {
		if name == "organization" {
			continue
		}
		edge, ok := e.Edges[name]
		if !ok {
			return fmt.Errorf("%w: edge %s.%s", ErrUnlisted, e.Type, name)
		}
		ids, err := edgeIDs(m.AddedIDs(name))
		if err != nil {
			return err
		}
		if s := scopeOf(ctx); s != nil {
			ids = slices.DeleteFunc(ids, func(id pid.ID) bool { return s.own[id] })
		}
		if len(ids) == 0 {
			continue
		}
		n, err := countRows(ctx, m.Client(), edge.Type, ids)
		if err != nil {
			return fmt.Errorf("count %s.%s: %w", e.Type, name, err)
		}
		if n != len(ids) {
			return g.entities[edge.Type].NotFound()
		}
	}
	return nil
}

// columns are the columns that the update sets, adds to or clears.
func columns(m mutation) []string {
	return slices.Concat(m.Fields(), m.AddedFields(), m.ClearedFields())
}

// changesEdges reports whether the update adds, removes or clears an edge. Ent names an edge with a column here and its
// column among the fields.
func changesEdges(m mutation) bool {
	return len(m.AddedEdges())+len(m.RemovedEdges())+len(m.ClearedEdges()) > 0
}

// edgeIDs are the distinct identifiers.
func edgeIDs(values []entgo.Value) ([]pid.ID, error) {
	ids := make([]pid.ID, 0, len(values))
	for _, v := range values {
		id, ok := v.(pid.ID)
		if !ok {
			return nil, fmt.Errorf("guard: an edge to %T", v)
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// stamp sets the operation's time, and raises the version when more than telemetry changes.
func (g *Guard) stamp(m mutation, s *scope) error {
	op := m.Op()
	if op.Is(entgo.OpDelete | entgo.OpDeleteOne) {
		return nil
	}
	if op.Is(entgo.OpCreate) {
		if err := m.SetField("created_at", s.now); err != nil {
			return err
		}
		return m.SetField("updated_at", s.now)
	}
	e := g.entities[m.Type()]
	changed := slices.ContainsFunc(columns(m), func(f string) bool { return !slices.Contains(e.Telemetry, f) })
	if !changed && !changesEdges(m) {
		return nil
	}
	if err := m.SetField("updated_at", s.now); err != nil {
		return err
	}
	return m.AddField("version", 1)
}
