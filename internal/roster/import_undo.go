package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/rosterimport"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// UndoImportInput names a file that was applied.
type UndoImportInput struct {
	ImportID pid.ID `path:"import_id" json:"-" doc:"Identifier of the import."`
}

// Timeout implements op.Patient.
func (UndoImportInput) Timeout() time.Duration { return importTime }

// UndoResult is what an undo changed back.
type UndoResult struct {
	Import   *ent.RosterImport
	Restored int // people who left and are back
	Removed  int // people who had joined and are gone
	Reverted int // people who are again what they were, in part or whole
	Classes  int // classes that are gone, or again what they were
	Left     []UndoLeft
}

// UndoLeft is something that an undo leaves as it is.
type UndoLeft struct {
	ID   pid.ID // of a membership or a class
	Name string
	Why  string
}

// Undo takes back what a file changed, within 30 days. What somebody has changed since stays as it is now, and the answer says
// so: of a person only that part. Who had joined by the file and is unchanged is removed; who had left is back, without
// their sessions and keys, which stay ended.
func (s *Imports) Undo(ctx context.Context, in UndoImportInput) (*UndoResult, error) {
	return op.Do(ctx, s.Roster.Ops, OpImportUndo, in, func(ctx context.Context, tx *ent.Tx) (*UndoResult, error) {
		u, err := s.undoing(ctx, tx, in.ImportID)
		if err != nil {
			return nil, err
		}
		if err := u.read(ctx); err != nil {
			return nil, err
		}
		if err := u.compare(ctx); err != nil {
			return nil, err
		}

		if err := u.write(ctx); err != nil {
			return nil, err
		}
		u.out.Import, err = tx.RosterImport.UpdateOne(u.of).SetUndoneAt(op.Now(ctx)).Save(ctx)
		return &u.out, err
	})
}

// undo is an import that is taken back.
type undo struct {
	service *Imports
	tx      *ent.Tx
	of      *ent.RosterImport
	log     *changeLog

	people  map[pid.ID]*ent.Membership // also those who were removed
	address map[pid.ID]string          // of those who come back
	seats   map[pid.ID][]*ent.Enrollment
	groups  map[pid.ID][]pid.ID
	classes map[pid.ID]bool // that still are
	known   map[pid.ID]bool // user groups that still are

	roster   *roster
	reseated map[pid.ID]map[Enrolling][]pid.ID
	out      UndoResult
}

// undoing loads and locks an import that can be taken back.
func (s *Imports) undoing(ctx context.Context, tx *ent.Tx, id pid.ID) (*undo, error) {
	of, err := lock(tx, tx.RosterImport.Query().Where(rosterimport.ID(id))).Only(ctx)
	switch {
	case err != nil:
		return nil, err
	case of.AppliedAt == nil:
		return nil, errs.New(errs.RosterImportNotUndoable, "This file was not applied.")
	case of.UndoneAt != nil:
		return nil, errs.New(errs.RosterImportNotUndoable, "This file was taken back already.")
	case op.Now(ctx).Sub(*of.AppliedAt) > undoable:
		return nil, errs.New(errs.RosterImportNotUndoable, "This file was applied more than 30 days ago.")
	}
	log, err := unpack(of.Changes)
	if err != nil {
		return nil, err
	}
	return &undo{service: s, tx: tx, of: of, log: log, people: map[pid.ID]*ent.Membership{}, address: map[pid.ID]string{}, seats: map[pid.ID][]*ent.Enrollment{}, groups: map[pid.ID][]pid.ID{},
		classes: map[pid.ID]bool{}, known: map[pid.ID]bool{}, reseated: map[pid.ID]map[Enrolling][]pid.ID{}}, nil
}

// read reads what has become of everybody whom the file changed.
func (u *undo) read(ctx context.Context) error {
	ids := make([]pid.ID, len(u.log.People))
	for i, c := range u.log.People {
		ids[i] = c.ID
	}
	for chunk := range slices.Chunk(ids, readRows) {
		if err := u.readChunk(ctx, chunk); err != nil {
			return err
		}
	}
	return u.readPlaces(ctx)
}

func (u *undo) readChunk(ctx context.Context, ids []pid.ID) error {
	ctx = op.ByKey(ctx)
	found, err := u.tx.Membership.Query().Where(membership.IDIn(ids...)).All(op.WithRemoved(ctx))
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	var gone []*row
	for _, m := range found {
		if u.people[m.ID] = m; m.DeletedAt != nil {
			gone = append(gone, &row{identity: identity{id: m.ID, user: m.UserID}})
		}
	}
	if err := u.service.Roster.roster(ctx, u.tx, nil).addresses(ctx, gone); err != nil {
		return fmt.Errorf("read mail addresses: %w", err)
	}
	for _, w := range gone {
		u.address[w.id] = w.email
	}
	seats, err := u.tx.Enrollment.Query().Where(enrollment.MembershipIDIn(ids...), enrollment.HasClassWith(class.DeletedAtIsNil())).Order(enrollment.ByClassID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read enrollments: %w", err)
	}
	for _, e := range seats {
		u.seats[e.MembershipID] = append(u.seats[e.MembershipID], e)
	}
	groups, err := groupsOf(ctx, u.tx.Client(), ids)
	for id, g := range groups {
		u.groups[id] = g
	}
	return err
}

