package blobtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/blob"
)

const contentType = "text/x.gcode"

func putGrant(key string, data []byte) blob.PutGrant {
	return blob.PutGrant{
		Organization: "org_1", FileID: "file_1", Key: key,
		Size: int64(len(data)), SHA256: SHA256(data), ContentType: contentType, ExpiresIn: time.Minute,
	}
}

func getGrant(key string) blob.GetGrant {
	return blob.GetGrant{
		Organization: "org_1", FileID: "file_1", Key: key,
		ContentType: contentType, Filename: "würfel \"1\"\r\n.gcode", ExpiresIn: time.Minute,
	}
}

func (b *Bench) signPut(t *testing.T, g blob.PutGrant) blob.SignedURL {
	t.Helper()
	signed, err := b.Store.SignPut(t.Context(), g)
	if err != nil {
		t.Fatalf("SignPut: %v", err)
	}
	return signed
}

func (b *Bench) signGet(t *testing.T, g blob.GetGrant) blob.SignedURL {
	t.Helper()
	signed, err := b.Store.SignGet(t.Context(), g)
	if err != nil {
		t.Fatalf("SignGet: %v", err)
	}
	return signed
}

// do makes a signed request and answers status, header and body.
func (b *Bench) do(t *testing.T, signed blob.SignedURL, body []byte, header ...string) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), signed.Method, signed.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range signed.Headers {
		req.Header.Set(name, value)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := b.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, data
}

func isRefused(status int) bool { return status >= 400 && status < 500 }

func signedPut(t *testing.T, b *Bench) {
	signed := b.signPut(t, putGrant(key, content))
	if status, _, body := b.do(t, signed, content); status/100 != 2 {
		t.Fatalf("status %d: %s", status, body)
	}
	info, err := b.Store.Stat(t.Context(), key)
	if err != nil || info.Size != int64(len(content)) || info.SHA256 != SHA256(content) {
		t.Errorf("%+v, %v", info, err)
	}
	if !bytes.Equal(b.read(t, key), content) {
		t.Error("other bytes came back")
	}
}

func signedPutMismatch(t *testing.T, b *Bench) {
	signed := b.signPut(t, putGrant(key, content))
	for name, body := range map[string][]byte{
		"other bytes": bytes.ToLower(content),
		"too few":     content[:len(content)-1],
		"too many":    append(bytes.Clone(content), '\n'),
		"none":        nil,
	} {
		if status, _, answer := b.do(t, signed, body); !isRefused(status) {
			t.Errorf("%s: status %d: %s", name, status, answer)
		}
		b.wantMissing(t, key)
	}
	if status, _, answer := b.do(t, signed, content); status/100 != 2 {
		t.Errorf("the right bytes afterwards: status %d: %s", status, answer)
	}
}

func signedPutOther(t *testing.T, b *Bench) {
	b.put(t, key, content)
	other := bytes.ToLower(content)
	if status, _, body := b.do(t, b.signPut(t, putGrant(key, other)), other); !isRefused(status) {
		t.Errorf("status %d: %s", status, body)
	}
	if !bytes.Equal(b.read(t, key), content) {
		t.Error("the first object changed")
	}
}

func signedGet(t *testing.T, b *Bench) {
	b.put(t, key, content)
	status, header, body := b.do(t, b.signGet(t, getGrant(key)), nil)
	if status != http.StatusOK || !bytes.Equal(body, content) {
		t.Fatalf("status %d, %d bytes", status, len(body))
	}
	if got := header.Get("Content-Type"); got != contentType {
		t.Errorf("content type %q", got)
	}
	want := `attachment; filename="w_rfel 1.gcode"; filename*=UTF-8''w%C3%BCrfel%201.gcode`
	if got := header.Get("Content-Disposition"); got != want {
		t.Errorf("disposition %q, want %q", got, want)
	}
}

func signedRange(t *testing.T, b *Bench) {
	b.put(t, key, content)
	status, header, body := b.do(t, b.signGet(t, getGrant(key)), nil, "Range", "bytes=100-199")
	if status != http.StatusPartialContent || !bytes.Equal(body, content[100:200]) {
		t.Errorf("status %d, %q", status, body)
	}
	if got := header.Get("Content-Range"); got != "bytes 100-199/9000" {
		t.Errorf("range %q", got)
	}
}

func signedGetMissing(t *testing.T, b *Bench) {
	if status, _, body := b.do(t, b.signGet(t, getGrant(key)), nil); status != http.StatusNotFound {
		t.Errorf("status %d: %s", status, body)
	}
}

