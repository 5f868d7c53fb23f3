// Package web is the console: pages rendered on the server with templ. Handlers turn a request into a view and a view into
// a page; they neither query nor decide.
package web

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/password"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/internal/status"
	"github.com/soloprint/soloprint/web/page"
)

// contentPolicy lets pages load from here and nowhere else.
const contentPolicy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// Console serves the pages.
type Console struct {
	PublicURL string
	AnyHost   bool // the public URL is nobody's setting: pages name the host by which the reader came
	Version   string
	KeysFile  string                 // the demo's file of keys, "" where there is none
	Changelog string                 // CHANGELOG.md
	Notify    *notify.Service        // for the links of its mails
	Document  func() ([]byte, error) // the OpenAPI document, from which the reference is made
	Status    func(context.Context) status.Report
	Passwords *password.Service
	SignIn    *signin.Service
	// Authenticate is who sends a request, by the session's cookie.
	Authenticate func(r *http.Request) (*authz.Actor, error)
	Log          *slog.Logger // nil: nothing is logged
	// OpenSession opens a session for who has signed in, and answers its token and when it ends.
	OpenSession func(context.Context, *ent.Membership) (token string, ends time.Time, err error)
	Limit       func(h http.Header, r *http.Request) error // refuses strangers who ask too often; nil: nobody
}

// Routes are the patterns and what answers them. It panics where the embedded files cannot be read.
func (c *Console) Routes() map[string]http.Handler {
	routes := c.developers()
	maps.Copy(routes, c.status())
	routes["GET /{$}"] = guarded(c.hosted(view(page.LandingPage(page.Landing{PublicURL: c.PublicURL, Version: c.Version, KeysFile: c.KeysFile}))))
	maps.Copy(routes, c.unsubscribing())
	maps.Copy(routes, c.passwords())
	maps.Copy(routes, c.signingIn())
	all, err := files()
	if err != nil {
		panic(err)
	}
	routes["GET /static/"] = guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := all[r.URL.Path]; a != nil {
			a.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	return routes
}

// view is a page that is the same for everybody.
func view(p templ.Component) *asset {
	return made("text/html; charset=utf-8", func() ([]byte, error) { return rendered(p) })
}

func rendered(p templ.Component) ([]byte, error) {
	var b bytes.Buffer
	err := p.Render(context.Background(), &b)
	return b.Bytes(), err
}

// guarded sets the headers of every page.
func guarded(next http.Handler) http.Handler { return policed(contentPolicy, next) }

func policed(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
