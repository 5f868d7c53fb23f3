package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"entgo.io/ent/dialect"
)

// backupsKept is how many nightly copies stay.
const backupsKept = 14

// backup copies the SQLite database into the data folder, one file a day, and removes the oldest. The master key is never
// copied: with both in one place the secrets would be no secrets.
func (a *App) backup(ctx context.Context) (string, error) {
	if a.DB.Dialect() != dialect.SQLite {
		return "nothing to do: PostgreSQL is backed up by its own tools", nil
	}
	dir := filepath.Join(a.Config.Data, "backups")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make folder of backups: %w", err)
	}
	name := "soloprint-" + a.Config.Clock.Now().Format(time.DateOnly) + ".db"
	if err := a.DB.Snapshot(ctx, filepath.Join(dir, name)); err != nil {
		return "", err
	}
	removed, err := prune(dir)
	return fmt.Sprintf("wrote %s, removed %d old ones", name, removed), err
}

// prune removes all copies but the newest: their names are in the order of their dates.
func prune(dir string) (removed int, err error) {
	all, err := filepath.Glob(filepath.Join(dir, "soloprint-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].db"))
	if err != nil {
		return 0, err
	}
	slices.Sort(all)
	for _, old := range all[:max(0, len(all)-backupsKept)] {
		if err := os.Remove(old); err != nil {
			return removed, fmt.Errorf("remove old backup: %w", err)
		}
		removed++
	}
	return removed, nil
}
