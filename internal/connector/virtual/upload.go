package virtual

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
)

// Upload reads the file to its end and keeps its size and hash. A printer remembers its last 20 files.
func (p *Printers) Upload(ctx context.Context, t connector.Target, j connector.Job) (connector.RemoteRef, error) {
	f, err := reach(ctx, t)
	if err != nil {
		return "", fmt.Errorf("upload: %w", err)
	}
	if f.kind == FaultUploadFails {
		return "", fmt.Errorf("upload: %w", connector.ErrNoSpace)
	}
	name, err := connector.RemoteName(j)
	if err != nil {
		return "", fmt.Errorf("upload: %w", err)
	}
	file, err := receive(ctx, j)
	if err != nil {
		return "", fmt.Errorf("upload %s: %w", name, err)
	}

	file.Name, file.UploadedAt = name, p.now()
	err = p.change(t.PrinterID, func(d *device, _ time.Time) error {
		d.keep(file)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("upload %s: %w", name, err)
	}
	return connector.RemoteRef(name), nil
}

// receive counts and hashes the job's bytes. A job without a file gives an empty File.
func receive(ctx context.Context, j connector.Job) (File, error) {
	if j.Open == nil {
		return File{}, nil
	}
	r, err := j.Open(ctx)
	if err != nil {
		return File{}, fmt.Errorf("open file: %w", err)
	}
	defer r.Close()

	sum := sha256.New()
	size, err := io.Copy(sum, reader{ctx: ctx, r: r})
	if err != nil {
		return File{}, fmt.Errorf("read file: %w", err)
	}
	if j.Size > 0 && size != j.Size {
		return File{}, fmt.Errorf("read file: got %d bytes of %d: %w", size, j.Size, io.ErrUnexpectedEOF)
	}
	return File{SHA256: hex.EncodeToString(sum.Sum(nil)), Size: size}, nil
}

// reader ends with ctx, between two reads.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}
