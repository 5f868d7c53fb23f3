package virtual

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
)

func TestTornFiles(t *testing.T) {
	rows := []struct {
		name    string
		tail    string
		wantErr string
	}{
		{"half a line at the end is cut off", `{"printer_id":"p1","job_to`, ""},
		{"a whole line without its end is cut off", `{"printer_id":"p1","job_token":"t9","accepted":true}`, ""},
		{"zeros at the end are cut off", "\x00\x00\x00\x00", ""},
		{"a last line of rubbish is cut off", "\x00{\n", ""},
		{"rubbish before a good line is an error", "\x00{\n{}\n", "damaged"},
	}
	for _, row := range rows {
		for _, ending := range []string{"", ".starts"} {
			t.Run(row.name+ending, func(t *testing.T) {
				b := setup(t, nil)
				b.mustPrint(t, "t1")
				wantErr(t, b.Pause(t.Context(), b.target, "t1"), nil)
				wantErr(t, b.Close(), nil)
				appendTo(t, b.path+ending, row.tail)

				p, err := Open(Config{Path: b.path, Now: b.clock.now})
				if row.wantErr != "" {
					if err == nil || !strings.Contains(err.Error(), row.wantErr) {
						t.Fatalf("got %v, want %q", err, row.wantErr)
					}
					return
				}
				wantErr(t, err, nil)
				b.Printers = p
				wantErr(t, b.Cancel(t.Context(), b.target, "t1"), nil)
				b.mustPrint(t, "t2")
				b.reopen(t, 60)
				if l := b.log(t); len(l) != 2 || b.status(t).JobToken != "t2" {
					t.Errorf("log is %+v, status %+v", l, b.status(t))
				}
			})
		}
	}
}

func appendTo(t *testing.T, path, s string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	wantErr(t, err, nil)
	_, err = f.WriteString(s)
	wantErr(t, err, nil)
	wantErr(t, f.Close(), nil)
}

func TestEveryCutOfTheFilesOpens(t *testing.T) {
	b := setup(t, nil)
	b.mustPrint(t, "t1")
	wantErr(t, b.Pause(t.Context(), b.target, "t1"), nil)
	wantErr(t, b.Close(), nil)
	for _, ending := range []string{".starts", ""} {
		whole, err := os.ReadFile(b.path + ending)
		wantErr(t, err, nil)
		for size := len(whole); size >= 0; size -= 7 {
			wantErr(t, os.Truncate(b.path+ending, int64(size)), nil)
			b.open(t, 60)
			wantErr(t, b.Close(), nil)
		}
	}
}

func TestJournalIsRewritten(t *testing.T) {
	b := setup(t, nil)
	b.state.compactAt = 10
	b.mustPrint(t, "t1")
	for i := range 50 {
		other := connector.Target{PrinterID: fmt.Sprint("other", i%2)}
		_, err := b.Upload(t.Context(), other, jobOf("u1"))
		wantErr(t, err, nil)
	}
	if b.state.lines >= 12 {
		t.Errorf("journal has %d lines", b.state.lines)
	}
	b.clock.add(time.Second)
	b.reopen(t, 60)
	if s := b.status(t); s.JobToken != "t1" || s.Progress != 0.1 {
		t.Errorf("got %+v, want t1 at 0.1", s)
	}
	if len(b.Files("other1")) != 1 || len(b.log(t)) != 1 {
		t.Errorf("files %+v, log %+v", b.Files("other1"), b.log(t))
	}
}

func TestFailedRewriteLosesNothing(t *testing.T) {
	b := setup(t, nil)
	b.mustPrint(t, "t1")
	wantErr(t, os.Mkdir(b.path+".tmp", 0o700), nil) // in the way of the new journal
	b.state.compactAt = 1
	wantErr(t, b.Pause(t.Context(), b.target, "t1"), nil)
	wantErr(t, b.Resume(t.Context(), b.target, "t1"), nil)
	wantErr(t, b.Pause(t.Context(), b.target, "t1"), nil)
	if b.state.compactAt != 2 {
		t.Errorf("next try at %d lines", b.state.compactAt)
	}
	wantErr(t, os.Remove(b.path+".tmp"), nil)
	b.reopen(t, 60)
	if s := b.status(t); s.State != connector.StatePaused {
		t.Errorf("got %+v, want a paused print", s)
	}
}

func TestRemovedLogBeginsAnew(t *testing.T) {
	b := setup(t, nil)
	b.mustPrint(t, "t1")
	wantErr(t, b.Cancel(t.Context(), b.target, "t1"), nil)
	b.mustPrint(t, "t2")
	wantErr(t, b.Cancel(t.Context(), b.target, "t2"), nil)
	wantErr(t, b.Close(), nil)
	wantErr(t, os.Remove(startsPath(b.path)), nil)
	b.open(t, 60)
	b.reopen(t, 60)
	ref := connector.RemoteRef(b.Files("p1")[0].Name)
	wantErr(t, b.Start(t.Context(), b.target, ref, jobOf("t1")), nil) // is in the log alone
	b.reopen(t, 60)
	if s := b.status(t); s.State != connector.StatePrinting || s.JobToken != "t1" {
		t.Errorf("got %+v, want t1 printing", s)
	}
}

func TestStartThatCannotBeLoggedDoesNotPrint(t *testing.T) {
	b := setup(t, nil)
	ref, err := b.Upload(t.Context(), b.target, jobOf("t1"))
	wantErr(t, err, nil)
	wantErr(t, b.starts.Close(), nil)
	err = b.Start(t.Context(), b.target, ref, jobOf("t1"))
	if !connector.MayHaveStarted(err) {
		t.Errorf("got %v: the log is broken, nobody knows", err)
	}
	if s := b.status(t); s.State != connector.StateIdle {
		t.Errorf("got %+v, want an idle printer", s)
	}
}

func TestOneOwner(t *testing.T) {
	b := setup(t, nil)
	_, err := Open(Config{Path: b.path})
	wantErr(t, err, ErrInUse)
	b.reopen(t, 60)
}

func TestOpenRefusesNonsense(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no path":        {},
		"negative speed": {Path: t.TempDir() + "/s", Speed: -1},
		"a folder":       {Path: t.TempDir()},
	} {
		if _, err := Open(cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if _, err := ReadStarts(t.TempDir() + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a log that is not there: got %v", err)
	}
}
