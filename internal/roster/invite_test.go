package roster_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/invite"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// inviting is two schools with invitations.
type inviting struct {
	*bundle
	invites *roster.Invites
	clock   *clock.Fake
}

// inviteTokens lends authn's tokens to the package, as app does.
type inviteTokens struct{ authn *authn.Service }

func (t inviteTokens) NewInvite(id pid.ID) (string, []byte) {
	made, hash := t.authn.NewInviteToken(id)
	return made.String(), hash
}

func (t inviteTokens) ReadInvite(token string) (pid.ID, []byte, bool) {
	return t.authn.ReadInviteToken(token)
}

func setupInvites(t *testing.T, db *store.DB) *inviting {
	t.Helper()
	b := setup(t, db)
	box, err := secret.New(make([]byte, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	b.people.Secrets = box
	return &inviting{bundle: b, clock: b.roster.Ops.Clock.(*clock.Fake), invites: &roster.Invites{
		Ops: b.roster.Ops, Tokens: inviteTokens{b.people}, PublicURL: "https://print.example/", Join: b.roster.Join, Standing: authn.Standing,
	}}
}

func (b *inviting) invite(by *ent.Membership, in roster.CreateInviteInput) roster.InviteLink {
	b.Helper()
	l, err := b.invites.Create(b.as(by), in)
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// accept is what a sign-in does with a token.
func (b *inviting) accept(token, email string) (*ent.Membership, error) {
	a, err := b.people.Invite(b.Context(), token)
	if err != nil {
		return nil, err
	}
	return b.invites.Accept(authz.With(b.Context(), a), roster.AcceptInviteInput{Token: token, Email: email, Name: "Cleo", Locale: "en"})
}

func TestInvite(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setupInvites(t, db)
		n, s := b.north, b.south
		admin, student, teacher, owner := membership.RoleAdmin, membership.RoleStudent, membership.RoleTeacher, membership.RoleOwner
		soon, past, far := start.Add(time.Hour+time.Nanosecond), start, start.AddDate(2, 0, 0)
		type in = roster.CreateInviteInput
		for _, tt := range []struct {
			name   string
			actor  context.Context
			in     in
			want   errs.Code
			words  string
			ends   time.Time
			events []string
		}{
			{"by mail, as a student, for 14 days", b.as(n.owner), in{Email: "Cleo@North.example"}, "", "", start.AddDate(0, 0, 14), []string{"invite.created", "user.invited"}},
			{"an open link for a class and a group", b.as(n.admin), in{Role: &student, ClassIDs: []pid.ID{n.robotics.ID}, UserGroupIDs: []pid.ID{n.helpers.ID}, MaxUses: new(30), ExpiresAt: &soon}, "", "", start.Add(time.Hour), []string{"invite.created"}},
			{"an admin by an admin", b.as(n.admin), in{Role: &admin}, "", "", start.AddDate(0, 0, 14), []string{"invite.created"}},
			{"an owner by an admin", b.as(n.admin), in{Role: &owner}, errs.InsufficientPermissions, "above your own", past, nil},
			{"a teacher by a helper, who only manages people", b.as(n.helper), in{Role: &teacher}, errs.InsufficientPermissions, "", past, nil},
			{"a student by a helper", b.as(n.helper), in{}, "", "", start.AddDate(0, 0, 14), []string{"invite.created"}},
			{"a teacher by a key that only manages people", b.key(n.owner, authz.OrgManageUsers), in{Role: &teacher}, errs.InsufficientPermissions, "", past, nil},
			{"without the capability", b.as(n.teacher), in{}, errs.InsufficientPermissions, "org.manage_users", past, nil},
			{"another organization's class", b.as(n.owner), in{ClassIDs: []pid.ID{s.robotics.ID}}, "class_not_found", "", past, nil},
			{"another organization's group", b.as(n.owner), in{UserGroupIDs: []pid.ID{s.helpers.ID}}, "user_group_not_found", "", past, nil},
			{"a member", b.as(n.owner), in{Email: "ADA@north.example"}, errs.AlreadyExists, "member already", past, nil},
			{"somebody who is a member elsewhere only, as anybody", b.as(n.owner), in{Email: "ada@south.example"}, "", "", start.AddDate(0, 0, 14), []string{"invite.created", "user.invited"}},
			{"many uses by mail", b.as(n.owner), in{Email: "x@north.example", MaxUses: new(2)}, errs.ValidationFailed, "max_uses not_allowed", past, nil},
			{"no use", b.as(n.owner), in{MaxUses: new(0)}, errs.ValidationFailed, "max_uses", past, nil},
			{"no address", b.as(n.owner), in{Email: "nobody"}, errs.ValidationFailed, "email", past, nil},
			{"an end that is over", b.as(n.owner), in{ExpiresAt: &past}, errs.ValidationFailed, "expires_at", past, nil},
			{"an end beyond a year", b.as(n.owner), in{ExpiresAt: &far}, errs.ValidationFailed, "expires_at", past, nil},
		} {
			b.events(n)
			l, err := b.invites.Create(tt.actor, tt.in)
			events := b.events(n)
			if !b.check(tt.name, err, tt.want, tt.words) {
				if len(events) > 0 {
					t.Errorf("%s: events %v", tt.name, events)
				}
				continue
			}
			if err != nil {
				continue
			}
			row := b.client.Invite.GetX(b.system, l.Invite.ID)
			if !row.ExpiresAt.Equal(tt.ends) || row.State != invite.StateOpen || row.Uses != 0 || row.Email != strings.ToLower(tt.in.Email) || row.OrganizationID != n.org.ID {
				t.Errorf("%s: %v", tt.name, row)
			}
			if l.URL != "https://print.example/join/"+l.Token || !strings.HasPrefix(l.Token, "slp_inv_") || strings.Contains(string(row.TokenHash)+row.String(), strings.Split(l.Token, "_")[3]) {
				t.Errorf("%s: link %s", tt.name, l.URL)
			}
			for i, e := range events {
				events[i], _, _ = strings.Cut(e, " ")
			}
			b.equal(tt.name, tt.events, events)
			if object, _ := b.object(n); object["token_hash"] != nil || object["token"] != nil {
				t.Errorf("%s: the event shows a secret: %v", tt.name, object)
			}
		}
	})
}

func TestAcceptAnInvitation(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setupInvites(t, db)
		n := b.north
		l := b.invite(n.owner, roster.CreateInviteInput{ClassIDs: []pid.ID{n.robotics.ID, n.chess.ID}, UserGroupIDs: []pid.ID{n.helpers.ID}, MaxUses: new(2)})
		b.client.Class.UpdateOne(n.chess).SetDeletedAt(start).ExecX(b.system)
		b.events(n)

		m, err := b.accept(l.Token, "Cleo@North.example")
		if !b.check("accept", err, "", "") {
			return
		}
		row := b.client.Membership.Query().Where(membership.ID(m.ID)).WithUser().WithEnrollments().WithUserGroups().OnlyX(b.system)
		if row.OrganizationID != n.org.ID || row.Role != membership.RoleStudent || row.Source != membership.SourceInvite || row.Status != membership.StatusActive ||
			row.Edges.User.Email != "cleo@north.example" || row.Edges.User.Name != "Cleo" {
			t.Errorf("joined %v %v", row, row.Edges.User)
		}
		b.equal("groups", ids(n.helpers), ids(row.Edges.UserGroups...))
		if e := row.Edges.Enrollments; len(e) != 1 || e[0].ClassID != n.robotics.ID || e[0].Role != "student" || e[0].Source != "invite" {
			t.Errorf("enrolled %v: a class that is gone is left out", e)
		}
		b.equal("events", []string{"user.joined " + string(m.ID), "class.enrolled " + string(n.robotics.ID), "invite.updated " + string(l.Invite.ID)}, b.events(n))
		if i := b.client.Invite.GetX(b.system, l.Invite.ID); i.Uses != 1 || i.State != invite.StateOpen {
			t.Errorf("after one use of two: %v", i)
		}

		_, err = b.accept(l.Token, "cleo@north.example")
		b.check("by who is a member already", err, errs.AlreadyExists, "member already")
		if i := b.client.Invite.GetX(b.system, l.Invite.ID); i.Uses != 1 {
			t.Errorf("a refusal used it up: %v", i)
		}
		other, err := b.accept(l.Token, "ada@south.example") // has an account, in another organization
		if b.check("by somebody with an account", err, "", "") && other.UserID != b.south.ada.UserID {
			t.Errorf("joined as %v, not with the account of the address", other)
		}
		_, err = b.accept(l.Token, "dora@north.example")
		b.check("used up", err, errs.InviteNotOpen, "accepted")
	})
}

