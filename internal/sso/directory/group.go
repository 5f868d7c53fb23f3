package directory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	filter "github.com/scim2/filter-parser/v2"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/scimgroup"
	"github.com/soloprint/soloprint/ent/scimuser"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/sso"
)

// chunk bounds what one statement adds to a group, or takes from it.
const chunk = 1000

// Group is what a provider says of a group.
type Group struct {
	DisplayName string
	ExternalID  string
	Members     []pid.ID // rows of people
}

// GroupTag is a group's ETag.
func GroupTag(g *ent.SCIMGroup) string { return fmt.Sprintf(`W/"%d"`, g.Version) }

// groupOf reads a group of the actor's provider with its members.
func groupOf(ctx context.Context, c *ent.SCIMGroupClient, id pid.ID, load func(*ent.SCIMGroupQuery)) (*ent.SCIMGroup, error) {
	if !id.Valid("scg") {
		return nil, errs.NotFound("scim_group")
	}
	q := c.Query().Where(scimgroup.ID(id), scimgroup.ProviderID(authz.From(ctx).ID))
	load(q)
	return q.Only(ctx)
}

// withMembers loads who is in groups.
func withMembers(q *ent.SCIMGroupQuery) {
	q.WithMembers(func(q *ent.SCIMUserQuery) { q.Order(scimuser.ByID()) })
}

// without loads nobody.
func without(*ent.SCIMGroupQuery) {}

// ListGroupsInput says which groups an answer shows.
type ListGroupsInput struct {
	Filter            filter.Expression // nil = all
	StartIndex, Count int               // from 1; at most MaxPage
	WithoutMembers    bool
}

// ListGroups reads a page of the provider's groups, in the order in which they came.
func (s *Service) ListGroups(ctx context.Context, in ListGroupsInput) (Page[*ent.SCIMGroup], error) {
	return op.Read(ctx, s.Ops, OpGroupList, struct{}{}, func(ctx context.Context, c *ent.Client) (Page[*ent.SCIMGroup], error) {
		where, err := (&condition{columns: groupColumns, schema: groupSchema}).where(in.Filter)
		if err != nil {
			return Page[*ent.SCIMGroup]{}, err
		}
		q := c.SCIMGroup.Query().Where(scimgroup.ProviderID(authz.From(ctx).ID), where)
		total, err := q.Clone().Count(ctx)
		if err != nil {
			return Page[*ent.SCIMGroup]{}, fmt.Errorf("count scim groups: %w", err)
		}
		page := Page[*ent.SCIMGroup]{Total: total}
		if in.Count == 0 || in.StartIndex > total {
			return page, nil
		}
		if !in.WithoutMembers {
			withMembers(q)
		}
		page.Items, err = q.Order(scimgroup.ByID()).Offset(max(in.StartIndex-1, 0)).Limit(min(in.Count, MaxPage)).All(ctx)
		return page, err
	})
}

// GetGroupInput names a group.
type GetGroupInput struct {
	ID             pid.ID
	WithoutMembers bool
}

// GetGroup reads one group of the provider's.
func (s *Service) GetGroup(ctx context.Context, in GetGroupInput) (*ent.SCIMGroup, error) {
	return op.Read(ctx, s.Ops, OpGroupGet, in, func(ctx context.Context, c *ent.Client) (*ent.SCIMGroup, error) {
		if in.WithoutMembers {
			return groupOf(ctx, c.SCIMGroup, in.ID, without)
		}
		return groupOf(ctx, c.SCIMGroup, in.ID, withMembers)
	})
}

// CreateGroupInput is a group that the provider makes known.
type CreateGroupInput struct{ Group }

// CreateGroup makes a group known. Two may have one name, as they may at the provider; its own identifier is one group's.
func (s *Service) CreateGroup(ctx context.Context, in CreateGroupInput) (*ent.SCIMGroup, error) {
	return op.Do(ctx, s.Ops, OpGroupCreate, patience{}, func(ctx context.Context, tx *ent.Tx) (*ent.SCIMGroup, error) {
		p, err := lockProvider(ctx, tx)
		if err != nil {
			return nil, err
		}
		if err := in.check(); err != nil {
			return nil, err
		}
		c := tx.SCIMGroup.Create().SetProviderID(p.ID).SetDisplayName(in.DisplayName).SetDisplayKey(fold(in.DisplayName))
		if in.ExternalID != "" {
			c.SetExternalID(in.ExternalID)
		}
		g, err := c.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("insert scim group: %w", err)
		}
		return fill(ctx, tx, p, &ent.SCIMGroup{ID: g.ID, DisplayName: g.DisplayName, ExternalID: g.ExternalID}, in.Group)
	})
}

