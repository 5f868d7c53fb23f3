package op

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
)

// WithRemoved lets reads under the context find rows that were removed since: what was begun in somebody's name goes on
// without them.
func WithRemoved(ctx context.Context) context.Context { return guard.IncludeDeleted(ctx) }

// Loader is an entity's client: tx.Spool.
type Loader[T any] interface {
	LoadRow(ctx context.Context, id pid.ID, conditions ...func(*sql.Selector)) (*T, error)
}

// Load reads a row that the Input names, and locks it where the database locks rows. Rows that do not exist, that belong to
// another organization or that the actor may not see are not found; rows that the actor sees but may not write are
// refused.
func Load[T any](ctx context.Context, l Loader[T], id pid.ID) (*T, error) {
	c, _ := ctx.Value(currentKey{}).(*current)
	if c == nil {
		return nil, errors.New("op.Load outside an operation")
	}
	e, ok := c.r.Guard.Entity(reflect.TypeFor[T]().Name())
	if !ok {
		return nil, errors.New("op.Load of an entity that is not listed")
	}
	if !id.Valid(e.Prefix) {
		return nil, e.NotFound()
	}
	a := authz.From(ctx)
	if !c.op.Write {
		rows, ok := guard.ReadRule(e, a)
		return loadRow(ctx, l, id, e, rows, ok)
	}
	rows, ok := guard.WriteRule(e, a, c.op)
	row, err := loadRow(ctx, l, id, e, rows, ok)
	if err == nil || ok && rows == nil || !errs.Is(err, e.NotFound().Code) {
		return row, err
	}
	if rows, ok := guard.ReadRule(e, a); ok {
		if _, readErr := loadRow(ctx, l, id, e, rows, ok); readErr == nil {
			return nil, errs.New(errs.InsufficientPermissions, "You may see this "+strings.ReplaceAll(e.Resource, "_", " ")+", but not change it: it is not yours and not of a class you teach.")
		}
	}
	return nil, err
}

func loadRow[T any](ctx context.Context, l Loader[T], id pid.ID, e guard.Entity, rows guard.Rows, ok bool) (*T, error) {
	if !ok {
		return nil, e.NotFound()
	}
	var conditions []func(*sql.Selector)
	if rows != nil {
		conditions = append(conditions, rows)
	}
	row, err := l.LoadRow(ctx, id, conditions...)
	if ent.IsNotFound(err) {
		return nil, e.NotFound()
	}
	return row, err
}

// countChunk bounds one count of identifiers: far below the 32,766 parameters of SQLite.
const countChunk = 5000

// Counter is an entity's client: tx.Membership.
type Counter interface {
	CountRows(ctx context.Context, ids []pid.ID) (int, error)
}

// Own reports whether all of these identifiers, each once, name rows of the actor's organization. Rows that the operation
// then writes may point at them without being looked up one by one.
func Own(ctx context.Context, c Counter, ids []pid.ID) (bool, error) {
	for chunk := range slices.Chunk(ids, countChunk) {
		n, err := c.CountRows(ctx, chunk)
		if err != nil {
			return false, err
		}
		if n != len(chunk) {
			return false, nil
		}
		guard.Remember(ctx, chunk)
	}
	return true, nil
}

// splitTags cuts a list of ETags.
func splitTags(header string) []string {
	tags := strings.Split(header, ",")
	for i, t := range tags {
		tags[i] = strings.TrimSpace(t)
	}
	return tags
}

// tagVersion is the version in an ETag "<version>-<hash>", -1 where there is none.
func tagVersion(tag string) int {
	tag = strings.Trim(strings.TrimPrefix(tag, "W/"), `"`)
	v, _, _ := strings.Cut(tag, "-")
	n, err := strconv.Atoi(v)
	if err != nil {
		return -1
	}
	return n
}

// IsConstraint reports whether the database refused a value: unique, foreign key or trigger.
func IsConstraint(err error) bool {
	return ent.IsConstraintError(err) || sqlgraph.IsConstraintError(err)
}

// isUnique reports whether a unique index refused.
func isUnique(err error) bool { return sqlgraph.IsUniqueConstraintError(err) }

// isReference reports whether a foreign key or one of the cross-organization triggers refused.
func isReference(err error) bool { return sqlgraph.IsForeignKeyConstraintError(err) }

// retryable reports whether PostgreSQL gave this transaction up for another one's sake.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "25P03" || pg.Code == "23505" && derived(pg.TableName))
}

// derived are tables whose rows follow from others, and those of people, whom two requests may add at once: whoever finds
// that somebody else has just written the same row begins anew and reads it.
func derived(table string) bool {
	switch table {
	case "profile_verdicts", "requirement_profiles", "users", "memberships":
		return true
	}
	return false
}

// Sees reports whether somebody else than the actor would find the row if they read it by themselves: background work asks
// before it tells them of it. Only who may read all of it is told of what no entity is.
func Sees(ctx context.Context, tx *ent.Tx, who *authz.Actor, resource string, id pid.ID) (bool, error) {
	c, _ := ctx.Value(currentKey{}).(*current)
	if c == nil {
		return false, errors.New("op.Sees outside an operation")
	}
	e, ok := c.r.Guard.Resource(resource)
	if !ok {
		return len(who.Can) == len(authz.Capabilities()), nil
	}
	rows, ok := guard.FoundRule(e, who)
	if !ok || rows == nil {
		return ok, nil
	}
	drv := tx.Driver()
	t := sql.Dialect(drv.Dialect()).Table(e.Table)
	q := sql.Dialect(drv.Dialect()).Select(t.C("id")).From(t).Where(sql.And(sql.EQ(t.C("id"), id), sql.EQ(t.C("organization_id"), who.Organization)))
	rows(q)
	query, args := q.Query()
	found := &sql.Rows{}
	if err := drv.Query(ctx, query, args, found); err != nil {
		return false, fmt.Errorf("look for %s: %w", resource, err)
	}
	defer func() { _ = found.Close() }()
	seen := found.Next()
	return seen, found.Err()
}
