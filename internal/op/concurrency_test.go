package op_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

const (
	workers = 6
	rounds  = 12
)

// each runs f in every worker, in every round.
func each(f func(worker, round int)) {
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for r := range rounds {
				f(w, r)
			}
		})
	}
	wg.Wait()
}

// Events are numbered without gaps in the order of their commits: whoever reads up to a number has seen all below it,
// at any moment.
func TestEventsAreNumberedInTheOrderOfCommits(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		done := make(chan struct{})
		var watching sync.WaitGroup
		watching.Go(func() { b.watch(t, done) })

		theirs := b.them.Session(t, b.them.Owner)
		var want [2]atomic.Int64
		each(func(w, r int) {
			ctx, side := b.ctx, 0
			if w%3 == 2 {
				ctx, side = theirs, 1
			}
			err := b.do(ctx, func(ctx context.Context, tx *ent.Tx) error {
				for i := range 1 + r%3 {
					if err := makeTag(ctx, tx, fmt.Sprintf("%d-%d-%d", w, r, i)); err != nil {
						return err
					}
				}
				if r%4 == 3 {
					return io.EOF // takes no number
				}
				want[side].Add(int64(1 + r%3))
				return nil
			})
			if err != nil && r%4 != 3 {
				t.Error(err)
			}
		})
		close(done)
		watching.Wait()
		if ours, others := len(b.us.Events(t)), len(b.them.Events(t)); int64(ours) != want[0].Load() || int64(others) != want[1].Load() {
			t.Errorf("%d and %d events, want %d and %d", ours, others, want[0].Load(), want[1].Load())
		}
		if n := len(b.Committed()); int64(n) != want[0].Load()+want[1].Load() {
			t.Errorf("told of %d events", n)
		}
	})
}

// watch reads with a cursor, as the readers of the outbox do, and finds every number exactly once.
func (b *bundle) watch(t *testing.T, done <-chan struct{}) {
	cursor := int64(0)
	for ended := false; ; {
		rows, err := b.Raw.Event.Query().Where(event.OrganizationID(b.us.ID), event.SequenceGT(cursor)).Order(event.BySequence()).All(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		for _, row := range rows {
			if row.Sequence != cursor+1 {
				t.Errorf("after event %d comes %d", cursor, row.Sequence)
			}
			cursor = row.Sequence
		}
		if ended {
			return
		}
		select {
		case <-done:
			ended = true // once more, for what came since
		case <-time.After(time.Millisecond):
		}
	}
}

// change reads a tag's colour, thinks, and writes it: without the lock that Load takes, changes would be lost.
func (b *bundle) change(id pid.ID, change func(*ent.PrinterTag, *ent.PrinterTagUpdateOne) error) error {
	return b.do(b.ctx, func(ctx context.Context, tx *ent.Tx) error {
		tag, err := op.Load(ctx, tx.PrinterTag, id)
		if err != nil {
			return err
		}
		q := tag.Update()
		if err := change(tag, q); err != nil {
			return err
		}
		return q.Exec(ctx)
	})
}

func TestLoadLocksTheRow(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		tag := b.Raw.PrinterTag.Create().SetOrganizationID(b.us.ID).SetName("tag").SetColorHex("0").SaveX(t.Context())
		each(func(int, int) {
			err := b.change(tag.ID, func(tag *ent.PrinterTag, q *ent.PrinterTagUpdateOne) error {
				var n int
				_, err := fmt.Sscan(tag.ColorHex, &n)
				q.SetColorHex(fmt.Sprint(n + 1))
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		tag = b.Raw.PrinterTag.GetX(t.Context(), tag.ID)
		if want := workers * rounds; tag.ColorHex != fmt.Sprint(want) || tag.Version != want+1 {
			t.Errorf("after %d changes it is %s, version %d", want, tag.ColorHex, tag.Version)
		}
	})
}

// Of all who read the same version, one may change it.
func TestOneOfManyMatches(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		tag := b.Raw.PrinterTag.Create().SetOrganizationID(b.us.ID).SetName("tag").SaveX(t.Context())
		for round := range rounds {
			var passed, refused atomic.Int32
			var wg sync.WaitGroup
			for w := range workers {
				wg.Go(func() {
					err := b.change(tag.ID, func(tag *ent.PrinterTag, q *ent.PrinterTagUpdateOne) error {
						q.SetColorHex(fmt.Sprint(w))
						return op.Match(fmt.Sprintf("%q", fmt.Sprintf("%d-abc", round+1)), tag.Version)
					})
					switch {
					case err == nil:
						passed.Add(1)
					case errs.Is(err, errs.PreconditionFailed):
						refused.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if passed.Load() != 1 || refused.Load() != workers-1 {
				t.Fatalf("round %d: %d passed, %d were refused", round, passed.Load(), refused.Load())
			}
		}
	})
}

// Two operations that want the same two rows in opposite order are both done: the one that PostgreSQL gives up runs again.
func TestADeadlockIsTriedAgain(t *testing.T) {
	b := newBundle(t, testkit.Postgres(t))
	pla := b.us.Material(t)
	spools := [2]*ent.Spool{b.us.Spool(t, pla, 1000), b.us.Spool(t, pla, 1000)}
	var attempts atomic.Int32
	var both sync.WaitGroup // both hold their first row
	both.Add(2)
	cross := func(first, second pid.ID) error {
		try := 0
		_, err := op.Do(b.ctx, b.Ops, authz.Op{Resource: "spool", Verb: "cross", Needs: authz.Any(authz.SpoolManage), Write: true}, none{}, func(ctx context.Context, tx *ent.Tx) (none, error) {
			attempts.Add(1)
			try++
			if err := makeTag(ctx, tx, string(first)); err != nil {
				return none{}, err
			}
			if err := tx.Spool.UpdateOneID(first).AddUsedG(1).Exec(ctx); err != nil {
				return none{}, err
			}
			if try == 1 {
				both.Done()
				both.Wait()
			}
			return none{}, tx.Spool.UpdateOneID(second).AddUsedG(1).Exec(ctx)
		})
		return err
	}
	var wg sync.WaitGroup
	wg.Go(func() { check(t, cross(spools[0].ID, spools[1].ID)) })
	wg.Go(func() { check(t, cross(spools[1].ID, spools[0].ID)) })
	wg.Wait()
	for i, s := range spools {
		if s := b.Raw.Spool.GetX(t.Context(), s.ID); s.UsedG != 2 || s.Version != 3 {
			t.Errorf("spool %d: used %v, version %d", i, s.UsedG, s.Version)
		}
	}
	if n, tags, told := attempts.Load(), b.tags(t), len(b.us.Events(t)); n < 3 || tags != 2 || told != 2 || len(b.Committed()) != 2 {
		t.Errorf("%d attempts made %d tags and %d events, told %v", n, tags, told, b.Committed())
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// What fails for good is not tried again.
func TestOtherErrorsAreNotTriedAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		attempts := 0
		err := b.do(b.ctx, func(ctx context.Context, tx *ent.Tx) error {
			attempts++
			return errors.Join(makeTag(ctx, tx, "same"), makeTag(ctx, tx, "same"))
		})
		wantCode(t, "a value that is taken", err, errs.AlreadyExists)
		if attempts != 1 {
			t.Errorf("%d attempts", attempts)
		}
	})
}
