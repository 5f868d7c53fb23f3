package graph

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/soloprint/soloprint/internal/live"
)

const mediaEvents = "text/event-stream"

// streams answers operations as Server-Sent Events: a connection for each, as graphql-sse describes it
// (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, distinct connections mode).
type streams struct {
	limiter limiter
	hub     *live.Hub
}

// Supports implements graphql.Transport.
func (streams) Supports(r *http.Request) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if media, _, err := mime.ParseMediaType(part); err == nil && media == mediaEvents {
			return true
		}
	}
	return false
}

// Do implements graphql.Transport. What cannot be read is answered as over POST; whatever is wrong with a document stands in
// the stream.
func (t streams) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	p, err := readParams(r)
	if err != nil {
		writeResponse(w, r, unreadable(err), exec.DispatchError(r.Context(), gqlerror.List{gqlerror.Wrap(err)}))
		return
	}
	out := t.open(w)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	op, refusal := t.limiter.begin(ctx, p, exec)
	if refusal != nil {
		_ = out.next(refusal)
		out.complete()
		return
	}
	var beats sync.WaitGroup
	beats.Go(func() { out.beat(ctx, cancel, t.hub.BeatTime()) })
	run(ctx, op, exec, out.next)
	out.complete()
	cancel()
	beats.Wait() // nobody writes once the request is over
}

// run executes an operation and sends its answers, the reason of its end too, until one is not taken.
func run(ctx context.Context, op *graphql.OperationContext, exec graphql.GraphExecutor, send func(*graphql.Response) error) {
	ctx, why := withParting(ctx)
	cancel := context.CancelFunc(func() {})
	if op.Operation.Operation == ast.Subscription {
		ctx, cancel = context.WithCancel(ctx)
	} else {
		ctx, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel() // it ends what the subscription started
	answers, ctx := exec.DispatchOperation(ctx, op)
	for answer := answers(ctx); answer != nil; answer = answers(ctx) {
		if send(answer) != nil {
			return
		}
		if op.Operation.Operation != ast.Subscription {
			return
		}
	}
	if err := why.word(); err != nil {
		_ = send(exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(known(err))}))
	}
}

// eventStream writes to a connection that stays open. Each write has its own time.
type eventStream struct {
	w    http.ResponseWriter
	conn *http.ResponseController
	time time.Duration

	mu sync.Mutex
}

// open begins the stream, and lifts the server's limits on the time of a request.
func (t streams) open(w http.ResponseWriter) *eventStream {
	s := &eventStream{w: w, conn: http.NewResponseController(w), time: t.hub.SendTime()}
	_ = s.conn.SetReadDeadline(time.Time{}) // not every writer has one
	for name, value := range map[string]string{"Content-Type": mediaEvents + "; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		w.Header().Set(name, value)
	}
	w.WriteHeader(http.StatusOK)
	_ = s.send(":\n\n")
	return s
}

// send writes and waits until the client's side has taken it, or has not for too long.
func (s *eventStream) send(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.time)) // not every writer has one
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.conn.Flush()
}

func (s *eventStream) next(answer *graphql.Response) error {
	body, err := json.Marshal(shown(answer))
	if err != nil {
		return err
	}
	return s.send("event: next\ndata: " + string(body) + "\n\n")
}

func (s *eventStream) complete() { _ = s.send("event: complete\ndata:\n\n") }

// beat shows a sign of life now and then, and ends the operation where nobody is left to see it.
func (s *eventStream) beat(ctx context.Context, end func(), every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if s.send(": beat\n\n") != nil {
				end()
				return
			}
		}
	}
}
