package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/internal/store"
)

// The program's own migrations apply to an empty database, and a second time change nothing.
func TestMigrate(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		before, err := store.Pending(t.Context(), db)
		ok(t, err)
		all, err := fs.Glob(store.Migrations(db.Dialect()), "*.sql")
		ok(t, err)
		if len(before) != len(all) || len(all) == 0 || before[0]+".sql" != all[0] {
			t.Errorf("pending %v of %v", before, all)
		}

		for range 2 {
			ok(t, store.Migrate(t.Context(), db))
			after, err := store.Pending(t.Context(), db)
			if err != nil || len(after) > 0 {
				t.Errorf("still pending: %v, %v", after, err)
			}
		}
		if got := one(t, db, "SELECT count(*) FROM schema_revisions"); got != fmt.Sprint(len(all)) {
			t.Errorf("%s revisions", got)
		}
		if got := one(t, db, "SELECT count(*) FROM organizations"); got != "0" {
			t.Errorf("%s organizations", got)
		}
	})
}

// Servers that start at once on one database wait for the first; each then finds it migrated.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		var servers sync.WaitGroup
		for range 4 {
			db := open(t, c)
			servers.Go(func() {
				if err := store.Migrate(t.Context(), db); err != nil {
					t.Error(err)
				}
			})
		}
		servers.Wait()
		if got := one(t, open(t, c), "SELECT count(*) = count(DISTINCT version) FROM schema_revisions"); got != "1" && got != "true" {
			t.Error("a migration was applied twice")
		}
	})
}

// scripts are two migrations that suit both dialects.
func scripts() map[string]string {
	return map[string]string{
		"0001_first.sql":  "CREATE TABLE a (b integer);\nINSERT INTO a VALUES (1);\n",
		"0002_second.sql": "CREATE TABLE c (d integer);\nINSERT INTO c SELECT b FROM a;\n",
	}
}

func TestMigratorRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(m map[string]string)
		want   error
	}{
		{"a file that was changed", func(m map[string]string) { m["0001_first.sql"] += "-- more\n" }, store.ErrChanged},
		{"a file that is gone", func(m map[string]string) { delete(m, "0001_first.sql") }, store.ErrChanged},
		{"a database of a newer program", func(m map[string]string) { delete(m, "0002_second.sql") }, store.ErrNewer},
		{"a program without migrations", func(m map[string]string) { clear(m) }, store.ErrNewer},
		{"a file before one that was applied", func(m map[string]string) {
			m["0000_zeroth.sql"] = "CREATE TABLE e (f integer);\n"
		}, store.ErrOrder},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachEmpty(t, func(t *testing.T, c store.Config) {
				db := open(t, c)
				ok(t, store.Migrator{DB: db, Files: files(t, scripts())}.Up(t.Context()))

				changed := scripts()
				test.change(changed)
				m := store.Migrator{DB: db, Files: files(t, changed)}
				if err := m.Up(t.Context()); !errors.Is(err, test.want) {
					t.Errorf("Up: %v", err)
				}
				if _, err := m.Pending(t.Context()); !errors.Is(err, test.want) {
					t.Errorf("Pending: %v", err)
				}
				if got := one(t, db, "SELECT count(*) FROM schema_revisions"); got != "2" {
					t.Errorf("%s revisions", got)
				}
			})
		})
	}
}

