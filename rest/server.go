package rest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/reqid"
)

// answerTime is what a caller has to take an answer, beyond the time of the request.
const answerTime = 30 * time.Second

// Server serves the route table. Its fields are set before Handler is called and not changed after it.
type Server struct {
	Routes        []Route
	Authenticate  func(r *http.Request) (*authz.Actor, error) // who sends this; nil without an error: nobody
	PublicURL     string                                      // where clients find this server, for links and headers
	DocsURL       string                                      // empty: <PublicURL>/developers/api-docs
	ChangelogURL  string                                      // empty: <PublicURL>/developers/changelog
	ServerVersion string
	Log           *slog.Logger                // nil: nothing is logged
	Clock         clock.Clock                 // nil: the machine's
	Limits        *Limits                     // shared with other handlers; nil: made of the next two
	RatePerMinute int                         // requests a minute for a principal, and for an address where nobody is known; 0 = no limit
	CORSOrigins   []string                    // origins whose browsers may call; "*" for all
	Ready         func(context.Context) error // nil: always ready
	Events        map[event.Type]any          // a sample of what each event tells of its subject, for the webhooks of the OpenAPI document

	// Keep answers a POST that carries an Idempotency-Key: it runs the call, keeps its answer and replays that to who
	// sends the same again. Nil: keys are ignored. Public routes never keep.
	Keep func(context.Context, Keyed, func(context.Context) Answer) (Answer, error)
}

// handler is the server at work.
type handler struct {
	*Server
	mux    *http.ServeMux
	limits *Limits
	origin *http.CrossOriginProtection
	fixed  map[string]string // the methods of addresses without identifiers
}

// exchange is one request being answered.
type exchange struct {
	w        http.ResponseWriter
	r        *http.Request
	id       string
	base     string // the public URL
	route    *Route
	actor    *authz.Actor
	query    url.Values
	queryErr error
	body     []byte // nil where the method has none
	err      *errs.Error
	answer   Answer

	again  func(context.Context) (*authz.Actor, error) // who sends this, now
	stream func(context.Context, io.Writer) error      // the body of an answer that is sent while it is read
	sent   bool                                        // the caller has the answer, or what there was of it
	cut    bool                                        // it broke off
}

// public is an address of this server as clients reach it.
func (x *exchange) public(path string) string { return x.base + path }

type exchangeKey struct{}

// Handler serves the routes, /v1/public/version, /v1/openapi.json, /healthz and /readyz. It panics where two routes
// claim one pattern or the document cannot be made.
func (s *Server) Handler() http.Handler {
	h := &handler{Server: s, mux: http.NewServeMux(), origin: s.sameOrigin()}
	h.limits = cmp.Or(s.Limits, NewLimits(s.RatePerMinute, cmp.Or[clock.Clock](s.Clock, clock.System{})))
	for _, rt := range s.table() {
		h.mux.Handle(rt.pattern(), h.serving(rt))
	}
	h.fixed = fixed(s.table())
	h.mux.Handle("GET /healthz", h.probe(func(context.Context) error { return nil }))
	h.mux.Handle("GET /readyz", h.probe(s.Ready))
	return h
}

// ServeHTTP gives every request an id, the headers of the contract, an answer in its form and a line in the log.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	x := &exchange{w: w, id: requestID(r), base: h.base()}
	x.query, x.queryErr = url.ParseQuery(r.URL.RawQuery)
	x.r = r.WithContext(context.WithValue(reqid.With(r.Context(), x.id), exchangeKey{}, x))

	w.Header().Set(headerRequestID, x.id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	foreign := false
	if underV1(r.URL.Path) || underV1(path.Clean(r.URL.Path)) {
		h.contract(w.Header())
		foreign = h.cors(w.Header(), r)
	}
	h.dispatch(x, foreign)
	if !x.sent {
		x.write()
	}
	if h.Log != nil {
		x.log(h.Log, x.answer, time.Since(started).Milliseconds())
	}
	if x.cut {
		panic(http.ErrAbortHandler)
	}
}

