// Package apikey keeps the keys with which programs come in.
//
// The flow: Create checks that the actor holds every scope that the key shall have -> Tokens makes the token, whose keyed
// hash is stored -> the whole token is answered this once. Rotate makes another secret for the same key and leaves the old
// one valid for an overlap; Revoke ends both. A key acts in its creator's name: what it can do is its scopes and what the
// creator's membership still allows, read at each request by authn, so that every server obeys at once.
//
// Rules that hold here: nobody gives a key a scope that they lack; a key that makes a key gives a part of its own scopes
// and its own creator. A new secret is a new holder: who rotates a key holds its scopes, and rotates only keys of people
// who are not above them. Taking away needs neither. Neither token nor hash is in an event, a log or a later answer.
//
// Next door: authn reads tokens and makes them (app lends that to this package), org shows a key what it may do, jobs call
// Expire.
package apikey
