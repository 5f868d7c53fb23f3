package blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	dirMode  = 0o700
	fileMode = 0o600

	objectSuffix = ".blob" // no key has a dot, so that "a" and "a/b" do not collide, nor anything with tempDir
	tempDir      = ".tmp"
)

// DiskConfig says where a disk store keeps its objects and how it signs.
type DiskConfig struct {
	Dir       string   // made if it is not there; nothing else may live in it
	PublicURL string   // scheme and host under which clients reach the server, such as https://print.example.org
	Path      string   // URL path below which Handler is mounted, with a slash at both ends, such as /blobs/
	Key       []byte   // secret that signs, at least 32 bytes
	OlderKeys [][]byte // secrets that signed before; their URLs count until they expire

	// Now is the clock of expiry and of StoredAt; time.Now if nil.
	Now func() time.Time

	// Check is asked by Handler, after the signature, whether the file's state still allows the request; nil allows all.
	// ErrNotFound refuses it; any other error is a fault of ours, logged and answered with 500.
	Check func(ctx context.Context, u Use) error

	// Log receives what went wrong on our side; nothing if nil.
	Log *slog.Logger
}

// Use is a request by a signed URL.
type Use struct {
	Organization string
	FileID       string
	Key          string
	Upload       bool
}

// Disk keeps objects in a folder.
//
// An object is a folder of its own, <key>.blob, with one file whose name is the SHA-256 of its content. The folder is
// filled elsewhere, synced, and renamed into place. That one step makes size, hash and content appear together, and it
// fails if the object is there already, whichever process wrote it.
type Disk struct {
	root   *os.Root
	signer *signer
	path   string
	now    func() time.Time
	check  func(context.Context, Use) error
	log    *slog.Logger

	fault func(io.Writer) io.Writer // tests put a failing disk in between
}

var _ Store = (*Disk)(nil)

// OpenDisk opens a store and clears away what uploads left behind that a crash cut short.
func OpenDisk(cfg DiskConfig) (*Disk, error) {
	place, err := parsePlace(cfg.PublicURL, cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	d := &Disk{path: cfg.Path, now: cfg.Now, check: cfg.Check, log: cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))}
	if d.now == nil {
		d.now = time.Now
	}
	if d.check == nil {
		d.check = func(context.Context, Use) error { return nil }
	}
	if d.signer, err = newSigner(place, d.now, cfg.Key, cfg.OlderKeys...); err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	if err := d.openRoot(cfg.Dir); err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	return d, nil
}

