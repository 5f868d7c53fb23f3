package blob

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests move. It starts at the machine's, so that file times are of the same day.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// bench is a disk store behind a real server.
type bench struct {
	*Disk
	dir    string
	clock  *clock
	server *httptest.Server
}

func secret(b byte) []byte { return bytes.Repeat([]byte{b}, minSecretLen) }

// setup opens a store in a folder of its own. Each change may alter the configuration.
func setup(t testing.TB, changes ...func(*DiskConfig)) *bench {
	t.Helper()
	b := &bench{clock: newClock()}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.Handler().ServeHTTP(w, r) }))
	t.Cleanup(b.server.Close)
	cfg := DiskConfig{Dir: t.TempDir(), PublicURL: b.server.URL, Path: "/blobs/", Key: secret('k'), Now: b.clock.now}
	for _, change := range changes {
		change(&cfg)
	}
	b.dir = cfg.Dir
	var err error
	if b.Disk, err = OpenDisk(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

const key = "org_1/ab/file-1"

func (b *bench) signPut(t testing.TB, data []byte) SignedURL {
	t.Helper()
	signed, err := b.SignPut(t.Context(), PutGrant{
		Organization: "org_1", FileID: "file_1", Key: key, Size: int64(len(data)), SHA256: hashOf(data),
		ContentType: "text/x.gcode", ExpiresIn: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (b *bench) signGet(t testing.TB, filename string) SignedURL {
	t.Helper()
	signed, err := b.SignGet(t.Context(), GetGrant{
		Organization: "org_1", FileID: "file_1", Key: key, ContentType: "text/x.gcode", Filename: filename, ExpiresIn: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (b *bench) store(t testing.TB, key string, data []byte) {
	t.Helper()
	if _, err := b.Put(t.Context(), key, bytes.NewReader(data), Content{Size: int64(len(data))}); err != nil {
		t.Fatal(err)
	}
}

// reply is an answer of the server.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// code is the error code of a refusal.
func (r reply) code() string {
	var e struct{ Error string }
	_ = json.Unmarshal(r.body, &e)
	return e.Error
}

func send(t testing.TB, signed SignedURL, body io.Reader, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), signed.Method, signed.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range signed.Headers {
		req.Header.Set(name, value)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, data}
}

func (r reply) want(t testing.TB, status int, code string) {
	t.Helper()
	if r.status != status || r.code() != code {
		t.Errorf("answer %d %s, want %d %q", r.status, r.body, status, code)
	}
}

// files are the paths of all files in the store, temporary ones included.
func (b *bench) files(t testing.TB) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(b.dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, strings.TrimPrefix(name, b.dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
