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
