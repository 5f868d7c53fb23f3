package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrLocked says that another server uses the folder.
var ErrLocked = errors.New("another SoLoPrint server uses this folder")

// ErrNetworkFilesystem says that a SQLite file cannot be kept there: its locks and its shared memory do not cross machines.
var ErrNetworkFilesystem = errors.New("a SQLite database cannot be kept on a network filesystem; use PostgreSQL")

// lockName is the file in the data folder that a server holds locked as long as it runs. It is never removed: a server that
// removed it could unlock one that has just taken it.
const lockName = "soloprint.lock"

// FileLock is the right of one server to a data folder. The operating system takes it back when the process ends, however
// it ends.
type FileLock struct{ file *os.File }

// Lock takes the data folder of a SQLite database for this server, without waiting. It fails with ErrLocked when another
// server has it and with ErrNetworkFilesystem where no lock can be trusted. Commands that work beside the server do not
// take it.
func Lock(dir string) (*FileLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: make the data folder: %w", err)
	}
	if err := refuseNetworkFilesystem(dir); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: open the lock file: %w", err)
	}
	held, err := tryLock(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: lock %s: %w", f.Name(), err), f.Close())
	}
	if !held {
		return nil, errors.Join(fmt.Errorf("store: %s%s: %w", dir, holder(f), ErrLocked), f.Close())
	}
	sign(f)
	return &FileLock{file: f}, nil
}

// Unlock gives the folder back. It is safe to call on nil and more than once.
func (l *FileLock) Unlock() error {
	if l == nil || l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	return f.Close()
}

// holder is who signed the file, for the message alone.
func holder(f *os.File) string {
	b := make([]byte, 64)
	n, _ := f.ReadAt(b, 0)
	if pid := strings.TrimSpace(string(b[:n])); pid != "" {
		return " (process " + pid + ")"
	}
	return ""
}

// sign leaves the process number for whoever is refused. The lock holds without it, so a failure does not matter.
func sign(f *os.File) {
	if f.Truncate(0) == nil {
		_, _ = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
}

func refuseNetworkFilesystem(dir string) error {
	kind, err := networkFilesystem(dir)
	if err != nil {
		return fmt.Errorf("store: filesystem of %s: %w", dir, err)
	}
	if kind != "" {
		return fmt.Errorf("store: %s is on %s: %w", dir, kind, ErrNetworkFilesystem)
	}
	return nil
}