func (d *Disk) openRoot(dir string) (err error) {
	if dir == "" {
		return errors.New("no directory")
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	if d.root, err = os.OpenRoot(dir); err != nil {
		return err
	}
	if err := d.openTemp(); err != nil {
		return errors.Join(err, d.root.Close())
	}
	return nil
}

// Close gives the folder back. Objects that are open stay readable.
func (d *Disk) Close() error { return d.root.Close() }

// SignPut implements [Store].
func (d *Disk) SignPut(_ context.Context, g PutGrant) (SignedURL, error) {
	if err := g.validate(); err != nil {
		return SignedURL{}, fmt.Errorf("sign upload: %w", err)
	}
	expires := d.now().Add(g.ExpiresIn).Truncate(time.Millisecond)
	values := grantValues(g.Organization, g.FileID, g.ContentType, expires)
	values.Set(paramSize, strconv.FormatInt(g.Size, 10))
	values.Set(paramHash, g.SHA256)
	signed := SignedURL{
		URL:       d.signer.sign(actionPut, g.Key, values),
		Method:    http.MethodPut,
		Headers:   map[string]string{},
		ExpiresAt: expires,
	}
	if g.ContentType != "" {
		signed.Headers["Content-Type"] = g.ContentType
	}
	return signed, nil
}

// SignGet implements [Store].
func (d *Disk) SignGet(_ context.Context, g GetGrant) (SignedURL, error) {
	if err := g.validate(); err != nil {
		return SignedURL{}, fmt.Errorf("sign download: %w", err)
	}
	expires := d.now().Add(g.ExpiresIn).Truncate(time.Millisecond)
	values := grantValues(g.Organization, g.FileID, g.ContentType, expires)
	values.Set(paramName, CleanFilename(g.Filename))
	return SignedURL{
		URL:       d.signer.sign(actionGet, g.Key, values),
		Method:    http.MethodGet,
		Headers:   map[string]string{},
		ExpiresAt: expires,
	}, nil
}

func grantValues(organization, file, contentType string, expires time.Time) url.Values {
	return url.Values{
		paramOrg:     {organization},
		paramFile:    {file},
		paramType:    {contentType},
		paramExpires: {strconv.FormatInt(expires.UnixMilli(), 10)},
	}
}

// errDamaged is an object's folder that somebody else has been in.
var errDamaged = errors.New("folder of object is damaged")

// Stat implements [Store].
func (d *Disk) Stat(_ context.Context, key string) (Info, error) {
	if err := CheckKey(key); err != nil {
		return Info{}, fmt.Errorf("stat object: %w", err)
	}
	info, err := d.find(key)
	if err != nil {
		return Info{}, fmt.Errorf("stat object: %w", err)
	}
	return info, nil
}

// find reads what an object's folder says.
func (d *Disk) find(key string) (Info, error) {
	dir, err := d.root.Open(key + objectSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return Info{}, ErrNotFound
	}
	if err != nil {
		return Info{}, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return Info{}, err
	}
	if len(entries) != 1 || !isSHA256(entries[0].Name()) || !entries[0].Type().IsRegular() {
		return Info{}, fmt.Errorf("%w: %q", errDamaged, key)
	}
	file, err := entries[0].Info()
	if err != nil {
		return Info{}, err
	}
	return Info{Size: file.Size(), SHA256: file.Name(), StoredAt: file.ModTime()}, nil
}

// Open implements [Store].
func (d *Disk) Open(_ context.Context, key string) (Object, error) {
	if err := CheckKey(key); err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	info, err := d.find(key)
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	file, err := d.root.Open(path.Join(key+objectSuffix, info.SHA256))
	if errors.Is(err, fs.ErrNotExist) { // deleted in between
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	return diskObject{file, info}, nil
}

type diskObject struct {
	*os.File
	info Info
}

func (o diskObject) Info() Info { return o.info }

// Delete implements [Store]. The object disappears in one step; who has it open reads on.
func (d *Disk) Delete(_ context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return fmt.Errorf("delete object: %w", err)
	}
	trash := tempName() // a rename needs no room, so that a full disk can be emptied
	err := d.root.Rename(key+objectSuffix, trash)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(d.syncDir(path.Dir(key)), d.root.RemoveAll(trash))
	}
	if err != nil {
		return fmt.Errorf("delete object: %w", err)
	}
	return nil
}

// Sweep implements [Store]. It also clears away what cut-off uploads left. A damaged object is logged and left alone.
func (d *Disk) Sweep(ctx context.Context, keep func(key string) (bool, error), olderThan time.Duration) (int, error) {
	before := d.now().Add(-olderThan)
	swept := 0
	err := fs.WalkDir(d.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if name == tempDir {
			return fs.SkipDir
		}
		key, isObject := strings.CutSuffix(name, objectSuffix)
		if !isObject || !entry.IsDir() {
			return nil
		}
		gone, err := d.sweepOne(ctx, key, keep, before)
		if gone {
			swept++
		}
		return cmp.Or(err, fs.SkipDir)
	})
	if err == nil {
		err = d.clearTemp()
	}
	if err != nil {
		return swept, fmt.Errorf("sweep blob store: %w", err)
	}
	return swept, nil
}

func (d *Disk) sweepOne(ctx context.Context, key string, keep func(string) (bool, error), before time.Time) (bool, error) {
	info, err := d.find(key)
	if errors.Is(err, ErrNotFound) { // deleted in between
		return false, nil
	}
	if errors.Is(err, errDamaged) {
		d.log.WarnContext(ctx, "sweep passes over", slog.Any("err", err))
		return false, nil
	}
	if err != nil || info.StoredAt.After(before) {
		return false, err
	}
	if wanted, err := keep(key); err != nil || wanted {
		return false, err
	}
	err = d.Delete(ctx, key)
	return err == nil, err
}
