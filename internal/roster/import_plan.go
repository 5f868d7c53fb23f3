package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster/sheet"
)

// imported is a roster file and what it comes to: classes and people are looked up, then everything that changes becomes a
// row of a roster, which judges and writes it as any other.
type imported struct {
	service *Imports
	tx      *ent.Tx
	in      *reading
	file    *sheet.Roster
	actor   *authz.Actor
	today   string // where the organization is

	courses []course          // by index of file.Classes
	closed  map[pid.ID]bool   // classes that are over
	names   map[pid.ID]string // of all classes
	people  []*entry          // by index of file.People
	whose   map[pid.ID]*entry
	seats   map[pid.ID][]seatHad // by membership, of those who are looked at

	managed       int
	seatedByFiles []pid.ID // who sits in classes by files and is not in this one

	roster   *roster
	lines    []*entry // by row of the roster; nil for who is not in the file
	reseated []reseated

	wrong, notes sheet.Roster // lists of faults
}

// entry is a person of the file, and who they are here.
type entry struct {
	*sheet.Person
	email   string // in lower case; empty where there is none that can be one
	id      pid.ID // empty for who is no member
	is      *ent.Membership
	refused bool // by a fault of the file, or a rule of ours
	same    bool // nothing is to be done
}

// seatHad is a place that somebody has in a class.
type seatHad struct {
	class pid.ID
	Enrolling
}

// reseated is another role in a class that the file gives to somebody who is in it by a file.
type reseated struct {
	member *entry
	class  pid.ID
	was    Enrolling
	now    Enrolling
}

// plan finds out what a file comes to. It changes nothing, the file as it was read neither: it may run again.
func (s *Imports) plan(ctx context.Context, tx *ent.Tx, in *reading) (*imported, error) {
	p := &imported{service: s, tx: tx, in: in, file: in.file, actor: authz.From(ctx), closed: map[pid.ID]bool{}, names: map[pid.ID]string{}, whose: map[pid.ID]*entry{}, seats: map[pid.ID][]seatHad{}}
	p.wrong.Faults, p.wrong.Wrong = slices.Clone(in.file.Faults), in.file.Wrong
	for i := range in.file.People {
		w := &in.file.People[i]
		p.people = append(p.people, &entry{Person: w, refused: w.Refused})
	}
	for _, step := range []func(context.Context) error{p.alone, p.findClasses, p.findPeople, p.readPeople, p.compare} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// alone lets one file after the other be applied to an organization: two at once would make the same class twice.
func (p *imported) alone(ctx context.Context) (err error) {
	if p.today, err = today(ctx, p.tx); err != nil {
		return err
	}
	if p.tx.Driver().Dialect() != dialect.Postgres {
		return nil // has one writer
	}
	rows, err := p.tx.Client().QueryRows(ctx, "SELECT pg_advisory_xact_lock(hashtext(?))", []any{"roster_import " + string(p.actor.Organization)})
	if err != nil {
		return fmt.Errorf("wait for other files: %w", err)
	}
	return rows.Close()
}

// refuse notes a fault of a person.
func (p *imported) refuse(m *entry, column, code, message string, args ...any) {
	m.refused = true
	p.wrong.Note(sheet.Fault{File: m.File, Row: m.Row, Column: column, Code: code, Message: fmt.Sprintf(message, args...)})
}

// note says what the file says and is not done.
func (p *imported) note(m *entry, column, message string, args ...any) {
	p.notes.Note(sheet.Fault{File: m.File, Row: m.Row, Column: column, Code: kept, Message: fmt.Sprintf(message, args...)})
}

// kept is the code of notes.
const kept = "kept"

// columns are the columns of OneRoster for what a row of a roster has.
var columns = map[string]string{"email": "email", "external_id": "sourcedId", "name": "givenName", "role": "role", "status": "enabledUser", "grade_level": "grades"}

// column is the header under which the file has a field.
func (p *imported) column(field string) string {
	field, _, _ = strings.Cut(field, "[")
	if field == "class_ids_add" || field == "class_ids_remove" {
		field = "classes"
	}
	if p.file.Columns == nil {
		return columns[field]
	}
	return p.file.HeaderOf(field)
}

// compare makes rows of a roster of all that changes, and has them judged.
func (p *imported) compare(ctx context.Context) error {
	rows := &draft{}
	for _, m := range p.people {
		p.draft(rows, m)
	}
	if err := p.draftOthers(ctx, rows); err != nil {
		return err
	}
	groups, err := groupsOfLeaving(ctx, p.tx, rows)
	if err != nil {
		return err
	}
	for i, l := range rows.leaves {
		if l {
			rows.updates[i].UserGroupIDsRemove = groups[rows.updates[i].MembershipID]
		}
	}

	p.roster, p.lines = p.service.Roster.roster(ctx, p.tx, rows.updates), rows.lines
	p.roster.source = membership.SourceCsv
	for i := range p.roster.rows {
		p.roster.rows[i].leaves, p.roster.rows[i].seats = rows.leaves[i], rows.seats[i]
	}
	for _, c := range p.courses {
		if c.id != "" && c.was == nil {
			p.roster.classes[c.id] = true
		}
	}
	if err := p.roster.plan(ctx); err != nil {
		return err
	}
	p.judged()
	return nil
}

// judged makes faults of the file of what the roster refuses, and forgets those rows.
func (p *imported) judged() {
	var rows []row
	var lines []*entry
	for i := range p.roster.rows {
		w, m := &p.roster.rows[i], p.lines[i]
		for _, f := range w.faults {
			if m != nil {
				p.refuse(m, p.column(f.path), string(f.code), "%s", f.message)
			} else {
				p.wrong.Note(sheet.Fault{Column: f.path, Code: string(f.code), Message: w.email + ", who is not in the file: " + f.message})
			}
		}
		if len(w.faults) == 0 {
			rows, lines = append(rows, *w), append(lines, m)
		}
	}
	p.roster.rows, p.lines = rows, lines
	p.reseated = slices.DeleteFunc(p.reseated, func(r reseated) bool { return r.member.refused })
}

// draft are the rows of a roster to be.
type draft struct {
	updates []UserUpdate
	leaves  []bool
	seats   [][]seated
	lines   []*entry
}

func (d *draft) add(u UserUpdate, leaves bool, seats []seated, m *entry) {
	d.updates, d.leaves, d.seats, d.lines = append(d.updates, u), append(d.leaves, leaves), append(d.seats, seats), append(d.lines, m)
}

// groupsOfLeaving are the user groups of those who leave.
func groupsOfLeaving(ctx context.Context, tx *ent.Tx, d *draft) (map[pid.ID][]pid.ID, error) {
	var ids []pid.ID
	for i, u := range d.updates {
		if d.leaves[i] {
			ids = append(ids, u.MembershipID)
		}
	}
	out := map[pid.ID][]pid.ID{}
	for chunk := range slices.Chunk(ids, readRows) {
		groups, err := groupsOf(ctx, tx.Client(), chunk)
		if err != nil {
			return nil, err
		}
		for id, g := range groups {
			out[id] = g
		}
	}
	return out, nil
}
