package egress

import (
	"io"
	"net/http"
	"time"
)

// HTTP is a client for libraries that ask for one of net/http. Every request goes through Do, https for public addresses, with
// no redirects, and one size of answers and one time for all.
func (c *Client) HTTP(maxBytes int64, timeout time.Duration) *http.Client {
	return &http.Client{Transport: library{c, maxBytes, timeout}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// library sends what a library asks for.
type library struct {
	client   *Client
	maxBytes int64
	timeout  time.Duration
}

// RoundTrip implements http.RoundTripper.
func (l library) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	res, err := l.client.Do(r.Context(), Request{Method: r.Method, URL: r.URL.String(), Header: r.Header, Body: body, HTTPS: true, MaxBytes: l.maxBytes, Timeout: l.timeout})
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: res.Status, Status: http.StatusText(res.Status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: res.Header, Body: res.Body, ContentLength: -1, Request: r}, nil
}
