package e2e_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// leastSecrets is how many secrets a run has at least.
const leastSecrets = 30

// marker stands in names that are no secrets: what is searched has to have it, or it was not searched.
const marker = "findable-gear-4711"

// vault is a server whose owner uses everything that takes or makes a secret, by the interfaces there are, and what was seen of it
// meanwhile.
type vault struct {
	*server
	t       *testing.T
	owner   client
	secrets map[string]string // by what they are

	mu   sync.Mutex
	seen bytes.Buffer // answers that are not to show a secret: refusals, and everything that is read
	sent bytes.Buffer // what receivers of webhooks and chats were sent, without the signatures
}

// RoundTrip implements http.RoundTripper: it keeps the answers that are not to show a secret.
func (v *vault) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.Method == http.MethodPost && (a.StatusCode < 400 || r.URL.Path == "/auth/password/totp") {
		return a, err // what is made is shown, this once; an app's key also where its code was mistyped
	}
	body, err := io.ReadAll(a.Body)
	_ = a.Body.Close()
	v.mu.Lock()
	defer v.mu.Unlock()
	_, _ = fmt.Fprintf(&v.seen, "%s: %d %v\n%s\n", r.Method, a.StatusCode, a.Header, body)
	a.Body = io.NopCloser(bytes.NewReader(body))
	return a, err
}

// is notes a secret.
func (v *vault) is(what, secret string) string {
	v.t.Helper()
	if len(secret) < 8 {
		v.t.Fatalf("%s is no secret: %q", what, secret)
	}
	v.secrets[fmt.Sprintf("%s (%d)", what, len(v.secrets))] = secret
	return secret
}

// given is a secret that somebody types, of letters that are written otherwise in an address, JSON or HTML.
func (v *vault) given(what string) string {
	raw := sha(fmt.Sprint(what, len(v.secrets), v.dir))
	return v.is(what, "s3<&>"+raw[:20]+"+/ é"+raw[20:26])
}

func sha(text string) string {
	return hex.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(text))))[8:60]
}

// tokens notes every token in a text.
func (v *vault) tokens(what, text string) {
	v.t.Helper()
	all := regexp.MustCompile(`slp_[a-z]+_[0-9a-z]+_([0-9A-Za-z]{43})_[0-9A-Za-z]{6}`).FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		v.t.Fatalf("%s has no token: %s", what, text)
	}
	for _, m := range all {
		v.is(what, m[1])
	}
}

// run gives a command of the operator, with a line of standard input.
func (v *vault) run(in string, args ...string) string {
	v.t.Helper()
	path, err := binary()
	if err != nil {
		v.t.Fatal(err)
	}
	c := exec.Command(path, append(append(args, "--data", v.dir), v.db.flags()...)...)
	c.Env, c.Stdin = environment(), strings.NewReader(in)
	out, err := c.CombinedOutput()
	if err != nil {
		v.t.Fatalf("%v: %v %s", args, err, out)
	}
	return string(out)
}

// post makes something and notes what its answer shows this once.
func (v *vault) post(path string, body object, headers ...string) reply {
	v.t.Helper()
	a := v.owner.do("POST", path, body, headers...)
	if a.status >= 300 {
		v.t.Fatalf("POST %s: %d %s", path, a.status, a.body)
	}
	return a
}

