package jobrun_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/jobrun"
	"github.com/soloprint/soloprint/internal/testkit"
)

// inTime runs a test whose time passes at once, with two servers on one database.
func inTime(t *testing.T, test func(t *testing.T, k *testkit.Kit, a, b *jobrun.Runs)) {
	testkit.SQLite(t) // the template of databases is made outside
	synctest.Test(t, func(t *testing.T) {
		k := testkit.NewKit(t, testkit.SQLite(t))
		server := func(name string) *jobrun.Runs {
			return &jobrun.Runs{Client: k.Raw, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), Server: name}
		}
		test(t, k, server("a"), server("b"))
	})
}

// A run that takes ten minutes keeps its lease all the time.
func TestAHeartbeatHoldsALongRun(t *testing.T) {
	inTime(t, func(t *testing.T, _ *testkit.Kit, a, b *jobrun.Runs) {
		run, err := a.Begin(t.Context(), "backup", "", time.Now().UTC())
		must(t, err)
		err = a.Do(t.Context(), run, func(context.Context) (string, error) {
			for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
				if taken, err := b.Abandoned(t.Context(), []string{"backup"}); len(taken) != 0 || err != nil {
					t.Fatalf("taken over at %s: %v", time.Now(), err)
				}
			}
			return "long", nil
		})
		must(t, err)
	})
}

// Who has lost the lease is told so by the next heartbeat, in the middle of the work.
func TestALostLeaseEndsTheWork(t *testing.T) {
	inTime(t, func(t *testing.T, k *testkit.Kit, a, _ *jobrun.Runs) {
		run, err := a.Begin(t.Context(), "backup", "", time.Now().UTC())
		must(t, err)
		begun := time.Now()
		err = a.Do(t.Context(), run, func(ctx context.Context) (string, error) {
			k.Raw.JobRun.UpdateOneID(run.ID).SetLeaseToken("another server's").ExecX(ctx)
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), jobrun.ErrLost) {
				t.Errorf("it ended by %v", context.Cause(ctx))
			}
			return "", ctx.Err()
		})
		if took := time.Since(begun); !errors.Is(err, jobrun.ErrLost) || took > jobrun.Lease/2 {
			t.Errorf("%v after %s", err, took)
		}
		if row := k.Raw.JobRun.GetX(t.Context(), run.ID); row.LeaseToken != "another server's" || row.EndedAt != nil {
			t.Errorf("the row says %+v", row)
		}
	})
}
