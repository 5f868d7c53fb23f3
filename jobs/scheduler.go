// Package jobs is the recurring work: what robfig/cron starts. Each job calls operations as authz.System of one
// organization after the other.
package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/roster"
)

// jobTimeout bounds one run of one job.
const jobTimeout = 5 * time.Minute

// Scheduler starts the jobs.
type Scheduler struct {
	Organizations func(context.Context) ([]pid.ID, error)
	Items         *queue.Items
	Dispatch      *queue.Dispatch
	Files         *file.Service
	Invites       *roster.Invites
	Keys          *apikey.Service
	Log           *slog.Logger
	ExpireKeys    func(context.Context) error // removes idempotency keys whose time is over
	FlushUses     func(context.Context) error // writes when keys were last used
}

// job is a line of the timetable.
type job struct {
	name     string
	schedule string // robfig/cron, with @every
	run      func(context.Context) error
}

// timetable lists the jobs.
func (s *Scheduler) timetable() []job {
	return []job{
		{"claim_reaper", "@every 5s", s.claimReaper},
		{"queue_expiry", "@every 5s", s.queueExpiry},
		{"upload_expiry", "@every 5m", s.uploadExpiry},
		{"blob_sweep", "@every 6h", s.blobSweep},
		{"invite_expiry", "@every 5m", s.inviteExpiry},
		{"api_key_expiry", "@every 1h", s.apiKeyExpiry},
		{"idempotency_expiry", "@every 5m", s.idempotencyExpiry},
		{"last_used", "@every 1m", s.FlushUses},
	}
}

// Run starts the jobs and stops them when the context ends. A run that takes longer than its interval is not overtaken by
// the next one.
func (s *Scheduler) Run(ctx context.Context) {
	c := cron.New(cron.WithChain(cron.Recover(cronLog{s.Log}), cron.SkipIfStillRunning(cron.DiscardLogger)))
	for _, j := range s.timetable() {
		_, err := c.AddFunc(j.schedule, func() { s.run(ctx, j) })
		if err != nil {
			s.Log.Error("schedule job", "job", j.name, "error", err)
		}
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	s.run(flush, job{name: "last_used", run: s.FlushUses})
}

func (s *Scheduler) run(ctx context.Context, j job) {
	ctx, cancel := context.WithTimeout(ctx, jobTimeout)
	defer cancel()
	if err := j.run(ctx); err != nil && ctx.Err() == nil {
		s.Log.Error("run job", "job", j.name, "error", err)
	}
}

// each runs work in every organization; one that fails does not keep the others from theirs.
func (s *Scheduler) each(ctx context.Context, name string, work func(context.Context) error) error {
	all, err := s.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, id := range all {
		if err := work(authz.With(ctx, authz.System(id, name))); err != nil && ctx.Err() == nil {
			s.Log.Error("run job", "job", name, "organization_id", id, "error", err)
		}
	}
	return nil
}

// cronLog gives cron's recovered panics to slog.
type cronLog struct{ log *slog.Logger }

// Info implements cron.Logger.
func (cronLog) Info(string, ...any) {}

// Error implements cron.Logger.
func (l cronLog) Error(err error, msg string, keysAndValues ...any) {
	l.log.Error(msg, append(keysAndValues, "error", err)...)
}
