package e2e_test

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// How hard BenchmarkLoad asks.
const (
	loadClients = 8
	loadTime    = 2 * time.Second
)

// BenchmarkLoad is a small load on the running program, its data on disk as in a school: clients that list printers and the
// queue and create items. It prints requests a second and how long the middle one and the slowest in a hundred took.
func BenchmarkLoad(b *testing.B) {
	for name, db := range map[string]func() database{
		"sqlite":   func() database { return database{path: sqliteInData} },
		"postgres": func() database { return database{url: postgresDatabase(b)} },
	} {
		b.Run(name, func(b *testing.B) {
			s := newServerIn(b, db(), 60, b.TempDir())
			for b.Loop() {
				took := s.load(b)
				slices.Sort(took)
				b.ReportMetric(float64(len(took))/loadTime.Seconds(), "requests/s")
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			}
		})
	}
}

// load asks for a while and says how long each answer took.
func (s *server) load(t testing.TB) []time.Duration {
	t.Helper()
	var mu sync.Mutex
	var all []time.Duration
	var running sync.WaitGroup
	end := time.Now().Add(loadTime)
	for range loadClients {
		running.Go(func() {
			api := s.api(t)
			api.unchecked = true
			var mine []time.Duration
			for n := 0; time.Now().Before(end); n++ {
				began := time.Now()
				method, path, body, want := ask(n)
				if a, err := api.try(method, path, body); err != nil || a.status != want {
					t.Errorf("%s %s: %d %s %v", method, path, a.status, a.body, err)
					return
				}
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
		})
	}
	running.Wait()
	return all
}

// ask is the n-th request of a client: one item created and one look at the queue for two at the printers.
func ask(n int) (method, path string, body any, want int) {
	switch n % 4 {
	case 0:
		return "POST", "/v1/platform/queue", object{"name": "part", "estimated_seconds": 600, "requirements": object{"material_type": "PLA", "filament_g": 1}}, 201
	case 1:
		return "GET", "/v1/platform/queue?limit=50", nil, 200
	default:
		return "GET", "/v1/printers?limit=50", nil, 200
	}
}
