package app_test

import (
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/soloprint/soloprint/internal/app"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/testkit"
)

const horses = "four small grey horses"

// signer is a browser on the pages of signing in with a password.
type signer struct {
	t     *testing.T
	app   *app.App
	clock *clock.Fake
	url   string
}

func newSigner(t *testing.T, publicURL string, more func(*app.Config)) *signer {
	t.Helper()
	s := &signer{t: t, clock: clock.NewFake(testkit.Start())}
	c := app.Config{Addr: "127.0.0.1:0", PublicURL: publicURL, Data: t.TempDir(), Clock: s.clock, Volatile: true, Log: slog.New(slog.DiscardHandler)}
	if more != nil {
		more(&c)
	}
	var err error
	if s.app, err = app.New(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.app.Close() })
	s.app.Passwords.Floor = 0
	if _, err := s.app.CreateOwner(t.Context(), app.NewOrganization{Slug: "riverside", Name: "Riverside", Kind: "school", TimeZone: "UTC", Currency: "USD", OwnerEmail: "Dana@riverside.example", OwnerPassword: horses}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.app.Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// seen is an answer to a browser.
type seen struct {
	status int
	header http.Header
	text   string
	cookie *http.Cookie
}

// send fills in a form, or opens a page where there is none. Headers are pairs.
func (s *signer) send(path string, form url.Values, headers ...string) seen {
	s.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	out := seen{status: a.StatusCode, header: a.Header, text: html.UnescapeString(string(text))}
	if all := a.Cookies(); len(all) == 1 {
		out.cookie = all[0]
	}
	if form != nil && a.StatusCode < 400 && strings.Contains(string(text), "<script") {
		s.t.Errorf("%s has a script", path)
	}
	return out
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func (s *signer) found(pattern, text string) string {
	s.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		s.t.Fatalf("no %s in:\n%s", pattern, text)
	}
	return m[1]
}

// me is who a session's token is.
func (s *signer) me(token string) int {
	s.t.Helper()
	return s.send("/v1/me", nil, "Authorization", "Bearer "+token).status
}

func TestSigningInOnThePages(t *testing.T) {
	s := newSigner(t, "http://print.lan", nil)
	first := s.send("/auth/password?organization=%22%3E%3Cscript%3E&email=x", nil)
	for _, word := range []string{`<label for="organization">`, `<label for="email">`, `<label for="password">`, `<label for="code">`, `autocomplete="current-password"`} {
		if first.status != 200 || !strings.Contains(first.text, word) {
			t.Errorf("the form, %d, has no %s", first.status, word)
		}
	}
	if policy := first.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}

	wrong := s.send("/auth/password", form("organization", `"><script>x`, "email", "dana@riverside.example", "password", horses+" no"))
	if wrong.status != 401 || wrong.cookie != nil || !strings.Contains(wrong.text, "That did not work") || !strings.Contains(wrong.text, "dana@riverside.example") || strings.Contains(wrong.text, horses) {
		t.Errorf("a wrong password: %d %v\n%s", wrong.status, wrong.cookie, wrong.text)
	}

	in := s.send("/auth/password", form("organization", "riverside", "email", "dana@riverside.example", "password", horses))
	if in.status != 200 || in.cookie == nil || in.cookie.Name != "slp_session" || in.cookie.Secure || !in.cookie.HttpOnly || in.cookie.SameSite != http.SameSiteLaxMode || s.me(in.cookie.Value) != 200 {
		t.Fatalf("signed in: %d %+v", in.status, in.cookie)
	}
	if !strings.Contains(in.text, "data:image/png;base64,") || !strings.Contains(in.header.Get("Content-Security-Policy"), "img-src data:") || !strings.Contains(in.text, "Not now") || in.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the app is offered: %v\n%s", in.header, in.text)
	}
	ticket, key := s.found(`name="ticket" value="([^"]+)"`, in.text), strings.ReplaceAll(s.found(`Key: <code>([A-Z2-7 ]+)</code>`, in.text), " ", "")
	again := s.send("/auth/password/totp", form("ticket", ticket, "code", "000000"))
	if again.status != 422 || again.cookie != nil || !strings.Contains(again.text, "is not the one that the app shows") || strings.ReplaceAll(s.found(`Key: <code>([A-Z2-7 ]+)</code>`, again.text), " ", "") != key {
		t.Errorf("a wrong code: %d\n%s", again.status, again.text)
	}
	code := func() string {
		c, err := totp.GenerateCode(key, s.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	done := s.send("/auth/password/totp", form("ticket", ticket, "code", code()))
	codes := regexp.MustCompile(`<code>([A-Z2-7-]{19})</code>`).FindAllStringSubmatch(done.text, -1)
	if done.status != 200 || len(codes) != 10 || done.cookie == nil || done.cookie.Value == in.cookie.Value || s.me(done.cookie.Value) != 200 {
		t.Errorf("the app is set up: %d %v\n%s", done.status, done.cookie, done.text)
	}
	if late := s.send("/auth/password/totp", form("ticket", ticket, "code", code())); late.status != 401 || late.cookie != nil {
		t.Errorf("the ticket once more: %d", late.status)
	}

	s.clock.Advance(time.Minute)
	for name, row := range map[string]struct {
		code   string
		status int
	}{"without a code": {"", 401}, "with the code": {code(), 303}, "with a recovery code": {codes[0][1], 303}} {
		a := s.send("/auth/password", form("email", "dana@riverside.example", "password", horses, "code", row.code))
		if a.status != row.status || (a.cookie != nil) != (row.status == 303) {
			t.Errorf("%s: %d %v", name, a.status, a.cookie)
		}
	}
	s.clock.Advance(time.Minute)
	for name, row := range map[string]struct {
		fresh, word string
		status      int
	}{"a weak one": {"password1234", "The new password is among the first that are tried", 422}} {
		a := s.send("/auth/password/change", form("email", "dana@riverside.example", "password", horses, "code", codes[1][1], "new", row.fresh))
		if a.status != row.status || !strings.Contains(a.text, row.word) || strings.Contains(a.text, row.fresh) || a.cookie != nil {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	changed := s.send("/auth/password/change", form("email", "dana@riverside.example", "password", horses, "code", codes[2][1], "new", horses+" ride"))
	if changed.status != 303 || changed.cookie == nil || s.me(changed.cookie.Value) != 200 || s.me(done.cookie.Value) != 401 {
		t.Errorf("changed: %d %v", changed.status, changed.cookie)
	}
	if err := s.app.Recover(t.Context(), "riverside", "dana@riverside.example", horses+" anew"); err != nil {
		t.Fatal(err)
	}
	if got := s.me(changed.cookie.Value); got != 401 {
		t.Errorf("after a rescue a session still opens: %d", got)
	}
}

func TestTheCookieOfAServerWithTLS(t *testing.T) {
	s := newSigner(t, "https://print.riverside.example", func(c *app.Config) { c.RequireTOTP = true })
	in := s.send("/auth/password", form("email", "dana@riverside.example", "password", horses))
	if in.status != 200 || in.cookie != nil || strings.Contains(in.text, "Not now") {
		t.Fatalf("an app is required: %d %v\n%s", in.status, in.cookie, in.text)
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(s.found(`Key: <code>([A-Z2-7 ]+)</code>`, in.text), " ", ""), s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	done := s.send("/auth/password/totp", form("ticket", s.found(`name="ticket" value="([^"]+)"`, in.text), "code", code))
	if c := done.cookie; c == nil || c.Name != "__Host-slp_session" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || s.me(c.Value) != 200 {
		t.Errorf("cookie %+v", c)
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	s := newSigner(t, "http://print.lan", func(c *app.Config) { c.Proxies = "127.0.0.0/8" })
	right := form("email", "dana@riverside.example", "password", horses)
	for name, row := range map[string]struct {
		form    url.Values
		headers []string
		status  int
	}{
		"another site's":             {right, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"another origin's":           {right, []string{"Origin", "https://evil.example"}, 403},
		"too large":                  {form("email", strings.Repeat("x", 20<<10)), nil, 413},
		"not a form":                 {right, []string{"Content-Type", "text/plain"}, 401},
		"bytes that are no text":     {form("email", "\xff\x00", "password", "\x00"), nil, 401},
		"the public address's":       {right, []string{"Origin", "http://print.lan"}, 200},
		"the same page's":            {right, []string{"Sec-Fetch-Site", "same-origin"}, 200},
		"a ticket that is none":      {nil, nil, 200},
		"percent signs that are not": {url.Values{"%zz": {"%"}}, nil, 401},
	} {
		if a := s.send("/auth/password", row.form, row.headers...); a.status != row.status || (a.cookie != nil) != (row.form != nil && row.status == 200) {
			t.Errorf("%s: %d, want %d, %v", name, a.status, row.status, a.cookie)
		}
	}
	if a := s.send("/auth/password/totp", form("ticket", "x", "code", "123456")); a.status != 401 {
		t.Errorf("a ticket that is none: %d", a.status)
	}
	if a := s.send("/auth/password?email=dana@riverside.example&password=four+small+grey+horses", nil); a.cookie != nil || strings.Contains(a.text, horses) {
		t.Error("a link signs in, or shows a password")
	}

	for n := range 6 {
		a := s.send("/auth/password", form("email", "dana@riverside.example", "password", "no"), "X-Forwarded-For", "203.0.113.9, 198.51.100.1")
		if n < 5 && a.status != 401 || n == 5 && (a.status != 429 || a.header.Get("Retry-After") != "180" || !strings.Contains(a.text, "Too many tries")) {
			t.Errorf("wrong password %d: %d %v", n, a.status, a.header)
		}
	}
	if a := s.send("/auth/password", right, "X-Forwarded-For", "198.51.100.1, 203.0.113.9"); a.status != 200 {
		t.Errorf("the owner elsewhere: %d", a.status)
	}
}
