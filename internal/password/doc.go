// Package password is the local way in: for owners, whose organization may have no identity provider yet or one that is broken,
// and for whom the operator rescues. Everybody else comes through an identity provider or an invitation.
//
// The flow: the operator sets a password (soloprint user create-owner, recover) -> SignIn charges the try, finds the member,
// compares the slow hash, then takes the code in a transaction, so that each is used once -> the caller opens a session. Who
// has no authenticator app yet is offered one: Setup has its secret and a ticket, ConfirmTOTP stores it and answers ten
// recovery codes.
//
// Whatever is wrong is answered with the same words and as late: an account that is not there costs a hash, too, and refusals
// leave at a fixed time. The event and the log say what it was.
//
// Next door: internal/throttle counts the tries, internal/secret hashes and seals, internal/sso is the other way in.
package password
