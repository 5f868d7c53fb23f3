package webhook

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/egress"
)

// Time limits of an attempt.
const (
	postLimit    = 15 * time.Second // until the end of the answer
	excerptLimit = 2 * time.Second  // for the beginning of the answer's body, which decides nothing
)

// Answer is what an endpoint said to a request, or why it said nothing.
type Answer struct {
	Status  int // 0 = there was no answer
	Header  http.Header
	Excerpt string
	Reason  egress.Reason
}

// Poster is the way to one endpoint.
type Poster interface {
	Post(ctx context.Context, url string, header http.Header, body []byte) Answer
	Close()
}

// line posts through egress: public addresses by https alone, no redirects, connections that are kept.
type line struct {
	*egress.Line
	limit time.Duration
}

// Post implements Poster.
func (l line) Post(ctx context.Context, url string, header http.Header, body []byte) Answer {
	res, err := l.Do(ctx, egress.Request{Method: http.MethodPost, URL: url, Header: header, Body: body, MaxBytes: excerptBytes, Cut: true, Timeout: l.limit})
	if err != nil {
		reason, _ := egress.ReasonOf(err)
		return Answer{Reason: reason}
	}
	enough := time.AfterFunc(excerptLimit, func() { _ = res.Body.Close() })
	excerpt, _ := io.ReadAll(res.Body) // what came until it broke off
	enough.Stop()
	_ = res.Body.Close()
	return Answer{Status: res.Status, Header: res.Header, Excerpt: string(excerpt)}
}

// What an attempt's error says beside the reasons of egress.
const (
	errorStatus   = "unexpected_status"
	errorRedirect = "redirect_not_followed"
)

// attempt sends a parcel once and decides what becomes of it: 2xx is delivered, 410 ends it with the endpoint, everything
// else is tried again until the attempts are used up, not before the schedule and not before the endpoint asks for it.
func (c *Courier) attempt(ctx context.Context, l *lane, p *sending) (end, result) {
	now, to := c.now(), p.to
	a := l.poster.Post(ctx, to.url, headers(to.keys(now), string(p.event), p.body, now), p.body)
	took := c.now().Sub(now)
	r := result{ok: a.Status >= 200 && a.Status <= 299, took: took, asked: retryAfter(a.Header, now.Add(took))}
	e := end{parcel: p.parcel, to: to, gone: a.Status == http.StatusGone, attempts: attempted(p.attempts, schematype.Attempt{At: now, Status: a.Status, MS: took.Milliseconds(),
		Error: problem(a), ResponseExcerpt: clip(a.Excerpt, excerptBytes)})}
	switch n := len(e.attempts); {
	case r.ok:
		e.status = webhookdelivery.StatusDelivered
	case e.gone || n >= to.maxAttempts:
		e.status = webhookdelivery.StatusFailed
	default:
		e.status = webhookdelivery.StatusQueued
		e.next = new(now.Add(took + max(jittered(pause(n, to.backoff), c.chance()), r.asked)))
	}
	return e, r
}

// problem is why an answer is no success, as a word; empty where it is one.
func problem(a Answer) string {
	switch {
	case a.Status == 0:
		return string(a.Reason)
	case a.Status >= 300 && a.Status <= 399:
		return errorRedirect
	case a.Status < 200 || a.Status > 299:
		return errorStatus
	}
	return ""
}
