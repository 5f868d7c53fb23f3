package blob_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/blob/blobtest"
)

func TestDiskConformance(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) *blobtest.Bench {
		var passed atomic.Int64
		start := time.Now()
		mux := http.NewServeMux()
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		store, err := blob.OpenDisk(blob.DiskConfig{
			Dir: t.TempDir(), PublicURL: server.URL, Path: "/blobs/", Key: bytes.Repeat([]byte("k"), 32),
			Now: func() time.Time { return start.Add(time.Duration(passed.Load())) },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		mux.Handle("/blobs/", store.Handler())
		return &blobtest.Bench{
			Store:   store,
			Client:  server.Client(),
			Advance: func(d time.Duration) { passed.Add(int64(d)) },
		}
	})
}
