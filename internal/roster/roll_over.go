package roster

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/rollover"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
	"github.com/soloprint/soloprint/internal/validate"
)

// undoable is how long a roll-over can be undone.
const undoable = 30 * 24 * time.Hour

// RollOverInput names a class and the one that follows it.
type RollOverInput struct {
	ClassID     pid.ID  `path:"class_id" json:"-" doc:"Identifier of the class." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	NextClassID *pid.ID `json:"next_class_id,omitempty" doc:"The class that students and assistants move to; absent = the class's own next_class_id." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7n"`
	DryRun      bool    `json:"dry_run,omitempty" doc:"Answer what would change, and change nothing."`
}

// RollOverResult is what a roll-over changes, or an undo changed back.
type RollOverResult struct {
	DryRun    bool           `json:"dry_run" doc:"Whether nothing was changed because the request asked for that."`
	Class     RollOverClass  `json:"class" doc:"The class, and its state afterwards."`
	NextClass RollOverClass  `json:"next_class" doc:"The class that people move to; after an undo, the one they had moved to, also where it was deleted since."`
	Moved     []RollOverMove `json:"moved" doc:"Students and assistants, who move. After an undo, who is back."`
	Staying   []pid.ID       `json:"staying" doc:"Memberships of the teachers, who stay with the class that ends. After an undo, those whom it left alone."`
	UndoUntil *time.Time     `json:"undo_until" doc:"Until when the roll-over can be undone; null for a dry run and after an undo."`
}

// RollOverClass is a class and its state.
type RollOverClass struct {
	ID    pid.ID      `json:"id"`
	Name  string      `json:"name"`
	State class.State `json:"state" enum:"upcoming,active,ended,archived"`
}

// RollOverMove is one person who moves.
type RollOverMove struct {
	MembershipID pid.ID          `json:"membership_id"`
	Role         enrollment.Role `json:"role" enum:"student,assistant,teacher"`
	Joins        bool            `json:"joins" doc:"Whether the person comes into the next class by this; false for who is in it already."`
}

// RollOver moves the students and assistants of a class to the next one and ends the class. Its teachers stay with it: the
// next class has its own. Nobody is deleted, and all of it can be undone for 30 days.
func (s *Service) RollOver(ctx context.Context, in RollOverInput) (*RollOverResult, error) {
	return op.Do(ctx, s.Ops, OpClassRollOver, in, func(ctx context.Context, tx *ent.Tx) (*RollOverResult, error) {
		from, to, err := in.classes(ctx, tx)
		if err != nil {
			return nil, err
		}
		moved, staying, err := movers(ctx, tx, from.ID, to.ID)
		if err != nil {
			return nil, err
		}
		out := &RollOverResult{DryRun: in.DryRun, Class: RollOverClass{from.ID, from.Name, class.StateEnded}, NextClass: RollOverClass{to.ID, to.Name, to.State},
			Moved: moves(moved), Staying: staying}
		if in.DryRun {
			return out, nil
		}

		until := op.Now(ctx).Add(undoable)
		out.UndoUntil = &until
		return out, rollOver(ctx, tx, from, to, moved)
	})
}

// rollOver is a step that moves people from one class to another, ends the first and keeps what an undo needs. The caller
// has locked both.
func rollOver(ctx context.Context, tx *ent.Tx, from, to *ent.Class, moved []schematype.Moved) error {
	if err := move(ctx, tx, from.ID, to.ID, moved); err != nil {
		return err
	}
	ended, err := tx.Class.UpdateOne(from).SetState(class.StateEnded).Save(ctx)
	if err != nil {
		return fmt.Errorf("end class: %w", err)
	}
	kept := tx.RollOver.Create().SetClassID(from.ID).SetNextClassID(to.ID).SetMoved(moved).SetClassState(string(from.State))
	if by := authz.From(ctx).Membership; by != "" {
		kept.SetByMembershipID(by)
	}
	if err := kept.Exec(ctx); err != nil {
		return fmt.Errorf("keep roll-over: %w", err)
	}
	return tellState(ctx, tx, from, ended, event.ClassRolledOver, event.ClassEnded)
}

// classes loads and locks both classes.
func (in RollOverInput) classes(ctx context.Context, tx *ent.Tx) (from, to *ent.Class, err error) {
	if from, err = op.Load(ctx, tx.Class, in.ClassID); err != nil {
		return nil, nil, err
	}
	next := in.NextClassID
	if next == nil {
		next = from.NextClassID
	}
	switch {
	case next == nil:
		return nil, nil, errs.Invalid(errs.Field{Path: "next_class_id", Code: validate.Required, Message: "is required: the class names no next one"})
	case *next == from.ID:
		return nil, nil, errs.Invalid(errs.Field{Path: "next_class_id", Code: validate.NotAllowed, Message: "must be another class"})
	}
	if to, err = op.Load(ctx, tx.Class, *next); err != nil {
		return nil, nil, err
	}
	if over(from) {
		return nil, nil, errs.New(errs.ClassStateConflict, "The class has ended.")
	}
	if over(to) {
		return nil, nil, errs.New(errs.ClassStateConflict, "The next class has ended.")
	}
	return from, to, nil
}

