package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
)

// Member is a membership with what answers show beside its columns: its enrollments are loaded, and these are its user
// groups, sorted.
type Member struct {
	*ent.Membership
	UserGroupIDs []pid.ID
}

// ListUsersInput says which people a list shows.
type ListUsersInput struct {
	listing.Memberships
	ClassID []pid.ID `query:"class_id" maxItems:"100" doc:"Only those in one of these classes."`
}

// ListUsers reads one page of the organization's people, who were not removed.
func (s *Service) ListUsers(ctx context.Context, in ListUsersInput) (page.List[*Member], error) {
	return op.Read(ctx, s.Ops, OpUserList, in, func(ctx context.Context, c *ent.Client) (page.List[*Member], error) {
		l, err := in.Page(ctx, withClasses(c.Membership.Query().Where(in.places()...)), in.ClassID)
		if err != nil {
			return page.List[*Member]{}, err
		}
		people, err := members(ctx, c, l.Data...)
		return page.List[*Member]{Data: people, Next: l.Next, Total: l.Total}, err
	})
}

// Predicates are the conditions of all the list's filters.
func (in ListUsersInput) Predicates() []predicate.Membership {
	return append(in.places(), in.Memberships.Predicates()...)
}

// places are the conditions on the classes that people are in.
func (in ListUsersInput) places() []predicate.Membership {
	if len(in.ClassID) == 0 {
		return nil
	}
	return []predicate.Membership{membership.HasEnrollmentsWith(enrollment.ClassIDIn(in.ClassID...))}
}

// GetUserInput names a person of the organization.
type GetUserInput struct {
	MembershipID pid.ID   `path:"membership_id" json:"-" doc:"Identifier of the membership." example:"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Expand       []string `query:"expand,comma" json:"-" enum:"user,user_groups" maxItems:"20" doc:"Related records to add to the answer, separated by commas."`
}

// GetUser reads one person of the organization.
func (s *Service) GetUser(ctx context.Context, in GetUserInput) (*Member, error) {
	return op.Read(ctx, s.Ops, OpUserGet, in, func(ctx context.Context, c *ent.Client) (*Member, error) {
		if !in.MembershipID.Valid("mem") {
			return nil, OpUserGet.NotFound()
		}
		return member(ctx, c, in.MembershipID, in.Expand...)
	})
}

// member reads one person with all that an answer shows.
func member(ctx context.Context, c *ent.Client, id pid.ID, expand ...string) (*Member, error) {
	m, err := listing.LoadMembership(withClasses(c.Membership.Query().Where(membership.ID(id))), expand...).Only(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := members(ctx, c, m)
	if err != nil {
		return nil, err
	}
	return shown[0], nil
}

// withClasses makes the query load the enrollments in classes that still are.
func withClasses(q *ent.MembershipQuery) *ent.MembershipQuery {
	return q.WithEnrollments(func(q *ent.EnrollmentQuery) {
		q.Where(enrollment.HasClassWith(class.DeletedAtIsNil())).Order(enrollment.ByClassID())
	})
}

// members adds the user groups of people that the caller has read, in one statement.
func members(ctx context.Context, c *ent.Client, rows ...*ent.Membership) ([]*Member, error) {
	ids := make([]pid.ID, len(rows))
	for i, m := range rows {
		ids[i] = m.ID
	}
	groups, err := groupsOf(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*Member, len(rows))
	for i, m := range rows {
		out[i] = &Member{Membership: m, UserGroupIDs: groups[m.ID]}
	}
	return out, nil
}

// groupsOf are the user groups of members of the actor's organization, sorted. It begins at the groups, which are few:
// their members are found by both identifiers at once.
func groupsOf(ctx context.Context, c *ent.Client, members []pid.ID) (map[pid.ID][]pid.ID, error) {
	out := map[pid.ID][]pid.ID{}
	if len(members) == 0 {
		return out, nil
	}
	query := "SELECT m.membership_id, m.user_group_id FROM user_groups g JOIN user_group_members m ON m.user_group_id = g.id" +
		" WHERE g.organization_id = ? AND m.membership_id IN (" + marks(len(members)) + ")"
	rows, err := c.QueryRows(ctx, query, append([]any{authz.From(ctx).Organization}, anys(members)...))
	if err != nil {
		return nil, fmt.Errorf("read user groups of members: %w", err)
	}
	err = eachPair(rows, func(member, group pid.ID) { out[member] = append(out[member], group) })
	if err != nil {
		return nil, fmt.Errorf("read user groups of members: %w", err)
	}
	for _, ids := range out {
		slices.Sort(ids)
	}
	return out, nil
}

// eachPair reads rows of two identifiers.
func eachPair(rows *sql.Rows, visit func(a, b pid.ID)) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a, b pid.ID
		if err := rows.Scan(&a, &b); err != nil {
			return err
		}
		visit(a, b)
	}
	return rows.Err()
}

// marks are the placeholders of n values.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

func anys(ids []pid.ID) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}
