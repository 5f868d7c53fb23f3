package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/graph"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/reqid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// world is a GraphQL server over a database with two schools.
type world struct {
	*testkit.Kit
	handler      http.Handler
	log          *lockedBuilder
	north, south *school
}

// school is an organization with printers, spools and two queue items.
type school struct {
	*testkit.Organization
	student  *ent.Membership
	printers []*ent.Printer // each with one of the tags and two slots, the first of which has a spool
	tags     []*ent.PrinterTag
	material *ent.Material
	theirs   *ent.QueueItem // the student's, printed once
	ours     *ent.QueueItem // the owner's
	run      *ent.PrintRun
}

const printersEach = 4

// eachWorld runs a test on SQLite and PostgreSQL.
func eachWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) { test(t, newWorld(t, db)) })
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	w := &world{Kit: testkit.NewKit(t, db), log: &lockedBuilder{}}
	w.north, w.south = w.school(t, "north"), w.school(t, "south")
	w.handler = graph.Handler(graph.Config{
		Resolver:     &graph.Resolver{Client: w.Ops.Client, Crud: &crud.Service{Ops: w.Ops}, Items: &queue.Items{Ops: w.Ops}},
		Authenticate: authenticate,
		Readable:     w.Ops.Guard.Readable,
		Log:          slog.New(slog.NewTextHandler(w.log, faults)),
	})
	return w
}

// authenticate takes the actor that the test's context has; the token only says that there is one.
func authenticate(r *http.Request) (*authz.Actor, error) {
	switch token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); {
	case token == "":
		return nil, errs.New(errs.MissingBearerToken, "Send Authorization: Bearer <api-key>.")
	case token == "good":
		return authz.From(r.Context()), nil
	default:
		return nil, errs.New(errs.InvalidToken)
	}
}

func (w *world) school(t testing.TB, slug string) *school {
	t.Helper()
	s := &school{Organization: w.Organization(t, slug)}
	s.student = s.Member(t, authz.RoleStudent)
	s.material = s.Material(t)
	for i := range 2 {
		s.tags = append(s.tags, w.Raw.PrinterTag.Create().SetOrganizationID(s.ID).SetName(fmt.Sprintf("tag %d", i)).SaveX(t.Context()))
	}
	for i := range printersEach {
		p := s.Printer(t, fmt.Sprintf("printer %d", i), 2, func(c *ent.PrinterCreate) {
			c.SetModel([]string{"MK4", "X1C"}[i%2]).SetSearch(fmt.Sprintf("printer %d", i)).AddTags(s.tags[i%2])
		})
		slot := p.QuerySlots().Order(ent.Asc("index")).FirstX(t.Context())
		slot.Update().SetSpool(s.Spool(t, s.material, 1000)).ExecX(t.Context())
		s.printers = append(s.printers, p)
	}
	s.theirs = s.QueueItem(t, func(c *ent.QueueItemCreate) {
		c.SetSubmitterID(s.student.ID).SetMetadata(map[string]string{"order": "7"})
	})
	s.ours = s.QueueItem(t)
	s.run = s.Print(t, s.theirs, s.printers[0], printrun.StateSucceeded)
	return s
}

// owner, pupil and key are who asks.
func (s *school) owner(t testing.TB) context.Context { return s.Session(t, s.Owner) }
func (s *school) pupil(t testing.TB) context.Context { return s.Session(t, s.student) }
func (s *school) key(t testing.TB, can ...authz.Capability) context.Context {
	return s.Key(t, can...)
}

// answer is a GraphQL response.
type answer struct {
	Data   map[string]any `json:"data"`
	Errors []failure      `json:"errors"`

	status int
	header http.Header
	body   string
}

type failure struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

// codes are the codes of the errors, in order.
func (a answer) codes() string {
	var codes []string
	for _, e := range a.Errors {
		codes = append(codes, fmt.Sprint(e.Extensions["code"]))
	}
	return strings.Join(codes, " ")
}

// at walks the data: at("printers", "edges", 0, "node", "name"). What is not there is nil.
func (a answer) at(path ...any) any {
	var v any = a.Data
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// column is one field of the nodes of a page.
func (a answer) column(field string, page ...any) (all []string) {
	edges, _ := a.at(append(page, "edges")...).([]any)
	for i := range edges {
		all = append(all, fmt.Sprint(a.at(append(slices.Clone(page), "edges", i, "node", field)...)))
	}
	return all
}

// ask sends a document with variables, given as name and value in turn.
func (w *world) ask(ctx context.Context, t testing.TB, query string, variables ...any) answer {
	t.Helper()
	vars := map[string]any{}
	for i := 0; i < len(variables); i += 2 {
		vars[variables[i].(string)] = variables[i+1]
	}
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		t.Fatal(err)
	}
	return w.send(ctx, t, request{body: string(body)})
}

// request is one over HTTP; what is empty is as it should be.
type request struct{ method, media, token, accept, body string }

func (w *world) send(ctx context.Context, t testing.TB, q request) answer {
	t.Helper()
	or := func(s, absent string) string {
		if s == "" {
			return absent
		}
		return strings.TrimPrefix(s, "none")
	}
	r := httptest.NewRequestWithContext(reqid.With(ctx, "req_test"), or(q.method, http.MethodPost), "/graphql", strings.NewReader(q.body))
	for name, value := range map[string]string{"Content-Type": or(q.media, "application/json"), "Authorization": or(q.token, "Bearer good"), "Accept": q.accept} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	a := answer{status: rec.Code, header: rec.Header(), body: rec.Body.String()}
	if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil {
		t.Fatalf("no JSON: %d %s", a.status, a.body)
	}
	return a
}

// good fails the test where an answer has errors.
func good(t testing.TB, a answer) answer {
	t.Helper()
	if len(a.Errors) > 0 || a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return a
}

// lockedBuilder is a log that resolvers of one request write to at once.
type lockedBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuilder) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuilder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// faults are what tests read of the log: the line of each request is not among them.
var faults = &slog.HandlerOptions{Level: slog.LevelWarn}
