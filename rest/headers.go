package rest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/reqid"
)

// The contract's series and version stamp.
const (
	APISeries  = "v1"
	APIVersion = "2026-04-02"
)

// Headers of the contract. Go writes them in its own case, which HTTP does not look at.
const (
	headerSeries    = "X-SoLoPrint-API-Series"
	headerVersion   = "X-SoLoPrint-API-Version"
	headerDocs      = "X-SoLoPrint-API-Docs"
	headerChangelog = "X-SoLoPrint-API-Changelog"
	headerRequestID = "X-Request-Id"
	headerKey       = "Idempotency-Key"
	headerReplayed  = "Idempotent-Replayed"
)

// base is the public URL without a slash at its end.
func (s *Server) base() string { return strings.TrimRight(s.PublicURL, "/") }

func (s *Server) docsURL() string { return cmp.Or(s.DocsURL, s.base()+"/developers/api-docs") }

func (s *Server) changelogURL() string {
	return cmp.Or(s.ChangelogURL, s.base()+"/developers/changelog")
}

// contract sets the headers that stand on every answer under /v1/, whatever its status.
func (s *Server) contract(h http.Header) {
	h.Set(headerSeries, APISeries)
	h.Set(headerVersion, APIVersion)
	h.Set(headerDocs, s.docsURL())
	h.Set(headerChangelog, s.changelogURL())
}

// Identified gives every request an id, the caller's where it can be taken over, and says it in the answer: what is served
// beside /v1 can be found in log and events like the rest.
func Identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := requestID(r)
		w.Header().Set(headerRequestID, id)
		next.ServeHTTP(w, r.WithContext(reqid.With(r.Context(), id)))
	})
}

// requestID is the id that the request has already, the caller's, where it can be taken over, or a new one.
func requestID(r *http.Request) string {
	if id := reqid.From(r.Context()); id != "" {
		return id
	}
	if values := r.Header.Values(headerRequestID); len(values) == 1 && reqid.Valid(values[0]) {
		return values[0]
	}
	return reqid.New()
}

// pinned refuses a version stamp that is not served.
func pinned(h http.Header) error {
	for _, v := range h.Values(headerVersion) {
		if v != APIVersion {
			return errs.New(errs.UnsupportedAPIVersion, "This server serves "+APIVersion+".")
		}
	}
	return nil
}

// What browsers of other origins may send and read.
const (
	corsAllowed = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, X-SoLoPrint-API-Version, X-SoLoPrint-Organization"
	corsExposed = "Content-Disposition, ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, X-SoLoPrint-API-Changelog, X-SoLoPrint-API-Docs, X-SoLoPrint-API-Series, X-SoLoPrint-API-Version"
)

// cors lets the configured origins read the answer and reports whether this one may. Cookies are never allowed: other
// origins send a bearer token.
func (s *Server) cors(h http.Header, r *http.Request) bool {
	if len(s.CORSOrigins) == 0 {
		return false
	}
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	switch {
	case origin == "":
		return false
	case slices.Contains(s.CORSOrigins, origin):
		h.Set("Access-Control-Allow-Origin", origin)
	case slices.Contains(s.CORSOrigins, "*"):
		h.Set("Access-Control-Allow-Origin", "*")
	default:
		return false
	}
	h.Set("Access-Control-Expose-Headers", corsExposed)
	return true
}

// preflight answers a browser's question whether it may send a request from another origin.
func preflight(allow string) Answer {
	return Answer{Status: http.StatusNoContent, Header: http.Header{
		"Access-Control-Allow-Methods": {allow},
		"Access-Control-Allow-Headers": {corsAllowed},
		"Access-Control-Max-Age":       {"600"},
	}}
}

// sameOrigin guards requests that a browser may have sent with its cookies on behalf of another site. A request that
// carries its own Authorization cannot be forged that way.
func (s *Server) sameOrigin() *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	trusted := s.CORSOrigins
	if u, err := url.Parse(s.PublicURL); err == nil && u.Host != "" {
		trusted = append(slices.Clone(trusted), u.Scheme+"://"+u.Host) // behind a proxy the Host header may differ
	}
	for _, origin := range trusted {
		_ = p.AddTrustedOrigin(origin) // "*" is none: whoever allows all origins still gets no cookies sent
	}
	return p
}

// cookieName is how a cookie is called: over https by a name that a browser takes from this host alone (RFC 6265bis, 4.1.3.2).
func (x *exchange) cookieName(name string) string {
	if strings.HasPrefix(x.base, "https://") {
		return "__Host-" + name
	}
	return name
}

// cookies are the values sent for a cookie. Two of one name come from two places, and neither is believed.
func (x *exchange) cookies(name string) (values []string) {
	for _, c := range x.r.CookiesNamed(x.cookieName(name)) {
		values = append(values, c.Value)
	}
	return values
}

// setting adds a cookie to the answer of a route.
func (rt Route) setting(name string, of func(out any) http.Cookie) Route {
	prepare := rt.prepare
	rt.prepare = func(x *exchange) (call, error) {
		c, err := prepare(x)
		encode := c.encode
		c.encode = func(out any) (Answer, error) {
			a, err := encode(out)
			if err != nil {
				return a, err
			}
			cookie := of(out)
			cookie.Name, cookie.Path, cookie.HttpOnly, cookie.SameSite = x.cookieName(name), "/", true, http.SameSiteLaxMode
			cookie.Secure = cookie.Name != name
			a.Header.Add("Set-Cookie", cookie.String())
			return a, nil
		}
		return c, err
	}
	return rt
}
