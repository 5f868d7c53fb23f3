package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"github.com/soloprint/soloprint/ent/migrate"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/store/trigger"
	"github.com/soloprint/soloprint/internal/testkit/pgserver"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// generators gives one generator per dialect, with a folder of its own.
func generators(t *testing.T) []generator {
	t.Helper()
	s, err := newScratch(t.Context())
	ok(t, err)
	t.Cleanup(func() { ok(t, s.close()) })
	return []generator{
		{scratch: s, dialect: dialect.SQLite, dir: t.TempDir()},
		{scratch: s, dialect: dialect.Postgres, dir: t.TempDir()},
	}
}

// server serves all tests and ends with them.
var server = sync.OnceValues(func() (*pgserver.Server, error) { return pgserver.Use(context.Background()) })

// onEach runs a test with each generator; PostgreSQL's is skipped where there is none, but not in CI.
func onEach(t *testing.T, test func(t *testing.T, g generator)) {
	t.Helper()
	for _, g := range generators(t) {
		t.Run(g.dialect, func(t *testing.T) {
			if g.dialect == dialect.Postgres {
				s, err := server()
				if errors.Is(err, pgserver.ErrNotInstalled) && os.Getenv("CI") != "true" && os.Getenv("SOLOPRINT_TEST_REQUIRE") != "1" {
					t.Skipf("NOT TESTED ON POSTGRESQL: %v", err)
				}
				ok(t, err)
				g.scratch.server = &pgserver.Server{URL: s.URL} // which the scratch does not stop
			}
			test(t, g)
		})
	}
}

func text(name string) *schema.Column { return &schema.Column{Name: name, Type: field.TypeString} }

func scoped(name string, organizations *schema.Table, columns ...*schema.Column) *schema.Table {
	t := schema.NewTable(name).AddPrimary(text("id")).AddColumn(text(trigger.Column))
	for _, c := range columns {
		t.AddColumn(c)
	}
	return reference(t, trigger.Column, organizations)
}

func reference(t *schema.Table, column string, target *schema.Table) *schema.Table {
	c, _ := t.Column(column)
	return t.AddForeignKey(&schema.ForeignKey{
		Symbol: t.Name + "_" + column, Columns: []*schema.Column{c}, RefTable: target, RefColumns: target.PrimaryKey,
		OnDelete: schema.Cascade,
	})
}

// before is a small schema; after is what became of it: a column is required, one is gone and one is new, with a reference;
// a table is gone and one is new, and is append-only; an index has another condition.
func before() []*schema.Table {
	organizations := schema.NewTable("organizations").AddPrimary(text("id"))
	groups := scoped("printer_groups", organizations)
	name := text("name")
	name.Nullable = true
	printers := scoped("printers", organizations, name, text("printer_group_id"), text("state"))
	reference(printers, "printer_group_id", groups)
	printers.AddIndex("printers_idle", true, []string{"state"})
	printers.Indexes[0].Annotation = &entsql.IndexAnnotation{Where: "state IN ('idle', 'ready')"}
	return []*schema.Table{organizations, groups, printers, scoped("obsolete", organizations)}
}

func after() []*schema.Table {
	tables := before()[:2]
	organizations, groups := tables[0], tables[1]
	name, spare := text("name"), text("spare_id")
	name.Default = ""
	spare.Nullable = true
	printers := scoped("printers", organizations, name, text("printer_group_id"), spare)
	reference(printers, "printer_group_id", groups)
	reference(printers, "spare_id", printers)
	printers.AddIndex("printers_idle", false, []string{"name"})
	printers.Indexes[0].Annotation = &entsql.IndexAnnotation{Where: "name IN ('a', 'b')"}
	return append(tables, printers, scoped("events", organizations, text("note")))
}

// A schema that changed gives a second migration, which a filled database survives and after which nothing is missing.
func TestGenerate(t *testing.T) {
	onEach(t, func(t *testing.T, g generator) {
		g.tables = before()
		ok(t, g.do(t.Context(), options{name: "initial"}, io.Discard))
		db, done, err := g.scratch.open(t.Context(), g.dialect)
		ok(t, err)
		defer func() { ok(t, done()) }()
		up(t, db, g.dir)
		exec(t, db, "INSERT INTO organizations VALUES ('o')", "INSERT INTO printer_groups VALUES ('g', 'o')",
			"INSERT INTO printers VALUES ('p', 'o', NULL, 'g', 'idle')", "INSERT INTO obsolete VALUES ('x', 'o')")
		if g.dialect == dialect.Postgres {
			exec(t, db, "UPDATE printers SET name = 'a'") // a NULL in a column that becomes required is the author's to fill
		}

		g.tables, g.appendOnly = after(), []string{"events"}
		if err := g.do(t.Context(), options{check: true}, io.Discard); err == nil || !strings.Contains(err.Error(), "spare_id") {
			t.Errorf("check before: %v", err)
		}
		ok(t, g.do(t.Context(), options{name: "change"}, io.Discard))
		ok(t, g.do(t.Context(), options{check: true}, io.Discard))
		up(t, db, g.dir)

		wantTriggers(t, g, db)
		for table, want := range map[string]bool{"printers": true, "events": true, "obsolete": false} {
			if err := db.Driver().Exec(t.Context(), "UPDATE "+table+" SET id = id", []any{}, nil); (err == nil) != want {
				t.Errorf("%s is there: %v", table, err)
			}
		}
		exec(t, db, "UPDATE printers SET spare_id = id WHERE id = 'p'", "INSERT INTO events VALUES ('e', 'o', '')")
		if names := fileNames(t, g.dir); !slices.Equal(names, []string{"0001_initial.sql", "0002_change.sql", "atlas.sum"}) {
			t.Errorf("files %v", names)
		}
	})
}

