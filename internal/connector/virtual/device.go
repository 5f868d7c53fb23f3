package virtual

import (
	"slices"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
)

const (
	maxFiles       = 20  // a device; its journal line carries them all
	defaultSeconds = 600 // of a print whose job gives no estimate
)

// device is all that a printer remembers. It is a value: whoever edits one clones it first.
type device struct {
	// LastStart is the line in the log of starts, from 1, up to which the log is in here.
	LastStart int    `json:"last_start,omitempty"`
	Job       *job   `json:"job,omitempty"` // running or last
	Files     []File `json:"files,omitempty"`
}

// File is an uploaded file without its bytes.
type File struct {
	Name       string    `json:"name"`             // on the device; carries the job token
	SHA256     string    `json:"sha256,omitempty"` // lower-case hex; empty for a job without a file
	Size       int64     `json:"size"`             // bytes received
	UploadedAt time.Time `json:"uploaded_at"`
}

// job is a print that the device began. Its progress is the simulated seconds that were Done at the time Since, and
// those that passed since then unless it is paused or ended: a pause, a resume or a change of speed moves the pair on.
type job struct {
	Token     string    `json:"token"`
	Name      string    `json:"name,omitempty"`
	Plate     int       `json:"plate,omitempty"`
	File      File      `json:"file"`
	StartedAt time.Time `json:"started_at"`

	Seconds float64           `json:"seconds"` // simulated seconds of the whole print
	EndAt   float64           `json:"end_at"`  // fraction of Seconds at which it ends by itself
	EndAs   connector.Outcome `json:"end_as"`  // and how

	Speed       float64    `json:"speed"` // simulated seconds a second
	Done        float64    `json:"done"`
	Since       time.Time  `json:"since"`
	Paused      bool       `json:"paused,omitempty"`
	CancelledAt *time.Time `json:"cancelled_at,omitempty"` // by a command, before its end
}

func (d device) clone() device {
	d.Files = slices.Clone(d.Files)
	if d.Job != nil {
		j := *d.Job
		d.Job = &j
	}
	return d
}

// keep adds a file; one of the same name is replaced, and the oldest are forgotten.
func (d *device) keep(f File) {
	d.Files = slices.DeleteFunc(d.Files, func(old File) bool { return old.Name == f.Name })
	d.Files = append(d.Files, f)
	d.Files = d.Files[max(0, len(d.Files)-maxFiles):]
}

func (d device) file(name string) (File, bool) {
	i := slices.IndexFunc(d.Files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return File{}, false
	}
	return d.Files[i], true
}

// status is what the device shows. A print that was cancelled or failed leaves it idle: nothing on a simulated printer
// is broken afterwards.
func (d device) status(now time.Time) connector.Status {
	if d.Job == nil {
		return connector.Status{State: connector.StateIdle}
	}
	j, startedAt := d.Job, d.Job.StartedAt
	done := j.done(now)
	s := connector.Status{
		State:            connector.StatePrinting,
		JobToken:         j.Token,
		Progress:         min(1, done/j.Seconds),
		ElapsedSeconds:   int(done),
		RemainingSeconds: int(j.Seconds - done),
		StartedAt:        &startedAt,
	}
	if j.Paused {
		s.State = connector.StatePaused
	}
	if outcome, at := j.end(now); outcome != connector.OutcomeNone {
		s.State, s.Outcome, s.EndedAt, s.RemainingSeconds = connector.StateIdle, outcome, &at, 0
		s.Message = "print " + string(outcome)
	}
	if s.Outcome == connector.OutcomeCompleted {
		s.State = connector.StateFinished
	}
	return s
}

// checkpoint moves Done and Since to now.
func (j *job) checkpoint(now time.Time) {
	j.Done, j.Since = j.done(now), now
}

// done is the simulated seconds printed. A clock that went back does not unprint what a checkpoint holds.
func (j *job) done(now time.Time) float64 {
	if j.Paused || j.CancelledAt != nil {
		return j.Done
	}
	passed := max(0, now.Sub(j.Since).Seconds()) * j.Speed
	return min(j.Done+passed, j.endSeconds())
}

// end tells how and when the job ended, which follows from the clock unless it was cancelled.
func (j *job) end(now time.Time) (connector.Outcome, time.Time) {
	if j.CancelledAt != nil {
		return connector.OutcomeCancelled, *j.CancelledAt
	}
	const rounding = 1e-6 // seconds; the sum of floats may stop a hair short of the end
	if j.Paused || j.done(now) < j.endSeconds()-rounding {
		return connector.OutcomeNone, time.Time{}
	}
	left := min((j.endSeconds()-j.Done)/j.Speed, max(0, now.Sub(j.Since).Seconds()))
	return j.EndAs, j.Since.Add(time.Duration(left * float64(time.Second)))
}

func (j *job) ended(now time.Time) bool {
	outcome, _ := j.end(now)
	return outcome != connector.OutcomeNone
}

func (j *job) endSeconds() float64 { return j.EndAt * j.Seconds }
