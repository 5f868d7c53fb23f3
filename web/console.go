// Package web is the console: pages rendered on the server with templ. Handlers turn a request into a view and a view into
// a page; they neither query nor decide.
package web

import (
	"embed"
	"net/http"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/web/page"
)

//go:embed static
var static embed.FS

// contentPolicy lets pages load from here and nowhere else.
const contentPolicy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// Console serves the pages.
type Console struct {
	PublicURL string
	Version   string
	KeysFile  string // the demo's file of keys, "" where there is none
	Changelog string
	Endpoints []page.Endpoint
}

// Routes are the patterns and what answers them.
func (c *Console) Routes() map[string]http.Handler {
	return map[string]http.Handler{
		"GET /{$}":                  render(page.LandingPage(page.Landing{PublicURL: c.PublicURL, Version: c.Version, KeysFile: c.KeysFile})),
		"GET /developers/api-docs":  render(page.DevelopersPage(page.Developers{PublicURL: c.PublicURL, Endpoints: c.Endpoints})),
		"GET /developers/changelog": render(page.ChangelogPage(c.Changelog)),
		"GET /static/":              guarded(http.FileServerFS(static)),
	}
}

// render answers a page that is the same for everybody.
func render(page templ.Component) http.Handler { return guarded(templ.Handler(page)) }

// guarded sets the headers of every page.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
