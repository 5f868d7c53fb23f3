package rest

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/page"
)

// retryAfter is the wait that 429 and 503 advise where nothing more exact is known, in seconds.
const retryAfter = "5"

// Error is the body of every refusal.
type Error struct {
	Error     errs.Code     `json:"error" doc:"What went wrong, for machines. Codes never change their meaning." example:"insufficient_permissions"`
	Details   string        `json:"details,omitempty" doc:"A sentence for a person, safe to show."`
	Fields    []errs.Field  `json:"fields,omitempty" doc:"What is wrong with the request's values (422)."`
	Reasons   []errs.Reason `json:"reasons,omitempty" doc:"The rules that refused (409)."`
	RequestID string        `json:"request_id,omitempty" doc:"Finds the cause in the server's log (5xx)."`
}

// status is the HTTP status of each kind of error.
func status(k errs.Kind) int {
	switch k {
	case errs.KindUnauthenticated:
		return http.StatusUnauthorized
	case errs.KindForbidden:
		return http.StatusForbidden
	case errs.KindInvalid:
		return http.StatusBadRequest
	case errs.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case errs.KindUnsupportedMedia:
		return http.StatusUnsupportedMediaType
	case errs.KindUnprocessable:
		return http.StatusUnprocessableEntity
	case errs.KindNotFound:
		return http.StatusNotFound
	case errs.KindMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case errs.KindPrecondition:
		return http.StatusPreconditionFailed
	case errs.KindConflict:
		return http.StatusConflict
	case errs.KindRateLimited:
		return http.StatusTooManyRequests
	case errs.KindUnavailable:
		return http.StatusServiceUnavailable
	case errs.KindStorageFull:
		return http.StatusInsufficientStorage
	case errs.KindInternal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// named is the error to answer: the end of the request's time, a caller who left and a cursor that cannot be read have
// codes of their own.
func named(err error) *errs.Error {
	e := errs.From(err)
	switch {
	case e.Kind == errs.KindInternal && errors.Is(err, context.DeadlineExceeded):
		return errs.Wrap(errs.New(errs.NotReady, "The request took longer than the server allows."), err)
	case e.Kind == errs.KindInternal && errors.Is(err, context.Canceled):
		return errs.Wrap(errs.New(errs.NotReady, "The request was given up."), err)
	case e.Kind == errs.KindInternal && errors.Is(err, page.ErrCursor):
		return errs.New(errs.InvalidCursor, "Start again without a cursor.")
	}
	return e
}

// refuse is the answer for an error. The cause goes into the request's log line and nowhere else.
func (x *exchange) refuse(err error) Answer {
	e := named(err)
	x.err = e
	code := status(e.Kind)
	b := Error{Error: e.Code, Details: e.Details, Fields: e.Fields, Reasons: e.Reasons}
	if code >= http.StatusInternalServerError {
		b.Fields, b.Reasons, b.RequestID = nil, nil, x.id
	}
	if code == http.StatusInternalServerError {
		b.Details = "Something went wrong on our side. The request id finds it in the log."
	}

	body, err := marshal(b)
	if err != nil { // cannot be: the fields are texts and finite numbers; an answer is owed all the same
		body = []byte(`{"error":"internal_error"}` + "\n")
	}
	h := http.Header{"Content-Type": {"application/json"}, "Content-Length": {strconv.Itoa(len(body))}}
	switch code {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", cmp.Or(x.w.Header().Get("Retry-After"), wait(e), retryAfter))
	}
	return Answer{Status: code, Header: h, Body: body}
}

// wait is how long an error says to wait, in seconds; "" where it says nothing.
func wait(e *errs.Error) string {
	if e.Retry <= 0 {
		return ""
	}
	return strconv.Itoa(seconds(e.Retry))
}

// log writes the line of the request, with the cause of its refusal. Paths stand as their pattern and queries not at
// all: both may name people.
func (x *exchange) log(l *slog.Logger, a Answer, ms int64) {
	attrs := []slog.Attr{
		slog.String("request_id", x.id), slog.String("method", x.r.Method), slog.String("route", x.r.Pattern),
		slog.Int("status", a.Status), slog.Int("bytes", len(a.Body)), slog.Int64("ms", ms),
	}
	if actor := x.actor; actor != nil {
		attrs = append(attrs, slog.String("organization", string(actor.Organization)), slog.String("principal", string(actor.Kind)+":"+string(actor.ID)))
	}
	if a.Header.Get(headerReplayed) != "" {
		attrs = append(attrs, slog.Bool("replayed", true))
	}
	level := slog.LevelInfo
	if x.err != nil {
		attrs = append(attrs, slog.String("code", string(x.err.Code)))
		if x.err.Err != nil {
			attrs = append(attrs, slog.String("cause", x.err.Err.Error()))
		}
		switch {
		case a.Status == http.StatusServiceUnavailable: // passes by itself
			level = slog.LevelWarn
		case a.Status >= http.StatusInternalServerError:
			level = slog.LevelError
		}
	}
	l.LogAttrs(x.r.Context(), level, "request", attrs...)
}

// failed is the answer for a panic while an operation's request was answered.
func failed(o authz.Op, cause error) *errs.Error {
	if o.Resource == "" {
		return errs.From(cause)
	}
	return o.Failed(cause)
}