// Reset makes one file of all, and hash accepts an edited one.
func TestResetAndHash(t *testing.T) {
	onEach(t, func(t *testing.T, g generator) {
		g.tables = before()
		ok(t, g.do(t.Context(), options{name: "initial"}, io.Discard))
		g.tables = after()
		ok(t, g.do(t.Context(), options{name: "change"}, io.Discard))
		ok(t, g.do(t.Context(), options{name: "initial", reset: true}, io.Discard))
		if names := fileNames(t, g.dir); !slices.Equal(names, []string{"0001_initial.sql", "atlas.sum"}) {
			t.Errorf("files %v", names)
		}

		path := filepath.Join(g.dir, "0001_initial.sql")
		b, err := os.ReadFile(path)
		ok(t, err)
		ok(t, os.WriteFile(path, append(b, "-- edited\n"...), 0o600))
		db, done, err := g.scratch.open(t.Context(), g.dialect)
		ok(t, err)
		defer func() { ok(t, done()) }()
		if err := (store.Migrator{DB: db, Files: os.DirFS(g.dir)}).Up(t.Context()); err == nil {
			t.Error("an edited file is applied")
		}
		ok(t, g.do(t.Context(), options{hash: true}, io.Discard))
		up(t, db, g.dir)
	})
}

// A trigger that was lost, changed or left over is put right by a migration.
func TestTriggersAreCompared(t *testing.T) {
	onEach(t, func(t *testing.T, g generator) {
		g.tables = before()
		ok(t, g.do(t.Context(), options{name: "initial"}, io.Discard))
		existing, err := readFolder(g.dir)
		ok(t, err)
		broken := trigger.Drop(g.dialect, "printers_organization_fixed")
		other, err := trigger.Plan(g.dialect, g.tables, "printers")
		ok(t, err)
		for _, p := range other {
			if strings.HasPrefix(p.Name, "printers_no_") {
				broken += p.Create
			}
		}
		ok(t, existing.with("0002_broken.sql", broken).write(g.dir))

		ok(t, g.do(t.Context(), options{name: "mended"}, io.Discard))
		db, done, err := g.scratch.open(t.Context(), g.dialect)
		ok(t, err)
		defer func() { ok(t, done()) }()
		up(t, db, g.dir)
		wantTriggers(t, g, db)
	})
}

// The migrations of the program make Ent's schema. If this fails, run migrategen.
func TestMigrationsMakeTheSchema(t *testing.T) {
	folders := map[string]string{dialect.SQLite: "sqlite", dialect.Postgres: "postgres"}
	onEach(t, func(t *testing.T, g generator) {
		g.dir = filepath.Join("..", "migrations", folders[g.dialect])
		g.tables, g.appendOnly = migrate.Tables, appendOnly()
		ok(t, g.do(t.Context(), options{check: true}, io.Discard))
	})
}

func TestParse(t *testing.T) {
	for _, args := range [][]string{{}, {"-reset"}, {"-nonsense"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%v is understood", args)
		}
	}
}

func up(t *testing.T, db *store.DB, dir string) {
	t.Helper()
	ok(t, store.Migrator{DB: db, Files: os.DirFS(dir)}.Up(t.Context()))
}

func exec(t *testing.T, db *store.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := db.Driver().Exec(t.Context(), s, []any{}, nil); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func wantTriggers(t *testing.T, g generator, db *store.DB) {
	t.Helper()
	plan, err := trigger.Plan(g.dialect, g.tables, g.appendOnly...)
	ok(t, err)
	var want []string
	for _, p := range plan {
		want = append(want, p.Name)
	}
	installed, err := trigger.Installed(t.Context(), db.Driver())
	ok(t, err)
	if have := slices.Sorted(maps.Keys(installed)); !slices.Equal(have, want) {
		t.Errorf("triggers %q, want %q", have, want)
	}
}

func fileNames(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	ok(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	return names
}
