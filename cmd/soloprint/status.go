package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/soloprint/soloprint/internal/app"
)

type statusCmd struct {
	List    statusListCmd    `cmd:"" help:"The incidents of the last 90 days."`
	Post    statusPostCmd    `cmd:"" help:"Open an incident on the public status page and print its identifier."`
	Note    statusNoteCmd    `cmd:"" help:"Write about an incident."`
	Resolve statusResolveCmd `cmd:"" help:"Close an incident."`
}

type statusListCmd struct{ place }

// Run lists incidents.
func (c *statusListCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	all, err := a.Status.Incidents(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ID\tPART\tOPENED\tCLOSED\tTITLE")
	for _, i := range all {
		closed := "open"
		if i.ClosedAt != nil {
			closed = stamp(*i.ClosedAt)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", i.ID, i.Part, stamp(i.OpenedAt), closed, i.Title)
	}
	return w.Flush()
}

type statusPostCmd struct {
	place
	Title string `arg:"" help:"What everybody may read, in one line."`
	Part  string `placeholder:"PART" help:"database, jobs, deliveries, storage or printers; the platform where absent."`
	Note  string `placeholder:"TEXT" help:"More about it."`
}

// Run opens an incident.
func (c *statusPostCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	i, err := a.Status.Post(ctx, c.Part, c.Title, c.Note)
	if err == nil {
		_, _ = fmt.Fprintln(out, i.ID)
	}
	return err
}

type statusNoteCmd struct {
	place
	Incident string `arg:"" help:"Identifier of the incident."`
	Text     string `arg:"" help:"What everybody may read."`
}

// Run writes a note.
func (c *statusNoteCmd) Run(ctx context.Context) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	return a.Status.Note(ctx, c.Incident, c.Text)
}

type statusResolveCmd struct {
	place
	Incident string `arg:"" help:"Identifier of the incident."`
	Note     string `placeholder:"TEXT" help:"What it was."`
}

// Run closes an incident.
func (c *statusResolveCmd) Run(ctx context.Context) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	return a.Status.Resolve(ctx, c.Incident, c.Note)
}
