package idem_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// flaky is a database whose commits go wrong.
type flaky struct {
	dialect.Driver
	commit func(dialect.Tx) error
}

func (f *flaky) BeginTx(ctx context.Context, o *sql.TxOptions) (dialect.Tx, error) {
	tx, err := f.Driver.(interface {
		BeginTx(context.Context, *sql.TxOptions) (dialect.Tx, error)
	}).BeginTx(ctx, o)
	return flakyTx{tx, f}, err
}

func (f *flaky) Tx(ctx context.Context) (dialect.Tx, error) { return f.BeginTx(ctx, nil) }

type flakyTx struct {
	dialect.Tx
	f *flaky
}

func (t flakyTx) Commit() error { return t.f.commit(t.Tx) }

// on is a runner of operations on a database with that commit.
func (b *bundle) on(db *store.DB, commit func(dialect.Tx) error) *op.Runner {
	r := *b.Ops
	r.Client = ent.NewClient(ent.Driver(&flaky{db.Driver(), commit}))
	r.Guard = guard.Install(r.Client)
	return &r
}

// The commit took place, and the connection broke before the database could say so.
func TestACommitWhoseAnswerIsLost(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		r := b.on(db, func(tx dialect.Tx) error { return errors.Join(tx.Commit(), errors.New("connection reset")) })
		b.want("without a key", string(b.makeOn(r, "lost")(b.ctx).Body), "printer_tag_make_failed")
		first := b.send(b.ctx, request("k", "a"), b.makeOn(r, "a"))
		if !strings.HasPrefix(first, "/v1/tags/tag_") {
			t.Errorf("answered %q", first)
		}
		b.want("again", b.send(b.ctx, request("k", "a"), b.make("a")), "replayed "+first)
		b.wantTags("a", 1)
	})
}

// PostgreSQL gives a transaction up for another one's sake, and the operation runs again under the same key.
func TestATransactionThatIsRunAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		tries := 0
		r := b.on(db, func(tx dialect.Tx) error {
			if tries++; tries < 3 {
				return errors.Join(&pgconn.PgError{Code: "40001"}, tx.Rollback())
			}
			return tx.Commit()
		})
		first := b.send(b.ctx, request("k", "a"), b.makeOn(r, "a"))
		b.want("again", b.send(b.ctx, request("k", "a"), b.make("a")), "replayed "+first)
		b.wantTags("a", 1)
		if tries != 3 || !strings.HasPrefix(first, "/v1/tags/tag_") {
			t.Errorf("%d tries, answered %q", tries, first)
		}
	})
}

// A commit that failed for good left nothing, and its refusal is kept.
func TestACommitThatFails(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		r := b.on(db, func(tx dialect.Tx) error { return errors.Join(errors.New("disk full"), tx.Rollback()) })
		b.want("first", b.send(b.ctx, request("k", "a"), b.makeOn(r, "a")), "printer_tag_make_failed")
		b.want("again", b.send(b.ctx, request("k", "a"), b.make("a")), "replayed printer_tag_make_failed")
		b.wantTags("a", 0)
	})
}
