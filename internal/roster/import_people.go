package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster/sheet"
	"github.com/soloprint/soloprint/internal/validate"
)

// findPeople looks up who the people of the file are: by the identifier of the school's system, else by mail address. An address
// whose member has another identifier is not taken for them: addresses are given to new people.
func (p *imported) findPeople(ctx context.Context) error {
	byKey, err := p.byKey(ctx)
	if err != nil {
		return err
	}
	byMail, err := p.byMail(ctx)
	if err != nil {
		return err
	}
	for i, m := range p.people {
		keyed, mailed := byKey[m.Key], byMail[i]
		switch {
		case len(keyed) > 1:
			p.refuse(m, p.column("external_id"), sheet.NotOne, "%d members have this identifier", len(keyed))
			for _, id := range keyed {
				p.whose[id] = m
			}
		case len(keyed) == 1 && mailed != "" && mailed != keyed[0]:
			m.id = keyed[0]
			p.refuse(m, p.column("email"), sheet.NotOne, "is the address of another member than the identifier's")
		case len(keyed) == 1:
			if m.id = keyed[0]; mailed == "" && m.email != "" {
				p.note(m, p.column("email"), "the member with this identifier has another address, and keeps it")
			}
		default:
			m.id = mailed
		}
		if other := p.whose[m.id]; m.id != "" && other != nil {
			p.refuse(m, "", sheet.Duplicate, "is the person of row %d", other.Row)
			continue
		}
		if m.id != "" {
			p.whose[m.id] = m
		}
	}
	return nil
}

// byKey are the members with the identifiers of the file.
func (p *imported) byKey(ctx context.Context) (map[string][]pid.ID, error) {
	keys := make([]string, 0, len(p.people))
	for _, m := range p.people {
		if m.Key != "" {
			keys = append(keys, m.Key)
		}
	}
	out := map[string][]pid.ID{}
	for chunk := range slices.Chunk(distinct(keys), readRows) {
		found, err := p.tx.Membership.Query().Where(membership.ExternalIDIn(chunk...)).Order(membership.ByID()).
			Select(membership.FieldID, membership.FieldExternalID).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("look up identifiers: %w", err)
		}
		for _, m := range found {
			out[m.ExternalID] = append(out[m.ExternalID], m.ID)
		}
	}
	return out, nil
}

// byMail are the members with the addresses of the file, by index of the person.
func (p *imported) byMail(ctx context.Context) ([]pid.ID, error) {
	look := p.service.Roster.roster(ctx, p.tx, make([]UserUpdate, len(p.people)))
	var named []*row
	for i, m := range p.people {
		address := UserUpdate{Email: m.Email}
		if wrong := validate.Struct(address); len(wrong) > 0 {
			p.refuse(m, p.column("email"), wrong[0].Code, "%s", wrong[0].Message)
			continue
		}
		m.email = address.address()
		if look.rows[i].email = m.email; m.email != "" {
			named = append(named, &look.rows[i])
		}
	}
	for chunk := range slices.Chunk(named, readRows) {
		if err := look.findChunk(ctx, chunk); err != nil {
			return nil, fmt.Errorf("look up addresses: %w", err)
		}
	}
	return idsOfRows(look.rows), nil
}

func idsOfRows(rows []row) []pid.ID {
	out := make([]pid.ID, len(rows))
	for i := range rows {
		out[i] = rows[i].id
	}
	return out
}

// readPeople reads who the members of the file are and where they sit.
func (p *imported) readPeople(ctx context.Context) error {
	ctx = op.ByKey(ctx)
	ids := make([]pid.ID, 0, len(p.whose))
	for id := range p.whose {
		ids = append(ids, id)
	}
	for chunk := range slices.Chunk(distinct(ids), readRows) {
		found, err := p.tx.Membership.Query().Where(membership.IDIn(chunk...)).All(ctx)
		if err != nil {
			return fmt.Errorf("read members: %w", err)
		}
		for _, m := range found {
			p.whose[m.ID].is = m // of two rows for one person, the first
		}
		if err := readSeats(ctx, p.tx, p.seats, chunk); err != nil {
			return err
		}
	}
	return nil
}