// over reports whether nobody comes into the class any more.
func over(c *ent.Class) bool { return c.State == class.StateEnded || c.State == class.StateArchived }

// seats are the enrollments in a class, by membership in its order.
func seats(ctx context.Context, tx *ent.Tx, class pid.ID) ([]*ent.Enrollment, error) {
	found, err := tx.Enrollment.Query().Where(enrollment.ClassID(class)).Order(enrollment.ByMembershipID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read enrollments: %w", err)
	}
	return found, nil
}

// movers are who moves from one class to the other, and the teachers, who stay.
func movers(ctx context.Context, tx *ent.Tx, from, to pid.ID) (moved []schematype.Moved, staying []pid.ID, err error) {
	here, err := seats(ctx, tx, from)
	if err != nil {
		return nil, nil, err
	}
	there, err := seats(ctx, tx, to)
	if err != nil {
		return nil, nil, err
	}
	in := make(map[pid.ID]bool, len(there))
	for _, e := range there {
		in[e.MembershipID] = true
	}
	moved, staying = []schematype.Moved{}, []pid.ID{}
	for _, e := range here {
		if e.Role == enrollment.RoleTeacher {
			staying = append(staying, e.MembershipID)
			continue
		}
		moved = append(moved, schematype.Moved{MembershipID: string(e.MembershipID), Role: string(e.Role), Source: string(e.Source), Joined: !in[e.MembershipID]})
	}
	return moved, staying, nil
}

func moves(moved []schematype.Moved) []RollOverMove {
	out := make([]RollOverMove, len(moved))
	for i, m := range moved {
		out[i] = RollOverMove{MembershipID: pid.ID(m.MembershipID), Role: enrollment.Role(m.Role), Joins: m.Joined}
	}
	return out
}

// move takes people out of one class and puts those who are not in the other one yet into it, as what they were.
func move(ctx context.Context, tx *ent.Tx, from, to pid.ID, moved []schematype.Moved) error {
	all, joining := make([]pid.ID, len(moved)), map[Enrolling][]pid.ID{}
	for i, m := range moved {
		all[i] = pid.ID(m.MembershipID)
		if m.Joined {
			joining[asIn(m)] = append(joining[asIn(m)], all[i])
		}
	}
	for chunk := range slices.Chunk(all, readRows) {
		if _, err := UnenrollMembers(ctx, tx, from, chunk); err != nil {
			return err
		}
	}
	return seatAll(ctx, tx, to, joining)
}

// asIn is what the person was in the class.
func asIn(m schematype.Moved) Enrolling {
	return Enrolling{Role: enrollment.Role(m.Role), Source: enrollment.Source(m.Source)}
}