// A folder that is not what its sum file says is not applied.
func TestMigratorChecksSums(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteConfig(t))
	for name, change := range map[string]func(f fstest.MapFS){
		"edited":      func(f fstest.MapFS) { f["0001_first.sql"] = &fstest.MapFile{Data: []byte("SELECT 1;")} },
		"added":       func(f fstest.MapFS) { f["0003_third.sql"] = &fstest.MapFile{Data: []byte("SELECT 1;")} },
		"removed":     func(f fstest.MapFS) { delete(f, "0002_second.sql") },
		"no sum file": func(f fstest.MapFS) { delete(f, store.SumFile) },
		"bad sums":    func(f fstest.MapFS) { f[store.SumFile] = &fstest.MapFile{Data: []byte("h1:x\n")} },
		"bad name":    func(f fstest.MapFS) { f["third.sql"] = &fstest.MapFile{} },
		"two of one":  func(f fstest.MapFS) { f["0001_other.sql"] = &fstest.MapFile{} },
	} {
		f := files(t, scripts())
		change(f)
		if err := (store.Migrator{DB: db, Files: f}).Up(t.Context()); err == nil {
			t.Errorf("%s: applied", name)
		}
	}
	if got := one(t, db, "SELECT count(*) FROM sqlite_master"); got != "0" {
		t.Errorf("%s objects were made", got)
	}
}

// If one of the pending migrations fails, none of them is applied.
func TestMigratorIsWhole(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		m := scripts()
		m["0002_second.sql"] = "CREATE TABLE c (d integer);\nINSERT INTO nowhere VALUES (1);\n"
		err := store.Migrator{DB: db, Files: files(t, m)}.Up(t.Context())
		if err == nil || !strings.Contains(err.Error(), "0002_second") {
			t.Errorf("error %v", err)
		}
		if _, err := query(t.Context(), db.Driver(), "SELECT * FROM a"); err == nil {
			t.Error("the first migration is applied")
		}
		ok(t, store.Migrator{DB: db, Files: files(t, scripts())}.Up(t.Context()))
		if got := one(t, db, "SELECT d FROM c"); got != "1" {
			t.Errorf("got %s", got)
		}
	})
}

// rebuild is a change of a table that others point at, as Atlas writes it for SQLite, with a trigger that names the table.
func rebuild() map[string]string {
	return map[string]string{
		"0001_first.sql": `CREATE TABLE schools (id text PRIMARY KEY, name text NULL);
CREATE TABLE printers (id text PRIMARY KEY, school_id text NOT NULL REFERENCES schools (id) ON DELETE CASCADE, at datetime NOT NULL);
CREATE TRIGGER printers_need_a_name BEFORE INSERT ON printers
  WHEN NOT EXISTS (SELECT 1 FROM schools WHERE id = NEW.school_id AND name <> '')
BEGIN SELECT RAISE(ABORT, 'the school has no name'); END;
`,
		"0002_rebuild.sql": "-- Disable the enforcement of foreign-keys constraints\nPRAGMA foreign_keys = off;\n" +
			"CREATE TABLE `new_schools` (id text PRIMARY KEY, name text NOT NULL DEFAULT '');\n" +
			"INSERT INTO `new_schools` (id, name) SELECT id, IFNULL(name, '') AS name FROM `schools`;\n" +
			"DROP TABLE `schools`;\n" +
			"ALTER TABLE `new_schools` RENAME TO `schools`;\n" +
			"CREATE INDEX schools_name ON schools (name);\n" +
			"PRAGMA foreign_keys = on;\n",
	}
}

