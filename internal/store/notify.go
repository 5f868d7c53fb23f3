package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Times of a connection that listens.
const (
	listenSilence = 30 * time.Second // without a word after which it is asked whether the server is still there
	listenTimeout = 10 * time.Second // for connecting and asking
)

// ErrNoChannels is the answer where the database has no way to tell others: SQLite, which has one server.
var ErrNoChannels = errors.New("store: this database does not notify")

// Notify tells everybody who listens to the channel of each payload, after the commits before it. It is a statement of its
// own: inside a transaction it would make all commits of the database wait for each other.
func (db *DB) Notify(ctx context.Context, channel string, payloads []string) error {
	if db.dialect != dialect.Postgres {
		return ErrNoChannels
	}
	if _, err := db.writer.ExecContext(ctx, "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload", channel, payloads); err != nil {
		return fmt.Errorf("store: notify: %w", err)
	}
	return nil
}

// Listen hears the channel on a connection of its own until that breaks or the context ends. heard is called with "" once it
// listens, because something may have been said before, then with each payload.
func (db *DB) Listen(ctx context.Context, channel string, heard func(payload string)) error {
	if db.dialect != dialect.Postgres {
		return ErrNoChannels
	}
	conn, err := db.listener(ctx, channel)
	if err != nil {
		return fmt.Errorf("store: listen: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	heard("")
	for {
		said, err := wait(ctx, conn)
		if err != nil {
			return fmt.Errorf("store: listen: %w", err)
		}
		if said != nil {
			heard(said.Payload)
		}
	}
}

func (db *DB) listener(ctx context.Context, channel string) (*pgx.Conn, error) {
	c, err := pgx.ParseConfig(db.config.URL)
	if err != nil {
		return nil, err
	}
	c.RuntimeParams["application_name"] = "soloprint listening"
	ctx, cancel := context.WithTimeout(ctx, listenTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return conn, nil
}

// wait is the next word, or nil where there was none for a while and the server still answers: a connection that a firewall
// forgot looks like a quiet one.
func wait(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	quiet, cancel := context.WithTimeout(ctx, listenSilence)
	defer cancel()
	said, err := conn.WaitForNotification(quiet)
	if err == nil || ctx.Err() != nil || quiet.Err() == nil {
		return said, err
	}
	asked, cancel := context.WithTimeout(ctx, listenTimeout)
	defer cancel()
	_, err = conn.Exec(asked, "SELECT 1")
	return nil, err
}
