package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"

	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit/pgserver"
)

// scratch gives empty databases to compare.
type scratch struct {
	dir    string
	server *pgserver.Server
	count  int
}

func newScratch(ctx context.Context) (*scratch, error) {
	dir, err := os.MkdirTemp("", "soloprint-migrategen-")
	if err != nil {
		return nil, err
	}
	return &scratch{dir: dir}, nil
}

// close removes what open made.
func (s *scratch) close() error {
	err := os.RemoveAll(s.dir)
	if s.server != nil {
		err = errors.Join(err, s.server.Stop())
	}
	return err
}

// open makes an empty database. The function that it returns closes and removes it.
func (s *scratch) open(ctx context.Context, name string) (*store.DB, func() error, error) {
	s.count++
	if name == dialect.SQLite {
		path := filepath.Join(s.dir, fmt.Sprintf("%d.db", s.count))
		db, err := store.Open(ctx, store.Config{Path: path, Volatile: true})
		if err != nil {
			return nil, nil, err
		}
		return db, db.Close, nil
	}
	return s.openPostgres(ctx)
}

func (s *scratch) openPostgres(ctx context.Context) (*store.DB, func() error, error) {
	if s.server == nil {
		server, err := pgserver.Use(ctx)
		if err != nil {
			return nil, nil, err
		}
		s.server = server
	}
	name := fmt.Sprintf("migrategen_%d_%d", os.Getpid(), s.count)
	if err := s.admin(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, nil, err
	}
	u, err := s.server.Database(name)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, store.Config{URL: u})
	if err != nil {
		return nil, nil, err
	}
	return db, func() error {
		return errors.Join(db.Close(), s.admin(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)"))
	}, nil
}

// admin runs a statement on the server's own database.
func (s *scratch) admin(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.server.URL)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}
