// Package static holds the files that pages load: styles, scripts, fonts and icons, each of them in the program itself.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
)

// Files are the embedded files. One that lies compressed is served under its name without .gz.
//
//go:embed *.js *.css console scalar
var Files embed.FS

// Paths are the addresses of the console's files by name, each with what names its bytes, so that browsers may keep them for
// ever.
func Paths() (map[string]string, error) {
	all := map[string]string{}
	err := fs.WalkDir(Files, "console", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := Files.ReadFile(name)
		sum := sha256.Sum256(body)
		all[name] = "/static/" + name + "?v=" + hex.EncodeToString(sum[:6])
		return err
	})
	return all, err
}
