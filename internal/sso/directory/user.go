package directory

import (
	"context"
	"fmt"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	filter "github.com/scim2/filter-parser/v2"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/scimgroup"
	"github.com/soloprint/soloprint/ent/scimuser"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
)

// UserTag is a person's ETag: it changes with what the provider says, and with the membership.
func UserTag(u *ent.SCIMUser) string {
	return fmt.Sprintf(`W/"%d-%d"`, u.Version, u.Edges.Membership.Version)
}

// withAll makes the query load what an answer shows of a person.
func withAll(q *ent.SCIMUserQuery) *ent.SCIMUserQuery {
	return q.WithMembership().WithGroups(func(q *ent.SCIMGroupQuery) { q.Order(scimgroup.ByID()) })
}

// userOf reads a person of the actor's provider.
func userOf(ctx context.Context, c *ent.SCIMUserClient, id pid.ID) (*ent.SCIMUser, error) {
	if !id.Valid("scu") {
		return nil, errs.NotFound("scim_user")
	}
	return withAll(c.Query().Where(scimuser.ID(id), scimuser.ProviderID(authz.From(ctx).ID))).Only(ctx)
}

// ListUsersInput says which people an answer shows.
type ListUsersInput struct {
	Filter            filter.Expression // nil = all
	StartIndex, Count int               // from 1; at most MaxPage
}

// ListUsers reads a page of the provider's people, in the order in which they came.
func (s *Service) ListUsers(ctx context.Context, in ListUsersInput) (Page[*ent.SCIMUser], error) {
	return op.Read(ctx, s.Ops, OpUserList, struct{}{}, func(ctx context.Context, c *ent.Client) (Page[*ent.SCIMUser], error) {
		where, err := (&condition{columns: userColumns, schema: userSchema}).where(in.Filter)
		if err != nil {
			return Page[*ent.SCIMUser]{}, err
		}
		q := c.SCIMUser.Query().Where(scimuser.ProviderID(authz.From(ctx).ID), where)
		total, err := q.Clone().Count(ctx)
		if err != nil {
			return Page[*ent.SCIMUser]{}, fmt.Errorf("count scim users: %w", err)
		}
		page := Page[*ent.SCIMUser]{Total: total}
		if in.Count == 0 || in.StartIndex > total {
			return page, nil
		}
		page.Items, err = withAll(q).Order(scimuser.ByID()).Offset(max(in.StartIndex-1, 0)).Limit(min(in.Count, MaxPage)).All(ctx)
		return page, err
	})
}

// GetUserInput names a person.
type GetUserInput struct{ ID pid.ID }

// GetUser reads one person of the provider's.
func (s *Service) GetUser(ctx context.Context, in GetUserInput) (*ent.SCIMUser, error) {
	return op.Read(ctx, s.Ops, OpUserGet, in, func(ctx context.Context, c *ent.Client) (*ent.SCIMUser, error) {
		return userOf(ctx, c.SCIMUser, in.ID)
	})
}

// CreateUserInput is a person whom the provider adds.
type CreateUserInput struct{ Person }

// CreateUser adds a person. Whoever is a member already is linked where the provider has proved the domain of their mail address,
// with the role that they have, and refused otherwise: else a provider could take charge of anybody.
func (s *Service) CreateUser(ctx context.Context, in CreateUserInput) (*ent.SCIMUser, error) {
	return op.Do(ctx, s.Ops, OpUserCreate, struct{}{}, func(ctx context.Context, tx *ent.Tx) (*ent.SCIMUser, error) {
		if err := in.check(); err != nil {
			return nil, err
		}
		p, err := lockProvider(ctx, tx)
		if err != nil {
			return nil, err
		}
		if there, err := tx.SCIMUser.Query().Where(scimuser.ProviderID(p.ID), scimuser.UserNameKey(fold(in.UserName))).Exist(ctx); err != nil || there {
			return nil, or(err, taken("There is a user with this userName already."))
		}
		if in.address() == "" {
			return nil, noAddress()
		}

		m, err := s.enlist(ctx, tx, p, in.Person)
		if err != nil {
			return nil, err
		}
		c := tx.SCIMUser.Create().SetProviderID(p.ID).SetMembershipID(m.ID).SetUserName(in.UserName).SetUserNameKey(fold(in.UserName)).
			SetExternalID(in.ExternalID).SetDisplayKey(fold(in.name())).SetEmailKey(in.address()).SetProfile(in.SCIMProfile)
		u, err := c.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("insert scim user: %w", err)
		}
		return userOf(ctx, tx.SCIMUser, u.ID)
	})
}