func TestWhatOpensNoInvitation(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setupInvites(t, db)
		n, admin := b.north, membership.RoleAdmin
		for _, tt := range []struct {
			name  string
			given func(roster.InviteLink) (token, email string)
			in    roster.CreateInviteInput
			want  errs.Code
			words string
		}{
			{"another address", func(l roster.InviteLink) (string, string) { return l.Token, "eve@north.example" }, roster.CreateInviteInput{Email: "a@north.example"}, errs.InviteNotYours, ""},
			{"the address in another case", func(l roster.InviteLink) (string, string) { return l.Token, "B@North.Example" }, roster.CreateInviteInput{Email: "b@north.example"}, "", ""},
			{"the moment of its end", func(l roster.InviteLink) (string, string) {
				b.clock.Advance(14 * 24 * time.Hour)
				return l.Token, "c@north.example"
			}, roster.CreateInviteInput{}, errs.InviteNotOpen, "expired"},
			{"revoked", func(l roster.InviteLink) (string, string) {
				_, err := b.invites.Revoke(b.as(n.admin), roster.RevokeInviteInput{InviteID: l.Invite.ID})
				b.check("revoke", err, "", "")
				return l.Token, "d@north.example"
			}, roster.CreateInviteInput{}, errs.InviteNotOpen, "revoked"},
			{"the link before the last", func(l roster.InviteLink) (string, string) {
				_, err := b.invites.Resend(b.as(n.owner), roster.ResendInviteInput{InviteID: l.Invite.ID})
				b.check("resend", err, "", "")
				return l.Token, "e@north.example"
			}, roster.CreateInviteInput{}, "invite_not_found", ""},
			{"a character less", func(l roster.InviteLink) (string, string) { return l.Token[:len(l.Token)-1], "f@north.example" }, roster.CreateInviteInput{}, "invite_not_found", ""},
			{"another row's name", func(l roster.InviteLink) (string, string) {
				token, _ := b.people.NewInviteToken(l.Invite.ID)
				return token.String(), "g@north.example"
			}, roster.CreateInviteInput{}, "invite_not_found", ""},
			{"of no invitation", func(roster.InviteLink) (string, string) {
				token, _ := b.people.NewInviteToken(pid.New("inv"))
				return token.String(), "l@north.example"
			}, roster.CreateInviteInput{}, "invite_not_found", ""},
			{"an API key", func(roster.InviteLink) (string, string) {
				token, _ := b.people.NewKeyToken(pid.New("key"))
				return token.String(), "h@north.example"
			}, roster.CreateInviteInput{}, "invite_not_found", ""},
			{"an inviter who is below it by now", func(l roster.InviteLink) (string, string) {
				b.client.Membership.UpdateOne(n.owner).SetRole(membership.RoleTeacher).ExecX(b.system)
				return l.Token, "i@north.example"
			}, roster.CreateInviteInput{Role: &admin}, errs.InviteNotOpen, "no longer give"},
			{"an inviter who lost what a group grants", func(l roster.InviteLink) (string, string) {
				b.client.Membership.UpdateOne(n.owner).SetRole(membership.RoleOperator).ExecX(b.system)
				return l.Token, "j@north.example"
			}, roster.CreateInviteInput{UserGroupIDs: []pid.ID{n.helpers.ID}}, errs.InviteNotOpen, "no longer give"},
			{"an inviter who is suspended", func(l roster.InviteLink) (string, string) {
				b.client.Membership.UpdateOne(n.owner).SetStatus(membership.StatusSuspended).ExecX(b.system)
				return l.Token, "k@north.example"
			}, roster.CreateInviteInput{}, errs.InviteNotOpen, "no active member"},
		} {
			b.client.Membership.UpdateOne(n.owner).SetRole(membership.RoleOwner).SetStatus(membership.StatusActive).ExecX(b.system)
			l := b.invite(n.owner, tt.in)
			people := b.client.Membership.Query().CountX(b.system)
			token, email := tt.given(l)
			_, err := b.accept(token, email)
			b.check(tt.name, err, tt.want, tt.words)
			if now := b.client.Membership.Query().CountX(b.system); tt.want != "" && now != people {
				t.Errorf("%s: somebody joined", tt.name)
			}
		}
	})
}

