// Package oidc is the relying party of OpenID Connect: it sends people to a provider and judges what the provider says of
// them. It knows the protocol and nothing of organizations, members and sessions.
//
// The flow: Discover reads how a provider describes itself -> AuthorizationURL sends the browser there -> Redeem exchanges
// the code (PKCE, S256) and judges the ID token, check by check -> Identity is who it is. Logout judges a logout token of
// the back channel.
//
// What holds: every request goes through egress. Tokens are signed with RS256, ES256 or EdDSA by a key that the provider
// publishes. What is not understood is refused, with a reason.
//
// Sources: OpenID Connect Core 1.0 and Discovery 1.0, Back-Channel Logout 1.0, RP-Initiated Logout 1.0, RFC 6749 (OAuth 2.0),
// RFC 7636 (PKCE), RFC 9207 (iss in the answer), RFC 8725 (JSON Web Tokens, best practices).
//
// Next door: sso has providers and mappings, signin brings people in.
package oidc
