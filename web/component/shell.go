package component

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// Shell is what stands around every page of an organization. It is loaded once for a page, by middleware.
type Shell struct {
	Organization string // its name
	Slug         string // of the organization, in every address
	Others       []Place
	Person       string
	Email        string
	Role         string // owner, admin, operator, teacher or student
	Groups       []Group
	Theme        string // light, dark or system
	Unread       int    // notices that nobody has read yet
	Here         string // path and query of the page
	Toasts       []Toast
	Shortcuts    bool
	Files        map[string]string // addresses of styles, scripts and icons by name
}

// Place is another organization that the person is in.
type Place struct{ Name, Slug string }

// Group is a part of the navigation. A group without a word has no heading.
type Group struct {
	Key   string // of its heading, "" = none
	Links []Link
}

// Link leads to one of the organization's pages.
type Link struct {
	Icon string
	Key  string // of its word, which is the page's title too
	Path string // behind /o/{organization}/
	Need int    // how much there calls for a person: shown strong
	Low  int    // how much there runs low: shown in amber
	All  int    // how much there is: shown quiet
	Now  bool   // the page is here
}

// Crumb is a step of the way to a page. The last has no path.
type Crumb struct{ Word, Path string }

// Page is what a page says of itself to the shell.
type Page struct {
	Title  string // what h1 says; the document's title begins with it
	Crumbs []Crumb
	Lead   int  // how much needs this person, shown before the title
	Quiet  bool // does not follow changes: a form that somebody fills in
}

type key struct{}

// With puts the shell into a page's context.
func With(ctx context.Context, s *Shell) context.Context { return context.WithValue(ctx, key{}, s) }

// From is the shell of a page's context, an empty one outside an organization.
func From(ctx context.Context) *Shell {
	if s, ok := ctx.Value(key{}).(*Shell); ok {
		return s
	}
	return &Shell{Theme: "system"}
}

// At is the address of one of the organization's pages, its parts escaped.
func At(ctx context.Context, parts ...string) templ.SafeURL {
	var b strings.Builder
	b.WriteString("/o/" + url.PathEscape(From(ctx).Slug))
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return templ.SafeURL(b.String())
}

// Query is At with a query: names and values in turn; empty values are left out.
func Query(ctx context.Context, path string, pairs ...string) templ.SafeURL {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	to := "/o/" + url.PathEscape(From(ctx).Slug) + "/" + path
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	return templ.SafeURL(to)
}

// Initials are the first letters of a name's first and last words.
func Initials(name string) string {
	parts := strings.Fields(name)
	if len(parts) == 0 {
		return "?"
	}
	first := []rune(parts[0])[:1]
	if len(parts) > 1 {
		first = append(first, []rune(parts[len(parts)-1])[0])
	}
	return strings.ToUpper(string(first))
}

// dark is the class of a page's root for a theme.
func dark(theme string) string {
	if theme == "dark" {
		return "dark"
	}
	return ""
}

// fullTitle is the document's title: what needs this person, the page, the organization, the product.
func fullTitle(ctx context.Context, p Page) string {
	t := p.Title + " · " + From(ctx).Organization + " · SoLoPrint"
	if p.Lead > 0 {
		t = "(" + strconv.Itoa(p.Lead) + ") " + t
	}
	return t
}

// liveAddress is where a page hears of changes, "" for one that does not follow them.
func liveAddress(ctx context.Context, p Page) string {
	if p.Quiet {
		return ""
	}
	return string(At(ctx, "live"))
}

// docked are the links at the foot of a phone's screen: the first three of the work, a code to scan, and all the rest.
func docked(ctx context.Context) []Link {
	var all []Link
	s := From(ctx)
	for _, g := range s.Groups[:min(1, len(s.Groups))] {
		all = append(all, g.Links[:min(3, len(g.Links))]...)
	}
	if s.Role != "student" {
		all = append(all, Link{Icon: "scan-line", Key: "nav.scan", Path: "scan"})
	}
	return append(all, Link{Icon: "menu", Key: "nav.more", Path: "menu"})
}

// nextTheme is what the button for the theme chooses: light, dark, as the machine does, and round again.
func nextTheme(theme string) string {
	return map[string]string{"system": "light", "light": "dark"}[theme] + map[string]string{"dark": "system"}[theme]
}

func themeIcon(theme string) string {
	switch theme {
	case "light":
		return "sun"
	case "dark":
		return "moon"
	}
	return "sun-moon"
}

// File is the address of a style, script or icon.
func File(ctx context.Context, name string) string {
	if to := From(ctx).Files[name]; to != "" {
		return to
	}
	return "/static/" + name
}
