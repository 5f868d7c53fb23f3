package web

import (
	"net/http"
	"strings"
	"sync"

	"github.com/soloprint/soloprint/web/page"
)

// explorerPolicy is contentPolicy for the explorer, which writes its own style elements and shows images of its own as data.
const explorerPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// docsPath is where the reference is.
const docsPath = "/developers/api-docs"

// developers are the pages for those who write programs against the API.
func (c *Console) developers() map[string]http.Handler {
	pages := sync.OnceValues(c.reference)
	releases := releasesOf(c.Changelog)
	text := func(kind string, body func() ([]byte, error)) http.Handler { return guarded(made(kind, body)) }
	return map[string]http.Handler{
		"GET /developers":                guarded(view(page.DevelopersPage())),
		"GET " + docsPath:                guarded(c.paged(pages, func(*http.Request) string { return "" })),
		"GET " + docsPath + "/{page}":    guarded(c.paged(pages, func(r *http.Request) string { return r.PathValue("page") })),
		"GET /developers/api-explorer":   policed(explorerPolicy, view(page.ExplorerPage())),
		"GET /developers/changelog":      guarded(view(page.ChangelogPage(releases))),
		"GET /developers/changelog.atom": text("application/atom+xml; charset=utf-8", func() ([]byte, error) { return atomFeed(c.PublicURL, releases) }),
		"GET /developers/changelog.json": text("application/feed+json; charset=utf-8", func() ([]byte, error) { return jsonFeed(c.PublicURL, releases) }),
		"GET /llms.txt":                  guarded(c.hosted(made("text/plain; charset=utf-8", c.guide))),
	}
}

// paged answers one of the reference's pages.
func (c *Console) paged(pages func() (map[string]*asset, error), name func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all, err := pages()
		switch a := all[name(r)]; {
		case err != nil:
			http.Error(w, "The reference could not be made.", http.StatusInternalServerError)
		case a == nil:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusNotFound)
			_ = page.NoPage().Render(r.Context(), w) // the reader is gone: nobody is left to tell
		default:
			c.hosted(a).ServeHTTP(w, r)
		}
	})
}

// reference makes the pages of the reference, by their last part of the path.
func (c *Console) reference() (map[string]*asset, error) {
	docs, err := c.docs()
	if err != nil {
		return nil, err
	}
	pages := map[string]*asset{
		"":               view(page.ReferencePage(docs)),
		"error-codes":    view(page.CodesPage(docs)),
		"webhook-events": view(page.EventsPage(docs)),
	}
	for _, g := range docs.Groups {
		pages[g.Slug] = view(page.GroupPage(docs, g))
	}
	return pages, nil
}

func (c *Console) docs() (page.Docs, error) {
	text, err := c.Document()
	if err != nil {
		return page.Docs{}, err
	}
	d, err := parseDocument(text)
	if err != nil {
		return page.Docs{}, err
	}
	return d.docs(strings.TrimRight(c.PublicURL, "/")), nil
}

// guide is llms.txt: what this is and where to read on, in the form of llmstxt.org.
func (c *Console) guide() ([]byte, error) {
	docs, err := c.docs()
	if err != nil {
		return nil, err
	}
	link := func(title, path, says string) string {
		return "- [" + title + "](" + docs.Base + path + "): " + says + "\n"
	}
	var b strings.Builder
	b.WriteString("# SoLoPrint\n\n> Runs an organization's fleet of 3D printers: people submit prints, teachers approve them, and the queue puts each on a printer that can print it, and says why not where none can. REST, GraphQL, webhooks.\n\n")
	b.WriteString("Base URL `" + docs.Base + "`, header `Authorization: Bearer <api-key>`, contract version " + docs.Version + ". Errors are `{\"error\": \"code\", \"details\": \"...\"}`: switch on the code. Lists are `{data, has_more, next_cursor}`: send next_cursor back as cursor. Every POST takes an Idempotency-Key. Call `GET /v1/public/version` first.\n\n## Docs\n\n")
	b.WriteString(link("Overview", docsPath, "authentication, errors, lists, idempotency, versions, rate limits, files, webhooks, and all routes"))
	b.WriteString(link("OpenAPI 3.1", "/v1/openapi.json", "every route, parameter, schema, error code and example, and the webhooks"))
	b.WriteString(link("Error codes", docsPath+"/error-codes", "each code, when it is answered and what to do"))
	b.WriteString(link("Webhook events", docsPath+"/webhook-events", "each event with a sample"))
	b.WriteString("\n## Routes\n\n")
	for _, g := range docs.Groups {
		b.WriteString(link(g.Title, docsPath+"/"+g.Slug, g.Description))
	}
	b.WriteString("\n## Optional\n\n")
	b.WriteString(link("Explorer", "/developers/api-explorer", "try the routes in a browser"))
	b.WriteString(link("Changelog", "/developers/changelog", "what changed, and when; also as /developers/changelog.atom and .json"))
	return []byte(b.String()), nil
}
