package file

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Limits of fetching.
const (
	fetchers      = 4 // at the same time, for one server
	fetchTick     = time.Second
	fetchLease    = 30 * time.Second
	fetchBeat     = 10 * time.Second
	fetchTime     = 30 * time.Minute // of one attempt
	fetchAttempts = 5
	fetchPause    = 5 * time.Second // times the square of the attempts
)

// Why a file failed, beside the reasons of egress, upload_url_expired and storage_full.
const (
	failureMismatch = "file_content_mismatch" // its bytes do not have the size or hash that was said
	failureRefused  = "source_refused"        // the host answered that it will not give the file
	failureSource   = "source_failed"         // the host answered that it cannot, again and again
	failureEmpty    = "file_empty"
)

// Fetcher brings the bytes of files that are uploaded from a URL. It keeps no state of its own: whatever is killed, the
// next claim goes on from what is committed.
type Fetcher struct {
	Files *Service
	Log   *slog.Logger
	Wake  <-chan struct{} // something was committed; may be nil

	running sync.WaitGroup
}

// Run fetches until the context ends.
func (w *Fetcher) Run(ctx context.Context) {
	defer w.running.Wait()
	slots := make(chan struct{}, fetchers)
	tick := time.NewTicker(fetchTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.Wake:
		}
		w.claim(ctx, slots)
	}
}

// Sweep makes one attempt at every file that is due, and waits for all.
func (w *Fetcher) Sweep(ctx context.Context) {
	w.claim(ctx, make(chan struct{}, fetchers))
	w.running.Wait()
}

func (w *Fetcher) claim(ctx context.Context, slots chan struct{}) {
	free := cap(slots) - len(slots)
	if free == 0 {
		return
	}
	due, token, err := op.ClaimFetches(ctx, w.Files.Ops, fetchLease, free)
	if err != nil {
		if ctx.Err() == nil {
			w.Log.Error("claim files to fetch", "error", err)
		}
		return
	}
	for _, c := range due {
		slots <- struct{}{}
		w.running.Go(func() {
			defer func() { <-slots }()
			w.fetch(authz.With(ctx, authz.System(c.Organization, "file_fetcher")), lease{c.ID, token})
		})
	}
}

// lease is a file that this server fetches, as long as the row holds the token.
type lease struct {
	FileID pid.ID
	Token  string
}

// fetch makes one attempt and reports how it ended.
func (w *Fetcher) fetch(ctx context.Context, l lease) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.Error("fetch file", "file_id", l.FileID, "panic", r)
		}
	}()
	s := w.Files
	f, err := s.fetching(ctx, l)
	if err == nil {
		err = s.settle(ctx, l, f, s.attempt(ctx, l, f))
	}
	if errs.Is(err, "file_not_found") && f != nil {
		err = s.Blobs.Delete(ctx, f.StorageKey) // deleted meanwhile
	}
	if err != nil && ctx.Err() == nil {
		w.Log.Warn("fetch file", "file_id", l.FileID, "error", err)
	}
}

// settle makes an attempt's end known: ready, failed, or again after a pause that grows.
func (s *Service) settle(ctx context.Context, l lease, f *ent.File, end ending) error {
	if ctx.Err() != nil {
		return ctx.Err() // the server stops: the lease ends by itself, and another attempt begins
	}
	if end.again && f.FetchAttempts < fetchAttempts {
		return s.hold(ctx, l, fetchPause*time.Duration(f.FetchAttempts*f.FetchAttempts))
	}
	if err := s.end(ctx, l, end); err != nil || end.failure == "" {
		return err
	}
	return s.Blobs.Delete(ctx, f.StorageKey) // what was stored before it failed; should the server die here, the sweep finds it
}

// attempt fetches, stores and reads. The lease is renewed meanwhile; one that cannot be renewed ends the attempt.
func (s *Service) attempt(ctx context.Context, l lease, f *ent.File) ending {
	if f.FetchAttempts > fetchAttempts { // each of them was killed
		return ending{failure: string(egress.Interrupted)}
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	var beating sync.WaitGroup
	defer beating.Wait()
	done := make(chan struct{})
	defer close(done)
	beating.Go(func() { s.beat(ctx, cancel, l, done) })

	end := ending{name: f.Name, contentType: f.ContentType}
	if _, err := s.Blobs.Stat(ctx, f.StorageKey); errors.Is(err, blob.ErrNotFound) { // else an attempt was killed after it stored all
		if end = s.receive(ctx, f); end.failure != "" {
			return end
		}
	}
	return s.look(ctx, f, end)
}

func (s *Service) beat(ctx context.Context, cancel context.CancelFunc, l lease, done <-chan struct{}) {
	tick := time.NewTicker(fetchBeat)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.hold(ctx, l, fetchLease); err != nil {
				cancel()
				return
			}
		}
	}
}

