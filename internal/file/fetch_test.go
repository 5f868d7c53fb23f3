package file_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	entfile "github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// bundle is one organization, a host that it fetches from, and the fetcher.
type bundle struct {
	*testkit.Kit
	o     *testkit.Organization
	ctx   context.Context // a session of its operator
	files *file.Service
	blobs *blob.Disk
	host  *httptest.Server
	hits  atomic.Int64
}

func newBundle(t *testing.T, k *testkit.Kit, answer http.HandlerFunc) *bundle {
	t.Helper()
	b := &bundle{Kit: k, o: k.Organization(t, strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name())))}
	b.ctx = b.o.As(t, authz.RoleOperator)
	var err error
	b.blobs, err = blob.OpenDisk(blob.DiskConfig{Dir: t.TempDir(), PublicURL: "http://localhost", Path: "/blobs/", Key: make([]byte, 32), Now: k.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	b.host = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.hits.Add(1); answer(w, r) }))
	t.Cleanup(func() { b.host.Close(); _ = b.blobs.Close() })
	b.files = &file.Service{Ops: k.Ops, Blobs: b.blobs, Egress: &egress.Client{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Pace: time.Microsecond}, Secrets: k.Secrets}
	return b
}

// sweep lets a new fetcher, as after a restart, make one attempt at what is due.
func (b *bundle) sweep(t *testing.T) {
	t.Helper()
	(&file.Fetcher{Files: b.files, Log: slog.New(slog.DiscardHandler)}).Sweep(t.Context())
}

