package virtual

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
)

func TestFaults(t *testing.T) {
	rows := []struct {
		name      string
		options   map[string]any
		wantErr   error // of Start
		after     time.Duration
		want      connector.State
		token     string
		outcome   connector.Outcome
		progress  float64
		logged    bool // accepted
		logReason string
	}{
		{
			name: "without a fault the print goes on", options: nil,
			after: 6 * time.Second, want: connector.StatePrinting, token: "t1", progress: 0.6, logged: true,
		},
		{
			name: "an unknown fault is no fault", options: map[string]any{"fault": "gremlins"},
			after: 10 * time.Second, want: connector.StateFinished, token: "t1", outcome: connector.OutcomeCompleted, progress: 1, logged: true,
		},
		{
			name: "a printer in error refuses", options: map[string]any{"fault": "error"}, wantErr: connector.ErrRejected,
			want: connector.StateError, logReason: ReasonError,
		},
		{
			name: "a printer that accepts but does not start stays idle without a job", options: map[string]any{"fault": "accepts-but-does-not-start"},
			after: time.Second, want: connector.StateIdle, logged: true, logReason: ReasonDoesNotStart,
		},
		{
			name: "a print cancelled at the device ends half way", options: map[string]any{"fault": "cancelled_at_device"},
			after: time.Minute, want: connector.StateIdle, token: "t1", outcome: connector.OutcomeCancelled, progress: 0.5, logged: true,
		},
		{
			name: "it ends where fault_at says", options: map[string]any{"fault": "Cancelled-At-Device", "fault_at": 0.25},
			after: 3 * time.Second, want: connector.StateIdle, token: "t1", outcome: connector.OutcomeCancelled, progress: 0.25, logged: true,
		},
		{
			name: "before that it prints", options: map[string]any{"fault": "cancelled_at_device", "fault_at": "0.25"},
			after: 2 * time.Second, want: connector.StatePrinting, token: "t1", progress: 0.2, logged: true,
		},
		{
			name: "a failing print ends as failed", options: map[string]any{"fault": "fails", "fault_at": 1},
			after: 10 * time.Second, want: connector.StateIdle, token: "t1", outcome: connector.OutcomeFailed, progress: 1, logged: true,
		},
		{
			name: "a start of unknown outcome prints", options: map[string]any{"fault": "unknown_outcome"}, wantErr: connector.ErrUnknownOutcome,
			after: time.Second, want: connector.StatePrinting, token: "t1", progress: 0.1, logged: true, logReason: ReasonUnknownOutcome,
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, row.options)
			wantErr(t, b.print(t, "t1"), row.wantErr)
			b.clock.add(row.after)
			b.reopen(t, 60)
			s := b.status(t)
			if s.State != row.want || s.JobToken != row.token || s.Outcome != row.outcome || s.Progress != row.progress {
				t.Errorf("got %+v", s)
			}
			if l := b.log(t); len(l) != 1 || l[0].Accepted != row.logged || l[0].Reason != row.logReason || l[0].JobToken != "t1" {
				t.Errorf("log is %+v", l)
			}
		})
	}
}

func TestOfflineAnswersNothing(t *testing.T) {
	b := setup(t, nil)
	b.mustPrint(t, "t1")
	b.target.Options = map[string]any{"fault": "offline"}

	s, err := b.Status(t.Context(), b.target)
	if s.State != connector.StateOffline {
		t.Errorf("state is %q", s.State)
	}
	_, uploadErr := b.Upload(t.Context(), b.target, jobOf("t2"))
	_, probeErr := b.Probe(t.Context(), b.target)
	calls := []error{
		err, uploadErr, probeErr,
		b.Start(t.Context(), b.target, "spt1-bracket.gcode", jobOf("t1")),
		b.Pause(t.Context(), b.target, "t1"), b.Resume(t.Context(), b.target, "t1"), b.Cancel(t.Context(), b.target, "t1"),
	}
	for _, err := range calls {
		wantErr(t, err, connector.ErrOffline)
	}
	if l := b.log(t); len(l) != 1 {
		t.Errorf("a start that did not reach the device is in the log: %+v", l)
	}
}

func TestTokenStartsOnce(t *testing.T) {
	b := setup(t, nil)
	b.mustPrint(t, "t1")
	b.mustPrint(t, "t1") // while it prints
	b.clock.add(time.Minute)
	b.mustPrint(t, "t1") // after it ended
	b.reopen(t, 60)
	b.target.Options = map[string]any{"fault": "error"}
	b.mustPrint(t, "t1") // after a restart, when a new start would be refused

	l := b.log(t)
	if len(l) != 4 || !l[0].Accepted {
		t.Fatalf("log is %+v", l)
	}
	for _, s := range l[1:] {
		if s.Accepted || s.Reason != ReasonDuplicate {
			t.Errorf("got %+v, want a duplicate", s)
		}
	}
	other := b.target
	other.PrinterID, other.Options = "p2", nil
	ref, err := b.Upload(t.Context(), other, jobOf("t1"))
	wantErr(t, err, nil)
	wantErr(t, b.Start(t.Context(), other, ref, jobOf("t1")), nil)
	if l := b.log(t); !l[4].Accepted {
		t.Error("another printer cannot know the token")
	}
}