// underV1 reports whether the contract's headers belong on an answer for the path.
func underV1(p string) bool { return p == "/v1" || strings.HasPrefix(p, "/v1/") }

// dispatch finds who answers. A path that would have to be cleaned is no route: a redirect would lose the body.
func (h *handler) dispatch(x *exchange, foreign bool) {
	if p := x.r.URL.Path; path.Clean(p) != p {
		x.answer = h.stray(x, errs.New(errs.RouteNotFound))
		return
	}
	_, pattern := h.mux.Handler(x.r)
	if pattern != "" && (h.fixed[x.r.URL.Path] == "" || strings.HasSuffix(pattern, " "+x.r.URL.Path)) {
		h.mux.ServeHTTP(x.w, x.r)
		return
	}
	allow := h.allowed(x.r)
	switch {
	case allow == "":
		x.answer = h.stray(x, errs.New(errs.RouteNotFound))
	case foreign && x.r.Method == http.MethodOptions && x.r.Header.Get("Access-Control-Request-Method") != "":
		x.answer = preflight(allow)
	default:
		x.answer = h.stray(x, errs.New(errs.MethodNotAllowed, "Allowed: "+allow+"."))
		x.answer.Header.Set("Allow", allow)
	}
}

// stray answers a request of the series that leads to no operation. It counts like any other: for who sends it, or for the
// address where nobody is known.
func (h *handler) stray(x *exchange, err error) Answer {
	if h.limits == nil || !underV1(path.Clean(x.r.URL.Path)) {
		return x.refuse(err)
	}
	x.route = &Route{}
	return x.settle(func() (Answer, error) {
		ctx, cancel := context.WithTimeout(x.r.Context(), defaultTimeout)
		defer cancel()
		x.actor, _ = h.Authenticate(x.r.WithContext(ctx)) // no token opens what is not there
		return Answer{}, cmp.Or(h.limits.Spend(x.w.Header(), x.r, x.actor), err)
	})
}

// fixed are the methods of the addresses without identifiers, by path: /v1/files/register is no file, whatever the method.
func fixed(routes []Route) map[string]string {
	methods := map[string][]string{}
	for _, rt := range routes {
		if strings.Contains(rt.Path, "{") {
			continue
		}
		methods[rt.Path] = append(methods[rt.Path], rt.Method)
		if rt.Method == http.MethodGet {
			methods[rt.Path] = append(methods[rt.Path], http.MethodHead)
		}
	}
	allow := map[string]string{}
	for path, names := range methods {
		slices.Sort(names)
		allow[path] = strings.Join(names, ", ")
	}
	return allow
}

// allowed are the methods that the path has, "" where it has none. ServeMux says so only in its own answer, which goes
// nowhere.
func (h *handler) allowed(r *http.Request) string {
	if allow := h.fixed[r.URL.Path]; allow != "" {
		return allow
	}
	nowhere := discard{}
	answer, _ := h.mux.Handler(r)
	answer.ServeHTTP(nowhere, r)
	return nowhere.Header().Get("Allow")
}

// discard is a response that nobody reads but its headers.
type discard http.Header

func (d discard) Header() http.Header         { return http.Header(d) }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// serving is the route as ServeMux calls it, with the request that carries the path values.
func (h *handler) serving(rt Route) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		x, _ := r.Context().Value(exchangeKey{}).(*exchange)
		ctx, cancel := context.WithTimeout(r.Context(), rt.limitOf(r))
		defer cancel()
		x.route, x.r = &rt, r.WithContext(ctx)
		if at, ok := ctx.Deadline(); ok { // the server's own limit may be shorter than the route's
			_ = http.NewResponseController(x.w).SetWriteDeadline(at.Add(answerTime)) // not every writer has one
		}
		x.answer = x.settle(func() (Answer, error) { return h.answer(x) })
		if x.stream != nil && x.err == nil {
			x.pour(x.r.Context())
		}
	})
}

