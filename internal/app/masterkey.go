package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/installation"
	"github.com/soloprint/soloprint/internal/secret"
)

// this is the name of the one row of installations.
const this = "this"

// ErrWrongKey says that a database was opened with another master key than the one that its secrets were encrypted with.
var ErrWrongKey = errors.New("the master key is not the one that this database's secrets are encrypted with: put that one in its place; without it they are lost")

// noKeyYet reports whether the master key is in a file that has to be made.
func noKeyYet(c Config, file string) bool {
	_, err := os.Stat(file)
	return c.MasterKey == "" && errors.Is(err, fs.ErrNotExist)
}

// checkKey compares the master key with the one that the database belongs to: the first that it was opened with. What is stored is
// a keyed hash of a constant, which says nothing of the key.
func checkKey(ctx context.Context, c *ent.Client, box *secret.Box) error {
	want := box.Hash("master key", this)
	known := c.Installation.Query().Where(installation.Name(this))
	row, err := known.Clone().Only(ctx)
	if ent.IsNotFound(err) {
		if err = c.Installation.Create().SetName(this).SetKeyCheck(want).Exec(ctx); err == nil {
			return nil
		}
		if !sqlgraph.IsUniqueConstraintError(err) {
			return fmt.Errorf("note master key: %w", err)
		}
		row, err = known.Only(ctx) // another server was first
	}
	if err != nil {
		return fmt.Errorf("read master key's check: %w", err)
	}
	if !secret.Equal(row.KeyCheck, want) {
		return ErrWrongKey
	}
	return nil
}
