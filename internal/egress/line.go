package egress

import (
	"context"
	"net/http"
	"time"
)

// lineIdle is how long a connection is kept that nothing is sent on.
const lineIdle = 30 * time.Second

// Line sends to one endpoint and keeps its connections. Redirects are answers: none is followed. It is safe for concurrent
// use; Close gives idle connections back.
type Line struct {
	client    *Client
	transport *http.Transport
}

// Line makes one for one endpoint. https demands it of public addresses; width is how many connections are kept.
func (c *Client) Line(https bool, width int) *Line {
	t := hop{client: c, https: https}.transport()
	t.MaxIdleConnsPerHost, t.IdleConnTimeout = width, lineIdle
	return &Line{client: c, transport: t}
}

// Do sends a request, with the limits and errors of Client.Do.
func (l *Line) Do(ctx context.Context, r Request) (*Response, error) {
	u, err := ParseURL(r.URL)
	if err != nil {
		return nil, err
	}
	call, cancel := context.WithTimeout(ctx, positive(r.Timeout, defaultTimeout))
	pace := time.NewTicker(positive(l.client.Pace, defaultPace))
	defer pace.Stop()
	res, err := send(call, r, u, l.transport)
	if err != nil {
		err = settle(call, pace, l.client.name(call, err))
		cancel()
		return nil, err
	}
	res.Body.end = cancel
	return res, nil
}

// Close gives idle connections back.
func (l *Line) Close() { l.transport.CloseIdleConnections() }
