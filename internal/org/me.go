package org

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// MeInput asks for the caller: there is nothing to say.
type MeInput struct{}

// MeOutput is who the caller is. For a key, the person is its creator.
type MeOutput struct {
	User        MeUser         `json:"user" doc:"The person; for a key, its creator."`
	Principal   MePrincipal    `json:"principal" doc:"What the request was signed with."`
	Memberships []MeMembership `json:"memberships" doc:"What the person is a member of, the oldest first; for a key, its one organization."`
}

// MeUser is the person behind the request.
type MeUser struct {
	ID     pid.ID `json:"id" doc:"Identifier." example:"usr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Email  string `json:"email" doc:"Mail address, lower case."`
	Name   string `json:"name" doc:"Full name."`
	Locale string `json:"locale" doc:"BCP 47 language tag."`
}

// MePrincipal is the key or session of the request.
type MePrincipal struct {
	Type   authz.Kind         `json:"type" enum:"api_key,session" doc:"What the request was signed with."`
	ID     pid.ID             `json:"id" doc:"Identifier of the key or session." example:"key_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Scopes []authz.Capability `json:"scopes" doc:"The key's own list; empty for a session, which is not narrowed."`
}

// MeMembership is one organization that the person is in.
type MeMembership struct {
	ID           pid.ID            `json:"id" doc:"Identifier of the membership." example:"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Organization MeOrganization    `json:"organization" doc:"The organization."`
	Role         membership.Role   `json:"role" enum:"owner,admin,operator,teacher,student" doc:"What the person is in the organization."`
	Status       membership.Status `json:"status" enum:"pending,active,suspended" doc:"Only active members may act."`
}

// MeOrganization is as much of an organization as helps to choose one.
type MeOrganization struct {
	ID   pid.ID `json:"id" doc:"Identifier." example:"org_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	Slug string `json:"slug" doc:"Short name in addresses."`
	Name string `json:"name" doc:"Name people know it by."`
}

// Me says who the caller is.
func (s *Service) Me(ctx context.Context, in MeInput) (*MeOutput, error) {
	return op.Read(ctx, s.Ops, OpMe, in, func(ctx context.Context, c *ent.Client) (*MeOutput, error) {
		a := authz.From(ctx)
		u, err := c.User.Get(ctx, a.User)
		if err != nil {
			return nil, err
		}
		mine, err := memberships(ctx, c, a)
		if err != nil {
			return nil, err
		}
		return &MeOutput{
			User:        MeUser{ID: u.ID, Email: u.Email, Name: u.Name, Locale: u.Locale},
			Principal:   MePrincipal{Type: a.Kind, ID: a.ID, Scopes: list(a.Scopes)},
			Memberships: mine,
		}, nil
	})
}

// maxMemberships bounds the list; nobody is in as many organizations.
const maxMemberships = 200

// memberships are those of the actor's own person and of nobody else. A person may know where they are a member, so a
// session sees past its organization here, which no guarded query does; a key never leaves its own.
func memberships(ctx context.Context, c *ent.Client, a *authz.Actor) ([]MeMembership, error) {
	query := "SELECT m.id, m.role, m.status, o.id, o.slug, o.name FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = ? AND m.deleted_at IS NULL"
	args := []any{a.User}
	if a.Kind != authz.KindSession {
		query += " AND m.organization_id = ?"
		args = append(args, a.Organization)
	}
	rows, err := c.QueryRows(ctx, query+fmt.Sprintf(" ORDER BY m.created_at, m.id LIMIT %d", maxMemberships), args)
	if err != nil {
		return nil, fmt.Errorf("read own memberships: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := []MeMembership{}
	for rows.Next() {
		var m MeMembership
		if err := rows.Scan(&m.ID, &m.Role, &m.Status, &m.Organization.ID, &m.Organization.Slug, &m.Organization.Name); err != nil {
			return nil, fmt.Errorf("read own memberships: %w", err)
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// list is a list that is never null.
func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}
