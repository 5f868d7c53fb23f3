package roster

import (
	"context"
	"fmt"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/invite"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
	"github.com/soloprint/soloprint/internal/secret"
)

// AcceptInviteInput says who accepts. The caller, a sign-in, has proved that the mail address is theirs.
type AcceptInviteInput struct {
	Token  string `json:"token" required:"true" maxLength:"200" doc:"Token of the link."`
	Email  string `json:"email" required:"true" format:"email" doc:"Mail address of who accepts, proved by the sign-in."`
	Name   string `json:"name,omitempty" maxLength:"200" doc:"Full name."`
	Locale string `json:"locale,omitempty" maxLength:"35" doc:"BCP 47 language tag."`
}

// Accept makes who holds the token of an invitation a member, and counts the use: the row is locked, so that of two who come
// for the last use one is refused. It runs as the actor that authn makes of the token.
func (s *Invites) Accept(ctx context.Context, in AcceptInviteInput) (*ent.Membership, error) {
	return op.Do(ctx, s.Ops, OpInviteAccept, in, func(ctx context.Context, tx *ent.Tx) (*ent.Membership, error) {
		return s.AcceptIn(ctx, tx, in, true)
	})
}

// AcceptIn is Accept as a step of a sign-in. An invitation for one address needs it to be proved.
func (s *Invites) AcceptIn(ctx context.Context, tx *ent.Tx, in AcceptInviteInput, proved bool) (*ent.Membership, error) {
	i, err := s.open(ctx, tx, in)
	if err != nil {
		return nil, err
	}
	if i.Email != "" && !proved {
		return nil, errs.New(errs.InviteNotYours, "The invitation is for a mail address that your provider does not vouch for.")
	}
	by, err := s.Standing(ctx, tx, i.InvitedByID)
	if errs.Is(err, errs.MembershipNotActive) {
		return nil, errs.New(errs.InviteNotOpen, "Whoever gave the invitation is no active member any more. Ask for a new one.")
	}
	if err != nil {
		return nil, fmt.Errorf("read inviter: %w", err)
	}
	if err := stillGiven(ctx, tx, by, i); errs.Is(err, errs.InsufficientPermissions) {
		return nil, errs.New(errs.InviteNotOpen, "Whoever gave the invitation may no longer give what it says. Ask for a new one.")
	} else if err != nil {
		return nil, err
	}

	m, err := s.enter(ctx, tx, i, in)
	if err != nil {
		return nil, err
	}
	return m, s.use(ctx, tx, i)
}

// open reads and locks the invitation of the token, and refuses what does not open it. A token that was replaced is one
// that never was.
func (s *Invites) open(ctx context.Context, tx *ent.Tx, in AcceptInviteInput) (*ent.Invite, error) {
	id, hash, ok := s.Tokens.ReadInvite(in.Token)
	if !ok {
		return nil, errs.NotFound("invite")
	}
	i, err := op.Load(ctx, tx.Invite, id)
	if err != nil {
		return nil, err
	}
	switch {
	case !secret.Equal(hash, i.TokenHash):
		return nil, errs.NotFound("invite")
	case i.State != invite.StateOpen && i.State != invite.StateExpired:
		return nil, errs.New(errs.InviteNotOpen, "The invitation is %s.", i.State)
	case i.State == invite.StateExpired || !op.Now(ctx).Before(i.ExpiresAt):
		return nil, errs.New(errs.InviteNotOpen, "The invitation has expired.")
	case i.Uses >= i.MaxUses:
		return nil, errs.New(errs.InviteNotOpen, "The invitation is used up.")
	case i.Email != "" && i.Email != strings.ToLower(in.Email):
		return nil, errs.New(errs.InviteNotYours, "The invitation is for another mail address.")
	}
	return i, nil
}

// stillGiven refuses what the person may not give: the role, or what a user group grants.
func stillGiven(ctx context.Context, tx *ent.Tx, by *authz.Actor, i *ent.Invite) error {
	if err := mayGive(by, membership.Role(i.Role)); err != nil {
		return err
	}
	groups, err := present(ctx, tx.UserGroup, i.UserGroupIds)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := mayGrant(by, g.Grants); err != nil {
			return err
		}
	}
	return nil
}

// enter makes the person a member with the classes and user groups that are still there. Whoever is a member already is
// refused, and uses nothing up.
func (s *Invites) enter(ctx context.Context, tx *ent.Tx, i *ent.Invite, in AcceptInviteInput) (*ent.Membership, error) {
	classes, err := present(ctx, tx.Class, i.ClassIds)
	if err != nil {
		return nil, err
	}
	groups, err := present(ctx, tx.UserGroup, i.UserGroupIds)
	if err != nil {
		return nil, err
	}
	now, role := op.Now(ctx), membership.Role(i.Role)

	joined, err := s.Join(ctx, tx, Person{Organization: i.OrganizationID, Email: strings.ToLower(in.Email), Name: in.Name, Locale: in.Locale, Role: role, At: &now})
	if err != nil {
		return nil, err
	}
	if err := tx.Membership.UpdateOneID(joined[0].ID).SetSource(membership.SourceInvite).AddUserGroups(groups...).Exec(ctx); err != nil {
		return nil, fmt.Errorf("join user groups: %w", err)
	}
	people, err := withAccounts(ctx, tx, joined)
	if err != nil {
		return nil, err
	}
	m := people[0]
	event.Emit(ctx, tx, event.Fact{Type: event.UserJoined, Resource: "user", ID: m.ID, Object: record.Membership(m)})
	as := Enrolling{Role: enrollment.RoleTeacher, Source: enrollment.SourceInvite}
	if role == membership.RoleStudent {
		as.Role = enrollment.RoleStudent
	}
	for _, c := range classes {
		if _, err := EnrollMembers(ctx, tx, c.ID, []pid.ID{m.ID}, as); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// use counts one use. The condition holds because the row is locked; a program that forgot to would find it does not.
func (s *Invites) use(ctx context.Context, tx *ent.Tx, old *ent.Invite) error {
	change := tx.Invite.UpdateOneID(old.ID).Where(invite.StateEQ(invite.StateOpen), invite.Uses(old.Uses)).AddUses(1)
	if old.Uses+1 >= old.MaxUses {
		change.SetState(invite.StateAccepted)
	}
	i, err := change.Save(ctx)
	if err != nil {
		return fmt.Errorf("count use: %w", err)
	}
	emitInvite(ctx, tx, old, i)
	return nil
}

// present loads and locks, in order, the rows of the identifiers that are still there.
func present[T any](ctx context.Context, l op.Loader[T], ids []string) ([]*T, error) {
	var rows []*T
	for _, id := range distinct(ids) {
		row, err := op.Load(ctx, l, pid.ID(id))
		switch {
		case err == nil:
			rows = append(rows, row)
		case errs.From(err).Kind != errs.KindNotFound:
			return nil, err
		}
	}
	return rows, nil
}