// filled is a database with the first migration of rebuild, two schools and many printers.
func filled(t *testing.T) *store.DB {
	t.Helper()
	db := open(t, sqliteConfig(t))
	first := rebuild()
	delete(first, "0002_rebuild.sql")
	ok(t, store.Migrator{DB: db, Files: files(t, first)}.Up(t.Context()))
	exec(t, db, "INSERT INTO schools VALUES ('s1', 'One'), ('s2', 'Two')",
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
		INSERT INTO printers SELECT 'p' || i, 's' || (i % 2 + 1), i FROM n`)
	return db
}

// SQLite rebuilds a table by dropping it. The rows that point at it stay, with their triggers and their foreign keys.
func TestRebuildOfAFilledDatabase(t *testing.T) {
	t.Parallel()
	db := filled(t)
	ok(t, store.Migrator{DB: db, Files: files(t, rebuild())}.Up(t.Context()))

	if got := one(t, db, "SELECT count(*) FROM printers JOIN schools ON schools.id = school_id"); got != "1000" {
		t.Errorf("%s printers are left", got)
	}
	for statement, want := range map[string]string{
		"INSERT INTO printers VALUES ('x', 's3', 0)":       "the school has no name",
		"UPDATE printers SET school_id = 's3'":             "FOREIGN KEY constraint failed",
		"INSERT INTO schools (id, name) VALUES ('s1', '')": "UNIQUE constraint failed",
	} {
		err := db.Driver().Exec(t.Context(), statement, []any{}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", statement, err)
		}
	}
	exec(t, db, "DELETE FROM schools WHERE id = 's1'")
	if got := one(t, db, "SELECT count(*) FROM printers"); got != "500" {
		t.Errorf("the cascade leaves %s printers", got)
	}
}

// Before a database that was in use is upgraded, it is copied; the copy is a database as it was before.
func TestUpgradeCopiesTheDatabase(t *testing.T) {
	t.Parallel()
	db := filled(t)
	path := db.Path() + ".before-0002"
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a new database was copied: %v", err)
	}

	// A failed try leaves a copy; the next one replaces it.
	broken := rebuild()
	broken["0002_rebuild.sql"] += "SELECT * FROM nowhere;\n"
	if err := (store.Migrator{DB: db, Files: files(t, broken)}).Up(t.Context()); err == nil {
		t.Fatal("a broken migration is applied")
	}
	exec(t, db, "DELETE FROM printers WHERE id <> 'p1'")
	ok(t, store.Migrator{DB: db, Files: files(t, rebuild())}.Up(t.Context()))

	info, err := os.Stat(path)
	ok(t, err)
	if runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("the copy is %v", info.Mode())
	}
	old := open(t, store.Config{Path: path})
	if got := one(t, old, "SELECT count(*) FROM printers"); got != "1" {
		t.Errorf("the copy has %s printers", got)
	}
	if got := one(t, old, "SELECT group_concat(version) FROM schema_revisions"); got != "0001" {
		t.Errorf("the copy has the revisions %s", got)
	}
}

// A migration that leaves rows which point at nothing is taken back.
func TestMigrationMayNotLeaveDanglingRows(t *testing.T) {
	t.Parallel()
	db := filled(t)
	m := rebuild()
	m["0002_rebuild.sql"] = "DELETE FROM schools WHERE id = 's1';\n"
	err := store.Migrator{DB: db, Files: files(t, m)}.Up(t.Context())
	if err == nil || !strings.Contains(err.Error(), "printers row") {
		t.Errorf("error %v", err)
	}
	if got := one(t, db, "SELECT count(*) FROM schools"); got != "2" {
		t.Errorf("%s schools are left", got)
	}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	db := filled(t)
	path := filepath.Join(t.TempDir(), "copy's.db")
	tx, err := db.Driver().Tx(t.Context())
	ok(t, err)
	ok(t, tx.Exec(t.Context(), "DELETE FROM printers", []any{}, nil))
	ok(t, db.Snapshot(t.Context(), path)) // beside an open transaction, and without what it wrote
	ok(t, tx.Rollback())
	ok(t, db.Snapshot(t.Context(), path))
	if got := one(t, open(t, store.Config{Path: path}), "SELECT count(*) FROM printers"); got != "1000" {
		t.Errorf("the copy has %s printers", got)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The folders in the program have one migration each under the same name.
func TestDialectsHaveTheSameMigrations(t *testing.T) {
	t.Parallel()
	lite, err := fs.Glob(store.Migrations(dialect.SQLite), "*.sql")
	ok(t, err)
	post, err := fs.Glob(store.Migrations(dialect.Postgres), "*.sql")
	ok(t, err)
	if fmt.Sprint(lite) != fmt.Sprint(post) {
		t.Errorf("%v and %v", lite, post)
	}
}
