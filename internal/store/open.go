package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// Config says which database to open: Path or URL, exactly one of them.
type Config struct {
	// Path is the SQLite file. It and its folder are made when they are missing, readable by the owner alone.
	Path string
	// URL names a PostgreSQL database: postgres://user:password@host/name, or any form that libpq reads.
	URL string
	// MaxConns bounds the PostgreSQL pool; 0 means 16. SQLite has one writer and as many readers as processors.
	MaxConns int
	// BusyTimeout is how long a SQLite statement waits for another process that writes; 0 means 10 seconds.
	BusyTimeout time.Duration
	// Volatile leaves out the fsync of each commit: for tests, whose database may be lost with the machine.
	Volatile bool
	// Log tells of migrations; nil keeps quiet.
	Log *slog.Logger
}

const (
	defaultMaxConns    = 16
	defaultBusyTimeout = 10 * time.Second
)

// DB is an open database. Its methods are safe for concurrent use.
type DB struct {
	dialect string
	config  Config
	log     *slog.Logger

	// writer and readers are the same pool on PostgreSQL.
	writer, readers *sql.DB

	closing  sync.Once
	closeErr error
}

// Open opens the database and checks that it can be used: it answers, and SQLite is new enough and not on a network
// filesystem. It does not migrate.
func Open(ctx context.Context, c Config) (*DB, error) {
	c = c.withDefaults()
	db := &DB{config: c, log: c.Log}

	var err error
	switch {
	case c.Path != "" && c.URL != "":
		return nil, errors.New("store: a SQLite path and a PostgreSQL URL are given; one is needed")
	case c.Path != "":
		err = db.openSQLite(ctx)
	case c.URL != "":
		err = db.openPostgres(ctx)
	default:
		return nil, errors.New("store: neither a SQLite path nor a PostgreSQL URL is given")
	}
	if err != nil {
		return nil, errors.Join(err, db.closePools())
	}
	return db, nil
}

func (c Config) withDefaults() Config {
	if c.MaxConns <= 0 {
		c.MaxConns = defaultMaxConns
	}
	if c.BusyTimeout <= 0 {
		c.BusyTimeout = defaultBusyTimeout
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Dialect is dialect.SQLite or dialect.Postgres.
func (db *DB) Dialect() string { return db.dialect }

// Path is the SQLite file, or "" on PostgreSQL.
func (db *DB) Path() string { return db.config.Path }

// Driver is the database as Ent uses it: ent.NewClient(ent.Driver(db.Driver())). Closing it closes the database.
func (db *DB) Driver() dialect.Driver {
	return &driver{
		db:      db,
		writer:  entsql.OpenDB(db.dialect, db.writer),
		readers: entsql.OpenDB(db.dialect, db.readers),
	}
}

// Ping reports whether the database answers. On SQLite it asks a reader, so that a long write does not look like an outage.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.readers.PingContext(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// Stats describes the pools. On PostgreSQL both are the one pool.
type Stats struct{ Writer, Readers sql.DBStats }

// Stats is how busy the pools are now.
func (db *DB) Stats() Stats {
	return Stats{Writer: db.writer.Stats(), Readers: db.readers.Stats()}
}

// checkpointTimeout bounds how long Close waits for other processes that read the file.
const checkpointTimeout = 5 * time.Second

// Close waits for running statements and closes the pools. On SQLite it first moves the write-ahead log into the file, so
// that the file alone is the database. Only the first call does anything.
func (db *DB) Close() error {
	db.closing.Do(func() {
		if db.dialect == dialect.SQLite {
			db.checkpoint()
		}
		db.closeErr = db.closePools()
	})
	return db.closeErr
}

// checkpoint may fail, because another process reads: then the log stays beside the file, and nothing is lost.
func (db *DB) checkpoint() {
	ctx, cancel := context.WithTimeout(context.Background(), checkpointTimeout)
	defer cancel()
	// The readers go first: an open read keeps the log from being truncated.
	err := db.readers.Close()
	if err == nil {
		_, err = db.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if err != nil {
		db.log.WarnContext(ctx, "the write-ahead log stays beside the database", "error", err)
	}
}

func (db *DB) closePools() error {
	var errs []error
	for _, pool := range []*sql.DB{db.readers, db.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}
