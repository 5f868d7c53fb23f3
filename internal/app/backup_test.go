package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// One copy a day, only the owner can read it, the newest fourteen stay, and what else lies there is left alone.
func TestBackup(t *testing.T) {
	now := clock.NewFake(time.Date(2026, 4, 2, 2, 30, 0, 0, time.UTC))
	a := &App{Config: Config{Data: t.TempDir(), Clock: now}, DB: testkit.SQLite(t)}
	dir := filepath.Join(a.Config.Data, "backups")
	names := func() []string {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}
	for day := range 16 {
		says, err := a.backup(t.Context())
		if err != nil || !strings.HasPrefix(says, "wrote soloprint-2026-04-") {
			t.Fatalf("night %d: %q, %v", day, says, err)
		}
		if day == 0 {
			if err := os.WriteFile(filepath.Join(dir, "mine.db"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := a.backup(t.Context()); err != nil || !slices.Equal(names(), []string{"mine.db", "soloprint-2026-04-02.db"}) {
				t.Errorf("twice a day: %v, %v", names(), err)
			}
		}
		now.Advance(24 * time.Hour)
	}
	if all := names(); len(all) != 15 || all[1] != "soloprint-2026-04-04.db" || all[14] != "soloprint-2026-04-17.db" {
		t.Errorf("there are %v", all)
	}
	last := filepath.Join(dir, "soloprint-2026-04-17.db")
	if info, err := os.Stat(last); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	copied, err := store.Open(t.Context(), store.Config{Path: last})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context(), copied); err != nil {
		t.Errorf("the copy is no database of ours: %v", err)
	}
	if err := copied.Close(); err != nil {
		t.Error(err)
	}
}

func TestPostgresIsBackedUpByItsOwnTools(t *testing.T) {
	a := &App{Config: Config{Data: t.TempDir()}, DB: testkit.Postgres(t)}
	if says, err := a.backup(t.Context()); err != nil || !strings.Contains(says, "its own tools") {
		t.Errorf("%q, %v", says, err)
	}
}