func TestRefusals(t *testing.T) {
	b := setup(t, nil)
	ref, err := b.Upload(t.Context(), b.target, jobOf("t1"))
	wantErr(t, err, nil)
	wantErr(t, b.Start(t.Context(), b.target, "spt2-nowhere.gcode", jobOf("t2")), connector.ErrRejected)
	wantErr(t, b.Start(t.Context(), b.target, ref, jobOf("t2")), connector.ErrRejected)
	wantErr(t, b.Start(t.Context(), b.target, ref, jobOf("t1")), nil)
	wantErr(t, b.print(t, "t2"), connector.ErrBusy)
	wantErr(t, b.Cancel(t.Context(), b.target, "t1"), nil)
	b.mustPrint(t, "t2") // a refusal is not remembered against the token

	var got []string
	for _, s := range b.log(t) {
		got = append(got, s.Reason)
	}
	if want := "no_file,no_file,,busy,"; strings.Join(got, ",") != want {
		t.Errorf("reasons are %q, want %q", got, want)
	}
}

func TestSpeedChangesFromOpenOn(t *testing.T) {
	b := setup(t, nil)
	b.mustPrint(t, "t1")
	b.clock.add(2 * time.Second) // 120 simulated seconds, the last of them while the server is down
	b.reopen(t, 1)
	b.clock.add(60 * time.Second)
	if s := b.status(t); s.ElapsedSeconds != 180 || s.RemainingSeconds != 420 {
		t.Errorf("at speed 1: got %+v", s)
	}
	b.reopen(t, 1)
	b.reopen(t, 60)
	b.clock.add(time.Second)
	if s := b.status(t); s.ElapsedSeconds != 240 {
		t.Errorf("at speed 60 again: got %+v", s)
	}
	b.clock.add(6 * time.Second)
	ended := b.clock.now()
	b.clock.add(time.Hour)
	b.reopen(t, 0.001)
	if s := b.status(t); s.Outcome != connector.OutcomeCompleted || !s.EndedAt.Equal(ended) {
		t.Errorf("what ended stays ended at %v: got %+v at %v", ended, s, s.EndedAt)
	}
}

func TestPausedPrintTakesSpeedWhenItGoesOn(t *testing.T) {
	b := setup(t, nil)
	b.mustPrint(t, "t1")
	b.clock.add(time.Second)
	wantErr(t, b.Pause(t.Context(), b.target, "t1"), nil)
	b.clock.add(time.Hour)
	b.reopen(t, 10)
	wantErr(t, b.Resume(t.Context(), b.target, "t1"), nil)
	b.clock.add(time.Second)
	if s := b.status(t); s.ElapsedSeconds != 70 {
		t.Errorf("got %+v, want 70 seconds", s)
	}
}

func TestClockThatGoesBack(t *testing.T) {
	b := setup(t, nil)
	b.mustPrint(t, "t1")
	b.clock.add(-time.Hour)
	if s := b.status(t); s.State != connector.StatePrinting || s.Progress != 0 {
		t.Errorf("got %+v, want the beginning of the print", s)
	}
}

func TestUpload(t *testing.T) {
	broken := errors.New("disk is gone")
	rows := []struct {
		name    string
		fault   string
		job     func(*connector.Job)
		wantErr error
	}{
		{name: "a whole file is kept", job: func(*connector.Job) {}},
		{name: "an unknown size is taken as it comes", job: func(j *connector.Job) { j.Size = 0 }},
		{name: "a file that ends early is refused", job: func(j *connector.Job) { j.Size = 5 }, wantErr: io.ErrUnexpectedEOF},
		{name: "a printer without space says so", fault: "upload-fails", job: func(*connector.Job) {}, wantErr: connector.ErrNoSpace},
		{name: "a file that cannot be opened is not kept", wantErr: broken, job: func(j *connector.Job) {
			j.Open = func(context.Context) (io.ReadCloser, error) { return nil, broken }
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b := setup(t, map[string]any{"fault": row.fault})
			j := jobOf("t1")
			row.job(&j)
			ref, err := b.Upload(t.Context(), b.target, j)
			wantErr(t, err, row.wantErr)
			b.reopen(t, 60)
			files := b.Files("p1")
			if err != nil {
				if len(files) != 0 {
					t.Errorf("kept %+v", files)
				}
				return
			}
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte("G28\n")))
			if len(files) != 1 || files[0].Name != string(ref) || files[0].Size != 4 || files[0].SHA256 != sum {
				t.Errorf("kept %+v", files)
			}
		})
	}
}