// seatAll enrolls people as what they were, always in the same order.
func seatAll(ctx context.Context, tx *ent.Tx, class pid.ID, people map[Enrolling][]pid.ID) error {
	for _, role := range []enrollment.Role{enrollment.RoleTeacher, enrollment.RoleAssistant, enrollment.RoleStudent} {
		for _, source := range []enrollment.Source{enrollment.SourceManual, enrollment.SourceInvite, enrollment.SourceCsv, enrollment.SourceSSO, enrollment.SourceScim} {
			as := Enrolling{Role: role, Source: source}
			if err := seatMembers(ctx, tx, class, people[as], as); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellState emits events about a class whose state is another one.
func tellState(ctx context.Context, tx *ent.Tx, was, now *ent.Class, types ...event.Type) error {
	c, err := listing.LoadClass(tx.Class.Query().Where(class.ID(now.ID))).Only(ctx)
	if err != nil {
		return fmt.Errorf("read class: %w", err)
	}
	for _, t := range types {
		event.Emit(ctx, tx, event.Fact{Type: t, Resource: "class", ID: c.ID, Object: record.Class(c), Previous: map[string]any{"state": was.State}})
	}
	return nil
}

// UndoRollOverInput names a class that was rolled over.
type UndoRollOverInput struct {
	ClassID pid.ID `path:"class_id" json:"-" doc:"Identifier of the class." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"`
}

// UndoRollOver takes the last roll-over of a class back, within 30 days. Who was moved is again what they were, and leaves the
// next class where the roll-over put them there and nobody has changed that since. What came later stays: who was removed
// from the organization, or is in the class again by somebody's hand, and who was in the next class before.
func (s *Service) UndoRollOver(ctx context.Context, in UndoRollOverInput) (*RollOverResult, error) {
	return op.Do(ctx, s.Ops, OpClassUndoRollOver, in, func(ctx context.Context, tx *ent.Tx) (*RollOverResult, error) {
		from, err := op.Load(ctx, tx.Class, in.ClassID)
		if err != nil {
			return nil, err
		}
		last, err := lastRollOver(ctx, tx, from)
		if err != nil {
			return nil, err
		}
		to, err := op.Load(op.WithRemoved(ctx), tx.Class, last.NextClassID) // as it was, where it was deleted since
		if err != nil {
			return nil, err
		}
		back, left, err := returning(ctx, tx, last)
		if err != nil {
			return nil, err
		}

		if err := takeBack(ctx, tx, last, back); err != nil {
			return nil, err
		}
		now, err := reopen(ctx, tx, from, last)
		if err != nil {
			return nil, err
		}
		if err := tx.RollOver.UpdateOne(last).SetUndoneAt(op.Now(ctx)).Exec(ctx); err != nil {
			return nil, fmt.Errorf("mark roll-over: %w", err)
		}
		out := &RollOverResult{Class: RollOverClass{from.ID, from.Name, now.State}, NextClass: RollOverClass{to.ID, to.Name, to.State},
			Moved: moves(back), Staying: left}

		return out, tellState(ctx, tx, from, now, "class.updated")
	})
}

// lastRollOver is the roll-over that can be undone.
func lastRollOver(ctx context.Context, tx *ent.Tx, c *ent.Class) (*ent.RollOver, error) {
	last, err := tx.RollOver.Query().Where(rollover.ClassID(c.ID), rollover.UndoneAtIsNil()).Order(rollover.ByCreatedAt(sql.OrderDesc()), rollover.ByID(sql.OrderDesc())).First(ctx)
	if ent.IsNotFound(err) {
		return nil, errs.New(errs.ClassStateConflict, "There is no roll-over of this class to undo.")
	}
	if err != nil {
		return nil, fmt.Errorf("read roll-over: %w", err)
	}
	if op.Now(ctx).Sub(last.CreatedAt) > undoable {
		return nil, errs.New(errs.ClassStateConflict, "The roll-over is older than 30 days.")
	}
	return last, nil
}

// returning are those of a roll-over who come back, and those whom it leaves alone: removed since, or in the class again.
func returning(ctx context.Context, tx *ent.Tx, last *ent.RollOver) (back []schematype.Moved, left []pid.ID, err error) {
	here, err := seats(ctx, tx, last.ClassID)
	if err != nil {
		return nil, nil, err
	}
	again := map[pid.ID]bool{}
	for _, e := range here {
		again[e.MembershipID] = true
	}
	members, err := stillMembers(ctx, tx, last.Moved)
	if err != nil {
		return nil, nil, err
	}
	back, left = []schematype.Moved{}, []pid.ID{}
	for _, m := range last.Moved {
		if id := pid.ID(m.MembershipID); again[id] || !members[id] {
			left = append(left, id)
			continue
		}
		back = append(back, m)
	}
	return back, left, nil
}

// takeBack enrolls people as what they were, and takes those out of the next class whom the roll-over put there: their
// enrollment is as old as the roll-over and nobody has changed it.
func takeBack(ctx context.Context, tx *ent.Tx, last *ent.RollOver, back []schematype.Moved) error {
	there, err := seats(ctx, tx, last.NextClassID)
	if err != nil {
		return err
	}
	untouched := map[pid.ID]bool{}
	for _, e := range there {
		untouched[e.MembershipID] = e.CreatedAt.Equal(last.CreatedAt) && e.Version == 1
	}
	var leaving []pid.ID
	joining := map[Enrolling][]pid.ID{}
	for _, m := range back {
		id := pid.ID(m.MembershipID)
		joining[asIn(m)] = append(joining[asIn(m)], id)
		if m.Joined && untouched[id] {
			leaving = append(leaving, id)
		}
	}
	for chunk := range slices.Chunk(leaving, readRows) {
		if _, err := UnenrollMembers(ctx, tx, last.NextClassID, chunk); err != nil {
			return err
		}
	}
	return seatAll(ctx, tx, last.ClassID, joining)
}

// reopen gives the class the state that the roll-over ended, unless somebody has changed it since.
func reopen(ctx context.Context, tx *ent.Tx, c *ent.Class, last *ent.RollOver) (*ent.Class, error) {
	if c.State != class.StateEnded {
		return c, nil
	}
	now, err := tx.Class.UpdateOne(c).SetState(class.State(last.ClassState)).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("reopen class: %w", err)
	}
	return now, nil
}

// stillMembers are those of the moved who were not removed from the organization since.
func stillMembers(ctx context.Context, tx *ent.Tx, moved []schematype.Moved) (map[pid.ID]bool, error) {
	ids := make([]pid.ID, len(moved))
	for i, m := range moved {
		ids[i] = pid.ID(m.MembershipID)
	}
	members := make(map[pid.ID]bool, len(ids))
	for chunk := range slices.Chunk(ids, readRows) {
		found, err := tx.Membership.Query().Where(membership.IDIn(chunk...)).IDs(ctx)
		if err != nil {
			return nil, fmt.Errorf("read members: %w", err)
		}
		for _, id := range found {
			members[id] = true
		}
	}
	return members, nil
}
