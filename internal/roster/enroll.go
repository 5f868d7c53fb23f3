package roster

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
)

// ListEnrollmentsInput names the class, and which of its enrollments.
type ListEnrollmentsInput struct {
	ClassID pid.ID `path:"class_id" json:"-" doc:"Identifier of the class." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	listing.Enrollments
}

// ListEnrollments reads one page of who is in a class. Its teachers see everybody, others (its assistants too) themselves.
func (s *Service) ListEnrollments(ctx context.Context, in ListEnrollmentsInput) (page.List[*ent.Enrollment], error) {
	return op.Read(ctx, s.Ops, OpEnrollmentList, in, func(ctx context.Context, c *ent.Client) (page.List[*ent.Enrollment], error) {
		if _, err := op.Load(ctx, c.Class, in.ClassID); err != nil {
			return page.List[*ent.Enrollment]{}, err
		}
		return in.Page(ctx, c.Enrollment.Query().Where(enrollment.ClassID(in.ClassID)), in.ClassID)
	})
}

// EnrollInput says who comes into a class, and as what.
type EnrollInput struct {
	ClassID pid.ID `path:"class_id" json:"-" doc:"Identifier of the class." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"`

	MembershipIDs []pid.ID         `json:"membership_ids" required:"true" minItems:"1" maxItems:"500" uniqueItems:"true" doc:"Identifiers of the memberships." example:"[\"mem_01jd4c0n5xe2vb8w6h3ks9qt7m\"]"`
	Role          *enrollment.Role `json:"role,omitempty" enum:"student,assistant,teacher" doc:"What they are in the class; absent = student."`
}

// Enroll puts people into a class, all or none, and answers their enrollments in the order of the request. Who is in it
// already stays; another role replaces the one they had.
func (s *Service) Enroll(ctx context.Context, in EnrollInput) ([]*ent.Enrollment, error) {
	return op.Do(ctx, s.Ops, OpEnroll, in, func(ctx context.Context, tx *ent.Tx) ([]*ent.Enrollment, error) {
		c, err := op.Load(ctx, tx.Class, in.ClassID)
		if err != nil {
			return nil, err
		}
		people, err := tx.Membership.CountRows(ctx, in.MembershipIDs)
		if err != nil {
			return nil, fmt.Errorf("count memberships: %w", err)
		}
		if people != len(in.MembershipIDs) {
			return nil, errs.NotFound("user")
		}

		as := Enrolling{Role: enrollment.RoleStudent, Source: enrollment.SourceManual}
		if in.Role != nil {
			as.Role = *in.Role
		}
		return EnrollMembers(ctx, tx, c.ID, in.MembershipIDs, as)
	})
}

// Enrolling is what people become in a class, and how they came in.
type Enrolling struct {
	Role   enrollment.Role
	Source enrollment.Source
}

// EnrollMembers is a step that puts members into a class, each named once. Who is in it already keeps the enrollment and
// its source; another role replaces the one they had. One event names those for whom something changed. The caller has
// locked the class with op.Load, so that two requests do not enroll the same person at once.
func EnrollMembers(ctx context.Context, tx *ent.Tx, class pid.ID, members []pid.ID, as Enrolling) ([]*ent.Enrollment, error) {
	found, err := enrolled(ctx, tx, class, members)
	if err != nil {
		return nil, err
	}

	var changed []pid.ID
	var fresh []*ent.EnrollmentCreate
	for _, m := range members {
		switch e := found[m]; {
		case e == nil:
			fresh = append(fresh, tx.Enrollment.Create().SetClassID(class).SetMembershipID(m).SetRole(as.Role).SetSource(as.Source))
		case e.Role != as.Role:
			if found[m], err = tx.Enrollment.UpdateOne(e).SetRole(as.Role).Save(ctx); err != nil {
				return nil, fmt.Errorf("change enrollment: %w", err)
			}
		default:
			continue
		}
		changed = append(changed, m)
	}
	created, err := tx.Enrollment.CreateBulk(fresh...).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("insert enrollments: %w", err)
	}
	for _, e := range created {
		found[e.MembershipID] = e
	}

	emitEnrolled(ctx, tx, class, changed, as)
	out := make([]*ent.Enrollment, len(members))
	for i, m := range members {
		out[i] = found[m]
	}
	return out, nil
}

// enrolled are the members' enrollments in the class, by membership.
func enrolled(ctx context.Context, tx *ent.Tx, class pid.ID, members []pid.ID) (map[pid.ID]*ent.Enrollment, error) {
	rows, err := tx.Enrollment.Query().Where(enrollment.ClassID(class), enrollment.MembershipIDIn(members...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read enrollments: %w", err)
	}
	found := make(map[pid.ID]*ent.Enrollment, len(rows))
	for _, e := range rows {
		found[e.MembershipID] = e
	}
	return found, nil
}

func emitEnrolled(ctx context.Context, tx *ent.Tx, class pid.ID, members []pid.ID, as Enrolling) {
	if len(members) == 0 {
		return
	}
	event.Emit(ctx, tx, event.Fact{Type: event.ClassEnrolled, Resource: "class", ID: class,
		Object: map[string]any{"id": class, "membership_ids": members, "role": as.Role, "source": as.Source}})
}

// UnenrollInput names the class and the person.
type UnenrollInput struct {
	ClassID      pid.ID `path:"class_id" json:"-" doc:"Identifier of the class." example:"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	MembershipID pid.ID `path:"membership_id" json:"-" doc:"Identifier of the membership." example:"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch      string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// Unenroll takes a person out of a class and answers the enrollment as it was.
func (s *Service) Unenroll(ctx context.Context, in UnenrollInput) (*ent.Enrollment, error) {
	return op.Do(ctx, s.Ops, OpUnenroll, in, func(ctx context.Context, tx *ent.Tx) (*ent.Enrollment, error) {
		c, err := op.Load(ctx, tx.Class, in.ClassID)
		if err != nil {
			return nil, err
		}
		found, err := enrolled(ctx, tx, c.ID, []pid.ID{in.MembershipID})
		if err != nil {
			return nil, err
		}
		e := found[in.MembershipID]
		if e == nil {
			return nil, errs.NotFound("enrollment")
		}
		if err := op.Match(in.IfMatch, e.Version); err != nil {
			return nil, err
		}

		_, err = UnenrollMembers(ctx, tx, c.ID, []pid.ID{in.MembershipID})
		return e, err
	})
}

// UnenrollMembers is a step that takes members out of a class and answers those who were in it, whom one event names. The
// caller has locked the class with op.Load.
func UnenrollMembers(ctx context.Context, tx *ent.Tx, class pid.ID, members []pid.ID) ([]pid.ID, error) {
	found, err := enrolled(ctx, tx, class, members)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if _, err := tx.Enrollment.Delete().Where(enrollment.ClassID(class), enrollment.MembershipIDIn(members...)).Exec(ctx); err != nil {
		return nil, fmt.Errorf("delete enrollments: %w", err)
	}

	gone := slices.DeleteFunc(slices.Clone(members), func(m pid.ID) bool { return found[m] == nil })
	event.Emit(ctx, tx, event.Fact{Type: event.ClassUnenrolled, Resource: "class", ID: class,
		Object: map[string]any{"id": class, "membership_ids": gone}})
	return gone, nil
}
