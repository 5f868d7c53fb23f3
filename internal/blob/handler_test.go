package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var content = bytes.Repeat([]byte("G1 X1 Y1\n"), 1000)

func TestUploadCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		body   io.Reader
		header []string
		change func(b *bench, s *SignedURL)
		status int
		code   string
	}{
		{name: "the signed bytes are stored", body: bytes.NewReader(content), status: 200},
		{name: "so they are without an announced length", body: io.MultiReader(bytes.NewReader(content)), status: 200},
		{name: "a charset beside the type does not matter", body: bytes.NewReader(content), header: []string{"Content-Type", "Text/X.gcode; charset=utf-8"}, status: 200},
		{name: "an announced length above the signed one", body: bytes.NewReader(append(bytes.Clone(content), 'x')), status: 413, code: CodeTooLarge},
		{name: "more bytes than signed without an announced length", body: io.MultiReader(bytes.NewReader(content), strings.NewReader("x")), status: 413, code: CodeTooLarge},
		{name: "an announced length below the signed one", body: bytes.NewReader(content[1:]), status: 422, code: CodeMismatch},
		{name: "fewer bytes than signed without an announced length", body: io.MultiReader(bytes.NewReader(content[1:])), status: 422, code: CodeMismatch},
		{name: "other bytes of the signed length", body: bytes.NewReader(bytes.ToLower(content)), status: 422, code: CodeMismatch},
		{name: "no body", body: nil, status: 422, code: CodeMismatch},
		{name: "another type", body: bytes.NewReader(content), header: []string{"Content-Type", "text/html"}, status: 415, code: CodeWrongType},
		{name: "no type", body: bytes.NewReader(content), header: []string{"Content-Type", ""}, status: 415, code: CodeWrongType},
		{name: "too late", body: bytes.NewReader(content), change: func(b *bench, _ *SignedURL) { b.clock.advance(time.Hour) }, status: 403, code: CodeUploadExpired},
		{name: "too late and altered is altered", body: bytes.NewReader(content), change: func(b *bench, s *SignedURL) { b.clock.advance(time.Hour); s.URL += "0" }, status: 403, code: CodeUploadInvalid},
		{name: "by a method that is none of ours", change: func(_ *bench, s *SignedURL) { s.Method = http.MethodPost }, status: 405, code: CodeMethodNotAllowed},
		{name: "read with an upload URL", change: func(_ *bench, s *SignedURL) { s.Method = http.MethodGet }, status: 403, code: CodeDownloadInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			signed := b.signPut(t, content)
			if tt.change != nil {
				tt.change(b, &signed)
			}
			got := send(t, signed, tt.body, tt.header...)
			got.want(t, tt.status, tt.code)
			want := 0
			if tt.status == 200 {
				want = 1
			}
			if files := b.files(t); len(files) != want {
				t.Errorf("left behind: %q", files)
			}
		})
	}
}

func TestUploadTwice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 2 {
		got := send(t, b.signPut(t, content), bytes.NewReader(content))
		got.want(t, 200, "")
		if want := fmt.Sprintf(`{"sha256":"%s","size":9000}`+"\n", hashOf(content)); string(got.body) != want {
			t.Errorf("answer %s, want %s", got.body, want)
		}
	}
	other := bytes.ToLower(content)
	send(t, b.signPut(t, other), bytes.NewReader(other)).want(t, 409, CodeExists)
	if files := b.files(t); len(files) != 1 {
		t.Errorf("left behind: %q", files)
	}
}

func TestUploadsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	count := map[string]int{}
	for i := range 24 {
		data := bytes.Repeat([]byte{byte('a' + i%3)}, 50_000)
		signed := b.signPut(t, data)
		wg.Go(func() {
			got := send(t, signed, bytes.NewReader(data))
			mu.Lock()
			defer mu.Unlock()
			count[fmt.Sprint(got.status, got.code())]++
		})
	}
	wg.Wait()
	if count["200"] != 8 || count["409object_exists"] != 16 {
		t.Errorf("answers %v, want one content to win all its 8 uploads", count)
	}
	if files := b.files(t); len(files) != 1 {
		t.Errorf("left behind: %q", files)
	}
}

// A client that goes away in the middle leaves nothing, and the URL works again.
func TestUploadCutOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	signed := b.signPut(t, content)
	u, err := url.Parse(signed.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/x.gcode\r\nContent-Length: %d\r\n\r\n", u.RequestURI(), u.Host, len(content))
	if _, err := conn.Write(content[:5000]); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return len(b.files(t)) == 1 })
	if _, err := b.Stat(t.Context(), key); !errors.Is(err, ErrNotFound) {
		t.Errorf("half an upload shows: %v", err)
	}
	conn.Close()
	eventually(t, func() bool { return len(b.files(t)) == 0 })
	send(t, signed, bytes.NewReader(content)).want(t, 200, "")
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("did not happen within 5 s")
		}
	}
}

