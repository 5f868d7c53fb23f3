package store_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/internal/store"
)

func TestOpenNeedsOneDatabase(t *testing.T) {
	t.Parallel()
	for _, c := range []store.Config{{}, {Path: "a.db", URL: "postgres://localhost/a"}, {URL: "postgres://%"}} {
		if db, err := store.Open(t.Context(), c); err == nil {
			t.Errorf("%+v is opened: %v", c, db.Close())
		}
	}
}

// A bad URL is told without the password in it.
func TestOpenKeepsThePassword(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"postgres://me:hunter2@localhost:notaport/db", "postgres://me:hunter2@127.0.0.1:1/db?connect_timeout=1"} {
		_, err := store.Open(t.Context(), store.Config{URL: u})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error %v", err)
		}
	}
}

func TestDialectAndPing(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		want := dialect.SQLite
		if c.URL != "" {
			want = dialect.Postgres
		}
		if db.Dialect() != want || db.Driver().Dialect() != want {
			t.Errorf("dialects %q, %q", db.Dialect(), db.Driver().Dialect())
		}
		ok(t, db.Ping(t.Context()))
		ok(t, db.Close())
		if db.Ping(t.Context()) == nil {
			t.Error("a closed database answers")
		}
		ok(t, db.Close())
	})
}

// The path is a path, whatever characters it has, and what is made there is the owner's alone.
func TestSQLiteFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a folder?mode=memory&x#y%20z", "sölo print.db")
	db := open(t, store.Config{Path: path})
	exec(t, db, "CREATE TABLE a (b text)")
	ok(t, db.Close())

	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		info, err := os.Stat(name)
		ok(t, err)
		if runtime.GOOS != "windows" && info.Mode() != want {
			t.Errorf("%s is %v, want %v", name, info.Mode(), want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*-wal")); len(left) > 0 {
		t.Errorf("closing left %v", left)
	}
}

func TestSQLiteSettings(t *testing.T) {
	t.Parallel()
	db := open(t, store.Config{Path: filepath.Join(t.TempDir(), "test.db")})
	// PRAGMA goes to the writer; a table-valued pragma is a SELECT, for the readers.
	for statement, want := range map[string]string{
		"PRAGMA journal_mode": "wal", "PRAGMA synchronous": "2", "PRAGMA foreign_keys": "1", "PRAGMA query_only": "0",
		"PRAGMA recursive_triggers":                    "1",
		"SELECT foreign_keys FROM pragma_foreign_keys": "1",
		"SELECT query_only FROM pragma_query_only":     "1",
	} {
		if got := one(t, db, statement); got != want {
			t.Errorf("%s is %s, want %s", statement, got, want)
		}
	}
	if _, err := query(t.Context(), db.Driver(), `SELECT "no_such_column"`); err == nil {
		t.Error("a quoted name that is no column is taken for a string")
	}
	stats := db.Stats()
	if stats.Writer.MaxOpenConnections != 1 || stats.Readers.MaxOpenConnections < 2 {
		t.Errorf("pools of %d and %d", stats.Writer.MaxOpenConnections, stats.Readers.MaxOpenConnections)
	}
}

// A file that is no database is refused at once, not at the first query.
func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	ok(t, os.WriteFile(path, []byte(strings.Repeat("not a database", 100)), 0o600))
	if _, err := store.Open(t.Context(), store.Config{Path: path}); err == nil {
		t.Error("it is opened")
	}
}
