package rest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/idem"
	"github.com/soloprint/soloprint/internal/material"
	operation "github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/rest/generated"
)

// school is the real routes over a real database with two organizations, for whom a token is the name of an actor.
type school struct {
	*testing.T
	*testkit.Kit
	us, them *testkit.Organization
	actors   map[string]*authz.Actor
	url      string
}

// eachSchool runs a test on both databases.
func eachSchool(t *testing.T, test func(s *school)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) { test(newSchool(t, db)) })
}

func newSchool(t *testing.T, db *store.DB) *school {
	t.Helper()
	k := testkit.NewKit(t, db)
	s := &school{T: t, Kit: k, us: k.Organization(t, "riverside"), them: k.Organization(t, "hillside")}
	s.actors = map[string]*authz.Actor{
		"us": authz.From(s.us.Session(t, s.us.Owner)), "our key": authz.From(s.us.Key(t, authz.Capabilities()...)), "them": authz.From(s.them.Session(t, s.them.Owner)),
		"our reader": authz.From(s.us.Key(t, authz.OperationsRead)),
	}
	api := &API{Crud: &crud.Service{Ops: k.Ops}, Material: &material.Service{Ops: k.Ops}, Items: &queue.Items{Ops: k.Ops},
		Matching: &queue.Matching{Ops: k.Ops}, Dispatch: &queue.Dispatch{Ops: k.Ops}}
	keys := &idem.Keys{Client: k.Raw, Secrets: k.Secrets, Clock: k.Clock, Log: slog.New(slog.DiscardHandler)}
	server := httptest.NewServer((&Server{Routes: api.Routes(), Authenticate: s.authenticate, PublicURL: "https://print.example", Clock: k.Clock, Keep: KeepIn(keys)}).Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *school) authenticate(r *http.Request) (*authz.Actor, error) {
	name, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if a := s.actors[name]; a != nil {
		return a, nil
	}
	return nil, errs.New(errs.InvalidToken)
}

// post sends a POST with the keys; more are further headers in pairs.
func (s *school) post(who, path, body string, keys []string, more ...string) reply {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + who}, "Content-Type": {"application/json"}, headerKey: keys}
	for i := 0; i < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return reply{resp, string(all)}
}

// want fails where the answer is another, and says what an answer looked like.
func (s *school) want(what string, r reply, status int, code errs.Code) {
	s.Helper()
	if r.StatusCode != status || r.code() != string(code) {
		s.Errorf("%s: %d %s, want %d %s", what, r.StatusCode, r.body, status, code)
	}
}

// wantReplay fails where an answer is not the first one's, byte for byte.
func (s *school) wantReplay(what string, first, again reply) {
	s.Helper()
	if first.Header.Get(headerReplayed) != "" || again.Header.Get(headerReplayed) != "true" {
		s.Errorf("%s: %s is %q, then %q", what, headerReplayed, first.Header.Get(headerReplayed), again.Header.Get(headerReplayed))
	}
	for _, own := range []string{headerReplayed, headerRequestID, "Date"} {
		first.Header.Del(own)
		again.Header.Del(own)
	}
	if d := cmp.Diff(fmt.Sprint(first.StatusCode, first.Header, first.body), fmt.Sprint(again.StatusCode, again.Header, again.body)); d != "" {
		s.Errorf("%s (-first +again):\n%s", what, d)
	}
}

const aMaterial = `{"name":"PLA","type":"PLA","color_hex":"#112233","diameter_mm":1.75,"density_g_cm3":1.24}`