// readPlaces finds out which classes and user groups still are, of those to which people come back.
func (u *undo) readPlaces(ctx context.Context) error {
	var classes, groups []pid.ID
	for _, c := range u.log.People {
		groups = append(groups, c.Groups...)
		for _, s := range slices.Concat(c.Removed, c.Reseated) {
			classes = append(classes, s.Class)
		}
	}
	for chunk := range slices.Chunk(distinct(classes), readRows) {
		found, err := u.tx.Class.Query().Where(class.IDIn(chunk...)).IDs(ctx)
		if err != nil {
			return fmt.Errorf("read classes: %w", err)
		}
		for _, id := range found {
			u.classes[id] = true
		}
	}
	all, err := u.tx.UserGroup.Query().IDs(ctx)
	if err != nil {
		return fmt.Errorf("read user groups: %w", err)
	}
	for _, id := range all {
		u.known[id] = slices.Contains(groups, id)
	}
	return nil
}

// leave says what stays as it is.
func (u *undo) leave(id pid.ID, name, why string, args ...any) {
	u.out.Left = append(u.out.Left, UndoLeft{id, name, fmt.Sprintf(why, args...)})
}

// compare makes rows of a roster of all that goes back, and has them judged as any other.
func (u *undo) compare(ctx context.Context) error {
	rows := &draft{}
	for _, c := range u.log.People {
		switch m := u.people[c.ID]; {
		case m == nil: // was removed for good
		case c.Was == nil:
			u.draftJoined(rows, c, m)
		case c.Now == nil:
			u.draftLeft(rows, c, m)
		case m.DeletedAt != nil:
			u.leave(m.ID, m.Name, "was removed since")
		default:
			u.draftChanged(rows, c, m)
		}
	}
	u.roster = u.service.Roster.roster(ctx, u.tx, rows.updates)
	for i := range u.roster.rows {
		u.roster.rows[i].leaves, u.roster.rows[i].seats = rows.leaves[i], rows.seats[i]
	}
	if err := u.roster.plan(ctx); err != nil {
		return err
	}
	u.judged()
	return nil
}

// judged leaves what the actor may not do, and counts the rest.
func (u *undo) judged() {
	var rows []row
	for i := range u.roster.rows {
		w := &u.roster.rows[i]
		if len(w.faults) > 0 {
			u.leave(w.id, w.email, "%s", w.faults[0].message)
			continue
		}
		switch actionOf(w) {
		case ImportNew:
			u.out.Restored++
		case ImportLeaving:
			u.out.Removed++
		case ImportChanged:
			u.out.Reverted++
		}
		rows = append(rows, *w)
	}
	u.roster.rows = rows
}

// draftJoined removes who joined by the file, unless they were changed since.
func (u *undo) draftJoined(d *draft, c changedPerson, m *ent.Membership) {
	foreign := slices.DeleteFunc(slices.Clone(u.seats[m.ID]), func(e *ent.Enrollment) bool { return u.ours(e, c) })
	switch {
	case m.DeletedAt != nil: // gone already
	case len(changedSince(*c.Now, m)) > 0:
		u.leave(m.ID, m.Name, "joined by the file, and stays: changed since: %s", strings.Join(changedSince(*c.Now, m), ", "))
	case len(foreign) > 0 || len(u.groups[m.ID]) > 0:
		u.leave(m.ID, m.Name, "joined by the file, and stays: somebody put them into a class or a user group since")
	default:
		change := UserChange{}
		for _, e := range u.seats[m.ID] {
			change.ClassIDsRemove = append(change.ClassIDsRemove, e.ClassID)
		}
		d.add(UserUpdate{MembershipID: m.ID, UserChange: change}, true, nil, nil)
	}
}

// ours reports whether a place in a class is as the file made it.
func (u *undo) ours(e *ent.Enrollment, c changedPerson) bool {
	return slices.Contains(c.Added, e.ClassID) && e.CreatedAt.Equal(*u.of.AppliedAt) && e.Version == 1
}

