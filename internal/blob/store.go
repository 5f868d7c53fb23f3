package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"time"
)

// Limits of signed URLs.
const (
	MaxSize    = 1 << 40 // bytes of an object; what a file may have is the caller's rule
	MaxGetTime = 5 * time.Minute
	MaxPutTime = 24 * time.Hour // a large model over a school's slow uplink takes hours
	minTime    = time.Second

	maxNameLen = 128 // bytes of an organization's or file's id
	maxTypeLen = 128 // bytes of a content type
)

// Errors that callers tell apart, with errors.Is.
var (
	ErrKey         = errors.New("invalid key")
	ErrGrant       = errors.New("invalid grant")
	ErrNotFound    = errors.New("object not found")
	ErrExists      = errors.New("other bytes are stored under this key")
	ErrTooLarge    = errors.New("content is larger than announced")
	ErrMismatch    = errors.New("content does not have the announced size or hash")
	ErrInterrupted = errors.New("content ended early")
	ErrFull        = errors.New("storage is full")
)

// Store keeps objects. All methods may be called at the same time.
type Store interface {
	// SignPut gives a URL that accepts one object of exactly the granted size, hash and type.
	SignPut(ctx context.Context, g PutGrant) (SignedURL, error)

	// SignGet gives a URL that answers the object's bytes. It does not ask whether the object exists.
	SignGet(ctx context.Context, g GetGrant) (SignedURL, error)

	// Put stores what r holds. When it returns without an error the object survives a power cut. After an error nothing
	// shows, or, if only the last sync failed, the whole object, and trying again settles it. Errors: ErrKey, ErrGrant, ErrExists, ErrTooLarge, ErrMismatch, ErrInterrupted (wrapping that of r), ErrFull.
	Put(ctx context.Context, key string, r io.Reader, want Content) (Info, error)

	// Stat describes an object. Errors: ErrKey, ErrNotFound.
	Stat(ctx context.Context, key string) (Info, error)

	// Open opens an object to read. The caller closes it. Errors: ErrKey, ErrNotFound.
	Open(ctx context.Context, key string) (Object, error)

	// Delete removes an object for good. An object that is not there is no error, so that a job can try again.
	Delete(ctx context.Context, key string) error

	// Sweep deletes the objects that were stored at least olderThan ago and that keep does not want, and says how many.
	// It ends at the first error, also at one of keep. With an olderThan above MaxPutTime no running upload is touched.
	Sweep(ctx context.Context, keep func(key string) (bool, error), olderThan time.Duration) (int, error)
}

// Object is a stored object, open to read.
type Object interface {
	io.ReadSeekCloser
	io.ReaderAt
	Info() Info
}

// Info describes a stored object.
type Info struct {
	Size     int64
	SHA256   string // of the content, 64 lower-case hex digits
	StoredAt time.Time
}

// Content is what the caller of Put knows about the bytes beforehand.
type Content struct {
	Size   int64  // bytes; negative if unknown, and then the caller bounds the reader
	SHA256 string // 64 lower-case hex digits, or empty if unknown
}

// PutGrant says what may be uploaded.
type PutGrant struct {
	Organization string // id
	FileID       string
	Key          string
	Size         int64  // bytes, exactly
	SHA256       string // 64 lower-case hex digits; empty if the client cannot compute it, and then any bytes of that size go
	ContentType  string
	ExpiresIn    time.Duration // 1 s to MaxPutTime
}

// GetGrant says what may be downloaded.
type GetGrant struct {
	Organization string // id
	FileID       string
	Key          string
	ContentType  string        // of the answer; application/octet-stream if empty
	Filename     string        // as people call it, in any characters; the client saves under a cleaned form of it
	ExpiresIn    time.Duration // 1 s to MaxGetTime
}

// SignedURL is a request that its holder may make until it expires. It is a secret: it belongs in no log.
type SignedURL struct {
	URL       string
	Method    string
	Headers   map[string]string // to be sent along, exactly
	ExpiresAt time.Time
}

// validate checks a grant's shape.
func (g PutGrant) validate() error {
	if err := checkNames(g.Organization, g.FileID, g.Key, g.ContentType); err != nil {
		return err
	}
	if g.Size < 0 {
		return fmt.Errorf("%w: negative size", ErrGrant)
	}
	if err := (Content{Size: g.Size, SHA256: g.SHA256}).validate(); err != nil {
		return err
	}
	return checkTime(g.ExpiresIn, MaxPutTime)
}

func (c Content) validate() error {
	if c.Size > MaxSize {
		return fmt.Errorf("%w: size over %d bytes", ErrGrant, int64(MaxSize))
	}
	if c.SHA256 != "" && !isSHA256(c.SHA256) {
		return fmt.Errorf("%w: hash is not SHA-256 in lower-case hex", ErrGrant)
	}
	return nil
}

func (g GetGrant) validate() error {
	if err := checkNames(g.Organization, g.FileID, g.Key, g.ContentType); err != nil {
		return err
	}
	return checkTime(g.ExpiresIn, MaxGetTime)
}

func checkNames(organization, file, key, contentType string) error {
	for _, name := range []string{organization, file} {
		if name == "" || len(name) > maxNameLen {
			return fmt.Errorf("%w: organization and file must be named", ErrGrant)
		}
	}
	if contentType != "" && !isContentType(contentType) {
		return fmt.Errorf("%w: content type", ErrGrant)
	}
	return CheckKey(key)
}

func checkTime(d, limit time.Duration) error {
	if d < minTime || d > limit {
		return fmt.Errorf("%w: must expire in %v to %v", ErrGrant, minTime, limit)
	}
	return nil
}

func isContentType(s string) bool {
	if len(s) > maxTypeLen || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return false
	}
	media, _, err := mime.ParseMediaType(s)
	return err == nil && strings.Contains(media, "/")
}

func isSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