// settle turns what a step answers, fails with or panics with into an answer.
func (x *exchange) settle(step func() (Answer, error)) (a Answer) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == http.ErrAbortHandler:
			panic(p)
		default:
			a = x.refuse(failed(x.route.Op, fmt.Errorf("panic: %v\n%s", p, debug.Stack())))
		}
	}()
	a, err := step()
	if err != nil {
		return x.refuse(err)
	}
	return a
}

// answer goes through the checks in the order of the contract: who may not do a thing learns nothing about its body.
func (h *handler) answer(x *exchange) (Answer, error) {
	if err := h.admit(x); err != nil {
		return Answer{}, err
	}
	if err := pinned(x.r.Header); err != nil {
		return Answer{}, err
	}
	if err := x.readBody(); err != nil {
		return Answer{}, err
	}
	c, err := x.route.prepare(x)
	if err != nil {
		return Answer{}, err
	}
	return h.perform(x, c)
}

// admit says who sends the request and whether they may run the operation.
func (h *handler) admit(x *exchange) error {
	if err := secretInQuery(x.query); err != nil {
		return h.stranger(x, err)
	}
	if x.r.Header.Get("Authorization") == "" {
		if err := h.origin.Check(x.r); err != nil {
			return errs.Wrap(errs.New(errs.InsufficientPermissions, "A page of another origin may not do this."), err)
		}
	}
	if x.route.Public {
		return h.limits.Spend(x.w.Header(), x.r, nil)
	}

	actor, err := h.Authenticate(x.r)
	if err != nil || actor == nil {
		return h.stranger(x, cmp.Or(err, authz.Allow(nil, x.route.Op)))
	}
	sent := x.r
	x.again = func(ctx context.Context) (*authz.Actor, error) { return h.Authenticate(sent.WithContext(ctx)) }
	x.actor, x.r = actor, x.r.WithContext(authz.With(x.r.Context(), actor))
	if err := h.limits.Spend(x.w.Header(), x.r, actor); err != nil {
		return err
	}
	return authz.Allow(actor, x.route.Op)
}

// stranger counts a refused sign-in for the address it came from.
func (h *handler) stranger(x *exchange, err error) error {
	return cmp.Or(h.limits.Spend(x.w.Header(), x.r, nil), err)
}

// perform runs the call, once for each idempotency key where one was sent.
func (h *handler) perform(x *exchange, c call) (Answer, error) {
	run := func(ctx context.Context) Answer {
		return x.settle(func() (Answer, error) {
			out, err := c.run(ctx)
			if err != nil {
				return Answer{}, err
			}
			return c.encode(out)
		})
	}
	r, keyed := x.keyed(c)
	x.body = nil // it has been read, and may be large
	if keyed && h.Keep != nil {
		return h.Keep(x.r.Context(), r, run)
	}
	return run(x.r.Context()), nil
}

// headers puts the headers of the answer to those that every answer has.
func (x *exchange) headers() http.Header {
	h := x.w.Header()
	for name, values := range x.answer.Header {
		if name == "Vary" { // what other layers vary by stays
			values = append(h[name], values...)
		}
		h[name] = values
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	return h
}

// write sends the answer: nothing where the caller has it already.
func (x *exchange) write() {
	a, h := &x.answer, x.headers()
	reading := x.r.Method == http.MethodGet || x.r.Method == http.MethodHead
	if reading && a.Status == http.StatusOK && unchanged(x.r.Header, h.Get("ETag")) {
		h.Del("Content-Type")
		h.Del("Content-Length")
		a.Status, a.Body = http.StatusNotModified, nil
	}
	x.w.WriteHeader(a.Status)
	if x.r.Method != http.MethodHead {
		_, _ = x.w.Write(a.Body) // the caller is gone: nobody is left to tell
	}
}
