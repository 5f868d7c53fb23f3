// Package org answers who the caller is and where: the person, the principal, the organization and what may be done in it.
//
// The flow: authn has built the Actor from a role, user groups and a key's scopes -> Me adds the person and the memberships,
// Context adds the organization and its settings. Nothing is decided here: capabilities are the Actor's own list, so that
// what is shown is what op and guard go by.
//
// Next door: authn builds the Actor, roster keeps the people of an organization, apikey makes keys.
package org
