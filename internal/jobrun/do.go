package jobrun

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
	"unicode/utf8"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/jobrun"
)

// ErrLost is why the context of a run ended whose lease another server has.
var ErrLost = errors.New("jobrun: the lease was lost")

// maxText bounds what a row says about its end, in bytes.
const maxText = 500

// Work does what a run is for, and says in a few words what it did.
type Work func(ctx context.Context) (result string, err error)

// Do works under the run's lease and writes how it ended. A run that is interrupted by the end of ctx, a server that stops,
// is given back: another server begins it anew at once.
func (r *Runs) Do(ctx context.Context, run *Run, work Work) (err error) {
	working, cancel := context.WithCancelCause(ctx)
	var beats sync.WaitGroup
	beats.Go(func() { r.hold(working, run, cancel) })
	result, err := safely(working, work)
	lost := context.Cause(working) == ErrLost
	cancel(nil)
	beats.Wait()

	ending, done := context.WithTimeout(context.WithoutCancel(ctx), statementTimeout)
	defer done()
	switch {
	case lost:
		return ErrLost
	case err != nil && ctx.Err() != nil:
		return errors.Join(err, r.release(ending, run))
	}
	return errors.Join(err, r.finish(ending, run, result, err))
}

// safely turns a panic into an error: one job does not take the others along.
func safely(ctx context.Context, work Work) (result string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work(ctx)
}

// hold renews the lease until the context ends, and ends it where the lease is lost: by a row that is another's, or because
// the database was out of reach for as long as the lease.
func (r *Runs) hold(ctx context.Context, run *Run, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	until := r.Clock.Now().Add(Lease)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		next := r.Clock.Now().Add(Lease)
		switch mine, err := r.Held(ctx, run); {
		case err == nil && mine:
			until = next
		case err == nil, r.Clock.Now().After(until):
			cancel(ErrLost)
			return
		}
	}
}

// Held renews the lease and reports whether it is still the run's.
func (r *Runs) Held(ctx context.Context, run *Run) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	now := r.Clock.Now()
	n, err := r.mine(run).SetLeaseUntil(now.Add(Lease)).SetUpdatedAt(now).Save(ctx)
	return n == 1, err
}

// mine is an update of the row as long as it is the run's.
func (r *Runs) mine(run *Run) *ent.JobRunUpdate {
	return r.Client.JobRun.Update().Where(jobrun.ID(run.ID), jobrun.LeaseToken(run.Token), jobrun.StateEQ(jobrun.StateRunning))
}

// finish writes the end. Where the lease went to another server meanwhile, that one's end counts.
func (r *Runs) finish(ctx context.Context, run *Run, result string, failed error) error {
	now := r.Clock.Now()
	u := r.mine(run).SetEndedAt(now).SetLeaseToken("").SetResult(short(result)).SetUpdatedAt(now).SetState(jobrun.StateSucceeded)
	if failed != nil {
		u.SetState(jobrun.StateFailed).SetError(short(failed.Error()))
	}
	n, err := u.Save(ctx)
	if err == nil && n == 0 {
		err = ErrLost
	}
	if err != nil {
		return fmt.Errorf("end run of %s: %w", run.Job, err)
	}
	return nil
}

// release gives an interrupted run back. It does not count as an attempt.
func (r *Runs) release(ctx context.Context, run *Run) error {
	now := r.Clock.Now()
	if _, err := r.mine(run).SetLeaseUntil(now).SetLeaseToken("").AddAttempts(-1).SetUpdatedAt(now).Save(ctx); err != nil {
		return fmt.Errorf("give run of %s back: %w", run.Job, err)
	}
	return nil
}

// short is the beginning of a text, cut between two characters.
func short(text string) string {
	if len(text) <= maxText {
		return text
	}
	text = text[:maxText]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text
}

func desc() sql.OrderTermOption { return sql.OrderDesc() }
