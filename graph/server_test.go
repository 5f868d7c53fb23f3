package graph_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/graph"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/reqid"
)

func TestDoor(t *testing.T) {
	w := newWorld(t, sqlite(t))
	const good = `{"query":"{printers{totalCount}}"}`
	tests := []struct {
		name       string
		request    request
		wantStatus int
		wantCode   string
		wantHeader map[string]string
	}{
		{name: "good", request: request{body: good}, wantStatus: 200, wantHeader: map[string]string{"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}},
		{name: "a client that knows the status", request: request{body: good, accept: "application/graphql-response+json, application/json;q=0.9"}, wantStatus: 200,
			wantHeader: map[string]string{"Content-Type": "application/graphql-response+json; charset=utf-8"}},
		{name: "its document is wrong", request: request{body: `{"query":"{x}"}`, accept: "application/graphql-response+json"}, wantStatus: 400, wantCode: "validation_failed"},
		{name: "its document is over a limit", request: request{body: `{"query":"{` + strings.Repeat("x ", 31) + `}"}`, accept: "application/graphql-response+json"}, wantStatus: 400, wantCode: "query_too_complex"},
		{name: "charset", request: request{body: good, media: "application/json; charset=UTF-8"}, wantStatus: 200},
		{name: "no token", request: request{body: good, token: "none"}, wantStatus: 401, wantCode: "missing_bearer_token", wantHeader: map[string]string{"WWW-Authenticate": "Bearer"}},
		{name: "GET", request: request{method: http.MethodGet}, wantStatus: 405, wantCode: "method_not_allowed", wantHeader: map[string]string{"Allow": "POST"}},
		{name: "members that are null", request: request{body: `{"query":"{printers{totalCount}}","variables":null,"operationName":null,"extensions":null}`}, wantStatus: 200},
		{name: "members that nobody knows", request: request{body: `{"query":"{printers{totalCount}}","id":"x"}`}, wantStatus: 400, wantCode: "invalid_json"},
		{name: "a member in other letters", request: request{body: `{"Query":"{printers{totalCount}}"}`}, wantStatus: 400, wantCode: "invalid_json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := w.send(w.north.owner(t), t, tt.request)
			if a.status != tt.wantStatus || firstCode(a) != tt.wantCode {
				t.Errorf("%d %s", a.status, a.body)
			}
			for name, want := range tt.wantHeader {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if strings.Contains(a.body, `"data":null`) {
				t.Errorf("nothing was executed, but there is data: %s", a.body)
			}
		})
	}
}

// A fault of ours is shown as nothing, with the request's id, and logged once.
func TestFaults(t *testing.T) {
	w := newWorld(t, sqlite(t))
	broken := ""
	w.handler = graph.Handler(graph.Config{
		Resolver: &graph.Resolver{Client: w.Ops.Client, Crud: &crud.Service{Ops: w.Ops}}, Authenticate: authenticate, Log: slog.New(slog.NewTextHandler(w.log, faults)),
		Readable: func(a *authz.Actor, typ string) bool {
			if typ == broken {
				panic("the secret is 1234")
			}
			return w.Ops.Guard.Readable(a, typ)
		},
	})
	broken = "Printer"
	a := w.ask(w.north.owner(t), t, "{printers{totalCount} spools{totalCount}}")
	if a.codes() != "internal_error" || a.at("spools", "totalCount") != float64(printersEach) || strings.Contains(a.body, "1234") || a.Errors[0].Extensions["requestId"] != "req_test" {
		t.Errorf("a panic: %s", a.body)
	}
	if n := strings.Count(w.log.String(), "level=ERROR"); n != 1 || !strings.Contains(w.log.String(), "1234") || !strings.Contains(w.log.String(), "request_id=req_test") {
		t.Errorf("logged %d times: %s", n, w.log)
	}
}

func TestDeadline(t *testing.T) {
	w := newWorld(t, sqlite(t))
	ctx, cancel := context.WithDeadline(w.north.owner(t), time.Now().Add(-time.Second))
	defer cancel()
	if a := w.ask(ctx, t, "{printers{totalCount}}"); a.codes() != "query_too_complex" || w.log.String() != "" {
		t.Errorf("%s %s", a.body, w.log)
	}
}

// Events say who changed something, and in which request.
func TestEventsNameTheRequest(t *testing.T) {
	w := newWorld(t, sqlite(t))
	ctx := reqid.With(w.north.owner(t), "req_other")
	good(t, w.ask(ctx, t, `mutation{createPrinterTag(input:{name:"x"}){id}}`))
	rows := w.north.EventRows(t)
	if len(rows) != 1 || rows[0].RequestID != "req_test" || rows[0].ActorMembershipID != string(w.north.Owner.ID) {
		t.Errorf("%v", rows)
	}
}

func BenchmarkPage(b *testing.B) {
	w := newWorld(b, sqlite(b))
	for range 46 {
		w.north.Printer(b, "more", 2)
	}
	body, err := json.Marshal(map[string]any{"query": "{printers{edges{node{id name state tags{name} slots{index spool{code}}}}}}"})
	if err != nil {
		b.Fatal(err)
	}
	ctx := w.north.owner(b)
	for b.Loop() {
		if a := w.send(ctx, b, request{body: string(body)}); len(a.Errors) > 0 {
			b.Fatal(a.body)
		}
	}
}
