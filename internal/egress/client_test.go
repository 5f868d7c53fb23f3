package egress

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soloprint/soloprint/internal/errs"
)

// always answers every name with the same addresses.
func always(addresses string) Resolver { return everyName{addresses, 0} }

type everyName struct {
	addresses string
	after     time.Duration
}

func (e everyName) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	time.Sleep(e.after) // of a test's own clock
	return (&names{of: map[string][]string{host: {e.addresses}}}).LookupNetIP(ctx, "ip", host)
}

func TestARequestIsSentAndAnswered(t *testing.T) {
	c, s := server(t, (*httptest.Server).StartTLS, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", strings.Join([]string{r.Method, r.Host, r.Proto, r.TLS.ServerName, r.Header.Get("X-Mine"), r.UserAgent(), string(body)}, " "))
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "hello")
	})
	res, err := c.Do(t.Context(), Request{Method: http.MethodPost, URL: "https://Example.com" + port(s) + "/in?x=1", Header: http.Header{"X-Mine": {"mine"}}, Body: []byte("ping"), HTTPS: true})
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, res)
	body, err := io.ReadAll(res.Body)
	if got, want := res.Header.Get("X-Seen"), "POST Example.com"+port(s)+" HTTP/2.0 example.com mine SoLoPrint ping"; got != want {
		t.Errorf("the server saw %q, want %q", got, want)
	}
	if err != nil || string(body) != "hello" || res.Status != http.StatusTeapot || res.Size != 5 {
		t.Errorf("answer %d %q (%d bytes): %v", res.Status, body, res.Size, err)
	}
}

// The address in the operator's list is reached by http and on any port, though the caller demands https of public ones.
func TestTheOperatorsListIsJudgedBeforeSchemeAndPort(t *testing.T) {
	c, s := server(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) {})
	for _, u := range []string{s.URL, "http://example.com" + port(s), "http://inner.localhost" + port(s)} {
		res, err := c.Do(t.Context(), Request{URL: u, HTTPS: true})
		if strings.Contains(u, "localhost") {
			want(t, err, AddressBlocked) // 127.0.0.1 is not in the list, though its neighbour is
			continue
		}
		want(t, err, "")
		closed(t, res)
	}
	want(t, c.Check(t.Context(), Request{URL: "http://8.8.8.8/", HTTPS: true}), AddressBlocked)
	want(t, c.Check(t.Context(), Request{URL: "https://8.8.8.8/", HTTPS: true}), "")
	c.Allow = append(c.Allow, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
	want(t, c.Check(t.Context(), Request{URL: "http://localhost:9/"}), "")
	want(t, c.Check(t.Context(), Request{URL: "http://[::ffff:127.0.0.1]:9/"}), "")
	want(t, c.Check(t.Context(), Request{URL: "http://[::1%25lo]:9/"}), AddressBlocked)
}

// One lookup, and the connection goes to what it answered; the blocked address beside it gets nothing.
func TestTheJudgedAddressIsTheDialledOne(t *testing.T) {
	c, s := server(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) {})
	n := &names{of: map[string][]string{"both.example": {"127.0.0.1 10.0.0.1 " + here + " ::1", "127.0.0.1"}}}
	c.Resolver = n
	res, err := c.Do(t.Context(), Request{URL: "http://both.example" + port(s)})
	want(t, err, "")
	closed(t, res)
	if len(n.asked) != 1 {
		t.Errorf("asked for %v", n.asked)
	}
	_, err = c.Do(t.Context(), Request{URL: "http://both.example" + port(s)})
	want(t, err, AddressBlocked) // a connection of its own, judged anew
	if len(n.asked) != 2 {
		t.Errorf("asked for %v", n.asked)
	}
}