// readSeats reads where members sit, in classes that are not over.
func readSeats(ctx context.Context, tx *ent.Tx, into map[pid.ID][]seatHad, members []pid.ID) error {
	found, err := tx.Enrollment.Query().Where(enrollment.MembershipIDIn(members...), enrollment.HasClassWith(class.DeletedAtIsNil())).Order(enrollment.ByClassID()).
		Select(enrollment.FieldID, enrollment.FieldClassID, enrollment.FieldMembershipID, enrollment.FieldRole, enrollment.FieldSource).All(ctx)
	if err != nil {
		return fmt.Errorf("read enrollments: %w", err)
	}
	for _, e := range found {
		into[e.MembershipID] = append(into[e.MembershipID], seatHad{e.ClassID, Enrolling{e.Role, e.Source}})
	}
	return nil
}

// draft makes a row of a roster of a person of the file, where something changes.
func (p *imported) draft(d *draft, m *entry) {
	switch {
	case m.refused:
	case m.Leaves:
		p.draftLeaving(d, m)
	case m.is == nil && (m.Bare || m.email == ""):
		p.unknown(m)
	case m.is == nil:
		p.draftNew(d, m)
	default:
		p.draftChange(d, m)
	}
}

// unknown refuses somebody who is no member and cannot become one.
func (p *imported) unknown(m *entry) {
	switch {
	case m.Bare && slices.ContainsFunc(m.Seats, func(s sheet.Seat) bool { return !s.Leaves }):
		p.refuse(m, "userSourcedId", sheet.NotOne, "is nobody of the file, and no member")
	case m.Bare:
		m.same = true
	default:
		p.refuse(m, p.column("email"), sheet.Required, "is needed for somebody who is no member yet")
	}
}

// draftLeaving lets a person go whom the file says to be gone: a student or a teacher.
func (p *imported) draftLeaving(d *draft, m *entry) {
	switch {
	case m.is == nil:
		m.same = true
	case !leavable(m.is):
		m.same = true
		p.note(m, p.column("status"), "%s has the role %s: only students and teachers leave by a file", orName(m.is), m.is.Role)
	case m.id == p.actor.Membership:
		m.same = true
		p.note(m, p.column("status"), "you do not leave by a file of your own")
	default:
		d.add(UserUpdate{MembershipID: m.id, UserChange: UserChange{ClassIDsRemove: p.classesOf(m.id)}}, true, nil, m)
	}
}

// leavable reports whether the member may leave by a file.
func leavable(m *ent.Membership) bool {
	return m.Role == membership.RoleStudent || m.Role == membership.RoleTeacher
}

func orName(m *ent.Membership) string {
	if m.Name == "" {
		return "the member"
	}
	return m.Name
}

// classesOf are the classes in which a member sits.
func (p *imported) classesOf(id pid.ID) (out []pid.ID) {
	for _, s := range p.seats[id] {
		out = append(out, s.class)
	}
	return out
}

// draftNew lets a person join.
func (p *imported) draftNew(d *draft, m *entry) {
	u := UserUpdate{Email: m.email, UserChange: UserChange{Name: set(m.Name), ExternalID: set(m.Key), GradeLevel: set(m.Grade)}}
	if m.Role != "" {
		u.Role = graphql.OmittableOf(ptr(roleOf(m.Role)))
	}
	if m.Status != "" {
		u.Status = graphql.OmittableOf(ptr(membership.Status(m.Status)))
	}
	var seats []seated
	for _, s := range m.Seats {
		if at := p.courses[s.Class].id; at != "" && !s.Leaves && !slices.Contains(u.ClassIDsAdd, at) {
			u.ClassIDsAdd = append(u.ClassIDsAdd, at)
			seats = appendSeat(seats, at, s.Role)
		}
	}
	p.checked(d, u, seats, m)
}

// checked adds a row whose values have the form that requests need.
func (p *imported) checked(d *draft, u UserUpdate, seats []seated, m *entry) {
	for _, f := range validate.Struct(u) {
		p.refuse(m, p.column(f.Path), f.Code, "%s", f.Message)
	}
	if !m.refused {
		d.add(u, false, seats, m)
	}
}