func TestAnAnswerIsGivenAgainByteForByte(t *testing.T) {
	eachSchool(t, func(s *school) {
		spool := s.us.Spool(t, s.us.Material(t), 100)
		deduct := "/v1/spools/" + string(spool.ID) + "/deduct"
		for i, c := range []struct {
			name, path, body string
			status           int
			code             errs.Code
			header           []string // that the answer has
		}{
			{"created", "/v1/materials", aMaterial, 201, "", []string{"Location", "ETag"}},
			{"an operation", deduct, `{"grams":10}`, 200, "", nil},
			{"a value that is not allowed", deduct, `{"grams":-1}`, 422, errs.ValidationFailed, nil},
			{"a row that is not there", "/v1/spools/spl_nothing/deduct", `{"grams":1}`, 404, "spool_not_found", nil},
			{"a rule that refuses", deduct, `{"grams":1000}`, 409, errs.SpoolInsufficientMaterial, nil},
		} {
			key := []string{fmt.Sprint("key-", i)}
			first := s.post("us", c.path, c.body, key)
			s.want(c.name, first, c.status, c.code)
			for _, h := range c.header {
				if first.Header.Get(h) == "" {
					t.Errorf("%s: no %s", c.name, h)
				}
			}
			s.wantReplay(c.name, first, s.post("us", c.path, c.body, key))
		}
		if left := s.Raw.Spool.GetX(t.Context(), spool.ID).RemainingG; left != 90 {
			t.Errorf("%v g are left of 100, after 10 were deducted twice under one key", left)
		}
	})
}

func TestAKeyIsBoundToOneRequest(t *testing.T) {
	eachSchool(t, func(s *school) {
		m := s.us.Material(t)
		a, b := s.us.Spool(t, m, 100), s.us.Spool(t, m, 100)
		path := func(spool *ent.Spool) string { return "/v1/spools/" + string(spool.ID) + "/deduct" }
		key := []string{"k"}
		s.want("first", s.post("us", path(a), `{"grams":10}`, key, "If-Match", "*"), 200, "")
		s.want("another body", s.post("us", path(a), `{"grams":11}`, key, "If-Match", "*"), 422, errs.IdempotencyKeyReused)
		s.want("another path", s.post("us", path(b), `{"grams":10}`, key, "If-Match", "*"), 422, errs.IdempotencyKeyReused)
		s.want("another query", s.post("us", path(a)+"?", `{"grams":10}`, key, "If-Match", "*"), 422, errs.IdempotencyKeyReused)
		s.want("another condition", s.post("us", path(a), `{"grams":10}`, key), 422, errs.IdempotencyKeyReused)
		s.want("another principal", s.post("our key", path(a), `{"grams":10}`, key, "If-Match", "*"), 200, "")
		s.want("another organization", s.post("them", path(a), `{"grams":10}`, key, "If-Match", "*"), 404, "spool_not_found")
		s.want("another route", s.post("us", "/v1/materials", aMaterial, key), 201, "")
		if x, y := s.Raw.Spool.GetX(t.Context(), a.ID).RemainingG, s.Raw.Spool.GetX(t.Context(), b.ID).RemainingG; x != 80 || y != 100 {
			t.Errorf("%v and %v g are left", x, y)
		}
	})
}

// What is refused before the operation is called is not kept: the key is free for the request that was meant.
func TestWhatIsRefusedBeforehandIsNotKept(t *testing.T) {
	eachSchool(t, func(s *school) {
		key := []string{"k"}
		s.want("nobody", s.post("stranger", "/v1/materials", aMaterial, key), 401, errs.InvalidToken)
		s.want("no capability", s.post("our reader", "/v1/materials", aMaterial, key), 403, errs.InsufficientPermissions)
		s.want("no JSON", s.post("us", "/v1/materials", `{`, key), 400, errs.InvalidJSON)
		s.want("an unknown name", s.post("us", "/v1/materials", `{"nome":"PLA"}`, key), 422, errs.ValidationFailed)
		s.want("an unknown parameter", s.post("us", "/v1/materials?x=1", aMaterial, key), 400, errs.UnknownParameter)
		s.want("another media type", s.post("us", "/v1/materials", aMaterial, key, "Content-Type", "text/plain"), 415, errs.UnsupportedMediaType)
		if n := s.Raw.IdempotencyKey.Query().CountX(t.Context()); n != 0 {
			t.Errorf("%d keys are kept", n)
		}
		s.want("as meant", s.post("us", "/v1/materials", aMaterial, key), 201, "")
	})
}

