package app

import (
	"context"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/peer"
	"github.com/soloprint/soloprint/internal/sso/oidc"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/internal/throttle"
)

// signIn makes the service by which people come in through an identity provider.
func (a *App) signIn() *signin.Service {
	return &signin.Service{Ops: a.Ops, Secrets: a.Secrets, Provider: &oidc.Client{Egress: a.Egress, Clock: a.Config.Clock}, Doors: a.Authn, Tries: strays{a.Tries},
		Invites: a.API.Invites, PublicURL: a.Config.PublicURL, Join: join, Open: a.open}
}

// open opens a session of a sign-in through a provider, in its transaction.
func (a *App) open(ctx context.Context, tx *ent.Tx, m *ent.Membership, o signin.Opening) (string, time.Time, error) {
	token, ends, err := a.Authn.Open(ctx, tx.Session, m, authn.Opening{ID: o.ID, By: session.OpenedBySSO, Provider: o.Provider, Identity: o.Identity,
		ProviderSession: o.ProviderSession, ProviderSubject: o.ProviderSubject, IDToken: o.IDToken, Browser: o.Browser, UserAgent: o.UserAgent})
	return token.String(), ends, err
}

// strays counts answers of providers that belong to no sign-in, by the address that they came from.
type strays struct{ tries *throttle.Limiter }

func (s strays) try(ctx context.Context) throttle.Try {
	return throttle.Try{Kind: throttle.SSO, Address: peer.From(ctx)}
}

// Allow implements signin.Tries.
func (s strays) Allow(ctx context.Context) error { return s.tries.Allow(ctx, s.try(ctx)) }

// Failed implements signin.Tries.
func (s strays) Failed(ctx context.Context) error { return s.tries.Failed(ctx, s.try(ctx)) }