// check refuses what no row can hold.
func (g *Group) check() error {
	if strings.TrimSpace(g.DisplayName) == "" {
		return refuse(InvalidValue, "displayName", "is required")
	}
	if len(g.Members) > MaxMembers {
		return refuse(InvalidValue, "members", "has more than %d people", MaxMembers)
	}
	return or(checkText("displayName", g.DisplayName), checkText("externalId", g.ExternalID))
}

// fill is a step that makes a group what the provider says, and brings those up to it whom that touches: who came, who went, and
// everybody where mappings may see the group under another name.
func fill(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, old *ent.SCIMGroup, now Group) (*ent.SCIMGroup, error) {
	had := map[pid.ID]pid.ID{} // person -> membership
	for _, u := range old.Edges.Members {
		had[u.ID] = u.MembershipID
	}
	come, err := people(ctx, tx, p, slices.DeleteFunc(slices.Clone(now.Members), func(id pid.ID) bool { return had[id] != "" }))
	if err != nil {
		return nil, err
	}
	gone := maps.Clone(had)
	for _, id := range now.Members {
		delete(gone, id)
	}

	if err := rename(ctx, tx, old, now); err != nil {
		return nil, err
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(come)), chunk) {
		if err := tx.SCIMGroup.UpdateOneID(old.ID).AddMemberIDs(ids...).Exec(ctx); err != nil {
			return nil, fmt.Errorf("join scim group: %w", err)
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(gone)), chunk) {
		if err := tx.SCIMGroup.UpdateOneID(old.ID).RemoveMemberIDs(ids...).Exec(ctx); err != nil {
			return nil, fmt.Errorf("leave scim group: %w", err)
		}
	}

	touched := slices.Concat(slices.Collect(maps.Values(come)), slices.Collect(maps.Values(gone)))
	if renamed(old, now) {
		touched = append(touched, slices.Collect(maps.Values(had))...)
	}
	if err := sso.Settle(ctx, tx, p, touched); err != nil {
		return nil, err
	}
	return groupOf(ctx, tx.SCIMGroup, old.ID, withMembers)
}

// people are memberships of the provider's people, by row. Whoever is not its own is refused, and so are groups in groups.
func people(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, ids []pid.ID) (map[pid.ID]pid.ID, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	found := make(map[pid.ID]pid.ID, len(ids))
	for some := range slices.Chunk(ids, chunk) {
		rows, err := tx.SCIMUser.Query().Where(scimuser.IDIn(some...), scimuser.ProviderID(p.ID)).Select(scimuser.FieldID, scimuser.FieldMembershipID).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read scim users: %w", err)
		}
		for _, u := range rows {
			found[u.ID] = u.MembershipID
		}
	}
	for _, id := range ids {
		if found[id] == "" {
			return nil, refuse(InvalidValue, "members", "has %.60s, which is no user of this provider; groups in groups are not supported", string(id))
		}
	}
	return found, nil
}

// renamed reports whether mappings see the group otherwise.
func renamed(old *ent.SCIMGroup, now Group) bool {
	return old.DisplayName != now.DisplayName || externalID(old) != now.ExternalID
}

func externalID(g *ent.SCIMGroup) string {
	if g.ExternalID == nil {
		return ""
	}
	return *g.ExternalID
}

func rename(ctx context.Context, tx *ent.Tx, old *ent.SCIMGroup, now Group) error {
	if !renamed(old, now) {
		return nil
	}
	u := tx.SCIMGroup.UpdateOneID(old.ID).SetDisplayName(now.DisplayName).SetDisplayKey(fold(now.DisplayName)).ClearExternalID()
	if now.ExternalID != "" {
		u = tx.SCIMGroup.UpdateOneID(old.ID).SetDisplayName(now.DisplayName).SetDisplayKey(fold(now.DisplayName)).SetExternalID(now.ExternalID)
	}
	if err := u.Exec(ctx); err != nil {
		return fmt.Errorf("update scim group: %w", err)
	}
	return nil
}

// ReplaceGroupInput is all that the provider says of a group from now on.
type ReplaceGroupInput struct {
	ID      pid.ID
	IfMatch string
	Group
}

// ReplaceGroup says anew what a group is called and who is in it.
func (s *Service) ReplaceGroup(ctx context.Context, in ReplaceGroupInput) (*ent.SCIMGroup, error) {
	return op.Do(ctx, s.Ops, OpGroupReplace, patience{}, func(ctx context.Context, tx *ent.Tx) (*ent.SCIMGroup, error) {
		return regroup(ctx, tx, in.ID, in.IfMatch, func(*Group) (Group, error) { return in.Group, nil })
	})
}

// PatchGroupInput are changes of a group, carried out in order, all or none.
type PatchGroupInput struct {
	ID      pid.ID
	IfMatch string
	Edits   []Edit
}

