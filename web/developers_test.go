package web_test

import (
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/app"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/web"
)

const base = "https://print.example.org"

const changes = `# Changelog

Words before the first release.

## [Unreleased]

### Added

- A <thing> with ` + "`code & <tags>`" + ` and a [link](https://example.org/a?b=1&c=2),
  on two lines.

## [1.0.0] - 2026-05-04

### Fixed

- **Nothing** was broken. [No](javascript:alert(1)) script.
`

// site serves the pages of the real routes.
func site(t *testing.T) string {
	t.Helper()
	c := &web.Console{PublicURL: base, Version: "1.0.0", Changelog: changes, Document: func() ([]byte, error) { return app.OpenAPI(base, "1.0.0") }}
	mux := http.NewServeMux()
	for pattern, h := range c.Routes() {
		mux.Handle(pattern, h)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// get asks for a page and answers its text and how many bytes came over the wire.
func get(t *testing.T, url string, headers ...string) (*http.Response, string, int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	if a.Header.Get("Content-Encoding") != "gzip" {
		return a, string(raw), len(raw)
	}
	unpacked, err := gzip.NewReader(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return a, string(text), len(raw)
}

var pageLink = regexp.MustCompile(`href="(/developers/api-docs/?[a-z-]*)(#[A-Za-z-]+)?"`)

// Every route of the document stands on a page, with its access, an example and its codes, and every link leads somewhere.
func TestReferenceShowsEveryRoute(t *testing.T) {
	url := site(t)
	_, overview, _ := get(t, url+"/developers/api-docs")
	pages := map[string]string{"/developers/api-docs": overview}
	for _, m := range pageLink.FindAllStringSubmatch(overview, -1) {
		if _, known := pages[m[1]]; !known {
			r, text, size := get(t, url+m[1])
			if r.StatusCode != 200 || size > 150<<10 || strings.Contains(text, "<script>") || strings.Contains(text, "style=") {
				t.Errorf("%s: %d, %d bytes", m[1], r.StatusCode, size)
			}
			pages[m[1]] = text
		}
	}
	all := ""
	for path, text := range pages {
		all += text
		for _, m := range pageLink.FindAllStringSubmatch(text, -1) {
			if m[2] != "" && !strings.Contains(pages[m[1]], `id="`+m[2][1:]+`"`) {
				t.Errorf("%s leads to %s, where there is no %s", path, m[1], m[2])
			}
		}
		for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(text, `id="`+m[1]+`"`) {
				t.Errorf("%s leads to #%s, which it does not have", path, m[1])
			}
		}
		if strings.Count(text, "<h1>") != 1 || !strings.Contains(text, `<main id="main">`) {
			t.Errorf("%s has not one heading and one main part", path)
		}
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		}
	}
	text, err := app.OpenAPI(base, "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths {
		for method, o := range item {
			if !strings.Contains(all, `<h2 id="`+strings.ReplaceAll(o.OperationID, "_", "-")+`"`) || !strings.Contains(all, "<code>"+path+"</code>") {
				t.Errorf("%s %s has no section", method, path)
			}
		}
	}
	for _, words := range []string{"curl " + base + "/v1/spools/spl_", "Needs operations.read or spool.manage.", "bed_not_clear", errs.Registry()[0].Fix, string(event.SpoolLow), "0.01 to 100000"} {
		if !strings.Contains(all, words) {
			t.Errorf("no page says %q", words)
		}
	}
}

func TestPagesSayWhatTheyMayLoad(t *testing.T) {
	url := site(t)
	for path, kind := range map[string]string{
		"/": "text/html", "/developers/api-docs": "text/html", "/developers/api-explorer": "text/html", "/developers/changelog": "text/html",
		"/developers/changelog.atom": "application/atom+xml", "/developers/changelog.json": "application/feed+json", "/llms.txt": "text/plain",
		"/static/developers.css": "text/css", "/static/copy.js": "text/javascript", "/static/scalar/standalone.js": "text/javascript", "/static/scalar/LICENSE": "text/plain",
	} {
		r, text, size := get(t, url+path)
		if r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), kind) || !strings.HasPrefix(r.Header.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s: %d %v", path, r.StatusCode, r.Header)
		}
		if len(text) > 2000 && size >= len(text) {
			t.Errorf("%s is not compressed", path)
		}
		if r, _, _ := get(t, url+path, "If-None-Match", r.Header.Get("ETag")); r.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %d", path, r.StatusCode)
		}
		if r, plain, _ := get(t, url+path, "Accept-Encoding", "identity"); r.Header.Get("Content-Encoding") != "" || plain != text {
			t.Errorf("%s uncompressed is another", path)
		}
	}
	for _, path := range []string{"/developers/api-docs/nothing", "/static/nothing.js", "/static/", "/static/scalar/standalone.js.gz"} {
		if r, _, _ := get(t, url+path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

// The explorer asks no other host: neither the page nor what starts it names one.
func TestExplorerAsksNobodyElse(t *testing.T) {
	url := site(t)
	for _, path := range []string{"/developers/api-explorer", "/static/explorer.js"} {
		if _, text, _ := get(t, url+path); strings.Contains(text, "://") {
			t.Errorf("%s names another host: %s", path, text)
		}
	}
	_, text, _ := get(t, url+"/static/explorer.js")
	for _, off := range []string{"proxyUrl: ''", "withDefaultFonts: false", "telemetry: false", "agent: { disabled: true }"} {
		if !strings.Contains(text, off) {
			t.Errorf("the explorer is started without %s", off)
		}
	}
}

func TestChangelogAndItsFeeds(t *testing.T) {
	url := site(t)
	_, text, _ := get(t, url+"/developers/changelog")
	for _, words := range []string{
		`<section class="release" id="unreleased">`, `<time datetime="2026-05-04">`, "A &lt;thing&gt; with <code>code &amp; &lt;tags&gt;</code>",
		`<a href="https://example.org/a?b=1&amp;c=2">link</a>, on two lines.`, "<strong>Nothing</strong>", "[No](javascript:alert(1))",
	} {
		if !strings.Contains(text, words) {
			t.Errorf("the page does not say %s:\n%s", words, text)
		}
	}

	var atom struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Updated string   `xml:"updated"`
		Entries []struct {
			ID      string `xml:"id"`
			Updated string `xml:"updated"`
			Content string `xml:"content"`
		} `xml:"entry"`
	}
	_, text, _ = get(t, url+"/developers/changelog.atom")
	if err := xml.Unmarshal([]byte(text), &atom); err != nil {
		t.Fatal(err)
	}
	if len(atom.Entries) != 2 || atom.Entries[1].ID != base+"/developers/changelog#1.0.0" || atom.Entries[1].Updated != "2026-05-04T00:00:00Z" ||
		!strings.Contains(atom.Entries[0].Content, "<code>") || atom.Updated != "2026-05-04T00:00:00Z" {
		t.Errorf("%+v", atom)
	}

	var feed struct {
		Version string
		Items   []map[string]string
	}
	_, text, _ = get(t, url+"/developers/changelog.json")
	if err := json.Unmarshal([]byte(text), &feed); err != nil {
		t.Fatal(err)
	}
	if feed.Version != "https://jsonfeed.org/version/1.1" || len(feed.Items) != 2 || feed.Items[0]["date_published"] != "" || feed.Items[1]["date_published"] != "2026-05-04T00:00:00Z" {
		t.Errorf("%+v", feed)
	}
}

// llms.txt has the form of llmstxt.org: a title, a summary, and sections of links, all of which lead somewhere.
func TestGuideForLanguageModels(t *testing.T) {
	url := site(t)
	_, text, _ := get(t, url+"/llms.txt")
	if !strings.HasPrefix(text, "# SoLoPrint\n\n> ") || !strings.Contains(text, "\n## Docs\n\n- [") || !strings.Contains(text, "\n## Optional\n") {
		t.Error(text)
	}
	for _, m := range regexp.MustCompile(`\]\(`+base+`(/developers[^)]*)\)`).FindAllStringSubmatch(text, -1) {
		if r, _, _ := get(t, url+m[1]); r.StatusCode != 200 {
			t.Errorf("%s: %d", m[1], r.StatusCode)
		}
	}
}

// /developers lists its pages, and each is there.
func TestDevelopersListsItsPages(t *testing.T) {
	url := site(t)
	r, text, _ := get(t, url+"/developers")
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Count(text, "<h1>") != 1 {
		t.Fatalf("%d %s", r.StatusCode, text)
	}
	for _, path := range []string{"/developers/api-docs", "/developers/api-explorer", "/developers/changelog", "/developers/changelog.atom", "/developers/changelog.json", "/llms.txt"} {
		if r, _, _ := get(t, url+path); r.StatusCode != 200 || !strings.Contains(text, `href="`+path+`"`) {
			t.Errorf("%s: %d, or not listed", path, r.StatusCode)
		}
	}
}

// The base URL of examples is the setting, or the address by which the reader came where nothing was set.
func TestExamplesBeginWithTheReadersAddress(t *testing.T) {
	for _, tt := range []struct {
		name, host string
		any        bool
		want       string
	}{
		{"the setting, whatever the host", "other.example", false, base},
		{"without a setting the host", "lab.local:8080", true, "http://lab.local:8080"},
		{"without a setting an address", "[fe80::1]:8080", true, "http://[fe80::1]:8080"},
		{"a host that is none is not written into a page", `x"onload=y`, true, base},
	} {
		c := &web.Console{PublicURL: base + "/", AnyHost: tt.any, Version: "1.0.0", Changelog: changes, Document: func() ([]byte, error) { return app.OpenAPI(base, "1.0.0") }}
		routes := c.Routes()
		for _, path := range []string{"/developers/api-docs", "/llms.txt"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = tt.host
			w := httptest.NewRecorder()
			routes["GET "+path].ServeHTTP(w, r)
			if text := w.Body.String(); !strings.Contains(text, tt.want+"/graphql") && !strings.Contains(text, tt.want+"/v1") || tt.want != base && strings.Contains(text, base+"/v1") || strings.Contains(text, "onload") {
				t.Errorf("%s: %s does not begin with %s", tt.name, path, tt.want)
			}
		}
	}
}
