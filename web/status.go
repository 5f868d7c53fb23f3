package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/soloprint/soloprint/internal/status"
	"github.com/soloprint/soloprint/web/page"
)

// status are the pages that say how the platform is: for people, and as JSON for programs. They are public, and the same for
// everybody.
func (c *Console) status() map[string]http.Handler {
	return map[string]http.Handler{
		"GET /status": guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Vary", "Accept")
			if asksJSON(r.Header) {
				writeStatus(w, c.Status(r.Context()))
				return
			}
			c.statusPage(w, r)
		})),
		"GET /status.json": guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { writeStatus(w, c.Status(r.Context())) })),
	}
}

// asksJSON reports whether a client names JSON and not HTML.
func asksJSON(h http.Header) bool {
	accept := h.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

func (c *Console) statusPage(w http.ResponseWriter, r *http.Request) {
	body, err := rendered(page.StatusPage(statusView(c.Status(r.Context()))))
	if err != nil {
		http.Error(w, "This page could not be made.", http.StatusInternalServerError)
		return
	}
	head(w, "text/html; charset=utf-8")
	_, _ = w.Write(body) // the reader is gone: nobody is left to tell
}

func writeStatus(w http.ResponseWriter, r status.Report) {
	head(w, "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(r) // as above
}

// head sets what both forms have in common: a copy is good for as long as the report itself.
func head(w http.ResponseWriter, kind string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=10")
}

// statusView is the report as the page shows it.
func statusView(r status.Report) page.Status {
	const minute = "2 January 2006, 15:04 UTC"
	words := map[status.State]string{status.OK: "All parts are well", status.Degraded: "Something is not well", status.Down: "Something does not work"}
	short := map[status.State]string{status.OK: "well", status.Degraded: "not well", status.Down: "down"}
	v := page.Status{Says: words[r.State], State: string(r.State), AsOf: r.AsOf.UTC().Format(minute)}
	titles := map[string]string{"platform": "Platform"}
	for _, p := range r.Parts {
		titles[p.Name] = p.Title
		v.Parts = append(v.Parts, page.StatusPart{Title: p.Title, State: string(p.State), Word: short[p.State], Says: p.Says})
	}
	for _, i := range r.Incidents {
		shown := page.StatusIncident{Title: i.Title, Part: titles[i.Part], Opened: i.OpenedAt.UTC().Format(minute)}
		if i.ClosedAt != nil {
			shown.Closed = i.ClosedAt.UTC().Format(minute)
		}
		for _, n := range i.Notes {
			shown.Notes = append(shown.Notes, page.StatusNote{At: n.At.UTC().Format(minute), Text: n.Text})
		}
		v.Incidents = append(v.Incidents, shown)
	}
	return v
}
