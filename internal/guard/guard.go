package guard

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	entgo "entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/intercept"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
)

// Errors of a program that goes around its operations. They are faults of ours and answered as such.
var (
	ErrNobody   = errors.New("guard: a read without an actor")
	ErrOutside  = errors.New("guard: a write outside its operation")
	ErrPool     = errors.New("guard: a client from outside the transaction inside an operation")
	ErrUnlisted = errors.New("guard: an entity that is not listed")
)

// Guard narrows what a client reads and writes.
type Guard struct {
	entities map[string]Entity
}

// Install hangs the guard on the client and everything made from it.
func Install(c *ent.Client) *Guard {
	g := &Guard{entities: entities()}
	c.Intercept(g)
	c.Use(g.hook)
	return g
}

// Entity is what guard knows of the Ent type.
func (g *Guard) Entity(typ string) (Entity, bool) {
	e, ok := g.entities[typ]
	return e, ok
}

// Resource is what guard knows of the entity that events and codes call so. A person is seen as a member; the queue as a
// whole consists of its items.
func (g *Guard) Resource(name string) (Entity, bool) {
	if name == "queue" {
		name = "queue_item"
	}
	for _, e := range g.entities {
		if e.Resource == name && e.Type != "User" {
			return e, true
		}
	}
	return Entity{}, false
}

// scope is the marker of an operation that runs.
type scope struct {
	driver dialect.Driver // nil for a read without transaction
	ended  atomic.Bool
	now    time.Time
	wide   bool
	own    map[pid.ID]bool // identifiers that the operation has counted as its organization's; it runs in one goroutine
}

type (
	scopeKey  struct{}
	systemKey struct{}
	nestedKey struct{}
)

// Enter marks the context as inside an operation whose builders run on drv, until end is called.
func Enter(ctx context.Context, drv dialect.Driver, now time.Time) (inside context.Context, end func()) {
	s := &scope{driver: drv, now: now}
	return context.WithValue(ctx, scopeKey{}, s), func() { s.ended.Store(true) }
}

// EnterWide marks the context as inside a read that sees the whole organization.
func EnterWide(ctx context.Context) (inside context.Context, end func()) {
	s := &scope{wide: true}
	return context.WithValue(ctx, scopeKey{}, s), func() { s.ended.Store(true) }
}

// Running reports whether the context is inside an operation that owns a transaction.
func Running(ctx context.Context) bool {
	s := scopeOf(ctx)
	return s != nil && s.driver != nil
}

func scopeOf(ctx context.Context) *scope {
	s, ok := ctx.Value(scopeKey{}).(*scope)
	if !ok || s.ended.Load() {
		return nil
	}
	return s
}

// AsSystem lifts the guard. Only authn (who is it?), app (seeding and start) and op.Claim may call it; a test pins the places.
func AsSystem(ctx context.Context) context.Context {
	return context.WithValue(ctx, systemKey{}, true)
}

func isSystem(ctx context.Context) bool { return ctx.Value(systemKey{}) != nil }

// Intercept implements ent.Interceptor: reads below this one are nested.
func (g *Guard) Intercept(next entgo.Querier) entgo.Querier {
	return entgo.QuerierFunc(func(ctx context.Context, q entgo.Query) (entgo.Value, error) {
		return next.Query(context.WithValue(ctx, nestedKey{}, true), q)
	})
}

type onDriver interface{ Driver() dialect.Driver }

// Traverse implements ent.Traverser: it narrows one query, whatever it is part of.
func (g *Guard) Traverse(ctx context.Context, query entgo.Query) error {
	if isSystem(ctx) {
		return nil
	}
	q, err := intercept.NewQuery(query)
	if err != nil {
		return fmt.Errorf("narrow query: %w", err)
	}
	e, ok := g.entities[q.Type()]
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnlisted, q.Type())
	}
	a := authz.From(ctx)
	if a == nil {
		return ErrNobody
	}

	if scopeOf(ctx) != nil || ctx.Value(nestedKey{}) != nil {
		q.WhereP(filtered(e, a, ctx.Value(byKeyKey{}) != nil))
	} else {
		q.WhereP(organizationRows(e, a))
	}
	if e.Soft && !WithDeleted(ctx) && !names(ctx, e) {
		q.WhereP(sql.FieldIsNull("deleted_at"))
	}
	if s := scopeOf(ctx); s != nil {
		if s.driver != nil && query.(onDriver).Driver() != s.driver {
			return ErrPool
		}
		if s.driver != nil || s.wide {
			return nil
		}
	}
	return narrowRows(ctx, q, e, a)
}

// names reports whether a read is history's word for a person: prints, items and files name who was removed since.
func names(ctx context.Context, e Entity) bool {
	return e.Type == "Membership" && ctx.Value(nestedKey{}) != nil
}

// narrowRows applies the entity's read capability and the role's row rule.
func narrowRows(ctx context.Context, q intercept.Query, e Entity, a *authz.Actor) error {
	nested, rule := ctx.Value(nestedKey{}) != nil, FoundRule
	if nested {
		rule = readRule
	}
	rows, ok := rule(e, a)
	if !ok {
		if !nested {
			return errs.New(errs.InsufficientPermissions, "This needs a capability to read "+e.Resource+" rows.")
		}
		q.WhereP(func(s *sql.Selector) { s.Where(sql.False()) })
		return nil
	}
	if rows != nil {
		q.WhereP(rows)
	}
	return nil
}

// Remember notes identifiers that the running operation has counted through a scoped query, so that each row that points at
// one of them is not looked up again.
func Remember(ctx context.Context, ids []pid.ID) {
	s := scopeOf(ctx)
	if s == nil || s.driver == nil {
		return
	}
	if s.own == nil {
		s.own = make(map[pid.ID]bool, len(ids))
	}
	for _, id := range ids {
		s.own[id] = true
	}
}

// Readable reports whether the actor may read rows of the Ent type at all.
func (g *Guard) Readable(a *authz.Actor, typ string) bool {
	e, ok := g.entities[typ]
	if !ok || a == nil {
		return false
	}
	_, ok = readRule(e, a)
	return ok
}

type deletedKey struct{}

// IncludeDeleted lets reads under the context find soft-deleted rows, for history.
func IncludeDeleted(ctx context.Context) context.Context {
	return context.WithValue(ctx, deletedKey{}, true)
}

// WithDeleted reports whether reads under the context find soft-deleted rows.
func WithDeleted(ctx context.Context) bool { return ctx.Value(deletedKey{}) != nil }
