package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bounds of one request.
const (
	timeout   = 60 * time.Second
	maxAnswer = 64 << 20 // bytes
)

// ErrNoList is an answer without data and next_cursor, where a list was asked for.
var ErrNoList = errors.New("the answer is no list: --all follows lists only")

// Client calls one server.
type Client struct {
	BaseURL string
	Key     string // empty: nobody, for public routes
	HTTP    *http.Client
}

// New is a client that shows redirects instead of following them: the key goes to the server that was named and to no other.
func New(s Settings) *Client {
	return &Client{BaseURL: s.BaseURL, Key: s.Key, HTTP: &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Request is what to send.
type Request struct {
	Method         string
	Path           string // begins with a slash and may have a query of its own
	Query          url.Values
	Body           []byte // nil: none
	IdempotencyKey string
}

// Reply is what was answered.
type Reply struct {
	Proto  string
	Status int
	Header http.Header
	Body   []byte
}

// Refused reports whether the server said no.
func (r Reply) Refused() bool { return r.Status >= http.StatusBadRequest }

// Do sends one request.
func (c *Client) Do(ctx context.Context, in Request) (Reply, error) {
	r, err := c.request(ctx, in)
	if err != nil {
		return Reply{}, err
	}
	a, err := c.HTTP.Do(r)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = a.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(a.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	}
	return Reply{Proto: a.Proto, Status: a.StatusCode, Header: a.Header, Body: body}, err
}

func (c *Client) request(ctx context.Context, in Request) (*http.Request, error) {
	address, err := url.Parse(strings.TrimRight(c.BaseURL, "/") + in.Path)
	if err != nil {
		return nil, err
	}
	query := address.Query()
	for name, values := range in.Query {
		query[name] = append(query[name], values...)
	}
	address.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, in.Method, address.String(), bytes.NewReader(in.Body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "soloprint-api")
	if c.Key != "" {
		r.Header.Set("Authorization", "Bearer "+c.Key)
	}
	if in.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if in.IdempotencyKey != "" {
		r.Header.Set("Idempotency-Key", in.IdempotencyKey)
	}
	return r, nil
}

// listed is a page of a list.
type listed struct {
	Data       *[]json.RawMessage `json:"data"`
	NextCursor *string            `json:"next_cursor"`
	HasMore    bool               `json:"has_more"` // false on the last page of a feed too, which has a cursor there for later
}

// Rows follows a list to its end and hands over each page as it arrives. It ends early with the server's refusal, which is
// the Reply, and with the error of each.
func (c *Client) Rows(ctx context.Context, in Request, each func([]json.RawMessage) error) (Reply, error) {
	query := url.Values{}
	for name, values := range in.Query {
		query[name] = values
	}
	in.Query = query
	for {
		r, err := c.Do(ctx, in)
		if err != nil || r.Refused() {
			return r, err
		}
		var l listed
		if err := json.Unmarshal(r.Body, &l); err != nil || l.Data == nil {
			return r, ErrNoList
		}
		if err := each(*l.Data); err != nil {
			return r, err
		}
		if !l.HasMore || l.NextCursor == nil || *l.NextCursor == "" {
			return r, nil
		}
		query.Set("cursor", *l.NextCursor)
	}
}
