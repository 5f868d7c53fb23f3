// Package signin brings people in through their organization's identity provider, and keeps their sessions.
//
// The flow: Begin writes a login (one browser, one provider, one organization, ten minutes) and answers where the browser
// goes -> the provider sends it back -> End takes the login, which nobody can do twice, redeems the code (oidc), finds out
// who it is (by identity, invitation, proved address or as a newcomer), applies the group mappings (sso) and opens a session,
// in one transaction with its events.
//
// What holds: a person is known by provider, issuer and subject, never by a mail address alone. A login brings somebody into
// its own organization and into no other. A session is ended by its person, by the provider's back channel, with its
// provider, or by time.
//
// Next door: oidc speaks the protocol, sso has providers and mappings, roster makes members, authn reads sessions.
package signin