// page sends a form as a browser does.
func (v *vault) page(path string, pairs ...string) (text string, cookies []*http.Cookie) {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	c := &http.Client{Transport: v, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := c.PostForm("http://"+v.addr+path, form)
	if err != nil {
		v.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return html.UnescapeString(string(body)), a.Cookies()
}

// receiver answers what it was sent, as a careless one does, and refuses some of it.
func (v *vault) receiver(status int) string {
	r := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		v.mu.Lock()
		if r.Header.Get("Authorization") != "" { // the chat alone has a password
			v.sent.WriteString("chat: ")
		}
		_, _ = fmt.Fprintf(&v.sent, "%s\n", body)
		v.mu.Unlock()
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	v.t.Cleanup(r.Close)
	return r.URL
}

func newVault(t *testing.T, db database) *vault {
	t.Helper()
	v := &vault{t: t, secrets: map[string]string{}}
	v.server = &server{db: db, dir: dataDir(t), addr: freeAddress(t), serve: []string{"serve", "--speed", "60"}}
	if db.path == sqliteInData {
		v.db.path = filepath.Join(v.dir, "soloprint.db")
	}
	smtp := v.given("password of the mail server")
	v.settings = []string{"SOLOPRINT_EGRESS_ALLOW_CIDRS=127.0.0.0/8", "SOLOPRINT_SMTP_URL=smtp://" + url.UserPassword("mailer", smtp).String() + "@127.0.0.1:9?from=print@riverside.example"}
	t.Cleanup(func() { v.kill(t) })
	v.start(t)
	return v
}

// people makes owners, rescues one, and signs in with everything that there is.
func (v *vault) people() {
	first, second := v.given("first password"), v.given("second password")
	v.run(first+"\n", "user", "create-owner", "--organization", "riverside", "--organization-name", "School of "+marker, "--email", "dana@riverside.example")
	key := v.run("", "apikey", "create", "--organization", "riverside", "--name", "first "+marker, "--scopes", "all")
	v.tokens("first API key", key)
	v.owner = newClient(v.t, v.server, strings.TrimSpace(key))
	v.owner.http = &http.Client{Transport: v, Timeout: time.Minute}
	v.tokens("session of the operator's", v.run("", "user", "token", "--email", "dana@riverside.example"))

	v.page("/auth/password", "email", "dana@riverside.example", "password", v.given("wrong password"), "code", "123456")
	v.page("/auth/password", "email", v.given("password typed as a mail address"), "password", "x")
	in, cookies := v.page("/auth/password", "email", "dana@riverside.example", "password", first)
	v.tokens("session of a password", fmt.Sprint(cookies))
	seed := strings.ReplaceAll(regexp.MustCompile(`Key: <code>([A-Z2-7 ]+)</code>`).FindStringSubmatch(in)[1], " ", "")
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed)
	if err != nil {
		v.t.Fatal(err)
	}
	v.is("key of an authenticator app", seed)
	v.is("key of an authenticator app, as bytes", string(raw))
	ticket := v.is("ticket", regexp.MustCompile(`name="ticket" value="([^"]+)"`).FindStringSubmatch(in)[1])
	v.page("/auth/password/totp", "ticket", ticket, "code", "000000")
	code, err := totp.GenerateCode(seed, time.Now())
	if err != nil {
		v.t.Fatal(err)
	}
	done, cookies := v.page("/auth/password/totp", "ticket", ticket, "code", code)
	v.tokens("session of an authenticator app", fmt.Sprint(cookies))
	codes := regexp.MustCompile(`<code>([A-Z2-7-]{19})</code>`).FindAllStringSubmatch(done, -1)
	if len(codes) != 10 {
		v.t.Fatalf("recovery codes: %s", done)
	}
	for _, c := range codes {
		v.is("recovery code", strings.ReplaceAll(c[1], "-", ""))
	}
	_, cookies = v.page("/auth/password", "email", "dana@riverside.example", "password", first, "code", codes[0][1])
	v.tokens("session of a recovery code", fmt.Sprint(cookies))
	v.run(second+"\n", "user", "recover", "--organization", "riverside", "--email", "dana@riverside.example")
	made := v.run("", "user", "create-owner", "--organization", "riverside", "--email", "second@riverside.example", "--generate")
	v.is("generated password", regexp.MustCompile(`this once: (\S+)`).FindStringSubmatch(made)[1])
}

// integrations makes everything that holds a secret or makes one.
func (v *vault) integrations() {
	for n, keyed := range []string{"", "idempotency-of-a-key"} {
		headers := []string{}
		if keyed != "" {
			headers = []string{"Idempotency-Key", keyed}
		}
		k := v.post("/v1/platform/api-keys", object{"name": fmt.Sprint("key ", n), "scopes": []string{"operations.read"}}, headers...)
		v.tokens("API key", string(k.body))
		v.tokens("rotated API key", string(v.post("/v1/platform/api-keys/"+k.text("id")+"/rotate", object{}, headers...).body))
		good, bad := v.receiver(204), v.receiver(500)
		for _, at := range []string{good, bad} {
			w := v.post("/v1/platform/webhooks", object{"name": "hook", "endpoint_url": at, "subscriptions": []string{"*"}}, headers...)
			v.is("secret of a webhook", strings.TrimPrefix(w.text("secret"), "whsec_"))
			v.is("rotated secret of a webhook", strings.TrimPrefix(v.post("/v1/platform/webhooks/"+w.text("id")+"/rotate-secret", object{}).text("secret"), "whsec_"))
			headers = nil
		}
	}
	invite := v.post("/v1/org/invites", object{"email": "guest@riverside.example", "role": "teacher"}, "Idempotency-Key", "idempotency-of-an-invite")
	v.tokens("invitation", string(invite.body))
	v.tokens("invitation sent again", string(v.post("/v1/org/invites/"+regexp.MustCompile(`"id": ?"(inv_[^"]+)"`).FindStringSubmatch(string(invite.body))[1]+"/resend", object{}).body))

	for _, profile := range []string{"other", "keycloak"} {
		secret := v.given("client secret")
		p := v.post("/v1/platform/sso/providers", object{"name": profile, "profile": profile, "issuer": v.receiver(404), "client_id": "x", "client_secret": secret}, "Idempotency-Key", "idempotency-"+profile)
		v.owner.patch("/v1/platform/sso/providers/"+p.text("id"), object{"client_secret": v.given("new client secret")})
		v.owner.do("POST", "/v1/platform/sso/providers/"+p.text("id")+"/test", object{})
	}
	printer := v.post("/v1/printers", object{"name": "Printer " + marker, "connector": object{"kind": "virtual", "secret": v.given("secret of a printer")}}, "Idempotency-Key", "idempotency-of-a-printer")
	v.owner.patch("/v1/printers/"+printer.text("id"), object{"connector": object{"secret": v.given("new secret of a printer")}})
	for _, at := range []string{v.receiver(200), v.receiver(500)} {
		chat := strings.TrimPrefix(at, "http://")
		v.post("/v1/platform/notification-rules", object{"name": "rule", "event_types": []string{"printer_tag.*"}, "audience": object{"roles": []string{"owner"}}, "channels": []string{"in_app", "email", "webhook", "chat"},
			"webhook_url": at + "/" + url.PathEscape(v.given("address of a rule")), "chat_url": "ntfy://" + url.UserPassword("bot", v.given("password of a chat")).String() + "@" + chat + "/topic?scheme=http"})
	}
	v.post("/v1/files/upload-from-url", object{"name": "x.gcode", "url": v.receiver(404) + "/" + url.PathEscape(v.given("address of a file")) + "?token=" + url.QueryEscape(v.given("token of a file"))})
}

// work lets things happen, and asks for everything that can be read.
func (v *vault) work() {
	for n := range 3 {
		v.post("/v1/platform/printer-tags", object{"name": fmt.Sprint("tag ", n, " ", marker)})
	}
	v.post("/v1/platform/queue", object{"name": "Item " + marker})
	eventually(v.t, 30*time.Second, func() string {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, word := range []string{`"type":"printer_tag.created"`, `"event_type":"printer_tag.created"`, "chat: "} {
			if n := strings.Count(v.sent.String(), word); n < 4 {
				return fmt.Sprintf("receivers were sent %s %d times", word, n)
			}
		}
		return ""
	})
	eventually(v.t, 30*time.Second, func() (say string) {
		v.db.read(v.t, func(w *view) {
			for _, channel := range []string{"email", "chat", "webhook"} {
				if w.count("SELECT COUNT(*) FROM notification_messages WHERE channel = ? AND error <> ''", channel) == 0 {
					say = "nothing has failed yet by " + channel
				}
			}
		})
		return say
	})
	for _, path := range []string{"/v1/platform/api-keys", "/v1/platform/webhooks", "/v1/platform/webhook-deliveries?limit=100", "/v1/org/invites", "/v1/platform/sso/providers", "/v1/printers",
		"/v1/platform/notification-rules", "/v1/platform/notifications", "/v1/org/audit-log?limit=100", "/v1/platform/events?limit=100", "/v1/files", "/v1/org/users", "/v1/me", "/metrics", "/status.json"} {
		v.owner.do("GET", path, nil)
	}
	for _, d := range v.owner.get("/v1/platform/webhook-deliveries?limit=20").list("data") {
		v.owner.do("GET", "/v1/platform/webhook-deliveries/"+d.text("id"), nil)
	}
}

// mistakes sends every secret where it does not belong.
func (v *vault) mistakes() {
	stranger := v.owner
	stranger.token = ""
	for what, secret := range v.secrets {
		if strings.Contains(what, "bytes") {
			continue
		}
		quoted, _ := json.Marshal(secret)
		text := string(quoted)
		for _, body := range []string{`{"client_secret":` + text, `{"name":"x","client_id":"x","client_secret":` + text + `,"nope":` + text + `}`, `{"name":` + text + `,"profile":` + text + `}`} {
			if a := v.owner.do("POST", "/v1/platform/sso/providers", []byte(body)); a.status < 400 {
				v.t.Errorf("%s is taken: %s", body, a.body)
			}
		}
		v.owner.do("POST", "/v1/printers", []byte(`{"name":"x","connector":{"kind":"octoprint","secret":`+text+`,"options":{"password":`+text+`}}}`))
		v.owner.do("GET", "/v1/printers?api_key="+url.QueryEscape(secret), nil)
		v.owner.do("GET", "/v1/printers/"+url.PathEscape(secret), nil)
		stranger.do("GET", "/v1/printers", nil, "Authorization", "Bearer "+strings.Map(visible, secret))
		v.owner.do("POST", "/graphql", object{"query": "mutation($s: String!) { createWebhook(input: {secret: $s}) { id } }", "variables": object{"s": secret}})
	}
}

// visible leaves what a header may hold.
func visible(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

// search fails the test where a text has a secret.
func (v *vault) search(place string, text []byte) {
	v.t.Helper()
	for what, secret := range v.secrets {
		if how, i := find(text, secret); i >= 0 {
			v.t.Errorf("%s is in %s as %s: …%q…", what, place, how, text[max(0, i-120):min(len(text), i+20)])
		}
	}
}

// files searches the whole data folder but for the key: database, write-ahead log, backups, log, stored files.
func (v *vault) files() {
	v.t.Helper()
	err := filepath.WalkDir(v.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "master.key" {
			return err
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		name, _ := filepath.Rel(v.dir, path)
		v.search(name, text)
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
}

// dump is all that a PostgreSQL database holds, as text: bytes are in hex.
func (v *vault) dump() []byte {
	v.t.Helper()
	var all bytes.Buffer
	v.db.read(v.t, func(w *view) {
		for _, table := range w.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()") {
			for _, row := range w.rows(`SELECT t::text FROM "` + text(table[0]) + `" t`) {
				all.WriteString(text(row[0]) + "\n")
			}
		}
	})
	out, err := exec.Command("pg_dump", "--inserts", v.db.url).Output()
	if err == nil {
		all.Write(out)
	} else {
		v.t.Logf("no pg_dump of the server's version: the tables alone were read: %v", err)
	}
	return all.Bytes()
}

// After a school has used everything that holds a secret, none of them is found in what lies on the disk, what is written to the
// log, what the metrics say, and what was answered to mistakes; and a copied database is of no use without its key.
func TestSecretsAtRest(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db database) {
		v := newVault(t, db)
		v.people()
		v.integrations()
		v.work()
		v.mistakes()
		v.run("", "jobs", "run", "backup")
		if len(v.secrets) < leastSecrets {
			t.Fatalf("%d secrets", len(v.secrets))
		}
		t.Logf("%d secrets", len(v.secrets))

		v.files() // while it runs, with its write-ahead log
		v.mu.Lock()
		v.search("answers", v.seen.Bytes())
		v.search("messages", v.sent.Bytes())
		seen := v.seen.String()
		if told := seen + v.sent.String(); strings.Contains(told, "$argon2id$") {
			t.Error("the hash of a password is told")
		}
		v.mu.Unlock()
		for _, word := range []string{marker, "soloprint_", `"sign_in_failed"`[1:8], "validation_failed", "invalid_json"} {
			if !strings.Contains(seen, word) {
				t.Errorf("the answers do not have %q: they were not searched", word)
			}
		}
		if db.url != "" {
			dump := v.dump()
			v.search("the dump", dump)
			if !bytes.Contains(dump, []byte(marker)) {
				t.Error("the dump was not searched")
			}
		} else {
			v.has("backups/*.db", marker)
		}
		v.has("server.log", `"msg":"sign-in with a password refused"`)
		if err := v.stop(t); err != nil {
			t.Errorf("it ended with %v", err)
		}
		v.files()
		if db.url == "" {
			v.has("soloprint.db", marker)
		}
		v.stolen()
	})
}

// has makes sure that a file was searched: it has a word that is no secret.
func (v *vault) has(pattern, word string) {
	v.t.Helper()
	found, _ := filepath.Glob(filepath.Join(v.dir, pattern))
	if len(found) == 0 {
		v.t.Fatalf("there is no %s", pattern)
	}
	text, err := os.ReadFile(found[0])
	if err != nil || !bytes.Contains(text, []byte(word)) {
		v.t.Errorf("%s does not have %q: it was not searched: %v", found[0], word, err)
	}
}

// stolen starts a server on a copy of the database, with the key of somebody else.
func (v *vault) stolen() {
	v.t.Helper()
	copied := dataDir(v.t)
	if v.db.url == "" {
		text, err := os.ReadFile(v.db.path)
		if err != nil {
			v.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, "soloprint.db"), text, 0o600); err != nil {
			v.t.Fatal(err)
		}
	}
	path, err := binary()
	if err != nil {
		v.t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"without a key": {"serve", "--addr", freeAddress(v.t)}, "with another key": {"serve", "--addr", freeAddress(v.t), "--master-key", base64.StdEncoding.EncodeToString(make([]byte, 32))},
		"a command": {"apikey", "create", "--organization", "riverside", "--name", "stolen"},
	} {
		c := exec.Command(path, append(append(args, "--data", copied), v.db.flags()...)...)
		c.Env = environment()
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "the master key is not the one") {
			v.t.Errorf("%s a copied database opens: %v %s", name, err, out)
		}
		v.search("what it says "+name, out)
	}
}
