package roster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// writeRows bounds one statement that writes: eight values a row stay far below the 32,766 parameters of SQLite.
const writeRows = 500

// write carries out a plan that refuses nothing.
func (r *roster) write(ctx context.Context) error {
	var fresh, rewritten []*row
	var suspended, leaving []pid.ID
	for i := range r.rows {
		switch w := &r.rows[i]; {
		case w.was == nil:
			fresh = append(fresh, w)
		case w.was == w.now:
		case w.leaves:
			leaving = append(leaving, w.id)
		case !w.was.sameColumns(w.now) || !slices.Equal(w.was.at().groups, w.now.at().groups):
			w.updated = op.Now(ctx)
			rewritten = append(rewritten, w)
			if w.now.status == membership.StatusSuspended && w.was.status != w.now.status {
				suspended = append(suspended, w.id)
			}
		}
	}
	if err := r.join(ctx, fresh); err != nil {
		return err
	}
	for chunk := range slices.Chunk(rewritten, writeRows) {
		if err := rewrite(ctx, r.tx, r.actor.Organization, op.Now(ctx), chunk); err != nil {
			return err
		}
	}
	if err := endSessions(ctx, r.tx, suspended); err != nil {
		return err
	}

	r.tell(ctx)
	if err := r.regroup(ctx); err != nil {
		return err
	}
	if err := r.reseat(ctx); err != nil {
		return err
	}
	return remove(ctx, r.tx, leaving)
}

// join makes members of those who join.
func (r *roster) join(ctx context.Context, rows []*row) error {
	at := op.Now(ctx)
	for chunk := range slices.Chunk(rows, writeRows) {
		people := make([]Person, len(chunk))
		for i, w := range chunk {
			people[i] = Person{Organization: r.actor.Organization, Email: w.email, Name: w.now.name, Role: w.now.role, Status: w.now.status, Source: r.source,
				ExternalID: w.now.externalID, GradeLevel: w.now.gradeLevel, At: &at}
		}
		joined, err := r.service.Join(ctx, r.tx, people...)
		if err != nil {
			return err
		}
		for i, w := range chunk {
			w.id, w.user, w.created, w.source = joined[i].ID, joined[i].UserID, joined[i].CreatedAt, joined[i].Source
		}
	}
	return nil
}

// rewrite writes the columns of people whose rows the caller has locked, all in one statement: what is other in each of
// them differs from person to person. It counts as a change of every row, and one that was removed is back.
func rewrite(ctx context.Context, tx *ent.Tx, organization pid.ID, at time.Time, people []*row) error {
	if len(people) == 0 {
		return nil
	}
	args := make([]any, 0, 7*len(people)+2)
	args = append(args, at)
	for _, w := range people {
		p := w.now
		args = append(args, w.id, p.name, string(p.role), string(p.status), p.externalID, p.gradeLevel, w.search())
	}
	args = append(args, organization)
	values := strings.TrimSuffix(strings.Repeat("("+marks(7)+"),", len(people)), ",")
	rows, err := tx.Client().QueryRows(ctx, "UPDATE memberships SET name = v.column2, role = v.column3, status = v.column4, external_id = v.column5,"+
		" grade_level = v.column6, search = v.column7, suspended_by = CASE WHEN memberships.status = v.column4 THEN memberships.suspended_by ELSE '' END, deleted_at = NULL, updated_at = ?, version = memberships.version + 1"+
		" FROM (VALUES "+values+") AS v WHERE memberships.id = v.column1 AND "+op.Unindexed(tx.Driver().Dialect(), "memberships.organization_id")+" = ? RETURNING memberships.id, memberships.user_id", args)
	if err != nil {
		return fmt.Errorf("update memberships: %w", err)
	}
	n := 0
	if err := eachPair(rows, func(_, _ pid.ID) { n++ }); err != nil {
		return fmt.Errorf("update memberships: %w", err)
	}
	if n != len(people) {
		return fmt.Errorf("update memberships: %d of %d rows", n, len(people))
	}
	return nil
}

