package graph_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/soloprint/soloprint/graph"
	"github.com/soloprint/soloprint/rest"
)

// REST and GraphQL count against one allowance, a stranger's against that of the address.
func TestGraphQLCountsAgainstTheRateLimit(t *testing.T) {
	w := newWorld(t, sqlite(t))
	limits := rest.NewLimits(2, w.Clock)
	w.handler = graph.Handler(graph.Config{Resolver: &graph.Resolver{Client: w.Ops.Client}, Authenticate: authenticate, Readable: w.Ops.Guard.Readable,
		Log: slog.New(slog.DiscardHandler), Limit: limits.Spend})
	owner := w.north.owner(t)
	for left, want := range []string{"1", "0"} {
		a := good(t, w.ask(owner, t, "{__typename}"))
		if got := a.header.Get("X-RateLimit-Remaining"); got != want || a.header.Get("RateLimit") == "" || a.header.Get("RateLimit-Policy") != `"key";q=2;w=60` {
			t.Errorf("request %d leaves %s, want %s: %v", left, got, want, a.header)
		}
	}
	for name, a := range map[string]answer{
		"the third request": w.ask(owner, t, "{__typename}"),
		"the third to be wrong": func() answer {
			w.send(owner, t, request{token: "Bearer bad"})
			w.send(owner, t, request{token: "Bearer bad"})
			return w.send(owner, t, request{token: "Bearer bad"})
		}(),
	} {
		if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "30" {
			t.Errorf("%s: %d %v %s", name, a.status, a.header, a.body)
		}
	}
	good(t, w.ask(w.south.owner(t), t, "{__typename}"))
}
