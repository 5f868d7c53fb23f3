package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/soloprint/soloprint/internal/app"
)

type jobsCmd struct {
	List jobsListCmd `cmd:"" help:"What runs when, and how it went the last time."`
	Run  jobsRunCmd  `cmd:"" help:"Let a running server run a job now, and wait for its end."`
}

type jobsListCmd struct{ place }

// Run lists the timetable.
func (c *jobsListCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	all, err := a.Timetable(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "NAME\tSCHEDULE\tLAST RUN (UTC)\tSTATE\tTOOK\tNEXT (UTC)\tRESULT")
	for _, j := range all {
		schedule := j.Schedule + " UTC"
		if j.Zoned {
			schedule = j.Schedule + " local"
		}
		last, state, took, result := "never", "-", "-", ""
		if j.Last != nil {
			last, state, took, result = stamp(j.Last.ScheduledAt), string(j.Last.State), lasted(j.Last.StartedAt, j.Last.EndedAt), j.Last.Result+j.Last.Error
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", j.Name, schedule, last, state, took, stamp(j.Next), result)
	}
	return w.Flush()
}

type jobsRunCmd struct {
	place
	Name         string `arg:"" help:"Name of the job, as jobs list has it."`
	Organization string `placeholder:"SLUG" help:"For jobs that run by the clocks of organizations: which one, by slug or id; each where absent."`
}

// Run asks the servers for a run and says how it went.
func (c *jobsRunCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	runs, err := a.RunJob(ctx, c.Name, c.Organization)
	for _, r := range runs {
		_, _ = fmt.Fprintf(out, "%s %s in %s: %s\n", r.Job, r.State, lasted(r.StartedAt, r.EndedAt), r.Result+r.Error)
		if r.Error != "" {
			err = errors.Join(err, exit{code: 1, err: errors.New("")})
		}
	}
	return err
}

// stamp is a time for people at a terminal.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// lasted is how long something took.
func lasted(from, to *time.Time) string {
	if from == nil || to == nil {
		return "-"
	}
	return to.Sub(*from).Round(time.Millisecond).String()
}
