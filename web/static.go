package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/soloprint/soloprint/web/static"
)

// asset is a file or page that is the same for everybody. It is made when it is first asked for, and compressed once.
type asset struct {
	kind  string // media type
	cache string // Cache-Control
	load  func() (content, error)
}

// content is an asset's bytes, whole and compressed, and what names them.
type content struct {
	whole, small []byte
	tag          string
}

// revalidated is the Cache-Control of what changes with the program: kept, and asked about each time.
const revalidated = "public, no-cache"

// made is an asset whose bytes a function makes.
func made(kind string, body func() ([]byte, error)) *asset {
	return &asset{kind: kind, cache: revalidated, load: sync.OnceValues(func() (content, error) {
		b, err := body()
		return content{whole: b, small: compressed(b), tag: tagOf(b)}, err
	})}
}

// packed is an asset that lies compressed already.
func packed(kind string, small []byte) *asset {
	return &asset{kind: kind, cache: revalidated, load: sync.OnceValues(func() (content, error) {
		r, err := gzip.NewReader(bytes.NewReader(small))
		if err != nil {
			return content{}, err
		}
		b, err := io.ReadAll(r)
		return content{whole: b, small: small, tag: tagOf(b)}, err
	})}
}

func compressed(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // into memory
	_ = w.Close()
	return b.Bytes()
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// ServeHTTP answers the bytes, compressed to those who can read that, or nothing to those who have them.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := a.load()
	if err != nil {
		http.Error(w, "This page could not be made.", http.StatusInternalServerError)
		return
	}
	a.answer(w, r, c)
}

func (a *asset) answer(w http.ResponseWriter, r *http.Request, c content) {
	body, tag := c.whole, `"`+c.tag+`"`
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", a.cache)
	if r.URL.Query().Get("v") != "" { // the address names the bytes
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, tag = c.small, `"`+c.tag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader is gone: nobody is left to tell
	}
}

// files are the embedded files by path. One that lies compressed is found under its name without .gz.
func files() (map[string]*asset, error) {
	all := map[string]*asset{}
	err := fs.WalkDir(static.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := static.Files.ReadFile(name)
		if plain, ok := strings.CutSuffix(name, ".gz"); ok {
			all["/static/"+plain] = packed(kindOf(plain), body)
		} else {
			all["/static/"+name] = made(kindOf(name), func() ([]byte, error) { return body, nil })
		}
		return err
	})
	return all, err
}

// kindOf is a file's media type by its name; the machine's own table is not asked.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".css", ".svg", ".png":
		return mime.TypeByExtension(path.Ext(name))
	}
	return "text/plain; charset=utf-8"
}