// alteredURL alters each value of each kind of URL, and uses it for another object and with another method.
func alteredURL(t *testing.T, b *Bench) {
	b.put(t, key, content)
	b.put(t, "org_1/ab/file-2", content)
	put, get := b.signPut(t, putGrant("org_1/ab/file-3", content)), b.signGet(t, getGrant(key))
	for _, signed := range []blob.SignedURL{put, get} {
		for name, altered := range alterations(t, signed.URL) {
			bad := signed
			bad.URL = altered
			if status, _, body := b.do(t, bad, content); !isRefused(status) {
				t.Errorf("%s, %s: status %d: %s", signed.Method, name, status, body)
			}
		}
	}
	put.Method, get.Method = http.MethodGet, http.MethodPut
	for _, signed := range []blob.SignedURL{put, get} {
		if status, _, body := b.do(t, signed, content); !isRefused(status) {
			t.Errorf("%s by the other's URL: status %d: %s", signed.Method, status, body)
		}
	}
	b.wantMissing(t, "org_1/ab/file-3")
}

func alterations(t *testing.T, signed string) map[string]string {
	t.Helper()
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	altered := map[string]string{
		"other object": strings.Replace(signed, "file-", "other-", 1),
		"neighbour":    strings.NewReplacer("/file-1?", "/file-2?", "/file-3?", "/file-2?").Replace(signed),
		"no query":     strings.TrimSuffix(signed, "?"+u.RawQuery),
	}
	for name, values := range u.Query() {
		for what, value := range map[string]string{"with a byte more": values[0] + "1", "empty": ""} {
			if value == values[0] {
				continue
			}
			query := u.Query()
			query.Set(name, value)
			other := *u
			other.RawQuery = query.Encode()
			altered[name+" "+what] = other.String()
		}
		query := u.Query()
		query.Del(name)
		other := *u
		other.RawQuery = query.Encode()
		altered[name+" left out"] = other.String()
	}
	return altered
}

func expiredURL(t *testing.T, b *Bench) {
	if b.Advance == nil {
		t.Skip("this store's clock is not ours")
	}
	b.put(t, key, content)
	put, get := b.signPut(t, putGrant("org_1/ab/file-2", content)), b.signGet(t, getGrant(key))
	b.Advance(time.Minute - time.Millisecond)
	if status, _, body := b.do(t, get, nil); status != http.StatusOK {
		t.Errorf("just in time: status %d: %s", status, body)
	}
	b.Advance(2 * time.Millisecond)
	for _, signed := range []blob.SignedURL{put, get} {
		if status, _, body := b.do(t, signed, content); status != http.StatusForbidden {
			t.Errorf("%s too late: status %d: %s", signed.Method, status, body)
		}
	}
	b.wantMissing(t, "org_1/ab/file-2")
}

func invalidGrants(t *testing.T, b *Bench) {
	puts := map[string]func(*blob.PutGrant){
		"no organization":    func(g *blob.PutGrant) { g.Organization = "" },
		"no file":            func(g *blob.PutGrant) { g.FileID = "" },
		"endless file":       func(g *blob.PutGrant) { g.FileID = strings.Repeat("x", 1000) },
		"negative size":      func(g *blob.PutGrant) { g.Size = -1 },
		"absurd size":        func(g *blob.PutGrant) { g.Size = 1 << 62 },
		"no hash":            func(g *blob.PutGrant) { g.SHA256 = "abc" },
		"type of no kind":    func(g *blob.PutGrant) { g.ContentType = "text" },
		"type with new line": func(g *blob.PutGrant) { g.ContentType = "text/plain\r\nX: y" },
		"no time":            func(g *blob.PutGrant) { g.ExpiresIn = 0 },
		"too much time":      func(g *blob.PutGrant) { g.ExpiresIn = blob.MaxPutTime + 1 },
	}
	for name, spoil := range puts {
		g := putGrant(key, content)
		spoil(&g)
		if _, err := b.Store.SignPut(t.Context(), g); !errors.Is(err, blob.ErrGrant) {
			t.Errorf("put, %s: %v", name, err)
		}
	}
	gets := map[string]func(*blob.GetGrant){
		"no organization": func(g *blob.GetGrant) { g.Organization = "" },
		"no file":         func(g *blob.GetGrant) { g.FileID = "" },
		"type of no kind": func(g *blob.GetGrant) { g.ContentType = "text" },
		"negative time":   func(g *blob.GetGrant) { g.ExpiresIn = -1 },
		"too much time":   func(g *blob.GetGrant) { g.ExpiresIn = blob.MaxGetTime + 1 },
	}
	for name, spoil := range gets {
		g := getGrant(key)
		spoil(&g)
		if _, err := b.Store.SignGet(t.Context(), g); !errors.Is(err, blob.ErrGrant) {
			t.Errorf("get, %s: %v", name, err)
		}
	}
}
