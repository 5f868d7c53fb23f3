package web

import (
	"context"
	"net/http"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/web/page"
)

// maxToken bounds the token of a link: mails about many rules have longer ones.
const maxToken = 8 << 10

// unsubscribing are the pages behind the links of mails. GET shows a button, because mail programs open links by themselves;
// POST ends the mails, for the button and for the one click of RFC 8058.
func (c *Console) unsubscribing() map[string]http.Handler {
	return map[string]http.Handler{
		"GET " + notify.UnsubscribePath:  guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.subscription(w, r, c.Notify.Subscribed) })),
		"POST " + notify.UnsubscribePath: guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.subscription(w, r, c.Notify.Unsubscribe) })),
	}
}

// subscription shows what a link is about after something was done with it.
func (c *Console) subscription(w http.ResponseWriter, r *http.Request, do func(ctx context.Context, token string) (*notify.Subscription, error)) {
	v, status := page.Unsubscribe{Unknown: true}, http.StatusNotFound
	if token := r.URL.Query().Get("token"); len(token) <= maxToken {
		switch s, err := do(r.Context(), token); {
		case err == nil:
			v, status = page.Unsubscribe{Organization: s.Organization, Rules: s.Rules, Ended: s.Ended}, http.StatusOK
		case !errs.Is(err, errs.NotFound("notification_preference").Code):
			http.Error(w, "Something went wrong here. Try again later.", http.StatusInternalServerError)
			return
		}
	}
	body, err := rendered(page.UnsubscribePage(v))
	if err != nil {
		http.Error(w, "Something went wrong here. Try again later.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the link is a secret
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
