package web

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/queue"
)

// Times of a page's stream.
const (
	liveTime  = time.Hour       // after which it ends, so that servers behind a balancer share the load anew
	liveRetry = 2 * time.Second // after which a browser connects again
	livePause = time.Second     // between two words of change: what happens meanwhile is one
)

// live tells a page that something changed, as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
// What changed it does not say: the page reads itself anew, as its reader may see it.
func (c *Console) live() http.Handler {
	return guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		actor, err := c.Authenticate(r)
		if err != nil || actor == nil || actor.Kind != authz.KindSession {
			w.WriteHeader(http.StatusNoContent) // a browser that is told so does not come again
			return
		}
		ctx, cancel := context.WithTimeout(authz.With(r.Context(), actor), liveTime)
		defer cancel()
		again := func(context.Context) (*authz.Actor, error) { return c.Authenticate(r) }
		l, err := c.Live.Listen(ctx, live.Caller{Key: "session " + string(actor.ID), Again: again}, live.Wish{Op: queue.OpList})
		if err != nil {
			w.Header().Set("Retry-After", "10")
			http.Error(w, "Too many pages are open.", http.StatusServiceUnavailable)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no")
		c.tell(ctx, w, l)
	}))
}

// tell sends a word for each batch of changes until the listener ends.
func (c *Console) tell(ctx context.Context, w http.ResponseWriter, l *live.Listener) {
	control := http.NewResponseController(w)
	say := func(text string) bool {
		_ = control.SetWriteDeadline(time.Now().Add(c.Live.SendTime()))
		_, err := io.WriteString(w, text)
		return err == nil && control.Flush() == nil
	}
	if !say("retry: " + strconv.FormatInt(liveRetry.Milliseconds(), 10) + "\nevent: hello\ndata: 1\n\n") {
		return
	}
	for {
		b, err := l.Next(ctx)
		if err != nil {
			return
		}
		word := "event: beat\ndata: 1\n\n"
		if len(b.Events) > 0 {
			word = "event: changed\ndata: " + strconv.Itoa(len(b.Events)) + "\n\n"
		}
		if !say(word) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(livePause):
		}
	}
}
