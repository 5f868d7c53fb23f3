package jobrun

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/jobrun"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/pid"
)

// Lease is how long a run belongs to a server that says nothing; beat is how often it says something.
const (
	Lease = 30 * time.Second
	beat  = Lease / 3
)

// maxAttempts is how often a slot may begin.
const maxAttempts = 3

// takeRows bounds how many abandoned runs a server takes over at once: the others leave some to their neighbours.
const takeRows = 10

// statementTimeout bounds every statement of this package: a database that hangs must not hang the timetable.
const statementTimeout = 10 * time.Second

// Runs are the runs of all jobs.
type Runs struct {
	Client *ent.Client // without guard: the rows are nobody's
	Clock  clock.Clock
	Log    *slog.Logger
	Server string // names this process in the rows
}

// Run is a slot that this server has begun.
type Run struct {
	ID      pid.ID
	Job     string
	Scope   string // an organization's identifier; "" = the platform
	Slot    time.Time
	Attempt int
	Token   string // of the lease
}

// Begin takes the slot. It answers nil where it was taken before, by whomever and however long ago.
func (r *Runs) Begin(ctx context.Context, job, scope string, slot time.Time) (*Run, error) {
	now := r.Clock.Now()
	run := &Run{ID: pid.New("jbr"), Job: job, Scope: scope, Slot: slot, Attempt: 1, Token: rand.Text()}
	won, err := r.insert(ctx, run, now, &now, now.Add(Lease), r.Server)
	if err != nil || !won {
		return nil, err
	}
	return run, nil
}

// Ask leaves a run of the job, now, to the servers: the first that looks takes it over. It answers the row to follow.
func (r *Runs) Ask(ctx context.Context, job, scope string) (pid.ID, error) {
	now := r.Clock.Now()
	run := &Run{ID: pid.New("jbr"), Job: job, Scope: scope, Slot: now}
	won, err := r.insert(ctx, run, now, nil, now, "")
	if err == nil && !won {
		err = errors.New("somebody asked for the same run in the same microsecond")
	}
	return run.ID, err
}

// insert is the dispatch: of several servers one inserts the row.
func (r *Runs) insert(ctx context.Context, run *Run, now time.Time, started *time.Time, lease time.Time, server string) (won bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	rows, err := r.Client.QueryRows(ctx, "INSERT INTO job_runs (id, created_at, updated_at, version, job, scope, scheduled_at, state, started_at, lease_until, lease_token, server, attempts, result, error)"+
		" VALUES (?, ?, ?, 1, ?, ?, ?, 'running', ?, ?, ?, ?, ?, '', '') ON CONFLICT (job, scope, scheduled_at) DO NOTHING RETURNING id",
		[]any{run.ID, now, now, run.Job, run.Scope, run.Slot, started, lease, run.Token, server, run.Attempt})
	if err != nil {
		return false, fmt.Errorf("begin run of %s: %w", run.Job, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	won = rows.Next()
	return won, rows.Err()
}

// Last is the latest slot of the job that has a row and is not later than a time; the zero time where there is none.
func (r *Runs) Last(ctx context.Context, job, scope string, until time.Time) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	row, err := r.Client.JobRun.Query().Where(jobrun.Job(job), jobrun.Scope(scope), jobrun.ScheduledAtLTE(until)).
		Order(jobrun.ByScheduledAt(desc())).First(ctx)
	if ent.IsNotFound(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the last run of %s: %w", job, err)
	}
	return row.ScheduledAt.UTC(), nil
}

// Abandoned takes over runs of these jobs whose server is gone, those that wait longest first. The ones that have been tried
// often enough fail instead.
func (r *Runs) Abandoned(ctx context.Context, jobs []string) ([]*Run, error) {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	now := r.Clock.Now()
	due, err := r.Client.JobRun.Query().Where(jobrun.StateEQ(jobrun.StateRunning), jobrun.LeaseUntilLTE(now), jobrun.JobIn(jobs...)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for abandoned runs: %w", err)
	}
	if !due { // almost always: nothing is written
		return nil, nil
	}
	if err := r.giveUp(ctx, now); err != nil {
		return nil, err
	}
	return r.takeOver(ctx, jobs, now)
}

// giveUp fails the runs whose last attempt was abandoned.
func (r *Runs) giveUp(ctx context.Context, now time.Time) error {
	err := r.Client.JobRun.Update().
		Where(jobrun.StateEQ(jobrun.StateRunning), jobrun.LeaseUntilLTE(now), jobrun.AttemptsGTE(maxAttempts)).
		SetState(jobrun.StateFailed).SetEndedAt(now).SetLeaseToken("").SetError("the server that ran it is gone").SetUpdatedAt(now).Exec(ctx)
	if err != nil {
		return fmt.Errorf("give abandoned runs up: %w", err)
	}
	return nil
}

// takeOver makes abandoned runs this server's, in one statement.
func (r *Runs) takeOver(ctx context.Context, jobs []string, now time.Time) ([]*Run, error) {
	token, lock := rand.Text(), ""
	if r.Client.Driver().Dialect() == dialect.Postgres {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	known, args := listed(jobs), []any{token, now.Add(Lease), r.Server, now, now, now}
	rows, err := r.Client.QueryRows(ctx, "UPDATE job_runs SET lease_token = ?, lease_until = ?, server = ?, attempts = attempts + 1, started_at = ?, updated_at = ?"+
		" WHERE state = 'running' AND lease_until <= ? AND id IN (SELECT id FROM job_runs WHERE state = 'running' AND lease_until <= ? AND job IN ("+known+") ORDER BY lease_until LIMIT ?"+lock+") RETURNING id",
		append(append(append(args, now), anys(jobs)...), takeRows))
	if err != nil {
		return nil, fmt.Errorf("take abandoned runs over: %w", err)
	}
	var ids []pid.ID
	for rows.Next() {
		var id pid.ID
		if err := rows.Scan(&id); err != nil {
			return nil, errors.Join(fmt.Errorf("read taken runs: %w", err), rows.Close())
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read taken runs: %w", err)
	}
	return r.taken(ctx, ids, token)
}

// taken reads the runs that were taken over.
func (r *Runs) taken(ctx context.Context, ids []pid.ID, token string) ([]*Run, error) {
	found, err := r.Client.JobRun.Query().Where(jobrun.IDIn(ids...)).Order(jobrun.ByScheduledAt()).Limit(takeRows).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read taken runs: %w", err)
	}
	runs := make([]*Run, len(found))
	for i, f := range found {
		runs[i] = &Run{ID: f.ID, Job: f.Job, Scope: f.Scope, Slot: f.ScheduledAt.UTC(), Attempt: f.Attempts, Token: token}
	}
	return runs, nil
}

// TakeBack ends all leases at once: for the only server of a SQLite file, when it starts. Whatever ran is gone with the
// process that ran it.
func (r *Runs) TakeBack(ctx context.Context) error {
	now := r.Clock.Now()
	err := r.Client.JobRun.Update().Where(jobrun.StateEQ(jobrun.StateRunning), jobrun.LeaseUntilGT(now)).SetLeaseUntil(now).SetUpdatedAt(now).Exec(ctx)
	if err != nil {
		return fmt.Errorf("take leases back: %w", err)
	}
	return nil
}
