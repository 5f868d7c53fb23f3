package store

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// A connection is given back to the server when it was idle or alive for so long: a failover or a new password is noticed.
const (
	postgresIdleTime = 5 * time.Minute
	postgresLifetime = time.Hour
)

// A server that was stopped in the middle of a transaction holds rows that all others wait for: PostgreSQL ends the session
// for it, before the others' operations are over (op.Timeout). The database URL may say otherwise.
const (
	abandoned     = "idle_in_transaction_session_timeout"
	abandonedTime = "8s"
)

func (db *DB) openPostgres(ctx context.Context) error {
	db.dialect = dialect.Postgres
	c, err := pgx.ParseConfig(db.config.URL)
	if err != nil {
		return fmt.Errorf("store: database URL: %w", err) // pgx leaves the password out of this error
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "soloprint"
	}
	c.RuntimeParams["timezone"] = "UTC"
	if c.RuntimeParams[abandoned] == "" {
		c.RuntimeParams[abandoned] = abandonedTime
	}

	pool := stdlib.OpenDB(*c, stdlib.OptionAfterConnect(readTimesInUTC))
	pool.SetMaxOpenConns(db.config.MaxConns)
	pool.SetMaxIdleConns(db.config.MaxConns)
	pool.SetConnMaxIdleTime(postgresIdleTime)
	pool.SetConnMaxLifetime(postgresLifetime)
	db.writer, db.readers = pool, pool
	return db.Ping(ctx)
}

// readTimesInUTC makes pgx give times as SQLite does; by default they come in the zone of the machine.
func readTimesInUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
