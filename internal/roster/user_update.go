package roster

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// UserChange is what of a person changes: absent means unchanged, null cleared.
type UserChange struct {
	Name               graphql.Omittable[*string]            `json:"name,omitzero" maxLength:"200" doc:"Full name, as this organization knows the person." example:"Ada Lovelace"`
	Role               graphql.Omittable[*membership.Role]   `json:"role,omitzero" nullable:"false" enum:"owner,admin,operator,teacher,student" doc:"What the person is in the organization, not above your own role."`
	Status             graphql.Omittable[*membership.Status] `json:"status,omitzero" nullable:"false" enum:"pending,active,suspended" doc:"active approves who is pending; suspended ends the person's sessions, and their keys while it lasts."`
	ExternalID         graphql.Omittable[*string]            `json:"external_id,omitzero" maxLength:"200" doc:"Identifier in the school's own system."`
	GradeLevel         graphql.Omittable[*string]            `json:"grade_level,omitzero" maxLength:"60" doc:"Grade or year."`
	ClassIDsAdd        []pid.ID                              `json:"class_ids_add,omitempty" maxItems:"50" uniqueItems:"true" doc:"Classes that the person joins: a student as student, everybody else as teacher. Who is in one already stays as they are."`
	ClassIDsRemove     []pid.ID                              `json:"class_ids_remove,omitempty" maxItems:"50" uniqueItems:"true" doc:"Classes that the person leaves."`
	UserGroupIDsAdd    []pid.ID                              `json:"user_group_ids_add,omitempty" maxItems:"50" uniqueItems:"true" doc:"User groups that the person joins; you hold what they grant yourself."`
	UserGroupIDsRemove []pid.ID                              `json:"user_group_ids_remove,omitempty" maxItems:"50" uniqueItems:"true" doc:"User groups that the person leaves; you hold what they deny yourself."`
}

// UpdateUserInput names a person of the organization and says what changes.
type UpdateUserInput struct {
	MembershipID pid.ID `path:"membership_id" json:"-" doc:"Identifier of the membership." example:"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch      string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
	UserChange
}

// UpdateUser changes one person of the organization: a roster of one row.
func (s *Service) UpdateUser(ctx context.Context, in UpdateUserInput) (*Member, error) {
	return op.Do(ctx, s.Ops, OpUserUpdate, in, func(ctx context.Context, tx *ent.Tx) (*Member, error) {
		old, err := op.Load(ctx, tx.Membership, in.MembershipID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}

		r := s.roster(ctx, tx, []UserUpdate{{MembershipID: in.MembershipID, UserChange: in.UserChange}})
		if err := r.plan(ctx); err != nil {
			return nil, err
		}
		if f := r.rows[0].faults; len(f) > 0 {
			return nil, f[0].alone()
		}
		if err := r.write(ctx); err != nil {
			return nil, err
		}
		return member(ctx, tx.Client(), old.ID)
	})
}