func appendSeat(seats []seated, at pid.ID, r sheet.SeatRole) []seated {
	if r == sheet.Unsaid {
		return seats // follows from the person's role
	}
	return append(seats, seated{at, Enrolling{seatRole(r), enrollment.SourceCsv}})
}

func seatRole(r sheet.SeatRole) enrollment.Role {
	return map[sheet.SeatRole]enrollment.Role{sheet.Student: enrollment.RoleStudent, sheet.Assistant: enrollment.RoleAssistant, sheet.Teacher: enrollment.RoleTeacher}[r]
}

// set is a text that a file says; what it leaves empty stays.
func set(s string) (o graphql.Omittable[*string]) {
	if s != "" {
		o = graphql.OmittableOf(&s)
	}
	return o
}

func ptr[T any](v T) *T { return &v }

func roleOf(word string) membership.Role { return membership.Role(word) }

// draftChange makes a member what the file says.
func (p *imported) draftChange(d *draft, m *entry) {
	if m.Floor && mayTouch(p.actor, m.is.Role) != nil {
		m.same = true
		p.note(m, p.column("role"), "%s is above you here (%s) and stays as they are", orName(m.is), m.is.Role)
		return
	}
	u := UserUpdate{MembershipID: m.id}
	u.Name, u.GradeLevel = other(m.Name, m.is.Name), other(m.Grade, m.is.GradeLevel)
	p.key(&u, m)
	p.role(&u, m)
	p.status(&u, m)
	seats := p.move(&u, m)
	if u.UserChange.empty() {
		m.same = !m.refused && !slices.ContainsFunc(p.reseated, func(r reseated) bool { return r.member == m })
		return
	}
	p.checked(d, u, seats, m)
}

// other is a text that a file says, where it is another one.
func other(said, is string) (o graphql.Omittable[*string]) {
	if strings.TrimSpace(said) != is {
		return set(said)
	}
	return o
}

// empty reports whether nothing is said.
func (c *UserChange) empty() bool {
	return !c.Name.IsSet() && !c.Role.IsSet() && !c.Status.IsSet() && !c.ExternalID.IsSet() && !c.GradeLevel.IsSet() && !c.moves()
}

// key gives the identifier of the school's system to who has none.
func (p *imported) key(u *UserUpdate, m *entry) {
	switch {
	case m.Key == "" || m.Key == m.is.ExternalID:
	case m.is.ExternalID != "":
		p.refuse(m, p.column("external_id"), sheet.NotOne, "the member with this address has the identifier %q: is it somebody else now?", m.is.ExternalID)
	default:
		u.ExternalID = set(m.Key)
	}
}

// role is the file's; of OneRoster only where it is higher, because nobody there knows who runs the printers.
func (p *imported) role(u *UserUpdate, m *entry) {
	now := roleOf(m.Role)
	if m.Role == "" || now == m.is.Role || m.Floor && slices.Index(roles, now) > slices.Index(roles, m.is.Role) {
		return
	}
	u.Role = graphql.OmittableOf(&now)
}

// status is the file's; but OneRoster calls enabled whoever has an account, which wakes nobody whom a person suspended.
func (p *imported) status(u *UserUpdate, m *entry) {
	now := membership.Status(m.Status)
	switch {
	case m.Status == "" || now == m.is.Status:
	case m.Floor && now == membership.StatusActive && m.is.Status == membership.StatusSuspended:
		p.note(m, p.column("status"), "%s is suspended here and stays so", orName(m.is))
	case m.Floor && now == membership.StatusSuspended && !leavable(m.is):
		p.note(m, p.column("status"), "%s has the role %s and is not suspended by a file", orName(m.is), m.is.Role)
	default:
		u.Status = graphql.OmittableOf(&now)
	}
}

