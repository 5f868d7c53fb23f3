// Package directory is what an identity provider does here by SCIM (RFC 7643, RFC 7644): it keeps its people and its groups up
// to date.
//
// The flow: a SCIM token makes the actor, which is the provider -> an operation locks the provider, so that what it sends happens
// in one order -> a person is a row of the provider beside a membership; a group is a row that group mappings look at -> roster
// changes the membership, sso.Settle brings roles, classes and user groups up to the groups, both with their events.
//
// What holds: a provider sees its own rows only: people whom it made, and members whom it linked by a mail domain that it has
// proved. It may do what an admin may: owners it neither suspends nor removes, and it gives nobody more than its mappings and its
// default role do. Whom a person suspended here, it does not wake.
//
// Next door: rest/scim speaks the protocol; sso has providers, mappings and tokens.
package directory
