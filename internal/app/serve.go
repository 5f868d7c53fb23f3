package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"runtime/debug"
	"time"

	entfile "github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/pid"
)

// Time limits of the HTTP server. Signed uploads set their own.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 120 * time.Second
	drainTimeout      = 20 * time.Second
)

// garbage is how much of it may lie around before it is collected, in per cent of what is in use. Go's own 100 would let a
// roster of 50,000 people take 20 to 40 MiB more; a school's server rather has a moment than memory. The variable GOGC
// overrules it.
const garbage = 50

// Listen takes the server's address: before anything is made or changed, because another server may have it. Requests wait
// until Serve.
func Listen(c Config) (net.Listener, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", c.Addr, err)
	}
	return l, nil
}

// Serve answers requests and works until the context ends, then drains: no new requests, running ones end, workers stop.
// ready is called with the address once the server answers.
func (a *App) Serve(ctx context.Context, listener net.Listener, ready func(addr string)) (err error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	numbers, err := a.serveMetrics()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, numbers.Close()) }()
	server := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: 64 << 10}
	server.RegisterOnShutdown(a.Live.Close) // streams would never end by themselves
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { a.Run(working); close(done) }()
	if u, err := url.Parse(a.Config.PublicURL); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		a.Config.Log.Warn("the public URL is http: whoever listens on the network can take people's sessions", "public_url", a.Config.PublicURL)
	}
	ready(listener.Addr().String())

	select {
	case err = <-failed:
	case <-ctx.Done():
		draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		err = server.Shutdown(draining)
	}
	stop()
	<-done
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// serveMetrics serves /metrics on an address of its own, where there is one. It ends when the server is closed.
func (a *App) serveMetrics() (*http.Server, error) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.Metrics.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout}
	if a.Config.MetricsAddr == "" {
		return server, nil
	}
	l, err := net.Listen("tcp", a.Config.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", a.Config.MetricsAddr, err)
	}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.Config.Log.Error("serve metrics", "error", err)
		}
	}()
	return server, nil
}

// blobCheck looks at a file's row before a signed URL is honoured: a deleted file's URL ends with it.
func (a *App) blobCheck(ctx context.Context, u blob.Use) error {
	f, err := a.Client.File.Query().Where(entfile.ID(pid.ID(u.FileID)), entfile.StorageKey(u.Key), entfile.DeletedAtIsNil()).All(guard.AsSystem(ctx))
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	if len(f) != 1 || u.Upload && f[0].Status != entfile.StatusPending && f[0].Status != entfile.StatusReady || !u.Upload && f[0].Status != entfile.StatusReady {
		return blob.ErrNotFound
	}
	return nil
}

// loopback reports whether a host is this machine alone.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
