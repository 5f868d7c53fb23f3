package jobrun_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	entjobrun "github.com/soloprint/soloprint/ent/jobrun"
	"github.com/soloprint/soloprint/internal/jobrun"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func runsOf(k *testkit.Kit, server string) *jobrun.Runs {
	return &jobrun.Runs{Client: k.Raw, Clock: k.Clock, Log: slog.New(slog.DiscardHandler), Server: server}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Of many servers that take one slot at the same time, one has it; another scope and another slot are others.
func TestASlotIsTakenOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		var won atomic.Int32
		var servers sync.WaitGroup
		for range 8 {
			servers.Go(func() {
				run, err := runsOf(k, "x").Begin(t.Context(), "poll", "", testkit.Start())
				if err != nil {
					t.Error(err)
				}
				if run != nil {
					won.Add(1)
				}
			})
		}
		servers.Wait()
		if won.Load() != 1 {
			t.Errorf("%d servers have it", won.Load())
		}
		for name, take := range map[string]func() (*jobrun.Run, error){
			"another scope": func() (*jobrun.Run, error) {
				return runsOf(k, "x").Begin(t.Context(), "poll", "org_1", testkit.Start())
			},
			"another slot": func() (*jobrun.Run, error) {
				return runsOf(k, "x").Begin(t.Context(), "poll", "", testkit.Start().Add(time.Second))
			},
			"another job": func() (*jobrun.Run, error) { return runsOf(k, "x").Begin(t.Context(), "sweep", "", testkit.Start()) },
		} {
			if run, err := take(); run == nil || err != nil {
				t.Errorf("%s: %v, %v", name, run, err)
			}
		}
	})
}

// Of many servers that look for abandoned runs, one has each; after three attempts it fails.
func TestAnAbandonedRunIsTakenOnceAndThreeTimesAtMost(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		first, err := runsOf(k, "a").Begin(t.Context(), "poll", "", testkit.Start())
		must(t, err)
		for attempt := 2; attempt <= 3; attempt++ {
			k.Clock.Advance(jobrun.Lease)
			var taken atomic.Int32
			var servers sync.WaitGroup
			for range 6 {
				servers.Go(func() {
					got, err := runsOf(k, "b").Abandoned(t.Context(), []string{"sweep", "poll"})
					if err != nil {
						t.Error(err)
					}
					for _, run := range got {
						if taken.Add(1); run.ID != first.ID || run.Attempt != attempt || !run.Slot.Equal(first.Slot) {
							t.Errorf("taken over: %+v", run)
						}
					}
				})
			}
			servers.Wait()
			if taken.Load() != 1 {
				t.Errorf("attempt %d began %d times", attempt, taken.Load())
			}
		}
		k.Clock.Advance(jobrun.Lease)
		if got, err := runsOf(k, "c").Abandoned(t.Context(), []string{"poll"}); len(got) != 0 || err != nil {
			t.Errorf("a fourth time: %v, %v", got, err)
		}
		row := k.Raw.JobRun.GetX(t.Context(), first.ID)
		if row.State != entjobrun.StateFailed || row.Error != "the server that ran it is gone" || row.EndedAt == nil {
			t.Errorf("the row says %+v", row)
		}
	})
}

func TestAServerLeavesJobsAloneThatItDoesNotKnow(t *testing.T) {
	k := testkit.NewKit(t, testkit.SQLite(t))
	_, err := runsOf(k, "new").Begin(t.Context(), "of_the_next_release", "", testkit.Start())
	must(t, err)
	k.Clock.Advance(time.Hour)
	if got, err := runsOf(k, "old").Abandoned(t.Context(), []string{"poll"}); len(got) != 0 || err != nil {
		t.Errorf("taken: %v, %v", got, err)
	}
}

