package egress

import (
	"errors"

	"github.com/soloprint/soloprint/internal/errs"
)

// Reason is why a request failed: a word that may be stored and shown, and never changes.
type Reason string

// The reasons. The first is a code of the contract.
const (
	AddressBlocked   = Reason(errs.EndpointAddressBlocked)
	URLInvalid       = Reason("url_invalid")
	NameNotResolved  = Reason("name_not_resolved")
	ConnectFailed    = Reason("connect_failed")
	TLSFailed        = Reason("tls_failed")
	TimedOut         = Reason("timed_out")
	TooManyRedirects = Reason("too_many_redirects")
	ResponseInvalid  = Reason("response_invalid")
	ResponseTooLarge = Reason("response_too_large")
	Interrupted      = Reason("response_interrupted")
)

// Sentence is the reason in words of ours, safe to show.
func (r Reason) Sentence() string { return sentences[r] }

var sentences = map[Reason]string{
	AddressBlocked: "This address is not allowed. Requests go to public hosts on ports 80 and 443, and by https where the use demands it; " +
		"the operator can allow other addresses with " + Setting + ".",
	URLInvalid:       "The URL is not of the form https://host/path, without a user and with an existing port.",
	NameNotResolved:  "The host's name was not found.",
	ConnectFailed:    "The host did not take the connection.",
	TLSFailed:        "The host has no valid certificate for its name, or does not speak TLS.",
	TimedOut:         "The host did not answer in time.",
	TooManyRedirects: "The host redirects too often.",
	ResponseInvalid:  "The host's answer is not proper HTTP, or its headers are too large.",
	ResponseTooLarge: "The host's answer is too large.",
	Interrupted:      "The connection ended before the answer did.",
}

// Failure is a request that could not be carried out. It holds nothing that the other side said.
type Failure struct{ Reason Reason }

// Error is the reason in words.
func (f *Failure) Error() string { return string(f.Reason) + ": " + f.Reason.Sentence() }

// Is compares by reason.
func (f *Failure) Is(target error) bool {
	t, ok := target.(*Failure)
	return ok && t.Reason == f.Reason
}

// failed is the error of a reason. A blocked address is the contract's own error, which adapters show as it is.
func failed(r Reason) error {
	if r == AddressBlocked {
		return errs.New(errs.EndpointAddressBlocked, r.Sentence())
	}
	return &Failure{Reason: r}
}

// ReasonOf is the reason in an error of this package; false for others, such as the caller's own cancellation.
func ReasonOf(err error) (Reason, bool) {
	var f *Failure
	if errors.As(err, &f) {
		return f.Reason, true
	}
	return AddressBlocked, errs.Is(err, errs.EndpointAddressBlocked)
}