// enlist is a step that makes the person a member, or finds the member that they are and may be linked with.
func (s *Service) enlist(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, in Person) (*ent.Membership, error) {
	found, err := tx.Membership.Query().Where(membership.HasUserWith(user.Email(in.address()))).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for member: %w", err)
	}
	if len(found) == 0 {
		return s.join(ctx, tx, p, in)
	}
	linked, err := tx.SCIMUser.Query().Where(scimuser.ProviderID(p.ID), scimuser.MembershipID(found[0].ID)).Exist(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look for scim user: %w", err)
	case linked:
		return nil, taken("There is a user with this mail address already, under another userName.")
	case !sso.ProvedFor(p, in.address()):
		return nil, taken("Somebody with this mail address is a member already. They can be linked once the provider has proved the mail domain.")
	}
	m, err := op.Load(ctx, tx.Membership, found[0].ID)
	if err != nil {
		return nil, err
	}
	return m, settle(ctx, tx, p, m, in, false)
}

// join makes the person a member, with the provider's default role.
func (s *Service) join(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, in Person) (*ent.Membership, error) {
	role, now := membership.Role(p.DefaultRole), op.Now(ctx)
	if err := roster.MayGive(authz.From(ctx), role); err != nil {
		return nil, err
	}
	who := roster.Person{Organization: p.OrganizationID, Email: in.address(), Name: in.name(), Role: role, Status: membership.StatusActive, Source: membership.SourceScim, At: &now}
	away := in.Active != nil && !*in.Active
	if away {
		who.Status = membership.StatusSuspended
	}
	joined, err := s.Join(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	if away {
		if err := tx.Membership.UpdateOneID(joined[0].ID).SetSuspendedBy(string(p.ID)).Exec(ctx); err != nil {
			return nil, fmt.Errorf("note who suspended: %w", err)
		}
	}
	m, err := tx.Membership.Get(ctx, joined[0].ID)
	if err != nil {
		return nil, fmt.Errorf("read membership: %w", err)
	}
	event.Emit(ctx, tx, event.Fact{Type: event.UserJoined, Resource: "user", ID: m.ID, Object: record.Membership(m)})
	return m, nil
}

// settle is a step that brings a membership up to what the provider says: the name, and whether it is active. Whom a person
// suspended, or nobody has approved yet, the provider does not wake: where it insists, it is told so. An owner's name is left.
func settle(ctx context.Context, tx *ent.Tx, p *ent.SSOProvider, m *ent.Membership, in Person, insists bool) error {
	var c roster.UserChange
	if name := in.name(); name != "" && name != m.Name {
		c.Name = graphql.OmittableOf(&name)
	}
	active, suspended := membership.StatusActive, membership.StatusSuspended
	switch {
	case in.Active == nil:
	case !*in.Active && m.Status != suspended:
		c.Status = graphql.OmittableOf(&suspended)
	case *in.Active && m.Status == suspended && m.SuspendedBy == string(p.ID):
		c.Status = graphql.OmittableOf(&active)
	case *in.Active && m.Status != active && insists:
		return errs.New(errs.InsufficientPermissions, "An administrator of the organization decides whether this person is active: their membership is %s.", m.Status)
	}
	if err := roster.MayTouch(authz.From(ctx), m.Role); err != nil {
		if c.Status.IsSet() {
			return err
		}
		return nil
	}
	if !c.Name.IsSet() && !c.Status.IsSet() {
		return nil
	}
	if err := roster.Reassign(ctx, tx, m.ID, c); err != nil {
		return err
	}
	if to := c.Status.Value(); to != nil && *to == suspended {
		if err := tx.Membership.UpdateOneID(m.ID).SetSuspendedBy(string(p.ID)).Exec(ctx); err != nil {
			return fmt.Errorf("note who suspended: %w", err)
		}
	}
	return nil
}

// ReplaceUserInput is all that the provider says of a person from now on.
type ReplaceUserInput struct {
	ID      pid.ID
	IfMatch string
	Person
}

// ReplaceUser says anew who a person is. Where it says nothing of active, that stays as it is.
func (s *Service) ReplaceUser(ctx context.Context, in ReplaceUserInput) (*ent.SCIMUser, error) {
	return op.Do(ctx, s.Ops, OpUserReplace, struct{}{}, func(ctx context.Context, tx *ent.Tx) (*ent.SCIMUser, error) {
		return rewrite(ctx, tx, in.ID, in.IfMatch, false, func(Person) (Person, error) { return in.Person, nil })
	})
}

// PatchUserInput are changes of what the provider says of a person, carried out in order, all or none.
type PatchUserInput struct {
	ID      pid.ID
	IfMatch string
	Edits   []Edit
}

// PatchUser changes what the provider says of a person.
func (s *Service) PatchUser(ctx context.Context, in PatchUserInput) (*ent.SCIMUser, error) {
	return op.Do(ctx, s.Ops, OpUserPatch, struct{}{}, func(ctx context.Context, tx *ent.Tx) (*ent.SCIMUser, error) {
		return rewrite(ctx, tx, in.ID, in.IfMatch, true, func(p Person) (Person, error) { return p, p.edit(in.Edits) })
	})
}

// rewrite is a step that makes of a person what change says, and brings the membership up to it.
func rewrite(ctx context.Context, tx *ent.Tx, id pid.ID, ifMatch string, insists bool, change func(Person) (Person, error)) (*ent.SCIMUser, error) {
	p, err := lockProvider(ctx, tx)
	if err != nil {
		return nil, err
	}
	old, err := userOf(ctx, tx.SCIMUser, id)
	if err != nil {
		return nil, err
	}
	if err := match(ifMatch, UserTag(old)); err != nil {
		return nil, err
	}
	now, err := change(personOf(old))
	if err == nil {
		err = now.check()
	}
	if err != nil {
		return nil, err
	}
	m, err := op.Load(ctx, tx.Membership, old.MembershipID)
	if err != nil {
		return nil, err
	}

	if err := settle(ctx, tx, p, m, now, insists); err != nil {
		return nil, err
	}
	was := personOf(old)
	if was.Active = now.Active; !reflect.DeepEqual(was, now) {
		err := tx.SCIMUser.UpdateOneID(old.ID).SetUserName(now.UserName).SetUserNameKey(fold(now.UserName)).SetExternalID(now.ExternalID).
			SetDisplayKey(fold(now.name())).SetEmailKey(now.address()).SetProfile(now.SCIMProfile).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("update scim user: %w", err)
		}
	}
	return userOf(ctx, tx.SCIMUser, old.ID)
}

// DeleteUserInput names a person.
type DeleteUserInput struct {
	ID      pid.ID
	IfMatch string
}

// DeleteUser removes a person from the organization, by the rules by which an admin does.
func (s *Service) DeleteUser(ctx context.Context, in DeleteUserInput) (*ent.SCIMUser, error) {
	return op.Do(ctx, s.Ops, OpUserDelete, struct{}{}, func(ctx context.Context, tx *ent.Tx) (*ent.SCIMUser, error) {
		if _, err := lockProvider(ctx, tx); err != nil {
			return nil, err
		}
		old, err := userOf(ctx, tx.SCIMUser, in.ID)
		if err != nil {
			return nil, err
		}
		if err := match(in.IfMatch, UserTag(old)); err != nil {
			return nil, err
		}
		m, err := op.Load(ctx, tx.Membership, old.MembershipID)
		if err != nil {
			return nil, err
		}
		return old, roster.Remove(ctx, tx, m)
	})
}

// or is the first error.
func or(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
