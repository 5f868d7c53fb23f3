package roster

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// AddMembersInput says who joins.
type AddMembersInput struct {
	Members []NewMember `json:"members" required:"true" minItems:"1" maxItems:"500" doc:"The people."`
}

// NewMember is one of them.
type NewMember struct {
	Email        string           `json:"email" required:"true" format:"email" doc:"Mail address; whoever has an account under it keeps it, with its name."`
	Name         string           `json:"name,omitempty" maxLength:"200" doc:"Full name."`
	Locale       string           `json:"locale,omitempty" maxLength:"35" doc:"BCP 47 language tag."`
	Role         *membership.Role `json:"role,omitempty" enum:"owner,admin,operator,teacher,student" doc:"What they are in the organization, not above your own role; absent = student."`
	ExternalID   string           `json:"external_id,omitempty" maxLength:"200" doc:"Identifier in the school's own system."`
	GradeLevel   string           `json:"grade_level,omitempty" maxLength:"60" doc:"Grade or year."`
	ClassIDs     []pid.ID         `json:"class_ids,omitempty" maxItems:"50" uniqueItems:"true" doc:"Classes joined: by students as students, by everybody else as teachers."`
	UserGroupIDs []pid.ID         `json:"user_group_ids,omitempty" maxItems:"50" uniqueItems:"true" doc:"User groups joined; you hold what they grant yourself."`
}

// Validate refuses a person who is named twice.
func (in AddMembersInput) Validate() (fields []errs.Field) {
	seen := map[string]bool{}
	for i, m := range in.Members {
		if address := m.address(); seen[address] {
			fields = append(fields, errs.Field{Path: fmt.Sprintf("members[%d].email", i), Code: "duplicate", Message: "stands in the list already"})
		} else {
			seen[address] = true
		}
	}
	return fields
}

func (m NewMember) address() string { return strings.ToLower(m.Email) }

func (m NewMember) role() membership.Role {
	if m.Role == nil {
		return membership.RoleStudent
	}
	return *m.Role
}

// AddMembers makes people members, all or none, and answers their memberships in the order of the request. Whoever is a
// member already is refused: what they are is changed, not added.
func (s *Service) AddMembers(ctx context.Context, in AddMembersInput) ([]*ent.Membership, error) {
	return op.Do(ctx, s.Ops, OpMembersAdd, in, func(ctx context.Context, tx *ent.Tx) ([]*ent.Membership, error) {
		if err := in.allowed(ctx, tx); err != nil {
			return nil, err
		}

		joined := make([]*ent.Membership, len(in.Members))
		for i, m := range in.Members {
			j, err := s.add(ctx, tx, m)
			if err != nil {
				return nil, err
			}
			event.Emit(ctx, tx, event.Fact{Type: event.UserJoined, Resource: "user", ID: j.ID, Object: record.Membership(j)})
			joined[i] = j
		}
		return joined, in.enroll(ctx, tx, joined)
	})
}

// allowed checks that the actor may give every role and group, and locks the classes and groups, in order, so that two
// requests do not wait for each other.
func (in AddMembersInput) allowed(ctx context.Context, tx *ent.Tx) error {
	a := authz.From(ctx)
	var classes, groups []pid.ID
	for _, m := range in.Members {
		if err := mayGive(a, m.role()); err != nil {
			return err
		}
		classes, groups = append(classes, m.ClassIDs...), append(groups, m.UserGroupIDs...)
	}
	for _, id := range distinct(classes) {
		if _, err := op.Load(ctx, tx.Class, id); err != nil {
			return err
		}
	}
	for _, id := range distinct(groups) {
		g, err := op.Load(ctx, tx.UserGroup, id)
		if err != nil {
			return err
		}
		if err := mayGrant(a, g.Grants); err != nil {
			return err
		}
	}
	return nil
}

// add makes one person a member of the actor's organization and of user groups.
func (s *Service) add(ctx context.Context, tx *ent.Tx, m NewMember) (*ent.Membership, error) {
	now := op.Now(ctx)
	joined, err := s.Join(ctx, tx, Person{Organization: authz.From(ctx).Organization, Email: m.address(), Name: strings.TrimSpace(m.Name), Locale: m.Locale,
		Role: m.role(), ExternalID: m.ExternalID, GradeLevel: m.GradeLevel, At: &now})
	if err != nil || len(m.UserGroupIDs) == 0 {
		return joined, err
	}
	person := joined.Edges.User
	if joined, err = tx.Membership.UpdateOneID(joined.ID).AddUserGroupIDs(m.UserGroupIDs...).Save(ctx); err != nil {
		return nil, fmt.Errorf("join user groups: %w", err)
	}
	joined.Edges.User = person
	return joined, nil
}

// enroll puts the new members into their classes.
func (in AddMembersInput) enroll(ctx context.Context, tx *ent.Tx, joined []*ent.Membership) error {
	type seat struct {
		class pid.ID
		role  enrollment.Role
	}
	var seats []seat
	people := map[seat][]pid.ID{}
	for i, m := range in.Members {
		for _, class := range m.ClassIDs {
			at := seat{class, enrollment.RoleTeacher}
			if m.role() == membership.RoleStudent {
				at.role = enrollment.RoleStudent
			}
			if people[at] == nil {
				seats = append(seats, at)
			}
			people[at] = append(people[at], joined[i].ID)
		}
	}
	for _, at := range seats {
		if _, err := EnrollMembers(ctx, tx, at.class, people[at], Enrolling{Role: at.role, Source: enrollment.SourceManual}); err != nil {
			return err
		}
	}
	return nil
}

// Person is somebody who joins an organization.
type Person struct {
	Organization pid.ID
	Email        string // in lower case
	Name, Locale string // of a new account; one that exists keeps its own
	Role         membership.Role
	ExternalID   string
	GradeLevel   string
	At           *time.Time // when; nil = now by the machine's clock
}

// Join is a step that makes a person an active member of an organization, and makes the account where the address has
// none. The answer has the person loaded. It needs the guard lifted, because an account may be known in other organizations
// only: operations call it through Service.Join, the operator's seeding directly. Whether the role may be given is the
// caller's question; whoever is a member already is refused.
func Join(ctx context.Context, tx *ent.Tx, p Person) (*ent.Membership, error) {
	u, err := account(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	member, err := tx.Membership.Query().Where(membership.OrganizationID(p.Organization), membership.UserID(u.ID)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for a membership: %w", err)
	}
	if member {
		return nil, errs.New(errs.AlreadyExists, "%s is a member already.", p.Email)
	}

	m, err := tx.Membership.Create().SetOrganizationID(p.Organization).SetUserID(u.ID).SetRole(p.Role).SetExternalID(p.ExternalID).SetGradeLevel(p.GradeLevel).
		SetNillableCreatedAt(p.At).SetNillableUpdatedAt(p.At).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("insert membership: %w", err)
	}
	m.Edges.User = u
	return m, nil
}

// account is the person's account, a new one where the address has none.
func account(ctx context.Context, tx *ent.Tx, p Person) (*ent.User, error) {
	u, err := tx.User.Query().Where(user.Email(p.Email)).Only(ctx)
	if err == nil || !ent.IsNotFound(err) {
		return u, err
	}
	u, err = tx.User.Create().SetEmail(p.Email).SetName(p.Name).SetLocale(p.Locale).SetNillableCreatedAt(p.At).SetNillableUpdatedAt(p.At).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("insert user: %w", err)
	}
	return u, nil
}
