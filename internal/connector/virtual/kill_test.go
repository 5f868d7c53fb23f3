package virtual

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
)

const (
	childPathEnv  = "VIRTUAL_TEST_CHILD_PATH"
	childFirstEnv = "VIRTUAL_TEST_CHILD_FIRST"
	killPrinters  = 3
)

// TestMain lets the binary be its own victim.
func TestMain(m *testing.M) {
	if path := os.Getenv(childPathEnv); path != "" {
		first, err := strconv.Atoi(os.Getenv(childFirstEnv))
		if err == nil {
			err = startForever(path, first)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// startForever starts job after job, one a printer in turn, and writes a line for each that was acknowledged. Every
// print ends at once, so none is refused.
func startForever(path string, first int) error {
	p, err := Open(Config{Path: path, Speed: 1e9})
	if err != nil {
		return err
	}
	p.state.compactAt = 5 // so that many a kill hits a rewrite
	for n := first; ; n++ {
		if err := startOne(p, n); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(os.Stdout, n); err != nil {
			return err
		}
	}
}

func startOne(p *Printers, n int) error {
	ctx, target := context.Background(), killTarget(n)
	j := jobOf("t" + strconv.Itoa(n))
	j.EstimatedSeconds = 1
	ref, err := p.Upload(ctx, target, j)
	if err != nil {
		return err
	}
	return p.Start(ctx, target, ref, j)
}

func killTarget(n int) connector.Target {
	return connector.Target{PrinterID: "p" + strconv.Itoa(n%killPrinters)}
}

// Ten times a process is killed while it starts prints, and the next one sends the last starts again.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	acked := map[int]bool{}
	next := 0
	for range 10 {
		for _, n := range killOnce(t, path, max(0, next-3)) {
			acked[n] = true
			next = max(next, n+1)
		}
		checkLog(t, path, acked)
		checkDevices(t, path)
	}
	if len(acked) < 10 {
		t.Errorf("only %d starts were acknowledged", len(acked))
	}
	t.Logf("%d starts acknowledged, %d logged", len(acked), len(readStarts(t, path)))
}

// killOnce runs a child until a moment after its first acknowledgement, and returns what it acknowledged.
func killOnce(t *testing.T, path string, first int) (acked []int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPathEnv+"="+path, childFirstEnv+"="+strconv.Itoa(first))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	wantErr(t, err, nil)
	wantErr(t, cmd.Start(), nil)

	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		wantErr(t, err, nil)
		if acked = append(acked, n); len(acked) == 1 {
			delay := time.Duration(rand.IntN(150_000)) * time.Microsecond
			defer time.AfterFunc(delay, func() { cmd.Process.Kill() }).Stop()
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("child ended with %v, want it killed", err)
	}
	return acked
}

func checkLog(t *testing.T, path string, acked map[int]bool) {
	t.Helper()
	accepted := map[string]int{}
	for _, s := range readStarts(t, path) {
		if s.Accepted {
			accepted[s.JobToken]++
		} else if s.Reason != ReasonDuplicate {
			t.Errorf("%s was refused: %s", s.JobToken, s.Reason)
		}
	}
	for token, n := range accepted {
		if n > 1 {
			t.Errorf("%s was accepted %d times", token, n)
		}
	}
	for n := range acked {
		if accepted["t"+strconv.Itoa(n)] != 1 {
			t.Errorf("start of t%d was acknowledged and is not in the log", n)
		}
	}
}

// checkDevices opens the files and finds each printer at the last start that it accepted.
func checkDevices(t *testing.T, path string) {
	t.Helper()
	last := map[string]string{}
	for _, s := range readStarts(t, path) {
		if s.Accepted {
			last[s.PrinterID] = s.JobToken
		}
	}
	p, err := Open(Config{Path: path, Speed: 1e9})
	wantErr(t, err, nil)
	for n := range killPrinters {
		target := killTarget(n)
		s, err := p.Status(t.Context(), target)
		if err != nil || s.JobToken != last[target.PrinterID] {
			t.Errorf("printer %s has job %q (%v), want %q", target.PrinterID, s.JobToken, err, last[target.PrinterID])
		}
	}
	wantErr(t, p.Close(), nil)
}

func readStarts(t *testing.T, path string) []Start {
	t.Helper()
	starts, err := ReadStarts(path)
	wantErr(t, err, nil)
	return starts
}
