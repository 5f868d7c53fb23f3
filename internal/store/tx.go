package store

import (
	"context"
	"errors"
	"sync/atomic"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// ErrTxEnded is the answer to a statement on a transaction that has ended, but for a read after its commit.
var ErrTxEnded = errors.New("store: the transaction has ended")

// The states of a transaction.
const (
	txOpen int32 = iota
	txCommitted
	txRolledBack
)

// tx is a transaction that goes on reading, from the pool, once it is committed: the entities that it returned keep it as
// their driver and load their edges through it. A write then is an error, never a write outside a transaction.
type tx struct {
	inner   dialect.Tx
	readers *entsql.Driver
	state   atomic.Int32
}

// Exec runs a statement that returns no rows, until the transaction ends.
func (t *tx) Exec(ctx context.Context, query string, args, v any) error {
	if t.state.Load() != txOpen {
		return ErrTxEnded
	}
	count(ctx, query)
	return t.inner.Exec(ctx, query, args, v)
}

// Query runs a statement that returns rows: in the transaction, and after its commit, if it only reads, in the pool.
func (t *tx) Query(ctx context.Context, query string, args, v any) error {
	switch state := t.state.Load(); {
	case state == txOpen:
		count(ctx, query)
		return t.inner.Query(ctx, query, args, v)
	case state == txCommitted && reads(query):
		count(ctx, query)
		return t.readers.Query(ctx, query, args, v)
	default:
		return ErrTxEnded
	}
}

// Commit makes the writes last. A commit that fails has rolled back.
func (t *tx) Commit() error {
	err := t.inner.Commit()
	if err != nil {
		t.state.CompareAndSwap(txOpen, txRolledBack)
		return err
	}
	t.state.Store(txCommitted)
	return nil
}

// Rollback takes the writes back. After a commit it changes nothing and returns sql.ErrTxDone, so it can be deferred.
func (t *tx) Rollback() error {
	err := t.inner.Rollback()
	t.state.CompareAndSwap(txOpen, txRolledBack)
	return err
}
