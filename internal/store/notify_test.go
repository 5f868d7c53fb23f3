package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Who listens hears what is said once they listen, and learns where the connection is cut.
func TestNotify(t *testing.T) {
	db := testkit.Postgres(t)
	heard, ended := make(chan string, 10), make(chan error, 1)
	go func() { ended <- db.Listen(t.Context(), "the \"channel\"", func(s string) { heard <- s }) }()
	want := func(words ...string) {
		t.Helper()
		for _, word := range words {
			select {
			case got := <-heard:
				if got != word {
					t.Errorf("heard %q, want %q", got, word)
				}
			case err := <-ended:
				t.Fatal(err)
			case <-time.After(20 * time.Second):
				t.Fatalf("%q was not heard", word)
			}
		}
	}
	want("")
	for _, err := range []error{db.Notify(t.Context(), "another", []string{"x"}), db.Notify(t.Context(), "the \"channel\"", []string{"org_a", "it's"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want("org_a", "it's")
	rows := []any{}
	if err := db.Driver().Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'soloprint listening' AND datname = current_database()", rows, nil); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it ended without an error")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("a cut was not noticed")
	}
}

func TestListenEndsWithItsContext(t *testing.T) {
	db := testkit.Postgres(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := db.Listen(ctx, "x", func(string) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestSQLiteDoesNotNotify(t *testing.T) {
	db := testkit.SQLite(t)
	if err := db.Notify(t.Context(), "x", nil); !errors.Is(err, store.ErrNoChannels) {
		t.Error(err)
	}
	if err := db.Listen(t.Context(), "x", nil); !errors.Is(err, store.ErrNoChannels) {
		t.Error(err)
	}
}
