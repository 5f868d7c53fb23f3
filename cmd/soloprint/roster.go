package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/soloprint/soloprint/internal/app"
)

type rosterCmd struct {
	Examine rosterExamineCmd `cmd:"" help:"What a file is, and what its columns are taken for."`
	Preview rosterPreviewCmd `cmd:"" help:"What a file would change. Changes nothing."`
	Apply   rosterApplyCmd   `cmd:"" help:"Bring people, classes and enrollments up to a file: all of it or nothing."`
	Imports rosterImportsCmd `cmd:"" help:"The files that were applied in the last 30 days."`
	Undo    rosterUndoCmd    `cmd:"" help:"Take back what a file changed; what was changed since stays."`
}

// behalf is in whose name a command is given.
type behalf struct {
	Organization string `required:"" placeholder:"SLUG" help:"The organization, by slug or id."`
	Email        string `placeholder:"EMAIL" help:"In whose name: nobody is given more than this member may give. The first owner where absent."`
}

func (b behalf) behalf() app.Behalf { return app.Behalf{Organization: b.Organization, Email: b.Email} }

// rosterFile is a file and how it is meant.
type rosterFile struct {
	place
	behalf
	File     string            `arg:"" help:"OneRoster 1.1 or 1.2 (zip), CSV or XLSX; - reads standard input."`
	Columns  map[string]string `name:"column" placeholder:"HEADER=FIELD" help:"Which field a column is: email, external_id, name, given_name, family_name, second_family_name, role, status, grade_level, classes; - ignores it."`
	Roles    map[string]string `name:"role" placeholder:"WORD=ROLE" help:"Which role a word of the file means."`
	Sheet    string            `placeholder:"NAME" help:"Sheet of a workbook; the first where absent."`
	Schools  []string          `name:"school" placeholder:"SOURCEDID" help:"Only this organization of OneRoster and those below it."`
	Complete *bool             `negatable:"" help:"The file names everybody: who is not in it leaves (--no-complete: nobody does). What the manifest of OneRoster says where absent; otherwise nobody."`
}

// maxRosterFile is more than any file that is taken, so that a larger one is refused and not cut.
const maxRosterFile = 17 << 20

func (c rosterFile) read(in io.Reader) (app.RosterFile, error) {
	f := app.RosterFile{Behalf: c.behalf.behalf(), Name: filepath.Base(c.File), Columns: c.Columns, Roles: c.Roles, Sheet: c.Sheet, Schools: c.Schools, Complete: c.Complete}
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return f, err
		}
		defer func() { _ = file.Close() }() // it was only read
		in = file
	}
	var err error
	if f.Content, err = io.ReadAll(io.LimitReader(in, maxRosterFile)); err != nil {
		return f, fmt.Errorf("read %s: %w", c.File, err)
	}
	return f, nil
}

type rosterExamineCmd struct{ rosterFile }

// Run says what a file is.
func (c *rosterExamineCmd) Run(ctx context.Context, std streams, out io.Writer) error {
	return c.with(ctx, std, func(a *app.App, f app.RosterFile) error {
		look, err := a.ExamineRoster(ctx, f)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, look.Format)
		for i, col := range look.Columns {
			sample := ""
			if len(look.Samples) > 0 && i < len(look.Samples[0]) {
				sample = look.Samples[0][i]
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", col.Header, cmp.Or(col.Field, "(not taken)"), sample)
		}
		for _, f := range look.Files {
			_, _ = fmt.Fprintf(w, "%s\t%s\n", f.Name, use(f.Used, f.Mode))
		}
		for _, s := range look.Schools {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", s.ID, s.Kind, s.Name)
		}
		if look.Missing != "" {
			_, _ = fmt.Fprintln(w, "Missing:", look.Missing)
		}
		return w.Flush()
	})
}

// use is whether a file of OneRoster is read.
func use(used bool, mode string) string {
	if used {
		return mode
	}
	return strings.TrimPrefix(mode+", ", ", ") + "not read"
}

