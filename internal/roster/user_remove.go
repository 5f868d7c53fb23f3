package roster

import (
	"context"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/apikey"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/scimuser"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// RemoveUserInput names a person of the organization.
type RemoveUserInput struct {
	MembershipID pid.ID `path:"membership_id" json:"-" doc:"Identifier of the membership." example:"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch      string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// RemoveUser removes a person from the organization, and answers the membership as it was. They leave their classes and
// user groups; their sessions and keys end at once. The row stays for the prints, items, files and events that name it,
// and comes back where the person is added again.
func (s *Service) RemoveUser(ctx context.Context, in RemoveUserInput) (*ent.Membership, error) {
	return op.Do(ctx, s.Ops, OpUserRemove, in, func(ctx context.Context, tx *ent.Tx) (*ent.Membership, error) {
		old, err := op.Load(ctx, tx.Membership, in.MembershipID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}
		return old, Remove(ctx, tx, old)
	})
}

// Remove is a step that removes a person whom the caller has locked, as RemoveUser does, and by its rules.
func Remove(ctx context.Context, tx *ent.Tx, old *ent.Membership) error {
	if err := mayRemove(ctx, tx, old); err != nil {
		return err
	}

	if err := tx.Membership.UpdateOne(old).SetDeletedAt(op.Now(ctx)).ClearUserGroups().Exec(ctx); err != nil {
		return fmt.Errorf("remove member: %w", err)
	}
	if err := leaveClasses(ctx, tx, old.ID); err != nil {
		return err
	}
	if err := leaveProviders(ctx, tx, []pid.ID{old.ID}); err != nil {
		return err
	}
	if err := endSessions(ctx, tx, []pid.ID{old.ID}); err != nil {
		return err
	}
	if err := revokeKeys(ctx, tx, []pid.ID{old.ID}); err != nil {
		return err
	}

	event.Emit(ctx, tx, event.Fact{Type: event.UserRemoved, Resource: "user", ID: old.ID, Object: record.Membership(old)})
	return nil
}

// leaveProviders takes people out of what identity providers see of the organization by SCIM: whoever comes back is linked anew.
func leaveProviders(ctx context.Context, tx *ent.Tx, members []pid.ID) error {
	if _, err := tx.SCIMUser.Delete().Where(scimuser.MembershipIDIn(members...)).Exec(ctx); err != nil {
		return fmt.Errorf("unlink members from identity providers: %w", err)
	}
	return nil
}

// mayRemove refuses to remove who stands above the actor, and the last owner, the actor's own person too.
func mayRemove(ctx context.Context, tx *ent.Tx, m *ent.Membership) error {
	if err := mayTouch(authz.From(ctx), m.Role); err != nil {
		return err
	}
	if !personOf(m).holdsOwner() {
		return nil
	}
	kept, err := anotherOwner(ctx, tx, map[pid.ID]bool{m.ID: true})
	if err == nil && !kept {
		return errs.New(errs.LastOwner, lastOwner)
	}
	return err
}

// leaveClasses takes a person out of all classes.
func leaveClasses(ctx context.Context, tx *ent.Tx, member pid.ID) error {
	found, err := tx.Enrollment.Query().Where(enrollment.MembershipID(member)).Order(enrollment.ByClassID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read enrollments: %w", err)
	}
	for _, e := range found {
		if _, err := UnenrollMembers(ctx, tx, e.ClassID, []pid.ID{member}); err != nil {
			return err
		}
	}
	return nil
}

// remove is a step that removes people who have left their classes and user groups already.
func remove(ctx context.Context, tx *ent.Tx, members []pid.ID) error {
	for chunk := range slices.Chunk(members, readRows) {
		if err := tx.Membership.Update().Where(membership.IDIn(chunk...)).SetDeletedAt(op.Now(ctx)).Exec(ctx); err != nil {
			return fmt.Errorf("remove members: %w", err)
		}
		if err := leaveProviders(ctx, tx, chunk); err != nil {
			return err
		}
		if err := revokeKeys(ctx, tx, chunk); err != nil {
			return err
		}
	}
	return endSessions(ctx, tx, members)
}

// revokeKeys revokes the keys that people made.
func revokeKeys(ctx context.Context, tx *ent.Tx, members []pid.ID) error {
	keys, err := tx.APIKey.Query().Where(apikey.CreatedByIDIn(members...), apikey.RevokedAtIsNil()).Order(apikey.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if len(keys) == 0 {
		return nil
	}
	if err := tx.APIKey.Update().Where(apikey.CreatedByIDIn(members...), apikey.RevokedAtIsNil()).SetRevokedAt(op.Now(ctx)).Exec(ctx); err != nil {
		return fmt.Errorf("revoke keys: %w", err)
	}
	now := op.Now(ctx)
	for _, k := range keys {
		k.RevokedAt = &now
		event.Emit(ctx, tx, event.Fact{Type: event.APIKeyRevoked, Resource: "api_key", ID: k.ID, Object: record.APIKey(k)})
	}
	return nil
}
