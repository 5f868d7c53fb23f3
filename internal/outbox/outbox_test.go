package outbox_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/outbox"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

var opTest = authz.Op{Resource: "event", Verb: "read", Write: true, System: true}

// do runs steps as background work of the organization.
func do(t *testing.T, k *testkit.Kit, o *testkit.Organization, steps func(ctx context.Context, tx *ent.Tx) error) error {
	t.Helper()
	_, err := op.Do(o.System(t), k.Ops, opTest, struct{}{}, func(ctx context.Context, tx *ent.Tx) (struct{}, error) { return struct{}{}, steps(ctx, tx) })
	return err
}

func emit(t *testing.T, k *testkit.Kit, o *testkit.Organization, n int) {
	t.Helper()
	must(t, do(t, k, o, func(ctx context.Context, tx *ent.Tx) error {
		for range n {
			event.Emit(ctx, tx, event.Fact{Type: event.SpoolLow, Resource: "spool", ID: pid.New("spl")})
		}
		return nil
	}))
}

// read reads one batch and answers its numbers.
func read(t *testing.T, k *testkit.Kit, o *testkit.Organization, reader string, limit int, types ...string) (numbers []int64, more bool) {
	t.Helper()
	must(t, do(t, k, o, func(ctx context.Context, tx *ent.Tx) error {
		b, err := outbox.Hold(ctx, tx, reader)
		if err != nil {
			return err
		}
		events, err := b.Read(ctx, tx, types, limit)
		if err != nil {
			return err
		}
		for _, e := range events {
			numbers = append(numbers, e.Sequence)
		}
		more = b.More
		return b.Done(ctx, tx)
	}))
	return numbers, more
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Each reader sees each event of each organization once, in order, whatever the others have seen.
func TestEachReaderHasItsCursor(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us, them := k.Organization(t, "riverside"), k.Organization(t, "hillside")
		emit(t, k, us, 5)
		emit(t, k, them, 2)
		for _, tt := range []struct {
			name   string
			of     *testkit.Organization
			reader string
			limit  int
			want   []int64
			more   bool
		}{
			{"the first events", us, "webhooks", 3, []int64{1, 2, 3}, true},
			{"the rest", us, "webhooks", 3, []int64{4, 5}, false},
			{"nothing is left", us, "webhooks", 3, nil, false},
			{"another reader begins at the beginning", us, "notices", 10, []int64{1, 2, 3, 4, 5}, false},
			{"another organization too", them, "webhooks", 10, []int64{1, 2}, false},
		} {
			got, more := read(t, k, tt.of, tt.reader, tt.limit)
			if !slices.Equal(got, tt.want) || more != tt.more {
				t.Errorf("%s: %v, more %v", tt.name, got, more)
			}
		}
		behind, err := op.BehindReader(t.Context(), k.Ops, "notices", 10)
		if err != nil || !slices.Equal(behind, []pid.ID{them.ID}) {
			t.Errorf("behind are %v, %v", behind, err)
		}
	})
}

// A reader that wants few types passes over the others, and misses none of what it wants: neither behind many others, nor
// where more of them are left than it takes at once.
func TestOtherTypesArePassedOver(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us := k.Organization(t, "riverside")
		must(t, do(t, k, us, func(ctx context.Context, tx *ent.Tx) error {
			for i := range 100 {
				f := event.Fact{Type: event.SpoolLow, Resource: "spool", ID: pid.New("spl")}
				if i%30 < 2 {
					f.Type = event.SpoolEmpty
				}
				event.Emit(ctx, tx, f)
			}
			return nil
		}))
		for _, tt := range []struct {
			name string
			want []int64
			more bool
		}{
			{"the first two, side by side", []int64{1, 2}, true},
			{"the next two, behind 28 others", []int64{31, 32}, true},
			{"two more", []int64{61, 62}, true},
			{"the last two", []int64{91, 92}, true},
			{"the others behind them", nil, false},
		} {
			got, more := read(t, k, us, "webhooks", 2, string(event.SpoolEmpty))
			if !slices.Equal(got, tt.want) || more != tt.more {
				t.Errorf("%s: %v, more %v", tt.name, got, more)
			}
		}
	})
}

// What fails is read again; what is skipped is not.
func TestTheCursorMovesWithTheTransaction(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us := k.Organization(t, "riverside")
		emit(t, k, us, 3)
		broken := errors.New("broken")
		err := do(t, k, us, func(ctx context.Context, tx *ent.Tx) error {
			b, err := outbox.Hold(ctx, tx, "webhooks")
			must(t, err)
			_, err = b.Read(ctx, tx, nil, 2)
			return errors.Join(err, b.Done(ctx, tx), broken)
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if got, _ := read(t, k, us, "webhooks", 2); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("after a failure %v", got)
		}
		emit(t, k, us, 2)
		must(t, do(t, k, us, func(ctx context.Context, tx *ent.Tx) error {
			b, err := outbox.Hold(ctx, tx, "webhooks")
			must(t, err)
			return b.Skip(ctx, tx)
		}))
		emit(t, k, us, 1)
		if got, _ := read(t, k, us, "webhooks", 10); !slices.Equal(got, []int64{6}) {
			t.Errorf("after skipping %v", got)
		}
	})
}

// Servers that read at the same moment never read the same event, and together they read all, without gaps.
func TestServersDoNotReadTheSame(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us := k.Organization(t, "riverside")
		var mu sync.Mutex
		var seen []int64
		var work sync.WaitGroup
		for range 4 {
			work.Go(func() {
				for range 15 {
					emit(t, k, us, 2)
					err := do(t, k, us, func(ctx context.Context, tx *ent.Tx) error {
						b, err := outbox.Hold(ctx, tx, "webhooks")
						if err != nil {
							return err
						}
						events, err := b.Read(ctx, tx, nil, 5)
						if err != nil {
							return err
						}
						if err := b.Done(ctx, tx); err != nil {
							return err
						}
						mu.Lock()
						defer mu.Unlock()
						for _, e := range events {
							seen = append(seen, e.Sequence)
						}
						return nil
					})
					if err != nil && !errors.Is(err, outbox.ErrBusy) {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		for more := true; more; {
			var rest []int64
			rest, more = read(t, k, us, "webhooks", 50)
			seen = append(seen, rest...)
		}
		slices.Sort(seen)
		for i, n := range seen {
			if n != int64(i+1) {
				t.Fatalf("event %d was read as %dth of %d", n, i+1, len(seen))
			}
		}
		if len(seen) != 120 {
			t.Errorf("%d of 120 events", len(seen))
		}
	})
}

func TestTheBellIsHeardOnce(t *testing.T) {
	b := outbox.NewBell()
	var ringers sync.WaitGroup
	for _, id := range []pid.ID{"org_a", "org_b", "org_a"} {
		ringers.Go(func() { b.Ring(id) })
	}
	ringers.Wait()
	<-b.C()
	got := b.Take()
	slices.Sort(got)
	if !slices.Equal(got, []pid.ID{"org_a", "org_b"}) || len(b.Take()) != 0 {
		t.Errorf("rung for %v", got)
	}
}
