package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	scim "github.com/elimity-com/scim"
	scimerrors "github.com/elimity-com/scim/errors"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/reqid"
	"github.com/soloprint/soloprint/internal/sso/directory"
)

// Base is where it is served.
const Base = "/scim/v2"

// Bounds of a request.
const (
	maxBody   = 1 << 20
	maxFilter = 2000
	timeout   = 55 * time.Second // a group of thousands takes its time
)

// Config is what the handler needs.
type Config struct {
	Directory    *directory.Service
	Authenticate func(r *http.Request) (*authz.Actor, error)                // whose token it is
	Limit        func(h http.Header, r *http.Request, a *authz.Actor) error // counts the request; nil = no limit
	PublicURL    string                                                     // where clients find this server
	Log          *slog.Logger                                               // nil: nothing is logged
}

// handler serves SCIM.
type handler struct {
	Config
	server scim.Server
}

// Handler serves /scim/v2/. It panics where the library refuses its own schemas.
func Handler(c Config) http.Handler {
	h := &handler{Config: c}
	server, err := scim.NewServer(&scim.ServerArgs{ServiceProviderConfig: &scim.ServiceProviderConfig{
		MaxResults: directory.MaxPage, SupportFiltering: true, SupportPatch: true,
		AuthenticationSchemes: []scim.AuthenticationScheme{{Type: scim.AuthenticationTypeOauthBearerToken, Name: "SCIM token", Primary: true,
			Description: "The token of an identity provider, as a bearer token."}},
	}, ResourceTypes: resourceTypes(c.Directory)})
	if err != nil {
		panic(fmt.Errorf("make scim server: %w", err))
	}
	h.server = server
	return h
}

// exchange is one request being answered.
type exchange struct {
	status int
	header http.Header
	body   []byte
	actor  *authz.Actor
	err    error // for the log
}

// Header implements http.ResponseWriter for the library.
func (x *exchange) Header() http.Header { return x.header }

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) { x.status = status }

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) {
	x.body = append(x.body, b...)
	return len(b), nil
}

// ServeHTTP answers in SCIM's form whatever happens, and writes a line into the log.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	x := &exchange{status: http.StatusOK, header: w.Header()}
	x.header.Set("X-Content-Type-Options", "nosniff")
	x.header.Set("Cache-Control", "no-store")
	if err := h.answer(x, r.WithContext(ctx)); err != nil {
		x.refuse(err)
	}
	x.header.Set("Content-Type", "application/scim+json")
	if x.status == http.StatusNoContent || x.status == http.StatusNotModified {
		x.header.Del("Content-Type")
		x.body = nil
	}
	w.WriteHeader(x.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(x.body) // the caller is gone: nobody is left to tell
	}
	h.log(x, r, time.Since(started))
}

// answer goes through the checks and lets the library answer. A panic is a fault of ours.
func (h *handler) answer(x *exchange, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := h.admit(x, r); err != nil {
		return err
	}
	at := strings.TrimPrefix(r.URL.Path, Base)
	if err := supported(x, r, at); err != nil {
		return err
	}
	if err := readBody(r, at); err != nil {
		return err
	}
	box := &fault{}
	in := r.Clone(context.WithValue(authz.With(r.Context(), x.actor), faultKey{}, box))
	in.URL.Path = at
	h.server.ServeHTTP(x, in)
	x.err = box.err
	if at == "/ServiceProviderConfig" {
		return x.configure()
	}
	return x.finish(r, strings.TrimRight(h.PublicURL, "/")+Base)
}

// admit says whose request it is, and counts it.
func (h *handler) admit(x *exchange, r *http.Request) error {
	actor, err := h.Authenticate(r)
	if h.Limit != nil {
		if refused := h.Limit(x.header, r, actor); refused != nil {
			return refused
		}
	}
	x.actor = actor
	return err
}

// methods are those of an address, nil where there is none.
func methods(at string) []string {
	kind, id, single := strings.Cut(strings.TrimPrefix(at, "/"), "/")
	switch {
	case kind != "Users" && kind != "Groups" && kind != "Schemas" && kind != "ResourceTypes" && at != "/ServiceProviderConfig", single && (id == "" || strings.Contains(id, "/")):
		return nil
	case kind != "Users" && kind != "Groups":
		return []string{http.MethodGet}
	case single:
		return []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete}
	}
	return []string{http.MethodGet, http.MethodPost}
}

// supported refuses addresses, methods and parameters of the protocol that are not served, by name: whoever asks for a sorted list
// must not take any list for it.
func supported(x *exchange, r *http.Request, at string) error {
	switch allowed := methods(at); {
	case at == "/Bulk", at == "/Me", path.Base(at) == ".search":
		return scimerrors.ScimError{Status: http.StatusNotImplemented, Detail: "Bulk operations, /Me and .search are not supported."}
	case allowed == nil:
		return scimerrors.ScimError{Status: http.StatusNotFound, Detail: "There is no such address."}
	case !slices.Contains(allowed, r.Method):
		x.header.Set("Allow", strings.Join(allowed, ", "))
		return scimerrors.ScimError{Status: http.StatusMethodNotAllowed, Detail: "Allowed: " + strings.Join(allowed, ", ") + "."}
	}
	for name, values := range r.URL.Query() {
		switch name {
		case "filter", "startIndex", "count", "attributes", "excludedAttributes":
		case "sortBy", "sortOrder", "cursor":
			return bad("", "Sorting and cursors are not supported: leave "+name+" out.")
		default:
			return bad("", "The parameter "+name+" is not known.")
		}
		if len(values) > 1 || len(values[0]) > maxFilter {
			return bad(scimerrors.ScimTypeInvalidFilter, "The parameter "+name+" stands twice, or is too long.")
		}
	}
	return nil
}