func TestRedirects(t *testing.T) {
	var hits atomic.Int64
	var seen http.Header
	c, s := server(t, (*httptest.Server).StartTLS, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		seen = r.Header
		w.Header().Set("Set-Cookie", "a=b")
		code := map[string]int{"/301": 301, "/302": 302, "/303": 303, "/307": 307, "/308": 308, "/loop": 302, "/once": 302, "/down": 302, "/nowhere": 302, "/none": 302}[r.URL.Path]
		if code == 0 {
			return
		}
		location := map[string]string{"/loop": "/loop", "/once": "/end", "/down": "http://8.8.8.8/", "/nowhere": "http://[::1]x/"}[r.URL.Path]
		if location == "" && r.URL.Path != "/none" {
			location = "https://10.0.0.1/"
		}
		w.Header().Set("Location", location)
		w.WriteHeader(code)
	})
	for _, row := range []struct {
		name, path string
		redirects  int
		method     string
		want       Reason
		status     int
		hits       int64
	}{
		{"301 to a private address", "/301", 3, "", AddressBlocked, 0, 1},
		{"302 to a private address", "/302", 3, "", AddressBlocked, 0, 1},
		{"303 to a private address", "/303", 3, "", AddressBlocked, 0, 1},
		{"307 to a private address", "/307", 3, "", AddressBlocked, 0, 1},
		{"308 to a private address", "/308", 3, "", AddressBlocked, 0, 1},
		{"a loop ends after three", "/loop", 100, "", TooManyRedirects, 0, 4},
		{"a loop ends after one where one is allowed", "/loop", 1, "", TooManyRedirects, 0, 2},
		{"https to http is refused, though the address is public", "/down", 3, "", AddressBlocked, 0, 1},
		{"a target that is no URL", "/nowhere", 3, "", URLInvalid, 0, 1},
		{"a redirect without a target", "/none", 3, "", ResponseInvalid, 0, 1},
		{"one redirect is followed", "/once", 3, "", "", 200, 2},
		{"none is followed where none is allowed", "/once", 0, "", "", 302, 1},
		{"none is followed for POST", "/once", 3, http.MethodPost, "", 302, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			hits.Store(0)
			res, err := c.Do(t.Context(), Request{Method: row.method, URL: "https://example.com" + port(s) + row.path, Redirects: row.redirects, Header: http.Header{"Authorization": {"secret"}}})
			defer closed(t, res)
			want(t, err, row.want)
			if hits.Load() != row.hits {
				t.Errorf("%d requests, want %d", hits.Load(), row.hits)
			}
			if res != nil && res.Status != row.status {
				t.Errorf("status %d, want %d", res.Status, row.status)
			}
			if row.hits > 1 && (seen.Get("Cookie") != "" || seen.Get("Authorization") != "") {
				t.Errorf("the second request had %v", seen)
			}
		})
	}
}

func TestCertificatesMustFitTheHost(t *testing.T) {
	c, s := server(t, (*httptest.Server).StartTLS, func(http.ResponseWriter, *http.Request) {})
	s.Config.ErrorLog = nil
	_, err := c.Do(t.Context(), Request{URL: "https://other.example" + port(s)})
	want(t, err, TLSFailed)
	c.RootCAs = nil
	_, err = c.Do(t.Context(), Request{URL: "https://example.com" + port(s)})
	want(t, err, TLSFailed)
	plain, h := server(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) {})
	_, err = plain.Do(t.Context(), Request{URL: "https://example.com" + port(h)})
	want(t, err, TLSFailed)
}

func TestAnswersStayWithinTheirLimits(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	}
	hijack := func(raw string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, raw)
				_ = conn.Close()
			}
		}
	}
	for _, row := range []struct {
		name    string
		answer  http.HandlerFunc
		request Request
		want    Reason
		body    int // bytes that were read
	}{
		{"an endless body", endless, Request{MaxBytes: 10_000}, ResponseTooLarge, 10_000},
		{"an endless body of which the beginning is kept", endless, Request{MaxBytes: 10_000, Cut: true}, "", 10_000},
		{"a body as long as allowed", hijack("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"), Request{MaxBytes: 4}, "", 4},
		{"a length that is over the limit", hijack("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde"), Request{MaxBytes: 4}, ResponseTooLarge, 0},
		{"a length that promises more than there is", hijack("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcd"), Request{}, Interrupted, 4},
		{"a length that hides something", hijack("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n\r\n"), Request{}, "", 2},
		{"headers of a megabyte", hijack("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"), Request{}, ResponseInvalid, 0},
		{"another protocol", hijack("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), Request{}, ResponseInvalid, 0},
		{"no HTTP", hijack("SECRET of the other side\r\n\r\n"), Request{}, ResponseInvalid, 0},
		{"nothing at all", hijack(""), Request{}, ResponseInvalid, 0},
		{"headers that never come", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Request{Timeout: 50 * time.Millisecond}, TimedOut, 0},
		{"a body that never ends, slowly", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("a"))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, Request{Timeout: 100 * time.Millisecond}, TimedOut, 1},
		{"packed bytes stay packed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z, _ := gzip.NewWriterLevel(w, gzip.BestCompression)
			_, _ = z.Write(make([]byte, 1<<20))
			_ = z.Close()
		}, Request{}, "", 1050},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, s := server(t, (*httptest.Server).Start, row.answer)
			row.request.URL = s.URL
			res, err := c.Do(t.Context(), row.request)
			if err == nil {
				defer closed(t, res)
				var body []byte
				body, err = io.ReadAll(res.Body)
				if len(body) != row.body && row.body != 1050 || len(body) > 2000 && row.body == 1050 {
					t.Errorf("%d bytes, want %d", len(body), row.body)
				}
			}
			want(t, err, row.want)
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error quotes the other side: %v", err)
			}
		})
	}
}