// failing is a disk that takes some bytes and then fails.
type failing struct {
	room int
	err  error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func TestUploadToFailingDisk(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		err    error
		status int
		code   string
	}{
		{"full", &fsError{syscall.ENOSPC}, 507, CodeFull},
		{"quota used up", syscall.EDQUOT, 507, CodeFull},
		{"broken", syscall.EIO, 500, CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			b := setup(t, func(c *DiskConfig) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			b.fault = func(io.Writer) io.Writer { return &failing{4000, tt.err} }
			got := send(t, b.signPut(t, content), bytes.NewReader(content))
			got.want(t, tt.status, tt.code)
			if bytes.Contains(got.body, []byte(tt.err.Error())) || !strings.Contains(log.String(), tt.err.Error()) {
				t.Errorf("the cause belongs in the log (%s), not in the answer (%s)", &log, got.body)
			}
			if files := b.files(t); len(files) != 0 {
				t.Errorf("left behind: %q", files)
			}
		})
	}
}

type fsError struct{ error }

func (e *fsError) Unwrap() error { return e.error }

func TestDownloadCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(t *testing.T, b *bench, s *SignedURL)
		status int
		code   string
	}{
		{"the stored bytes come", func(*testing.T, *bench, *SignedURL) {}, 200, ""},
		{"their description comes by HEAD", func(_ *testing.T, _ *bench, s *SignedURL) { s.Method = http.MethodHead }, 200, ""},
		{"too late", func(_ *testing.T, b *bench, _ *SignedURL) { b.clock.advance(time.Minute) }, 403, CodeDownloadExpired},
		{"deleted since", func(t *testing.T, b *bench, _ *SignedURL) {
			if err := b.Delete(t.Context(), key); err != nil {
				t.Error(err)
			}
		}, 404, CodeNotFound},
		{"written with a download URL", func(_ *testing.T, _ *bench, s *SignedURL) { s.Method = http.MethodPut }, 403, CodeUploadInvalid},
		{"deleted with a download URL", func(_ *testing.T, _ *bench, s *SignedURL) { s.Method = http.MethodDelete }, 405, CodeMethodNotAllowed},
		{"spelled in another way", func(_ *testing.T, _ *bench, s *SignedURL) { s.URL = strings.Replace(s.URL, "file-1", "%66ile-1", 1) }, 403, CodeDownloadInvalid},
		{"with a slash escaped", func(_ *testing.T, _ *bench, s *SignedURL) { s.URL = strings.Replace(s.URL, "/file-1", "%2Ffile-1", 1) }, 403, CodeDownloadInvalid},
		{"with a parameter more", func(_ *testing.T, _ *bench, s *SignedURL) { s.URL += "&x=1" }, 403, CodeDownloadInvalid},
		{"with a parameter twice", func(_ *testing.T, _ *bench, s *SignedURL) { s.URL += "&org=org_2" }, 403, CodeDownloadInvalid},
		{"with an endless query", func(_ *testing.T, _ *bench, s *SignedURL) { s.URL += "&x=" + strings.Repeat("x", 20_000) }, 403, CodeDownloadInvalid},
		{"with half an escape", func(_ *testing.T, _ *bench, s *SignedURL) { s.URL += "%" }, 403, CodeDownloadInvalid},
		{"outside of the path", func(_ *testing.T, _ *bench, s *SignedURL) { s.URL = strings.Replace(s.URL, "/blobs/", "/glob/", 1) }, 403, CodeDownloadInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.store(t, key, content)
			signed := b.signGet(t, "cube.gcode")
			tt.change(t, b, &signed)
			send(t, signed, nil).want(t, tt.status, tt.code)
		})
	}
}

// Every single byte of the URL behind the host is changed in turn; none of the results is accepted.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store(t, key, content)
	for _, signed := range []SignedURL{b.signGet(t, "cube.gcode"), b.signPut(t, content)} {
		begin := strings.Index(signed.URL, "/blobs/") + 1
		for i := begin; i < len(signed.URL); i++ {
			bad := signed
			other := byte('0')
			if signed.URL[i] == '0' {
				other = '1'
			}
			bad.URL = signed.URL[:i] + string(other) + signed.URL[i+1:]
			if got := send(t, bad, bytes.NewReader(content)); got.status != http.StatusForbidden {
				t.Errorf("%s accepted (%d): %s", signed.Method, got.status, bad.URL)
			}
		}
	}
}

