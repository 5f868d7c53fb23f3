package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestOpenDiskRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*DiskConfig)
	}{
		{"no folder", func(c *DiskConfig) { c.Dir = "" }},
		{"a file in the place of the folder", func(c *DiskConfig) { c.Dir = file }},
		{"a short secret", func(c *DiskConfig) { c.Key = []byte("short") }},
		{"a short older secret", func(c *DiskConfig) { c.OlderKeys = [][]byte{nil} }},
		{"a URL without scheme", func(c *DiskConfig) { c.PublicURL = "print.example.org" }},
		{"a URL of another scheme", func(c *DiskConfig) { c.PublicURL = "ftp://print.example.org" }},
		{"a URL with a path", func(c *DiskConfig) { c.PublicURL = "https://example.org/print" }},
		{"a URL with a user", func(c *DiskConfig) { c.PublicURL = "https://me@example.org" }},
		{"a URL that is none", func(c *DiskConfig) { c.PublicURL = "https://exa mple" }},
		{"a path without slashes", func(c *DiskConfig) { c.Path = "blobs" }},
		{"a path with a query", func(c *DiskConfig) { c.Path = "/blobs?/" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := DiskConfig{Dir: t.TempDir(), PublicURL: "http://127.0.0.1:8080", Path: "/blobs/", Key: secret('k')}
			tt.change(&cfg)
			if d, err := OpenDisk(cfg); err == nil {
				d.Close()
				t.Error("opened")
			}
		})
	}
}

func TestLayout(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store(t, key, content)
	if files := b.files(t); len(files) != 1 || files[0] != key+".blob/"+hashOf(content) {
		t.Errorf("files %q", files)
	}
	info, err := os.Stat(filepath.Join(b.dir, key+".blob"))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may look in: %v, %v", info.Mode(), err)
	}
	got, err := b.Stat(t.Context(), key)
	if err != nil || got.StoredAt.Sub(b.clock.now()).Abs() > time.Millisecond {
		t.Errorf("stored at %v, clock says %v (%v)", got.StoredAt, b.clock.now(), err)
	}
}

// Whoever can write into the folder cannot make the store read or write outside of it.
func TestLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, hashOf(content)), content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "link.blob"} {
		if err := os.Symlink(outside, filepath.Join(b.dir, name)); err != nil {
			t.Skip(err)
		}
	}
	if o, err := b.Open(t.Context(), "link"); err == nil {
		o.Close()
		t.Error("read through a link")
	}
	if _, err := b.Put(t.Context(), "link/x", bytes.NewReader(content), Content{Size: -1}); err == nil {
		t.Error("wrote through a link")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("outside now: %v, %v", entries, err)
	}
}

func TestDamagedObjectIsAnError(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(dir string) error{
		"emptied":    func(dir string) error { return os.Remove(filepath.Join(dir, hashOf(content))) },
		"added to":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "x"), nil, 0o600) },
		"named anew": func(dir string) error { return os.Rename(filepath.Join(dir, hashOf(content)), filepath.Join(dir, "x")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.store(t, key, content)
			if err := damage(filepath.Join(b.dir, key+".blob")); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Stat(t.Context(), key); err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("Stat: %v", err)
			}
			send(t, b.signGet(t, "x"), nil).want(t, 500, CodeInternal)
			b.store(t, "other", content)
			if n, err := b.Sweep(t.Context(), func(string) (bool, error) { return false, nil }, 0); n != 1 || err != nil {
				t.Errorf("Sweep: %d, %v; want only the sound object", n, err)
			}
			if err := b.Delete(t.Context(), key); err != nil {
				t.Errorf("Delete: %v", err)
			}
		})
	}
}

func TestOpenObjectOutlivesDelete(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store(t, key, content)
	o, err := b.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if err := b.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(o); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if files := b.files(t); len(files) != 0 {
		t.Errorf("left behind: %q", files)
	}
}

