package trigger

import (
	"context"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// The triggers of a database with a text that differs when they differ.
const (
	sqliteInstalled   = `SELECT name, sql FROM sqlite_master WHERE type = 'trigger'`
	postgresInstalled = `SELECT t.tgname, pg_get_triggerdef(t.oid) || E'\n' || p.prosrc
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace`
)

// Installed reads the triggers that a database has: their names, and their definitions as the database keeps them.
func Installed(ctx context.Context, drv dialect.Driver) (_ map[string]string, err error) {
	query := sqliteInstalled
	if drv.Dialect() == dialect.Postgres {
		query = postgresInstalled
	}
	var rows entsql.Rows
	if err := drv.Query(ctx, query, []any{}, &rows); err != nil {
		return nil, fmt.Errorf("read the triggers: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	found := map[string]string{}
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return nil, fmt.Errorf("read a trigger: %w", err)
		}
		found[name] = definition
	}
	return found, rows.Err()
}
