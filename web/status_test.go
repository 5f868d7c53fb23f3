package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/status"
)

func TestStatusForPeopleAndPrograms(t *testing.T) {
	at := time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)
	report := status.Report{State: status.Degraded, AsOf: at,
		Parts: []status.Part{{Name: "storage", Title: "File storage", State: status.Degraded, Says: "Slow <b>today</b>."}},
		Incidents: []status.Incident{
			{ID: "inc_2", Part: "storage", Title: "File storage: slow", OpenedAt: at},
			{ID: "inc_1", Part: "platform", Title: "We moved", OpenedAt: at.AddDate(0, 0, -3), ClosedAt: &at, Notes: []status.Note{{At: at, Text: "Done."}}},
		}}
	c := &Console{Status: func(context.Context) status.Report { return report }}
	routes := c.status()
	ask := func(path, accept string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept", accept)
		routes["GET "+path].ServeHTTP(w, r)
		return w
	}
	for name, row := range map[string]struct {
		path, accept, kind string
		words              []string
	}{
		"a browser sees a page": {"/status", "text/html,application/xhtml+xml,*/*", "text/html; charset=utf-8",
			[]string{"Something is not well", "File storage", "Slow &lt;b&gt;today", "not over yet", "We moved", "Done.", "2 April 2026, 08:00 UTC"}},
		"a program that asks for JSON has it": {"/status", "application/json", "application/json; charset=utf-8", []string{`"state":"degraded"`, `"closed_at":null`}},
		"by its name, too":                    {"/status.json", "*/*", "application/json; charset=utf-8", []string{`"as_of":"2026-04-02T08:00:00Z"`}},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(row.path, row.accept)
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != row.kind || w.Header().Get("Cache-Control") != "public, max-age=10" || w.Header().Get("Content-Security-Policy") == "" {
				t.Errorf("%d %v", w.Code, w.Header())
			}
			for _, word := range row.words {
				if !strings.Contains(w.Body.String(), word) {
					t.Errorf("it does not say %s:\n%s", word, w.Body)
				}
			}
			if strings.Contains(w.Body.String(), "<script") {
				t.Error("it needs a script")
			}
		})
	}
	var back status.Report
	if err := json.Unmarshal(ask("/status.json", "").Body.Bytes(), &back); err != nil || len(back.Incidents) != 2 || back.Incidents[1].Notes[0].Text != "Done." {
		t.Errorf("read back: %+v, %v", back, err)
	}
}
