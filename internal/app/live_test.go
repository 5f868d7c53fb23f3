package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestTheStreamTellsWhatHappensInItsOrganizationOnly(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.tag(t, w.us, "before")
		ours, theirs := w.stream(t, w.us.key, ""), w.stream(t, w.them.key, "")
		for i := range 3 {
			w.tag(t, w.us, fmt.Sprint("ours ", i))
			w.tag(t, w.them, fmt.Sprint("theirs ", i))
		}
		if got := ours.names(t, 3); got != "2 ours 0, 3 ours 1, 4 ours 2" {
			t.Errorf("ours: %s", got)
		}
		if got := theirs.names(t, 3); got != "1 theirs 0, 2 theirs 1, 3 theirs 2" {
			t.Errorf("theirs: %s", got)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "", "X-SoLoPrint-API-Series": "v1"} {
			if got := ours.header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	})
}

// What a list has told ends where a stream begins, and the other way round.
func TestListAndStreamShareTheirPlaces(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for i := range 5 {
			w.tag(t, w.us, fmt.Sprint("tag ", i))
		}
		page := w.call(t, w.us.key, http.MethodGet, "/v1/platform/events?limit=2", "")
		s := w.stream(t, w.us.key, "&after="+page["next_cursor"].(string))
		f, first := s.told(t)
		if first.Sequence != 3 {
			t.Errorf("the stream goes on with %d", first.Sequence)
		}
		rest := w.call(t, w.us.key, http.MethodGet, "/v1/platform/events?cursor="+f.id, "")["data"].([]any)
		if len(rest) != 2 || rest[0].(map[string]any)["sequence"] != 4.0 {
			t.Errorf("the list goes on with %v", rest)
		}
		_, streamed := s.told(t)
		listed, err := json.Marshal(rest[0])
		if err != nil {
			t.Fatal(err)
		}
		if again := (frame{data: string(listed)}).event(t); fmt.Sprint(again) != fmt.Sprint(streamed) {
			t.Errorf("the stream tells %v, the list %v", streamed, again)
		}
		narrow := w.stream(t, w.us.key, "&types=printer.*&after="+url.QueryEscape(page["next_cursor"].(string)))
		w.us.Printer(t, "ada", 1)
		w.call(t, w.us.key, http.MethodPost, "/v1/printers", `{"name":"bea","model":"MK4","connector":{"kind":"virtual"}}`)
		if _, e := narrow.told(t); e.Type != "printer.created" {
			t.Errorf("of printers it tells %s", e.Type)
		}
	})
}

// Every event comes once and in order, however often the stream is cut off and wherever it goes on.
func TestAStreamThatIsCutOffGoesOnWhereItWas(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const events, each = 60, 7
		made := make(chan struct{})
		go func() {
			defer close(made)
			for i := range events {
				w.tag(t, w.us, fmt.Sprint("tag ", i))
			}
		}()
		last, next := "", int64(1)
		for next <= events {
			query, headers := "&after="+zero(w, t), []string(nil)
			if last != "" { // as a browser does: the address stays, the header says where it was
				headers = []string{"Last-Event-ID", last}
			}
			s := w.stream(t, w.us.key, query, headers...)
			for range min(each, events-next+1) {
				f, e := s.told(t)
				if e.Sequence != next {
					t.Fatalf("%d came, not %d", e.Sequence, next)
				}
				last, next = f.id, next+1
			}
			s.cut()
		}
		<-made
	})
}

// zero is the cursor of the feed's beginning.
func zero(w *world, t *testing.T) string {
	return w.call(t, w.them.key, http.MethodGet, "/v1/platform/events?limit=1", "")["next_cursor"].(string)
}