func TestKeysThatCannotBe(t *testing.T) {
	eachSchool(t, func(s *school) {
		for name, keys := range map[string][]string{
			"an empty one": {""}, "two words": {"a b"}, "two headers": {"a", "b"}, "the same twice": {"a", "a"}, "256 characters": {strings.Repeat("x", 256)}, "no ASCII": {"schlüssel"},
		} {
			s.want(name, s.post("us", "/v1/materials", aMaterial, keys), 400, errs.IdempotencyKeyInvalid)
		}
		if n := s.Raw.Material.Query().CountX(t.Context()); n != 0 {
			t.Errorf("%d materials were made", n)
		}
		s.want("255 characters", s.post("us", "/v1/materials", aMaterial, []string{strings.Repeat("x", 255)}), 201, "")
	})
}

// Pressed twice, the button gives the printer one item; pressed by many at once, too.
func TestDispatchNextUnderOneKeyDispatchesOnce(t *testing.T) {
	eachSchool(t, func(s *school) {
		ada, bob := s.us.Printer(t, "Ada", 0), s.us.Printer(t, "Bob", 0)
		for i := range 4 {
			s.want("queue", s.post("us", "/v1/platform/queue", fmt.Sprintf(`{"name":"Gear %d"}`, i), nil), 201, "")
		}
		press := func(p *ent.Printer) reply {
			return s.post("us", "/v1/platform/printers/"+string(p.ID)+"/dispatch-next", `{}`, []string{"one-press"})
		}
		first := press(ada)
		s.want("first", first, 200, "")
		s.wantReplay("second", first, press(ada))
		s.want("without a key", s.post("us", "/v1/platform/printers/"+string(ada.ID)+"/dispatch-next", `{}`, nil), 409, errs.PrinterNotReady)

		var all sync.WaitGroup
		answers := make([]reply, 6)
		for i := range answers {
			all.Go(func() {
				answers[i] = s.post("our key", "/v1/platform/printers/"+string(bob.ID)+"/dispatch-next", `{}`, []string{"all-press"})
			})
		}
		all.Wait()
		for _, a := range answers {
			if a.StatusCode != 200 && a.code() != string(errs.IdempotencyKeyInUse) {
				t.Errorf("one of many: %d %s", a.StatusCode, a.body)
			}
		}
		if n := s.Raw.PrintRun.Query().CountX(t.Context()); n != 2 {
			t.Errorf("%d prints of two printers", n)
		}
	})
}

