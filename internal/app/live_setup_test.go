package app_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/session"
	"github.com/soloprint/soloprint/internal/app"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
	"github.com/soloprint/soloprint/internal/testkit"
)

// patience is what a test waits for at most: the machine may be busy.
const patience = 20 * time.Second

// school is an organization with somebody who may do all.
type school struct {
	*testkit.Organization
	key string
}

// world is a server with two schools, on a port of its own.
type world struct {
	*testkit.Kit
	app      *app.App
	url      string
	us, them *school
}

// eachWorld runs a test on both databases.
func eachWorld(t *testing.T, test func(t *testing.T, w *world), with ...func(*live.Hub)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t, "", with...))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t, testkit.PostgresURL(t), with...))
	})
}

func newWorld(t *testing.T, databaseURL string, with ...func(*live.Hub)) *world {
	t.Helper()
	w := &world{app: serving(t, databaseURL, with...)}
	w.url = listening(t, w.app)
	w.Kit = testkit.NewKit(t, w.app.DB)
	w.us, w.them = w.school(t, "riverside"), w.school(t, "hillside")
	return w
}

// serving is a server that tells what happens, and does no other work.
func serving(t *testing.T, databaseURL string, with ...func(*live.Hub)) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{Addr: "127.0.0.1:0", Data: t.TempDir(), DatabaseURL: databaseURL, Volatile: true, Version: "test",
		MasterKey: base64.StdEncoding.EncodeToString(make([]byte, secret.KeySize)), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range with {
		change(a.Live)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var work sync.WaitGroup
	work.Go(func() { a.Live.Run(ctx) })
	work.Go(func() { a.Bus.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		work.Wait()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// listening is where the server answers. Its time limits are shorter than any stream.
func listening(t *testing.T, a *app.App) string {
	t.Helper()
	s := httptest.NewUnstartedServer(a.Handler())
	s.Config.ReadTimeout, s.Config.WriteTimeout, s.Config.IdleTimeout = 2*time.Second, 2*time.Second, time.Minute
	s.Start()
	t.Cleanup(s.Close)
	t.Cleanup(a.Live.Close)
	return s.URL
}

func (w *world) school(t *testing.T, slug string) *school {
	s := &school{Organization: w.Organization(t, slug)}
	s.key, _ = w.token(t, s.Organization, s.Owner, authz.Capabilities()...)
	return s
}

// token is a new API key of the member.
func (w *world) token(t *testing.T, o *testkit.Organization, m *ent.Membership, scopes ...authz.Capability) (token string, id pid.ID) {
	t.Helper()
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	id = pid.New("key")
	made, hash := w.app.Authn.NewKeyToken(id)
	w.Raw.APIKey.Create().SetID(id).SetOrganizationID(o.ID).SetName("test").SetPrefix(made.Display()).SetScopes(words).SetCreatedByID(m.ID).
		SetSecretHash(hash).ExecX(t.Context())
	return made.String(), id
}

// session is the token of a new session of the member.
func (w *world) session(t *testing.T, m *ent.Membership) string {
	t.Helper()
	token, _, err := w.app.Authn.OpenSession(t.Context(), m, session.OpenedByOperator)
	if err != nil {
		t.Fatal(err)
	}
	return token.String()
}

// send is a request with a token, its JSON body where it has one, and further headers.
func (w *world) send(t *testing.T, ctx context.Context, token, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	return sendTo(t, ctx, w.url, token, method, path, body, headers...)
}

func sendTo(t *testing.T, ctx context.Context, url, token, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// call is send for requests that must succeed, with the answer's JSON.
func (w *world) call(t *testing.T, token, method, path, body string) map[string]any {
	t.Helper()
	answer := w.send(t, t.Context(), token, method, path, body)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, answer.StatusCode, text, err)
	}
	var v map[string]any
	if len(text) > 0 && json.Unmarshal(text, &v) != nil {
		t.Fatalf("%s", text)
	}
	return v
}

// tag makes a printer tag: one event.
func (w *world) tag(t *testing.T, s *school, name string) {
	t.Helper()
	w.call(t, s.key, http.MethodPost, "/v1/platform/printer-tags", `{"name":"`+name+`"}`)
}

// frame is a message of a stream.
type frame struct {
	id, name, data string
	beat           bool
}

// event is what a frame tells.
type event struct {
	ID             pid.ID
	Sequence       int64
	Type           string
	OrganizationID string `json:"organization_id"`
	Data           struct{ Object map[string]any }
}

func (f frame) event(t *testing.T) (e event) {
	t.Helper()
	if err := json.Unmarshal([]byte(f.data), &e); err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	return e
}

// stream is Server-Sent Events as a browser reads them.
type stream struct {
	frames chan frame // closed at the end
	cut    func()
	header http.Header
}

// stream opens a stream; it is cut off at the end of the test at the latest.
func (w *world) stream(t *testing.T, token, query string, headers ...string) *stream {
	t.Helper()
	return openStream(t, w.url, token, http.MethodGet, "/v1/platform/events?stream=true"+query, "", headers...)
}

func openStream(t *testing.T, url, token, method, path, body string, headers ...string) *stream {
	t.Helper()
	ctx, cut := context.WithCancel(t.Context())
	answer := sendTo(t, ctx, url, token, method, path, body, headers...)
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		text, _ := io.ReadAll(answer.Body)
		t.Fatalf("%d %s %s", answer.StatusCode, answer.Header.Get("Content-Type"), text)
	}
	s := &stream{frames: make(chan frame, 1000), cut: cut, header: answer.Header}
	go s.read(answer.Body)
	t.Cleanup(cut)
	return s
}

func (s *stream) read(body io.ReadCloser) {
	defer close(s.frames)
	defer body.Close()
	var f frame
	for lines := bufio.NewReader(body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "":
			if value == "beat" {
				f.beat = true
			} else if line == "\n" {
				s.frames <- f
				f = frame{}
			}
		case "id":
			f.id = value
		case "event":
			f.name = value
		case "data":
			f.data = value
		}
	}
}

// next is the next frame; ok is false at the end of the stream.
func (s *stream) next(t *testing.T) (f frame, ok bool) {
	t.Helper()
	select {
	case f, ok = <-s.frames:
		return f, ok
	case <-time.After(patience):
		t.Fatal("nothing came")
		return f, false
	}
}

// told is the next event, past signs of life.
func (s *stream) told(t *testing.T) (frame, event) {
	t.Helper()
	for {
		f, ok := s.next(t)
		if !ok || f.name != "" {
			t.Fatalf("the stream ended: %+v", f)
		}
		if f.data != "" {
			return f, f.event(t)
		}
	}
}

// ended reads to the end and answers the code of the last word.
func (s *stream) ended(t *testing.T) errs.Code {
	t.Helper()
	var last struct{ Error errs.Code }
	for {
		f, ok := s.next(t)
		if !ok {
			return last.Error
		}
		if f.name == "end" {
			if err := json.Unmarshal([]byte(f.data), &last); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// names are those of the tags that the next n events tell of.
func (s *stream) names(t *testing.T, n int) string {
	t.Helper()
	var names []string
	for range n {
		_, e := s.told(t)
		names = append(names, fmt.Sprintf("%d %v", e.Sequence, e.Data.Object["name"]))
	}
	return strings.Join(names, ", ")
}
