package op

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/idem"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/reqid"
	"github.com/soloprint/soloprint/internal/validate"
)

// Timeout bounds one operation, so that nothing waits for a database for ever.
const Timeout = 15 * time.Second

// Patient is an Input whose operation may take longer.
type Patient interface{ Timeout() time.Duration }

// attempts is how often an operation is run when PostgreSQL breaks a deadlock or a serialization conflict.
const attempts = 4

// Runner is what operations run on.
type Runner struct {
	Client *ent.Client
	Guard  *guard.Guard
	Clock  clock.Clock
	Log    *slog.Logger
	// Committed is told the organization and the types of the events after each commit; it must not block. May be nil.
	Committed func(organization pid.ID, types []event.Type)
}

// Validator is an Input with rules that tags cannot say.
type Validator interface{ Validate() []errs.Field }

// Preparer is an Input that needs the network, hashing or anything slow before the transaction begins.
type Preparer interface {
	Prepare(ctx context.Context) error
}

type current struct {
	op  authz.Op
	r   *Runner
	now time.Time
}

type currentKey struct{}

// Now is the time of the running operation; everything it writes carries the same.
func Now(ctx context.Context) time.Time { return ctx.Value(currentKey{}).(*current).now }

// Do runs an operation that changes something. steps may be run again when the database breaks a deadlock: it must touch
// nothing but tx. An entity it returns may be read on after commit.
func Do[In, Out any](ctx context.Context, r *Runner, o authz.Op, in In, steps func(ctx context.Context, tx *ent.Tx) (Out, error)) (Out, error) {
	var none Out
	if guard.Running(ctx) {
		return none, o.Failed(errors.New("an operation inside an operation waits for itself"))
	}
	if err := admit(ctx, o, in); err != nil {
		return none, err
	}
	limit := Timeout
	if p, ok := any(in).(Patient); ok {
		limit = p.Timeout()
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if p, ok := any(in).(Preparer); ok {
		if err := p.Prepare(ctx); err != nil {
			return none, name(err, o)
		}
	}
	for try := 1; ; try++ {
		out, types, err := once(ctx, r, o, steps)
		if err == nil {
			if r.Committed != nil && len(types) > 0 {
				r.Committed(authz.From(ctx).Organization, types)
			}
			return out, nil
		}
		if try == attempts || !retryable(err) {
			return none, name(err, o)
		}
	}
}

// admit asks authz, then the shape of the Input.
func admit[In any](ctx context.Context, o authz.Op, in In) error {
	if err := authz.Allow(authz.From(ctx), o); err != nil {
		return err
	}
	fields := validate.Struct(in)
	if v, ok := any(in).(Validator); ok {
		fields = append(fields, v.Validate()...)
	}
	return errs.Invalid(fields...)
}

// once runs the steps in one transaction.
func once[Out any](ctx context.Context, r *Runner, o authz.Op, steps func(ctx context.Context, tx *ent.Tx) (Out, error)) (out Out, types []event.Type, err error) {
	tx, err := r.Client.Tx(ctx)
	if err != nil {
		return out, nil, fmt.Errorf("begin: %w", err)
	}
	now := r.Clock.Now()
	inside, end := guard.Enter(ctx, tx.Driver(), now)
	committed := false
	defer func() { // also when the steps panic
		end()
		if !committed {
			_ = tx.Rollback()
		}
	}()
	inside, buffer := event.WithBuffer(context.WithValue(inside, currentKey{}, &current{op: o, r: r, now: now}))

	if out, err = steps(inside, tx); err != nil {
		return out, nil, err
	}
	if err = idem.Finish(inside, tx, o, out, now); err != nil {
		return out, nil, err
	}
	if err = buffer.Flush(inside, tx, authz.From(ctx), reqid.From(ctx), now); err != nil {
		return out, nil, err
	}
	if err = tx.Commit(); err != nil {
		return out, nil, fmt.Errorf("commit: %w", err)
	}
	committed = true
	return out, buffer.Types(), nil
}

// Read runs an operation that only looks, on the pool, without a transaction. The row rules hold unless the descriptor is
// Wide.
func Read[In, Out any](ctx context.Context, r *Runner, o authz.Op, in In, read func(ctx context.Context, c *ent.Client) (Out, error)) (Out, error) {
	var none Out
	if guard.Running(ctx) {
		return none, o.Failed(errors.New("a read operation inside an operation reads past its transaction"))
	}
	if err := admit(ctx, o, in); err != nil {
		return none, err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	inner := context.WithValue(ctx, currentKey{}, &current{op: o, r: r, now: r.Clock.Now()})
	if o.Wide || o.System {
		wide, end := guard.EnterWide(inner)
		defer end()
		inner = wide
	}
	out, err := read(inner, r.Client)
	if err != nil {
		return none, name(err, o)
	}
	return out, nil
}

// name gives Ent's and the database's errors the codes of the contract. It is the only place that knows them.
func name(err error, o authz.Op) error {
	var known *errs.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &known):
		return known
	case ent.IsNotFound(err):
		return o.NotFound()
	case isUnique(err):
		return errs.Wrap(errs.New(errs.AlreadyExists, "Another "+o.Resource+" has the same value where it must be unique."), err)
	case isReference(err):
		return errs.Wrap(errs.New(errs.ReferenceConflict, "What it points at is gone, or something still points at it."), err)
	case ent.IsValidationError(err):
		var v *ent.ValidationError
		errors.As(err, &v)
		return errs.Wrap(errs.Invalid(errs.Field{Path: v.Name, Code: "not_allowed", Message: "is not an allowed value"}).(*errs.Error), err)
	case errors.As(err, &pg) && pg.Code == "53100":
		return errs.Wrap(errs.New(errs.StorageFull), err)
	}
	return o.Failed(err)
}

// Match compares If-Match with the row's version; an empty header and * match. The header is an ETag as answers carry it.
func Match(ifMatch string, version int) error {
	if ifMatch == "" || ifMatch == "*" {
		return nil
	}
	for _, tag := range splitTags(ifMatch) {
		if tagVersion(tag) == version {
			return nil
		}
	}
	return errs.New(errs.PreconditionFailed, "Somebody changed it since you read it. Read it again.")
}

// Widened runs part of a read with the whole organization in view: what it reads serves rows that the row rules already
// let through (an item's eligibility needs printers that a student may not list). What it reads must not be answered.
func Widened(ctx context.Context, read func(ctx context.Context) error) error {
	if guard.Running(ctx) {
		return read(ctx)
	}
	wide, end := guard.EnterWide(ctx)
	defer end()
	return read(wide)
}

// ByKey says that an operation finds many rows by their keys, whatever the database believes of how many there are.
func ByKey(ctx context.Context) context.Context { return guard.ByKey(ctx) }

// Unindexed is a column for SQL by hand, as an expression that no index serves.
func Unindexed(d, column string) string { return guard.Unindexed(d, column) }
