package sso

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/scimgroup"
	"github.com/soloprint/soloprint/ent/scimuser"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
)

// A provider that keeps its groups up to date by SCIM says by them who is in which, for the people whom it has here: its groups
// claim is then what SCIM said last, whatever the token of a sign-in says. So a person who was taken out of a group has lost
// what it granted at once, and the next sign-in gives nothing back. Where it never sent a group, the token's claim counts.

// settleRows bounds what is read at once of those whose groups changed.
const settleRows = 500

// directory is what SCIM says of a member's groups: nil where the provider does not have the person, or sends no groups.
func directory(ctx context.Context, tx *ent.Tx, provider *ent.SSOProvider, member pid.ID) ([]string, error) {
	all, err := directories(ctx, tx, provider, []pid.ID{member})
	return all[member], err
}

// directories are the groups of members whom the provider has, as values of a claim: each by its name and by its identifier
// at the provider. It reads a fixed number of statements.
func directories(ctx context.Context, tx *ent.Tx, provider *ent.SSOProvider, members []pid.ID) (map[pid.ID][]string, error) {
	keeps, err := tx.SCIMGroup.Query().Where(scimgroup.ProviderID(provider.ID)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("read scim groups: %w", err)
	}
	if !keeps {
		return nil, nil
	}
	rows, err := tx.SCIMUser.Query().Where(scimuser.ProviderID(provider.ID), scimuser.MembershipIDIn(members...)).
		WithGroups(func(q *ent.SCIMGroupQuery) { q.Order(scimgroup.ByID()) }).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read scim groups of members: %w", err)
	}
	all := make(map[pid.ID][]string, len(rows))
	for _, u := range rows {
		names := make([]string, 0, 2*len(u.Edges.Groups))
		for _, g := range u.Edges.Groups {
			names = append(names, g.DisplayName)
			if g.ExternalID != nil && *g.ExternalID != g.DisplayName {
				names = append(names, *g.ExternalID)
			}
		}
		all[u.MembershipID] = names
	}
	return all, nil
}

// in are the claims with what SCIM says of the groups, where it says something.
func (c Claims) in(groups []string, provider *ent.SSOProvider) Claims {
	if groups == nil {
		return c
	}
	name := cmp.Or(provider.Claims.Groups, "groups")
	out := Claims{}
	maps.Copy(out, c)
	out[name] = groups
	delete(out, "hasgroups")
	if cut, ok := out["_claim_names"].(map[string]any); ok {
		cut = maps.Clone(cut)
		delete(cut, name)
		out["_claim_names"] = cut
	}
	return out
}

// Settle is a step that brings members up to the groups that SCIM says they are in, with an event for each thing that changes:
// what Apply does at a sign-in. Mappings that look at other claims keep what they granted. Members above the actor, who are the
// owners, are left for their next sign-in.
func Settle(ctx context.Context, tx *ent.Tx, provider *ent.SSOProvider, members []pid.ID) error {
	mappings, err := mappingsOf(ctx, tx, provider)
	if err != nil {
		return err
	}
	members = slices.Compact(slices.Sorted(slices.Values(members)))
	for chunk := range slices.Chunk(members, settleRows) {
		groups, err := directories(ctx, tx, provider, chunk)
		if err != nil {
			return err
		}
		found, err := tx.Membership.Query().Where(membership.IDIn(chunk...)).Order(membership.ByID()).All(ctx)
		if err != nil {
			return fmt.Errorf("read members: %w", err)
		}
		for _, m := range found {
			said := append([]string{}, groups[m.ID]...) // never nil: where the last group is gone, they are in none
			o := evaluate(mappings, provider, Claims{}.in(said, provider), m.SSOGrants[string(provider.ID)])
			if roster.MayTouch(authz.From(ctx), m.Role) != nil || o.holds(m) {
				continue
			}
			if err := Apply(ctx, tx, m, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// holds reports whether nothing would be granted that is not, and nothing taken away: so it is for most whom a change of a
// group touches, and they need not be locked.
func (o Outcome) holds(m *ent.Membership) bool {
	held := m.SSOGrants[string(o.Provider)]
	return len(o.Grants) == 0 && len(o.Lost) == 0 && len(o.Kept) == len(held)
}