// endSessions is a step that ends the sessions of people.
func endSessions(ctx context.Context, tx *ent.Tx, members []pid.ID) error {
	for chunk := range slices.Chunk(members, readRows) {
		err := tx.Session.Update().Where(session.MembershipIDIn(chunk...), session.RevokedAtIsNil()).SetRevokedAt(op.Now(ctx)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
	}
	return nil
}

// tell emits what happened to each person: a fact for each thing that is other.
func (r *roster) tell(ctx context.Context) {
	event.Expect(ctx, len(r.rows))
	for i := range r.rows {
		w := &r.rows[i]
		if w.was == nil {
			event.Emit(ctx, r.tx, event.Fact{Type: event.UserJoined, Resource: "user", ID: w.id, Object: shown{w}})
			continue
		}
		for _, t := range w.facts() {
			f := event.Fact{Type: t, Resource: "user", ID: w.id, Object: shown{w}, Previous: before{w}}
			if w.leaves {
				f.Previous = nil
			}
			event.Emit(ctx, r.tx, f)
		}
	}
}

// userUpdated is what other changes of a person are called.
const userUpdated event.Type = "user.updated"

// facts are the types of events that a change of a member is.
func (w *row) facts() (types []event.Type) {
	if w.was == w.now {
		return nil
	}
	if w.leaves {
		return []event.Type{event.UserRemoved}
	}
	a, b := *w.was, *w.now
	if a.role != b.role {
		types = append(types, event.UserRoleChanged)
	}
	switch {
	case a.status == b.status:
	case b.status == membership.StatusSuspended:
		types = append(types, event.UserSuspended)
	case b.status == membership.StatusActive && a.status == membership.StatusPending:
		types = append(types, event.UserApproved)
	default:
		types = append(types, userUpdated)
	}
	a.role, a.status = b.role, b.status
	if (!a.sameColumns(&b) || !slices.Equal(a.at().groups, b.at().groups)) && !slices.Contains(types, userUpdated) {
		types = append(types, userUpdated)
	}
	return types
}

// regroup puts people into user groups and takes them out of others.
func (r *roster) regroup(ctx context.Context) error {
	in, out := map[pid.ID][]pid.ID{}, map[pid.ID][]pid.ID{}
	for i := range r.rows {
		w := &r.rows[i]
		if w.was == w.now {
			continue
		}
		for _, g := range without(w.now.at().groups, w.had().at().groups) {
			in[g] = append(in[g], w.id)
		}
		for _, g := range without(w.had().at().groups, w.now.at().groups) {
			out[g] = append(out[g], w.id)
		}
	}
	for _, g := range slices.Sorted(maps.Keys(r.groups)) {
		if err := joinGroup(ctx, r.tx, g, in[g]); err != nil {
			return err
		}
		for chunk := range slices.Chunk(out[g], readRows) {
			if err := r.tx.UserGroup.UpdateOneID(g).RemoveMemberIDs(chunk...).Exec(ctx); err != nil {
				return fmt.Errorf("leave user group: %w", err)
			}
		}
	}
	return nil
}

// joinGroup puts people into a user group.
func joinGroup(ctx context.Context, tx *ent.Tx, group pid.ID, members []pid.ID) error {
	for chunk := range slices.Chunk(members, readRows) {
		if err := tx.UserGroup.UpdateOneID(group).AddMemberIDs(chunk...).Exec(ctx); err != nil {
			return fmt.Errorf("join user group: %w", err)
		}
	}
	return nil
}

// had is what the person was, nobody for who joins.
func (w *row) had() *person {
	if w.was == nil {
		return &person{}
	}
	return w.was
}

// reseat puts people into classes and takes them out of others. Students come in as students, everybody else as teachers.
func (r *roster) reseat(ctx context.Context) error {
	in, out := map[pid.ID]map[Enrolling][]pid.ID{}, map[pid.ID][]pid.ID{}
	for i := range r.rows {
		w := &r.rows[i]
		if w.was == w.now {
			continue
		}
		for _, c := range without(w.now.at().classes, w.had().at().classes) {
			if in[c] == nil {
				in[c] = map[Enrolling][]pid.ID{}
			}
			as := w.seat(c, r.source)
			in[c][as] = append(in[c][as], w.id)
		}
		for _, c := range without(w.had().at().classes, w.now.at().classes) {
			out[c] = append(out[c], w.id)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(r.classes)) {
		for chunk := range slices.Chunk(out[c], readRows) {
			if _, err := UnenrollMembers(ctx, r.tx, c, chunk); err != nil {
				return err
			}
		}
		if err := seatAll(ctx, r.tx, c, in[c]); err != nil {
			return err
		}
	}
	return nil
}

// seat is what the person becomes in a class.
func (w *row) seat(class pid.ID, source membership.Source) Enrolling {
	if i := slices.IndexFunc(w.seats, func(s seated) bool { return s.class == class }); i >= 0 {
		return w.seats[i].Enrolling
	}
	return Enrolling{Role: seatOf(w.now.role), Source: enrollment.Source(source)}
}

// seatOf is what a person of the role becomes in a class.
func seatOf(r membership.Role) enrollment.Role {
	if r == membership.RoleStudent {
		return enrollment.RoleStudent
	}
	return enrollment.RoleTeacher
}

// seatMembers enrolls any number of members in a class that the caller has locked, without a look-up for each.
func seatMembers(ctx context.Context, tx *ent.Tx, class pid.ID, members []pid.ID, as Enrolling) error {
	for chunk := range slices.Chunk(members, readRows) {
		there, err := op.Own(ctx, tx.Membership, chunk)
		if err == nil && there {
			there, err = op.Own(ctx, tx.Class, []pid.ID{class})
		}
		if err != nil {
			return fmt.Errorf("count members: %w", err)
		}
		if !there {
			return OpUserUpdate.NotFound()
		}
		if _, err := EnrollMembers(ctx, tx, class, chunk, as); err != nil {
			return err
		}
	}
	return nil
}