// with opens the database and the file.
func (c rosterFile) with(ctx context.Context, std streams, do func(*app.App, app.RosterFile) error) error {
	f, err := c.read(std.in)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	return do(a, f)
}

type rosterPreviewCmd struct {
	rosterFile
	Rows int `default:"50" placeholder:"N" help:"How many people to show at most; 0 = all."`
}

// Run says what a file would change. It ends with 1 where the file would be refused.
func (c *rosterPreviewCmd) Run(ctx context.Context, std streams, out io.Writer) error {
	return c.with(ctx, std, func(a *app.App, f app.RosterFile) error {
		r, err := a.PreviewRoster(ctx, f)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(out, strings.Join(r.Counts(), "\n"))
		for line := range r.Difference(c.Rows) {
			_, _ = fmt.Fprintln(out, line)
		}
		for _, n := range r.Notes {
			_, _ = fmt.Fprintf(out, "kept%s: %s\n", rowOf(n.File, n.Row), n.Message)
		}
		for _, e := range r.Faults {
			_, _ = fmt.Fprintf(out, "error%s: %s %s\n", rowOf(e.File, e.Row), e.Column, e.Message)
		}
		if r.Stops {
			_, _ = fmt.Fprintf(out, "More than 20 %% of %d people whom roster files manage would leave or be suspended: apply needs --confirm-leaving.\n", r.Managed)
		}
		if r.Wrong > 0 {
			_, _ = fmt.Fprintf(out, "%d errors: nothing of this file is applied, unless --skip-errors leaves those rows out.\n", r.Wrong)
			return exit{code: 1, err: errors.New("")}
		}
		return nil
	})
}

// rowOf is where something stands in a file.
func rowOf(file string, row int) string {
	if row == 0 {
		return ""
	}
	return fmt.Sprintf(" (%srow %d)", strings.TrimPrefix(file+" ", " "), row)
}

type rosterApplyCmd struct {
	rosterFile
	SkipErrors     bool `help:"Leave rows with errors out; whose they are stays as they are."`
	ConfirmLeaving bool `help:"Go on although more than 20 % would leave or be suspended."`
}

// Run applies a file and prints how to take it back.
func (c *rosterApplyCmd) Run(ctx context.Context, std streams, out io.Writer) error {
	return c.with(ctx, std, func(a *app.App, f app.RosterFile) error {
		f.SkipErrors, f.ConfirmLeaving = c.SkipErrors, c.ConfirmLeaving
		r, err := a.ApplyRoster(ctx, f)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(out, strings.Join(r.Counts(), "\n"))
		_, err = fmt.Fprintf(out, "Applied as %s. For 30 days: soloprint roster undo --organization %s %s\n", r.Import.ID, c.Organization, r.Import.ID)
		return err
	})
}

type rosterImportsCmd struct {
	place
	behalf
}

// Run lists the files that were applied.
func (c *rosterImportsCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	all, err := a.RosterImports(ctx, c.behalf.behalf())
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ID\tAPPLIED (UTC)\tNEW\tCHANGED\tLEFT\tUNDONE (UTC)\tFILE")
	for _, i := range all {
		undone := "-"
		if i.UndoneAt != nil {
			undone = stamp(*i.UndoneAt)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\t%s (%s)\n", i.ID, stamp(*i.AppliedAt), i.Summary.New, i.Summary.Changed, i.Summary.Leaving, undone, i.Name, i.Format)
	}
	return w.Flush()
}

type rosterUndoCmd struct {
	place
	behalf
	Import string `arg:"" help:"Identifier of the import, as roster imports has it."`
}

// Run takes a file back, and says what stays.
func (c *rosterUndoCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	u, err := a.UndoRoster(ctx, c.behalf.behalf(), c.Import)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%d people who had joined are gone, %d who had left are back, %d are what they were; %d classes.\n", u.Removed, u.Restored, u.Reverted, u.Classes)
	for _, l := range u.Left {
		_, _ = fmt.Fprintf(out, "left alone: %s %s: %s\n", l.ID, l.Name, l.Why)
	}
	return nil
}
