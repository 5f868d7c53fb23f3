package roster

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster/sheet"
	"github.com/soloprint/soloprint/internal/validate"
)

// leaveLimit is the share, in percent, of those whom files manage that may leave or be suspended at once without a word.
const leaveLimit = 20

// ImportResult is what a roster file changes, or would change.
type ImportResult struct {
	Import  *ent.RosterImport // nil for a preview
	Format  string
	Columns []sheet.Column // of a plain file
	Files   []sheet.File   // of OneRoster
	Summary schematype.ImportSummary
	Classes []ImportClass // those that are made, changed or ended

	Faults []sheet.Fault // rows that are refused, the first ones; Wrong counts all
	Wrong  int
	Notes  []sheet.Fault // what the file says and is not done, likewise
	Noted  int

	Managed int  // students and teachers whom files manage, of which Summary.Leaving and Summary.Suspended are a share
	Stops   bool // whether that share has to be confirmed

	Names map[pid.ID]string // of all classes, those that are made too

	rows  []row
	lines []*entry
}

// ImportClass is what becomes of a class.
type ImportClass struct {
	ID     pid.ID
	Action ImportAction
	Name   string
}

// ImportAction is what becomes of a person or a class.
type ImportAction string

// The actions.
const (
	ImportNew     ImportAction = "new"
	ImportChanged ImportAction = "changed"
	ImportLeaving ImportAction = "leaving" // of a class: it ends
	ImportSame    ImportAction = "unchanged"
	ImportRefused ImportAction = "refused"
)

// ImportRow is what becomes of one person.
type ImportRow struct {
	File         string // inside a zip
	Row          int    // 0 for who is not in the file
	MembershipID pid.ID // empty for who joins, in a preview
	Email, Name  string
	Action       ImportAction
	Changes      *UserChanges // nil for nothing
}

// result is what the plan comes to.
func (p *imported) result() *ImportResult {
	out := &ImportResult{Format: p.file.Format, Columns: p.file.Columns, Files: p.file.Files, Summary: p.summary(), Classes: p.changedClasses(),
		Faults: p.wrong.Faults, Wrong: p.wrong.Wrong, Notes: p.notes.Faults, Noted: p.notes.Wrong, Managed: p.managed, Names: p.names, rows: p.roster.rows, lines: p.lines}
	out.Stops = (out.Summary.Leaving+out.Summary.Suspended)*100 > out.Managed*leaveLimit
	return out
}

// summary counts.
func (p *imported) summary() schematype.ImportSummary {
	s := schematype.ImportSummary{Refused: p.file.Refused, Skipped: p.file.Skipped, EnrollmentsChanged: len(p.reseated)}
	for _, m := range p.people {
		if m.refused && !m.Refused { // by a rule of ours
			s.Refused++
		}
		if m.same {
			s.Unchanged++
		}
	}
	for i := range p.roster.rows {
		w := &p.roster.rows[i]
		switch actionOf(w) {
		case ImportNew:
			s.New++
		case ImportLeaving:
			s.Leaving++
		case ImportChanged:
			s.Changed++
			if w.now.status == membership.StatusSuspended && w.was.status != w.now.status {
				s.Suspended++
			}
		case ImportSame:
			s.Unchanged++
		}
		if len(w.faults) == 0 {
			s.EnrollmentsNew += len(without(w.now.at().classes, w.had().at().classes))
			s.EnrollmentsEnded += len(without(w.had().at().classes, w.now.at().classes))
		}
	}
	for _, c := range p.changedClasses() {
		switch c.Action {
		case ImportNew:
			s.ClassesNew++
		case ImportLeaving:
			s.ClassesEnded++
		default:
			s.ClassesChanged++
		}
	}
	return s
}

func actionOf(w *row) ImportAction {
	switch {
	case len(w.faults) > 0:
		return ImportRefused
	case w.was == nil:
		return ImportNew
	case w.leaves:
		return ImportLeaving
	case w.was == w.now:
		return ImportSame
	}
	return ImportChanged
}

// Each makes what becomes of each person who is changed, joins or leaves, one after the other.
func (r *ImportResult) Each(yield func(ImportRow) bool) {
	for i := range r.rows {
		w := &r.rows[i]
		shown := ImportRow{MembershipID: w.id, Email: w.email, Action: actionOf(w)}
		if shown.Action == ImportSame || shown.Action == ImportRefused {
			continue
		}
		shown.Name, shown.Changes = w.now.name, changesOf(w.was, w.now)
		if m := r.lines[i]; m != nil {
			shown.File, shown.Row = m.File, m.Row
		}
		if !yield(shown) {
			return
		}
	}
}

// Rows are all of them, for files of few people.
func (r *ImportResult) Rows() []ImportRow { return slices.Collect(r.Each) }