func (b *bundle) upload(t *testing.T, in file.UploadFileFromURLInput) *ent.File {
	t.Helper()
	f, err := b.files.UploadFromURL(b.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if f.Status != entfile.StatusFetching {
		t.Fatalf("status %s", f.Status)
	}
	return f
}

func (b *bundle) now(t *testing.T, f *ent.File) *ent.File {
	t.Helper()
	return b.Raw.File.GetX(t.Context(), f.ID)
}

func cube(t *testing.T) []byte {
	t.Helper()
	content, err := os.ReadFile("gcode/testdata/cube20_prusaslicer-2.5.0.gcode")
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func sum(content []byte) string {
	h := sha256.Sum256(content)
	return hex.EncodeToString(h[:])
}

func TestAFileIsFetchedFromAURL(t *testing.T) {
	content := cube(t)
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		for _, row := range []struct {
			name, path string
			in         file.UploadFileFromURLInput
			header     map[string]string
			want       string // name
			wantType   string
		}{
			{"the URL names it", "/parts/cube.gcode?token=1", file.UploadFileFromURLInput{}, nil, "cube.gcode", "application/octet-stream"},
			{"the host names it, with a path", "/get", file.UploadFileFromURLInput{}, map[string]string{"Content-Disposition": `attachment; filename="../../cube.gcode"`, "Content-Type": "text/x.gcode; charset=utf-8"}, "_.._cube.gcode", "text/x.gcode"},
			{"the uploader names it", "/get", file.UploadFileFromURLInput{Name: "Mine.gcode"}, map[string]string{"Content-Disposition": `attachment; filename="cube.gcode"`}, "Mine.gcode", "application/octet-stream"},
			{"the hash is known", "/cube.gcode", file.UploadFileFromURLInput{SHA256: strings.ToUpper(sum(content))}, nil, "cube.gcode", "application/octet-stream"},
			{"a redirect is followed", "/redirect/cube.gcode", file.UploadFileFromURLInput{}, nil, "cube.gcode", "application/octet-stream"},
		} {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k, func(w http.ResponseWriter, r *http.Request) {
					if rest, ok := strings.CutPrefix(r.URL.Path, "/redirect"); ok {
						http.Redirect(w, r, rest, http.StatusFound)
						return
					}
					w.Header().Set("Content-Type", "application/octet-stream")
					for name, value := range row.header {
						w.Header().Set(name, value)
					}
					_, _ = w.Write(content)
				})
				row.in.URL = b.host.URL + row.path
				f := b.upload(t, row.in)
				b.sweep(t)

				got := b.now(t, f)
				if got.Status != entfile.StatusReady || got.SizeBytes != int64(len(content)) || got.Sha256 != sum(content) || got.Kind != entfile.KindGcode ||
					got.Metadata == nil || got.Metadata.EstimatedSeconds == 0 || got.Name != row.want || got.ContentType != row.wantType {
					t.Errorf("file %+v", got)
				}
				if len(got.SourceURL) > 0 || got.LeaseUntil != nil || got.LeaseToken != "" {
					t.Errorf("what was for the fetcher stays: %q %v", got.SourceURL, got.LeaseUntil)
				}
				if events := b.o.Events(t); !slices.Equal(events, []string{"file.registered", "file.ready"}) {
					t.Errorf("events %v", events)
				}
				if _, err := b.files.Download(b.ctx, file.DownloadFileInput{FileID: f.ID}); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

func TestAFetchFailsWithACode(t *testing.T) {
	endless := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "2147483649")
		_, _ = w.Write(make([]byte, 4096))
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("G28"))
	}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		for _, row := range []struct {
			name   string
			answer http.HandlerFunc
			in     file.UploadFileFromURLInput
			want   string
			hits   int64
		}{
			{"another content than the hash says", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("G28\n")) }, file.UploadFileFromURLInput{SHA256: sum([]byte("else"))}, "file_content_mismatch", 1},
			{"a redirect to a blocked address", func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
			}, file.UploadFileFromURLInput{}, "endpoint_address_blocked", 1},
			{"redirects without end", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, file.UploadFileFromURLInput{}, "too_many_redirects", 4},
			{"more bytes than a file has", endless, file.UploadFileFromURLInput{}, "response_too_large", 1},
			{"nothing", func(http.ResponseWriter, *http.Request) {}, file.UploadFileFromURLInput{}, "file_empty", 1},
			{"the host says no", status(http.StatusForbidden), file.UploadFileFromURLInput{}, "source_refused", 1},
			{"the host packs though it was not asked", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write([]byte("x"))
			}, file.UploadFileFromURLInput{}, "response_invalid", 1},
			{"the host is out of order, five times", status(http.StatusBadGateway), file.UploadFileFromURLInput{}, "source_failed", 5},
			{"the answer breaks off, five times", cut, file.UploadFileFromURLInput{}, "response_interrupted", 5},
		} {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k, row.answer)
				row.in.URL = b.host.URL + "/a.gcode"
				f := b.upload(t, row.in)
				for range 7 { // more than there are attempts
					b.sweep(t)
					b.Clock.Advance(10 * time.Minute)
				}

				got := b.now(t, f)
				if got.Status != entfile.StatusFailed || got.FailureCode != row.want || len(got.SourceURL) > 0 || b.hits.Load() != row.hits {
					t.Errorf("status %s, code %q, source %q, %d requests; want %q and %d", got.Status, got.FailureCode, got.SourceURL, b.hits.Load(), row.want, row.hits)
				}
				if events := b.o.Events(t); !slices.Equal(events, []string{"file.registered", "file.failed"}) {
					t.Errorf("events %v", events)
				}
				if _, err := b.blobs.Stat(t.Context(), f.StorageKey); !errors.Is(err, blob.ErrNotFound) {
					t.Errorf("something was stored: %v", err)
				}
			})
		}
	})
}

