// Package scim speaks SCIM 2.0 (RFC 7643, RFC 7644) at /scim/v2: identity providers keep their people and groups up to date here.
//
// The flow: token -> actor, which is a provider -> limits, size and form of the body (body.go) -> elimity-com/scim, which judges
// attributes, paths and filters by the schemas and calls user.go or group.go -> one operation of internal/sso/directory -> the
// library's answer with what it leaves out: absolute locations, ETags, wanted attributes (answer.go).
//
// What is not understood is refused with SCIM's own form of errors, and nothing is changed.
//
// Next door: internal/sso/directory decides; rest serves /v1.
package scim
