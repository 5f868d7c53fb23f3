package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
)

// protocol is the only one that is spoken: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.
const protocol = "graphql-transport-ws"

// Bounds of a connection.
const (
	maxMessage    = maxBody + 1<<10 // a request and what stands around it
	maxOperations = 50              // that run at once
	initTime      = 10 * time.Second
)

// Codes with which a connection is closed, as the protocol names them.
const (
	closeBadRequest     websocket.StatusCode = 4400
	closeUnauthorized   websocket.StatusCode = 4401
	closeForbidden      websocket.StatusCode = 4403
	closeInitTimeout    websocket.StatusCode = 4408
	closeSubscriberTwin websocket.StatusCode = 4409
	closeTooManyInits   websocket.StatusCode = 4429
)

// sockets runs operations over a WebSocket.
type sockets struct {
	limiter limiter
	config  Config
}

// opensSocket reports whether the request wants to become a WebSocket.
func opensSocket(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// Supports implements graphql.Transport.
func (sockets) Supports(r *http.Request) bool { return opensSocket(r) }

// Do implements graphql.Transport. A page of another origin is refused before the connection is open.
func (t sockets) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if !slices.ContainsFunc(r.Header.Values("Sec-Websocket-Protocol"), func(s string) bool { return strings.Contains(s, protocol) }) {
		writeError(w, http.StatusBadRequest, errs.New(errs.InvalidJSON, "The subprotocol is "+protocol+"."))
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol}, OriginPatterns: t.config.Origins})
	if err != nil {
		return // it has answered
	}
	conn.SetReadLimit(maxMessage)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	s := &socket{sockets: t, conn: conn, open: ctx, exec: exec, request: r, running: map[string]context.CancelFunc{}}
	code, reason := s.serve(ctx)
	_ = conn.Close(code, reason) // before the context ends: that closes without a word
	cancel()
	s.all.Wait()
	s.leave()
}

// socket is one connection. One goroutine reads it; each operation has its own.
type socket struct {
	sockets
	conn    *websocket.Conn
	open    context.Context // ends with the connection: a write whose context ends takes the connection along
	exec    graphql.GraphExecutor
	request *http.Request // with the token, once the client has said who it is
	known   bool
	left    func()

	mu      sync.Mutex
	running map[string]context.CancelFunc
	all     sync.WaitGroup
}

// frame is what either side sends.
type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// closing is why the connection ends.
type closing struct {
	code   websocket.StatusCode
	reason string
}

func (c *closing) Error() string { return c.reason }

func closed(code websocket.StatusCode, reason string) error { return &closing{code, reason} }

// serve reads messages until one ends the connection, or the server does.
func (s *socket) serve(ctx context.Context) (websocket.StatusCode, string) {
	ended := make(chan error, 2)
	s.all.Go(func() { ended <- s.read(ctx) })
	s.all.Go(func() { ended <- s.watch(ctx) })
	err := <-ended
	var c *closing
	if errors.As(err, &c) {
		return c.code, c.reason
	}
	return websocket.StatusNormalClosure, ""
}

// watch closes a connection that says nothing of itself, does not answer pings, or whose server ends.
func (s *socket) watch(ctx context.Context) error {
	hub := s.config.Resolver.Live
	beat := time.NewTicker(hub.BeatTime())
	defer beat.Stop()
	late := time.NewTimer(initTime)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-hub.Ending():
			return closed(websocket.StatusGoingAway, "the server is stopping")
		case <-late.C:
			if !s.introduced() {
				return closed(closeInitTimeout, "Connection initialisation timeout")
			}
		case <-beat.C:
			limited, cancel := context.WithTimeout(ctx, hub.SendTime())
			err := s.conn.Ping(limited)
			cancel()
			if err != nil {
				return err
			}
		}
	}
}

func (s *socket) read(ctx context.Context) error {
	for {
		kind, data, err := s.conn.Read(ctx)
		if err != nil {
			return err
		}
		var m frame
		if kind != websocket.MessageText || json.Unmarshal(data, &m) != nil {
			return closed(closeBadRequest, "Invalid message received")
		}
		if err := s.take(ctx, m); err != nil {
			return err
		}
	}
}