func TestResendAnInvitation(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setupInvites(t, db)
		n, admin := b.north, membership.RoleAdmin
		l := b.invite(n.owner, roster.CreateInviteInput{Email: "cleo@north.example", Role: &admin})
		b.clock.Advance(20 * 24 * time.Hour)
		over, err := b.invites.Expire(authz.With(t.Context(), authz.System(n.org.ID, "invite_expiry")), roster.ExpireInvitesInput{})
		if !b.check("expire", err, "", "") || over != 1 || b.client.Invite.GetX(b.system, l.Invite.ID).State != invite.StateExpired {
			t.Errorf("expired %d", over)
		}
		b.events(n)
		_, err = b.invites.Resend(b.as(n.helper), roster.ResendInviteInput{InviteID: l.Invite.ID})
		b.check("by somebody who may not give the role", err, errs.InsufficientPermissions, "")
		_, err = b.invites.Resend(b.as(b.south.owner), roster.ResendInviteInput{InviteID: l.Invite.ID})
		b.check("by another organization", err, "invite_not_found", "")
		_, err = b.invites.Resend(b.as(n.admin), roster.ResendInviteInput{InviteID: l.Invite.ID, IfMatch: `"1-x"`})
		b.check("a stale version", err, errs.PreconditionFailed, "")
		again, err := b.invites.Resend(b.as(n.admin), roster.ResendInviteInput{InviteID: l.Invite.ID})
		if !b.check("resend", err, "", "") {
			return
		}
		if i := again.Invite; again.Token == l.Token || i.State != invite.StateOpen || !i.ExpiresAt.Equal(start.AddDate(0, 0, 34)) || i.InvitedByID != n.admin.ID || !i.SentAt.Equal(start.AddDate(0, 0, 20)) {
			t.Errorf("sent again: %v", i)
		}
		b.equal("events", []string{"invite.updated " + string(l.Invite.ID), "user.invited " + string(l.Invite.ID)}, b.events(n))
		m, err := b.accept(again.Token, "cleo@north.example")
		if b.check("accept", err, "", "") && m.Role != admin {
			t.Errorf("joined as %s", m.Role)
		}
		_, err = b.invites.Resend(b.as(n.owner), roster.ResendInviteInput{InviteID: l.Invite.ID})
		b.check("what was accepted", err, errs.InviteNotOpen, "accepted")
		revoked, err := b.invites.Revoke(b.as(n.owner), roster.RevokeInviteInput{InviteID: l.Invite.ID})
		if b.check("revoking what was accepted", err, "", "") && revoked.State != invite.StateAccepted {
			t.Errorf("an invitation that was used became %s", revoked.State)
		}
	})
}

// However many come at once, an invitation is used as often as it says.
func TestTheLastUseIsForOne(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setupInvites(t, db)
		l := b.invite(b.north.owner, roster.CreateInviteInput{MaxUses: new(3)})
		var mu sync.Mutex
		var all sync.WaitGroup
		codes := []string{}
		for i := range 8 {
			all.Go(func() {
				_, err := b.accept(l.Token, string(rune('a'+i))+"@late.example")
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					codes = append(codes, "joined")
				} else {
					codes = append(codes, string(errs.From(err).Code))
				}
			})
		}
		all.Wait()
		slices.Sort(codes)
		want := []string{"invite_not_open", "invite_not_open", "invite_not_open", "invite_not_open", "invite_not_open", "joined", "joined", "joined"}
		if i := b.client.Invite.GetX(b.system, l.Invite.ID); !cmp.Equal(codes, want) || i.Uses != 3 || i.State != invite.StateAccepted {
			t.Errorf("%v, used %d times, %s", codes, i.Uses, i.State)
		}
	})
}
