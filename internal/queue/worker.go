package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// OpWork reads what the worker needs of a printer.
var OpWork = authz.Op{Resource: "printer", Verb: "work", System: true}

// How often printers are looked at, and how long a device may take to answer.
const (
	claimBatch   = 64
	workers      = 16
	busyInterval = 400 * time.Millisecond
	idleInterval = 2 * time.Second
	statusLimit  = 8 * time.Second
	sendLimit    = 30 * time.Second
	uploadLimit  = 10 * time.Minute
	uploadLease  = 10 * time.Second // how long a printer stays with a server that uploads, unless it says so again
	uploadBeat   = 3 * time.Second  // how often it says so
)

// Worker talks to the devices: it looks at each printer in turn, carries out what operations committed, and reports by
// operations. It keeps no state of its own; whatever is killed, the next look goes on from what is committed.
type Worker struct {
	Dispatch   *Dispatch
	Fleet      *fleet.Service
	Connectors connector.Registry
	Blobs      blob.Store
	Log        *slog.Logger
	Wake       <-chan struct{} // something was committed; may be nil

	looking sync.Map // printers that this server looks at: one look may take longer than the interval
}

// Run looks at printers until the context ends.
func (w *Worker) Run(ctx context.Context) {
	slots := make(chan struct{}, workers)
	var running sync.WaitGroup
	defer running.Wait()
	tick := time.NewTicker(busyInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.Wake:
		}
		due, err := op.ClaimPrinters(ctx, w.Dispatch.Ops, busyInterval, idleInterval, claimBatch)
		if err != nil {
			if ctx.Err() == nil {
				w.Log.Error("claim printers", "error", err)
			}
			continue
		}
		for _, c := range due {
			if _, looking := w.looking.LoadOrStore(c.ID, true); looking {
				continue
			}
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				defer w.looking.Delete(c.ID)
				w.look(ctx, c)
			})
		}
	}
}

// look takes one look at one printer.
func (w *Worker) look(ctx context.Context, c op.Claimed) {
	ctx = authz.With(ctx, authz.System(c.Organization, "printer_worker"))
	defer func() {
		if r := recover(); r != nil {
			w.Log.Error("look at printer", "printer_id", c.ID, "panic", r)
		}
	}()
	p, err := w.read(ctx, c.ID)
	if err == nil {
		err = w.drive(ctx, p)
	}
	if err != nil && ctx.Err() == nil && !errs.Is(err, "printer_not_found") {
		w.Log.Warn("look at printer", "printer_id", c.ID, "error", err)
	}
}

// read loads a printer with its active print.
func (w *Worker) read(ctx context.Context, id pid.ID) (*ent.Printer, error) {
	return op.Read(ctx, w.Dispatch.Ops, OpWork, PrintInput{}, func(ctx context.Context, c *ent.Client) (*ent.Printer, error) {
		return c.Printer.Query().Where(printer.ID(id)).WithPrints(func(q *ent.PrintRunQuery) {
			q.Where(fleet.ActivePrint()).WithFile().WithQueueItem()
		}).Only(ctx)
	})
}

// device is a printer with its connector.
type device struct {
	connector.Connector
	target connector.Target
}

func (w *Worker) device(p *ent.Printer) (*device, error) {
	c, err := w.Connectors.For(p.Connector.Kind)
	if err != nil {
		return nil, err
	}
	t, err := w.Fleet.Target(p)
	return &device{Connector: c, target: t}, err
}

// drive asks the device how it is, then takes the active print one step further.
func (w *Worker) drive(ctx context.Context, p *ent.Printer) error {
	d, err := w.device(p)
	if err != nil {
		return err
	}
	st, statusErr := w.status(ctx, d)
	said := fleet.ReportStateInput{PrinterID: p.ID, State: printer.State(st.State), Message: st.Message}
	if statusErr == nil {
		said.SeenAt = w.Dispatch.Ops.Clock.Now()
	}
	if said.News(p) {
		if _, err := w.Fleet.ReportState(ctx, said); err != nil {
			return err
		}
	}
	if len(p.Edges.Prints) == 0 {
		return w.auto(ctx, p, st)
	}
	return w.advance(ctx, d, p.Edges.Prints[0], st, statusErr)
}

func (w *Worker) status(ctx context.Context, d *device) (connector.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, statusLimit)
	defer cancel()
	st, err := d.Status(ctx, d.target)
	if err != nil && st.State == "" {
		st.State = connector.StateOffline
	}
	return st, err
}