func TestTheStreamLeavesOutWhatTheListDoes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		class := func(name string) string {
			return w.call(t, w.us.key, http.MethodPost, "/v1/platform/classes", `{"name":"`+name+`"}`)["id"].(string)
		}
		teacher := w.us.Member(t, authz.RoleTeacher)
		robotics, arts := class("Robotics"), class("Arts")
		w.call(t, w.us.key, http.MethodPost, "/v1/platform/classes/"+robotics+"/enrollments", `{"membership_ids":["`+string(teacher.ID)+`"],"role":"teacher"}`)
		reader, _ := w.token(t, w.us.Organization, w.us.Owner, authz.OperationsRead)
		caller, _ := w.token(t, w.us.Organization, w.us.Owner, authz.IntegrationsManage)
		streams := map[string]*stream{"a teacher": w.stream(t, w.session(t, teacher), ""), "a key that reads operations": w.stream(t, reader, ""),
			"a key for integrations": w.stream(t, caller, "")}
		for _, id := range []string{robotics, arts} {
			w.call(t, w.us.key, http.MethodPatch, "/v1/platform/classes/"+id, `{"description":"x"}`)
		}
		w.call(t, w.us.key, http.MethodPost, "/v1/platform/api-keys", `{"name":"x","scopes":["operations.read"]}`)
		w.tag(t, w.us, "the last")
		w.call(t, w.us.key, http.MethodPost, "/v1/platform/api-keys", `{"name":"y","scopes":["operations.read"]}`)
		for name, want := range map[string]string{
			"a teacher":                   "class.updated " + robotics + ", printer_tag.created",
			"a key that reads operations": "printer_tag.created",
			"a key for integrations":      "api_key.created, api_key.created",
		} {
			var got []string
			for range strings.Count(want, ",") + 1 {
				_, e := streams[name].told(t)
				line := e.Type
				if id := fmt.Sprint(e.Data.Object["id"]); strings.HasPrefix(line, "class") {
					line += " " + id
				}
				got = append(got, line)
			}
			if text := strings.Join(got, ", "); text != want {
				t.Errorf("%s: %s, want %s", name, text, want)
			}
		}
	})
}

func TestAStreamIsRefusedAsTheListIs(t *testing.T) {
	w := newWorld(t, "", func(h *live.Hub) { h.MaxCaller = 3 })
	student := w.session(t, w.us.Member(t, authz.RoleStudent))
	busy, _ := w.token(t, w.us.Organization, w.us.Owner, authz.OperationsRead)
	open := []*stream{w.stream(t, busy, ""), w.stream(t, busy, ""), w.stream(t, busy, "")}
	for _, tt := range []struct {
		name, token, query string
		status             int
		code               errs.Code
	}{
		{"nobody", "x", "", 401, errs.InvalidToken},
		{"a student", student, "", 403, errs.InsufficientPermissions},
		{"a cursor that is none", w.us.key, "&after=x", 400, errs.InvalidCursor},
		{"a type that is none", w.us.key, "&types=x", 422, errs.ValidationFailed},
		{"a page", w.us.key, "&limit=5", 422, errs.ValidationFailed},
		{"neither yes nor no", w.us.key, "&stream=x", 422, errs.ValidationFailed},
		{"one stream too many", busy, "", 429, errs.RateLimited},
	} {
		path := "/v1/platform/events?stream=true" + tt.query
		if strings.Contains(tt.query, "stream") {
			path = "/v1/platform/events?" + tt.query[1:]
		}
		answer := w.send(t, t.Context(), tt.token, http.MethodGet, path, "")
		text, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != tt.status || !strings.Contains(string(text), `"`+string(tt.code)+`"`) {
			t.Errorf("%s: %d %s", tt.name, answer.StatusCode, text)
		}
		if answer.StatusCode == 429 && answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", tt.name)
		}
	}
	open[0].cut()
	eventually(t, "a stream that ended makes room", func() bool {
		answer := w.send(t, t.Context(), busy, http.MethodGet, "/v1/platform/events?stream=true", "")
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if yes() {
			return
		}
	}
	t.Fatal(what)
}

func TestWhoMayNotListenAnyMoreIsCutOff(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		teacher := w.us.Member(t, authz.RoleTeacher)
		key, id := w.token(t, w.us.Organization, w.us.Owner, authz.OperationsRead)
		theirs, _ := w.token(t, w.us.Organization, teacher, authz.OperationsRead)
		stays := w.stream(t, w.us.key, "")
		for _, tt := range []struct {
			name, token string
			end         func()
			want        errs.Code
		}{
			{"a revoked key", key, func() { w.call(t, w.us.key, http.MethodDelete, "/v1/platform/api-keys/"+string(id), "") }, errs.TokenRevoked},
			{"a suspended person's key", theirs, func() {
				w.call(t, w.us.key, http.MethodPatch, "/v1/org/users/"+string(teacher.ID), `{"status":"suspended"}`)
			}, errs.MembershipNotActive},
		} {
			s := w.stream(t, tt.token, "")
			w.tag(t, w.us, tt.name)
			s.told(t)
			tt.end()
			began := time.Now()
			if got := s.ended(t); got != tt.want {
				t.Errorf("%s: the last word is %q, want %q", tt.name, got, tt.want)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s: it took %s", tt.name, took)
			}
		}
		w.tag(t, w.us, "after all")
		for _, e := stays.told(t); e.Data.Object["name"] != "after all"; _, e = stays.told(t) {
		}
	})
}

