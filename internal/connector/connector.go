package connector

import (
	"context"
	"io"
	"time"
)

// Connector drives printers of one kind. One value serves many printers and many goroutines at once; calls that concern
// the same printer may overlap (a Status during an Upload).
//
// Every call honours ctx, which the caller gives a deadline. Errors wrap the sentinels of this package where one fits.
type Connector interface {
	// Status reads the printer once. When the printer cannot be reached it returns ErrOffline together with
	// Status{State: StateOffline}; a device that answers for a disconnected printer gives StateOffline and no error.
	Status(ctx context.Context, t Target) (Status, error)

	// Upload brings the job's file to the device under a name that carries the job token. It never starts a print, may
	// be repeated, and leaves no usable file behind when it fails.
	Upload(ctx context.Context, t Target, j Job) (RemoteRef, error)

	// Start begins to print an uploaded file. The caller sends it at most once per job token. Only an error for which
	// MayHaveStarted is false promises that nothing was started.
	Start(ctx context.Context, t Target, ref RemoteRef, j Job) error

	// Pause, Resume and Cancel concern the print of jobToken and no other: when the device runs another job or none,
	// they change nothing and return ErrNotRunning. Pausing a paused print and resuming a running one succeed.
	Pause(ctx context.Context, t Target, jobToken string) error
	Resume(ctx context.Context, t Target, jobToken string) error
	Cancel(ctx context.Context, t Target, jobToken string) error

	// Probe says what answers at the target; it is what a person sees who tests a connection.
	Probe(ctx context.Context, t Target) (Info, error)
}

// Target is what a connector needs to reach one printer.
type Target struct {
	PrinterID string // ours, stable for the life of the printer
	Name      string // for messages
	Address   string // host, host:port or base URL, as the kind wants it
	Secret    string // API key, password or access code, in clear; never in an error or a log
	Options   map[string]any
}

// State is what a device is doing, in the words of our model. Whether its bed is clear is not the device's to know.
type State string

// The states of a device.
const (
	StateOffline   State = "offline"   // not reachable, or its controller is not connected
	StateIdle      State = "idle"      // does nothing; the last job may have been cancelled or have failed, see Outcome
	StateBusy      State = "busy"      // heats, homes, transfers or prepares; will not take a start
	StatePrinting  State = "printing"  // moves, or is about to
	StatePaused    State = "paused"    // holds a print that can be resumed
	StateFinished  State = "finished"  // the last job completed, and none has started since
	StateAttention State = "attention" // waits for a person at the device
	StateError     State = "error"     // will not print until somebody repaired or reset it
)

// Outcome is how a job ended on the device.
type Outcome string

// The outcomes of a job. OutcomeNone is the zero value: there is no job, or it has not ended.
const (
	OutcomeNone      Outcome = ""
	OutcomeCompleted Outcome = "completed"
	OutcomeCancelled Outcome = "cancelled"
	OutcomeFailed    Outcome = "failed"
)

// Status is a printer at one moment.
type Status struct {
	State State

	// JobToken is our token of the job the device runs or ran last; empty when it has none or the print is not ours.
	// It may be a token that we never gave (see TokenFromName): who does not know it treats the print as foreign.
	JobToken string
	Outcome  Outcome // how the job of JobToken ended

	Progress         float64    // of the job, 0 to 1; stays where it was when the job ended
	ElapsedSeconds   int        // printed so far, without pauses, as the device counts
	RemainingSeconds int        // as the device estimates; 0 when unknown or ended
	StartedAt        *time.Time // nil: the device does not tell
	EndedAt          *time.Time // nil: not ended, or the device does not tell

	Message string // the device's own words for people; never parsed
}

// Job is one print as a device sees it.
type Job struct {
	Token string // unique per print: ASCII letters, digits and "_", see RemoteName
	Name  string // file name or title; its ending decides the format
	Size  int64  // bytes; 0 when unknown

	// Open gives the file's bytes from the beginning, at each call anew; its reader honours ctx. Nil is an item
	// without a file, which only virtual printers accept: all others answer ErrUnsupportedFile.
	Open func(ctx context.Context) (io.ReadCloser, error)

	EstimatedSeconds int // 0 when unknown
	Plate            int // of a file with several plates, from 1; 0 means the first
}

// RemoteRef names an uploaded file on its device. Only the connector that made it reads it; it may be stored and used
// after a restart.
type RemoteRef string

// Info is what a device says about itself. Empty fields are unknown.
type Info struct {
	Model    string
	Firmware string
	Serial   string
	Formats  []string // endings of the files it prints, such as ".gcode"; empty means any
	Notes    []string // what a person who sets the printer up should know
}
