package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// upSQLite migrates in one immediate transaction on a connection of its own, which has foreign keys off: SQLite changes a
// table by making a new one and dropping the old, and with foreign keys on that drop would take the child rows along,
// without an error. What the keys would have refused is looked for before the commit.
func (m Migrator) upSQLite(ctx context.Context, all []migration) (err error) {
	pool, err := m.DB.sqlitePool(migrating, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := requireForeignKeysOff(ctx, pool); err != nil {
		return err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin the migration: %w", err)
	}
	defer func() {
		if rerr := tx.Rollback(); !errors.Is(rerr, sql.ErrTxDone) {
			err = errors.Join(err, rerr)
		}
	}()

	changed, err := m.sqliteUpgrade(tx).apply(ctx, all)
	if err != nil {
		return err
	}
	if changed {
		if err := checkForeignKeys(ctx, tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (m Migrator) sqliteUpgrade(tx *sql.Tx) upgrade {
	return upgrade{
		db: m.DB, tx: tx,
		createTable: `CREATE TABLE IF NOT EXISTS schema_revisions (
	version text NOT NULL PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at datetime NOT NULL)`,
		record: `INSERT INTO schema_revisions (version, name, checksum, applied_at)
	VALUES (?, ?, ?, CAST(unixepoch('subsec') * 1000000 AS integer))`,
		run: func(ctx context.Context, script string) error {
			_, err := tx.ExecContext(ctx, withoutPragmas(script))
			return err
		},
		before: func(ctx context.Context, first migration) error {
			// The transaction keeps writers out, so the copy is the database as the migration finds it. A failed upgrade
			// changes nothing, so trying again may overwrite the copy.
			path := m.DB.config.Path + ".before-" + first.version
			m.DB.log.InfoContext(ctx, "copying the database before its upgrade", "file", path)
			return m.DB.Snapshot(ctx, path)
		},
	}
}

func requireForeignKeysOff(ctx context.Context, pool *sql.DB) error {
	var on bool
	if err := pool.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&on); err != nil {
		return fmt.Errorf("store: open the migration's connection: %w", err)
	}
	if on {
		return errors.New("store: foreign keys are on in the migration's connection")
	}
	return nil
}

// maxViolations is how many dangling rows an error names.
const maxViolations = 5

// checkForeignKeys finds the rows that point at none.
func checkForeignKeys(ctx context.Context, tx *sql.Tx) (err error) {
	rows, err := tx.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return fmt.Errorf("store: check foreign keys: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var found []string
	for rows.Next() && len(found) < maxViolations {
		var (
			table, parent string
			row           sql.NullInt64
			key           int
		)
		if err := rows.Scan(&table, &row, &parent, &key); err != nil {
			return fmt.Errorf("store: check foreign keys: %w", err)
		}
		found = append(found, fmt.Sprintf("%s row %d points at no row of %s", table, row.Int64, parent))
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store: check foreign keys: %w", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("store: the migration would leave dangling rows: %s", strings.Join(found, "; "))
	}
	return nil
}
