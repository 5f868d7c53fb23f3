package egress

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// here is where test servers listen: a loopback address that is not 127.0.0.1, so that it can be allowed by itself.
const here = "127.0.0.77"

// names is a resolver whose answers the test sets; the last one stays. A name it does not know does not exist.
type names struct {
	mu    sync.Mutex
	of    map[string][]string // answers in turn, the addresses of one separated by spaces
	asked []string
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, host)
	turns := n.of[host]
	if len(turns) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(turns) > 1 {
		n.of[host] = turns[1:]
	}
	var out []netip.Addr
	for s := range strings.FieldsSeq(turns[0]) {
		out = append(out, netip.MustParseAddr(s))
	}
	return out, nil
}

// server listens on here. Its client allows that address alone, and knows the server as example.com.
func server(t *testing.T, start func(*httptest.Server), h http.HandlerFunc) (*Client, *httptest.Server) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", here+":0")
	if err != nil {
		t.Skipf("this machine has one loopback address only: %v", err)
	}
	s := httptest.NewUnstartedServer(h)
	_ = s.Listener.Close()
	s.Listener = l
	s.EnableHTTP2 = true
	start(s)
	t.Cleanup(s.Close)
	c := &Client{Allow: []netip.Prefix{netip.MustParsePrefix(here + "/32")}, Resolver: &names{of: map[string][]string{"example.com": {here}, "other.example": {here}}},
		Own: func() []netip.Addr { return nil }, Pace: time.Microsecond}
	if cert := s.Certificate(); cert != nil {
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AddCert(cert)
	}
	return c, s
}

// port is the server's, with the colon.
func port(s *httptest.Server) string { return s.URL[strings.LastIndexByte(s.URL, ':'):] }

// want checks the reason of an error; "" wants none.
func want(t *testing.T, err error, reason Reason) {
	t.Helper()
	got, named := ReasonOf(err)
	if reason == "" && err != nil || reason != "" && (!named || got != reason) {
		t.Errorf("error %v, want %q", err, reason)
	}
}

func closed(t *testing.T, res *Response) {
	t.Helper()
	if res != nil {
		if err := res.Body.Close(); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}
