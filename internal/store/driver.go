package store

import (
	"context"
	"database/sql"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// driver sends each statement of an Ent client to the pool that it belongs to.
type driver struct {
	db              *DB
	writer, readers *entsql.Driver
}

var _ dialect.Driver = (*driver)(nil)

// Exec runs a statement that returns no rows.
func (d *driver) Exec(ctx context.Context, query string, args, v any) error {
	count(ctx, query)
	return d.writer.Exec(ctx, query, args, v)
}

// Query runs a statement that returns rows. A write with RETURNING is one: it goes to the writer.
func (d *driver) Query(ctx context.Context, query string, args, v any) error {
	count(ctx, query)
	return d.pool(query).Query(ctx, query, args, v)
}

func (d *driver) pool(query string) *entsql.Driver {
	if reads(query) {
		return d.readers
	}
	return d.writer
}

// Tx begins a transaction that may write. On SQLite it waits until it is the only one.
func (d *driver) Tx(ctx context.Context) (dialect.Tx, error) { return d.BeginTx(ctx, nil) }

// BeginTx begins a transaction. A read-only one sees one state of the database, and on SQLite it does not hold the writer.
// SQLite's transactions are serializable whatever level is asked for.
func (d *driver) BeginTx(ctx context.Context, opts *sql.TxOptions) (dialect.Tx, error) {
	pool := d.writer
	if opts != nil && opts.ReadOnly {
		pool = d.readers
	}
	inner, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("store: begin: %w", err)
	}
	return &tx{inner: inner, readers: d.readers}, nil
}

// Close closes the database.
func (d *driver) Close() error { return d.db.Close() }

// Dialect is the database's.
func (d *driver) Dialect() string { return d.db.dialect }
