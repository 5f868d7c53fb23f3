package virtual

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
)

// Kind is the name of the simulated printer in a connector.Registry.
const Kind = "virtual"

// DefaultSpeed is how many simulated seconds pass in a real one unless Config says otherwise.
const DefaultSpeed = 60

// ErrInUse says that the state file is open already, here or in another process.
var ErrInUse = errors.New("virtual printers are in use")

// Config says where the printers live and how fast their time goes.
type Config struct {
	// Path is the state file. Its folder is made when missing; files with its name and the endings ".starts", ".lock"
	// and ".tmp" lie beside it.
	Path string

	// Speed is how many simulated seconds pass in a real one; 0 means DefaultSpeed. A new speed counts from Open on:
	// what a running print did until then, downtime included, went at the old one, and what has ended stays ended.
	Speed float64

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Printers are simulated printers, one for each Target.PrinterID that is asked for. They implement
// connector.Connector and are safe for concurrent use.
type Printers struct {
	speed float64
	clock func() time.Time
	lock  io.Closer

	mu      sync.Mutex // held while a line is written and synced, never while a file is received
	starts  *lineFile
	state   *stateFile
	devices map[string]device
	started map[startKey]struct{} // every start that was ever accepted
}

var _ connector.Connector = (*Printers)(nil)

// Open loads the printers and owns their files until Close. It returns ErrInUse when somebody else does.
func Open(cfg Config) (*Printers, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("open virtual printers: %w", err)
	}
	p := &Printers{speed: cfg.Speed, clock: cfg.Now, started: map[startKey]struct{}{}}
	if err := p.load(cfg.Path); err != nil {
		return nil, errors.Join(fmt.Errorf("open virtual printers: %w", err), p.Close())
	}
	return p, nil
}

func (c *Config) complete() error {
	if c.Path == "" {
		return errors.New("path is empty")
	}
	if c.Speed == 0 {
		c.Speed = DefaultSpeed
	}
	if !(c.Speed > 0) || math.IsInf(c.Speed, 0) {
		return fmt.Errorf("speed %v is not a positive number", c.Speed)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

func (p *Printers) load(path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if p.lock, err = lockFile(path + ".lock"); err != nil {
		return err
	}
	if p.state, p.devices, err = openState(path); err != nil {
		return err
	}
	cut, err := p.openStarts(path)
	if err != nil {
		return err
	}
	if p.adoptSpeed() || cut || p.state.grown(len(p.devices)) {
		return p.state.rewrite(p.devices)
	}
	return nil
}

// Close releases the files. It writes nothing: to the printers, being closed and being killed is the same.
func (p *Printers) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()

	var errs []error
	if p.starts != nil {
		errs = append(errs, p.starts.Close())
	}
	if p.state != nil {
		errs = append(errs, p.state.Close())
	}
	if p.lock != nil {
		errs = append(errs, p.lock.Close())
	}
	return errors.Join(errs...)
}

// adoptSpeed moves running prints to the current speed and reports whether any was running at another.
func (p *Printers) adoptSpeed() (changed bool) {
	now := p.now()
	for id, d := range p.devices {
		if d.Job == nil || d.Job.Speed == p.speed || d.Job.ended(now) {
			continue
		}
		d = d.clone()
		d.Job.checkpoint(now)
		d.Job.Speed = p.speed
		p.devices[id] = d
		changed = true
	}
	return changed
}

// now has no monotonic part: a computer that slept must count as one that was off.
func (p *Printers) now() time.Time { return p.clock().Round(0).UTC() }

// Status computes what the printer does at this moment.
func (p *Printers) Status(ctx context.Context, t connector.Target) (connector.Status, error) {
	f, err := reach(ctx, t)
	if errors.Is(err, connector.ErrOffline) {
		return connector.Status{State: connector.StateOffline}, fmt.Errorf("read status: %w", err)
	}
	if err != nil {
		return connector.Status{}, fmt.Errorf("read status: %w", err)
	}
	p.mu.Lock()
	s := p.devices[t.PrinterID].status(p.now())
	p.mu.Unlock()
	if f.kind == FaultError {
		s.State, s.Message = connector.StateError, "simulated error"
	}
	return s, nil
}

// Pause holds the print; its time stands still.
func (p *Printers) Pause(ctx context.Context, t connector.Target, jobToken string) error {
	return p.control(ctx, t, jobToken, "pause", func(j *job, now time.Time) {
		j.checkpoint(now)
		j.Paused = true
	})
}

// Resume lets a paused print go on from where it was.
func (p *Printers) Resume(ctx context.Context, t connector.Target, jobToken string) error {
	return p.control(ctx, t, jobToken, "resume", func(j *job, now time.Time) {
		j.checkpoint(now)
		j.Paused = false
	})
}

// Cancel ends the print where it is. The printer is idle then and takes the next start.
func (p *Printers) Cancel(ctx context.Context, t connector.Target, jobToken string) error {
	return p.control(ctx, t, jobToken, "cancel", func(j *job, now time.Time) {
		j.checkpoint(now)
		j.CancelledAt = &now
	})
}

// control changes the running print, if it is the one of the token.
func (p *Printers) control(ctx context.Context, t connector.Target, token, verb string, edit func(*job, time.Time)) error {
	if _, err := reach(ctx, t); err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	err := p.change(t.PrinterID, func(d *device, now time.Time) error {
		if d.Job == nil || d.Job.Token != token || d.Job.ended(now) {
			return connector.ErrNotRunning
		}
		edit(d.Job, now)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	return nil
}

// change edits a copy of a device, which takes effect when it is on disk.
func (p *Printers) change(printerID string, edit func(d *device, now time.Time) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()

	next := p.devices[printerID].clone()
	if err := edit(&next, p.now()); err != nil {
		return err
	}
	if err := p.state.append(stateLine{PrinterID: printerID, Device: next}); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	p.devices[printerID] = next
	p.state.compact(p.devices)
	return nil
}

// Probe describes the simulation, its fault, and an option that it does not understand.
func (p *Printers) Probe(ctx context.Context, t connector.Target) (connector.Info, error) {
	f, err := reach(ctx, t)
	if err != nil {
		return connector.Info{}, fmt.Errorf("probe: %w", err)
	}
	notes := []string{fmt.Sprintf("simulated: %g seconds of a print pass in one second", p.speed)}
	return connector.Info{Model: "Virtual printer", Firmware: "simulator", Notes: append(notes, f.notes...)}, nil
}

// Files lists what was uploaded to a printer, oldest first.
func (p *Printers) Files(printerID string) []File {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.devices[printerID].Files)
}

// reach is what every call does first: it reads the fault, and fails when the device is to be out of reach.
func reach(ctx context.Context, t connector.Target) (fault, error) {
	if err := ctx.Err(); err != nil {
		return fault{}, err
	}
	if t.PrinterID == "" {
		return fault{}, fmt.Errorf("%w: printer id is empty", connector.ErrRejected)
	}
	f := parseFault(t.Options)
	if f.kind == FaultOffline {
		return fault{}, connector.ErrOffline
	}
	return f, nil
}
