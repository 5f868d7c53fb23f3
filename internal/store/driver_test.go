package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/internal/store"
)

// beginner is the part of the driver by which Ent begins with options.
type beginner interface {
	BeginTx(context.Context, *sql.TxOptions) (dialect.Tx, error)
}

// While one transaction writes, reads go on and see the last commit; a second writer waits for its turn.
func TestReadsDoNotWaitForTheWriter(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		exec(t, db, "CREATE TABLE a (b integer)", "INSERT INTO a VALUES (1)")
		tx, err := db.Driver().Tx(t.Context())
		ok(t, err)
		ok(t, tx.Exec(t.Context(), "INSERT INTO a VALUES (2)", []any{}, nil))

		for _, statement := range []string{"SELECT count(*) FROM a", "WITH x AS (SELECT * FROM a) SELECT count(*) FROM x"} {
			if got := one(t, db, statement); got != "1" {
				t.Errorf("%s sees %s rows", statement, got)
			}
		}
		ok(t, tx.Commit())
		if got := one(t, db, "SELECT count(*) FROM a"); got != "2" {
			t.Errorf("after the commit %s rows", got)
		}
	})
}

// A write that returns rows is a query for Ent and a write for the pools.
func TestReturning(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		exec(t, db, "CREATE TABLE a (b integer)")
		for _, statement := range []string{
			"INSERT INTO a VALUES (7) RETURNING b", "WITH x AS (SELECT 7 AS b) UPDATE a SET b = (SELECT b FROM x) RETURNING b",
		} {
			if got := one(t, db, statement); got != "7" {
				t.Errorf("%s gives %s", statement, got)
			}
		}
	})
}

// A reader refuses to write, even if a write got to it.
func TestReadersAreReadOnly(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		exec(t, db, "CREATE TABLE a (b integer)")
		tx, err := db.Driver().(beginner).BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
		ok(t, err)
		if err := tx.Exec(t.Context(), "INSERT INTO a VALUES (1)", []any{}, nil); err == nil {
			t.Error("a read-only transaction writes")
		}
		ok(t, tx.Rollback())
		if c.Path != "" {
			if _, err := query(t.Context(), db.Driver(), "SELECT 1; INSERT INTO a VALUES (1)"); err == nil {
				t.Error("a write behind a SELECT is run")
			}
		}
		if got := one(t, db, "SELECT count(*) FROM a"); got != "0" {
			t.Errorf("%s rows", got)
		}
	})
}

// A read-only transaction sees one state, and does not hold the writer.
func TestReadOnlyTx(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		exec(t, db, "CREATE TABLE a (b integer)")
		opts := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
		tx, err := db.Driver().(beginner).BeginTx(t.Context(), opts)
		ok(t, err)
		for range 2 {
			rows, err := query(t.Context(), tx, "SELECT count(*) FROM a")
			ok(t, err)
			if rows[0] != "0" {
				t.Errorf("sees %s rows", rows[0])
			}
			exec(t, db, "INSERT INTO a VALUES (1)")
		}
		ok(t, tx.Commit())
	})
}

func TestTxAfterCommit(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		exec(t, db, "CREATE TABLE a (b integer)")
		tx, err := db.Driver().Tx(t.Context())
		ok(t, err)
		ok(t, tx.Exec(t.Context(), "INSERT INTO a VALUES (1)", []any{}, nil))
		ok(t, tx.Commit())

		rows, err := query(t.Context(), tx, "SELECT b FROM a")
		if err != nil || len(rows) != 1 {
			t.Errorf("read after commit: %v, %v", rows, err)
		}
		refuses(t, tx.Exec(t.Context(), "INSERT INTO a VALUES (2)", []any{}, nil))
		for _, statement := range []string{
			"INSERT INTO a VALUES (2) RETURNING b", "WITH x AS (SELECT 2 AS b) INSERT INTO a SELECT b FROM x RETURNING b",
		} {
			_, err = query(t.Context(), tx, statement)
			refuses(t, err)
		}
		if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			t.Errorf("rollback after commit: %v", err)
		}
		if _, err := query(t.Context(), tx, "SELECT b FROM a"); err != nil {
			t.Errorf("read after a deferred rollback: %v", err)
		}
		if got := one(t, db, "SELECT count(*) FROM a"); got != "1" {
			t.Errorf("%s rows", got)
		}
	})
}

func TestTxAfterRollback(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		exec(t, db, "CREATE TABLE a (b integer)")
		tx, err := db.Driver().Tx(t.Context())
		ok(t, err)
		ok(t, tx.Exec(t.Context(), "INSERT INTO a VALUES (1)", []any{}, nil))
		ok(t, tx.Rollback())

		refuses(t, tx.Exec(t.Context(), "INSERT INTO a VALUES (2)", []any{}, nil))
		_, err = query(t.Context(), tx, "SELECT b FROM a")
		refuses(t, err)
		if got := one(t, db, "SELECT count(*) FROM a"); got != "0" {
			t.Errorf("%s rows", got)
		}
	})
}

