package connectortest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
)

// PrintSeconds is how long the suite's print takes. A stand-in may take it from the job or be told.
const PrintSeconds = 600

// patience is how long the suite waits for a device to get where it should; simulated ones are there at once.
const patience = 5 * time.Second

// Bench is one printer under test. All functions are needed.
type Bench struct {
	Connector connector.Connector
	Target    connector.Target

	// FileName and Content are a file that the printer accepts; by default a line of G-code.
	FileName string
	Content  []byte

	// TakesNoFile is set when the printer accepts a job without a file.
	TakesNoFile bool

	// Pass lets the device go on for d of printing time.
	Pass func(t *testing.T, d time.Duration)

	// PressStop cancels the print at the device, behind the connector's back.
	PressStop func(t *testing.T)

	// Restart ends our side without goodbye, lets the device go on alone for d of printing time, and returns a new
	// connector to the same device.
	Restart func(t *testing.T, d time.Duration) connector.Connector

	// Prints counts how often the device began to print.
	Prints func(t *testing.T) int
}

// Run runs the suite; each row gets a bench of its own.
func Run(t *testing.T, factory func(t *testing.T) *Bench) {
	rows := []struct {
		name string
		test func(t *testing.T, b *bench)
	}{
		{"a new printer can be probed and is idle without a job", newPrinter},
		{"an upload does not start a print", uploadOnly},
		{"a started job prints under its token", start},
		{"a job without a file is printed by a printer that needs none and refused by others", noFile},
		{"a start with an ended context starts nothing", startTooLate},
		{"a start while another job prints or is paused is refused as busy and leaves that job alone", startWhileBusy},
		{"pause, resume and cancel find no job on an idle printer", nothingToControl},
		{"pause, resume and cancel of another job's token change nothing", controlOther},
		{"a paused job stays where it is until it is resumed", pauseResume},
		{"a cancelled job ends as cancelled and the printer takes the next one", cancel},
		{"a job ends as completed with full progress, and cannot be cancelled any more", finish},
		{"the next job replaces a finished one", next},
		{"a job stopped at the device ends as cancelled", stoppedAtDevice},
		{"a restart finds the job printing under its token", restartMidPrint},
		{"a restart finds a job that ended meanwhile", restartAfterEnd},
		{"a restart finds a paused job where it was", restartPaused},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b := factory(t)
			if b.FileName == "" {
				b.FileName, b.Content = "bracket.gcode", []byte("G28 ; home\n")
			}
			row.test(t, &bench{Bench: b})
		})
	}
}

func newPrinter(t *testing.T, b *bench) {
	if _, err := b.Connector.Probe(t.Context(), b.Target); err != nil {
		t.Errorf("probe: %v", err)
	}
	if s := b.await(t, connector.StateIdle); s.JobToken != "" || s.Outcome != connector.OutcomeNone {
		t.Errorf("got %+v, want no job", s)
	}
}

func uploadOnly(t *testing.T, b *bench) {
	j := b.job("upload1")
	b.upload(t, j)
	b.upload(t, j)
	b.Pass(t, 10*time.Second)
	b.await(t, connector.StateIdle)
	b.wantPrints(t, 0)
}

func start(t *testing.T, b *bench) {
	b.print(t, "start1")
	b.Pass(t, PrintSeconds*time.Second/2)
	s := b.await(t, connector.StatePrinting)
	if s.JobToken != "start1" || s.Outcome != connector.OutcomeNone || s.EndedAt != nil {
		t.Errorf("got %+v, want a running start1", s)
	}
	if s.Progress < 0.3 || s.Progress > 0.7 {
		t.Errorf("progress is %v half way", s.Progress)
	}
	b.wantPrints(t, 1)
}

func noFile(t *testing.T, b *bench) {
	j := b.job("nofile1")
	j.Open, j.Size = nil, 0
	ref, err := b.Connector.Upload(t.Context(), b.Target, j)
	if !b.TakesNoFile {
		wantErr(t, "upload", err, connector.ErrUnsupportedFile)
		return
	}
	wantErr(t, "upload", err, nil)
	wantErr(t, "start", b.Connector.Start(t.Context(), b.Target, ref, j), nil)
	b.await(t, connector.StatePrinting)
}

func startTooLate(t *testing.T, b *bench) {
	j := b.job("late1")
	ref := b.upload(t, j)
	ctx, end := context.WithCancel(t.Context())
	end()
	err := b.Connector.Start(ctx, b.Target, ref, j)
	if connector.MayHaveStarted(err) {
		t.Errorf("start: got %v, want an error that says nothing started", err)
	}
	b.Pass(t, 10*time.Second)
	b.await(t, connector.StateIdle)
	b.wantPrints(t, 0)
}

