package rest

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/report"
)

const mediaEvents = "text/event-stream"

// writeBytes is after how much a write ends and the next one gets its own time.
const writeBytes = 32 << 10

// Times of a stream.
const (
	followTime  = time.Hour       // after which it ends, so that servers behind a balancer share the load anew
	followRetry = 2 * time.Second // after which a browser connects again
)

// following are how a caller asks a list to go on, and where.
type following struct {
	Stream      *bool  `query:"stream" doc:"With true the answer stays open and tells each event as it happens, as Server-Sent Events: from cursor on, or from now on where none is sent."`
	LastEventID string `header:"Last-Event-ID" doc:"The last id of a stream that was cut off: the stream goes on behind it. It goes before cursor; browsers send it by themselves." format:"cursor"`
}

// follow lets a list of events stay open: with stream=true it is answered as Server-Sent Events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html). The ids are the list's cursors.
func follow[View any](rt Route, hub *live.Hub, view func(*ent.Event) View) Route {
	rt.extra, rt.followed = must(planOf(reflect.TypeFor[following]())), true
	list := rt.prepare
	rt.prepare = func(x *exchange) (call, error) {
		var wish following
		if err := x.fill(rt.extra, reflect.ValueOf(&wish).Elem()); err != nil {
			return call{}, err
		}
		if wish.Stream == nil || !*wish.Stream {
			return list(x)
		}
		in, err := bind[report.EventsInput](x)
		if wish.LastEventID != "" {
			in.Cursor, in.After = wish.LastEventID, ""
		}
		return call{
			run:    func(ctx context.Context) (any, error) { return hub.Follow(ctx, x.caller(), in) },
			encode: func(out any) (Answer, error) { return streamed(x, as[*live.Feed](out), hub, view), nil },
		}, err
	}
	return rt
}

// caller is how the exchange's caller is asked about while they listen.
func (x *exchange) caller() live.Caller {
	return live.Caller{Key: x.r.Header.Get("Authorization"), Again: x.again}
}

// streamed is the answer that stays open. Where it ends for a reason of ours, its last event says why.
func streamed[View any](x *exchange, feed *live.Feed, hub *live.Hub, view func(*ent.Event) View) Answer {
	x.stream = func(ctx context.Context, out io.Writer) error {
		w := newEventWriter(x.w, out, hub.SendTime())
		err := w.send("retry: " + strconv.FormatInt(followRetry.Milliseconds(), 10) + "\nid: " + feed.At() + "\n\n")
		for err == nil {
			var b live.Batch
			if b, err = feed.Next(ctx); err != nil {
				x.farewell(ctx, w, err)
				break
			}
			err = w.batch(b, func(e *ent.Event) ([]byte, error) { return frame(x, view(e)) })
		}
		return nil // to who was cut off nothing can be said, and they know where to go on
	}
	header := http.Header{"Content-Type": {mediaEvents}, "X-Accel-Buffering": {"no"}, "Vary": {"Accept"}}
	return Answer{Status: http.StatusOK, Header: header}
}

// farewell tells why a stream ends, unless the caller or the stream's time did.
func (x *exchange) farewell(ctx context.Context, w *eventWriter, err error) {
	if ctx.Err() != nil {
		return
	}
	_ = w.send("event: end\ndata: " + strings.TrimSpace(string(x.refuse(err).Body)) + "\n\n")
}

// frame is a view as one line of JSON.
func frame[View any](x *exchange, view View) ([]byte, error) {
	x.route.full.complete(reflect.ValueOf(&view).Elem())
	return marshal(view)
}

// eventWriter writes events to a connection that stays open: each write has its own time.
type eventWriter struct {
	out  io.Writer
	conn *http.ResponseController
	time time.Duration
}

// newEventWriter lifts the server's limits on the time of a request.
func newEventWriter(w http.ResponseWriter, out io.Writer, perWrite time.Duration) *eventWriter {
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Time{}) // not every writer has one; where it stays, the server takes its end for that of the caller
	return &eventWriter{out: out, conn: conn, time: perWrite}
}

// send writes and waits until the caller's side has taken it, or has not for too long.
func (w *eventWriter) send(text string) error {
	_ = w.conn.SetWriteDeadline(time.Now().Add(w.time)) // not every writer has one
	if _, err := io.WriteString(w.out, text); err != nil {
		return err
	}
	return w.conn.Flush()
}

// batch sends the events, each with the place behind it. A sign of life carries the place too: events that the caller does
// not see or want are passed over, and need not be looked at again.
func (w *eventWriter) batch(b live.Batch, encode func(*ent.Event) ([]byte, error)) error {
	var text strings.Builder
	for _, e := range b.Events {
		data, err := encode(e)
		if err != nil {
			return err
		}
		text.WriteString("id: " + report.Cursor(e.Sequence) + "\ndata: " + strings.TrimSpace(string(data)) + "\n\n")
		if text.Len() > writeBytes {
			if err := w.send(text.String()); err != nil {
				return err
			}
			text.Reset()
		}
	}
	if b.Beat {
		text.WriteString(": beat\nid: " + report.Cursor(b.Last) + "\n\n")
	}
	if text.Len() == 0 {
		return nil
	}
	return w.send(text.String())
}
