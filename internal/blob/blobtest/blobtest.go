package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/soloprint/soloprint/internal/blob"
)

// Bench is one empty store under test.
type Bench struct {
	Store  blob.Store
	Client *http.Client // reaches the signed URLs

	// Advance lets the store's clock go on. Without it, expiry is not tried.
	Advance func(d time.Duration)
}

// Run runs the suite; each row gets a bench of its own.
func Run(t *testing.T, factory func(t *testing.T) *Bench) {
	rows := []struct {
		name string
		test func(t *testing.T, b *Bench)
	}{
		{"what was put is there, with size, hash and time", put},
		{"an empty object is an object", putEmpty},
		{"an object reads from any place", open},
		{"nothing is found under a key that was never put", missing},
		{"keys that are none are refused everywhere", invalidKeys},
		{"content of another size or hash leaves nothing", putMismatch},
		{"content of unknown size and hash is taken as it comes", putUnknown},
		{"a reader that fails leaves nothing", putInterrupted},
		{"a put with an ended context leaves nothing", putTooLate},
		{"the same content again is a success", putAgain},
		{"other content under the same key is refused and the first stays", putOther},
		{"of many writers of one key with different content one wins whole", putRace},
		{"many writers of one key with the same content all succeed", putRaceSame},
		{"a deleted object is gone, and deleting again is no error", deleteTwice},
		{"a key may be the beginning of another", nestedKeys},
		{"sweep deletes what is old and not wanted", sweep},
		{"sweep ends at the first error of keep", sweepError},
		{"a signed upload arrives whole", signedPut},
		{"a signed upload of other bytes is refused and leaves nothing", signedPutMismatch},
		{"a signed upload over other bytes is refused", signedPutOther},
		{"a signed download answers the bytes under the cleaned name", signedGet},
		{"a signed download answers ranges", signedRange},
		{"a signed download of nothing is 404", signedGetMissing},
		{"an altered URL is refused", alteredURL},
		{"an expired URL is refused", expiredURL},
		{"grants out of bounds are not signed", invalidGrants},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.test(t, factory(t))
		})
	}
}

const key = "org_1/ab/file-1"

var content = bytes.Repeat([]byte("G1 X1 Y1\n"), 1000)

// SHA256 is the hash of b as stores write it.
func SHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func contentOf(b []byte) blob.Content {
	return blob.Content{Size: int64(len(b)), SHA256: SHA256(b)}
}

func (b *Bench) put(t *testing.T, key string, data []byte) blob.Info {
	t.Helper()
	info, err := b.Store.Put(t.Context(), key, bytes.NewReader(data), contentOf(data))
	if err != nil {
		t.Fatalf("Put: %v", err)
	}
	return info
}

func (b *Bench) read(t *testing.T, key string) []byte {
	t.Helper()
	o, err := b.Store.Open(t.Context(), key)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer o.Close()
	data, err := io.ReadAll(o)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return data
}

func (b *Bench) wantMissing(t *testing.T, key string) {
	t.Helper()
	if _, err := b.Store.Stat(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("Stat: %v, want not found", err)
	}
	if _, err := b.Store.Open(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("Open: %v, want not found", err)
	}
}

