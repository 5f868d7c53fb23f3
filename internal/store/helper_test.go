package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"

	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit/pgserver"
)

// These tests make their databases themselves: testkit gives migrated ones, by the code under test.

// eachEmpty runs a test on an empty database of each kind. Config opens the same database again.
func eachEmpty(t *testing.T, test func(t *testing.T, c store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, sqliteConfig(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, postgresConfig(t))
	})
}

func sqliteConfig(t *testing.T) store.Config {
	return store.Config{Path: filepath.Join(t.TempDir(), "test.db"), Volatile: true}
}

var server = sync.OnceValues(func() (*pgserver.Server, error) { return pgserver.Use(context.Background()) })

func postgresConfig(t *testing.T) store.Config {
	t.Helper()
	s, err := server()
	if errors.Is(err, pgserver.ErrNotInstalled) && os.Getenv("CI") != "true" && os.Getenv("SOLOPRINT_TEST_REQUIRE") != "1" {
		t.Skipf("NOT TESTED ON POSTGRESQL: %v", err)
	}
	ok(t, err)
	name := "store_test_" + strings.ToLower(rand.Text())
	admin := func(statement string) {
		conn, err := pgx.Connect(context.Background(), s.URL)
		ok(t, err)
		_, err = conn.Exec(context.Background(), statement)
		ok(t, err)
		ok(t, conn.Close(context.Background()))
	}
	admin("CREATE DATABASE " + name)
	t.Cleanup(func() { admin("DROP DATABASE " + name + " WITH (FORCE)") })
	u, err := s.Database(name)
	ok(t, err)
	return store.Config{URL: u, MaxConns: 8}
}

func open(t *testing.T, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), c)
	ok(t, err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// exec runs statements outside a transaction.
func exec(t testing.TB, db *store.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := db.Driver().Exec(t.Context(), s, []any{}, nil); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// query gives the rows of a statement as text, columns parted by a bar.
func query(ctx context.Context, q dialect.ExecQuerier, statement string, args ...any) ([]string, error) {
	var rows sql.Rows
	if err := q.Query(ctx, statement, args, &rows); err != nil {
		return nil, err
	}
	var found []string
	err := scan(rows, func(values []any) {
		text := make([]string, len(values))
		for i, v := range values {
			text[i] = fmt.Sprint(v)
			if at, isTime := v.(time.Time); isTime {
				text[i] = at.Format(time.RFC3339Nano)
			}
		}
		found = append(found, strings.Join(text, "|"))
	})
	return found, err
}

func scan(rows sql.Rows, row func(values []any)) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values := make([]any, len(columns))
		pointers := make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			return err
		}
		row(values)
	}
	return rows.Err()
}

// one is the only value of a statement's only row.
func one(t testing.TB, db *store.DB, statement string, args ...any) string {
	t.Helper()
	rows, err := query(t.Context(), db.Driver(), statement, args...)
	ok(t, err)
	if len(rows) != 1 {
		t.Fatalf("%s: %d rows", statement, len(rows))
	}
	return rows[0]
}

// files is a migrations folder with its sum file.
func files(t testing.TB, scripts map[string]string) fstest.MapFS {
	t.Helper()
	dir := migrate.OpenMemDir(t.Name())
	defer func() { ok(t, dir.Close()) }()
	fsys := fstest.MapFS{}
	for name, script := range scripts {
		ok(t, dir.WriteFile(name, []byte(script)))
		fsys[name] = &fstest.MapFile{Data: []byte(script)}
	}
	sum, err := dir.Checksum()
	ok(t, err)
	text, err := sum.MarshalText()
	ok(t, err)
	fsys[store.SumFile] = &fstest.MapFile{Data: text}
	return fsys
}