func TestNoProxyOfTheEnvironmentIsAsked(t *testing.T) {
	c, s := server(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) {})
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	res, err := c.Do(t.Context(), Request{URL: s.URL})
	want(t, err, "")
	closed(t, res)
	_, err = c.Do(t.Context(), Request{URL: "http://10.0.0.1/"})
	want(t, err, AddressBlocked)
}

func TestWhatEndsARequestHasAReason(t *testing.T) {
	c, s := server(t, (*httptest.Server).Start, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, err := c.Do(t.Context(), Request{URL: "https://nobody.example/"})
	want(t, err, NameNotResolved)

	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", here+":0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	_, err = c.Do(t.Context(), Request{URL: "http://" + l.Addr().String()})
	want(t, err, ConnectFailed)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = c.Do(ctx, Request{URL: s.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up by the caller: %v", err)
	}
}

// A refusal is the same to the word and to the nanosecond, whether the port behind it is open, closed or filtered, whether
// address, port or scheme was wrong, and however long the lookup took.
func TestARefusalTellsNothing(t *testing.T) {
	open, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }()
	synctest.Test(t, func(t *testing.T) {
		for _, row := range []struct {
			name, url string
			after     time.Duration // of the lookup
		}{
			{"an open port", "http://" + open.Addr().String(), 0},
			{"a closed port", "http://127.0.0.1:1", 0},
			{"a filtered address", "http://10.255.255.1:443", 0},
			{"a name, at once", "https://inner.example", 0},
			{"a name, after a while", "https://inner.example:9", 240 * time.Millisecond},
			{"a public address and a wrong port", "https://8.8.8.8:22", 0},
			{"a public address without https", "http://8.8.8.8", 0},
		} {
			c := &Client{Resolver: everyName{"10.0.0.1", row.after}, Own: func() []netip.Addr { return nil }}
			begun := time.Now()
			_, err := c.Do(t.Context(), Request{URL: row.url, HTTPS: true})
			if took := time.Since(begun); took != defaultPace {
				t.Errorf("%s: refused after %v", row.name, took)
			}
			if e := errs.From(err); e.Kind != errs.KindUnprocessable || e.Code != errs.EndpointAddressBlocked || e.Err != nil || e.Details != AddressBlocked.Sentence() {
				t.Errorf("%s: %v", row.name, err)
			}
		}
	})
	if !strings.Contains(AddressBlocked.Sentence(), "SOLOPRINT_EGRESS_ALLOW_CIDRS") {
		t.Error("the refusal does not name the setting")
	}
}

func TestEachReasonHasASentence(t *testing.T) {
	for _, r := range []Reason{AddressBlocked, URLInvalid, NameNotResolved, ConnectFailed, TLSFailed, TimedOut, TooManyRedirects, ResponseInvalid, ResponseTooLarge, Interrupted} {
		if !strings.HasSuffix(r.Sentence(), ".") {
			t.Errorf("%s says %q", r, r.Sentence())
		}
		if got, ok := ReasonOf(failed(r)); !ok || got != r {
			t.Errorf("%s comes back as %s", r, got)
		}
	}
}

// What no answer of DNS could make right is refused although the name is not there yet; the rest may be set up tomorrow.
func TestANameThatIsNotThereIsJudgedByTheRestOfItsURL(t *testing.T) {
	c := obliging()
	c.Resolver = &names{}
	for raw, reason := range map[string]Reason{
		"https://later.example/": NameNotResolved, "https://later.example:443/": NameNotResolved, "http://later.example/": AddressBlocked, "https://later.example:8443/": AddressBlocked,
	} {
		want(t, c.Check(t.Context(), Request{URL: raw, HTTPS: true}), reason)
	}
	want(t, c.Check(t.Context(), Request{URL: "http://later.example/"}), NameNotResolved) // where http will do
	c.Allow = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	want(t, c.Check(t.Context(), Request{URL: "http://later.example:8443/", HTTPS: true}), NameNotResolved)
}
