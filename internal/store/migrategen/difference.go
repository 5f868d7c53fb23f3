package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect/sql/schema"

	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/store/trigger"
)

// difference is the script that brings a database which the files made to the schema, or "".
func (g generator) difference(ctx context.Context, files folder) (script string, err error) {
	plan, err := trigger.Plan(g.dialect, g.tables, g.appendOnly...)
	if err != nil {
		return "", err
	}
	want, done, err := g.fromSchema(ctx, plan)
	if err != nil {
		return "", fmt.Errorf("the schema from nothing: %w", err)
	}
	defer func() { err = errors.Join(err, done()) }()
	have, done2, err := g.fromFiles(ctx, files)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, done2()) }()

	wanted, err := trigger.Installed(ctx, want.Driver())
	if err != nil {
		return "", err
	}
	installed, err := trigger.Installed(ctx, have.Driver())
	if err != nil {
		return "", err
	}
	tables, err := g.tableChanges(ctx, have, want)
	if err != nil {
		return "", err
	}
	// What is stale goes first: a trigger can keep a column from being dropped. What is missing after the tables have
	// changed comes last: with a table that SQLite rebuilds go its triggers.
	script = drop(g.dialect, installed, wanted) + tables
	if script != "" {
		if err := apply(ctx, have, files.with(files.next("tables"), script)); err != nil {
			return "", fmt.Errorf("%w, in:\n%s", err, script)
		}
	}
	if installed, err = trigger.Installed(ctx, have.Driver()); err != nil {
		return "", err
	}
	return script + create(plan, installed), nil
}

// fromSchema is a scratch database that Ent's schema made, with its triggers.
func (g generator) fromSchema(ctx context.Context, plan []trigger.Trigger) (*store.DB, func() error, error) {
	db, done, err := g.scratch.open(ctx, g.dialect)
	if err != nil {
		return nil, nil, err
	}
	script, err := g.schemaScript(ctx, db)
	if err == nil {
		err = apply(ctx, db, folder{"0001_schema.sql": script + create(plan, nil)})
	}
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return db, done, nil
}

// schemaScript is what Ent's own comparison with an empty database gives.
func (g generator) schemaScript(ctx context.Context, empty *store.DB) (string, error) {
	dir := &migrate.MemDir{}
	ent, err := schema.NewMigrate(empty.Driver(), schema.WithDir(dir), schema.WithFormatter(migrate.DefaultFormatter))
	if err != nil {
		return "", err
	}
	if err := ent.NamedDiff(ctx, "schema", g.tables...); err != nil {
		return "", err
	}
	files, err := dir.Files()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, f := range files {
		b.Write(f.Bytes())
	}
	return b.String(), nil
}

// fromFiles is a scratch database that the migrations made.
func (g generator) fromFiles(ctx context.Context, files folder) (*store.DB, func() error, error) {
	db, done, err := g.scratch.open(ctx, g.dialect)
	if err != nil {
		return nil, nil, err
	}
	if err := apply(ctx, db, files); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return db, done, nil
}

func apply(ctx context.Context, db *store.DB, files folder) error {
	fsys, err := files.filesystem()
	if err != nil {
		return err
	}
	return store.Migrator{DB: db, Files: fsys}.Up(ctx)
}

// drop removes the triggers that are not wanted, or not as they are.
func drop(dialect string, installed, wanted map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(installed)) {
		if installed[name] != wanted[name] {
			b.WriteString(trigger.Drop(dialect, name))
		}
	}
	return b.String()
}

// create makes the planned triggers that are not installed.
func create(plan []trigger.Trigger, installed map[string]string) string {
	var b strings.Builder
	for _, t := range plan {
		if _, ok := installed[t.Name]; !ok {
			b.WriteString(t.Create)
		}
	}
	return b.String()
}
