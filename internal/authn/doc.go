// Package authn says who acts. It reads API keys and session tokens from the Authorization header, checks them and builds
// the authz.Actor, in which a role, user groups and a key's scopes have become one set of capabilities.
//
// The flow: Authenticate(request) -> checksum -> row by id -> keyed hash -> revoked, expired -> the person's membership as
// it is now -> Actor. Nothing is cached: what a membership loses, its keys lose at once.
package authn