// auto dispatches by itself where the printer is set so. That nothing can be dispatched is no error.
func (w *Worker) auto(ctx context.Context, p *ent.Printer, st connector.Status) error {
	if !p.AutoDispatch || st.State != connector.StateIdle && st.State != connector.StateFinished || p.BedState != printer.BedStateClear && p.RequireBedClear {
		return nil
	}
	_, err := w.Dispatch.DispatchNext(ctx, DispatchNextQueueItemInput{PrinterID: p.ID})
	var known *errs.Error
	if errors.As(err, &known) && known.Kind == errs.KindConflict {
		return nil
	}
	return err
}

// advance takes the print one step further, as far as it is known to have come.
func (w *Worker) advance(ctx context.Context, d *device, print *ent.PrintRun, st connector.Status, statusErr error) error {
	switch print.Phase {
	case printrun.PhaseClaimed, printrun.PhaseUploading:
		return w.send(ctx, d, print)
	case printrun.PhaseStarting:
		return w.confirm(ctx, print, st, statusErr)
	case printrun.PhaseStarted:
		return w.follow(ctx, d, print, st, statusErr)
	}
	return nil
}

// send uploads and starts. The start command is sent only with the leave that Starting commits, once.
func (w *Worker) send(ctx context.Context, d *device, print *ent.PrintRun) error {
	if print.Wish == printrun.WishCancel {
		_, err := w.Dispatch.Returned(ctx, print.ID, Return{Why: "cancelled before it was sent"})
		return err
	}
	if _, err := w.Dispatch.Uploading(ctx, print.ID, Upload{}); err != nil {
		return err
	}
	job, err := w.job(print)
	if err != nil {
		_, err = w.Dispatch.Returned(ctx, print.ID, Return{Why: err.Error(), Refused: true})
		return err
	}
	ref, err := w.upload(ctx, d, print, job)
	if err != nil {
		return w.uploadFailed(ctx, print, err)
	}
	leave, err := w.Dispatch.Starting(ctx, print.ID)
	if err != nil || !leave {
		return err
	}
	return w.start(ctx, d, print, ref, job)
}

func (w *Worker) upload(ctx context.Context, d *device, print *ent.PrintRun, job connector.Job) (connector.RemoteRef, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadLimit)
	defer cancel()
	var beating sync.WaitGroup
	defer beating.Wait()
	done := make(chan struct{})
	defer close(done)
	moved := &atomic.Int64{}
	beating.Go(func() { w.keep(ctx, cancel, print, moved, done) })

	ref, err := d.Upload(ctx, d.target, counted(job, moved))
	if err != nil {
		return "", err
	}
	_, err = w.Dispatch.Uploaded(ctx, print.ID, string(ref))
	return ref, err
}

// keep holds the printer while bytes are on their way. The lease is short, so that a server that was killed meanwhile does
// not keep it; one that cannot renew it gives the upload up, because another may have begun it anew.
func (w *Worker) keep(ctx context.Context, cancel context.CancelFunc, print *ent.PrintRun, moved *atomic.Int64, done <-chan struct{}) {
	beat := time.NewTicker(uploadBeat)
	defer beat.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-beat.C:
			if _, err := w.Dispatch.Uploading(ctx, print.ID, Upload{Moved: moved.Swap(0)}); err != nil {
				cancel()
				return
			}
		}
	}
}

// counted is the job with its bytes counted as they leave.
func counted(job connector.Job, moved *atomic.Int64) connector.Job {
	open := job.Open
	if open == nil {
		return job
	}
	job.Open = func(ctx context.Context) (io.ReadCloser, error) {
		content, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return &counter{content, moved}, nil
	}
	return job
}

// counter counts what is read.
type counter struct {
	io.ReadCloser
	moved *atomic.Int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.moved.Add(int64(n))
	return n, err
}

// uploadFailed gives the claim back, unless trying again soon may help: nothing was started either way.
func (w *Worker) uploadFailed(ctx context.Context, print *ent.PrintRun, err error) error {
	unreached := errors.Is(err, connector.ErrOffline) || errors.Is(err, connector.ErrTransferBusy) || ctx.Err() != nil
	if unreached && w.Dispatch.Ops.Clock.Now().Before(print.StartDeadlineAt) {
		return err
	}
	_, reportErr := w.Dispatch.Returned(ctx, print.ID, Return{Why: "upload failed: " + err.Error(), Refused: !unreached})
	return reportErr
}

