package egress

import (
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/netip"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/errs"
)

// A line keeps its connections, and judges each when it dials.
func TestLine(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}
	}))
	defer server.Close()
	c := &Client{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Pace: time.Millisecond}
	l := c.Line(true, 2)
	defer l.Close()
	reused := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if i.Reused {
			reused++
		}
	}})
	for range 5 {
		res, err := l.Do(ctx, Request{Method: http.MethodPost, URL: server.URL, Body: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := res.Body.Read(make([]byte, 1)); err == nil || res.Status != http.StatusOK || res.Body.Close() != nil {
			t.Errorf("status %d, %v", res.Status, err)
		}
	}
	if reused != 4 {
		t.Errorf("%d of 4 requests went over the kept connection", reused)
	}
	res, err := l.Do(ctx, Request{Method: http.MethodPost, URL: server.URL + "/away"})
	if err != nil || res.Status != http.StatusFound {
		t.Errorf("a redirect is followed: %v, %v", res, err)
	}

	blocked := (&Client{Pace: time.Millisecond}).Line(true, 2)
	for _, url := range []string{server.URL, "http://192.0.32.7/", "https://[::1]/", "https://localhost:5432/"} {
		if _, err := blocked.Do(t.Context(), Request{Method: http.MethodPost, URL: url}); !errs.Is(err, errs.EndpointAddressBlocked) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := blocked.Do(t.Context(), Request{URL: "gopher://x/"}); err == nil {
		t.Error("a URL that is none is sent to")
	}
}
