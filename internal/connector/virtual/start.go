package virtual

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
)

// Start is one start that reached a device.
type Start struct {
	Time      time.Time `json:"time"`
	PrinterID string    `json:"printer_id"`
	JobToken  string    `json:"job_token"`
	Accepted  bool      `json:"accepted"`         // the device took the command; never twice for a token on a printer
	Reason    string    `json:"reason,omitempty"` // why not, or what was odd: one of the Reason constants
}

// The reasons in the log of starts. An accepted start without a fault has none.
const (
	ReasonBusy           = "busy"            // refused: another job is printing or paused
	ReasonDuplicate      = "duplicate"       // not accepted again, answered like the first time
	ReasonNoFile         = "no_file"         // refused: the file is not on the device or belongs to another job
	ReasonError          = "error"           // refused: FaultError
	ReasonDoesNotStart   = "does_not_start"  // accepted, and nothing printed: FaultDoesNotStart
	ReasonUnknownOutcome = "unknown_outcome" // accepted and printing, the answer was lost: FaultUnknownOutcome
)

// ReadStarts reads the log of every start, in order, that devices kept at Config.Path received. It works while another
// process has the printers open: what it returns is what that process would find if it were killed now. Starts that did not
// reach the device (FaultOffline, a cancelled ctx) are not in it.
func ReadStarts(path string) ([]Start, error) {
	data, err := os.ReadFile(startsPath(path))
	if err != nil {
		return nil, fmt.Errorf("read starts: %w", err)
	}
	lines, err := parseStarts(data)
	if err != nil {
		return nil, fmt.Errorf("read starts: %w", err)
	}
	starts := make([]Start, len(lines))
	for i, line := range lines {
		starts[i] = line.Start
	}
	return starts, nil
}

func startsPath(path string) string { return path + ".starts" }

// startLine is a line of the log. Job is the print that began, so that the log alone is enough to continue it.
type startLine struct {
	Start
	Job *job `json:"job,omitempty"`
}

type startKey struct{ printerID, token string }

func parseStarts(data []byte) ([]startLine, error) {
	raw, _, err := wholeLines(data)
	if err != nil {
		return nil, err
	}
	lines := make([]startLine, len(raw))
	for i := range raw {
		if err := json.Unmarshal(raw[i], &lines[i]); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return lines, nil
}

// openStarts opens the log and gives the devices the starts that their journal does not have yet. It reports whether the
// log is shorter than the journal knows, because somebody removed it: numbers begin anew then.
func (p *Printers) openStarts(path string) (cut bool, err error) {
	file, data, err := openLines(startsPath(path))
	if err != nil {
		return false, err
	}
	p.starts = file
	lines, err := parseStarts(data)
	if err != nil {
		return false, fmt.Errorf("log of starts: %w", err)
	}
	for id, d := range p.devices {
		if d.LastStart > len(lines) {
			d.LastStart = len(lines)
			p.devices[id], cut = d, true
		}
	}
	for i, line := range lines {
		p.replay(i+1, line)
	}
	return cut, nil
}

// replay makes a device do what a line of the log says.
func (p *Printers) replay(number int, line startLine) {
	if !line.Accepted {
		return
	}
	p.started[startKey{line.PrinterID, line.JobToken}] = struct{}{}
	if d := p.devices[line.PrinterID]; d.LastStart < number {
		d.LastStart, d.Job = number, line.Job
		p.devices[line.PrinterID] = d
	}
}

// Start begins the print of an uploaded file. A token that the printer accepted before is answered like the first time
// and prints nothing again.
func (p *Printers) Start(ctx context.Context, t connector.Target, ref connector.RemoteRef, j connector.Job) error {
	f, err := reach(ctx, t)
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: nothing was sent: %w", connector.ErrOffline, ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()

	now := p.now()
	line := startLine{Start: Start{Time: now, PrinterID: t.PrinterID, JobToken: j.Token}}
	answer := p.decide(&line, f, ref, j, now)
	if err := p.starts.append(line); err != nil {
		return fmt.Errorf("start: %w: write log: %w", p.failedLog(), err)
	}
	p.replay(p.starts.lines, line)
	if answer == nil && f.kind == FaultUnknownOutcome {
		answer = connector.ErrUnknownOutcome
	}
	if answer != nil {
		return fmt.Errorf("start %s: %w", ref, answer)
	}
	return nil
}

// failedLog is the answer when a start could not be logged. If its line was taken back, nothing will ever start from it.
func (p *Printers) failedLog() error {
	if p.starts.broken != nil {
		return connector.ErrUnknownOutcome
	}
	return connector.ErrRejected
}

// decide fills in whether the device takes the start, and returns what it answers. A known token goes before all
// else: "rejected" or "busy" would say of a print that runs that it never started.
func (p *Printers) decide(line *startLine, f fault, ref connector.RemoteRef, j connector.Job, now time.Time) error {
	d := p.devices[line.PrinterID]
	if _, ok := p.started[startKey{line.PrinterID, j.Token}]; ok {
		line.Reason = ReasonDuplicate
		return nil
	}
	if f.kind == FaultError {
		line.Reason = ReasonError
		return fmt.Errorf("%w: simulated error", connector.ErrRejected)
	}
	if d.Job != nil && !d.Job.ended(now) {
		line.Reason = ReasonBusy
		return connector.ErrBusy
	}
	file, ok := d.file(string(ref))
	if token, _ := connector.TokenFromName(file.Name); !ok || token != j.Token {
		line.Reason = ReasonNoFile
		return fmt.Errorf("%w: no such file for this job", connector.ErrRejected)
	}
	line.Accepted, line.Reason = true, f.acceptedReason()
	if f.kind != FaultDoesNotStart {
		line.Job = newJob(j, file, f, p.speed, now)
	}
	return nil
}

func newJob(j connector.Job, file File, f fault, speed float64, now time.Time) *job {
	seconds := j.EstimatedSeconds
	if seconds <= 0 {
		seconds = defaultSeconds
	}
	endAt, endAs := f.end()
	return &job{
		Token: j.Token, Name: j.Name, Plate: j.Plate, File: file, StartedAt: now,
		Seconds: float64(seconds), EndAt: endAt, EndAs: endAs,
		Speed: speed, Since: now,
	}
}
