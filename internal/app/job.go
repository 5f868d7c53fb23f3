package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/jobrun"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/jobs"
)

// Job is a job of the timetable and its latest run.
type Job struct {
	jobs.Line
	Last *ent.JobRun // nil where it never ran
	Next time.Time
}

// Timetable lists the jobs. A job that runs by the clocks of organizations is next where it is due first.
func (a *App) Timetable(ctx context.Context) ([]Job, error) {
	places, err := op.Places(ctx, a.Ops)
	if err != nil {
		return nil, err
	}
	var out []Job
	for _, l := range jobs.Lines() {
		j := Job{Line: l}
		if j.Last, err = a.Runs.Latest(ctx, l.Name); err != nil {
			return nil, err
		}
		if j.Next, err = a.next(l, places); err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, nil
}

func (a *App) next(l jobs.Line, places []op.Place) (first time.Time, err error) {
	zones := []string{"UTC"}
	if l.Zoned {
		zones = nil
		for _, p := range places {
			zones = append(zones, p.Zone)
		}
		slices.Sort(zones)
		zones = slices.Compact(zones)
	}
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue
		}
		at, err := l.Next(a.Config.Clock.Now(), zone)
		if err != nil {
			return first, err
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first, nil
}

// ErrNobody says that a job was asked for and no server took it up.
var ErrNobody = errors.New("no server took it up; it runs when one starts")

// askLimit is how long a run may wait for a server: those look every second.
const askLimit = 15 * time.Second

// RunJob asks the servers for a run of a job, now, and waits for its end. A job that runs by the clocks of organizations is
// run for the one named, by slug or identifier, or for each.
func (a *App) RunJob(ctx context.Context, name, organization string) ([]*ent.JobRun, error) {
	at := slices.IndexFunc(jobs.Lines(), func(l jobs.Line) bool { return l.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("there is no job %q; see soloprint jobs list", name)
	}
	scopes, err := a.jobScopes(ctx, jobs.Lines()[at], organization)
	if err != nil {
		return nil, err
	}
	var ended []*ent.JobRun
	for _, scope := range scopes {
		id, err := a.Runs.Ask(ctx, name, scope)
		if err != nil {
			return ended, err
		}
		run, err := a.follow(ctx, id)
		if err != nil {
			return ended, err
		}
		ended = append(ended, run)
	}
	return ended, nil
}

// jobScopes are where the job is to run.
func (a *App) jobScopes(ctx context.Context, l jobs.Line, organization string) ([]string, error) {
	if !l.Zoned {
		if organization != "" {
			return nil, fmt.Errorf("%s runs for all organizations together; --organization is for jobs that run by an organization's clock", l.Name)
		}
		return []string{""}, nil
	}
	places, err := op.Places(ctx, a.Ops)
	if err != nil {
		return nil, err
	}
	var scopes []string
	for _, p := range places {
		if organization == "" || organization == p.Slug || organization == string(p.Organization) {
			scopes = append(scopes, string(p.Organization))
		}
	}
	if len(scopes) == 0 {
		return nil, fmt.Errorf("there is no organization %q", organization)
	}
	return scopes, nil
}

// follow waits until the run has ended, or nobody takes it up.
func (a *App) follow(ctx context.Context, id pid.ID) (*ent.JobRun, error) {
	asked := time.Now()
	for {
		run, err := a.Runs.Find(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case run.State != jobrun.StateRunning:
			return run, nil
		case run.Attempts == 0 && time.Since(asked) > askLimit:
			return nil, ErrNobody
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
