package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/live"
)

// told is a payload of a subscription.
type told struct {
	Data map[string]struct {
		Cursor      string
		Events      []string
		PrinterID   string
		QueueItemID string
		Printer     *struct {
			Name, State string
			Slots       []struct{ Index int }
		}
		QueueItem *struct {
			Name, State string
			Eligibility *struct{ State string }
		}
	}
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
}

// subscription is what a client of either transport hears.
type subscription interface {
	// hear is the next payload; ok is false where the subscription completed.
	hear(t *testing.T) (told, bool)
	end()
}

// overEvents is graphql-sse.
type overEvents struct{ *stream }

func (w *world) overEvents(t *testing.T, token, query string) subscription {
	t.Helper()
	return overEvents{openStream(t, w.url, token, http.MethodPost, "/graphql", document(t, query), "Accept", "text/event-stream")}
}

func document(t *testing.T, query string) string {
	t.Helper()
	text, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (s overEvents) hear(t *testing.T) (told, bool) {
	t.Helper()
	for {
		f, ok := s.next(t)
		switch {
		case !ok:
			t.Fatal("the stream ended without a word")
		case f.name == "complete":
			return told{}, false
		case f.name == "next":
			return payload(t, []byte(f.data)), true
		}
	}
}

func (s overEvents) end() { s.cut() }

func payload(t *testing.T, text []byte) (p told) {
	t.Helper()
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// socket is graphql-transport-ws, by hand: what is on the line is what is tested.
type socket struct {
	conn *websocket.Conn
	ctx  context.Context
}

type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

func (w *world) dial(t *testing.T, header http.Header) (*socket, *http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	conn, answer, err := websocket.Dial(ctx, w.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: header})
	return &socket{conn, ctx}, answer, err
}

func (s *socket) send(t *testing.T, m message) {
	t.Helper()
	text, err := json.Marshal(m)
	if err == nil {
		err = s.conn.Write(s.ctx, websocket.MessageText, text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s *socket) read(t *testing.T) message {
	t.Helper()
	_, text, err := s.conn.Read(s.ctx)
	var m message
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// closed is the code with which the server closes.
func (s *socket) closed(t *testing.T) websocket.StatusCode {
	t.Helper()
	for {
		if _, _, err := s.conn.Read(s.ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

// connect opens a connection and says who one is.
func (w *world) connect(t *testing.T, token string) *socket {
	t.Helper()
	s, _, err := w.dial(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.send(t, message{Type: "connection_init", Payload: json.RawMessage(`{"Authorization":"Bearer ` + token + `"}`)})
	if m := s.read(t); m.Type != "connection_ack" {
		t.Fatalf("%+v", m)
	}
	t.Cleanup(func() { _ = s.conn.CloseNow() })
	return s
}

func (w *world) overSocket(t *testing.T, token, query string) subscription {
	t.Helper()
	s := w.connect(t, token)
	s.send(t, message{ID: "1", Type: "subscribe", Payload: json.RawMessage(document(t, query))})
	return s
}

func (s *socket) hear(t *testing.T) (told, bool) {
	t.Helper()
	switch m := s.read(t); m.Type {
	case "next":
		return payload(t, m.Payload), true
	case "error":
		return payload(t, []byte(`{"errors":`+string(m.Payload)+`}`)), true
	case "complete":
		return told{}, false
	default:
		t.Fatalf("%+v", m)
		return told{}, false
	}
}

func (s *socket) end() { _ = s.conn.CloseNow() }

// eachTransport runs a test over both, on both databases.
func eachTransport(t *testing.T, test func(t *testing.T, w *world, subscribe func(t *testing.T, token, query string) subscription), with ...func(*live.Hub)) {
	t.Helper()
	eachWorld(t, func(t *testing.T, w *world) {
		t.Run("events", func(t *testing.T) { test(t, w, w.overEvents) })
		t.Run("socket", func(t *testing.T) { test(t, w, w.overSocket) })
	}, with...)
}

const watchPrinters = `subscription { printerChanged { cursor events printerId printer { name state slots { index } } } }`

// ready waits until the server listens for a subscription: it answers a stream before.
func (w *world) ready(t *testing.T, listeners int) {
	t.Helper()
	eventually(t, "nobody listens", func() bool { return w.app.Live.Listeners() >= listeners })
}

func (w *world) idle(t *testing.T) {
	t.Helper()
	eventually(t, "somebody still listens", func() bool { return w.app.Live.Listeners() == 0 })
}

func (w *world) printer(t *testing.T, s *school, name string) string {
	t.Helper()
	return w.call(t, s.key, http.MethodPost, "/v1/printers", `{"name":"`+name+`","model":"MK4","connector":{"kind":"virtual"},"slots":[{"name":"Left"}]}`)["id"].(string)
}

func (w *world) item(t *testing.T, token, name string) string {
	t.Helper()
	return w.call(t, token, http.MethodPost, "/v1/platform/queue", `{"name":"`+name+`"}`)["id"].(string)
}

func TestPrintersThatChangeAreTold(t *testing.T) {
	eachTransport(t, func(t *testing.T, w *world, subscribe func(t *testing.T, token, query string) subscription) {
		w.idle(t)
		mine := w.printer(t, w.us, "Ada "+t.Name())
		s, narrow := subscribe(t, w.us.key, watchPrinters), subscribe(t, w.us.key, strings.Replace(watchPrinters, "printerChanged", `printerChanged(ids:["`+mine+`"])`, 1))
		theirs := subscribe(t, w.them.key, watchPrinters)
		w.ready(t, 3)
		w.printer(t, w.them, "Cleo "+t.Name())
		other := w.printer(t, w.us, "Bea "+t.Name())
		w.call(t, w.us.key, http.MethodPatch, "/v1/printers/"+mine, `{"model":"MK4S"}`)
		first, _ := s.hear(t)
		if c := first.Data["printerChanged"]; c.PrinterID != other || c.Printer == nil || c.Printer.Name != "Bea "+t.Name() || len(c.Printer.Slots) != 1 || c.Events[0] != "printer.created" {
			t.Errorf("%+v", first)
		}
		for name, sub := range map[string]subscription{"all": s, "one": narrow} {
			got, _ := sub.hear(t)
			if c := got.Data["printerChanged"]; c.PrinterID != mine || c.Events[len(c.Events)-1] != "printer.updated" {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if got, _ := theirs.hear(t); got.Data["printerChanged"].Printer.Name != "Cleo "+t.Name() {
			t.Errorf("theirs: %+v", got)
		}
		w.call(t, w.us.key, http.MethodDelete, "/v1/printers/"+mine, "")
		if got, _ := narrow.hear(t); got.Data["printerChanged"].PrinterID != mine || got.Data["printerChanged"].Printer != nil {
			t.Errorf("a printer that is gone: %+v", got)
		}

		again := subscribe(t, w.us.key, strings.Replace(watchPrinters, "printerChanged", `printerChanged(after:"`+first.Data["printerChanged"].Cursor+`")`, 1))
		if got, _ := again.hear(t); got.Data["printerChanged"].PrinterID != mine || len(got.Data["printerChanged"].Events) != 2 {
			t.Errorf("after the first change: %+v", got)
		}
		for _, sub := range []subscription{s, narrow, theirs, again} {
			sub.end()
		}
	})
}

const watchQueue = `subscription { queueChanged { cursor events queueItemId queueItem { name state eligibility { state } } } }`

func TestAStudentHearsOfTheirOwnItems(t *testing.T) {
	eachTransport(t, func(t *testing.T, w *world, subscribe func(t *testing.T, token, query string) subscription) {
		w.idle(t)
		student := w.session(t, w.us.Member(t, authz.RoleStudent))
		s := subscribe(t, student, watchQueue)
		all := subscribe(t, w.us.key, strings.Replace(watchQueue, "queueChanged", "queueChanged(filter:{state:[queued]})", 1))
		w.ready(t, 2)
		other := w.item(t, w.us.key, "not theirs")
		mine := w.item(t, student, "mine")
		got, _ := s.hear(t)
		if c := got.Data["queueChanged"]; c.QueueItemID != mine || c.QueueItem == nil || c.QueueItem.Name != "mine" || c.QueueItem.Eligibility == nil {
			t.Errorf("%+v", got)
		}
		w.call(t, student, http.MethodPost, "/v1/platform/queue/"+mine+"/cancel", "{}")
		if got, _ := s.hear(t); got.Data["queueChanged"].QueueItem.State != "cancelled" {
			t.Errorf("%+v", got)
		}
		seen := map[string]string{}
		for seen[mine] != "left" || seen[other] == "" {
			got, _ := all.hear(t)
			c := got.Data["queueChanged"]
			seen[c.QueueItemID] = "left"
			if c.QueueItem != nil {
				seen[c.QueueItemID] = c.QueueItem.State
			}
		}
		if seen[other] != "queued" {
			t.Errorf("%v", seen)
		}
		s.end()
		all.end()
	})
}

func TestSubscriptionsAreRefusedAsQueriesAre(t *testing.T) {
	eachTransport(t, func(t *testing.T, w *world, subscribe func(t *testing.T, token, query string) subscription) {
		student := w.session(t, w.us.Member(t, authz.RoleStudent))
		many := `subscription { printerChanged(ids:["` + strings.Repeat(`x","`, 100) + `"]) { cursor } }`
		for _, tt := range []struct{ name, token, query, want string }{
			{"a student watches printers", student, watchPrinters, "insufficient_permissions"},
			{"two at once", w.us.key, `subscription { a: printerChanged { cursor } queueChanged { cursor } }`, "validation_failed"},
			{"a field that is none", w.us.key, `subscription { printers { totalCount } }`, "validation_failed"},
			{"a damaged cursor", w.us.key, `subscription { printerChanged(after:"x") { cursor } }`, "invalid_cursor"},
			{"too many printers", w.us.key, many, "validation_failed"},
			{"too deep", w.us.key, `subscription { queueChanged { queueItem { file { uploadedBy { user { memberships: id ...f } } } } } } fragment f on User { ...g } fragment g on User { ...f }`, "query_too_complex"},
			{"too much", w.us.key, `subscription { printerChanged { ` + strings.Repeat("cursor ", 31) + `} }`, "query_too_complex"},
		} {
			s := subscribe(t, tt.token, tt.query)
			got, ok := s.hear(t)
			if !ok || len(got.Errors) == 0 || got.Errors[0].Extensions.Code != tt.want {
				t.Errorf("%s: %+v", tt.name, got)
			}
			s.end()
		}
		if s := subscribe(t, w.us.key, `{ printers(first: 1) { totalCount } }`); s != nil {
			if got, ok := s.hear(t); !ok || len(got.Errors) > 0 {
				t.Errorf("a query: %+v", got)
			}
			if _, more := s.hear(t); more {
				t.Error("a query has more than one answer")
			}
		}
	})
}

func TestASubscriptionEndsWithTheRightToIt(t *testing.T) {
	eachTransport(t, func(t *testing.T, w *world, subscribe func(t *testing.T, token, query string) subscription) {
		key, id := w.token(t, w.us.Organization, w.us.Owner, authz.OperationsRead)
		s := subscribe(t, key, watchPrinters)
		w.ready(t, 1)
		w.call(t, w.us.key, http.MethodDelete, "/v1/platform/api-keys/"+string(id), "")
		if got, _ := s.hear(t); len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "token_revoked" {
			t.Errorf("a revoked key: %+v", got)
		}
		w.idle(t)
		member := w.us.Member(t, authz.RoleTeacher)
		s = subscribe(t, w.session(t, member), watchPrinters)
		w.ready(t, 1)
		w.call(t, w.us.key, http.MethodPatch, "/v1/org/users/"+string(member.ID), `{"role":"operator"}`)
		if got, _ := s.hear(t); len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "not_ready" {
			t.Errorf("another role: %+v", got)
		}
		w.idle(t)
	})
}

// A flood of a thousand subscriptions finds room for as many as a key has, and leaves nothing behind.
func TestAFloodOfSubscriptions(t *testing.T) {
	w := newWorld(t, "")
	key, _ := w.token(t, w.us.Organization, w.us.Owner, authz.OperationsRead)
	subscribe := func(s *socket, n int) error {
		for i := range n {
			text, err := json.Marshal(message{ID: fmt.Sprint(i), Type: "subscribe", Payload: json.RawMessage(document(t, watchPrinters))})
			if err == nil {
				err = s.conn.Write(s.ctx, websocket.MessageText, text)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	first := w.connect(t, key)
	if err := subscribe(first, 50); err != nil { // and the connection itself
		t.Fatal(err)
	}
	if m := first.read(t); m.Type != "error" || !strings.Contains(string(m.Payload), "rate_limited") {
		t.Errorf("one too many: %+v", m)
	}
	w.ready(t, 49)
	second, _, err := w.dial(t, http.Header{"Authorization": {"Bearer " + key}})
	if err != nil {
		t.Fatal(err)
	}
	second.send(t, message{Type: "connection_init"})
	if got := second.closed(t); got != 4403 {
		t.Errorf("a connection too many is closed with %d", got)
	}
	first.end()
	w.idle(t)

	third := w.connect(t, key)
	_ = subscribe(third, 1000) // the server may have closed it
	if n := w.app.Live.Listeners(); n > 50 {
		t.Errorf("%d listeners", n)
	}
	third.end()
	w.idle(t)
	w.connect(t, key)
}

func TestSocketsAreClosedWithAReason(t *testing.T) {
	w := newWorld(t, "", func(h *live.Hub) { h.Beat = 100 * time.Millisecond })
	subscribe := message{ID: "1", Type: "subscribe", Payload: json.RawMessage(document(t, watchPrinters))}
	for _, tt := range []struct {
		name string
		init string // the payload, "" for none
		send []message
		want websocket.StatusCode
	}{
		{"nobody", `{}`, nil, 4403},
		{"a wrong token", `{"Authorization":"Bearer x"}`, nil, 4403},
		{"a subscription before anything else", "", []message{subscribe}, 4401},
		{"two introductions", `{"authorization":"Bearer ` + w.us.key + `"}`, []message{{Type: "connection_init"}}, 4429},
		{"the same id twice", `{"authorization":"Bearer ` + w.us.key + `"}`, []message{subscribe, subscribe}, 4409},
		{"a message that is none", `{"authorization":"Bearer ` + w.us.key + `"}`, []message{{Type: "nonsense"}}, 4400},
		{"a message that is too large", `{"authorization":"Bearer ` + w.us.key + `"}`, []message{{ID: strings.Repeat("x", 20<<10), Type: "complete"}}, websocket.StatusMessageTooBig},
	} {
		s, _, err := w.dial(t, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tt.init != "" {
			s.send(t, message{Type: "connection_init", Payload: json.RawMessage(tt.init)})
		}
		for _, m := range tt.send {
			s.send(t, m)
		}
		if got := s.closed(t); got != tt.want {
			t.Errorf("%s: closed with %d, want %d", tt.name, got, tt.want)
		}
	}
	s := w.connect(t, w.us.key)
	s.send(t, message{Type: "ping"})
	if m := s.read(t); m.Type != "pong" {
		t.Errorf("%+v", m)
	}
	w.app.Live.Close()
	if got := s.closed(t); got != websocket.StatusGoingAway {
		t.Errorf("the server stops: closed with %d", got)
	}
}

func TestAPageOfAnotherOriginOpensNoSocket(t *testing.T) {
	w := newWorld(t, "")
	for origin, want := range map[string]int{"https://evil.example": http.StatusForbidden, w.url: http.StatusSwitchingProtocols} {
		s, answer, err := w.dial(t, http.Header{"Origin": {origin}})
		if answer == nil || answer.StatusCode != want {
			t.Errorf("%s: %v %v", origin, answer, err)
		}
		if err == nil {
			s.end()
		}
	}
	answer := w.send(t, t.Context(), w.us.key, http.MethodPost, "/graphql", document(t, watchPrinters))
	if text, _ := io.ReadAll(answer.Body); !strings.Contains(string(text), "text/event-stream") {
		t.Errorf("over plain POST: %s", text)
	}
}