// PatchGroup changes a group, or who is in it.
func (s *Service) PatchGroup(ctx context.Context, in PatchGroupInput) (*ent.SCIMGroup, error) {
	return op.Do(ctx, s.Ops, OpGroupPatch, patience{}, func(ctx context.Context, tx *ent.Tx) (*ent.SCIMGroup, error) {
		return regroup(ctx, tx, in.ID, in.IfMatch, func(g *Group) (Group, error) { err := g.edit(in.Edits); return *g, err })
	})
}

// regroup is a step that makes of a group what change says.
func regroup(ctx context.Context, tx *ent.Tx, id pid.ID, ifMatch string, change func(*Group) (Group, error)) (*ent.SCIMGroup, error) {
	p, err := lockProvider(ctx, tx)
	if err != nil {
		return nil, err
	}
	old, err := groupOf(ctx, tx.SCIMGroup, id, withMembers)
	if err != nil {
		return nil, err
	}
	if err := match(ifMatch, GroupTag(old)); err != nil {
		return nil, err
	}
	was := Group{DisplayName: old.DisplayName, ExternalID: externalID(old)}
	for _, u := range old.Edges.Members {
		was.Members = append(was.Members, u.ID)
	}
	now, err := change(&was)
	if err == nil {
		err = now.check()
	}
	if err != nil {
		return nil, err
	}
	return fill(ctx, tx, p, old, now)
}

// edit carries edits out on a group.
func (g *Group) edit(edits []Edit) error {
	return each(edits, groupSchema, func(e Edit) error {
		switch e.attribute() {
		case "displayname":
			text, err := e.text()
			g.DisplayName = text
			return err
		case "externalid":
			text, err := e.text()
			g.ExternalID = text
			return err
		case "members":
			return g.editMembers(e)
		}
		return refuse(InvalidPath, e.Path.String(), "cannot be changed")
	})
}

// editMembers adds, replaces and removes members. Removing somebody who is not in it changes nothing.
func (g *Group) editMembers(e Edit) error {
	if e.Path.ValueExpression != nil {
		named, ok := e.Path.ValueExpression.(*filter.AttributeExpression)
		if !ok || !e.removes() || e.Path.SubAttributeName() != "" || named.Operator != filter.EQ || !strings.EqualFold(named.AttributePath.AttributeName, "value") {
			return refuse(InvalidPath, "members", `is followed by a filter that is not understood: members are removed by members[value eq "…"]`)
		}
		id, _ := named.CompareValue.(string)
		g.Members = slices.DeleteFunc(g.Members, func(m pid.ID) bool { return m == pid.ID(id) })
		return nil
	}
	if e.removes() && e.Value == nil {
		g.Members = nil
		return nil
	}
	named, err := Members(e.Value)
	switch {
	case err != nil:
		return err
	case e.Op == "replace":
		g.Members = named
	case e.removes():
		g.Members = slices.DeleteFunc(g.Members, func(m pid.ID) bool { return slices.Contains(named, m) })
	default:
		g.Members = append(g.Members, named...)
	}
	return nil
}

// Members are members as a request has them: a list of objects, or one.
func Members(value any) ([]pid.ID, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	ids := make([]pid.ID, 0, len(list))
	for _, v := range list {
		object, _ := v.(map[string]any)
		id, ok := object["value"].(string)
		if !ok || id == "" {
			return nil, refuse(InvalidValue, "members", "has something without a value")
		}
		ids = append(ids, pid.ID(id))
	}
	return ids, nil
}

// DeleteGroupInput names a group.
type DeleteGroupInput struct {
	ID      pid.ID
	IfMatch string
}

// DeleteGroup forgets a group. What mappings granted for it its members lose as if they had left it.
func (s *Service) DeleteGroup(ctx context.Context, in DeleteGroupInput) (*ent.SCIMGroup, error) {
	return op.Do(ctx, s.Ops, OpGroupDelete, patience{}, func(ctx context.Context, tx *ent.Tx) (*ent.SCIMGroup, error) {
		p, err := lockProvider(ctx, tx)
		if err != nil {
			return nil, err
		}
		old, err := groupOf(ctx, tx.SCIMGroup, in.ID, withMembers)
		if err != nil {
			return nil, err
		}
		if err := match(in.IfMatch, GroupTag(old)); err != nil {
			return nil, err
		}
		if err := tx.SCIMGroup.DeleteOneID(old.ID).Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete scim group: %w", err)
		}
		members := make([]pid.ID, len(old.Edges.Members))
		for i, u := range old.Edges.Members {
			members[i] = u.MembershipID
		}
		return old, sso.Settle(ctx, tx, p, members)
	})
}
