package egress

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Limits that hold where a request or the client names none.
const (
	maxRedirects   = 3
	maxHeaderBytes = 64 << 10
	defaultBytes   = 1 << 20
	defaultTimeout = 30 * time.Second
	defaultPace    = 250 * time.Millisecond
	userAgent      = "SoLoPrint"
)

// Resolver looks names up; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Client sends requests. Its zero value reaches public addresses. It keeps no state and is safe for concurrent use.
type Client struct {
	Allow    []netip.Prefix      // the operator's: reached by http and on any port
	Resolver Resolver            // nil = Go's own, which knows no spellings such as 127.1
	RootCAs  *x509.CertPool      // whose certificates are trusted; nil = the machine's
	Own      func() []netip.Addr // this machine's addresses, which are no endpoints; nil = those of its interfaces
	Pace     time.Duration       // refusals are given at multiples of it; 0 = 250 ms
}

// Request is what to send, and how much to take back.
type Request struct {
	Method    string        // GET where empty
	URL       string        // as a stranger gave it
	Header    http.Header   // sent to the first host, not where it redirects to
	Body      []byte        // sent as it is
	Redirects int           // how many are followed, at most 3, and only for GET; 0 = the redirect is the answer
	HTTPS     bool          // public addresses only by https; a redirect away from https is refused in any case
	MaxBytes  int64         // of the answer's body; 0 = 1 MiB
	Cut       bool          // a longer body ends at MaxBytes instead of failing: where only its beginning is kept
	Timeout   time.Duration // from the call to the last byte of the body; 0 = 30 s
}

// Response is an answer. The caller closes the body. Its bytes are as they came: packed, if the host packed them.
type Response struct {
	Status int
	Header http.Header
	URL    *url.URL // who answered, after redirects
	Size   int64    // what the host says of the body's length; -1 where it says nothing
	Body   *Body
}

// Do sends a request. Errors: the contract's endpoint_address_blocked, a *Failure, or that of a context that was cancelled.
// A status, whichever, is no error.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	call, cancel := context.WithTimeout(ctx, positive(r.Timeout, defaultTimeout))
	pace := time.NewTicker(positive(c.Pace, defaultPace))
	defer pace.Stop()
	res, err := c.follow(call, r)
	if err != nil {
		err = settle(call, pace, c.name(call, err))
		cancel()
		return nil, err
	}
	res.Body.end = cancel
	return res, nil
}

// Check judges where a URL leads now, as Do would, and sends nothing: for what is stored today and called tomorrow. Do
// judges again.
func (c *Client) Check(ctx context.Context, r Request) error {
	call, cancel := context.WithTimeout(ctx, positive(r.Timeout, defaultTimeout))
	defer cancel()
	pace := time.NewTicker(positive(c.Pace, defaultPace))
	defer pace.Stop()
	u, err := ParseURL(r.URL)
	if err != nil {
		return err
	}
	_, err = send(call, r, u, hop{client: c, https: r.HTTPS, probe: true}.once())
	if errors.Is(err, errAdmitted) {
		return nil
	}
	err = c.name(call, err)
	if reason, _ := ReasonOf(err); reason == NameNotResolved && len(c.Allow) == 0 && !opens(portOf(u), u.Scheme == "https", r.HTTPS) {
		err = failed(AddressBlocked) // wherever the name will lead
	}
	return settle(call, pace, err)
}

// follow sends the request, and again where it is redirected to, until there is an answer.
func (c *Client) follow(ctx context.Context, r Request) (*Response, error) {
	u, err := ParseURL(r.URL)
	if err != nil {
		return nil, err
	}
	way, left := hop{client: c, https: r.HTTPS}, min(r.Redirects, maxRedirects)
	for {
		res, err := send(ctx, r, u, way.once())
		if err != nil {
			return nil, err
		}
		if r.Redirects <= 0 || !redirects(r, res.Status) {
			return res, nil
		}
		_ = res.Body.Close()
		if left--; left < 0 {
			return nil, failed(TooManyRedirects)
		}
		way.https = way.https || u.Scheme == "https"
		if u, err = target(u, res.Header.Get("Location")); err != nil {
			return nil, err
		}
		r.Header = nil
	}
}

// redirects reports whether an answer sends a GET elsewhere.
func redirects(r Request, status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return r.Method == "" || r.Method == http.MethodGet
	default:
		return false
	}
}

// target is where a redirect leads, read as strictly as the first URL.
func target(from *url.URL, location string) (*url.URL, error) {
	if location == "" || len(location) > maxURL {
		return nil, failed(ResponseInvalid)
	}
	u, err := from.Parse(location)
	if err != nil {
		return nil, failed(URLInvalid)
	}
	return ParseURL(u.String())
}

// once is a transport that makes one connection for one request.
func (h hop) once() *http.Transport {
	t := h.transport()
	t.DisableKeepAlives = true
	return t
}

// transport goes the hop's way.
func (h hop) transport() *http.Transport {
	return &http.Transport{DialContext: h.dial, DialTLSContext: h.dialTLS, ForceAttemptHTTP2: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeaderBytes}
}

// send makes one request.
func send(ctx context.Context, r Request, u *url.URL, t *http.Transport) (*Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, failed(URLInvalid)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", userAgent)
	}
	req.Header.Set("Accept-Encoding", "identity")
	res, err := t.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	limit := r.MaxBytes
	if limit <= 0 {
		limit = defaultBytes
	}
	body := &Body{from: res.Body, ctx: ctx, left: limit, cut: r.Cut}
	switch {
	case res.StatusCode < http.StatusOK: // 101 would hand us a connection
		err = failed(ResponseInvalid)
	case res.ContentLength > limit && !r.Cut:
		err = failed(ResponseTooLarge)
	}
	if err != nil {
		_ = body.Close()
		return nil, err
	}
	return &Response{Status: res.StatusCode, Header: res.Header, URL: u, Size: res.ContentLength, Body: body}, nil
}

// name turns what the library said into a reason. Its words are dropped: they may quote the other side.
func (c *Client) name(ctx context.Context, err error) error {
	if _, named := ReasonOf(err); named {
		return err
	}
	return ended(ctx, ResponseInvalid)
}

// ended is the error of a request that ended in the middle: the caller's cancellation, the time limit, or the reason.
func ended(ctx context.Context, r Reason) error {
	switch err := ctx.Err(); {
	case errors.Is(err, context.DeadlineExceeded):
		return failed(TimedOut)
	case err != nil:
		return fmt.Errorf("request given up: %w", err)
	default:
		return failed(r)
	}
}

// settle waits with a refusal for the next multiple of the pace, so that its time says nothing about the lookup.
func settle(ctx context.Context, pace *time.Ticker, err error) error {
	if r, _ := ReasonOf(err); r != AddressBlocked && r != NameNotResolved {
		return err
	}
	select {
	case <-pace.C: // a tick that is over already
	default:
	}
	select {
	case <-pace.C:
	case <-ctx.Done():
	}
	return err
}

func (c *Client) resolver() Resolver {
	if c.Resolver != nil {
		return c.Resolver
	}
	return &net.Resolver{PreferGo: true}
}

func (c *Client) own() []netip.Addr {
	if c.Own != nil {
		return c.Own()
	}
	return machine()
}

func positive(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