// What a crash left is cleared at the next start, and by a sweep; what another process writes right now is not touched.
func TestAbandonedUploadsAreCleared(t *testing.T) {
	t.Parallel()
	for name, clear := range map[string]func(t *testing.T, b *bench){
		"by opening": func(t *testing.T, b *bench) {
			d, err := OpenDisk(DiskConfig{Dir: b.dir, PublicURL: "http://x", Path: "/", Key: secret('k')})
			if err != nil {
				t.Fatal(err)
			}
			d.Close()
		},
		"by a sweep": func(t *testing.T, b *bench) {
			if _, err := b.Sweep(t.Context(), func(string) (bool, error) { return true, nil }, 0); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.store(t, key, content)
			long, short := time.Now().Add(-2*abandonedAfter), time.Now().Add(-abandonedAfter/2)
			b.leave(t, "crashed", long, long)
			b.leave(t, "running", short, short)
			b.leave(t, "slow", long, short)
			clear(t, b)
			want := []string{".tmp/running/draft", ".tmp/slow/draft", key + ".blob/" + hashOf(content)}
			if files := b.files(t); strings.Join(files, " ") != strings.Join(want, " ") {
				t.Errorf("files %q, want %q", files, want)
			}
		})
	}
}

// leave makes a temporary place that was begun and last written at the given times.
func (b *bench) leave(t *testing.T, name string, begun, written time.Time) {
	t.Helper()
	dir := filepath.Join(b.dir, tempDir, name)
	draft := filepath.Join(dir, "draft")
	err := errors.Join(
		os.Mkdir(dir, 0o700), os.WriteFile(draft, content, 0o600),
		os.Chtimes(draft, written, written), os.Chtimes(dir, begun, begun))
	if err != nil {
		t.Fatal(err)
	}
}

// TestKilledUpload kills a process in the middle of an upload. The object does not show, the key is free, and the rest
// of the upload goes away in time.
func TestKilledUpload(t *testing.T) {
	if dir := os.Getenv("BLOB_TEST_UPLOAD"); dir != "" {
		uploadForever(t, dir)
		return
	}
	t.Parallel()
	b := setup(t)
	victim := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledUpload$")
	victim.Env = append(os.Environ(), "BLOB_TEST_UPLOAD="+b.dir)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return b.draftSize(t) > 1<<20 })
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()

	if _, err := b.Stat(t.Context(), key); !errors.Is(err, ErrNotFound) {
		t.Errorf("half an upload shows: %v", err)
	}
	b.store(t, key, content)
	old := time.Now().Add(-2 * abandonedAfter)
	for _, name := range b.files(t) {
		place := filepath.Join(b.dir, filepath.Dir(name))
		if err := errors.Join(os.Chtimes(filepath.Join(b.dir, name), old, old), os.Chtimes(place, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.clearTemp(); err != nil {
		t.Fatal(err)
	}
	if files := b.files(t); len(files) != 1 {
		t.Errorf("files %q", files)
	}
}

func (b *bench) draftSize(t *testing.T) int64 {
	t.Helper()
	var size int64
	for _, name := range b.files(t) {
		if info, err := os.Stat(filepath.Join(b.dir, name)); err == nil {
			size += info.Size()
		}
	}
	return size
}

func uploadForever(t *testing.T, dir string) {
	d, err := OpenDisk(DiskConfig{Dir: dir, PublicURL: "http://x", Path: "/", Key: secret('k')})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err = d.Put(ctx, key, trickle{}, Content{Size: -1})
	t.Fatal(err)
}

// trickle is an upload that never ends.
type trickle struct{}

func (trickle) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return len(p), nil
}

func BenchmarkPut(b *testing.B) {
	for name, size := range map[string]int{"4kB": 4 << 10, "16MB": 16 << 20} {
		b.Run(name, func(b *testing.B) {
			s := setup(b)
			data := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				s.store(b, key, data)
				if err := s.Delete(b.Context(), key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
