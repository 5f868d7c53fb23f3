package web

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/password"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/web/page"
)

// maxForm bounds the body of a form, in bytes.
const maxForm = 16 << 10

// home is where somebody goes who has signed in.
const home = "/home"

// picturePolicy is contentPolicy for a page that holds its picture itself.
const picturePolicy = contentPolicy + "; img-src data:"

// passwords are the pages of signing in with a password. They work without scripts.
func (c *Console) passwords() map[string]http.Handler {
	return map[string]http.Handler{
		"GET /auth/password":         guarded(http.HandlerFunc(c.passwordPage)),
		"POST /auth/password":        policed(picturePolicy, c.sameSite(http.HandlerFunc(c.passwordSent))),
		"GET /auth/password/change":  guarded(http.HandlerFunc(c.changePage)),
		"POST /auth/password/change": policed(picturePolicy, c.sameSite(http.HandlerFunc(c.changeSent))),
		"POST /auth/password/totp":   policed(picturePolicy, c.sameSite(http.HandlerFunc(c.totpSent))),
	}
}

// sameSite refuses forms that another site sends, so that nobody is signed in to somebody else's account unawares, and limits
// strangers by address.
func (c *Console) sameSite(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	if u, err := url.Parse(c.PublicURL); err == nil && u.Host != "" {
		_ = p.AddTrustedOrigin(u.Scheme + "://" + u.Host) // behind a proxy the Host header may differ
	}
	return p.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.Limit != nil {
			if err := c.Limit(w.Header(), r, nil); err != nil {
				c.passwordForm(w, page.Password{}, err)
				return
			}
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			status := http.StatusBadRequest
			if large := new(http.MaxBytesError); errors.As(err, &large) {
				status = http.StatusRequestEntityTooLarge
			}
			http.Error(w, "The form cannot be read.", status)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

func (c *Console) passwordPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	show(w, http.StatusOK, page.PasswordPage(page.Password{Organization: q.Get("organization"), Email: q.Get("email")}))
}

// passwordSent signs in, and offers an authenticator app to who has none.
func (c *Console) passwordSent(w http.ResponseWriter, r *http.Request) {
	in := typed(r)
	done, err := c.Passwords.SignIn(r.Context(), in)
	if err == nil && done.Membership != nil {
		err = c.open(r.Context(), w, done.Membership)
	}
	switch {
	case err != nil:
		c.passwordForm(w, page.Password{Organization: in.Organization, Email: in.Email}, err)
	case done.Setup != nil:
		show(w, http.StatusOK, page.TOTPPage(setup(done.Setup, "")))
	default:
		http.Redirect(w, r, home, http.StatusSeeOther)
	}
}

func (c *Console) changePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	show(w, http.StatusOK, page.PasswordPage(page.Password{Organization: q.Get("organization"), Email: q.Get("email"), Change: true}))
}

// changeSent changes a password and signs in with it.
func (c *Console) changeSent(w http.ResponseWriter, r *http.Request) {
	in := password.ChangeInput{New: r.PostForm.Get("new"), SignInInput: typed(r)}
	m, err := c.Passwords.Change(r.Context(), in)
	if err == nil {
		err = c.open(r.Context(), w, m)
	}
	if err != nil {
		c.passwordForm(w, page.Password{Organization: in.Organization, Email: in.Email, Change: true}, err)
		return
	}
	http.Redirect(w, r, home, http.StatusSeeOther)
}

// typed is what stands in a form that signs in.
func typed(r *http.Request) password.SignInInput {
	return password.SignInInput{Organization: r.PostForm.Get("organization"), Email: r.PostForm.Get("email"), Password: r.PostForm.Get("password"), Code: r.PostForm.Get("code")}
}

// totpSent stores an authenticator app and shows the recovery codes.
func (c *Console) totpSent(w http.ResponseWriter, r *http.Request) {
	ticket := r.PostForm.Get("ticket")
	done, err := c.Passwords.ConfirmTOTP(r.Context(), password.ConfirmTOTPInput{Ticket: ticket, Code: r.PostForm.Get("code")})
	if errs.Is(err, errs.ValidationFailed) {
		again, agained := c.Passwords.Again(ticket)
		if agained == nil {
			show(w, http.StatusUnprocessableEntity, page.TOTPPage(setup(again, "The code "+errs.From(err).Fields[0].Message)))
			return
		}
		err = agained
	}
	if err == nil {
		err = c.open(r.Context(), w, done.Membership)
	}
	if err != nil {
		c.passwordForm(w, page.Password{}, err)
		return
	}
	show(w, http.StatusOK, page.RecoveryCodesPage(page.RecoveryCodes{Codes: done.RecoveryCodes, Next: home}))
}

// setup is an authenticator app as its page shows it.
func setup(s *password.Setup, problem string) page.TOTP {
	v := page.TOTP{Secret: spaced(s.Secret), URI: s.URI, Picture: "data:image/png;base64," + base64.StdEncoding.EncodeToString(s.PNG), Ticket: s.Ticket, Problem: problem}
	if !s.Required {
		v.Later = home
	}
	return v
}

// spaced puts a space after every fourth letter, for typing.
func spaced(text string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// passwordForm shows the form again, with what was typed but for the secrets, and why. What is no mail address may be a password
// that was typed into the wrong field.
func (c *Console) passwordForm(w http.ResponseWriter, v page.Password, err error) {
	if !strings.Contains(v.Email, "@") {
		v.Email = ""
	}
	e, status := errs.From(err), http.StatusInternalServerError
	switch e.Kind {
	case errs.KindUnauthenticated:
		status, v.Problem = http.StatusUnauthorized, e.Details
	case errs.KindUnprocessable:
		status, v.Problem = http.StatusUnprocessableEntity, e.Details
		if len(e.Fields) > 0 {
			v.Problem = "The new password " + e.Fields[0].Message + "."
		}
	case errs.KindRateLimited:
		status, v.Problem = c.later(w, e), e.Details
	default:
		v.Problem = "Something went wrong here. Try again later."
		if c.Log != nil {
			c.Log.Error("sign in with a password", "error", err)
		}
	}
	show(w, status, page.PasswordPage(v))
}

// later says when to try again, and answers the status of that.
func (c *Console) later(w http.ResponseWriter, e *errs.Error) int {
	wait := max(1, int((e.Retry+time.Second-1)/time.Second))
	if w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", strconv.Itoa(wait))
	}
	return http.StatusTooManyRequests
}

// open opens a session of who has signed in and gives it to the browser.
func (c *Console) open(ctx context.Context, w http.ResponseWriter, m *ent.Membership) error {
	token, ends, err := c.OpenSession(ctx, m)
	if err != nil {
		return err
	}
	http.SetCookie(w, c.cookie(signin.SessionCookie(c.PublicURL), token, ends))
	return nil
}

// show writes a page that is for one person.
func show(w http.ResponseWriter, status int, p templ.Component) {
	body, err := rendered(p)
	if err != nil {
		http.Error(w, "Something went wrong here. Try again later.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