// The server's limits of two seconds on a request are no limits of a stream, and a quiet one shows signs of life.
func TestAQuietStreamLives(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.stream(t, w.us.key, "")
		for range 20 {
			if f, ok := s.next(t); !ok || f.data != "" || f.id == "" {
				t.Fatalf("%+v %v", f, ok)
			}
		}
		w.tag(t, w.us, "at last")
		if got := s.names(t, 1); got != "1 at last" {
			t.Error(got)
		}
	}, func(h *live.Hub) { h.Beat = 150 * time.Millisecond })
}

func TestAServerThatStopsEndsItsStreams(t *testing.T) {
	w := newWorld(t, "")
	s := w.stream(t, w.us.key, "")
	s.next(t)
	w.app.Live.Close()
	if got := s.ended(t); got != errs.NotReady {
		t.Errorf("the last word is %q", got)
	}
}

// A listener that takes nothing is cut off, holds nobody up, and finds everything when it comes back.
func TestASlowListenerIsCutOff(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const events = 96
		text := strings.Repeat("x", 64<<10)
		rows := make([]*ent.EventCreate, events)
		for i := range rows { // 6 MB, more than the sockets hold
			rows[i] = w.Raw.Event.Create().SetOrganizationID(w.us.ID).SetSequence(int64(i + 1)).SetType("printer.updated").SetSubjectType("printer").SetSubjectID("prn_x").
				SetActorType("system").SetActorID("test").SetOccurredAt(w.Clock.Now()).SetData([]byte(`{"object":{"text":"` + text + `"}}`))
		}
		w.Raw.Event.CreateBulk(rows...).ExecX(t.Context())
		w.Raw.Organization.UpdateOneID(w.us.ID).SetEventSeq(events).ExecX(t.Context())

		slow := w.slowly(t, "/v1/platform/events?stream=true&after="+zero(w, t)) // and nobody reads it
		quick := w.stream(t, w.us.key, "&after="+zero(w, t))
		for i := range events {
			if _, e := quick.told(t); e.Sequence != int64(i+1) {
				t.Fatalf("%d came, not %d", e.Sequence, i+1)
			}
		}
		eventually(t, "the slow listener is still there", func() bool { return w.app.Live.Listeners() == 1 })
		got, _ := io.ReadAll(slow)
		taken := string(got)
		taken = taken[:strings.LastIndex(taken, "\n\n")+2]
		last := taken[strings.LastIndex(taken, "id: ")+4:]
		last, _, _ = strings.Cut(last, "\n")
		n := strings.Count(taken, "data: ")
		if n == 0 || n == events {
			t.Fatalf("the slow listener got %d events", n)
		}
		again := w.stream(t, w.us.key, "", "Last-Event-ID", last)
		if _, e := again.told(t); e.Sequence != int64(n+1) {
			t.Errorf("after %d it goes on with %d", n, e.Sequence)
		}
	}, func(h *live.Hub) { h.Patience = time.Second })
}

// slowly asks over a connection that holds little on the way.
func (w *world) slowly(t *testing.T, path string) io.Reader {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(256 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\n\r\n", path, w.us.key); err != nil {
		t.Fatal(err)
	}
	return conn
}

// Two servers share a database: who listens to one hears of what the other commits, in less than a second.
func TestServersHearOfEachOther(t *testing.T) {
	databaseURL := testkit.PostgresURL(t)
	w := newWorld(t, databaseURL)
	other := listening(t, serving(t, databaseURL))
	s := openStream(t, other, w.us.key, http.MethodGet, "/v1/platform/events?stream=true", "")
	s.next(t)
	for i := range 10 {
		began := time.Now()
		w.tag(t, w.us, fmt.Sprint("tag ", i))
		if _, e := s.told(t); e.Sequence != int64(i+1) {
			t.Errorf("%d came, not %d", e.Sequence, i+1)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %s", took)
		}
	}
}
