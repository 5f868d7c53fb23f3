//go:build unix

package store

import (
	"errors"
	"os"
)

// syncFolder makes a new name last.
func syncFolder(dir string) (err error) {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}
