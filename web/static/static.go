// Package static holds the files that pages load: styles, scripts, fonts and icons, each of them in the program itself.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"sync"
)

// Files are the embedded files. One that lies compressed is served under its name without .gz.
//
//go:embed *.js *.css console scalar
var Files embed.FS

// Path is the address of a file, with what names its bytes, so that browsers may keep it for ever. It panics for a file that is
// not there: a page that loads it would be broken.
func Path(name string) string {
	if p, ok := paths.Load(name); ok {
		return p.(string)
	}
	body, err := Files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(body)
	p := "/static/" + name + "?v=" + hex.EncodeToString(sum[:6])
	paths.Store(name, p)
	return p
}

// paths are the addresses that were asked for, by name.
var paths sync.Map