func TestUploadEndsWithContext(t *testing.T) {
	b := setup(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	j := jobOf("t1")
	j.Size, j.Open = 0, func(context.Context) (io.ReadCloser, error) { return endless{cancel}, nil }
	_, err := b.Upload(ctx, b.target, j)
	wantErr(t, err, context.Canceled)
	if files := b.Files("p1"); len(files) != 0 {
		t.Errorf("kept %+v", files)
	}
}

// endless is a file without end that cancels its reader's context.
type endless struct{ cancel func() }

func (e endless) Read(b []byte) (int, error) { e.cancel(); return len(b), nil }
func (e endless) Close() error               { return nil }

func TestPrinterForgetsOldFiles(t *testing.T) {
	b := setup(t, nil)
	for i := range maxFiles + 5 {
		_, err := b.Upload(t.Context(), b.target, jobOf("t"+string(rune('a'+i))))
		wantErr(t, err, nil)
	}
	if files := b.Files("p1"); len(files) != maxFiles || files[0].Name != "sptf-bracket.gcode" {
		t.Errorf("kept %d files from %s", len(files), files[0].Name)
	}
}

func TestProbe(t *testing.T) {
	rows := []struct {
		name    string
		options map[string]any
		want    string
	}{
		{"a healthy printer tells its speed", nil, "60 seconds"},
		{"a fault is told", map[string]any{"fault": "fails"}, "fails is switched on"},
		{"an unknown fault is told", map[string]any{"fault": "gremlins"}, `"gremlins" is unknown`},
		{"a fault that is no text is told", map[string]any{"fault": 7}, `"7" is unknown`},
		{"a wrong fraction is told", map[string]any{"fault": "fails", "fault_at": "NaN"}, `fault_at "NaN"`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b := setup(t, row.options)
			info, err := b.Probe(t.Context(), b.target)
			wantErr(t, err, nil)
			if notes := strings.Join(info.Notes, "\n"); !strings.Contains(notes, row.want) {
				t.Errorf("notes are %q, want %q in them", notes, row.want)
			}
		})
	}
}

func TestManyPrintersAtOnce(t *testing.T) {
	b := setup(t, nil)
	var wg sync.WaitGroup
	for _, id := range []string{"a", "b", "c", "d"} {
		target := connector.Target{PrinterID: id}
		for range 2 {
			wg.Go(func() { exercise(t, b, target) })
		}
	}
	wg.Wait()

	accepted := map[string]int{}
	for _, s := range b.log(t) {
		if s.Accepted {
			accepted[s.PrinterID]++
		}
	}
	for id, n := range accepted {
		if n != 1 {
			t.Errorf("printer %s accepted %d starts of one token", id, n)
		}
	}
	if len(accepted) != 4 {
		t.Errorf("%d printers started, want 4", len(accepted))
	}
}

// exercise does with a printer what a worker, a person and a test do at the same time.
func exercise(t *testing.T, b *bundle, target connector.Target) {
	j := jobOf("same")
	for range 5 {
		ref, err := b.Upload(t.Context(), target, j)
		if err = errors.Join(err, b.Start(t.Context(), target, ref, j)); err != nil {
			t.Error(err)
		}
		if s, err := b.Status(t.Context(), target); err != nil || s.JobToken != "same" {
			t.Errorf("got %+v, %v", s, err)
		}
		err = errors.Join(b.Pause(t.Context(), target, "same"), b.Resume(t.Context(), target, "same"))
		if _, readErr := ReadStarts(b.path); errors.Join(err, readErr) != nil {
			t.Error(err, readErr)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, row := range []struct {
		name    string
		options map[string]any
		want    string // names and codes of what is wrong
	}{
		{"none", nil, ""},
		{"a fault and its place", map[string]any{"fault": "fails", "fault_at": 0.25}, ""},
		{"a fault in other letters", map[string]any{"fault": "Unknown-Outcome"}, ""},
		{"no fault", map[string]any{"fault": "none"}, ""},
		{"a fault that is none", map[string]any{"fault": "bogus"}, "fault not_allowed"},
		{"a fault that is no text", map[string]any{"fault": true}, "fault not_allowed"},
		{"a place beyond the print", map[string]any{"fault": "fails", "fault_at": 2}, "fault_at out_of_range"},
		{"options that are none", map[string]any{"speed": 1, "flaut": "fails"}, "flaut unknown_field speed unknown_field"},
	} {
		var got []string
		for _, f := range (connector.Registry{Kind: &Printers{}}).CheckOptions(Kind, row.options) {
			got = append(got, f.Path, f.Code)
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("%s: got %q, want %q", row.name, s, row.want)
		}
	}
}
