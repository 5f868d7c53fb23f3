package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Times of a token.
const (
	clockTolerance = time.Minute     // by which a clock of the provider may be ahead, or a token late
	maxIssuedAhead = 5 * time.Minute // into the future
	maxTokenLife   = 25 * time.Hour  // from its issue to its end: no ID token is for longer
	maxSubject     = 255             // characters of a subject (OpenID Connect Core 1.0, 2)
)

// Answer is what came back, and what the sign-in began with.
type Answer struct {
	Code            string
	Issuer          string // iss of RFC 9207, "" where there was none
	Nonce, Verifier string
	MaxAge          time.Duration
}

// Identity is somebody whom a provider vouches for.
type Identity struct {
	Issuer  string
	Subject string         // sub
	Session string         // sid: the provider's session, for logout; "" where it says none
	Claims  map[string]any // of the ID token, and of userinfo where the token lacks them
	Token   map[string]any // of the ID token alone: what may decide who somebody is
	IDToken string         // for signing out there
}

// Redeem exchanges a code for an ID token and judges it. Errors: a *Refusal.
func (c *Client) Redeem(ctx context.Context, conf Config, a Answer) (*Identity, error) {
	p, err := c.party(ctx, conf.Issuer)
	if err != nil {
		return nil, err
	}
	if a.Issuer != "" && a.Issuer != conf.Issuer {
		return nil, refuse(WrongIssuer, "the answer is of %q", a.Issuer)
	}
	if a.Issuer == "" && p.NamesIssuer {
		return nil, refuse(WrongIssuer, "the answer names no issuer, and the provider says that it does")
	}
	tokens, err := p.oauth(conf).Exchange(c.with(ctx), a.Code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return nil, refuse(NoToken, "exchange: %w", err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok || raw == "" {
		return nil, refuse(NoToken, "no id_token in the answer")
	}
	token, claims, err := c.judge(ctx, p, conf, raw)
	if err != nil {
		return nil, err
	}
	if err := c.fits(token, claims, a, tokens.AccessToken); err != nil {
		return nil, err
	}
	all, err := c.complete(ctx, p, conf, claims, tokens)
	if err != nil {
		return nil, err
	}
	return &Identity{Issuer: conf.Issuer, Subject: text(claims, "sub"), Session: text(claims, "sid"), Claims: all, Token: claims, IDToken: raw}, nil
}

// judge checks what every ID token has to be, whoever asked for it.
func (c *Client) judge(ctx context.Context, p *party, conf Config, raw string) (*oidc.IDToken, map[string]any, error) {
	if err := judgeHeader(raw, "logout+jwt", "at+jwt"); err != nil {
		return nil, nil, err
	}
	keys := &watched{keySet: p.keys}
	verifier := oidc.NewVerifier(conf.Issuer, keys, &oidc.Config{ClientID: conf.ClientID, SupportedSigningAlgs: Algorithms, SkipExpiryCheck: true})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return nil, nil, verifying(keys.err, err)
	}
	if token.Issuer != conf.Issuer { // go-oidc knows a spelling of Google's without its scheme
		return nil, nil, refuse(WrongIssuer, "issuer %q", token.Issuer)
	}
	payload, err := payloadOf(raw)
	if err != nil {
		return nil, nil, err
	}
	claims, err := unique(payload)
	if err != nil {
		return nil, nil, refuse(WrongForm, "claims: %w", err)
	}
	if azp, there := claims["azp"]; there && azp != conf.ClientID {
		return nil, nil, refuse(WrongAudience, "azp %v", azp)
	}
	if len(token.Audience) > 1 && claims["azp"] != conf.ClientID {
		return nil, nil, refuse(WrongAudience, "several audiences and no azp")
	}
	if !subject(claims["sub"]) {
		return nil, nil, refuse(WrongSubject, "sub")
	}
	return token, claims, c.timely(claims)
}

// verifying names what go-oidc found; what the keys found has a name.
func verifying(keys, err error) error {
	if keys != nil {
		return keys
	}
	switch said := err.Error(); {
	case strings.Contains(said, "different provider"):
		return refuse(WrongIssuer, "%w", err)
	case strings.Contains(said, "audience"):
		return refuse(WrongAudience, "%w", err)
	}
	return refuse(WrongForm, "%w", err)
}

// judgeHeader refuses a token that names itself as one of another kind, or whose header two readers may read differently.
func judgeHeader(raw string, others ...string) error {
	head, _, _ := strings.Cut(raw, ".")
	plain, err := base64.RawURLEncoding.Strict().DecodeString(head)
	if err != nil {
		return refuse(WrongForm, "header: %w", err)
	}
	header, err := unique(plain)
	if err != nil {
		return refuse(WrongForm, "header: %w", err)
	}
	if slices.Contains(others, strings.ToLower(text(header, "typ"))) {
		return refuse(WrongForm, "a token of type %q", text(header, "typ"))
	}
	if _, there := header["crit"]; there {
		return refuse(WrongForm, "crit: what has to be understood is not")
	}
	return nil
}

func payloadOf(raw string) ([]byte, error) {
	parts := strings.Split(raw, ".")
	payload, err := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	if err != nil {
		return nil, refuse(WrongForm, "payload: %w", err)
	}
	return payload, nil
}

// subject holds for a text that names somebody: 1 to 255 characters of ASCII.
func subject(v any) bool {
	s, ok := v.(string)
	return ok && s != "" && len(s) <= maxSubject && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// timely checks exp, iat and nbf.
func (c *Client) timely(claims map[string]any) error {
	now := c.Clock.Now()
	expires, ok := moment(claims["exp"])
	if !ok || !now.Before(expires.Add(clockTolerance)) {
		return refuse(WrongTime, "expired or without an end")
	}
	issued, ok := moment(claims["iat"])
	if !ok || issued.After(now.Add(maxIssuedAhead)) {
		return refuse(WrongTime, "issued in the future or at no time")
	}
	if expires.Sub(issued) > maxTokenLife {
		return refuse(WrongTime, "valid for longer than a day")
	}
	if before, there := claims["nbf"]; there {
		if from, ok := moment(before); !ok || from.After(now.Add(maxIssuedAhead)) {
			return refuse(WrongTime, "not valid yet")
		}
	}
	return nil
}

// moment is a NumericDate (RFC 7519, 2).
func moment(v any) (time.Time, bool) {
	n, ok := v.(float64)
	if !ok || math.IsNaN(n) || n < 0 || n > 253402300799 { // the end of the year 9999
		return time.Time{}, false
	}
	return time.Unix(int64(n), 0), true
}

// fits checks that a token is the answer to this sign-in and to no other.
func (c *Client) fits(token *oidc.IDToken, claims map[string]any, a Answer, access string) error {
	if a.Nonce == "" || subtle.ConstantTimeCompare([]byte(text(claims, "nonce")), []byte(a.Nonce)) != 1 {
		return refuse(WrongNonce, "nonce")
	}
	if _, there := claims["at_hash"]; there {
		if err := token.VerifyAccessToken(access); err != nil {
			return refuse(WrongHash, "%w", err)
		}
	}
	if a.MaxAge > 0 {
		at, ok := moment(claims["auth_time"])
		if !ok || c.Clock.Now().Sub(at) > a.MaxAge+clockTolerance || at.After(c.Clock.Now().Add(maxIssuedAhead)) {
			return refuse(TooOld, "auth_time")
		}
	}
	return nil
}

// protocol are the claims that only an ID token may say: who somebody is, for whom, when and of which organization.
var protocol = []string{"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "at_hash", "c_hash", "auth_time", "acr", "amr", "sid", "jti", "hd", "tid", "oid", "xms_edov"}

// complete adds what userinfo says, where the ID token lacks a claim that is wanted. What the token says holds; a provider
// that does not answer there is no reason to refuse: what is missing is not known.
func (c *Client) complete(ctx context.Context, p *party, conf Config, claims map[string]any, tokens *oauth2.Token) (map[string]any, error) {
	lacks := slices.ContainsFunc(conf.Wanted, func(name string) bool { _, there := claims[name]; return !there })
	if !lacks || p.UserInfo == "" || tokens.AccessToken == "" {
		return claims, nil
	}
	info, err := p.provider.UserInfo(c.with(ctx), oauth2.StaticTokenSource(tokens))
	if err != nil {
		return claims, nil
	}
	var more map[string]any
	if err := info.Claims(&more); err != nil {
		return claims, nil
	}
	if more["sub"] != claims["sub"] {
		return nil, refuse(WrongUserInfo, "userinfo is of %v", more["sub"])
	}
	all := map[string]any{}
	for name, v := range more {
		if !slices.Contains(protocol, name) {
			all[name] = v
		}
	}
	if mail, there := claims["email"]; there && mail != more["email"] { // it vouches for another address
		delete(all, "email_verified")
	}
	for name, v := range claims {
		all[name] = v
	}
	return all, nil
}
