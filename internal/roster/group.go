package roster

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/usergroup"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// CreateUserGroupInput is a new user group.
type CreateUserGroupInput struct {
	Name            string             `json:"name" required:"true" minLength:"1" maxLength:"200" doc:"Name of the group." example:"Lab helpers"`
	Grants          []string           `json:"grants,omitempty" uniqueItems:"true" enum:"operations.read,queue.manage,printer.manage,spool.manage,integrations.manage,org.manage_users" doc:"Capabilities that members gain; you hold each of them yourself."`
	Denials         []string           `json:"denials,omitempty" uniqueItems:"true" enum:"operations.read,queue.manage,printer.manage,spool.manage,integrations.manage,org.manage_users" doc:"Capabilities that members lose; a denial wins."`
	Limits          *schematype.Limits `json:"limits,omitempty" doc:"Bounds on what members submit."`
	PrinterGroupIDs []pid.ID           `json:"printer_group_ids,omitempty" maxItems:"200" uniqueItems:"true" doc:"Identifiers of the printer groups that members may use; none = all."`
}

// CreateUserGroup makes a user group.
func (s *Service) CreateUserGroup(ctx context.Context, in CreateUserGroupInput) (*ent.UserGroup, error) {
	return op.Do(ctx, s.Ops, OpUserGroupCreate, in, func(ctx context.Context, tx *ent.Tx) (*ent.UserGroup, error) {
		if err := mayGrant(authz.From(ctx), in.Grants); err != nil {
			return nil, err
		}

		c := tx.UserGroup.Create().SetName(in.Name).SetSearch(listing.Fold(in.Name)).SetGrants(listed(in.Grants)).SetDenials(listed(in.Denials))
		if len(in.PrinterGroupIDs) > 0 {
			c.AddPrinterGroupIDs(in.PrinterGroupIDs...)
		}
		if in.Limits != nil {
			c.SetLimits(in.Limits)
		}
		created, err := c.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("insert user group: %w", err)
		}
		if created, err = loadGroup(ctx, tx, created.ID); err != nil {
			return nil, err
		}

		event.Emit(ctx, tx, event.Created{Resource: "user_group", ID: created.ID, Object: record.UserGroup(created)})
		return created, nil
	})
}

// UpdateUserGroupInput are the fields of a user group that change: absent means unchanged, null cleared.
type UpdateUserGroupInput struct {
	UserGroupID pid.ID `path:"user_group_id" json:"-" doc:"Identifier of the user group." example:"ugr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch     string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`

	Name            graphql.Omittable[*string]            `json:"name,omitzero" nullable:"false" minLength:"1" maxLength:"200" doc:"Name of the group." example:"Lab helpers"`
	Grants          graphql.Omittable[[]string]           `json:"grants,omitzero" uniqueItems:"true" enum:"operations.read,queue.manage,printer.manage,spool.manage,integrations.manage,org.manage_users" doc:"All capabilities that members gain from now on; you hold each new one yourself."`
	Denials         graphql.Omittable[[]string]           `json:"denials,omitzero" uniqueItems:"true" enum:"operations.read,queue.manage,printer.manage,spool.manage,integrations.manage,org.manage_users" doc:"All capabilities that members lose from now on; you hold each one that you take off yourself."`
	Limits          graphql.Omittable[*schematype.Limits] `json:"limits,omitzero" doc:"Bounds on what members submit; null = none."`
	PrinterGroupIDs graphql.Omittable[[]pid.ID]           `json:"printer_group_ids,omitzero" maxItems:"200" uniqueItems:"true" doc:"Identifiers of all printer groups that members may use from now on; none = all."`
}

