package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/internal/store"
)

// tableChanges is the script from the tables of one database to those of another. Both are read from the database: it
// writes an index's condition or a default in its own way, and what Ent says would differ from it for ever.
func (g generator) tableChanges(ctx context.Context, have, want *store.DB) (string, error) {
	driver, current, err := inspect(ctx, have)
	if err != nil {
		return "", err
	}
	_, desired, err := inspect(ctx, want)
	if err != nil {
		return "", err
	}
	changes, err := driver.SchemaDiff(current, desired)
	if err != nil {
		return "", fmt.Errorf("compare the tables: %w", err)
	}
	g.restoreConditions(desired)
	plan, err := driver.PlanChanges(ctx, "tables", changes, func(o *migrate.PlanOptions) {
		o.SchemaQualifier, o.Indent = new(string), "  "
	})
	if err != nil {
		return "", fmt.Errorf("plan the changes of tables: %w", err)
	}
	return format(plan), nil
}

// restoreConditions gives the indexes of the desired tables, to which the changes point, the conditions that the schema
// states. PostgreSQL writes a condition anew each time that it reads one, so what it wrote would never come to rest.
func (g generator) restoreConditions(desired *schema.Schema) {
	conditions := map[string]string{}
	for _, t := range g.tables {
		for _, i := range t.Indexes {
			if i.Annotation != nil {
				conditions[i.Name] = i.Annotation.Where
			}
		}
	}
	for _, t := range desired.Tables {
		for _, i := range t.Indexes {
			for _, attr := range i.Attrs {
				if p, ok := attr.(*postgres.IndexPredicate); ok && conditions[i.Name] != "" {
					p.P = conditions[i.Name]
				}
			}
		}
	}
}

// format writes a plan without its switching of foreign keys: the store's migrations run with them off.
func format(plan *migrate.Plan) string {
	var b strings.Builder
	for _, c := range plan.Changes {
		if strings.HasPrefix(c.Cmd, "PRAGMA foreign_keys") {
			continue
		}
		if c.Comment != "" {
			fmt.Fprintf(&b, "-- %s%s\n", strings.ToUpper(c.Comment[:1]), c.Comment[1:])
		}
		fmt.Fprintf(&b, "%s;\n", c.Cmd)
	}
	return b.String()
}

func inspect(ctx context.Context, db *store.DB) (migrate.Driver, *schema.Schema, error) {
	open := sqlite.Open
	if db.Dialect() == dialect.Postgres {
		open = postgres.Open
	}
	driver, err := open(querier{db.Driver()})
	if err != nil {
		return nil, nil, fmt.Errorf("read the tables: %w", err)
	}
	found, err := driver.InspectSchema(ctx, "", &schema.InspectOptions{
		Mode: schema.InspectSchemas | schema.InspectTables, Exclude: []string{store.RevisionTable},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the tables: %w", err)
	}
	return driver, found, nil
}

// querier is Ent's driver as Atlas asks for it.
type querier struct{ dialect.Driver }

func (q querier) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	var rows entsql.Rows
	if err := q.Query(ctx, query, args, &rows); err != nil {
		return nil, err
	}
	found, ok := rows.ColumnScanner.(*sql.Rows)
	if !ok {
		return nil, fmt.Errorf("rows are %T", rows.ColumnScanner)
	}
	return found, nil
}

func (q querier) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	var result sql.Result
	err := q.Exec(ctx, query, args, &result)
	return result, err
}