// take does what a message says.
func (s *socket) take(ctx context.Context, m frame) error {
	switch m.Type {
	case "connection_init":
		return s.init(ctx, m)
	case "ping":
		return s.send(frame{Type: "pong", Payload: m.Payload})
	case "pong":
		return nil
	case "subscribe":
		return s.subscribe(ctx, m)
	case "complete":
		s.stop(m.ID)
		return nil
	}
	return closed(closeBadRequest, "Invalid message received")
}

// init says who the client is: by the payload's Authorization or, for clients that can send one, by the header.
func (s *socket) init(ctx context.Context, m frame) error {
	if s.introduced() {
		return closed(closeTooManyInits, "Too many initialisation requests")
	}
	said := map[string]any{}
	if len(m.Payload) > 0 && json.Unmarshal(m.Payload, &said) != nil {
		return closed(closeBadRequest, "Invalid message received")
	}
	r := s.request.Clone(ctx)
	for name, value := range said {
		if text, ok := value.(string); ok && (strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "X-SoLoPrint-Organization")) {
			r.Header.Set(name, text)
		}
	}
	a, err := s.config.admit(http.Header{}, r)
	if err == nil {
		s.left, err = s.config.Resolver.Live.Admit(a)
	}
	if err != nil {
		return closed(closeForbidden, string(errs.From(err).Code))
	}
	s.mu.Lock()
	s.known, s.request = true, r
	s.mu.Unlock()
	return s.send(frame{Type: "connection_ack"})
}

func (s *socket) introduced() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

func (s *socket) leave() {
	if s.left != nil {
		s.left()
	}
}

// subscribe runs an operation. Who the client is, is asked anew each time: a connection lives long.
func (s *socket) subscribe(ctx context.Context, m frame) error {
	if !s.introduced() {
		return closed(closeUnauthorized, "Unauthorized")
	}
	if m.ID == "" {
		return closed(closeBadRequest, "Invalid message received")
	}
	ctx, cancel := context.WithCancel(ctx)
	if err := s.start(m.ID, cancel); err != nil {
		cancel()
		return err
	}
	s.all.Go(func() {
		defer s.stop(m.ID)
		s.operate(ctx, m)
	})
	return nil
}

// operate answers one operation, from its document to its end.
func (s *socket) operate(ctx context.Context, m frame) {
	a, err := s.config.admit(http.Header{}, s.request.WithContext(ctx))
	ctx = withCaller(authz.With(ctx, a), s.config.caller(s.request))
	var p *graphql.RawParams
	if err == nil {
		p, err = paramsOf(m.Payload, s.request.Header)
	}
	if err != nil {
		s.refuse(m.ID, s.exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)}))
		return
	}
	op, refusal := s.limiter.begin(ctx, p, s.exec)
	if refusal != nil {
		s.refuse(m.ID, refusal)
		return
	}
	failed := false
	run(ctx, op, s.exec, func(answer *graphql.Response) error {
		if failed = answer.Data == nil && len(answer.Errors) > 0 && op.Operation.Operation == ast.Subscription; failed {
			s.refuse(m.ID, answer)
			return nil
		}
		return s.tell(frame{ID: m.ID, Type: "next"}, shown(answer))
	})
	if !failed && ctx.Err() == nil { // an error is the last word too, and who completed it waits for none
		_ = s.send(frame{ID: m.ID, Type: "complete"})
	}
}

// refuse ends an operation with errors.
func (s *socket) refuse(id string, answer *graphql.Response) {
	_ = s.tell(frame{ID: id, Type: "error"}, answer.Errors)
}

func (s *socket) tell(m frame, payload any) (err error) {
	if m.Payload, err = json.Marshal(payload); err != nil {
		return err
	}
	return s.send(m)
}

// send writes a message; a client that does not take it in time loses the connection.
func (s *socket) send(m frame) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.open, s.config.Resolver.Live.SendTime())
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, text)
}

// start notes that an operation runs.
func (s *socket) start(id string, cancel context.CancelFunc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[id] != nil {
		return closed(closeSubscriberTwin, "Subscriber already exists")
	}
	if len(s.running) >= maxOperations {
		return closed(closeBadRequest, "Too many operations")
	}
	s.running[id] = cancel
	return nil
}

// stop ends an operation that runs.
func (s *socket) stop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.running[id]; cancel != nil {
		cancel()
		delete(s.running, id)
	}
}
