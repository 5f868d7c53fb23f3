package e2e_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/soloprint/soloprint/internal/testkit/pgserver"
)

// database is where the server under test keeps its rows. Tests look into it from outside, as an operator with a shell.
type database struct {
	path string // SQLite
	url  string // PostgreSQL
}

// sqliteInData stands for the database in the server's data folder.
const sqliteInData = "in the data folder"

// eachDatabase runs a test on both kinds, in parallel.
func eachDatabase(t *testing.T, test func(t *testing.T, db database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, database{path: sqliteInData})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, database{url: postgresDatabase(t)})
	})
}

func (d database) flags() []string {
	if d.url == "" {
		return nil
	}
	return []string{"--database-url", d.url}
}

// postgres is the server that the environment names, or one that ends with this process.
var postgres = sync.OnceValues(func() (*pgserver.Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	return pgserver.Use(ctx)
})

// postgresDatabase makes an empty database, which goes with the test. Without a PostgreSQL the test is skipped, or fails
// where it may not be: in CI, and with SOLOPRINT_TEST_REQUIRE=1.
func postgresDatabase(t testing.TB) string {
	t.Helper()
	server, err := postgres()
	required := os.Getenv("CI") == "true" || os.Getenv("SOLOPRINT_TEST_REQUIRE") == "1"
	if errors.Is(err, pgserver.ErrNotInstalled) && !required {
		t.Skipf("NOT TESTED ON POSTGRESQL: %v; %s may name a server", err, pgserver.Variable)
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	name := "soloprint_e2e_" + strings.ToLower(rand.Text())
	admin := database{url: server.URL}
	admin.exec(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { admin.exec(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := server.Database(name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// open connects. Reading does not disturb a running server.
func (d database) open(t testing.TB, write bool) *sql.DB {
	t.Helper()
	driver, name := "pgx", d.url
	if d.url == "" {
		driver, name = "sqlite", "file:"+d.path+"?_pragma=busy_timeout(20000)"
		if !write {
			name += "&mode=ro"
		}
	}
	pool, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	return pool
}

// exec changes the database behind the server's back. On SQLite only while it is down.
func (d database) exec(t testing.TB, statement string) {
	t.Helper()
	pool := d.open(t, true)
	defer pool.Close()
	if _, err := pool.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// read runs f on one state of the database, whatever is written meanwhile.
func (d database) read(t testing.TB, f func(v *view)) {
	t.Helper()
	pool := d.open(t, false)
	defer pool.Close()
	options := &sql.TxOptions{}
	if d.url != "" {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := pool.BeginTx(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	f(&view{t: t, tx: tx, postgres: d.url != ""})
}

// view is one state of the database.
type view struct {
	t        testing.TB
	tx       *sql.Tx
	postgres bool
}

// rows reads a whole result. A question mark stands for an argument.
func (v *view) rows(query string, args ...any) [][]any {
	v.t.Helper()
	if v.postgres {
		query = numbered(query)
	}
	rows, err := v.tx.QueryContext(v.t.Context(), query, args...)
	if err != nil {
		v.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		v.t.Fatal(err)
	}
	var out [][]any
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			v.t.Fatalf("%s: %v", query, err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		v.t.Fatalf("%s: %v", query, err)
	}
	return out
}

// numbered turns question marks into $1, $2 …
func numbered(query string) string {
	var b strings.Builder
	n := 0
	for _, r := range query {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	return b.String()
}

// count is the number that a query answers.
func (v *view) count(query string, args ...any) int {
	v.t.Helper()
	rows := v.rows(query, args...)
	if len(rows) != 1 || len(rows[0]) != 1 {
		v.t.Fatalf("%s answers no single number: %v", query, rows)
	}
	return int(number(rows[0][0]))
}

// number is a column as a number; NULL is 0.
func number(v any) float64 {
	switch n := v.(type) {
	case nil:
		return 0
	case int64:
		return float64(n)
	case float64:
		return n
	case bool:
		if n {
			return 1
		}
		return 0
	case []byte:
		return parse(string(n))
	case string:
		return parse(n)
	}
	return parse(fmt.Sprint(v))
}

func parse(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("%q is no number", s))
	}
	return n
}

// text is a column as a text; NULL is "".
func text(v any) string {
	switch s := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(s)
	case string:
		return s
	}
	return fmt.Sprint(v)
}

// micros is an expression for a column of times as microseconds since 1970.
func (v *view) micros(column string) string {
	if v.postgres {
		return "CAST(EXTRACT(EPOCH FROM " + column + ") * 1000000 AS BIGINT)"
	}
	return "CAST(" + column + " AS INTEGER)"
}

// overdue moves the deadlines of dispatches whose start was sent into the past, as if a minute had gone by while the server
// was down.
func (d database) overdue(t testing.TB) {
	t.Helper()
	past := strconv.FormatInt(time.Now().Add(-time.Second).UnixMicro(), 10)
	if d.url != "" {
		past = "now() - interval '1 second'"
	}
	d.exec(t, "UPDATE prints SET start_deadline_at = "+past+" WHERE state = 'dispatching' AND phase = 'starting'")
}

// events counts an organization's events of a type about a subject.
func (d database) events(t testing.TB, eventType, subject string) (n int) {
	t.Helper()
	d.read(t, func(v *view) {
		n = v.count("SELECT COUNT(*) FROM events WHERE type = ? AND subject_id = ?", eventType, subject)
	})
	return n
}
