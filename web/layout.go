package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent/notification"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/words"
)

// say is a sentence in the language of the page.
func (v *visit) say(key string, values ...any) string { return words.T(v, key, values...) }

// furnish loads what stands around every page: who this is, where they may go, and how they write numbers.
func (c *Console) furnish(v *visit) error {
	me, err := c.Org.Me(v, org.MeInput{})
	if err != nil {
		return err
	}
	o := v.org.Organization
	v.Context = words.With(v.Context, c.Words.Speaker(words.Voice{Wishes: []string{me.User.Locale, o.Locale, "en"}, Locale: o.Locale, TimeZone: o.TimeZone, Currency: o.Currency, Now: c.Clock.Now()}))
	v.shell = &component.Shell{Organization: o.Name, Slug: o.Slug, Person: me.User.Name, Email: me.User.Email, Role: string(v.actor.Role), Theme: theme(v.r), Here: v.r.URL.RequestURI(), Shortcuts: true, Files: c.paths}
	if k, err := v.r.Cookie(shortcutsCookie); err == nil && k.Value == "off" {
		v.shell.Shortcuts = false
	}
	for _, m := range me.Memberships {
		if m.Organization.ID != o.ID {
			v.shell.Others = append(v.shell.Others, component.Place{Name: m.Organization.Name, Slug: m.Organization.Slug})
		}
	}
	if v.shell.Unread, err = c.Client.Notification.Query().Where(notification.MembershipID(v.actor.Membership), notification.ReadAtIsNil()).Limit(99).Count(v); err != nil {
		return err
	}
	counts, err := c.counts(v)
	if err != nil {
		return err
	}
	v.shell.Groups = c.navigation(v.actor, counts, strings.TrimPrefix(v.r.URL.Path, v.base()+"/"))
	v.shell.Toasts = v.toasts()
	v.Context = component.With(v.Context, v.shell)
	return nil
}

// counts are the numbers of the navigation.
type counts struct{ need, open, printers, low, hooks int }

// navigation is where somebody may go. here is the path of the page.
func (c *Console) navigation(a *authz.Actor, n counts, here string) []component.Group {
	groups := []component.Group{
		{Links: []component.Link{
			{Icon: "layout-dashboard", Key: "nav.dashboard", Path: "dashboard", Need: n.need},
			{Icon: "list-ordered", Key: "nav.queue", Path: "queue", All: n.open},
			{Icon: "printer", Key: "nav.printers", Path: "printers", All: n.printers},
			{Icon: "folder", Key: "nav.files", Path: "files"},
			{Icon: "history", Key: "nav.history", Path: "history"},
		}},
		{Key: "nav.materials.group", Links: []component.Link{
			{Icon: "circle-dot", Key: "nav.spools", Path: "spools"},
			{Icon: "palette", Key: "nav.materials.list", Path: "materials"},
			{Icon: "shopping-cart", Key: "nav.lowstock", Path: "low-stock", Low: n.low},
		}},
		{Key: "nav.people", Links: []component.Link{
			{Icon: "users", Key: "nav.users", Path: "users"},
			{Icon: "graduation-cap", Key: "nav.classes", Path: "classes"},
			{Icon: "shield-check", Key: "nav.groups", Path: "user-groups"},
			{Icon: "mail-plus", Key: "nav.invites", Path: "invites"},
		}},
		{Key: "nav.integrations", Links: []component.Link{
			{Icon: "key-round", Key: "nav.keys", Path: "api-keys"},
			{Icon: "webhook", Key: "nav.webhooks", Path: "webhooks", Need: n.hooks},
			{Icon: "bell-ring", Key: "nav.rules", Path: "notification-rules"},
		}},
		{Key: "nav.organization", Links: []component.Link{
			{Icon: "log-in", Key: "nav.sso", Path: "sso"},
			{Icon: "scroll-text", Key: "nav.audit", Path: "audit"},
			{Icon: "timer", Key: "nav.jobs", Path: "jobs"},
			{Icon: "settings", Key: "nav.settings", Path: "settings"},
		}},
	}
	if !staff(a) {
		groups = []component.Group{{Links: []component.Link{
			{Icon: "package-check", Key: "nav.mine", Path: "my-prints"},
			{Icon: "upload", Key: "nav.submit", Path: "submit"},
			{Icon: "graduation-cap", Key: "nav.myclasses", Path: "my-classes"},
		}}}
	}
	for i := range groups {
		groups[i].Links = slices.DeleteFunc(groups[i].Links, func(l component.Link) bool { return c.views[l.Path] == nil || !mayVisit(a, l.Path) })
		for j := range groups[i].Links {
			p := groups[i].Links[j].Path
			groups[i].Links[j].Now = here == p || strings.HasPrefix(here, p+"/")
		}
	}
	return slices.DeleteFunc(groups, func(g component.Group) bool { return len(g.Links) == 0 })
}

// start is the page on which somebody begins.
func start(a *authz.Actor) string {
	if staff(a) {
		return "dashboard"
	}
	return "my-prints"
}

// themeCookie and shortcutsCookie keep what a browser was told.
const (
	themeCookie     = "slp_theme"
	shortcutsCookie = "slp_shortcuts"
)

// theme is what the browser was told: light, dark, or as its machine does.
func theme(r *http.Request) string {
	if k, err := r.Cookie(themeCookie); err == nil && (k.Value == "light" || k.Value == "dark") {
		return k.Value
	}
	return "system"
}

// themed changes the theme of this browser.
func (c *Console) themed(w http.ResponseWriter, r *http.Request) {
	to := r.PostForm.Get("return_to")
	if u, err := url.Parse(to); err != nil || u.IsAbs() || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		to = "/"
	}
	http.SetCookie(w, &http.Cookie{Name: themeCookie, Value: r.PostForm.Get("theme"), Path: "/", Expires: time.Now().AddDate(1, 0, 0), SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// renderedFor renders a page with its visit's context.
func renderedFor(ctx context.Context, p templ.Component) ([]byte, error) {
	var b bytes.Buffer
	err := p.Render(ctx, &b)
	return b.Bytes(), err
}

// send answers a body, compressed to those who can read that.
func (c *Console) send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(body) > 1000 {
		var b bytes.Buffer
		z, ok := c.zippers.Get().(*gzip.Writer)
		if ok {
			z.Reset(&b)
		} else {
			z, _ = gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is one
		}
		_, _ = z.Write(body) // into memory
		_ = z.Close()
		c.zippers.Put(z)
		w.Header().Set("Content-Encoding", "gzip")
		body = b.Bytes()
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader is gone: nobody is left to tell
}
