package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// migrationLock is the key of the advisory lock under which PostgreSQL databases are migrated ("soloprnt").
const migrationLock int64 = 0x736f6c6f70726e74

// upPostgres migrates in one transaction, which holds an advisory lock. The lock belongs to the transaction and not to
// the session: it ends with it, and it holds behind a pooler that gives each transaction another session.
func (m Migrator) upPostgres(ctx context.Context, all []migration) (err error) {
	tx, err := m.DB.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin the migration: %w", err)
	}
	defer func() {
		if rerr := tx.Rollback(); !errors.Is(rerr, sql.ErrTxDone) {
			err = errors.Join(err, rerr)
		}
	}()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("store: lock the migration: %w", err)
	}

	u := upgrade{
		db: m.DB, tx: tx,
		createTable: `CREATE TABLE IF NOT EXISTS schema_revisions (
	version text PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL)`,
		record: "INSERT INTO schema_revisions (version, name, checksum, applied_at) VALUES ($1, $2, $3, clock_timestamp())",
		run: func(ctx context.Context, script string) error {
			// Only the simple protocol takes several statements at once.
			_, err := tx.ExecContext(ctx, script, pgx.QueryExecModeSimpleProtocol)
			return err
		},
		before: func(context.Context, migration) error { return nil }, // backups of a server are its operator's
	}
	if _, err := u.apply(ctx, all); err != nil {
		return err
	}
	return tx.Commit()
}
