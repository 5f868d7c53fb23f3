package virtual

import (
	"context"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
)

// fakeClock stands still until it is moved.
type fakeClock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *fakeClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *fakeClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// bundle is one printer at speed 60: ten seconds of the clock are a print of 600.
type bundle struct {
	*Printers
	clock  *fakeClock
	path   string
	target connector.Target
}

func setup(t *testing.T, options map[string]any) *bundle {
	t.Helper()
	b := &bundle{
		clock:  &fakeClock{t: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)},
		path:   filepath.Join(t.TempDir(), "devices", "state"),
		target: connector.Target{PrinterID: "p1", Name: "Lab 1", Options: maps.Clone(options)},
	}
	b.open(t, 60)
	t.Cleanup(func() { b.Close() })
	return b
}

func (b *bundle) open(t *testing.T, speed float64) {
	t.Helper()
	p, err := Open(Config{Path: b.path, Speed: speed, Now: b.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	b.Printers = p
}

// reopen does to the printers what a killed and restarted server does.
func (b *bundle) reopen(t *testing.T, speed float64) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.open(t, speed)
}

func jobOf(token string) connector.Job {
	return connector.Job{Token: token, Name: "bracket.gcode", Size: 4, Open: bytesOf("G28\n")}
}

func bytesOf(s string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

// print uploads and starts, and returns what Start answered.
func (b *bundle) print(t *testing.T, token string) error {
	t.Helper()
	j := jobOf(token)
	ref, err := b.Upload(t.Context(), b.target, j)
	if err != nil {
		t.Fatal(err)
	}
	return b.Start(t.Context(), b.target, ref, j)
}

func (b *bundle) mustPrint(t *testing.T, token string) {
	t.Helper()
	if err := b.print(t, token); err != nil {
		t.Fatal(err)
	}
}

func (b *bundle) status(t *testing.T) connector.Status {
	t.Helper()
	s, err := b.Status(t.Context(), b.target)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bundle) log(t *testing.T) []Start {
	t.Helper()
	starts, err := ReadStarts(b.path)
	if err != nil {
		t.Fatal(err)
	}
	return starts
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}