func bad(keyword scimerrors.ScimType, detail string) error {
	return scimerrors.ScimError{Status: http.StatusBadRequest, ScimType: keyword, Detail: detail}
}

// readBody reads and judges the body of a request that has one, and leaves it in the form that the library reads.
func readBody(r *http.Request, at string) error {
	if r.Method != http.MethodPost && r.Method != http.MethodPut && r.Method != http.MethodPatch {
		r.Body = http.NoBody
		return nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/scim+json" && kind != "application/json" {
		return scimerrors.ScimError{Status: http.StatusUnsupportedMediaType, Detail: "Send application/scim+json."}
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return bad(scimerrors.ScimTypeInvalidSyntax, "The body could not be read.")
	case len(text) > maxBody:
		return scimerrors.ScimError{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("The body is larger than %d bytes.", maxBody)}
	}
	tree, err := parse(text)
	if err != nil {
		return bad(scimerrors.ScimTypeInvalidSyntax, "The body "+err.Error()+".")
	}
	if err := understood(tree, r.Method, at); err != nil {
		return err
	}
	text, err = json.Marshal(tree)
	r.Body = io.NopCloser(bytes.NewReader(text))
	return err
}

// refuse makes the answer the error's.
func (x *exchange) refuse(err error) {
	x.err = err
	e := toSCIM(err)
	if e.Status == http.StatusUnauthorized {
		x.header.Set("WWW-Authenticate", `Bearer realm="scim"`)
	}
	x.status = e.Status
	x.body, _ = json.Marshal(e) // an error is strings and a number
}

// statuses are those of the kinds of errors that operations answer.
var statuses = map[errs.Kind]int{
	errs.KindUnauthenticated: http.StatusUnauthorized, errs.KindForbidden: http.StatusForbidden, errs.KindInvalid: http.StatusBadRequest,
	errs.KindUnprocessable: http.StatusBadRequest, errs.KindNotFound: http.StatusNotFound, errs.KindPrecondition: http.StatusPreconditionFailed,
	errs.KindConflict: http.StatusConflict, errs.KindRateLimited: http.StatusTooManyRequests, errs.KindUnavailable: http.StatusServiceUnavailable,
}

// toSCIM is an error in SCIM's form. What nobody named says nothing.
func toSCIM(err error) scimerrors.ScimError {
	var known scimerrors.ScimError
	if errors.As(err, &known) {
		return known
	}
	e := errs.From(err)
	out := scimerrors.ScimError{Status: statuses[e.Kind], Detail: e.Details}
	if out.Status == 0 {
		return scimerrors.ScimError{Status: http.StatusInternalServerError, Detail: "Something went wrong here. Send the request's X-Request-Id along when you ask about it."}
	}
	var keyword directory.Keyword
	switch {
	case errors.As(err, &keyword):
		out.ScimType = scimerrors.ScimType(keyword)
	case e.Code == errs.AlreadyExists:
		out.ScimType = scimerrors.ScimTypeUniqueness
	case out.Status == http.StatusBadRequest:
		out.ScimType = scimerrors.ScimTypeInvalidValue
	}
	for _, f := range e.Fields {
		out.Detail = f.Path + " " + f.Message + "."
	}
	return out
}

// log writes a line as rest does.
func (h *handler) log(x *exchange, r *http.Request, took time.Duration) {
	if h.Log == nil {
		return
	}
	attrs := []slog.Attr{slog.String("request_id", reqid.From(r.Context())), slog.String("method", r.Method), slog.String("route", Base),
		slog.Int("status", x.status), slog.Int("bytes", len(x.body)), slog.Int64("ms", took.Milliseconds())}
	if x.actor != nil {
		attrs = append(attrs, slog.String("organization", string(x.actor.Organization)), slog.String("principal", string(x.actor.Kind)+":"+string(x.actor.ID)))
	}
	level := slog.LevelInfo
	if x.err != nil {
		e := errs.From(x.err)
		attrs = append(attrs, slog.String("code", string(e.Code)))
		if x.status >= http.StatusInternalServerError && x.status != http.StatusNotImplemented {
			level = slog.LevelError
			attrs = append(attrs, slog.String("cause", x.err.Error()))
		}
	}
	h.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// fault is where an operation's error is kept for the log: the library hands on its SCIM form alone.
type fault struct{ err error }

type faultKey struct{}

// failed is an operation's error as the library hands it on.
func failed(r *http.Request, err error) error {
	if box, ok := r.Context().Value(faultKey{}).(*fault); ok {
		box.err = err
	}
	return toSCIM(err)
}