// A URL of another installation, or of a key that was taken out of use, means nothing.
func TestSecretsAndPlaces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store(t, key, content)
	open := func(change func(*DiskConfig)) SignedURL {
		cfg := DiskConfig{Dir: b.dir, PublicURL: b.server.URL, Path: "/blobs/", Key: secret('k'), Now: b.clock.now}
		change(&cfg)
		d, err := OpenDisk(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		signed := (&bench{Disk: d}).signGet(t, "x")
		signed.URL = b.server.URL + strings.TrimPrefix(signed.URL, cfg.PublicURL)
		return signed
	}
	send(t, open(func(*DiskConfig) {}), nil).want(t, 200, "")
	send(t, open(func(c *DiskConfig) { c.Key = secret('x') }), nil).want(t, 403, CodeDownloadInvalid)
	send(t, open(func(c *DiskConfig) { c.PublicURL = "https://print.example.org" }), nil).want(t, 403, CodeDownloadInvalid)

	rotated := setup(t, func(c *DiskConfig) { c.Key, c.OlderKeys = secret('n'), [][]byte{secret('k')} })
	rotated.store(t, key, content)
	send(t, rotated.signGet(t, "x"), nil).want(t, 200, "")
	old, err := newSigner(rotated.signer.place, rotated.clock.now, secret('k'))
	if err != nil {
		t.Fatal(err)
	}
	signed := (&bench{Disk: &Disk{signer: old, now: rotated.clock.now}}).signGet(t, "x")
	send(t, signed, nil).want(t, 200, "")
}

func TestFileStateIsChecked(t *testing.T) {
	t.Parallel()
	var answer error
	var asked []Use
	b := setup(t, func(c *DiskConfig) {
		c.Check = func(_ context.Context, u Use) error {
			asked = append(asked, u)
			return answer
		}
	})
	send(t, b.signPut(t, content), bytes.NewReader(content)).want(t, 200, "")
	send(t, b.signGet(t, "x"), nil).want(t, 200, "")
	want := Use{Organization: "org_1", FileID: "file_1", Key: key}
	if len(asked) != 2 || !asked[0].Upload || asked[1] != want {
		t.Errorf("asked %+v", asked)
	}
	answer = fmt.Errorf("in the trash: %w", ErrNotFound)
	send(t, b.signPut(t, content), bytes.NewReader(content)).want(t, 403, CodeUploadInvalid)
	send(t, b.signGet(t, "x"), nil).want(t, 404, CodeNotFound)
	answer = errors.New("database is down")
	send(t, b.signPut(t, content), bytes.NewReader(content)).want(t, 500, CodeInternal)
	send(t, b.signGet(t, "x"), nil).want(t, 500, CodeInternal)
}

func TestDownloadHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store(t, key, content)
	signed := b.signGet(t, "cube.gcode")
	got := send(t, signed, nil)
	for name, want := range map[string]string{
		"Content-Type":                 "text/x.gcode",
		"Content-Length":               "9000",
		"Content-Disposition":          `attachment; filename="cube.gcode"; filename*=UTF-8''cube.gcode`,
		"X-Content-Type-Options":       "nosniff",
		"Content-Security-Policy":      "sandbox; default-src 'none'; frame-ancestors 'none'",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy":              "no-referrer",
		"Cache-Control":                "private, no-cache",
		"Accept-Ranges":                "bytes",
		"ETag":                         `"` + hashOf(content) + `"`,
	} {
		if h := got.header.Get(name); h != want {
			t.Errorf("%s: %q, want %q", name, h, want)
		}
	}
	send(t, signed, nil, "If-None-Match", got.header.Get("ETag")).want(t, 304, "")
	if part := send(t, signed, nil, "Range", "bytes=-5"); part.status != 206 || string(part.body) != "1 Y1\n" {
		t.Errorf("range: %d %q", part.status, part.body)
	}
	if part := send(t, signed, nil, "Range", "bytes=9000-"); part.status != 416 {
		t.Errorf("range beyond the end: %d", part.status)
	}
	if refused := send(t, SignedURL{Method: "GET", URL: signed.URL + "0"}, nil); refused.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a refusal may be kept: %q", refused.header)
	}
}

func TestSafeType(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"":                            "application/octet-stream",
		"model/stl":                   "model/stl",
		"image/png":                   "image/png",
		"text/plain; charset=utf-8":   "text/plain; charset=utf-8",
		"text/html":                   "application/octet-stream",
		"TEXT/HTML; charset=utf-8":    "application/octet-stream",
		"image/svg+xml":               "application/octet-stream",
		"application/xhtml+xml":       "application/octet-stream",
		"text/javascript":             "application/octet-stream",
		"multipart/x-mixed-replace;=": "application/octet-stream",
	} {
		if got := safeType(give); got != want {
			t.Errorf("safeType(%q) = %q, want %q", give, got, want)
		}
	}
}

// A server with short timeouts for its other requests does not cut a slow transfer off.
func TestTransfersOutliveServerTimeouts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := httptest.NewUnstartedServer(b.Handler())
	server.Config.ReadTimeout, server.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	signed := b.signPut(t, content)
	signed.URL = strings.Replace(signed.URL, b.server.URL, server.URL, 1)
	slow, w := io.Pipe()
	go func() {
		time.Sleep(200 * time.Millisecond)
		_, err := w.Write(content)
		w.CloseWithError(err)
	}()
	send(t, signed, slow).want(t, 200, "")
}