// ending is how an attempt ended.
type ending struct {
	name, contentType string
	info              blob.Info
	content           *content
	failure           string // why not; "" = ready
	again             bool   // another attempt may help
}

// receive streams the answer into the store.
func (s *Service) receive(ctx context.Context, f *ent.File) ending {
	source, err := s.source(f)
	if err != nil {
		return failing(err)
	}
	res, err := s.Egress.Do(ctx, egress.Request{URL: source, Redirects: 3, MaxBytes: maxSize, Timeout: fetchTime})
	if err != nil {
		return failing(err)
	}
	defer func() { _ = res.Body.Close() }()
	packed := res.Header.Get("Content-Encoding")
	switch {
	case res.Status >= http.StatusInternalServerError || res.Status == http.StatusTooManyRequests || res.Status == http.StatusRequestTimeout:
		return ending{failure: failureSource, again: true}
	case res.Status != http.StatusOK:
		return ending{failure: failureRefused}
	case packed != "" && !strings.EqualFold(packed, "identity"):
		return ending{failure: string(egress.ResponseInvalid)} // not asked for, and never unpacked
	case res.Size == 0:
		return ending{failure: failureEmpty}
	}
	if _, err = s.Blobs.Put(ctx, f.StorageKey, res.Body, blob.Content{Size: res.Size, SHA256: f.Sha256}); err != nil {
		return failing(err)
	}
	return ending{name: nameOf(f, res.Header), contentType: typeOf(res.Header)}
}

// look reads what was stored, as Complete does.
func (s *Service) look(ctx context.Context, f *ent.File, end ending) ending {
	o, err := s.Blobs.Open(ctx, f.StorageKey)
	if err != nil {
		return failing(err)
	}
	defer func() { _ = o.Close() }()
	if end.info = o.Info(); end.info.Size == 0 {
		return ending{failure: failureEmpty}
	}
	arrived := *f
	arrived.Kind, arrived.SizeBytes = kindOf(end.name), end.info.Size
	if f.Sha256 == "" {
		arrived.Sha256 = end.info.SHA256
	}
	if end.content, err = inspect(ctx, &arrived, o); err != nil {
		return failing(err)
	}
	if end.content.mismatch {
		end.failure = failureMismatch
	}
	return end
}

// failing names why an attempt failed, and whether another may do better.
func failing(err error) ending {
	if r, ok := egress.ReasonOf(err); ok {
		again := r == egress.NameNotResolved || r == egress.ConnectFailed || r == egress.TimedOut || r == egress.Interrupted || r == egress.ResponseInvalid
		return ending{failure: string(r), again: again}
	}
	switch {
	case errors.Is(err, blob.ErrMismatch), errors.Is(err, blob.ErrTooLarge):
		return ending{failure: failureMismatch}
	case errors.Is(err, blob.ErrFull):
		return ending{failure: string(errs.StorageFull), again: true}
	default:
		return ending{failure: string(egress.Interrupted), again: true}
	}
}

// nameOf is what the uploader called the file, else what its host calls it, else what its URL does.
func nameOf(f *ent.File, h http.Header) string {
	if f.SourceNamed {
		return f.Name
	}
	_, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	if name := strings.TrimSpace(params["filename"]); err == nil && name != "" {
		return blob.CleanFilename(name)
	}
	return f.Name
}

// typeOf is the host's media type without parameters, if it is one.
func typeOf(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || !strings.Contains(media, "/") || len(media) > 120 {
		return "application/octet-stream"
	}
	return media
}

// fetching reads the file of a lease.
func (s *Service) fetching(ctx context.Context, l lease) (*ent.File, error) {
	return op.Read(ctx, s.Ops, OpFetchRead, l, func(ctx context.Context, c *ent.Client) (*ent.File, error) {
		f, err := op.Load(ctx, c.File, l.FileID)
		if err == nil && (f.Status != file.StatusFetching || f.LeaseToken != l.Token) {
			return nil, fmt.Errorf("fetch of %s: %w", l.FileID, errLease)
		}
		return f, err
	})
}