func put(t *testing.T, b *Bench) {
	info := b.put(t, key, content)
	got, err := b.Store.Stat(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if got.Size != int64(len(content)) || got.SHA256 != SHA256(content) || got.StoredAt.IsZero() {
		t.Errorf("Stat answers %+v", got)
	}
	if info.Size != got.Size || info.SHA256 != got.SHA256 {
		t.Errorf("Put answered %+v, Stat %+v", info, got)
	}
	if !bytes.Equal(b.read(t, key), content) {
		t.Error("other bytes came back")
	}
}

func putEmpty(t *testing.T, b *Bench) {
	if info := b.put(t, key, nil); info.Size != 0 || info.SHA256 != SHA256(nil) {
		t.Errorf("info %+v", info)
	}
	if got := b.read(t, key); len(got) != 0 {
		t.Errorf("read %q", got)
	}
}

func open(t *testing.T, b *Bench) {
	b.put(t, key, content)
	o, err := b.Store.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if info := o.Info(); info.Size != int64(len(content)) || info.SHA256 != SHA256(content) {
		t.Errorf("info %+v", info)
	}
	part := make([]byte, 100)
	if _, err := o.ReadAt(part, 1234); err != nil || !bytes.Equal(part, content[1234:1334]) {
		t.Errorf("ReadAt: %q, %v", part, err)
	}
	if n, err := o.ReadAt(part, int64(len(content))-10); n != 10 || !errors.Is(err, io.EOF) {
		t.Errorf("ReadAt beyond the end: %d, %v", n, err)
	}
	if _, err := o.Seek(-5, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(o); err != nil || !bytes.Equal(rest, content[len(content)-5:]) {
		t.Errorf("after Seek: %q, %v", rest, err)
	}
}

func missing(t *testing.T, b *Bench) {
	b.wantMissing(t, key)
	if err := b.Store.Delete(t.Context(), key); err != nil {
		t.Errorf("Delete: %v", err)
	}
}

// InvalidKeys are no keys of any store.
func InvalidKeys() []string {
	return []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a.b", ".tmp/x", "A", "a b", "a\\b", "a\x00b", "a\nb", "ä", "a%2fb",
		"a:b", "~a", strings.Repeat("a", 101), strings.Repeat("a/", 8) + "a", strings.Repeat("abcdefg/", 30) + "a",
	}
}

func invalidKeys(t *testing.T, b *Bench) {
	ctx := t.Context()
	for _, bad := range InvalidKeys() {
		_, putErr := b.Store.Put(ctx, bad, bytes.NewReader(content), contentOf(content))
		_, statErr := b.Store.Stat(ctx, bad)
		_, openErr := b.Store.Open(ctx, bad)
		_, signPutErr := b.Store.SignPut(ctx, putGrant(bad, content))
		_, signGetErr := b.Store.SignGet(ctx, getGrant(bad))
		for i, err := range []error{putErr, statErr, openErr, signPutErr, signGetErr, b.Store.Delete(ctx, bad)} {
			if !errors.Is(err, blob.ErrKey) {
				t.Errorf("key %q, call %d: %v", bad, i, err)
			}
		}
	}
}

func putMismatch(t *testing.T, b *Bench) {
	tests := []struct {
		name string
		want blob.Content
		err  error
	}{
		{"shorter than announced", blob.Content{Size: int64(len(content)) + 1}, blob.ErrMismatch},
		{"longer than announced", blob.Content{Size: int64(len(content)) - 1}, blob.ErrTooLarge},
		{"announced as empty", blob.Content{Size: 0}, blob.ErrTooLarge},
		{"other hash", blob.Content{Size: int64(len(content)), SHA256: SHA256([]byte("x"))}, blob.ErrMismatch},
		{"hash that is none", blob.Content{Size: int64(len(content)), SHA256: strings.ToUpper(SHA256(content))}, blob.ErrGrant},
		{"absurd size", blob.Content{Size: 1 << 62}, blob.ErrGrant},
	}
	for _, tt := range tests {
		if _, err := b.Store.Put(t.Context(), key, bytes.NewReader(content), tt.want); !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.err)
		}
		b.wantMissing(t, key)
	}
}

func putUnknown(t *testing.T, b *Bench) {
	info, err := b.Store.Put(t.Context(), key, iotest.OneByteReader(bytes.NewReader(content[:50])), blob.Content{Size: -1})
	if err != nil || info.Size != 50 || info.SHA256 != SHA256(content[:50]) {
		t.Errorf("%+v, %v", info, err)
	}
}

func putInterrupted(t *testing.T, b *Bench) {
	gone := errors.New("connection lost")
	r := io.MultiReader(bytes.NewReader(content[:100]), iotest.ErrReader(gone))
	_, err := b.Store.Put(t.Context(), key, r, contentOf(content))
	if !errors.Is(err, blob.ErrInterrupted) || !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
	b.wantMissing(t, key)
	b.put(t, key, content)
}