// changedSince are the columns that are not what the file made them.
func changedSince(then keptPerson, m *ent.Membership) (out []string) {
	note := func(name string, changed bool) {
		if changed {
			out = append(out, name)
		}
	}
	note("name", then.Name != m.Name)
	note("role", then.Role != m.Role)
	note("status", then.Status != m.Status)
	note("external_id", then.ExternalID != m.ExternalID)
	note("grade_level", then.GradeLevel != m.GradeLevel)
	return out
}

// draftLeft brings back who left by the file, as they were.
func (u *undo) draftLeft(d *draft, c changedPerson, m *ent.Membership) {
	if m.DeletedAt == nil || !m.DeletedAt.Equal(*u.of.AppliedAt) {
		u.leave(m.ID, m.Name, "left by the file, and was added or removed by somebody since")
		return
	}
	change := UserChange{Name: graphql.OmittableOf(&c.Was.Name), Role: graphql.OmittableOf(&c.Was.Role), Status: graphql.OmittableOf(&c.Was.Status),
		ExternalID: graphql.OmittableOf(&c.Was.ExternalID), GradeLevel: graphql.OmittableOf(&c.Was.GradeLevel)}
	for _, g := range c.Groups {
		if u.known[g] {
			change.UserGroupIDsAdd = append(change.UserGroupIDsAdd, g)
		}
	}
	seats := u.seatsBack(&change, c, m)
	d.add(UserUpdate{Email: u.address[m.ID], UserChange: change}, false, seats, nil)
}

// seatsBack gives back places in classes that still are.
func (u *undo) seatsBack(change *UserChange, c changedPerson, m *ent.Membership) (seats []seated) {
	for _, s := range c.Removed {
		sits := slices.ContainsFunc(u.seats[m.ID], func(e *ent.Enrollment) bool { return e.ClassID == s.Class })
		switch {
		case sits: // by somebody's hand
		case !u.classes[s.Class]:
			u.leave(m.ID, m.Name, "was in a class that is deleted")
		default:
			change.ClassIDsAdd = append(change.ClassIDsAdd, s.Class)
			seats = append(seats, seated{s.Class, Enrolling{s.Role, s.Source}})
		}
	}
	return seats
}

// draftChanged makes somebody again what they were, where nobody has changed that since.
func (u *undo) draftChanged(d *draft, c changedPerson, m *ent.Membership) {
	change, since := UserChange{}, changedSince(*c.Now, m)
	back := func(name string, changed bool) bool { return changed && !slices.Contains(since, name) }
	if back("name", c.Was.Name != c.Now.Name) {
		change.Name = graphql.OmittableOf(&c.Was.Name)
	}
	if back("role", c.Was.Role != c.Now.Role) {
		change.Role = graphql.OmittableOf(&c.Was.Role)
	}
	if back("status", c.Was.Status != c.Now.Status) {
		change.Status = graphql.OmittableOf(&c.Was.Status)
	}
	if back("external_id", c.Was.ExternalID != c.Now.ExternalID) {
		change.ExternalID = graphql.OmittableOf(&c.Was.ExternalID)
	}
	if back("grade_level", c.Was.GradeLevel != c.Now.GradeLevel) {
		change.GradeLevel = graphql.OmittableOf(&c.Was.GradeLevel)
	}
	if lost := slices.DeleteFunc(changedColumns(c), func(name string) bool { return !slices.Contains(since, name) }); len(lost) > 0 {
		u.leave(m.ID, m.Name, "changed since: %s", strings.Join(lost, ", "))
	}
	for _, e := range u.seats[m.ID] {
		if u.ours(e, c) {
			change.ClassIDsRemove = append(change.ClassIDsRemove, e.ClassID)
		}
		u.reseat(e, c)
	}
	seats := u.seatsBack(&change, c, m)
	if !change.empty() {
		d.add(UserUpdate{MembershipID: m.ID, UserChange: change}, false, seats, nil)
	}
}

// changedColumns are the columns that the file changed.
func changedColumns(c changedPerson) []string {
	return changedSince(*c.Was, &ent.Membership{Name: c.Now.Name, Role: c.Now.Role, Status: c.Now.Status, ExternalID: c.Now.ExternalID, GradeLevel: c.Now.GradeLevel})
}

// reseat gives the role in a class back that the file changed, where it still is the file's.
func (u *undo) reseat(e *ent.Enrollment, c changedPerson) {
	for _, s := range c.Reseated {
		if s.Class == e.ClassID && s.Now == e.Role && s.Source == e.Source {
			putSeat(u.reseated, e.ClassID, Enrolling{s.Role, s.Source}, e.MembershipID)
		}
	}
}

// write carries the undo out: people first, then the classes that they left.
func (u *undo) write(ctx context.Context) error {
	if err := u.roster.write(ctx); err != nil {
		return err
	}
	if err := reseat(ctx, u.tx, u.reseated); err != nil {
		return err
	}
	return u.writeClasses(ctx)
}
