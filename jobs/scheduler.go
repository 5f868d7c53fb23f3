// Package jobs is the recurring work. The timetable says what is due when; the table of runs (internal/jobrun) lets each
// slot run once, however many servers look at the clock. Each job calls operations, as authz.System of one organization after
// the other, and may be repeated.
package jobs

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/jobrun"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/roster"
)

const (
	runLimit     = 5 * time.Minute  // of one run of one job
	drainLimit   = 10 * time.Second // how long a server that stops waits for its runs before it gives them back
	zonesEvery   = time.Minute      // how often organizations and their zones are read
	scopesAtOnce = 8                // runs of one job that a server has at the same time
)

// Place is an organization and the zone of its clock.
type Place struct {
	Organization pid.ID
	Zone         string
}

// Scheduler starts the jobs.
type Scheduler struct {
	Runs   *jobrun.Runs
	Places func(context.Context) ([]Place, error)
	Alone  bool // this is the only server of the database: whatever ran when it starts is gone
	Clock  clock.Clock
	Log    *slog.Logger
	Ended  func(job, result string, took time.Duration) // a run has ended: succeeded, failed or lost; may be nil

	Items    *queue.Items
	Dispatch *queue.Dispatch
	Refresh  *queue.Refresher
	Material *material.Service
	Files    *file.Service
	Roster   *roster.Service
	Invites  *roster.Invites
	Keys     *apikey.Service
	Notify   *notify.Service

	ExpireKeys func(context.Context) error                                 // removes idempotency keys and counted tries whose time is over
	FlushUses  func(context.Context) error                                 // writes when keys were last used: of this server, so it is no job
	Observe    func(context.Context) (string, error)                       // looks at the platform's health
	Backup     func(context.Context) (string, error)                       // copies the database
	Sweep      func(ctx context.Context, organization pid.ID) (int, error) // removes old rows of an organization
	Probe      func(context.Context) (string, error)                       // for tests alone; nil in every other server

	mu     sync.Mutex
	slots  map[slotKey]slotState
	busy   map[string]int // runs of a job, here
	places []Place
	read   time.Time // when places were read
	ticked time.Time
	runs   sync.WaitGroup
}

// Run starts the jobs and, when the context ends, lets those that run come to their end for a while; what is not through by
// then is given back to the other servers.
func (s *Scheduler) Run(ctx context.Context) {
	if s.Alone {
		if err := s.Runs.TakeBack(ctx); err != nil {
			s.Log.Error("take back what a killed server ran", "error", err)
		}
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	c := cron.New(cron.WithSeconds(), cron.WithChain(cron.Recover(cronLog{s.Log}), cron.SkipIfStillRunning(cron.DiscardLogger)))
	s.add(c, "* * * * * *", func() { s.Tick(working, s.Clock.Now()) })
	s.add(c, "50 * * * * *", func() { s.flush(working) })
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	late := time.AfterFunc(drainLimit, stop)
	s.Wait()
	late.Stop()
	s.flush(context.WithoutCancel(ctx))
}

// Wait waits for the runs that this server has begun.
func (s *Scheduler) Wait() { s.runs.Wait() }

func (s *Scheduler) add(c *cron.Cron, spec string, run func()) {
	if _, err := c.AddFunc(spec, run); err != nil {
		s.Log.Error("schedule", "spec", spec, "error", err)
	}
}

// flush writes when keys were last used.
func (s *Scheduler) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.FlushUses(ctx); err != nil {
		s.Log.Error("write when keys were used", "error", err)
	}
}

// each runs work in every organization and adds up what it counts; one that fails does not keep the others from theirs.
func (s *Scheduler) each(ctx context.Context, name, counted string, work func(context.Context) (int, error)) (string, error) {
	all, err := s.Places(ctx)
	if err != nil {
		return "", err
	}
	sum, failed, first := 0, 0, error(nil)
	for _, p := range all {
		n, err := work(authz.With(ctx, authz.System(p.Organization, name)))
		sum += n
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			failed, first = failed+1, cmp.Or(first, err)
			s.Log.Error("run job", "job", name, "organization_id", p.Organization, "error", err)
		}
	}
	if failed > 0 {
		return "", fmt.Errorf("%d of %d organizations: %w", failed, len(all), first)
	}
	return fmt.Sprintf("%d %s", sum, counted), nil
}

// cronLog gives cron's recovered panics to slog.
type cronLog struct{ log *slog.Logger }

// Info implements cron.Logger.
func (cronLog) Info(string, ...any) {}

// Error implements cron.Logger.
func (l cronLog) Error(err error, msg string, keysAndValues ...any) {
	l.log.Error(msg, append(keysAndValues, "error", err)...)
}
