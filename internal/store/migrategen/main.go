// Command migrategen writes the migrations from Ent's schema, for SQLite and PostgreSQL, without the atlas binary:
//
//	go run ./internal/store/migrategen -name add_nozzles   a file per dialect that brings the last migration to the schema
//	go run ./internal/store/migrategen -name initial -reset   instead of all files, one that makes the schema from nothing
//	go run ./internal/store/migrategen -check              fails if the schema and the migrations differ
//	go run ./internal/store/migrategen -hash               sums the files anew, after one was edited by hand
//
// A migration is the difference between two databases: one that the files made, one that the schema made. Triggers (see
// internal/store/trigger) are compared too: SQLite loses those of a table that it rebuilds. A new migration is then applied
// to an empty database and compared with the schema again. PostgreSQL comes from SOLOPRINT_TEST_POSTGRES or is started.
//
// Read what it writes: a renamed column is a dropped and an added one here, and a table that left the schema is dropped.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"

	"github.com/soloprint/soloprint/ent/migrate"
)

// appendOnly are the tables whose rows stay as they were written.
func appendOnly() []string {
	return []string{migrate.EventsTable.Name, migrate.LedgerEntriesTable.Name}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "migrategen:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	name               string
	dir                string
	reset, check, hash bool
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("migrategen", flag.ContinueOnError)
	flags.StringVar(&o.name, "name", "", "what the migration does, in lower_case")
	flags.StringVar(&o.dir, "dir", filepath.Join("internal", "store", "migrations"), "folder of the folders sqlite and postgres")
	flags.BoolVar(&o.reset, "reset", false, "replace all migrations by one; only before the first release")
	flags.BoolVar(&o.check, "check", false, "write nothing, fail if a migration is missing")
	flags.BoolVar(&o.hash, "hash", false, "sum the files anew")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.name == "" && !o.check && !o.hash {
		return o, errors.New("-name, -check or -hash is needed")
	}
	return o, nil
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	scratch, err := newScratch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.close()) }()
	for _, d := range []struct{ dialect, folder string }{{dialect.SQLite, "sqlite"}, {dialect.Postgres, "postgres"}} {
		g := generator{
			scratch: scratch, dialect: d.dialect, dir: filepath.Join(o.dir, d.folder),
			tables: migrate.Tables, appendOnly: appendOnly(),
		}
		if err := g.do(ctx, o, out); err != nil {
			return fmt.Errorf("%s: %w", d.folder, err)
		}
	}
	return nil
}

// generator writes the migrations of one dialect.
type generator struct {
	scratch    *scratch
	dialect    string
	dir        string
	tables     []*schema.Table
	appendOnly []string
}

func (g generator) do(ctx context.Context, o options, out io.Writer) error {
	existing, err := readFolder(g.dir)
	if err != nil {
		return err
	}
	if o.hash {
		return existing.write(g.dir)
	}
	if o.reset {
		existing = folder{}
	}
	script, err := g.difference(ctx, existing)
	if err != nil {
		return err
	}
	switch {
	case script == "" && !o.reset:
		_, err = fmt.Fprintf(out, "%s: the migrations make the schema\n", g.dir)
		return err
	case o.check:
		return fmt.Errorf("a migration is missing; make it with -name:\n%s", script)
	}
	return g.add(ctx, existing, o, script, out)
}

// add writes the new file once it is known to lead to the schema.
func (g generator) add(ctx context.Context, existing folder, o options, script string, out io.Writer) error {
	name := existing.next(o.name)
	all := existing.with(name, script)
	left, err := g.difference(ctx, all)
	if err != nil {
		return fmt.Errorf("%s does not apply: %w", name, err)
	}
	if left != "" {
		return fmt.Errorf("%s does not lead to the schema; there remains:\n%s", name, left)
	}
	if err := os.MkdirAll(g.dir, 0o755); err != nil {
		return err
	}
	if err := all.write(g.dir); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s written\n", filepath.Join(g.dir, name))
	return err
}
