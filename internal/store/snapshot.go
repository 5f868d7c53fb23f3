package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"entgo.io/ent/dialect"
)

// Snapshot copies a SQLite database, as its last commit left it, to a file that only the owner can read. The server goes on
// meanwhile. The file appears whole and synced or not at all; one that is there is replaced.
func (db *DB) Snapshot(ctx context.Context, path string) (err error) {
	if db.dialect != dialect.SQLite {
		return errors.New("store: only a SQLite database is copied as a file; use pg_dump")
	}
	// The migrating connection is a writer of its own: VACUUM INTO is refused to readers and would block the one writer.
	pool, err := db.sqlitePool(migrating, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()

	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("store: remove an unfinished copy: %w", err)
	}
	if err := createFile(part); err != nil {
		return err
	}
	if _, err := pool.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return errors.Join(fmt.Errorf("store: copy the database: %w", err), os.Remove(part))
	}
	if err := syncFile(part); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("store: name the copy: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFile(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("store: sync the copy: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}
