// Package web is the console: pages rendered on the server with templ. Handlers turn a request into a view and a view into
// a page; they neither query nor decide.
package web

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/password"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/internal/status"
	"github.com/soloprint/soloprint/internal/webhook"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/static"
	"github.com/soloprint/soloprint/web/words"
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
	// ByLink is the member whom a one-time link signs in, with the organization; nil where the link is used up.
	ByLink func(ctx context.Context, token string) (*ent.Membership, error)
	// Limit refuses who asks too often: somebody, or strangers by their address. nil: nobody is refused.
	Limit func(h http.Header, r *http.Request, actor *authz.Actor) error
	Words *words.Catalogue
	Clock clock.Clock

	Client   *ent.Client // for reading
	Crud     *crud.Service
	Org      *org.Service
	Roster   *roster.Service
	Imports  *roster.Imports
	Invites  *roster.Invites
	Keys     *apikey.Service
	Hooks    *webhook.Service
	Reports  *report.Service
	Fleet    *fleet.Service
	Material *material.Service
	Files    *file.Service
	Items    *queue.Items
	Matching *queue.Matching
	Dispatch *queue.Dispatch
	Live     *live.Hub
	SSO      *sso.Service

	views   map[string]viewer // the pages of an organization
	zippers sync.Pool         // of *gzip.Writer
	paths   map[string]string // of the console's files
}

// Routes are the patterns and what answers them. It panics where the embedded files cannot be read.
func (c *Console) Routes() map[string]http.Handler {
	routes := c.developers()
	maps.Copy(routes, c.status())
	routes["GET /{$}"] = guarded(c.hosted(view(page.LandingPage(page.Landing{PublicURL: c.PublicURL, Version: c.Version, KeysFile: c.KeysFile}))))
	maps.Copy(routes, c.unsubscribing())
	maps.Copy(routes, c.passwords())
	maps.Copy(routes, c.signingIn())
	maps.Copy(routes, c.inside())
	routes["POST /theme"] = guarded(c.sameSite(http.HandlerFunc(c.themed)))
	all, err := files()
	if err != nil {
		panic(err)
	}
	if c.paths, err = static.Paths(); err != nil {
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
