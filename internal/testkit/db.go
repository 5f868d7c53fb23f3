package testkit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit/pgserver"
)

// EachDB runs a test on SQLite and on PostgreSQL, in parallel: two subtests, each with an empty migrated database of its
// own. They run once the function that calls EachDB has returned, as parallel subtests do.
func EachDB(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	for _, d := range Databases() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			test(t, d.Open(t))
		})
	}
}

// Database is a kind of database to test on.
type Database struct {
	Name string
	// Open gives an empty migrated database that goes with the test.
	Open func(t testing.TB) *store.DB
}

// Databases lists the kinds, for tests that loop over more than databases.
func Databases() []Database {
	return []Database{{Name: "sqlite", Open: SQLite}, {Name: "postgres", Open: Postgres}}
}

// SQLite gives an empty migrated SQLite database: a copy of a file that the process migrated once.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("migrate a SQLite database: %v", err)
	}
	path := filepath.Join(t.TempDir(), "soloprint.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatalf("copy a SQLite database: %v", err)
	}
	return open(t, store.Config{Path: path, Volatile: true})
}

// sqliteTemplate is made once per process: migrating takes longer than most tests.
var sqliteTemplate = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "soloprint-template-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "soloprint.db")
	if err := migrated(store.Config{Path: path, Volatile: true}); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // closing has moved everything into this one file
})

// migrated makes a database ready to be copied.
func migrated(c store.Config) (err error) {
	ctx := context.Background()
	db, err := store.Open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return store.Migrate(ctx, db)
}

func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return db
}

// Postgres gives an empty migrated PostgreSQL database: a copy of one that was migrated once on the server. Without a
// PostgreSQL the test is skipped, or fails where it may not be: in CI, and with SOLOPRINT_TEST_REQUIRE=1.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return open(t, store.Config{URL: PostgresURL(t), MaxConns: testConns})
}

// PostgresURL is Postgres for tests that start a program: it names the database.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server, err := postgresServer()
	if errors.Is(err, pgserver.ErrNotInstalled) && !required() {
		t.Skipf("NOT TESTED ON POSTGRESQL: %v; %s may name a server", err, pgserver.Variable)
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	u, err := server.create(t.Context())
	if err != nil {
		t.Fatalf("create a PostgreSQL database: %v", err)
	}
	t.Cleanup(func() {
		if err := server.drop(context.Background(), u); err != nil {
			t.Errorf("drop the PostgreSQL database: %v", err)
		}
	})
	return u
}

// testConns lets many databases be open on one server at once.
const testConns = 6

func required() bool {
	return os.Getenv("CI") == "true" || os.Getenv("SOLOPRINT_TEST_REQUIRE") == "1"
}