// move puts a member into the classes of the file, and takes them out of those that an earlier file put them into. What a
// person did by hand stays.
func (p *imported) move(u *UserUpdate, m *entry) (seats []seated) {
	had := map[pid.ID]Enrolling{}
	for _, s := range p.seats[m.id] {
		had[s.class] = s.Enrolling
	}
	named := map[pid.ID]bool{}
	for _, s := range m.Seats {
		at := p.courses[s.Class].id
		if at == "" || named[at] {
			continue
		}
		named[at] = true
		is, there := had[at]
		switch {
		case s.Leaves && there && is.Source == enrollment.SourceCsv:
			u.ClassIDsRemove = append(u.ClassIDsRemove, at)
		case s.Leaves:
		case !there:
			u.ClassIDsAdd = append(u.ClassIDsAdd, at)
			seats = appendSeat(seats, at, s.Role)
		case s.Role != sheet.Unsaid && is.Source == enrollment.SourceCsv && is.Role != seatRole(s.Role):
			p.reseated = append(p.reseated, reseated{m, at, is, Enrolling{seatRole(s.Role), is.Source}})
		}
	}
	if m.Mentions && p.file.AllSeats {
		u.ClassIDsRemove = append(u.ClassIDsRemove, p.outdated(m.id, named)...)
	}
	return seats
}

// outdated are the classes in which a member sits by an earlier file, and not by this one.
func (p *imported) outdated(id pid.ID, named map[pid.ID]bool) (out []pid.ID) {
	for _, s := range p.seats[id] {
		if s.Source == enrollment.SourceCsv && !named[s.class] && !p.closed[s.class] {
			out = append(out, s.class)
		}
	}
	return out
}

// draftOthers lets those go whom a complete file does not name, and takes others out of classes in which earlier files put them.
func (p *imported) draftOthers(ctx context.Context, d *draft) error {
	managed, err := p.manages(ctx)
	if err != nil {
		return err
	}
	leaving := p.absent(managed)
	gone := make(map[pid.ID]bool, len(leaving))
	for _, id := range leaving {
		gone[id] = true
	}
	seated := slices.DeleteFunc(p.seatedByFiles, func(id pid.ID) bool { return gone[id] })
	for chunk := range slices.Chunk(slices.Concat(leaving, seated), readRows) {
		if err := readSeats(op.ByKey(ctx), p.tx, p.seats, chunk); err != nil {
			return err
		}
	}
	for _, id := range leaving {
		d.add(UserUpdate{MembershipID: id, UserChange: UserChange{ClassIDsRemove: p.classesOf(id)}}, true, nil, nil)
	}
	for _, id := range seated {
		if classes := p.outdated(id, nil); len(classes) > 0 {
			d.add(UserUpdate{MembershipID: id, UserChange: UserChange{ClassIDsRemove: classes}}, false, nil, nil)
		}
	}
	return nil
}

// absent are those who leave because a complete file does not name them. Nobody does where a row is left out and nobody can tell
// whose it is.
func (p *imported) absent(managed []pid.ID) (out []pid.ID) {
	if !p.file.AllPeople {
		return nil
	}
	for _, m := range p.people {
		if m.refused && m.id == "" && m.email == "" {
			p.note(m, "", "nobody leaves by this file, because it cannot be told whose row this is")
			return nil
		}
	}
	for _, id := range managed {
		if p.whose[id] == nil && id != p.actor.Membership {
			out = append(out, id)
		}
	}
	return out
}

// manages are the members whom files manage: students and teachers who came by one, or who have an identifier of the school's system.
// It counts them, and finds who sits in classes by files and is not named.
func (p *imported) manages(ctx context.Context) (managed []pid.ID, err error) {
	managed, err = p.tx.Membership.Query().Where(membership.RoleIn(membership.RoleStudent, membership.RoleTeacher),
		membership.Or(membership.SourceEQ(membership.SourceCsv), membership.ExternalIDNEQ(""))).Order(membership.ByID()).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	p.managed = len(managed)
	if !p.file.AllSeats {
		return managed, nil
	}
	rows, err := p.tx.Client().QueryRows(ctx, "SELECT DISTINCT membership_id, source FROM enrollments WHERE organization_id = ? AND source = 'csv'", []any{p.actor.Organization})
	if err != nil {
		return nil, fmt.Errorf("read enrollments: %w", err)
	}
	err = eachPair(rows, func(id, _ pid.ID) {
		if p.whose[id] == nil {
			p.seatedByFiles = append(p.seatedByFiles, id)
		}
	})
	slices.Sort(p.seatedByFiles)
	return managed, err
}
