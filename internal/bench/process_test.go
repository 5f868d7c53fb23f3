package bench_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A measured server is this test program started a second time, so that its memory is the server's alone: what the client
// holds is not in it, and what SQLite holds outside of Go's heap is.
const (
	serveVariable    = "SOLOPRINT_BENCH_SERVE"    // folder of the data
	databaseVariable = "SOLOPRINT_BENCH_DATABASE" // URL of a PostgreSQL database; SQLite in the folder where empty
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveVariable); dir != "" {
		os.Exit(serveMeasured(dir, os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// process is a server that can be asked for its memory.
type process struct {
	server
	in  io.Writer
	out *bufio.Scanner
}

// memory is what a process held at most since it was idle, in bytes above what it held then.
type memory struct {
	Process int64 // resident, by the kernel's own high water mark; 0 where the system does not tell
	Heap    int64 // Go's objects, dead ones that were not collected yet included
}

// startProcess starts a server of its own on a database; url empty: SQLite on disk.
func startProcess(tb testing.TB, url string) *process {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), serveVariable+"="+tb.TempDir(), databaseVariable+"="+url)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := child.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close()
		if err := child.Wait(); err != nil {
			tb.Errorf("the server ended with %v", err)
		}
	})
	p := &process{in: in, out: bufio.NewScanner(out)}
	p.answer(tb, &p.server)
	return p
}

// answer reads the next line that the process says.
func (p *process) answer(tb testing.TB, into any) {
	tb.Helper()
	if !p.out.Scan() {
		tb.Fatal("the server said nothing")
	}
	if err := json.Unmarshal(p.out.Bytes(), into); err != nil {
		tb.Fatalf("%s: %v", p.out.Text(), err)
	}
}

// watched runs something and answers how long it took, and how much more memory the process held meanwhile than before,
// when it was idle and had given back what it could.
func (p *process) watched(tb testing.TB, run func()) (took time.Duration, rose memory) {
	tb.Helper()
	p.ask(tb, "idle", &struct{}{})
	begun := time.Now()
	run()
	took = time.Since(begun)
	p.ask(tb, "peak", &rose)
	return took, rose
}

func (p *process) ask(tb testing.TB, word string, into any) {
	tb.Helper()
	if _, err := fmt.Fprintln(p.in, word); err != nil {
		tb.Fatal(err)
	}
	p.answer(tb, into)
}

// serveMeasured is the process: a server, and a line on out for each on in, until that ends.
func serveMeasured(dir string, in io.Reader, out io.Writer) int {
	say := json.NewEncoder(out)
	s, stop, err := launch(dir, os.Getenv(databaseVariable))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer stop()
	_ = say.Encode(s)
	var idle memory
	var most atomic.Int64
	go func() {
		for range time.Tick(2 * time.Millisecond) {
			most.Store(max(most.Load(), heap()))
		}
	}()
	for words := bufio.NewScanner(in); words.Scan(); {
		switch words.Text() {
		case "idle":
			runtime.GC()
			debug.FreeOSMemory()
			forgetPeak()
			most.Store(0)
			idle = memory{Process: peak(), Heap: heap()}
			_ = say.Encode(struct{}{})
		case "peak":
			_ = say.Encode(memory{Process: peak() - idle.Process, Heap: most.Load() - idle.Heap})
		}
	}
	return 0
}

// heap is how many bytes objects take.
func heap() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// forgetPeak makes the high water mark what the process holds now; proc(5), clear_refs.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak is the high water mark of resident memory in bytes, 0 where the system has none.
func peak() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}
