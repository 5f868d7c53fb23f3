package app_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/app"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/testkit"
)

// rounds of a test in which one thing follows the other: a server that only looked each second, or twice a second, would take
// rounds times that.
const rounds = 20

// sending is a server that works and that nobody asks anything.
func sending(t *testing.T, databaseURL string) {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{Addr: "127.0.0.1:0", Data: t.TempDir(), DatabaseURL: databaseURL, Volatile: true, Version: "test", EgressAllow: "127.0.0.0/8",
		MasterKey: base64.StdEncoding.EncodeToString(make([]byte, secret.KeySize)), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for _, run := range []func(){func() { a.Live.Run(t.Context()) }, func() { a.Bus.Run(t.Context()) }, func() { a.Courier.Run(t.Context()) }, func() { a.Planner.Run(t.Context()) }} {
		work.Go(run)
	}
	t.Cleanup(func() { // the test's context has ended
		work.Wait()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Two servers share a database, and one of them does no work: what it commits the other sends, and tells people of, at once.
func TestServersWorkOffWhatOthersCommit(t *testing.T) {
	databaseURL := testkit.PostgresURL(t)
	w := newWorld(t, databaseURL)
	w.app.Egress.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	arrived := make(chan string, rounds)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived <- r.Header.Get("Webhook-Id") }))
	t.Cleanup(receiver.Close)
	sending(t, databaseURL)
	w.call(t, w.us.key, http.MethodPost, "/v1/platform/webhooks", `{"name":"Operations","endpoint_url":"`+receiver.URL+`","subscriptions":["printer_tag.*"]}`)
	w.call(t, w.us.key, http.MethodPost, "/v1/platform/notification-rules", `{"name":"Tags","event_types":["printer_tag.*"],"audience":{"roles":["owner"]}}`)
	owner := w.session(t, w.us.Owner)
	told := func() int {
		return len(w.call(t, owner, http.MethodGet, "/v1/platform/notifications?limit=200", "")["data"].([]any))
	}
	once := func(i int) {
		w.tag(t, w.us, fmt.Sprint("tag ", i))
		select {
		case <-arrived:
		case <-time.After(patience):
			t.Fatal("nothing was sent")
		}
		eventually(t, "the owner was not told", func() bool { return told() == i+1 })
	}
	once(0) // the line between the servers stands by now, or soon
	began := time.Now()
	for i := range rounds {
		once(i + 1)
	}
	if took := time.Since(began); took > rounds*time.Second*2/5 {
		t.Errorf("%d events took %s: they were found by looking", rounds, took)
	}
}
