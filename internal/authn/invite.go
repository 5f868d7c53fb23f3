package authn

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/invite"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// invited is the name under which who holds an invitation acts, until they are somebody.
const invited = "invite"

// Invite is the actor for accepting the invitation of a token: nobody yet, in the organization that invites. It says only
// whose token it is; whether the invitation is open is the operation's question.
func (s *Service) Invite(ctx context.Context, token string) (*authz.Actor, error) {
	t, ok := parseToken(token, kindInvite)
	if !ok {
		return nil, errs.NotFound("invite")
	}
	i, err := s.Client.Invite.Query().Where(invite.ID(t.rowID())).Only(guard.AsSystem(ctx))
	if err := s.compare(t, err, func() bool { return secret.Equal(s.Secrets.Hash(kindInvite, token), i.TokenHash) }); err != nil {
		if errs.Is(err, errs.InvalidToken) {
			return nil, errs.NotFound("invite")
		}
		return nil, err
	}
	return authz.System(i.OrganizationID, invited), nil
}

// NewInviteToken makes the token of an invitation, and the hash that is stored of it.
func (s *Service) NewInviteToken(id pid.ID) (Token, []byte) {
	t := newToken(kindInvite, id)
	return t, s.Secrets.Hash(kindInvite, t.String())
}

// ReadInviteToken is the invitation that a token names, and the hash that its row has if the token is the right one.
func (s *Service) ReadInviteToken(token string) (id pid.ID, hash []byte, ok bool) {
	t, ok := parseToken(token, kindInvite)
	if !ok {
		return "", nil, false
	}
	return t.rowID(), s.Secrets.Hash(kindInvite, token), true
}

// Standing is what a member may do as things stand in the transaction, whose organization it is narrowed to.
func Standing(ctx context.Context, tx *ent.Tx, member pid.ID) (*authz.Actor, error) {
	return personIn(ctx, tx.Membership, member)
}
