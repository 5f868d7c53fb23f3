package testkit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"

	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit/pgserver"
)

// postgresServer starts or finds the server once per process. It ends with the process.
var postgresServer = sync.OnceValues(func() (*postgres, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := pgserver.Use(ctx)
	if err != nil {
		return nil, err
	}
	p := &postgres{server: server}
	return p, p.prepare(ctx)
})

// postgres makes databases on a server by copying a migrated one.
type postgres struct {
	server   *pgserver.Server
	template string
}

// templateLock is the advisory lock under which processes that share a server make the template ("sprttmpl").
const templateLock int64 = 0x73707274746d706c

// prepare makes the template unless another process has. Its name says which migrations it has; the name comes last, so
// that a half made one is never used.
func (p *postgres) prepare(ctx context.Context) error {
	sums, err := fs.ReadFile(store.Migrations(dialect.Postgres), store.SumFile)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(sums)
	p.template = "soloprint_template_" + hex.EncodeToString(sum[:6])

	return p.admin(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
			return err
		}
		var exists bool
		query := "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
		if err := conn.QueryRow(ctx, query, p.template).Scan(&exists); err != nil || exists {
			return err
		}
		return p.makeTemplate(ctx, conn)
	})
}

func (p *postgres) makeTemplate(ctx context.Context, conn *pgx.Conn) error {
	unfinished := p.template + "_unfinished"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + unfinished, "CREATE DATABASE " + unfinished} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	u, err := p.server.Database(unfinished)
	if err != nil {
		return err
	}
	if err := migrated(store.Config{URL: u, MaxConns: 1}); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+p.template)
	return err
}

// create makes a database and gives its URL.
func (p *postgres) create(ctx context.Context) (string, error) {
	name := "soloprint_test_" + strings.ToLower(rand.Text())
	err := p.admin(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+p.template)
		return err
	})
	if err != nil {
		return "", err
	}
	return p.server.Database(name)
}

// drop removes a database that create made, with whoever is still connected.
func (p *postgres) drop(ctx context.Context, databaseURL string) error {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return fmt.Errorf("the database's URL: %w", err)
	}
	return p.admin(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "DROP DATABASE "+strings.TrimPrefix(u.Path, "/")+" WITH (FORCE)")
		return err
	})
}

// admin runs f on a connection to the server's own database. Its locks end with it.
func (p *postgres) admin(ctx context.Context, f func(conn *pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, p.server.URL)
	if err != nil {
		return err
	}
	err = f(conn)
	return errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
}
