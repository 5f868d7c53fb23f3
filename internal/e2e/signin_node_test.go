package e2e_test

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

//go:embed testdata/oidc/package.json
var oidcPackage []byte

//go:embed testdata/oidc/provider.mjs
var oidcProgram []byte

// certified is npm's oidc-provider, with the people whom it knows.
type certified struct {
	t    *testing.T
	dir  string
	port int
	url  string
}

// newCertified installs it, or skips where Node or npm's registry are not there, and says where it will be.
func newCertified(t *testing.T) *certified {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: the certified provider of npm is not asked", program)
		}
	}
	dir := t.TempDir()
	write := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("package.json", oidcPackage)
	write("provider.mjs", oidcProgram)
	install := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm has no registry here: %v\n%.500s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	return &certified{t, dir, port, fmt.Sprintf("http://127.0.0.1:%d", port)}
}

// run starts it for a server, which knows it by an identifier.
func (p *certified) run(s *server, id string, redirects ...string) {
	t, base := p.t, "http://"+s.addr
	t.Helper()
	settings, err := json.Marshal(object{"port": p.port, "client": "soloprint", "redirects": append(redirects, base+"/auth/callback"), "logout": base + "/sign-in",
		"back": base + "/auth/backchannel-logout/" + id})
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "node", "provider.mjs", string(settings))
	run.Dir = p.dir
	run.Stderr = &logged{t: t}
	out, err := run.StdoutPipe()
	if err == nil {
		err = run.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Process.Kill(); _ = run.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "listening") {
		t.Fatalf("the provider did not start: %q %v", line, err)
	}
}

// logged shows what a child says where the test fails.
type logged struct{ t *testing.T }

func (l *logged) Write(b []byte) (int, error) { l.t.Logf("provider: %.300s", b); return len(b), nil }

