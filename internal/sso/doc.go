// Package sso lets an organization's own identity provider decide who comes in and as what.
//
// The flow of administration: an admin makes a provider (its profile fills in what its product needs) -> proves the mail
// domains it answers for by DNS -> tests it -> writes group mappings and evaluates claims against them -> enables it.
//
// The flow of what a sign-in is worth: evaluate, a pure function, says of each mapping whether it matches and why -> apply
// brings the membership up to that, inside the operation of the sign-in. Mappings manage only what mappings granted, which
// the membership remembers; what a person granted by hand stays.
//
// What holds: a client secret is sealed and never shown. Nobody makes a provider or a mapping give what they may not give
// themselves, and whoever sets a new issuer proves the domains anew.
//
// Next door: roster changes members, classes and user groups; egress is the way to a provider. Reading providers and
// mappings is generated (crud).
package sso
