// Package errs is the one error type that crosses packages. Kind is for machines (it becomes an HTTP status or a page),
// Code for clients (it never changes its meaning), Details for people (safe to show), Err for the log (never shown).
//
// The flow: an operation returns *Error or wraps something unknown; the adapter calls From, writes the answer by Kind and
// Code, and logs Err once. An error that nobody named becomes an internal one with generic words.
package errs

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of thing went wrong; adapters turn it into a status.
type Kind uint8

// The kinds, in the order of the checks of the contract.
const (
	KindInternal         Kind = iota // 500: a fault of ours
	KindUnauthenticated              // 401: who are you
	KindForbidden                    // 403: you may not
	KindInvalid                      // 400: not readable
	KindTooLarge                     // 413
	KindUnsupportedMedia             // 415
	KindUnprocessable                // 422: readable, but wrong
	KindNotFound                     // 404, also for what belongs to another organization
	KindMethodNotAllowed             // 405
	KindPrecondition                 // 412: If-Match is stale
	KindConflict                     // 409: right, but not in this state
	KindRateLimited                  // 429
	KindUnavailable                  // 503
	KindStorageFull                  // 507
)

// Error is what crosses packages.
type Error struct {
	Kind    Kind
	Code    Code
	Details string        // a sentence for a person, safe to show; may be empty
	Fields  []Field       // what is wrong with the input, for KindUnprocessable
	Reasons []Reason      // the rules that refused, for KindConflict
	Err     error         // the cause, for the log only
	Retry   time.Duration // how long to wait, for KindRateLimited; 0 = not known
}

// Field is one thing wrong with one value of the input.
type Field struct {
	Path    string `json:"path" doc:"Where the value stands in the request, with dots." example:"requirements.nozzle_diameter_mm"`
	Code    string `json:"code" doc:"What is wrong, for machines." example:"out_of_range"`
	Message string `json:"message" doc:"What is wrong, for people."`
}

// Reason is one rule's word on a queue item and a printer: what was expected, what is there and what would mend it.
type Reason struct {
	Code     string `json:"code" doc:"The rule." example:"material_mismatch"`
	Axis     string `json:"axis" doc:"What the rule looks at." example:"material"`
	Severity string `json:"severity" enum:"hard,soft,temporary" doc:"hard: somebody must act; temporary: time mends it; soft: only lowers the score."`
	Expected string `json:"expected" doc:"What the queue item needs."`
	Actual   string `json:"actual" doc:"What is there."`
	Fix      string `json:"fix" doc:"What would mend it."`
	// NeededG, RemainingG and ReservedG stand beside filament_insufficient, in grams.
	NeededG    *float64 `json:"needed_g,omitempty" doc:"Grams the item needs (filament_insufficient)."`
	RemainingG *float64 `json:"remaining_g,omitempty" doc:"Grams left on the spool (filament_insufficient)."`
	ReservedG  *float64 `json:"reserved_g,omitempty" doc:"Grams of them promised to other items (filament_insufficient)."`
}

// Error is the text for the log: code, details and cause.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Details != "" {
		s += ": " + e.Details
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, errs.New(code)) compare by code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// New is an error of a registered code with its registered kind and, where args are given, its own details.
func New(code Code, details ...any) *Error {
	return &Error{Kind: kindOf(code), Code: code, Details: sprint(details)}
}

func sprint(details []any) string {
	switch len(details) {
	case 0:
		return ""
	case 1:
		return fmt.Sprint(details[0])
	default:
		return fmt.Sprintf(fmt.Sprint(details[0]), details[1:]...)
	}
}

// NotFound is the answer for a resource that does not exist, or that belongs to another organization.
func NotFound(resource string) *Error {
	return &Error{Kind: KindNotFound, Code: Code(resource + suffixNotFound)}
}

// Failed is a fault of ours inside an operation: <resource>_<verb>_failed.
func Failed(resource, verb string, err error) *Error {
	return &Error{Kind: KindInternal, Code: Code(resource + "_" + verb + suffixFailed), Details: "Something went wrong on our side. The request id finds it in the log.", Err: err}
}

// Invalid collects what is wrong with an input; nil where nothing is.
func Invalid(fields ...Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: KindUnprocessable, Code: ValidationFailed, Details: "The request has values that are not allowed.", Fields: fields}
}

// Conflict is a refusal with the rules that caused it.
func Conflict(code Code, details string, reasons []Reason) *Error {
	return &Error{Kind: KindConflict, Code: code, Details: details, Reasons: reasons}
}

// Wrap keeps code and kind of a known error and adds a cause for the log.
func Wrap(e *Error, err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// From is the *Error in err, or an internal error that shows nothing of it. It is nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: KindInternal, Code: InternalError, Details: "Something went wrong on our side. The request id finds it in the log.", Err: err}
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