// A transaction whose context ends is rolled back; its commit fails and then nothing is read through it.
func TestTxOfAnEndedContext(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		exec(t, db, "CREATE TABLE a (b integer)")
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := db.Driver().Tx(ctx)
		ok(t, err)
		ok(t, tx.Exec(ctx, "INSERT INTO a VALUES (1)", []any{}, nil))
		cancel()
		if tx.Commit() == nil {
			t.Error("it is committed")
		}
		_, err = query(t.Context(), tx, "SELECT b FROM a")
		refuses(t, err)
		if got := one(t, db, "SELECT count(*) FROM a"); got != "0" {
			t.Errorf("%s rows", got)
		}
	})
}

func refuses(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrTxEnded) {
		t.Errorf("error %v, want %v", err, store.ErrTxEnded)
	}
}

// Writers and readers work at once, in two processes' worth of pools on one database: nobody meets a busy database, and
// each reads what it has written.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	const writers, writes, reading = 6, 30, 3
	eachEmpty(t, func(t *testing.T, c store.Config) {
		dbs := []*store.DB{open(t, c), open(t, c)}
		exec(t, dbs[0], "CREATE TABLE a (writer integer, n integer)")
		var (
			work sync.WaitGroup
			done = make(chan struct{})
			seen atomic.Int64
		)
		for w := range writers {
			work.Go(func() { write(t, dbs[w%2], w, writes) })
		}
		var readers sync.WaitGroup
		for r := range reading {
			readers.Go(func() { seen.Add(read(t, dbs[r%2], done)) })
		}
		work.Wait()
		close(done)
		readers.Wait()
		if got := one(t, dbs[1], "SELECT count(*) FROM a"); got != fmt.Sprint(writers*writes) {
			t.Errorf("%s rows", got)
		}
		if seen.Load() == 0 {
			t.Error("nothing was read")
		}
	})
}

func write(t *testing.T, db *store.DB, writer, writes int) {
	for n := range writes {
		tx, err := db.Driver().Tx(t.Context())
		if err != nil {
			t.Errorf("begin: %v", err)
			return
		}
		// It reads before it writes: a transaction that is not immediate could not become a writer then.
		_, err = query(t.Context(), tx, "SELECT count(*) FROM a")
		err = errors.Join(err, tx.Exec(t.Context(), fmt.Sprintf("INSERT INTO a VALUES (%d, %d)", writer, n), []any{}, nil))
		if err = errors.Join(err, tx.Commit()); err != nil {
			t.Errorf("write: %v", err)
			return
		}
		rows, err := query(t.Context(), db.Driver(), fmt.Sprintf("SELECT count(*) FROM a WHERE writer = %d", writer))
		if err != nil || rows[0] != fmt.Sprint(n+1) {
			t.Errorf("own writes: %v, %v, want %d", rows, err, n+1)
			return
		}
	}
}

func read(t *testing.T, db *store.DB, done chan struct{}) (n int64) {
	for {
		select {
		case <-done:
			return n
		default:
		}
		if _, err := query(t.Context(), db.Driver(), "SELECT writer, max(n) FROM a GROUP BY writer"); err != nil {
			t.Errorf("read: %v", err)
			return n
		}
		n++
	}
}

// A time comes back as it was, in UTC, and compares as a time, whatever zone it was given in.
func TestTimes(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		kind, p := "datetime", "?"
		if c.URL != "" {
			kind, p = "timestamptz", "$1"
		}
		exec(t, db, "CREATE TABLE a (at "+kind+" NOT NULL)")
		start := time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
		for i := range 5 {
			at := start.Add(time.Duration(i) * time.Microsecond).In(time.FixedZone("east", 5*3600))
			ok(t, db.Driver().Exec(t.Context(), "INSERT INTO a VALUES ("+p+")", []any{at}, nil))
		}

		rows, err := query(t.Context(), db.Driver(), "SELECT at FROM a ORDER BY at")
		ok(t, err)
		for i, got := range rows {
			if want := start.Add(time.Duration(i) * time.Microsecond).Format(time.RFC3339Nano); got != want {
				t.Errorf("row %d is %s, want %s", i, got, want)
			}
		}
		after := start.Add(2 * time.Microsecond).In(time.FixedZone("west", -7*3600))
		for operator, want := range map[string]string{"<": "2", "=": "1", ">=": "3"} {
			if got := one(t, db, "SELECT count(*) FROM a WHERE at "+operator+" "+p, after); got != want {
				t.Errorf("%s finds %s rows, want %s", operator, got, want)
			}
		}
	})
}

func TestCounter(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, c store.Config) {
		db := open(t, c)
		exec(t, db, "CREATE TABLE a (b integer)")
		ctx, counter := store.WithCounter(t.Context())
		tx, err := db.Driver().Tx(ctx)
		ok(t, err)
		ok(t, tx.Exec(ctx, "INSERT INTO a VALUES (1)", []any{}, nil))
		ok(t, tx.Commit())
		_, err = query(ctx, tx, "SELECT b FROM a")
		ok(t, err)
		_, err = query(t.Context(), db.Driver(), "SELECT 2")
		ok(t, err)

		want := []string{"INSERT INTO a VALUES (1)", "SELECT b FROM a"}
		if got := counter.Statements(); counter.Count() != 2 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("counted %q", got)
		}
		counter.Reset()
		if counter.Count() != 0 {
			t.Error("the counter is not reset")
		}
	})
}
