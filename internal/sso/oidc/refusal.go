package oidc

import (
	"errors"
	"fmt"
)

// Reason is why what a provider says is not taken: a stable word for events and docs.
type Reason string

// The reasons.
const (
	Unreachable   Reason = "provider_unreachable" // it did not answer, or not what was asked
	WrongMetadata Reason = "metadata"             // it describes itself as somebody else, or leads where nobody goes
	WrongIssuer   Reason = "issuer"               // the answer or token is of another provider
	ProviderError Reason = "provider_error"       // it refused by itself: the person cancelled, for example
	NoToken       Reason = "no_token"             // it gave no ID token for the code
	WrongForm     Reason = "token_form"           // no JWT as it has to be
	WrongKey      Reason = "signature"            // algorithm, key or signature
	WrongAudience Reason = "audience"             // for another client
	WrongSubject  Reason = "subject"              // says nobody, or not in a form that names one
	WrongTime     Reason = "time"                 // expired, not valid yet, or without a time
	WrongNonce    Reason = "nonce"                // of another sign-in
	WrongHash     Reason = "at_hash"              // of another access token
	WrongUserInfo Reason = "userinfo_subject"     // userinfo speaks of somebody else
	TooOld        Reason = "authentication_age"   // the person signed in at the provider too long ago
	WrongTenant   Reason = "tenant"               // an account of another organization of the same product
	WrongEvent    Reason = "logout_event"         // no logout token
)

// Refusal is what Redeem and Logout answer where they do not believe. Its text is for logs: it may quote the provider.
type Refusal struct {
	Reason Reason
	Err    error
}

// Error implements error.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %v", r.Reason, r.Err) }

// Unwrap implements errors.
func (r *Refusal) Unwrap() error { return r.Err }

// ReasonOf is the reason of a refusal, "" for any other error.
func ReasonOf(err error) Reason {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Reason
	}
	return ""
}

// refuse makes a refusal. Each check of this package is one if around one call of it, so that a test can take them away one
// by one.
func refuse(r Reason, format string, args ...any) error {
	return &Refusal{r, fmt.Errorf(format, args...)}
}
