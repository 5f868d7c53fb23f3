package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// visit is one request of somebody who is signed in to the organization of its address.
type visit struct {
	context.Context // with actor, speaker and shell

	console *Console
	w       http.ResponseWriter
	r       *http.Request
	actor   *authz.Actor
	org     *org.ContextOutput
	shell   *component.Shell
	status  int // of the page; 0 = 200
}

// viewer makes a page.
type viewer func(*visit) (templ.Component, error)

// doer carries something out and says what happened; it leads back to where the form stood, or to another page.
type doer func(*visit) (done, error)

// done is what an action tells the person.
type done struct {
	component.Toast
	To   string          // path behind /o/{organization}/ that follows; "" = where the form says, or where it stood
	Page templ.Component // a page that is shown this once, instead of leading anywhere: what stands on it cannot be read again
}

// maxFields bounds the body of a form inside an organization, in bytes: some choose among hundreds of things.
const maxFields = 256 << 10

// uploadTime is how long a form with a file may take.
const uploadTime = 15 * time.Minute

// audience says for whom a page is.
type audience func(*authz.Actor) bool

func everybody(*authz.Actor) bool { return true }
func staff(a *authz.Actor) bool   { return a.Role != authz.RoleStudent || len(a.Can) > 0 }
func can(all ...authz.Capability) audience {
	return func(a *authz.Actor) bool { return a.HasAny(all...) }
}

// shown answers GET with a page.
func (c *Console) shown(who audience, view viewer) http.Handler {
	return guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, ok := c.visit(w, r, who)
		if !ok {
			return
		}
		p, err := view(v)
		if err != nil {
			c.fail(v, err)
			return
		}
		v.write(p)
	}))
}

// acted answers POST: it carries something out and leads to a page that says so.
func (c *Console) acted(who audience, act doer) http.Handler {
	return c.posted(maxFields, who, func(v *visit) {
		out, err := act(v)
		if err != nil {
			out = done{Toast: component.Toast{Text: v.problem(err), Bad: true}}
			if e := errs.From(err); e.Kind == errs.KindInternal {
				c.logged(v, err)
			}
		}
		v.leave(out)
	})
}

// filled answers POST of a form: what cannot be done shows the form again, with what was typed and what is wrong.
func (c *Console) filled(who audience, again viewer, act doer) http.Handler {
	return c.posted(maxFields, who, func(v *visit) {
		out, err := act(v)
		if err == nil {
			v.leave(out)
			return
		}
		c.again(v, again, err)
	})
}

// again shows a form again after an error.
func (c *Console) again(v *visit, view viewer, err error) {
	e := errs.From(err)
	v.status = statusOf(e.Kind)
	if v.status >= http.StatusInternalServerError {
		c.logged(v, err)
	}
	f := &component.Form{Values: v.r.PostForm, Problem: v.problem(err), Errors: map[string]string{}}
	for _, field := range e.Fields {
		f.Errors[field.Path] = field.Message
	}
	v.Context = component.WithForm(v.Context, f)
	p, err := view(v)
	if err != nil {
		c.fail(v, err)
		return
	}
	v.write(p)
}

// posted reads a form that one of our own pages sent.
func (c *Console) posted(limit int64, who audience, then func(*visit)) http.Handler {
	return guarded(c.ownSite(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		if limit == maxUpload {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime)) // a server that cannot set it keeps its own
		}
		parse := r.ParseForm
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			parse = func() error { return r.ParseMultipartForm(1 << 20) }
		}
		if err := parse(); err != nil {
			status := http.StatusBadRequest
			if large := new(http.MaxBytesError); errors.As(err, &large) {
				status = http.StatusRequestEntityTooLarge
			}
			http.Error(w, http.StatusText(status), status)
			return
		}
		if v, ok := c.visit(w, r, who); ok {
			then(v)
		}
	})))
}

// ownSite refuses forms of other sites.
func (c *Console) ownSite(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	if u, err := url.Parse(c.PublicURL); err == nil && u.Host != "" {
		_ = p.AddTrustedOrigin(u.Scheme + "://" + u.Host) // behind a proxy the Host header may differ
	}
	return p.Handler(next)
}

// visit finds out who is there, or answers by itself: a stranger signs in first, and what is not for this person is not there.
func (c *Console) visit(w http.ResponseWriter, r *http.Request, who audience) (*visit, bool) {
	slug := r.PathValue("organization")
	actor, err := c.Authenticate(r)
	if err == nil && actor != nil && actor.Kind != authz.KindSession {
		err = errs.New(errs.InvalidToken) // keys are for programs
	}
	if err == nil && actor != nil && c.Limit != nil {
		if err := c.Limit(w.Header(), r, actor); err != nil {
			c.later(w, errs.From(err))
			http.Error(w, errs.From(err).Details, http.StatusTooManyRequests)
			return nil, false
		}
	}
	v := &visit{Context: r.Context(), console: c, w: w, r: r, actor: actor}
	if err == nil && actor != nil {
		v.Context = authz.With(v.Context, actor)
		v.org, err = c.Org.Context(v.Context, org.ContextInput{})
	}
	if err != nil || actor == nil || v.org.Organization.Slug != slug {
		if e := errs.From(err); err != nil && e.Kind == errs.KindInternal {
			c.logged(v, err)
			http.Error(w, "Something went wrong here. Try again later.", http.StatusInternalServerError)
			return nil, false
		}
		c.ask(w, r, slug)
		return nil, false
	}
	if err := c.furnish(v); err != nil {
		c.logged(v, err)
		http.Error(w, "Something went wrong here. Try again later.", http.StatusInternalServerError)
		return nil, false
	}
	if !who(actor) {
		c.fail(v, errs.NotFound("page"))
		return nil, false
	}
	return v, true
}