// A caller that may not deduct any more gets no kept answer either.
func TestAKeptAnswerNeedsTheCapabilityToo(t *testing.T) {
	eachSchool(t, func(s *school) {
		spool := s.us.Spool(t, s.us.Material(t), 100)
		path := "/v1/spools/" + string(spool.ID) + "/deduct"
		s.want("first", s.post("our key", path, `{"grams":10}`, []string{"k"}), 200, "")
		less := *s.actors["our key"]
		less.Can = authz.Any(authz.OperationsRead)
		s.actors["our key"] = &less
		s.want("again", s.post("our key", path, `{"grams":10}`, []string{"k"}), 403, errs.InsufficientPermissions)
		if n := s.Raw.LedgerEntry.Query().Where(ledgerentry.KindEQ(ledgerentry.KindDeduct)).CountX(t.Context()); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
}

// Every POST of the table takes the header, and no other method does.
// A 503 whose transaction was rolled back is not kept: sent again under its key, the request runs, and what it then answers is.
func TestAFaultThatLeftNothingIsNotKept(t *testing.T) {
	eachSchool(t, func(s *school) {
		var late atomic.Bool
		late.Store(true)
		create := func(ctx context.Context, in crud.CreateMaterialInput) (*ent.Material, error) {
			return operation.Do(ctx, s.Ops, crud.OpMaterialCreate, in, func(ctx context.Context, tx *ent.Tx) (*ent.Material, error) {
				m, err := tx.Material.Create().SetName(in.Name).SetType(in.Type).SetSearch(in.Name).Save(ctx)
				if err == nil && late.Swap(false) {
					<-ctx.Done() // until the time of the request is over
					return nil, ctx.Err()
				}
				return m, err
			})
		}
		keys := &idem.Keys{Client: s.Raw, Secrets: s.Secrets, Clock: s.Clock, Log: slog.New(slog.DiscardHandler)}
		slow := route(POST, "/v1/slow", http.StatusCreated, crud.OpMaterialCreate, create, generated.NewMaterial).within(2 * time.Second)
		server := httptest.NewServer((&Server{Routes: []Route{slow}, Authenticate: s.authenticate, PublicURL: "https://print.example", Clock: s.Clock, Keep: KeepIn(keys)}).Handler())
		defer server.Close()
		s.url = server.URL

		key := []string{"again"}
		first := s.post("us", "/v1/slow", aMaterial, key)
		s.want("the time is over", first, 503, "not_ready")
		if first.Header.Get("Retry-After") == "" || s.Raw.Material.Query().CountX(s.Context()) != 0 {
			s.Errorf("Retry-After %q; something was made", first.Header.Get("Retry-After"))
		}
		second := s.post("us", "/v1/slow", aMaterial, key)
		s.want("the same again", second, 201, "")
		if second.Header.Get(headerReplayed) != "" {
			s.Errorf("the fault was kept: %v", second.Header)
		}
		s.wantReplay("a third time", second, s.post("us", "/v1/slow", aMaterial, key))
		if n := s.Raw.Material.Query().CountX(s.Context()); n != 1 {
			s.Errorf("%d were made", n)
		}
	})
}

func TestEveryPostTakesAKey(t *testing.T) {
	kept := map[string]bool{}
	server := &Server{Routes: (&API{}).Routes(), PublicURL: "https://print.example",
		Authenticate: func(*http.Request) (*authz.Actor, error) {
			return &authz.Actor{Kind: authz.KindSession, ID: pid.New("ses"), Can: authz.Capabilities()}, nil
		},
		Keep: func(_ context.Context, k Keyed, _ func(context.Context) Answer) (Answer, error) {
			kept[k.Route] = k.Key == "k"
			return Answer{Status: http.StatusTeapot}, nil
		},
	}
	bodies := map[string]string{"/v1/platform/spool-assignments": `{"slot_index":0}`, "/v1/files/register": `{"size_bytes":1}`, "/v1/platform/notification-preferences": `{"email":true}`} // else they do not bind
	h, parameter, posts := server.Handler(), regexp.MustCompile(`{[^}]*}`), 0
	for _, rt := range server.Routes {
		if rt.Method != http.MethodPost || rt.Public { // who is nobody has no keys
			continue
		}
		posts++
		body, special := bodies[rt.Path]
		if !special {
			body = `{}`
		}
		r := httptest.NewRequest(rt.Method, parameter.ReplaceAllString(rt.Path, "x"), strings.NewReader(body))
		r.Header = http.Header{headerKey: {"k"}, "Content-Type": {"application/json"}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if !kept[rt.pattern()] || w.Code != http.StatusTeapot {
			t.Errorf("%s: kept %v, %d %s", rt.pattern(), kept[rt.pattern()], w.Code, w.Body)
		}
	}
	if posts < 30 {
		t.Errorf("the table has %d POSTs: is the walk still right?", posts)
	}
}

func TestTheDocumentSaysWhichRoutesTakeAKey(t *testing.T) {
	server := &Server{Routes: (&API{}).Routes(), PublicURL: "https://print.example"}
	text, err := server.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	header := doc.Components.Parameters["IdempotencyKey"].Value
	for _, code := range []errs.Code{errs.IdempotencyKeyInvalid, errs.IdempotencyKeyInUse, errs.IdempotencyKeyReused} {
		if !strings.Contains(header.Description, string(code)) {
			t.Errorf("%s is not described", code)
		}
	}
	for _, rt := range server.Routes {
		o := doc.Paths.Find(rt.Path).GetOperation(rt.Method)
		takes := false
		for _, p := range o.Parameters {
			takes = takes || p.Ref == "#/components/parameters/IdempotencyKey"
		}
		missing := slices.ContainsFunc([]int{400, 409, 422}, func(status int) bool { return o.Responses.Status(status) == nil })
		if takes != (rt.Method == http.MethodPost && !rt.Public) || takes && (missing || o.Responses.Status(rt.Success).Value.Headers[headerReplayed] == nil) {
			t.Errorf("%s: takes a key %v, its answers are described %v", rt.pattern(), takes, !missing)
		}
	}
}