// What cannot be fetched is refused before anything is stored.
func TestAURLIsJudgedBeforeItIsStored(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db), func(http.ResponseWriter, *http.Request) {})
		for _, row := range []struct {
			name string
			ctx  context.Context
			in   file.UploadFileFromURLInput
			want errs.Code
		}{
			{"a private address", b.ctx, file.UploadFileFromURLInput{URL: "http://10.0.0.1/a.gcode"}, errs.EndpointAddressBlocked},
			{"a cloud's metadata", b.ctx, file.UploadFileFromURLInput{URL: "http://169.254.169.254/latest"}, errs.EndpointAddressBlocked},
			{"another scheme", b.ctx, file.UploadFileFromURLInput{URL: "file:///etc/passwd"}, errs.ValidationFailed},
			{"a user in the URL", b.ctx, file.UploadFileFromURLInput{URL: "http://a:b@127.0.0.1/"}, errs.ValidationFailed},
			{"no URL", b.ctx, file.UploadFileFromURLInput{}, errs.ValidationFailed},
			{"a name with a path", b.ctx, file.UploadFileFromURLInput{URL: b.host.URL, Name: "../a"}, errs.ValidationFailed},
			{"a hash that is none", b.ctx, file.UploadFileFromURLInput{URL: b.host.URL, SHA256: "abc"}, errs.ValidationFailed},
			{"a key that may only read", b.o.Key(t, authz.OperationsRead), file.UploadFileFromURLInput{URL: "http://10.0.0.1/"}, errs.InsufficientPermissions},
		} {
			t.Run(row.name, func(t *testing.T) {
				if _, err := b.files.UploadFromURL(row.ctx, row.in); !errs.Is(err, row.want) {
					t.Errorf("%v, want %s", err, row.want)
				}
			})
		}
		if n := b.Raw.File.Query().CountX(t.Context()); n != 0 || b.hits.Load() != 0 {
			t.Errorf("%d files, %d requests", n, b.hits.Load())
		}
	})
}

// A server that dies in the middle leaves a lease that ends; another one goes on, with what is stored already.
func TestAFetchGoesOnAfterARestart(t *testing.T) {
	content := cube(t)
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db), func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
		killed, stored := b.upload(t, file.UploadFileFromURLInput{URL: b.host.URL + "/a.gcode"}), b.upload(t, file.UploadFileFromURLInput{URL: b.host.URL + "/b.gcode"})
		claimed, _, err := op.ClaimFetches(t.Context(), b.Ops, 30*time.Second, 10)
		if err != nil || len(claimed) != 2 {
			t.Fatalf("%v, %v", claimed, err)
		}
		if _, err := b.blobs.Put(t.Context(), stored.StorageKey, strings.NewReader(string(content)), blob.Content{Size: -1}); err != nil {
			t.Fatal(err)
		}

		b.sweep(t) // the lease still holds
		if got := b.now(t, killed); got.Status != entfile.StatusFetching || b.hits.Load() != 0 {
			t.Errorf("status %s, %d requests", got.Status, b.hits.Load())
		}
		b.Clock.Advance(31 * time.Second)
		b.sweep(t)
		for _, f := range []*ent.File{killed, stored} {
			if got := b.now(t, f); got.Status != entfile.StatusReady || got.Sha256 != sum(content) || got.FetchAttempts != 2 {
				t.Errorf("status %s after %d attempts", got.Status, got.FetchAttempts)
			}
		}
		if b.hits.Load() != 1 {
			t.Errorf("%d requests: what is stored is not fetched again", b.hits.Load())
		}
	})
}

// A URL may carry a token: nobody who reads the database reads it, and it means nothing in another row.
func TestTheURLIsSealed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db), func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("G28\n")) })
		url := b.host.URL + "/a.gcode?token=hunter2"
		f, other := b.upload(t, file.UploadFileFromURLInput{URL: url}), b.upload(t, file.UploadFileFromURLInput{URL: url})
		sealed := b.now(t, f).SourceURL
		if len(sealed) == 0 || bytes.Contains(sealed, []byte("hunter2")) || bytes.Contains(sealed, []byte("127.0.0.1")) {
			t.Errorf("stored: %q", sealed)
		}
		b.Raw.File.UpdateOneID(other.ID).SetSourceURL(sealed).ExecX(t.Context())
		for range 7 { // more than there are attempts
			b.sweep(t)
			b.Clock.Advance(10 * time.Minute)
		}
		if got := b.now(t, f); got.Status != entfile.StatusReady || len(got.SourceURL) > 0 {
			t.Errorf("status %s, source %q", got.Status, got.SourceURL)
		}
		if got := b.now(t, other); got.Status != entfile.StatusFailed || len(got.SourceURL) > 0 || b.hits.Load() != 1 {
			t.Errorf("moved to another row: status %s, %d requests", got.Status, b.hits.Load())
		}
	})
}

