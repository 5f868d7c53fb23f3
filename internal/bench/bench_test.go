package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/soloprint/soloprint/internal/app"
	"github.com/soloprint/soloprint/internal/testkit"
)

// server is a demo of its own, on disk as it is shipped: every commit is synced.
type server struct {
	Base string
	Keys *app.DemoKeys
}

// databases are what a server may keep its rows in, with how it is named; empty: SQLite in its folder.
var databases = []struct {
	name string
	url  func(testing.TB) string
}{
	{"sqlite", func(testing.TB) string { return "" }},
	{"postgres", testkit.PostgresURL},
}

func start(tb testing.TB) *server {
	tb.Helper()
	s, stop, err := launch(tb.TempDir(), "")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(stop)
	return s
}

// launch starts a server with its data in a folder, and its rows in a PostgreSQL database where a URL names one.
func launch(dir, database string) (s *server, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	addr := listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.New(ctx, app.Config{Addr: addr, Data: dir, DatabaseURL: database, Speed: 100_000, Version: "bench"})
	if err != nil {
		cancel()
		return nil, nil, err
	}
	keys, err := a.SeedDemo(ctx)
	if err != nil {
		cancel()
		return nil, nil, errors.Join(err, a.Close())
	}
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- a.Serve(ctx, listener, func(string) { close(ready) }) }()
	<-ready
	return &server{Base: "http://" + addr, Keys: keys}, func() {
		cancel()
		<-done
		_ = a.Close()
	}, nil
}

// call sends a request and fails the benchmark where the answer is not the wanted status.
func (s *server) call(tb testing.TB, method, path string, body any, want int) []byte {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			tb.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, s.Base+path, reader)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Keys.APIKey)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	if resp.StatusCode != want {
		tb.Fatalf("%s %s answers %d: %s", method, path, resp.StatusCode, text)
	}
	return text
}

// printers adds printers with tags, groups and a loaded spool until there are n.
func (s *server) printers(tb testing.TB, n int) {
	var tags, groups, materials struct{ Data []struct{ ID string } }
	s.read(tb, "/v1/platform/printer-tags", &tags)
	s.read(tb, "/v1/platform/printer-groups", &groups)
	s.read(tb, "/v1/materials", &materials)
	for i := range n - 12 {
		var printer, spool struct{ ID string }
		s.decode(tb, s.call(tb, "POST", "/v1/printers", map[string]any{"name": fmt.Sprintf("Farm %04d", i), "model": "MK4", "connector": map[string]any{"kind": "virtual", "options": map[string]any{"fault": "offline"}},
			"tag_ids": []string{tags.Data[i%3].ID}, "group_ids": []string{groups.Data[i%2].ID}, "bed_state": "clear"}, 201), &printer)
		s.decode(tb, s.call(tb, "POST", "/v1/spools", map[string]any{"material_id": materials.Data[i%5].ID}, 201), &spool)
		s.call(tb, "POST", "/v1/platform/spool-assignments", map[string]any{"spool_id": spool.ID, "printer_id": printer.ID, "slot_index": 0}, 201)
	}
}

func (s *server) read(tb testing.TB, path string, v any) {
	s.decode(tb, s.call(tb, "GET", path, nil, 200), v)
}

func (s *server) decode(tb testing.TB, text []byte, v any) {
	if err := json.Unmarshal(text, v); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkListPrinters reads a page of 50 printers with tags, groups and active spool, of 1,000.
func BenchmarkListPrinters(b *testing.B) {
	s := start(b)
	s.printers(b, 1000)
	b.ResetTimer()
	for b.Loop() {
		s.call(b, "GET", "/v1/printers?limit=50", nil, 200)
	}
}

// BenchmarkCreateQueueItem creates an item with requirements, approval and eligibility decided, durably.
func BenchmarkCreateQueueItem(b *testing.B) {
	s := start(b)
	b.ResetTimer()
	for b.Loop() {
		s.call(b, "POST", "/v1/platform/queue", item(), 201)
	}
}

func item() map[string]any {
	return map[string]any{"name": "part", "estimated_seconds": 600, "requirements": map[string]any{"material_type": "PLA", "filament_g": 1}}
}
