package app_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/notify"
)

// postbox is a mail server that keeps what it is given.
type postbox chan notify.Mail

// Send implements notify.Mailer.
func (p postbox) Send(_ context.Context, m notify.Mail) error { p <- m; return nil }

// posting lets the server of the world mail into the box.
func (w *world) posting(t *testing.T) postbox {
	t.Helper()
	box := make(postbox, 100)
	w.app.API.Notify.Mail = box
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { w.app.Planner.Run(ctx) })
	work.Go(func() { w.app.Sender.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	return box
}

func (p postbox) next(t *testing.T) notify.Mail {
	t.Helper()
	select {
	case m := <-p:
		return m
	case <-time.After(patience):
		t.Fatal("no mail came")
		return notify.Mail{}
	}
}

// page asks for a page as somebody does who never signed in.
func (w *world) page(t *testing.T, method, path string) (status int, header http.Header, text string) {
	t.Helper()
	body, kind := "", ""
	if method == http.MethodPost { // as RFC 8058 has it
		body, kind = "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"
	}
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(all)
}

// The link of a mail leads to a page with a button; opening it, however often and by whatever program, changes nothing, and
// posting to it ends the mails of that rule to that person. It needs no session, and does nothing for who altered it.
func TestUnsubscribeOverHTTP(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		box := w.posting(t)
		for _, name := range []string{"<b>Tags</b>", "Printers"} {
			w.call(t, w.us.key, http.MethodPost, "/v1/platform/notification-rules", `{"name":"`+name+`","event_types":["printer_tag.created"],"audience":{"roles":["owner"]},"channels":["email"]}`)
		}
		owner := w.session(t, w.us.Owner)
		mailed := func() (on string) {
			for _, p := range w.call(t, owner, http.MethodGet, "/v1/platform/notification-preferences", "")["data"].([]any) {
				if p := p.(map[string]any); p["email"] == true && (p["name"] == "<b>Tags</b>" || p["name"] == "Printers") {
					on += " " + p["name"].(string)
				}
			}
			return on
		}
		w.tag(t, w.us, "PETG")
		first, second := box.next(t), box.next(t)
		if !strings.Contains(first.HTML, "&lt;b&gt;Tags") { // one mail for each rule, in no order
			first, second = second, first
		}
		link, err := url.Parse(first.Unsubscribe)
		if err != nil || link.Path != notify.UnsubscribePath || first.Unsubscribe == second.Unsubscribe {
			t.Fatalf("%s, %s: %v", first.Unsubscribe, second.Unsubscribe, err)
		}
		path, token := link.RequestURI(), link.Query().Get("token")
		for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodGet} {
			status, header, text := w.page(t, method, path)
			if status != 200 || header.Get("Cache-Control") != "no-store" || header.Get("Referrer-Policy") != "no-referrer" || header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s: %d %v", method, status, header)
			}
			if method == http.MethodGet && (!strings.Contains(text, `<form method="post">`) || !strings.Contains(text, html.EscapeString("<b>Tags</b>")) || strings.Contains(text, "<b>") || strings.Contains(text, "<script")) {
				t.Errorf("the page is %s", text)
			}
		}
		for name, other := range map[string]string{
			"no token": "", "half of it": token[:len(token)/2], "unsigned": token[:strings.Index(token, ".")+1], "one letter is another": strings.Map(turned(token), token),
			"a very long one": strings.Repeat("a", 20<<10), "nonsense": "\x00\xff",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if status, _, text := w.page(t, method, notify.UnsubscribePath+"?"+url.Values{"token": {other}}.Encode()); status != 404 || !strings.Contains(text, "not valid") {
					t.Errorf("%s, %s: %d", method, name, status)
				}
			}
		}
		if got := mailed(); got != " <b>Tags</b> Printers" {
			t.Errorf("mailed by%s before anybody posted", got)
		}
		for range 2 {
			if status, _, text := w.page(t, http.MethodPost, path); status != 200 || !strings.Contains(text, "no more mails") || strings.Contains(text, "<form") {
				t.Errorf("%d %s", status, text)
			}
		}
		if got := mailed(); got != " Printers" {
			t.Errorf("mailed by%s afterwards", got)
		}
		w.tag(t, w.us, "PLA")
		if m := box.next(t); m.Unsubscribe != second.Unsubscribe {
			t.Errorf("the rule that was ended mails: %s", m.Subject)
		}
		w.tag(t, w.us, "ASA")
		if m := box.next(t); m.Unsubscribe != second.Unsubscribe {
			t.Errorf("the rule that was ended mails: %s", m.Subject)
		}
	})
}

// turned makes another letter of each first one of a text.
func turned(text string) func(rune) rune {
	first := rune(text[0])
	return func(r rune) rune {
		if r == first {
			return 'A' + (r+1-'A')%26
		}
		return r
	}
}
