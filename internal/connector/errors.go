package connector

import "errors"

// What can go wrong with a device. Each says whether the print can have started when Start returns it.
var (
	// ErrOffline: the device was not reached, no command left for it. The print has not started. Any other loss of the
	// connection during Start is ErrUnknownOutcome.
	ErrOffline = errors.New("printer is offline")

	// ErrAuth: the device refused our key, password or access code. The print has not started.
	ErrAuth = errors.New("printer refused the credentials")

	// ErrBusy: the device prints, is paused or prepares something. This print has not started.
	ErrBusy = errors.New("printer is busy")

	// ErrTransferBusy: the device already receives a file; try again in about a minute. The print has not started.
	ErrTransferBusy = errors.New("printer is receiving another file")

	// ErrNoSpace: the device's storage is full. The print has not started.
	ErrNoSpace = errors.New("printer has no space left")

	// ErrUnsupportedFile: the device cannot print this file, or the job has none. The print has not started.
	ErrUnsupportedFile = errors.New("printer does not support the file")

	// ErrAttention: the device waits for a person (a dialog, a door, a filament runout). The print has not started.
	ErrAttention = errors.New("printer needs attention")

	// ErrRejected: the device clearly refused, for a reason of its own. The print has not started.
	ErrRejected = errors.New("printer rejected the command")

	// ErrUnknownOutcome: the command was sent and no clear answer came. The print may have started: the command is
	// never sent again; a later Status that shows the job token decides, or a person.
	ErrUnknownOutcome = errors.New("printer gave no clear answer")

	// ErrNotRunning: the job to pause, resume or cancel is not the one that the device runs. Nothing was changed; it
	// says nothing about whether the job ran before. Start does not return it.
	ErrNotRunning = errors.New("job is not running on the printer")

	// ErrUnsupportedKind: no connector speaks to this kind of printer. No device was asked, no print has started.
	ErrUnsupportedKind = errors.New("printer kind is not supported")
)

// MayHaveStarted tells whether the print may run after Start returned err. It is true for success, for
// ErrUnknownOutcome, and for any error not known to be a refusal: a wrong yes costs a look at the printer, a wrong no
// prints twice.
func MayHaveStarted(err error) bool {
	if err == nil || errors.Is(err, ErrUnknownOutcome) {
		return true
	}
	refusals := []error{
		ErrOffline, ErrAuth, ErrBusy, ErrTransferBusy, ErrNoSpace,
		ErrUnsupportedFile, ErrAttention, ErrRejected, ErrUnsupportedKind,
	}
	for _, refusal := range refusals {
		if errors.Is(err, refusal) {
			return false
		}
	}
	return true
}