func startWhileBusy(t *testing.T, b *bench) {
	b.print(t, "first1")
	b.await(t, connector.StatePrinting)
	b.refuseSecond(t, "second2")

	wantErr(t, "pause", b.Connector.Pause(t.Context(), b.Target, "first1"), nil)
	b.await(t, connector.StatePaused)
	b.refuseSecond(t, "third3")

	wantErr(t, "resume", b.Connector.Resume(t.Context(), b.Target, "first1"), nil)
	if s := b.await(t, connector.StatePrinting); s.JobToken != "first1" {
		t.Errorf("prints %q, want first1", s.JobToken)
	}
	b.wantPrints(t, 1)
}

func nothingToControl(t *testing.T, b *bench) {
	b.refuseControl(t, "nobody1")
	b.await(t, connector.StateIdle)
}

func controlOther(t *testing.T, b *bench) {
	b.print(t, "mine1")
	b.await(t, connector.StatePrinting)
	b.refuseControl(t, "other2")
	b.refuseControl(t, "")
	if s := b.await(t, connector.StatePrinting); s.JobToken != "mine1" {
		t.Errorf("prints %q, want mine1", s.JobToken)
	}
}

func pauseResume(t *testing.T, b *bench) {
	b.print(t, "pause1")
	b.Pass(t, PrintSeconds*time.Second/4)
	for range 2 { // the second finds it done
		wantErr(t, "pause", b.Connector.Pause(t.Context(), b.Target, "pause1"), nil)
	}
	before := b.await(t, connector.StatePaused)
	if before.Progress < 0.1 || before.Progress > 0.4 {
		t.Errorf("paused at %v after a quarter of the print", before.Progress)
	}
	b.Pass(t, 2*PrintSeconds*time.Second)
	if after := b.await(t, connector.StatePaused); after.Progress != before.Progress {
		t.Errorf("progress went from %v to %v while paused", before.Progress, after.Progress)
	}
	for range 2 {
		wantErr(t, "resume", b.Connector.Resume(t.Context(), b.Target, "pause1"), nil)
	}
	b.Pass(t, PrintSeconds*time.Second/4)
	if s := b.await(t, connector.StatePrinting); s.Progress <= before.Progress {
		t.Errorf("progress stayed at %v", s.Progress)
	}
	b.Pass(t, PrintSeconds*time.Second)
	b.wantEnd(t, "pause1", connector.OutcomeCompleted)
}

func cancel(t *testing.T, b *bench) {
	b.print(t, "cancel1")
	b.Pass(t, PrintSeconds*time.Second/2)
	b.await(t, connector.StatePrinting)
	wantErr(t, "cancel", b.Connector.Cancel(t.Context(), b.Target, "cancel1"), nil)
	b.Pass(t, time.Second)
	s := b.wantEnd(t, "cancel1", connector.OutcomeCancelled)
	if s.State != connector.StateIdle || s.Progress > 0.9 {
		t.Errorf("got %+v, want an idle printer and a job half done", s)
	}
	b.print(t, "after2")
	b.await(t, connector.StatePrinting)
	b.wantPrints(t, 2)
}

func finish(t *testing.T, b *bench) {
	b.print(t, "finish1")
	b.Pass(t, 2*PrintSeconds*time.Second)
	s := b.wantEnd(t, "finish1", connector.OutcomeCompleted)
	if s.State != connector.StateFinished || s.Progress != 1 || s.RemainingSeconds != 0 {
		t.Errorf("got %+v, want a finished job", s)
	}
	b.refuseControl(t, "finish1")
	b.Pass(t, PrintSeconds*time.Second)
	b.await(t, connector.StateFinished)
}

func next(t *testing.T, b *bench) {
	b.print(t, "one1")
	b.Pass(t, 2*PrintSeconds*time.Second)
	b.wantEnd(t, "one1", connector.OutcomeCompleted)
	b.print(t, "two2")
	b.Pass(t, PrintSeconds*time.Second/4)
	s := b.await(t, connector.StatePrinting)
	if s.JobToken != "two2" || s.Outcome != connector.OutcomeNone || s.Progress > 0.5 {
		t.Errorf("got %+v, want two2 from its beginning", s)
	}
	b.wantPrints(t, 2)
}

