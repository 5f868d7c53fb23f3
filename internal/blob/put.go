package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"syscall"
	"time"
)

const (
	copyBuffer = 256 << 10 // bytes

	// abandonedAfter is how long a temporary place must lie untouched before it is taken for the rest of a crash. It is
	// not cleared sooner, because another process may be writing there: a running upload writes all the time.
	abandonedAfter = time.Hour
)

// Put implements [Store].
func (d *Disk) Put(ctx context.Context, key string, r io.Reader, want Content) (Info, error) {
	if err := CheckKey(key); err != nil {
		return Info{}, fmt.Errorf("store object: %w", err)
	}
	if err := want.validate(); err != nil {
		return Info{}, fmt.Errorf("store object: %w", err)
	}
	info, err := d.put(ctx, key, r, want)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		err = fmt.Errorf("%w: %w", ErrFull, err)
	}
	if err != nil {
		return Info{}, fmt.Errorf("store object: %w", err)
	}
	return info, nil
}

func (d *Disk) put(ctx context.Context, key string, r io.Reader, want Content) (Info, error) {
	temp, err := d.newTemp()
	if err != nil {
		return Info{}, err
	}
	defer d.root.RemoveAll(temp) // finds nothing if the object is in place
	info, err := d.fill(temp, source{ctx, r}, want)
	if err != nil {
		return Info{}, err
	}
	return d.place(temp, key, info)
}

// fill writes and syncs an object's folder in a temporary place.
func (d *Disk) fill(temp string, r io.Reader, want Content) (Info, error) {
	draft := path.Join(temp, "draft")
	file, err := d.root.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return Info{}, err
	}
	info, err := d.receive(file, r, want)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return Info{}, err
	}
	info.StoredAt = d.now()
	if err := d.root.Chtimes(draft, info.StoredAt, info.StoredAt); err != nil {
		return Info{}, err
	}
	if err := d.root.Rename(draft, path.Join(temp, info.SHA256)); err != nil {
		return Info{}, err
	}
	return info, d.syncDir(temp)
}

// receive copies and hashes the content, and compares it with what was announced.
func (d *Disk) receive(file io.Writer, r io.Reader, want Content) (Info, error) {
	if d.fault != nil {
		file = d.fault(file)
	}
	if want.Size >= 0 {
		r = io.LimitReader(r, want.Size+1)
	}
	hash := sha256.New()
	// The writer is wrapped so that io.CopyBuffer uses the buffer, not a smaller one of its own.
	size, err := io.CopyBuffer(onlyWriter{io.MultiWriter(file, hash)}, r, make([]byte, copyBuffer))
	if err != nil {
		return Info{}, err
	}
	info := Info{Size: size, SHA256: hex.EncodeToString(hash.Sum(nil))}
	switch {
	case want.Size >= 0 && size > want.Size:
		return Info{}, ErrTooLarge
	case want.Size >= 0 && size < want.Size, want.SHA256 != "" && want.SHA256 != info.SHA256:
		return Info{}, ErrMismatch
	}
	return info, nil
}

// place moves a filled folder to where the key says. If an object is there already, equal content is as good as stored.
func (d *Disk) place(temp, key string, info Info) (Info, error) {
	parent := path.Dir(key)
	if err := d.root.MkdirAll(parent, dirMode); err != nil {
		return Info{}, err
	}
	if err := d.root.Rename(temp, key+objectSuffix); err != nil {
		found, findErr := d.find(key)
		if findErr != nil {
			return Info{}, err
		}
		if found.Size != info.Size || found.SHA256 != info.SHA256 {
			return Info{}, ErrExists
		}
		info = found
	}
	return info, d.syncUp(parent)
}

// syncUp makes a folder's entries durable, and those of all folders above it: any of them may be new.
func (d *Disk) syncUp(dir string) error {
	for ; ; dir = path.Dir(dir) {
		if err := d.syncDir(dir); err != nil || dir == "." {
			return err
		}
	}
}

func (d *Disk) syncDir(dir string) error {
	if runtime.GOOS == "windows" { // cannot sync folders; NTFS keeps a journal of renames
		return nil
	}
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// openTemp makes the folder of temporary places, or clears it.
func (d *Disk) openTemp() error {
	if err := d.root.MkdirAll(tempDir, dirMode); err != nil {
		return err
	}
	return d.clearTemp()
}

func (d *Disk) newTemp() (string, error) {
	temp := tempName()
	return temp, d.root.Mkdir(temp, dirMode)
}

func tempName() string { return path.Join(tempDir, rand.Text()) }

// clearTemp removes temporary places that nobody has touched for abandonedAfter. It goes by the machine's clock, because
// the file system does.
func (d *Disk) clearTemp() error {
	places, err := fs.ReadDir(d.root.FS(), tempDir)
	if err != nil {
		return err
	}
	var failed error
	for _, place := range places {
		name := path.Join(tempDir, place.Name())
		if time.Since(d.touched(name)) > abandonedAfter {
			failed = errors.Join(failed, d.root.RemoveAll(name))
		}
	}
	return failed
}

// touched is when a temporary place, or the draft in it, was last written; now if that cannot be told.
func (d *Disk) touched(name string) time.Time {
	place, err := d.root.Lstat(name)
	if err != nil {
		return time.Now()
	}
	draft, err := d.root.Lstat(path.Join(name, "draft"))
	if err != nil || draft.ModTime().Before(place.ModTime()) {
		return place.ModTime()
	}
	return draft.ModTime()
}

// source reads the content until its context ends, and marks its errors, so that they are not taken for those of the
// disk.
type source struct {
	ctx context.Context //nolint:containedctx // lives no longer than one Put
	r   io.Reader
}

func (s source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrInterrupted, err)
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", ErrInterrupted, err)
	}
	return n, err
}

type onlyWriter struct{ io.Writer }