// ask leads a stranger to the organization's sign-in page, and back afterwards.
func (c *Console) ask(w http.ResponseWriter, r *http.Request, slug string) {
	to := "/o/" + url.PathEscape(slug)
	if back := signin.Return(r.URL.RequestURI()); back != "" && r.Method == http.MethodGet {
		to += "?return_to=" + url.QueryEscape(back)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// write answers a page.
func (v *visit) write(p templ.Component) {
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	body, err := renderedFor(v, p)
	if err != nil {
		http.Error(v.w, "Something went wrong here. Try again later.", http.StatusInternalServerError)
		return
	}
	if v.status == 0 {
		v.status = http.StatusOK
	}
	v.console.send(v.w, v.r, v.status, body)
}

// problem is an error as a sentence. Faults of ours are not shown.
func (v *visit) problem(err error) string {
	e := errs.From(err)
	switch {
	case e.Kind == errs.KindInternal:
		return words.T(v, "error.ours", "id", v.w.Header().Get("X-Request-Id"))
	case e.Code == errs.PreconditionFailed:
		return words.T(v, "error.changed")
	case e.Kind == errs.KindNotFound:
		return words.T(v, "error.gone")
	case len(e.Fields) > 0 && v.status == 0: // no form shows what is wrong where it is wrong
		return words.T(v, "error.field", "name", strings.ReplaceAll(e.Fields[0].Path, "_", " "), "problem", e.Fields[0].Message)
	case len(e.Fields) > 0:
		return words.T(v, "error.fields", "n", len(e.Fields))
	case e.Details == "":
		return words.Or(v, "error."+string(e.Code), string(e.Code))
	}
	return e.Details
}

// fail answers an error as a page.
func (c *Console) fail(v *visit, err error) {
	e := errs.From(err)
	v.status = statusOf(e.Kind)
	if v.status >= http.StatusInternalServerError {
		c.logged(v, err)
	}
	v.write(page.ProblemPage(page.Problem{Missing: v.status == http.StatusNotFound, Text: v.problem(err), Request: v.w.Header().Get("X-Request-Id")}))
}

func (c *Console) logged(v *visit, err error) {
	if c.Log != nil {
		c.Log.Error("console", "path", v.r.URL.Path, "error", err)
	}
}

// statusOf is the status of a page about an error.
func statusOf(k errs.Kind) int {
	switch k {
	case errs.KindUnauthenticated:
		return http.StatusUnauthorized
	case errs.KindForbidden:
		return http.StatusForbidden
	case errs.KindNotFound:
		return http.StatusNotFound
	case errs.KindInvalid:
		return http.StatusBadRequest
	case errs.KindUnprocessable:
		return http.StatusUnprocessableEntity
	case errs.KindConflict:
		return http.StatusConflict
	case errs.KindRateLimited:
		return http.StatusTooManyRequests
	case errs.KindUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// leave leads to the page that follows, which says what happened.
func (v *visit) leave(d done) {
	if d.Page != nil {
		v.w.Header().Set("HX-Push-Url", v.base()+"/"+d.To)
		v.write(d.Page)
		return
	}
	if d.Text != "" {
		text, err := json.Marshal(d.Toast)
		if err == nil && len(text) < 3000 {
			http.SetCookie(v.w, v.note(base64.RawURLEncoding.EncodeToString(text)))
		}
	}
	to := v.base() + "/" + d.To
	if d.To == "" {
		to = v.back()
	}
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
}

// base is the path of the organization's pages.
func (v *visit) base() string { return "/o/" + url.PathEscape(v.org.Organization.Slug) }

// back is where the form stood: what it says itself, or the page it was sent from, on this organization's pages only.
func (v *visit) back() string {
	inside := func(to string) bool { return signin.Return(to) != "" && strings.HasPrefix(to, v.base()+"/") }
	if to := v.r.PostFormValue("return_to"); inside(to) {
		return to
	}
	if u, err := url.Parse(v.r.Referer()); err == nil && u.Host == v.r.Host && inside(u.RequestURI()) {
		return u.RequestURI()
	}
	return v.base() + "/" + start(v.actor)
}

// noteCookie carries what an action says to the page that follows it.
const noteCookie = "slp_note"

func (v *visit) note(value string) *http.Cookie {
	k := &http.Cookie{Name: noteCookie, Value: value, Path: v.base(), MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if value == "" {
		k.MaxAge = -1
	}
	return k
}

// toasts takes what the last action said. What another program may have put there is not believed: its way back must lead to
// this organization's pages, and a person has to press it.
func (v *visit) toasts() []component.Toast {
	k, err := v.r.Cookie(noteCookie)
	if err != nil || v.r.Method != http.MethodGet {
		return nil
	}
	http.SetCookie(v.w, v.note(""))
	var t component.Toast
	text, err := base64.RawURLEncoding.DecodeString(k.Value)
	if err != nil || json.Unmarshal(text, &t) != nil {
		return nil
	}
	if t.Undo != "" && (signin.Return(t.Undo) == "" || !strings.HasPrefix(t.Undo, v.base()+"/")) {
		t.Undo = ""
	}
	return []component.Toast{t}
}