// UpdateUserGroup changes a user group. Its members have what it grants, and lack what it denies, from their next request.
func (s *Service) UpdateUserGroup(ctx context.Context, in UpdateUserGroupInput) (*ent.UserGroup, error) {
	return op.Do(ctx, s.Ops, OpUserGroupUpdate, in, func(ctx context.Context, tx *ent.Tx) (*ent.UserGroup, error) {
		old, err := op.Load(ctx, tx.UserGroup, in.UserGroupID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		if err := mayGrant(authz.From(ctx), in.gains(old)); err != nil {
			return nil, err
		}
		if old, err = loadGroup(ctx, tx, old.ID); err != nil {
			return nil, err
		}

		u := tx.UserGroup.UpdateOne(old)
		if in.apply(u, old); unchanged(u.Mutation()) {
			return old, nil
		}
		if err := u.Exec(ctx); err != nil {
			return nil, fmt.Errorf("update user group: %w", err)
		}
		now, err := loadGroup(ctx, tx, old.ID)
		if err != nil {
			return nil, err
		}

		object := record.UserGroup(now)
		event.Emit(ctx, tx, event.Updated{Resource: "user_group", ID: now.ID, Object: object, Previous: record.Previous(record.UserGroup(old), object)})
		return now, nil
	})
}

// gains are the capabilities that members would have by the change: granted anew, or denied no longer.
func (in UpdateUserGroupInput) gains(old *ent.UserGroup) (words []string) {
	if grants, ok := in.Grants.ValueOK(); ok {
		words = without(grants, old.Grants)
	}
	if denials, ok := in.Denials.ValueOK(); ok {
		words = append(words, without(old.Denials, denials)...)
	}
	return words
}

// apply puts the differences between patch and group into the update.
func (in UpdateUserGroupInput) apply(u *ent.UserGroupUpdateOne, old *ent.UserGroup) {
	if v := in.Name.Value(); v != nil && *v != old.Name {
		u.SetName(*v).SetSearch(listing.Fold(*v))
	}
	if v, ok := in.Grants.ValueOK(); ok && !slices.Equal(v, old.Grants) {
		u.SetGrants(listed(v))
	}
	if v, ok := in.Denials.ValueOK(); ok && !slices.Equal(v, old.Denials) {
		u.SetDenials(listed(v))
	}
	if v, ok := in.Limits.ValueOK(); ok && !reflect.DeepEqual(v, old.Limits) {
		if v == nil {
			u.ClearLimits()
		} else {
			u.SetLimits(v)
		}
	}
	if wanted, ok := in.PrinterGroupIDs.ValueOK(); ok {
		relink(u, wanted, old.Edges.PrinterGroups)
	}
}

// relink adds and removes printer groups until they are the wanted ones. An empty list would count as a change.
func relink(u *ent.UserGroupUpdateOne, wanted []pid.ID, old []*ent.PrinterGroup) {
	have := make([]pid.ID, len(old))
	for i, g := range old {
		have[i] = g.ID
	}
	if ids := without(wanted, have); len(ids) > 0 {
		u.AddPrinterGroupIDs(ids...)
	}
	if ids := without(have, wanted); len(ids) > 0 {
		u.RemovePrinterGroupIDs(ids...)
	}
}

// unchanged reports whether an update would write nothing.
func unchanged(m *ent.UserGroupMutation) bool {
	return len(m.Fields())+len(m.ClearedFields())+len(m.AddedEdges())+len(m.RemovedEdges()) == 0
}

// loadGroup reads a user group with all that an answer shows of it.
func loadGroup(ctx context.Context, tx *ent.Tx, id pid.ID) (*ent.UserGroup, error) {
	g, err := listing.LoadUserGroup(tx.UserGroup.Query().Where(usergroup.ID(id))).Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read user group: %w", err)
	}
	return g, nil
}

// listed is a list that is never null.
func listed[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

// DeleteUserGroupInput names a user group.
type DeleteUserGroupInput struct {
	UserGroupID pid.ID `path:"user_group_id" json:"-" doc:"Identifier of the user group." example:"ugr_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch     string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// DeleteUserGroup deletes a user group. Its members lose what it grants and regain what it denies, so that only who holds
// what it denies may delete it.
func (s *Service) DeleteUserGroup(ctx context.Context, in DeleteUserGroupInput) (*ent.UserGroup, error) {
	return op.Do(ctx, s.Ops, OpUserGroupDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.UserGroup, error) {
		g, err := op.Load(ctx, tx.UserGroup, in.UserGroupID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, g.Version); err != nil {
			return nil, err
		}
		if err := mayGrant(authz.From(ctx), g.Denials); err != nil {
			return nil, err
		}
		if g, err = loadGroup(ctx, tx, g.ID); err != nil {
			return nil, err
		}

		if err := tx.UserGroup.DeleteOneID(g.ID).Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete user group: %w", err)
		}

		event.Emit(ctx, tx, event.Deleted{Resource: "user_group", ID: g.ID, Object: record.UserGroup(g)})
		return g, nil
	})
}
