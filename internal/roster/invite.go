package roster

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/invite"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/user"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
)

// Invites has the operations on invitations. An invitation stands on the rights of who made it or sent it last, as they are
// at the moment of use.
type Invites struct {
	Ops       *op.Runner
	Tokens    InviteTokens
	PublicURL string // where people find this server, for links

	// Join is the step Join with the guard lifted.
	Join func(ctx context.Context, tx *ent.Tx, people ...Person) ([]Joined, error)
	// Standing is what a member of the transaction's organization may do now; an error where the membership is not active.
	Standing func(ctx context.Context, tx *ent.Tx, member pid.ID) (*authz.Actor, error)
}

// InviteTokens makes the token of an invitation, with the keyed hash that is stored of it, and reads one: ok is false for
// what cannot be one.
type InviteTokens interface {
	NewInvite(id pid.ID) (token string, hash []byte)
	ReadInvite(token string) (id pid.ID, hash []byte, ok bool)
}

// The operations on invitations.
var (
	OpInviteCreate = authz.Op{Resource: "invite", Verb: "create", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Invite by mail address or by an open link; the answer shows the link this once."}
	OpInviteResend = authz.Op{Resource: "invite", Verb: "resend", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Give an invitation a new link, and its time again; the old link ends."}
	OpInviteRevoke = authz.Op{Resource: "invite", Verb: "delete", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Revoke an invitation."}
	OpInviteAccept = authz.Op{Resource: "invite", Verb: "accept", System: true, Write: true}
	OpInviteExpire = authz.Op{Resource: "invite", Verb: "expire", System: true, Write: true}
)

// InviteOps lists them.
func InviteOps() []authz.Op {
	return []authz.Op{OpInviteCreate, OpInviteResend, OpInviteRevoke, OpInviteAccept, OpInviteExpire}
}

// inviteLife is how long an invitation holds where the request does not say.
const inviteLife = 14 * 24 * time.Hour

// maxInviteLife bounds what it may say.
const maxInviteLife = 366 * 24 * time.Hour

// CreateInviteInput is a new invitation.
type CreateInviteInput struct {
	Email        string           `json:"email,omitempty" format:"email" doc:"Whom it is for, and nobody else; absent = an open link, for whoever has it." example:"ada@school.example"`
	Role         *membership.Role `json:"role,omitempty" enum:"owner,admin,operator,teacher,student" doc:"What they become, not above your own role; absent = student."`
	ClassIDs     []pid.ID         `json:"class_ids,omitempty" maxItems:"50" uniqueItems:"true" doc:"Classes joined: by students as students, by everybody else as teachers."`
	UserGroupIDs []pid.ID         `json:"user_group_ids,omitempty" maxItems:"50" uniqueItems:"true" doc:"User groups joined; you hold what they grant yourself."`
	MaxUses      *int             `json:"max_uses,omitempty" minimum:"1" maximum:"10000" doc:"How many people may use an open link; absent = one."`
	ExpiresAt    *time.Time       `json:"expires_at,omitempty" doc:"When it ends, in at most a year; absent = in 14 days."`
}

// Validate refuses many uses of what is for one person.
func (in CreateInviteInput) Validate() []errs.Field {
	if in.Email != "" && in.MaxUses != nil && *in.MaxUses > 1 {
		return []errs.Field{{Path: "max_uses", Code: "not_allowed", Message: "is one for an invitation by mail address"}}
	}
	return nil
}

// InviteLink is an invitation with its link, which nobody can read again.
type InviteLink struct {
	Invite     *ent.Invite
	Token, URL string
}

// RowVersion is the invitation's, for its ETag.
func (l InviteLink) RowVersion() int { return l.Invite.Version }

// Create makes an invitation. It is for somebody who is no member yet.
func (s *Invites) Create(ctx context.Context, in CreateInviteInput) (InviteLink, error) {
	return op.Do(ctx, s.Ops, OpInviteCreate, in, func(ctx context.Context, tx *ent.Tx) (InviteLink, error) {
		role := NewMember{Role: in.Role}.role()
		as := AddMembersInput{Members: []NewMember{{Role: &role, ClassIDs: in.ClassIDs, UserGroupIDs: in.UserGroupIDs}}}
		if err := as.allowed(ctx, tx); err != nil {
			return InviteLink{}, err
		}
		ends, err := in.ends(op.Now(ctx))
		if err != nil {
			return InviteLink{}, err
		}
		email := strings.ToLower(in.Email)
		if err := noMember(ctx, tx, email); err != nil {
			return InviteLink{}, err
		}

		id := pid.New("inv")
		token, hash := s.Tokens.NewInvite(id)
		draft := tx.Invite.Create().SetID(id).SetEmail(email).SetRole(invite.Role(role)).SetClassIds(texts(in.ClassIDs)).SetUserGroupIds(texts(in.UserGroupIDs)).
			SetNillableMaxUses(in.MaxUses).SetInvitedByID(authz.From(ctx).Membership).SetExpiresAt(ends).SetTokenHash(hash)
		if email != "" {
			draft.SetSentAt(op.Now(ctx))
		}
		i, err := draft.Save(ctx)
		if err != nil {
			return InviteLink{}, fmt.Errorf("insert invite: %w", err)
		}

		event.Emit(ctx, tx, event.Created{Resource: "invite", ID: i.ID, Object: record.Invite(i)})
		s.invited(ctx, tx, i)
		return s.link(i, token), nil
	})
}

// ends is when the invitation ends, at the precision that both databases store.
func (in CreateInviteInput) ends(now time.Time) (time.Time, error) {
	if in.ExpiresAt == nil {
		return now.Add(inviteLife), nil
	}
	if !in.ExpiresAt.After(now) || in.ExpiresAt.After(now.Add(maxInviteLife)) {
		return now, errs.Invalid(errs.Field{Path: "expires_at", Code: "out_of_range", Message: "must be in the future, and within a year"})
	}
	return in.ExpiresAt.UTC().Truncate(time.Microsecond), nil
}

// noMember refuses to invite who is in the organization already.
func noMember(ctx context.Context, tx *ent.Tx, email string) error {
	if email == "" {
		return nil
	}
	member, err := tx.Membership.Query().Where(membership.HasUserWith(user.Email(email))).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for a membership: %w", err)
	}
	if member {
		return errs.New(errs.AlreadyExists, "%s is a member already.", email)
	}
	return nil
}

// invited tells that somebody is meant, where somebody is.
func (s *Invites) invited(ctx context.Context, tx *ent.Tx, i *ent.Invite) {
	if i.Email != "" {
		event.Emit(ctx, tx, event.Fact{Type: event.UserInvited, Resource: "invite", ID: i.ID, Object: record.Invite(i)})
	}
}

// link is the answer that shows the token.
func (s *Invites) link(i *ent.Invite, token string) InviteLink {
	return InviteLink{Invite: i, Token: token, URL: strings.TrimRight(s.PublicURL, "/") + "/join/" + token}
}

// ResendInviteInput names the invitation.
type ResendInviteInput struct {
	InviteID pid.ID `path:"invite_id" json:"-" doc:"Identifier of the invite." example:"inv_01jd4c0n5xe2vb8w6h3ks9qt7m"`
	IfMatch  string `header:"If-Match" json:"-" doc:"ETag of the version that is meant; 412 where it is another one." maxLength:"1000"`
}

// Resend gives an invitation that is open or has expired a new link and as much time as it had; the old link ends. From now
// on it stands on the rights of who sent it again.
func (s *Invites) Resend(ctx context.Context, in ResendInviteInput) (InviteLink, error) {
	return op.Do(ctx, s.Ops, OpInviteResend, in, func(ctx context.Context, tx *ent.Tx) (InviteLink, error) {
		old, err := op.Load(ctx, tx.Invite, in.InviteID)
		if err != nil {
			return InviteLink{}, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return InviteLink{}, err
		}
		if old.State != invite.StateOpen && old.State != invite.StateExpired {
			return InviteLink{}, errs.New(errs.InviteNotOpen, "The invitation is %s. Make a new one.", old.State)
		}
		if err := stillGiven(ctx, tx, authz.From(ctx), old); err != nil {
			return InviteLink{}, err
		}

		token, hash := s.Tokens.NewInvite(old.ID)
		i, err := tx.Invite.UpdateOneID(old.ID).SetState(invite.StateOpen).SetTokenHash(hash).SetSentAt(op.Now(ctx)).
			SetExpiresAt(op.Now(ctx).Add(life(old))).SetInvitedByID(authz.From(ctx).Membership).Save(ctx)
		if err != nil {
			return InviteLink{}, fmt.Errorf("change invite: %w", err)
		}

		emitInvite(ctx, tx, old, i)
		s.invited(ctx, tx, i)
		return s.link(i, token), nil
	})
}

// life is how long the invitation was to hold when it was made or last sent.
func life(i *ent.Invite) time.Duration {
	if i.SentAt != nil {
		return i.ExpiresAt.Sub(*i.SentAt)
	}
	return i.ExpiresAt.Sub(i.CreatedAt)
}

// RevokeInviteInput names the invitation.
type RevokeInviteInput = ResendInviteInput

// Revoke ends an invitation. One that is over stays as it is.
func (s *Invites) Revoke(ctx context.Context, in RevokeInviteInput) (*ent.Invite, error) {
	return op.Do(ctx, s.Ops, OpInviteRevoke, in, func(ctx context.Context, tx *ent.Tx) (*ent.Invite, error) {
		old, err := op.Load(ctx, tx.Invite, in.InviteID)
		if err != nil || old.State != invite.StateOpen && old.State != invite.StateExpired {
			return old, err
		}
		if err := op.Match(in.IfMatch, old.Version); err != nil {
			return nil, err
		}

		i, err := tx.Invite.UpdateOneID(old.ID).SetState(invite.StateRevoked).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("revoke invite: %w", err)
		}

		emitInvite(ctx, tx, old, i)
		return i, nil
	})
}

// emitInvite tells what of an invitation changed.
func emitInvite(ctx context.Context, tx *ent.Tx, old, now *ent.Invite) {
	was, is, previous := record.Invite(old), record.Invite(now), map[string]any{}
	for _, name := range []string{"state", "uses", "expires_at", "sent_at", "invited_by_id"} {
		if was[name] != is[name] {
			previous[name] = was[name]
		}
	}
	event.Emit(ctx, tx, event.Updated{Resource: "invite", ID: now.ID, Object: is, Previous: previous})
}

// ExpireInvitesInput has no fields: it is about the organization of the actor.
type ExpireInvitesInput struct{}

// expireRows bounds one run.
const expireRows = 200

// Expire marks open invitations whose time is over, and answers how many. Accept looks at the time itself.
func (s *Invites) Expire(ctx context.Context, in ExpireInvitesInput) (int, error) {
	return op.Do(ctx, s.Ops, OpInviteExpire, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		over, err := tx.Invite.Query().Where(invite.StateEQ(invite.StateOpen), invite.ExpiresAtLTE(op.Now(ctx))).Order(invite.ByExpiresAt()).Limit(expireRows).All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read open invites: %w", err)
		}

		for _, old := range over {
			i, err := tx.Invite.UpdateOneID(old.ID).Where(invite.StateEQ(invite.StateOpen)).SetState(invite.StateExpired).Save(ctx)
			if ent.IsNotFound(err) {
				continue // somebody was quicker
			}
			if err != nil {
				return 0, fmt.Errorf("expire invite: %w", err)
			}
			emitInvite(ctx, tx, old, i)
		}
		return len(over), nil
	})
}

// texts are identifiers as JSON columns have them.
func texts(ids []pid.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
