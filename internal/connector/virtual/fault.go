package virtual

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/errs"
)

// The faults of Target.Options["fault"]; hyphens may stand for underscores. A fault that ends a print belongs to the
// print from its start on, whatever the option says later; the others count for the call they are given to.
const (
	FaultOffline           = "offline"                    // every call returns ErrOffline
	FaultError             = "error"                      // Status says error, Start returns ErrRejected
	FaultDoesNotStart      = "accepts_but_does_not_start" // Start succeeds, the device stays idle without a job
	FaultCancelledAtDevice = "cancelled_at_device"        // the print ends as cancelled at Options["fault_at"]
	FaultUnknownOutcome    = "unknown_outcome"            // the print starts, Start returns ErrUnknownOutcome
	FaultUploadFails       = "upload_fails"               // Upload returns ErrNoSpace
	FaultFails             = "fails"                      // the print ends as failed at Options["fault_at"]
)

// Faults lists the faults there are, for forms and messages.
func Faults() []string {
	return []string{
		FaultOffline, FaultError, FaultDoesNotStart, FaultCancelledAtDevice,
		FaultUnknownOutcome, FaultUploadFails, FaultFails,
	}
}

const defaultFaultAt = 0.5

type fault struct {
	kind  string   // a Fault constant, or empty
	at    float64  // fraction of the print at which it strikes
	notes []string // for Probe
	wrong []errs.Field
}

// CheckOptions implements connector.OptionChecker.
func (*Printers) CheckOptions(options map[string]any) []errs.Field {
	return append(connector.UnknownOptions(options, "fault", "fault_at"), parseFault(options).wrong...)
}

// parseFault never fails: what is wrong has no effect on a printer that has it.
func parseFault(options map[string]any) fault {
	f := fault{at: defaultFaultAt}
	f.parseKind(options["fault"])
	f.parseAt(options["fault_at"])
	return f
}

func (f *fault) parseKind(v any) {
	if v == nil || v == "" || v == "none" {
		return
	}
	name, _ := v.(string)
	name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
	if !slices.Contains(Faults(), name) {
		f.note("fault %q is unknown and has no effect; there are %s", fmt.Sprint(v), strings.Join(Faults(), ", "))
		f.wrong = append(f.wrong, errs.Field{Path: "fault", Code: "not_allowed", Message: "must be one of none, " + strings.Join(Faults(), ", ")})
		return
	}
	f.kind = name
	f.note("fault %s is switched on", name)
}

func (f *fault) parseAt(v any) {
	if v == nil || v == "" {
		return
	}
	at, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil || !(at >= 0 && at <= 1) {
		f.note("fault_at %q is not a number from 0 to 1; %g is used", fmt.Sprint(v), defaultFaultAt)
		f.wrong = append(f.wrong, errs.Field{Path: "fault_at", Code: "out_of_range", Message: "must be a number from 0 to 1"})
		return
	}
	f.at = at
}

func (f *fault) note(format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

// end tells at which fraction a print ends, and how.
func (f fault) end() (float64, connector.Outcome) {
	switch f.kind {
	case FaultCancelledAtDevice:
		return f.at, connector.OutcomeCancelled
	case FaultFails:
		return f.at, connector.OutcomeFailed
	default:
		return 1, connector.OutcomeCompleted
	}
}

func (f fault) acceptedReason() string {
	switch f.kind {
	case FaultDoesNotStart:
		return ReasonDoesNotStart
	case FaultUnknownOutcome:
		return ReasonUnknownOutcome
	default:
		return ""
	}
}
