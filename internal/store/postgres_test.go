package store_test

import (
	"context"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// A server that is frozen in the middle of a transaction holds its rows only until PostgreSQL ends its session: another
// one's write waits for that, and goes on. Here the time is shorter than the default, which is asked for by name.
func TestAFrozenServerDoesNotHoldTheOthers(t *testing.T) {
	url := testkit.PostgresURL(t)
	ours := open(t, store.Config{URL: url, MaxConns: 2})
	frozen := open(t, store.Config{URL: url + "&idle_in_transaction_session_timeout=300ms", MaxConns: 2})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	exec := func(d interface {
		Exec(context.Context, string, any, any) error
	}, query string) error {
		return d.Exec(ctx, query, []any{}, nil)
	}
	if err := exec(ours.Driver(), "CREATE TABLE held (n int); INSERT INTO held VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	tx, err := frozen.Driver().Tx(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := exec(tx, "UPDATE held SET n = 2"); err != nil {
		t.Fatal(err)
	}

	if err := exec(ours.Driver(), "UPDATE held SET n = 3"); err != nil {
		t.Errorf("the other server's write: %v", err)
	}
	if err := tx.Commit(); err == nil {
		t.Error("the frozen server's transaction was committed")
	}
	rows := &sql.Rows{}
	if err := ours.Driver().Query(ctx, "SELECT current_setting('idle_in_transaction_session_timeout')", []any{}, rows); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	if s, err := sql.ScanString(rows); err != nil || s != "8s" {
		t.Errorf("the default is %s, %v", s, err)
	}
}