func stoppedAtDevice(t *testing.T, b *bench) {
	b.print(t, "stop1")
	b.await(t, connector.StatePrinting)
	b.Pass(t, PrintSeconds*time.Second/4)
	b.PressStop(t)
	b.wantEnd(t, "stop1", connector.OutcomeCancelled)
	b.refuseControl(t, "stop1")
}

func restartMidPrint(t *testing.T, b *bench) {
	b.print(t, "restart1")
	b.await(t, connector.StatePrinting)
	b.Connector = b.Restart(t, PrintSeconds*time.Second/2)
	s := b.await(t, connector.StatePrinting)
	if s.JobToken != "restart1" || s.Progress < 0.3 {
		t.Errorf("got %+v, want restart1 half done", s)
	}
	wantErr(t, "pause", b.Connector.Pause(t.Context(), b.Target, "restart1"), nil)
	b.await(t, connector.StatePaused)
	b.wantPrints(t, 1)
}

func restartAfterEnd(t *testing.T, b *bench) {
	b.print(t, "ended1")
	b.await(t, connector.StatePrinting)
	b.Connector = b.Restart(t, 2*PrintSeconds*time.Second)
	b.wantEnd(t, "ended1", connector.OutcomeCompleted)
	b.wantPrints(t, 1)
}

func restartPaused(t *testing.T, b *bench) {
	b.print(t, "held1")
	b.Pass(t, PrintSeconds*time.Second/4)
	wantErr(t, "pause", b.Connector.Pause(t.Context(), b.Target, "held1"), nil)
	before := b.await(t, connector.StatePaused)
	b.Connector = b.Restart(t, 2*PrintSeconds*time.Second)
	if s := b.await(t, connector.StatePaused); s.JobToken != "held1" || s.Progress != before.Progress {
		t.Errorf("got %+v, want held1 at %v", s, before.Progress)
	}
}

// bench adds the steps that the rows share.
type bench struct{ *Bench }

func (b *bench) job(token string) connector.Job {
	return connector.Job{
		Token: token, Name: b.FileName, Size: int64(len(b.Content)), EstimatedSeconds: PrintSeconds,
		Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(b.Content)), nil
		},
	}
}

func (b *bench) upload(t *testing.T, j connector.Job) connector.RemoteRef {
	t.Helper()
	ref, err := b.Connector.Upload(t.Context(), b.Target, j)
	wantErr(t, "upload", err, nil)
	return ref
}

func (b *bench) print(t *testing.T, token string) {
	t.Helper()
	j := b.job(token)
	wantErr(t, "start", b.Connector.Start(t.Context(), b.Target, b.upload(t, j), j), nil)
}

// refuseSecond tries another job on a printer that has one. Some devices take no upload then, which is as good.
func (b *bench) refuseSecond(t *testing.T, token string) {
	t.Helper()
	j := b.job(token)
	ref, err := b.Connector.Upload(t.Context(), b.Target, j)
	if errors.Is(err, connector.ErrBusy) {
		return
	}
	wantErr(t, "upload", err, nil)
	err = b.Connector.Start(t.Context(), b.Target, ref, j)
	wantErr(t, "start while busy", err, connector.ErrBusy)
}

func (b *bench) refuseControl(t *testing.T, token string) {
	t.Helper()
	wantErr(t, "pause", b.Connector.Pause(t.Context(), b.Target, token), connector.ErrNotRunning)
	wantErr(t, "resume", b.Connector.Resume(t.Context(), b.Target, token), connector.ErrNotRunning)
	wantErr(t, "cancel", b.Connector.Cancel(t.Context(), b.Target, token), connector.ErrNotRunning)
}

func (b *bench) wantPrints(t *testing.T, want int) {
	t.Helper()
	if got := b.Prints(t); got != want {
		t.Errorf("the device began %d prints, want %d", got, want)
	}
}

func (b *bench) wantEnd(t *testing.T, token string, want connector.Outcome) connector.Status {
	t.Helper()
	return b.awaitStatus(t, token+" "+string(want), func(s connector.Status) bool {
		return s.JobToken == token && s.Outcome == want
	})
}

func (b *bench) await(t *testing.T, want connector.State) connector.Status {
	t.Helper()
	return b.awaitStatus(t, string(want), func(s connector.Status) bool { return s.State == want })
}

// awaitStatus reads the status until it is as wanted.
func (b *bench) awaitStatus(t *testing.T, what string, ok func(connector.Status) bool) connector.Status {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		s, err := b.Connector.Status(t.Context(), b.Target)
		if err == nil && ok(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("status is %+v (error %v), want %s", s, err, what)
		}
	}
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: got error %v, want %v", what, got, want)
	}
}
