package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

const rosterRows = 50_000

// BenchmarkBulkRoster sends a roster of 50,000 rows as a school would, on both databases: everybody is new, everybody has
// another name, nobody has; and everybody is new under an idempotency key, so that the answer is kept. Promised are 10 s
// and 128 MiB each. MiB is how far the whole process rose above what it held when it was idle, heap-MiB how far Go's heap did.
func BenchmarkBulkRoster(b *testing.B) {
	for _, on := range databases {
		b.Run(on.name, func(b *testing.B) {
			for b.Loop() {
				p := startProcess(b, on.url(b))
				p.sending(b, rosterStep{who: "first"}, 10)() // a server that has worked: its code is in memory
				for _, step := range []rosterStep{{"create", "a", "student", ""}, {"change", "b", "student", ""}, {"unchanged", "b", "student", ""}, {"kept", "a", "pupil", "once"}} {
					took, rose := p.watched(b, p.sending(b, step, rosterRows))
					b.ReportMetric(took.Seconds(), "s/"+step.name)
					b.ReportMetric(mib(rose.Process), "MiB/"+step.name)
					b.ReportMetric(mib(rose.Heap), "heap-MiB/"+step.name)
				}
			}
		})
	}
}

// A roster of a tenth costs a tenth: what 5,000 rows may take of the whole process is far below what 50,000 are promised,
// and what does not grow with the rows (the page cache of SQLite, buffers) is most of it.
func TestARosterTakesLittleMemory(t *testing.T) {
	const rows, most = 5000, 48
	p := startProcess(t, "")
	p.sending(t, rosterStep{who: "first"}, 10)()
	for _, step := range []rosterStep{{"create", "a", "student", ""}, {"change", "b", "student", ""}, {"kept", "a", "pupil", "once"}} {
		took, rose := p.watched(t, p.sending(t, step, rows))
		t.Logf("%s: %d rows in %s, %.0f MiB, %.0f of them in Go's heap", step.name, rows, took, mib(rose.Process), mib(rose.Heap))
		if mib(rose.Process) > most {
			t.Errorf("%s: %d rows took %.0f MiB, at most %d", step.name, rows, mib(rose.Process), most)
		}
	}
}

// rosterStep is a roster: names begin with prefix, addresses with who. key is its idempotency key, if any.
type rosterStep struct{ name, prefix, who, key string }

// sending makes the body of a roster, and answers what sends it.
func (p *process) sending(tb testing.TB, step rosterStep, rows int) func() {
	body, err := json.Marshal(map[string]any{"updates": roster(rows, step)})
	if err != nil {
		tb.Fatal(err)
	}
	return func() { p.send(tb, "/v1/org/users/bulk", body, step.key) }
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// send posts a body that is ready, and forgets the answer as it comes, so that the heap is the server's.
func (s *server) send(tb testing.TB, path string, body []byte, key string) {
	r, err := http.NewRequestWithContext(context.Background(), "POST", s.Base+path, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Keys.APIKey)
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
		tb.Fatalf("POST %s answers %d, %v", path, resp.StatusCode, err)
	}
}

// roster is a body of rows.
func roster(rows int, step rosterStep) []map[string]any {
	out := make([]map[string]any, rows)
	for i := range out {
		out[i] = map[string]any{"email": fmt.Sprintf("%s.%05d@riverside.example", step.who, i), "name": fmt.Sprintf("%s Student %05d", step.prefix, i), "external_id": fmt.Sprint("s-", i), "grade_level": "9"}
	}
	return out
}
