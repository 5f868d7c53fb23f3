package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"entgo.io/ent/dialect"
)

// The reasons for which a database cannot be migrated. Each comes wrapped in a message that names the migration.
var (
	// ErrNewer says that the database was used by a newer program.
	ErrNewer = errors.New("the database is newer than this program; use the newer program, or the copy made before the upgrade")
	// ErrChanged says that a migration is not what it was when it was applied.
	ErrChanged = errors.New("the migration was changed after it was applied")
	// ErrOrder says that a migration is missing before others that were applied.
	ErrOrder = errors.New("the migration comes before others that were applied already")
)

// Migrate brings the database to the version of the program: all pending migrations in one transaction, under a lock, so that
// servers which start together wait for one of them. Before it upgrades a SQLite database that was in use, it copies it to
// a file beside it.
func Migrate(ctx context.Context, db *DB) error {
	return Migrator{DB: db, Files: Migrations(db.dialect)}.Up(ctx)
}

// Pending names the migrations that Migrate would apply.
func Pending(ctx context.Context, db *DB) ([]string, error) {
	return Migrator{DB: db, Files: Migrations(db.dialect)}.Pending(ctx)
}

// Migrator applies one folder of migrations. Migrate is the one of the program's own folder.
type Migrator struct {
	DB    *DB
	Files fs.FS
}

// Up applies what is pending, or nothing if any of it fails.
func (m Migrator) Up(ctx context.Context) error {
	all, err := load(m.Files)
	if err != nil {
		return err
	}
	if m.DB.dialect == dialect.SQLite {
		return m.upSQLite(ctx, all)
	}
	return m.upPostgres(ctx, all)
}

// Pending names what Up would apply.
func (m Migrator) Pending(ctx context.Context) ([]string, error) {
	all, err := load(m.Files)
	if err != nil {
		return nil, err
	}
	applied, err := m.DB.revisions(ctx)
	if err != nil {
		return nil, err
	}
	pending, err := compare(all, applied)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(pending))
	for _, p := range pending {
		names = append(names, p.String())
	}
	return names, nil
}

// RevisionTable lists the migrations that a database has. Ent does not know it.
const RevisionTable = "schema_revisions"

// revision is a migration that the database has.
type revision struct{ version, name, checksum string }

func (r revision) String() string { return r.version + "_" + r.name }

// compare says which migrations are to be applied, or why none may be.
func compare(all []migration, applied []revision) ([]migration, error) {
	for i, have := range applied {
		switch {
		case i >= len(all) || have.version > all[len(all)-1].version:
			return nil, fmt.Errorf("store: migration %s is unknown here: %w", have, ErrNewer)
		case have.version > all[i].version:
			return nil, fmt.Errorf("store: migration %s: %w", all[i], ErrOrder)
		case have.version < all[i].version:
			return nil, fmt.Errorf("store: migration %s was applied and is gone: %w", have, ErrChanged)
		case have.checksum != all[i].checksum:
			return nil, fmt.Errorf("store: migration %s: %w", have, ErrChanged)
		}
	}
	return all[len(applied):], nil
}

// querier is what a pool and a transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// revisions reads the revision table without a lock; there are none before the first migration.
func (db *DB) revisions(ctx context.Context) ([]revision, error) {
	query := "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = 'schema_revisions'"
	if db.dialect == dialect.Postgres {
		query = "SELECT to_regclass('schema_revisions') IS NOT NULL"
	}
	var exists bool
	if err := db.readers.QueryRowContext(ctx, query).Scan(&exists); err != nil {
		return nil, fmt.Errorf("store: look for the revision table: %w", err)
	}
	if !exists {
		return nil, nil
	}
	return readRevisions(ctx, db.readers)
}

func readRevisions(ctx context.Context, q querier) (all []revision, err error) {
	rows, err := q.QueryContext(ctx, "SELECT version, name, checksum FROM schema_revisions ORDER BY version")
	if err != nil {
		return nil, fmt.Errorf("store: read the revisions: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r revision
		if err := rows.Scan(&r.version, &r.name, &r.checksum); err != nil {
			return nil, fmt.Errorf("store: read a revision: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// upgrade is one run of Up on one dialect, inside its transaction and its lock.
type upgrade struct {
	db *DB
	tx *sql.Tx
	// createTable makes the revision table if it is missing; record adds a row to it.
	createTable, record string
	// run executes a script of several statements.
	run func(ctx context.Context, script string) error
	// before is called once, when something is to be applied to a database that was in use.
	before func(ctx context.Context, first migration) error
}

// apply runs what is pending and reports whether there was anything.
func (u upgrade) apply(ctx context.Context, all []migration) (bool, error) {
	if _, err := u.tx.ExecContext(ctx, u.createTable); err != nil {
		return false, fmt.Errorf("store: make the revision table: %w", err)
	}
	applied, err := readRevisions(ctx, u.tx)
	if err != nil {
		return false, err
	}
	pending, err := compare(all, applied)
	if err != nil || len(pending) == 0 {
		return false, err
	}
	if len(applied) > 0 {
		if err := u.before(ctx, pending[0]); err != nil {
			return false, err
		}
	}
	for _, m := range pending {
		if err := u.step(ctx, m); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (u upgrade) step(ctx context.Context, m migration) error {
	start := time.Now()
	if err := u.run(ctx, m.script); err != nil {
		return fmt.Errorf("store: migration %s: %w", m, err)
	}
	if _, err := u.tx.ExecContext(ctx, u.record, m.version, m.name, m.checksum); err != nil {
		return fmt.Errorf("store: record migration %s: %w", m, err)
	}
	u.db.log.InfoContext(ctx, "database migrated", "migration", m.String(), "took", time.Since(start))
	return nil
}

// withoutPragmas takes out the lines with which Atlas turns SQLite's foreign keys off and on: inside a transaction they
// do nothing, and the migration's connection has them off already.
func withoutPragmas(script string) string {
	return regexp.MustCompile(`(?im)^PRAGMA foreign_keys\s*=.*$`).ReplaceAllString(script, "")
}
