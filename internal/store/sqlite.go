package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"modernc.org/sqlite"
)

// minSQLite is the first version without the write-ahead log corruption that a checkpoint racing a writer could cause
// (https://sqlite.org/wal.html, "the WAL-reset bug").
const minSQLite = "3.51.3"

// The page caches of the writer and of each reader. What dispatches read of the indexes of 100,000 items fits into the writer's.
// Each takes twice as much memory, because a page with its header is a little more than the power of two that the allocator
// rounds up to: a roster of 50,000 fills the writer's, and all of it has to stay below 128 MiB.
const (
	writerCacheKiB = 8 << 10
	readerCacheKiB = 4 << 10
)

// walLimit is the size in bytes to which the write-ahead log is cut back after a burst of writes.
const walLimit = 64 << 20

// migrationTimeout is how long a server waits for another one that is migrating the same file.
const migrationTimeout = 10 * time.Minute

// access is what a connection to the SQLite file may do.
type access int

const (
	reading access = iota
	writing
	migrating
)

func (db *DB) openSQLite(ctx context.Context) error {
	db.dialect = dialect.SQLite
	if err := createFile(db.config.Path); err != nil {
		return err
	}
	if err := refuseNetworkFilesystem(filepath.Dir(db.config.Path)); err != nil {
		return err
	}

	var err error
	if db.writer, err = db.sqlitePool(writing, 1); err != nil {
		return err
	}
	// The writer goes first: it turns on the write-ahead log, which a reader may not.
	if err := checkSQLite(ctx, db.writer); err != nil {
		return err
	}
	if db.readers, err = db.sqlitePool(reading, max(2, runtime.GOMAXPROCS(0))); err != nil {
		return err
	}
	return db.Ping(ctx)
}

// createFile makes the folder and the file for the owner alone; SQLite would follow the umask, and gives its log the
// permissions of the file. An existing file is never opened here: closing it would drop the POSIX locks that another
// connection of this process holds on it.
func createFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("store: make the database folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("store: make the database file: %w", err)
	}
	return f.Close()
}

// sqlitePool opens connections that stay open: opening one costs more than most statements.
func (db *DB) sqlitePool(a access, size int) (*sql.DB, error) {
	name, err := db.sqliteDSN(a)
	if err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", db.config.Path, err)
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

func (db *DB) sqliteDSN(a access) (string, error) {
	path, err := filepath.Abs(db.config.Path)
	if err != nil {
		return "", fmt.Errorf("store: database path: %w", err)
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/data/soloprint.db
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: db.sqliteQuery(a).Encode()}
	return u.String(), nil
}

// sqliteQuery lists the settings of a connection. Times are integers (microseconds since 1970): as text a range of times
// finds nothing. A column of times is read as times; an expression over one, such as max(created_at), as its integer.
func (db *DB) sqliteQuery(a access) url.Values {
	q := url.Values{
		"_time_integer_format": {"unix_micro"},
		"_inttotime":           {"1"},
		"_dqs":                 {"0"}, // "name" is a column, never a string
		"_defensive":           {"1"},
		"_busy_timeout":        {strconv.FormatInt(db.config.BusyTimeout.Milliseconds(), 10)},
		"_foreign_keys":        {"1"},
	}
	if a == reading {
		q.Set("_query_only", "1")
		q.Set("_pragma", fmt.Sprintf("cache_size(-%d)", readerCacheKiB))
		return q
	}
	q.Set("_txlock", "immediate")
	q.Set("_journal_mode", "WAL")
	q.Set("_synchronous", "FULL")
	if db.config.Volatile {
		q.Set("_synchronous", "OFF")
	}
	// recursive_triggers: without it REPLACE removes a row past the trigger that forbids it.
	q["_pragma"] = []string{fmt.Sprintf("journal_size_limit(%d)", walLimit), "recursive_triggers(1)", fmt.Sprintf("cache_size(-%d)", writerCacheKiB)}
	if a == migrating {
		q.Set("_busy_timeout", strconv.FormatInt(migrationTimeout.Milliseconds(), 10))
		// legacy_alter_table: a rebuilt table takes the old one's name while the triggers of others name it.
		q.Set("_foreign_keys", "0")
		q.Add("_pragma", "legacy_alter_table(1)")
	}
	return q
}

// checkSQLite refuses a SQLite that is too old and a file that cannot keep a write-ahead log.
func checkSQLite(ctx context.Context, pool *sql.DB) error {
	var version, journal string
	if err := pool.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return fmt.Errorf("store: open the database: %w", err)
	}
	if !atLeast(version, minSQLite) {
		return fmt.Errorf("store: SQLite %s is too old: %s or newer is needed", version, minSQLite)
	}
	if err := pool.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal); err != nil {
		return fmt.Errorf("store: journal mode: %w", err)
	}
	if journal != "wal" {
		return fmt.Errorf("store: the journal mode is %q: the filesystem cannot keep a write-ahead log", journal)
	}
	return nil
}

// atLeast compares dotted version numbers; a part that is no number counts as 0.
func atLeast(version, least string) bool {
	have, want := strings.Split(version, "."), strings.Split(least, ".")
	for i := range want {
		var h, w int
		if i < len(have) {
			h, _ = strconv.Atoi(have[i])
		}
		w, _ = strconv.Atoi(want[i])
		if h != w {
			return h > w
		}
	}
	return true
}
