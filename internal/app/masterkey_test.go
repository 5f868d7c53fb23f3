package app_test

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/soloprint/soloprint/internal/app"
	"github.com/soloprint/soloprint/internal/testkit"
)

// A database opens with the master key that it began with, and with no other.
func TestTheMasterKeyOfADatabase(t *testing.T) {
	for name, url := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return testkit.PostgresURL(t) }} {
		t.Run(name, func(t *testing.T) {
			c := app.Config{Addr: "127.0.0.1:0", Data: t.TempDir(), DatabaseURL: url(), Volatile: true, Log: slog.New(slog.DiscardHandler)}
			open := func(what string, want error) {
				t.Helper()
				a, err := app.New(t.Context(), c)
				if !errors.Is(err, want) {
					t.Fatalf("%s: %v, want %v", what, err, want)
				}
				if err == nil {
					if err := a.Close(); err != nil {
						t.Error(err)
					}
				}
			}
			file := filepath.Join(c.Data, "master.key")
			open("at first", nil)
			open("again", nil)
			key, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}

			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			open("without its file", app.ErrWrongKey)
			if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a new key was left in the place of the one that belongs there: %v", err)
			}
			c.MasterKey = base64.StdEncoding.EncodeToString(make([]byte, 32))
			open("with another from the environment", app.ErrWrongKey)
			c.MasterKey = ""
			if err := os.WriteFile(file, []byte(base64.StdEncoding.EncodeToString(make([]byte, 32))), 0o600); err != nil {
				t.Fatal(err)
			}
			open("with another file", app.ErrWrongKey)
			if _, err := os.Stat(file); err != nil {
				t.Errorf("the operator's file was removed: %v", err)
			}
			c.MasterKey = string(key)
			open("with its own from the environment", nil)
		})
	}
}