// refusal is why a file is not applied as it is.
func (p *imported) refusal(in ApplyImportInput) error {
	r := p.result()
	switch {
	case r.Wrong > 0 && !in.SkipErrors:
		fields := make([]errs.Field, 0, validate.MaxFields)
		for _, f := range r.Faults[:min(len(r.Faults), validate.MaxFields)] {
			fields = append(fields, errs.Field{Path: where(f), Code: f.Code, Message: f.Message})
		}
		refused := errs.From(errs.Invalid(fields...))
		refused.Details = fmt.Sprintf("Nothing was changed: %d rows have errors. The first: %s %s", r.Wrong, where(r.Faults[0]), r.Faults[0].Message)
		return refused
	case in.Expect != nil && *in.Expect != r.Summary:
		return errs.New(errs.PreconditionFailed, "The organization has changed since the preview: look at it again.")
	case r.Stops && !in.ConfirmLeaving:
		return errs.New(errs.RosterLeaveLimit, "Of %d people whom roster files manage, %d would leave and %d would be suspended: that is more than %d %%. If the file is right, confirm it.",
			r.Managed, r.Summary.Leaving, r.Summary.Suspended, leaveLimit)
	}
	return nil
}

// where is the place of a fault: users.csv[12].email.
func where(f sheet.Fault) string {
	file := f.File
	if file == "" {
		file = "file"
	}
	if f.Column == "" {
		return fmt.Sprintf("%s[%d]", file, f.Row)
	}
	return fmt.Sprintf("%s[%d].%s", file, f.Row, f.Column)
}

// Counts are the summary in words, a line each.
func (r *ImportResult) Counts() []string {
	s := r.Summary
	out := []string{
		fmt.Sprintf("%s: people: %d new, %d changed (%d of them suspended), %d leaving, %d unchanged, %d refused, %d passed over", r.Format, s.New, s.Changed, s.Suspended, s.Leaving, s.Unchanged, s.Refused, s.Skipped),
		fmt.Sprintf("classes: %d new, %d changed, %d ended", s.ClassesNew, s.ClassesChanged, s.ClassesEnded),
		fmt.Sprintf("enrollments: %d new, %d changed, %d ended", s.EnrollmentsNew, s.EnrollmentsChanged, s.EnrollmentsEnded),
	}
	var read, not []string
	for _, f := range r.Files {
		switch {
		case f.Used:
			read = append(read, f.Name+" ("+f.Mode+")")
		case f.Mode == "":
			not = append(not, f.Name)
		}
	}
	if len(read) > 0 {
		out = append(out, "read: "+strings.Join(read, ", "))
	}
	if len(not) > 0 {
		out = append(out, "not read: "+strings.Join(not, ", "))
	}
	return out
}

// Difference makes the lines of what changes: at most so many people (0 = all), each with their fields, then classes.
func (r *ImportResult) Difference(people int) iter.Seq[string] {
	return func(yield func(string) bool) {
		shown := 0
		for w := range r.Each {
			if shown++; people > 0 && shown > people {
				if !yield("… and more people") {
					return
				}
				break
			}
			if !yield(fmt.Sprintf("%-9s %s %s%s", w.Action, w.Email, w.Name, rowOf(w.File, w.Row))) {
				return
			}
			for _, l := range r.Lines(w) {
				if !yield("          " + l) {
					return
				}
			}
		}
		for _, c := range r.Classes {
			if !yield(fmt.Sprintf("%-9s class %s (%s)", c.Action, c.Name, c.ID)) {
				return
			}
		}
	}
}

// rowOf is where somebody stands in a file, in brackets.
func rowOf(file string, row int) string {
	if row == 0 {
		return ""
	}
	return fmt.Sprintf(" (%srow %d)", strings.TrimPrefix(file+" ", " "), row)
}

// Lines are the changes of a person in words, a line for each field, with classes by name.
func (r *ImportResult) Lines(w ImportRow) (out []string) {
	c := w.Changes
	if c == nil {
		return nil
	}
	text := func(name string, pair []*string) {
		if pair != nil {
			out = append(out, fmt.Sprintf("%s: %q -> %q", name, orEmpty(pair[0]), orEmpty(pair[1])))
		}
	}
	text("name", c.Name)
	text("role", c.Role)
	text("status", c.Status)
	text("external_id", c.ExternalID)
	text("grade_level", c.GradeLevel)
	if c.ClassIDs != nil {
		out = append(out, fmt.Sprintf("classes: %q -> %q", r.named(c.ClassIDs[0]), r.named(c.ClassIDs[1])))
	}
	if c.UserGroupIDs != nil {
		out = append(out, fmt.Sprintf("user groups: %d -> %d", len(c.UserGroupIDs[0]), len(c.UserGroupIDs[1])))
	}
	return out
}

// named are the names of classes.
func (r *ImportResult) named(classes []pid.ID) []string {
	out := make([]string, len(classes))
	for i, id := range classes {
		out[i] = r.Names[id]
	}
	slices.Sort(out)
	return out
}