// start sends the start command. Only a clear refusal gives the claim back; everything else is looked at until the
// deadline.
func (w *Worker) start(ctx context.Context, d *device, print *ent.PrintRun, ref connector.RemoteRef, job connector.Job) error {
	sending, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	err := d.Start(sending, d.target, ref, job)
	if err != nil && !connector.MayHaveStarted(err) {
		_, err = w.Dispatch.Returned(ctx, print.ID, Return{Why: "the printer refused: " + err.Error(), Refused: true})
		return err
	}
	if err != nil {
		w.Log.Warn("start left open", "print_id", print.ID, "error", err)
	}
	st, statusErr := w.status(ctx, d)
	return w.confirm(ctx, print, st, statusErr)
}

// confirm looks whether a start was carried out. It is never sent again.
func (w *Worker) confirm(ctx context.Context, print *ent.PrintRun, st connector.Status, statusErr error) error {
	if statusErr == nil && st.JobToken == print.JobToken {
		if _, err := w.Dispatch.Started(ctx, print.ID); err != nil {
			return err
		}
		return w.report(ctx, print, st)
	}
	if print.State == printrun.StateDispatching && w.Dispatch.Ops.Clock.Now().After(print.StartDeadlineAt) {
		_, err := w.Dispatch.Unconfirmed(ctx, print.ID, "the printer was not seen printing it in time")
		return err
	}
	return nil
}

// follow carries wishes out and reports what the device says of the running print.
func (w *Worker) follow(ctx context.Context, d *device, print *ent.PrintRun, st connector.Status, statusErr error) error {
	if statusErr != nil {
		return nil // offline: what the print became is seen when the printer is back
	}
	if st.JobToken != print.JobToken {
		return w.vanished(ctx, print, st)
	}
	if st.Outcome == connector.OutcomeNone && print.Wish != printrun.WishNone {
		if err := w.wish(ctx, d, print); err != nil {
			return err
		}
		if st, statusErr = w.status(ctx, d); statusErr != nil {
			return nil
		}
	}
	return w.report(ctx, print, st)
}

// wish carries one out. That there is nothing to pause or cancel any more is fine: the report tells what there is.
func (w *Worker) wish(ctx context.Context, d *device, print *ent.PrintRun) error {
	sending, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	act := map[printrun.Wish]func(context.Context, connector.Target, string) error{
		printrun.WishPause: d.Pause, printrun.WishResume: d.Resume, printrun.WishCancel: d.Cancel}[print.Wish]
	if err := act(sending, d.target, print.JobToken); err != nil && !errors.Is(err, connector.ErrNotRunning) {
		return fmt.Errorf("%s: %w", print.Wish, err)
	}
	_, err := w.Dispatch.Wished(ctx, print.ID, print.Wish)
	return err
}

// report passes on what the device says of our job.
func (w *Worker) report(ctx context.Context, print *ent.PrintRun, st connector.Status) error {
	if st.Outcome != connector.OutcomeNone {
		_, err := w.Dispatch.Ended(ctx, print.ID, End{Outcome: printrun.Outcome(st.Outcome), Fraction: st.Progress, Details: st.Message})
		return err
	}
	paused := st.State == connector.StatePaused
	if st.State != connector.StatePrinting && !paused {
		return nil
	}
	if st.Progress-print.Progress < 0.01 && paused == (print.State == printrun.StatePaused) {
		return nil // a hundredth is what a bar shows: less is not worth a write
	}
	_, err := w.Dispatch.Progress(ctx, print.ID, Progress{Fraction: st.Progress, Paused: paused})
	return err
}

// vanished ends a print whose printer does something else now: it was switched off, or somebody started another job.
func (w *Worker) vanished(ctx context.Context, print *ent.PrintRun, st connector.Status) error {
	if st.State == connector.StateOffline || st.State == connector.StateBusy {
		return nil
	}
	_, err := w.Dispatch.Ended(ctx, print.ID, End{Outcome: printrun.OutcomeFailed, Fraction: print.Progress, Details: "the printer no longer knows the print"})
	return err
}

// job is what the device is given.
func (w *Worker) job(print *ent.PrintRun) (connector.Job, error) {
	job := connector.Job{Token: print.JobToken, Name: print.PrinterName, EstimatedSeconds: print.EstimatedSeconds}
	if it := print.Edges.QueueItem; it != nil {
		job.Name, job.Plate = it.Name, it.PlateIndex
	}
	if print.FileID == nil {
		return job, nil
	}
	f := print.Edges.File
	if f == nil || f.Status != file.StatusReady {
		return job, errors.New("the file is gone")
	}
	job.Name, job.Size = f.Name, f.SizeBytes
	job.Open = func(ctx context.Context) (io.ReadCloser, error) { return w.Blobs.Open(ctx, f.StorageKey) }
	return job, nil
}