func putTooLate(t *testing.T, b *Bench) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Store.Put(ctx, key, bytes.NewReader(content), contentOf(content)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	b.wantMissing(t, key)
}

func putAgain(t *testing.T, b *Bench) {
	first := b.put(t, key, content)
	again := b.put(t, key, content)
	if first.Size != again.Size || first.SHA256 != again.SHA256 {
		t.Errorf("first %+v, again %+v", first, again)
	}
}

func putOther(t *testing.T, b *Bench) {
	b.put(t, key, content)
	other := bytes.ToLower(content)
	if _, err := b.Store.Put(t.Context(), key, bytes.NewReader(other), contentOf(other)); !errors.Is(err, blob.ErrExists) {
		t.Errorf("error %v", err)
	}
	if !bytes.Equal(b.read(t, key), content) {
		t.Error("the first object changed")
	}
}

const writers = 16

func putRace(t *testing.T, b *Bench) {
	var wg sync.WaitGroup
	errs := make([]error, writers)
	datas := make([][]byte, writers)
	for i := range writers {
		datas[i] = bytes.Repeat([]byte{byte('a' + i)}, 10_000)
		wg.Go(func() {
			_, errs[i] = b.Store.Put(t.Context(), key, bytes.NewReader(datas[i]), contentOf(datas[i]))
		})
	}
	wg.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			t.Errorf("writers %d and %d both won", winner, i)
		case !errors.Is(err, blob.ErrExists):
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if winner < 0 || !bytes.Equal(b.read(t, key), datas[winner]) {
		t.Errorf("the winner's bytes (%d) are not there", winner)
	}
}

func putRaceSame(t *testing.T, b *Bench) {
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			if _, err := b.Store.Put(t.Context(), key, bytes.NewReader(content), contentOf(content)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if !bytes.Equal(b.read(t, key), content) {
		t.Error("other bytes came back")
	}
}

func deleteTwice(t *testing.T, b *Bench) {
	b.put(t, key, content)
	for range 2 {
		if err := b.Store.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		b.wantMissing(t, key)
	}
	b.put(t, key, bytes.ToLower(content))
}

func nestedKeys(t *testing.T, b *Bench) {
	keys := []string{"a", "a/b", "a/b/c", "a_b", "a-b"}
	for _, k := range keys {
		b.put(t, k, []byte(k))
	}
	if err := b.Store.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	b.wantMissing(t, "a")
	for _, k := range keys[1:] {
		if got := b.read(t, k); string(got) != k {
			t.Errorf("under %q is %q", k, got)
		}
	}
}

func sweep(t *testing.T, b *Bench) {
	for _, k := range []string{"a", "a/b", "c/d/e", "keep", "c/keep"} {
		b.put(t, k, []byte(k))
	}
	keep := func(key string) (bool, error) { return strings.HasSuffix(key, "keep"), nil }
	if n, err := b.Store.Sweep(t.Context(), keep, time.Hour); n != 0 || err != nil {
		t.Errorf("young objects: swept %d, %v", n, err)
	}
	if n, err := b.Store.Sweep(t.Context(), keep, 0); n != 3 || err != nil {
		t.Errorf("swept %d, %v; want 3", n, err)
	}
	for _, k := range []string{"a", "a/b", "c/d/e"} {
		b.wantMissing(t, k)
	}
	for _, k := range []string{"keep", "c/keep"} {
		if got := b.read(t, k); string(got) != k {
			t.Errorf("under %q is %q", k, got)
		}
	}
}

func sweepError(t *testing.T, b *Bench) {
	b.put(t, key, content)
	down := errors.New("database is down")
	n, err := b.Store.Sweep(t.Context(), func(string) (bool, error) { return false, down }, 0)
	if n != 0 || !errors.Is(err, down) {
		t.Errorf("swept %d, %v", n, err)
	}
	b.read(t, key)
}