// A frozen server wakes up after another has taken its run: its work is told so, and its end does not count.
func TestAFrozenServerLosesItsRun(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		a, b := runsOf(k, "a"), runsOf(k, "b")
		run, err := a.Begin(t.Context(), "poll", "", testkit.Start())
		must(t, err)
		err = a.Do(t.Context(), run, func(context.Context) (string, error) {
			k.Clock.Advance(jobrun.Lease) // it is frozen here
			taken, err := b.Abandoned(t.Context(), []string{"poll"})
			if err != nil || len(taken) != 1 {
				t.Fatalf("taken: %v, %v", taken, err)
			}
			if mine, err := a.Held(t.Context(), run); mine || err != nil {
				t.Errorf("the first still has it: %v", err)
			}
			must(t, b.Do(t.Context(), taken[0], func(context.Context) (string, error) { return "by b", nil }))
			return "by a", nil
		})
		if !errors.Is(err, jobrun.ErrLost) {
			t.Errorf("the first ends with %v", err)
		}
		if row := k.Raw.JobRun.GetX(t.Context(), run.ID); row.Result != "by b" || row.Server != "b" || row.Attempts != 2 {
			t.Errorf("the row says %+v", row)
		}
	})
}

func TestASQLiteServerTakesAllBackWhenItStarts(t *testing.T) {
	k := testkit.NewKit(t, testkit.SQLite(t))
	for i := range 3 {
		_, err := runsOf(k, "killed").Begin(t.Context(), "poll", "", testkit.Start().Add(time.Duration(i)*time.Second))
		must(t, err)
	}
	s := runsOf(k, "started")
	must(t, s.TakeBack(t.Context()))
	if got, err := s.Abandoned(t.Context(), []string{"poll"}); len(got) != 3 || err != nil {
		t.Errorf("taken: %v, %v", got, err)
	}
}

// What an operator asks for is taken over like any other run that nobody has.
func TestAnOperatorAsks(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		id, err := runsOf(k, "cli").Ask(t.Context(), "poll", "")
		must(t, err)
		s := runsOf(k, "server")
		got, err := s.Abandoned(t.Context(), []string{"poll"})
		if err != nil || len(got) != 1 || got[0].ID != id || got[0].Attempt != 1 {
			t.Fatalf("taken: %+v, %v", got, err)
		}
		must(t, s.Do(t.Context(), got[0], func(context.Context) (string, error) { return strings.Repeat("ä", 400), nil }))
		row, err := s.Find(t.Context(), id)
		if err != nil || row.State != entjobrun.StateSucceeded || len(row.Result) != 500 || !strings.HasSuffix(row.Result, "ä") {
			t.Errorf("the row says %+v, %v", row, err)
		}
	})
}

// Rows go when they are old, by how often their job runs and how it ended; the latest of each job and scope stays.
func TestSweep(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		keep := map[string]bool{}
		row := func(name, job, scope string, state entjobrun.State, age time.Duration, stays bool) {
			k.Raw.JobRun.Create().SetJob(job).SetScope(scope).SetServer(name).SetState(state).SetScheduledAt(k.Clock.Now().Add(-age)).SetLeaseUntil(k.Clock.Now()).ExecX(t.Context())
			keep[name] = stays
		}
		const day = 24 * time.Hour
		row("the latest of a frequent job", "poll", "", "succeeded", 2*day, true)
		row("before it", "poll", "", "succeeded", 2*day+time.Minute, false)
		row("one that failed", "poll", "", "failed", 3*day, true)
		row("one that failed long ago", "poll", "", "failed", 91*day, false)
		row("of another scope", "poll", "org_1", "succeeded", 95*day, true)
		row("last night's", "nightly", "", "succeeded", day/2, true)
		row("of two months ago", "nightly", "", "succeeded", 60*day, true)
		row("of four months ago", "nightly", "", "succeeded", 120*day, false)
		row("of a job that nobody knows any more", "gone", "", "running", 120*day, false)
		row("its last", "gone", "", "running", 119*day, true)

		n, err := runsOf(k, "x").Sweep(t.Context(), []string{"poll"})

		must(t, err)
		for _, r := range k.Raw.JobRun.Query().AllX(t.Context()) {
			if !keep[r.Server] {
				t.Errorf("%s stays", r.Server)
			}
			delete(keep, r.Server)
		}
		for name, stays := range keep {
			if stays {
				t.Errorf("%s is gone", name)
			}
		}
		if n != 4 {
			t.Errorf("%d are gone", n)
		}
	})
}
