package web

import (
	"encoding/json"
	"encoding/xml"
	"html"
	"regexp"
	"strings"

	"github.com/soloprint/soloprint/web/page"
)

// releasesOf reads a changelog in the form of Keep a Changelog, the newest first. Releases have a heading of the second
// level, kinds of change one of the third, changes are the items of lists.
func releasesOf(text string) []page.Release {
	var releases []page.Release
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \r\n")
		switch {
		case strings.HasPrefix(line, "## "):
			releases = append(releases, releaseOf(strings.TrimPrefix(line, "## ")))
		case len(releases) == 0:
		default:
			changed(&releases[len(releases)-1], line)
		}
	}
	return releases
}

var headingForm = regexp.MustCompile(`^\[?([^\]\s]+)\]?(?:\([^)]*\))?(?:\s+-\s+(\d{4}-\d{2}-\d{2}))?`)

// releaseOf reads "[1.2.0] - 2026-04-02" or "[Unreleased]".
func releaseOf(heading string) page.Release {
	m := headingForm.FindStringSubmatch(heading)
	if m == nil {
		return page.Release{ID: "release", Title: heading}
	}
	return page.Release{ID: strings.ToLower(m[1]), Title: m[1], Date: m[2]}
}

// changed adds one line to a release.
func changed(r *page.Release, line string) {
	if kind, ok := strings.CutPrefix(line, "### "); ok {
		r.Changes = append(r.Changes, page.Changes{Kind: kind})
		return
	}
	if len(r.Changes) == 0 {
		return
	}
	c := &r.Changes[len(r.Changes)-1]
	item, begins := strings.CutPrefix(line, "- ")
	switch {
	case begins:
		c.Items = append(c.Items, inline(item))
	case strings.HasPrefix(line, "  ") && len(c.Items) > 0:
		c.Items[len(c.Items)-1] += " " + inline(strings.TrimSpace(line))
	}
}

var (
	codeForm   = regexp.MustCompile("`([^`]+)`")
	strongForm = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	linkForm   = regexp.MustCompile(`\[([^\]]+)\]\((https?://[^\s)]+|/[^\s)]*)\)`)
)

// inline is a line of Markdown as HTML: code, strong words and links; everything else is text.
func inline(text string) string {
	text = html.EscapeString(text)
	text = codeForm.ReplaceAllString(text, "<code>$1</code>")
	text = strongForm.ReplaceAllString(text, "<strong>$1</strong>")
	return linkForm.ReplaceAllString(text, `<a href="$2">$1</a>`)
}

// dateOf is when a release came out. What is not out yet carries the date of the release before it, because a feed demands
// one, and without any release that of the contract.
func dateOf(releases []page.Release, i int) string {
	for _, r := range releases[i:] {
		if r.Date != "" {
			return r.Date + "T00:00:00Z"
		}
	}
	return "2026-04-02T00:00:00Z"
}

const changelogPath = "/developers/changelog"

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Content atomText `xml:"content"`
}

// atomFeed is the changelog as Atom (RFC 4287).
func atomFeed(base string, releases []page.Release) ([]byte, error) {
	feed := struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}{ID: base + changelogPath, Title: "SoLoPrint changelog", Updated: dateOf(releases, 0), Author: "SoLoPrint",
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: base + changelogPath + ".atom"}, {Rel: "alternate", Type: "text/html", Href: base + changelogPath}}}
	for i, r := range releases {
		text, err := rendered(page.ReleaseText(r))
		if err != nil {
			return nil, err
		}
		url := base + changelogPath + "#" + r.ID
		feed.Entries = append(feed.Entries, atomEntry{ID: url, Title: r.Title, Updated: dateOf(releases, i), Link: atomLink{Rel: "alternate", Type: "text/html", Href: url}, Content: atomText{"html", string(text)}})
	}
	b, err := xml.MarshalIndent(feed, "", "  ")
	return append([]byte(xml.Header), append(b, '\n')...), err
}

type feedItem struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Title     string `json:"title"`
	HTML      string `json:"content_html"`
	Published string `json:"date_published,omitempty"`
}

// jsonFeed is the changelog as JSON Feed 1.1.
func jsonFeed(base string, releases []page.Release) ([]byte, error) {
	feed := struct {
		Version string     `json:"version"`
		Title   string     `json:"title"`
		Home    string     `json:"home_page_url"`
		Feed    string     `json:"feed_url"`
		Items   []feedItem `json:"items"`
	}{"https://jsonfeed.org/version/1.1", "SoLoPrint changelog", base + changelogPath, base + changelogPath + ".json", []feedItem{}}
	for i, r := range releases {
		text, err := rendered(page.ReleaseText(r))
		if err != nil {
			return nil, err
		}
		item := feedItem{ID: base + changelogPath + "#" + r.ID, Title: r.Title, HTML: string(text)}
		item.URL = item.ID
		if r.Date != "" {
			item.Published = dateOf(releases, i)
		}
		feed.Items = append(feed.Items, item)
	}
	return json.MarshalIndent(feed, "", "  ")
}
