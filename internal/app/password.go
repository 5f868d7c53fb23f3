package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/password"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/secret"
)

// hashers is how many passwords are hashed at once: no more than processors, and no more than 76 MiB.
func hashers() int { return min(4, runtime.GOMAXPROCS(0)) }

// passwords makes the service that signs people in with passwords.
func (a *App) passwords() *password.Service {
	return &password.Service{Ops: a.Ops, Secrets: a.Secrets, Hasher: secret.NewHasher(hashers()), Tries: a.Tries, Log: a.Config.Log,
		Find: a.Authn.Password, RequireTOTP: a.Config.RequireTOTP, Floor: password.Floor}
}

// openSession opens the session of somebody who has signed in with a password.
func (a *App) openSession(ctx context.Context, m *ent.Membership) (string, time.Time, error) {
	token, ends, err := a.Authn.OpenSession(ctx, m, session.OpenedByPassword)
	return token.String(), ends, err
}

// slugs are the short names that an organization may have.
var slugs = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$`)

// CreateOwner makes somebody an owner with a password, in the operator's name; made says that the organization is new. Who is a
// member already becomes an owner, whatever they were; who is an owner already is to be rescued instead.
func (a *App) CreateOwner(ctx context.Context, n NewOrganization) (made bool, err error) {
	if f := password.Check(n.OwnerPassword, n.OwnerEmail, n.Slug); len(f) > 0 {
		return false, errs.Invalid(f...)
	}
	if _, err := time.LoadLocation(n.TimeZone); err != nil {
		return false, fmt.Errorf("--time-zone %q is no IANA time zone", n.TimeZone)
	}
	places, err := op.Places(ctx, a.Ops)
	if err != nil {
		return false, err
	}
	at := slices.IndexFunc(places, func(p op.Place) bool { return p.Slug == n.Slug || string(p.Organization) == n.Slug })
	var member *ent.Membership
	if at < 0 {
		if !slugs.MatchString(n.Slug) {
			return false, fmt.Errorf("--organization %q is no slug: small letters, digits and hyphens, at most 60", n.Slug)
		}
		n.Name = cmp.Or(n.Name, n.Slug)
		pass := n.OwnerPassword
		n.OwnerPassword = "" // the operation below says who gave it
		if _, member, err = a.Bootstrap(ctx, n); err != nil {
			return false, err
		}
		n.OwnerPassword = pass
	} else {
		as := operator(ctx, places[at].Organization)
		if member, err = a.Imports.Roster.MakeOwner(as, roster.MakeOwnerInput{Email: n.OwnerEmail, Name: n.OwnerName}); err != nil {
			return false, err
		}
	}
	_, err = a.Passwords.Set(operator(ctx, member.OrganizationID), password.SetInput{MembershipID: member.ID, Email: n.OwnerEmail, Organization: n.Slug, Password: n.OwnerPassword})
	return at < 0, err
}

// Recover gives a member a new password and ends their second factor and sessions, in the operator's name.
func (a *App) Recover(ctx context.Context, organization, email, text string) error {
	if organization == "" || email == "" {
		return errors.New("--organization and --email say who is rescued")
	}
	_, m, err := a.Person(ctx, organization, email)
	if err != nil {
		return err
	}
	_, err = a.Passwords.Set(operator(ctx, m.OrganizationID), password.SetInput{MembershipID: m.ID, Email: strings.ToLower(email), Organization: organization, Password: text, Rescue: true})
	return err
}

// operator is the context of a command that the operator gives in nobody else's name.
func operator(ctx context.Context, organization pid.ID) context.Context {
	return authz.With(ctx, authz.System(organization, "operator"))
}
