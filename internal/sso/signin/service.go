package signin

import (
	"context"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/sso/oidc"
)

// Service has the operations of signing in and out.
type Service struct {
	Ops       *op.Runner
	Secrets   *secret.Box
	Provider  *oidc.Client
	Doors     Doors
	Tries     Tries
	Invites   *roster.Invites
	PublicURL string // of this installation, to which providers send people back

	// Join is the step roster.Join with the guard lifted.
	Join func(ctx context.Context, tx *ent.Tx, people ...roster.Person) ([]roster.Joined, error)
	// Open is a step that opens a session, and answers its token, this once.
	Open func(ctx context.Context, tx *ent.Tx, m *ent.Membership, o Opening) (token string, ends time.Time, err error)
}

// Doors finds the organization that somebody comes to who is nobody yet. Each answers the actor of its background work.
type Doors interface {
	Door(ctx context.Context, organization string) (*authz.Actor, error)          // by identifier or slug
	LoginDoor(ctx context.Context, stateHash []byte) (*authz.Actor, error)        // by the state of a login that has begun
	ProviderDoor(ctx context.Context, provider pid.ID) (*authz.Actor, error)      // of an enabled provider
	Invite(ctx context.Context, token string) (*authz.Actor, error)               // by the token of an invitation
	Doors(ctx context.Context, domain, issuer string) ([]*ent.SSOProvider, error) // enabled providers of a mail domain or an issuer, with their organizations
}

// Tries counts what was not a sign-in that had begun, for the address that it came from.
type Tries interface {
	Allow(ctx context.Context) error
	Failed(ctx context.Context) error
}

// Opening is what a session remembers of how it was opened.
type Opening struct {
	ID                 pid.ID
	Provider, Identity pid.ID
	ProviderSession    string // sid
	ProviderSubject    string // sub
	IDToken            []byte // sealed, for signing out there
	Browser            bool   // kept in a cookie: it ends when nobody uses it
	UserAgent          string
}

// The operations.
var (
	OpStart    = authz.Op{Resource: "sso", Verb: "start", System: true, Write: true, Summary: "Begin a sign-in through an identity provider."}
	OpComplete = authz.Op{Resource: "sso", Verb: "complete", System: true, Write: true, Summary: "Complete a sign-in that came back from an identity provider."}
	OpTake     = authz.Op{Resource: "sso", Verb: "take", System: true, Write: true}
	OpFail     = authz.Op{Resource: "sso", Verb: "fail", System: true, Write: true}
	OpLook     = authz.Op{Resource: "sso", Verb: "look", System: true}
	OpSignOut  = authz.Op{Resource: "session", Verb: "sign_out", Self: true, Write: true}
	OpBackOut  = authz.Op{Resource: "session", Verb: "end_by_provider", System: true, Write: true}

	OpTry         = authz.Op{Resource: "sso_provider", Verb: "try", Needs: authz.Any(authz.OrgManageUsers), Summary: "Sign in to see what an identity provider says, without effect."}
	OpSessionList = authz.Op{Resource: "session", Verb: "list", Self: true, Summary: "List one's own sessions."}
	OpSessionEnd  = authz.Op{Resource: "session", Verb: "end", Self: true, Write: true, Summary: "End one or all of one's own sessions."}
	OpMemberEnd   = authz.Op{Resource: "session", Verb: "end_of_member", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "End all sessions of a member."}
)

// Ops lists them for docs and tests that walk them.
func Ops() []authz.Op {
	return []authz.Op{OpStart, OpComplete, OpTake, OpFail, OpLook, OpSignOut, OpBackOut, OpTry, OpSessionList, OpSessionEnd, OpMemberEnd}
}

// config is what the provider and we know of each other.
func (s *Service) config(p *ent.SSOProvider, redirect string) (oidc.Config, error) {
	plain, err := sso.ClientSecret(s.Secrets, p)
	if err != nil {
		return oidc.Config{}, err
	}
	names := namesOf(p)
	return oidc.Config{Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: plain, RedirectURI: redirect, Scopes: p.Scopes,
		Wanted: []string{names.Email, names.Name, names.Groups}}, nil
}

// callback is where providers send people back to.
func (s *Service) callback() string { return s.PublicURL + sso.CallbackPath }

// SessionCookie is the name of the cookie that keeps a session. A browser takes one that begins with __Host- from this host
// alone and over https; a server that is reached by http, as in a school's own network, cannot have it.
func SessionCookie(publicURL string) string { return cookieName(publicURL, "slp_session") }

// LoginCookie is the name of the cookie that ties a sign-in to a browser.
func LoginCookie(publicURL string) string { return cookieName(publicURL, "slp_login") }

func cookieName(publicURL, name string) string {
	if strings.HasPrefix(publicURL, "https://") {
		return "__Host-" + name
	}
	return name
}
