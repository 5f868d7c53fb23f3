package testkit_test

import (
	"errors"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Each database is migrated, empty and the test's own: the same row goes into each of them.
func TestEachDB(t *testing.T) {
	t.Parallel()
	for range 3 {
		t.Run("database", func(t *testing.T) {
			t.Parallel()
			testkit.EachDB(t, func(t *testing.T, db *store.DB) {
				pending, err := store.Pending(t.Context(), db)
				if err != nil || len(pending) > 0 {
					t.Fatalf("pending %v, %v", pending, err)
				}
				insert, args := sql.Dialect(db.Dialect()).Insert(store.RevisionTable).
					Columns("version", "name", "checksum", "applied_at").
					Values("9999", "test", "none", "2026-01-01T00:00:00Z").Query()
				if err := db.Driver().Exec(t.Context(), insert, args, nil); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// An entity that a committed transaction returned loads its edges, and writes nothing.
func TestEntityOfACommittedTransaction(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		client := ent.NewClient(ent.Driver(db.Driver()))
		tx, err := client.Tx(ctx)
		if err != nil {
			t.Fatal(err)
		}
		org := tx.Organization.Create().SetName("School").SetSlug("school").SaveX(ctx)
		group := tx.PrinterGroup.Create().SetName("Lab").SetOrganization(org).SaveX(ctx)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}

		found, err := group.QueryOrganization().Only(ctx)
		if err != nil || found.ID != org.ID || !found.CreatedAt.Equal(org.CreatedAt) {
			t.Errorf("edge %v, %v", found, err)
		}
		if _, err := group.Update().SetName("Other").Save(ctx); !errors.Is(err, store.ErrTxEnded) {
			t.Errorf("write: %v", err)
		}
		counted, counter := store.WithCounter(ctx)
		if n := client.PrinterGroup.Query().WithOrganization().AllX(counted); len(n) != 1 || counter.Count() != 2 {
			t.Errorf("%d groups in %q", len(n), counter.Statements())
		}
	})
}
