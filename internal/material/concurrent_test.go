package material_test

import (
	"context"
	"sync"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// atOnce calls do from several goroutines and returns how many calls succeeded. A refusal is fine, a fault is not.
func atOnce(t *testing.T, n int, do func(i int) error) (succeeded int) {
	t.Helper()
	results := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { results[i] = do(i) })
	}
	wait.Wait()
	for _, err := range results {
		switch e := errs.From(err); {
		case e == nil:
			succeeded++
		case e.Kind == errs.KindInternal:
			t.Error(err)
		}
	}
	return succeeded
}

func TestManyAtOnceOnOneSpool(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		s := b.o.Spool(t, b.o.Material(t), 100)

		// 12 times 10 g of 100 g: two come too late.
		if n := atOnce(t, 12, func(int) error {
			_, err := b.s.DeductSpool(b.ctx, material.DeductSpoolInput{SpoolID: s.ID, Grams: g(10.0)})
			return err
		}); n != 10 {
			t.Errorf("%d deductions", n)
		}
		b.wantGrams(t, s.ID, 0, 0)
	})
}

func TestManyPrintsEndAndItemsReserveAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		m := b.o.Material(t)
		one, two := b.o.Spool(t, m, 1000), b.o.Spool(t, m, 1000)
		p := b.o.Print(t, b.o.QueueItem(t), b.o.Printer(t, "Ada", 1), printrun.StatePrinting)
		item := b.o.QueueItem(t)
		settled := make([]material.Settlement, 8)

		atOnce(t, len(settled), func(i int) error { // the spools in either order: locks are taken in one
			forth, back := append(uses(one, 50, 100), uses(two, 50, 100)...), append(uses(two, 50, 100), uses(one, 50, 100)...)
			if i%2 == 0 {
				forth, back = back, forth
			}
			return b.step(func(ctx context.Context, tx *ent.Tx) (err error) {
				if err := material.Reserve(ctx, tx, forth, material.Ref{Item: item.ID}); err != nil {
					return err
				}
				settled[i], err = material.Settle(ctx, tx, p, back)
				return err
			})
		})

		n := 0
		for _, s := range settled {
			if s.Settled {
				n++
			}
		}
		if n != 1 {
			t.Errorf("settled %d times", n)
		}
		b.wantGrams(t, one.ID, 900, 400)
		b.wantGrams(t, two.ID, 900, 400)
		b.o.Events(t)
	})
}

func TestNewSpoolsAtOnceGetCodesOfTheirOwn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		m := b.o.Material(t)

		if n := atOnce(t, 8, func(int) error {
			_, err := b.s.CreateSpool(b.ctx, material.CreateSpoolInput{MaterialID: m.ID})
			return err
		}); n != 8 {
			t.Errorf("%d spools", n)
		}
		b.wantSums(t)
	})
}

func TestSpoolsAtOnceIntoOneSlot(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		m := b.o.Material(t)
		ada, bob := b.o.Printer(t, "Ada", 1), b.o.Printer(t, "Bob", 1)
		spools := []*ent.Spool{b.o.Spool(t, m, 10), b.o.Spool(t, m, 10)}

		atOnce(t, 12, func(i int) error {
			p := []*ent.Printer{ada, bob}[i/2%2]
			_, err := b.s.AssignSpool(b.ctx, material.AssignSpoolInput{SpoolID: spools[i%2].ID, PrinterID: p.ID})
			return err
		})
		b.wantConsistent(t)
		b.o.Events(t)
	})
}
