//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package virtual

import (
	"io"
	"os"
)

// lockFile only makes the file: here it is up to the operator that one process uses the printers.
func lockFile(path string) (io.Closer, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// syncDir does nothing: these systems cannot sync a folder.
func syncDir(string) error { return nil }