// What a server leaves that dies between storing bytes and saying so goes with the sweep, and nothing else does.
func TestBytesThatNoFileWantsAreSwept(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db), func(http.ResponseWriter, *http.Request) {})
		var keys []string
		put := func(key string) string {
			if _, err := b.blobs.Put(t.Context(), key, strings.NewReader("G28\n"), blob.Content{Size: -1}); err != nil {
				t.Fatal(err)
			}
			keys = append(keys, key)
			return key
		}
		with := func(change func(*ent.FileUpdateOne)) string {
			f := b.upload(t, file.UploadFileFromURLInput{URL: b.host.URL + "/a.gcode"})
			u := b.Raw.File.UpdateOneID(f.ID)
			change(u)
			u.ExecX(t.Context())
			return put(f.StorageKey)
		}
		status := func(s entfile.Status) string { return with(func(u *ent.FileUpdateOne) { u.SetStatus(s) }) }
		kept := []string{status(entfile.StatusPending), status(entfile.StatusFetching), status(entfile.StatusReady), put("somebody/else")}
		status(entfile.StatusFailed)
		with(func(u *ent.FileUpdateOne) { u.SetStatus(entfile.StatusDeleted).SetDeletedAt(b.Clock.Now()) })
		put(strings.ReplaceAll(string(pid.New("org")), "_", "/") + "/01jd4c0n5xe2vb8w6h3ks9qt7m")

		sweep := func(want int) {
			t.Helper()
			if n, err := b.files.SweepBlobs(t.Context()); err != nil || n != want {
				t.Errorf("%d swept, %v; want %d", n, err, want)
			}
		}
		sweep(0) // they are young: an upload may still run
		b.Clock.Advance(26 * time.Hour)
		sweep(3)
		sweep(0)
		for _, key := range keys {
			_, err := b.blobs.Stat(t.Context(), key)
			if there := err == nil; there != slices.Contains(kept, key) {
				t.Errorf("%s is there: %t", key, there)
			}
		}
	})
}

// A folder is a path below all files of the organization, and one folder has one name.
func TestFoldersAreClean(t *testing.T) {
	for folder, ok := range map[string]bool{"": true, "gears": true, "robotics/9b": true, "..gears": true, "a b": true,
		"..": false, "../x": false, ".": false, "./x": false, "a/../b": false, "a//b": false, "/a": false, "a/": false, `a\b`: false, "a/.": false} {
		fields := file.RegisterFileInput{Name: "a.gcode", Folder: folder}.Validate()
		if (len(fields) == 0) != ok {
			t.Errorf("register in %q: %v", folder, fields)
		}
		fields = file.UpdateFileInput{Folder: graphql.OmittableOf(&folder)}.Validate()
		if (len(fields) == 0) != ok {
			t.Errorf("move to %q: %v", folder, fields)
		}
	}
}

// Whoever deletes a file that is being fetched gets rid of its bytes too, and one who lost the lease changes nothing.
func TestAFetchThatIsNotWantedAnyMore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		var meanwhile func()
		b := newBundle(t, testkit.NewKit(t, db), func(w http.ResponseWriter, _ *http.Request) {
			meanwhile()
			_, _ = w.Write([]byte("G28\n"))
		})
		f := b.upload(t, file.UploadFileFromURLInput{URL: b.host.URL + "/a.gcode"})
		meanwhile = func() {
			if _, err := b.files.Delete(b.ctx, file.FileInput{FileID: f.ID}); err != nil {
				t.Error(err)
			}
		}
		b.sweep(t)
		if got := b.now(t, f); got.Status != entfile.StatusDeleted || len(got.SourceURL) > 0 {
			t.Errorf("status %s, source %q", got.Status, got.SourceURL)
		}
		if _, err := b.blobs.Stat(t.Context(), f.StorageKey); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("the bytes of the deleted file stay: %v", err)
		}

		f = b.upload(t, file.UploadFileFromURLInput{URL: b.host.URL + "/b.gcode"})
		meanwhile = func() {
			b.Raw.File.UpdateOneID(f.ID).SetLeaseToken("another server's").ExecX(t.Context())
		}
		b.sweep(t)
		if got := b.now(t, f); got.Status != entfile.StatusFetching || got.LeaseToken != "another server's" {
			t.Errorf("status %s", got.Status)
		}
	})
}
