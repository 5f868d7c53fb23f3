package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkBulkRoster sends a roster of 50,000 rows as a school would: everybody is new, everybody has another name, nobody
// has. Promised are 10 s and 128 MiB each: MiB is how far the heap of the program rose.
func BenchmarkBulkRoster(b *testing.B) {
	for b.Loop() {
		s := start(b)
		for _, step := range []struct{ name, prefix string }{{"create", "a"}, {"change", "b"}, {"unchanged", "b"}} {
			body, err := json.Marshal(map[string]any{"updates": roster(rosterRows, step.prefix)})
			if err != nil {
				b.Fatal(err)
			}
			took, rose := watched(func() { s.send(b, "/v1/org/users/bulk", body) })
			b.ReportMetric(took.Seconds(), "s/"+step.name)
			b.ReportMetric(float64(rose)/(1<<20), "MiB/"+step.name)
		}
	}
}

// send posts a body that is ready, and forgets the answer as it comes, so that the heap is the server's.
func (s *server) send(tb testing.TB, path string, body []byte) {
	r, err := http.NewRequestWithContext(context.Background(), "POST", s.base+path, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.keys.APIKey)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
		tb.Fatalf("POST %s answers %d, %v", path, resp.StatusCode, err)
	}
}

const rosterRows = 50_000

// roster is a body of rows; the prefix makes the names.
func roster(rows int, prefix string) []map[string]any {
	out := make([]map[string]any, rows)
	for i := range out {
		out[i] = map[string]any{"email": fmt.Sprintf("student.%05d@riverside.example", i), "name": fmt.Sprintf("%s Student %05d", prefix, i), "external_id": fmt.Sprint("s-", i), "grade_level": "9"}
	}
	return out
}

// watched runs something and answers how long it took, and how far the heap rose meanwhile.
func watched(run func()) (took time.Duration, rose uint64) {
	runtime.GC()
	debug.FreeOSMemory()
	before := heap()
	var most atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				most.Store(max(most.Load(), heap()))
			}
		}
	}()
	begun := time.Now()
	run()
	took = time.Since(begun)
	close(done)
	<-ended
	return took, most.Load() - min(before, most.Load())
}

// heap is how many bytes objects take, dead ones that were not collected yet included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