// knows says whom the provider knows, from the next sign-in on.
func (p *certified) knows(accounts object) {
	text, err := json.Marshal(accounts)
	if err == nil {
		err = os.WriteFile(filepath.Join(p.dir, "accounts.json"), text, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// browser goes from page to page as a person does: it follows redirects and refreshes, keeps cookies, fills in forms.
type browser struct {
	t    *testing.T
	http *http.Client
	at   *url.URL
	page string
	code int
	stop string // addresses that begin so are not gone to
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t}
	b.http = &http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		b.at = r.URL
		if b.stop != "" && strings.HasPrefix(r.URL.String(), b.stop) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b
}

var refreshes = regexp.MustCompile(`http-equiv="refresh" content="0;url=([^"]*)"`)

func (b *browser) send(r *http.Request) *browser {
	b.t.Helper()
	b.at = r.URL
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.page, b.code = string(body), res.StatusCode
	if to := refreshes.FindStringSubmatch(b.page); to != nil {
		return b.open(html.UnescapeString(to[1]))
	}
	return b
}

func (b *browser) open(address string) *browser {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.send(r)
}

var (
	forms  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	inputs = regexp.MustCompile(`<(?:input|button)[^>]*>`)
	named  = regexp.MustCompile(` name="([^"]*)"`)
	valued = regexp.MustCompile(` value="([^"]*)"`)
)

// submit sends the page's form whose action holds a word, with its hidden fields and what is typed.
func (b *browser) submit(action string, typed url.Values) *browser {
	b.t.Helper()
	for _, f := range forms.FindAllStringSubmatch(b.page, -1) {
		if !strings.Contains(f[1], action) {
			continue
		}
		values := url.Values{}
		for _, tag := range inputs.FindAllString(f[2], -1) {
			if name := named.FindStringSubmatch(tag); name != nil {
				value := append(valued.FindStringSubmatch(tag), "", "")[1]
				values.Set(name[1], html.UnescapeString(value))
			}
		}
		for name, v := range typed {
			values[name] = v
		}
		to, err := b.at.Parse(html.UnescapeString(f[1]))
		if err != nil {
			b.t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, to.String(), strings.NewReader(values.Encode()))
		if err != nil {
			b.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return b.send(r)
	}
	b.t.Fatalf("no form %q at %s (%d):\n%.2000s", action, b.at, b.code, b.page)
	return b
}

// signs in at the provider and agrees to what is asked.
func (b *browser) vouched(account string) *browser {
	b.t.Helper()
	for range 4 {
		switch {
		case strings.Contains(b.page, `name="login"`):
			b.submit("/interaction/", url.Values{"login": {account}, "password": {"any"}, "prompt": {"login"}})
		case strings.Contains(b.at.Path, "/interaction/"):
			b.submit("/interaction/", url.Values{"prompt": {"consent"}})
		default:
			return b
		}
	}
	return b
}

// TestCertifiedProvider signs people in by a browser through npm's oidc-provider: mapped into role, class and group, moved with
// the next sign-in, signed out by the back channel; and a front end of somebody's own by start and complete.
func TestCertifiedProvider(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		s := newServerIn(t, db, 1, dataDir(t), "SOLOPRINT_EGRESS_ALLOW_CIDRS=127.0.0.0/8")
		const front = "http://127.0.0.1:1/signed-in"
		p := newCertified(t)
		school, api := s.keys.OrganizationSlug, s.api(t)
		id := api.create("/v1/platform/sso/providers", object{"name": "Certified", "issuer": p.url, "client_id": "soloprint",
			"client_secret": "a secret of this test, which is long enough", "domains": []string{"certified.example"}, "redirect_uris": []string{front}, "auto_create": "active"}).text("id")
		s.command(t, "sso", "prove-domain", "--organization", school, "--provider", "certified", "--domain", "certified.example")
		api.patch("/v1/platform/sso/providers/"+id, object{"state": "enabled"})
		class := api.create("/v1/platform/classes", object{"name": "Robotics by SSO"}).text("id")
		group := api.create("/v1/platform/user-groups", object{"name": "Makers by SSO"}).text("id")
		for name, grants := range map[string]object{"Teachers": {"role": "teacher", "class_id": class, "is_teacher": true}, "Makers": {"user_group_id": group}, "Operators": {"role": "operator"}} {
			grants["provider_id"], grants["match"] = id, object{"claim": "groups", "operator": "equals", "value": name}
			api.create("/v1/platform/sso/group-mappings", grants)
		}
		ada := func(groups ...string) object {
			return object{"ada": object{"email": "ada@certified.example", "email_verified": true, "name": "Ada Certified", "groups": groups}}
		}
		p.knows(ada("Teachers", "Makers"))
		p.run(s, id, front)

		base := "http://" + s.addr
		b := newBrowser(t)
		b.open(base+"/sign-in").submit("/sign-in", url.Values{"email": {"ada@certified.example"}}).vouched("ada")
		me := b.me(base)
		if me.text("user.email") != "ada@certified.example" || me.text("memberships.0.role") != "teacher" {
			t.Fatalf("signed in at %s as %s", b.at, me.body)
		}
		member := api.get("/v1/org/users?q=ada@certified.example").text("data.0.id")
		s.isIn(t, member, "teacher", class, group, true)

		p.knows(ada("Operators")) // moved at the provider, and so here at the next sign-in
		b.open(base+"/o/"+school+"?again").submit("/auth/start", nil).vouched("ada")
		s.isIn(t, member, "operator", class, group, false)

		other := newBrowser(t) // a second browser of hers goes on
		other.open(base+"/o/"+school+"?again").submit("/auth/start", nil).vouched("ada")
		if a := other.me(base); a.status != http.StatusOK {
			t.Fatalf("the second browser: %d", a.status)
		}
		b.open(p.url+"/session/end").submit("/session/end/confirm", url.Values{"logout": {"yes"}})
		eventually(t, 10*time.Second, func() string {
			if a := b.me(base); a.status != http.StatusUnauthorized {
				return fmt.Sprintf("the back channel did not end the session: %d", a.status)
			}
			return ""
		})
		if a := other.me(base); a.status != http.StatusOK {
			t.Errorf("the other browser's session ended too: %d", a.status)
		}

		started := s.anonymous(t).get("/v1/org/sso/start?organization=" + school + "&redirect_uri=" + url.QueryEscape(front))
		third := newBrowser(t)
		third.stop = front
		third.open(started.text("authorization_url")).vouched("ada")
		back := third.at.Query()
		done := s.anonymous(t).do("POST", "/v1/org/sso/complete", object{"state": back.Get("state"), "code": back.Get("code"), "iss": back.Get("iss"), "binding": started.text("binding")})
		if done.status != http.StatusOK || done.text("membership.id") != member {
			t.Fatalf("complete: %d %s", done.status, done.body)
		}
		if a := newClient(t, s, done.text("access_token")).do("GET", "/v1/me", nil); a.status != http.StatusOK {
			t.Errorf("the bearer token: %d %s", a.status, a.body)
		}
	})
}

// me is who the browser is to the API, by its cookie.
func (b *browser) me(base string) reply {
	b.t.Helper()
	return client{t: b.t, base: base, http: b.http}.do("GET", "/v1/me", nil)
}

// isIn wants the member to be of the role, and in the class and group or in neither.
func (s *server) isIn(t *testing.T, member, role, class, group string, in bool) {
	t.Helper()
	u := s.api(t).get("/v1/org/users/" + member)
	if u.text("role") != role || strings.Contains(string(u.body), class) != in || strings.Contains(string(u.body), group) != in {
		t.Errorf("the member is %s", u.body)
	}
}
