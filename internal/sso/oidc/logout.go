package oidc

import (
	"context"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Ended is what a logout token says: whose sessions are over.
type Ended struct {
	ID      string // jti: one is carried out once
	Subject string // "" where only a session is named
	Session string // "" where all of the subject's are meant
}

// Logout judges a logout token of the back channel (OpenID Connect Back-Channel Logout 1.0, 2.6). Errors: a *Refusal.
func (c *Client) Logout(ctx context.Context, conf Config, raw string) (*Ended, error) {
	p, err := c.party(ctx, conf.Issuer)
	if err != nil {
		return nil, err
	}
	if err := judgeHeader(raw, "at+jwt"); err != nil {
		return nil, err
	}
	keys := &watched{keySet: p.keys}
	verifier := oidc.NewVerifier(conf.Issuer, keys, &oidc.Config{ClientID: conf.ClientID, SupportedSigningAlgs: Algorithms, SkipExpiryCheck: true})
	token, err := verifier.VerifyLogout(ctx, raw)
	if err != nil {
		return nil, verifying(keys.err, err)
	}
	payload, err := payloadOf(raw)
	if err != nil {
		return nil, err
	}
	claims, err := unique(payload)
	if err != nil {
		return nil, refuse(WrongForm, "claims: %w", err)
	}
	if events, ok := claims["events"].(map[string]any); !ok || !isObject(events[logoutEvent]) {
		return nil, refuse(WrongEvent, "events")
	}
	if err := c.timely(claims); err != nil {
		return nil, err
	}
	return &Ended{ID: token.TokenID, Subject: token.Subject, Session: token.SessionID}, nil
}

// logoutEvent is the member of events that makes a token one (Back-Channel Logout 1.0, 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

func isObject(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}
