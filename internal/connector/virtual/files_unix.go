//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package virtual

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// lockFile holds a lock that the system releases with the process, however that ends. The lock has a file of its own
// because the journal is replaced now and then.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

// syncDir makes a new or renamed file's name durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
