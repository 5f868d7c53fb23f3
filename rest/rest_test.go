package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/validate"
)

// The toy domain: widgets, which are made, read, listed, changed, removed and downloaded.

type widget struct {
	ID      pid.ID
	Version int
	Name    string
	Tags    []string
}

func (w *widget) RowVersion() int { return w.Version }

// Widget is a view.
type Widget struct {
	ID    pid.ID      `json:"id" doc:"Identifier."`
	Name  string      `json:"name" doc:"What it is called." example:"gear & wheel"`
	Tags  []string    `json:"tags" doc:"Words on it."`
	Maker *WidgetUser `json:"maker" doc:"Who made it; null for nobody."`
	Note  *string     `json:"note,omitempty"`
}

// WidgetUser is a view inside a view.
type WidgetUser struct {
	Email string   `json:"email"`
	Roles []string `json:"roles"`
}

func viewWidget(w *widget) Widget { return Widget{ID: w.ID, Name: w.Name, Tags: w.Tags} }

type widgetID struct {
	ID pid.ID `path:"widget_id"`
}

type createWidget struct {
	Name         string                  `json:"name" required:"true" maxLength:"20" doc:"What it is called."`
	Count        int                     `json:"count,omitempty" minimum:"0" maximum:"1000"`
	Small        int8                    `json:"small,omitempty"`
	Size         uint16                  `json:"size,omitempty"`
	Grams        float64                 `json:"grams,omitempty" minimum:"0"`
	Ratio        float32                 `json:"ratio,omitempty"`
	Kind         string                  `json:"kind,omitempty" enum:"gear,wheel"`
	Draft        bool                    `json:"draft,omitempty"`
	At           *time.Time              `json:"at,omitempty"`
	Due          time.Time               `json:"due,omitzero"`
	Tags         []string                `json:"tags,omitempty" maxItems:"5" uniqueItems:"true"`
	Requirements schematype.Requirements `json:"requirements,omitzero"`
	Metadata     map[string]string       `json:"metadata,omitempty" maxProperties:"50" keyMaxLength:"40" valueMaxLength:"200"`
	Options      map[string]any          `json:"options,omitempty"`
	Any          any                     `json:"any,omitempty"`
	Raw          json.RawMessage         `json:"raw,omitempty"`
	Blob         []byte                  `json:"blob,omitempty"`
	Self         *selfish                `json:"self,omitempty"`
}

type selfish struct {
	Name string    `json:"name,omitempty"`
	Self *selfish  `json:"self,omitempty"`
	List []selfish `json:"list,omitempty"`
}

type updateWidget struct {
	widgetID
	IfMatch string                                `header:"If-Match" doc:"The version that is to be changed."`
	Name    graphql.Omittable[*string]            `json:"name" maxLength:"20" nullable:"false"`
	Note    graphql.Omittable[*string]            `json:"note" maxLength:"20" enum:"a,b"`
	Tags    graphql.Omittable[[]string]           `json:"tags" maxItems:"5"`
	Size    graphql.Omittable[*schematype.Size]   `json:"size"`
	Until   graphql.Omittable[*time.Time]         `json:"until"`
	Limits  graphql.Omittable[*schematype.Limits] `json:"limits" nullable:"false"`
}

type listWidgets struct {
	Limit   *int       `query:"limit" minimum:"1" maximum:"200" doc:"Rows."`
	Cursor  string     `query:"cursor"`
	State   []string   `query:"state" enum:"new,old"`
	Min     *float64   `query:"min"`
	Open    *bool      `query:"open"`
	Since   *time.Time `query:"created_at[gte]"`
	Expand  []string   `query:"expand,comma"`
	Owner   pid.ID     `query:"owner_id"`
	Rank    uint8      `query:"rank"`
	Trouble string     `query:"trouble"`
}

type confirmWidget struct {
	widgetID
	Started bool `json:"started" required:"true"`
}

type place struct {
	URL string `json:"url"`
}

// toys is the state of the toy domain.
type toys struct {
	mu     sync.Mutex
	widget widget
	inputs []any // what operations were called with
	block  bool  // operations wait for the deadline
	fail   error // operations fail with this
	panics bool
}

func (t *toys) take(ctx context.Context, in any) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inputs = append(t.inputs, in)
	switch {
	case t.panics:
		panic("secret of the toy domain")
	case t.block:
		<-ctx.Done()
		return errs.Failed("widget", "get", ctx.Err())
	case t.fail != nil:
		return t.fail
	}
	return errs.Invalid(validate.Struct(in)...)
}

func (t *toys) last() any {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.inputs) == 0 {
		return nil
	}
	return t.inputs[len(t.inputs)-1]
}

func (t *toys) create(ctx context.Context, in createWidget) (*widget, error) {
	return &widget{ID: "wid_1", Version: 1, Name: in.Name}, t.take(ctx, in)
}

func (t *toys) get(ctx context.Context, in widgetID) (*widget, error) {
	if err := t.take(ctx, in); err != nil {
		return nil, err
	}
	if in.ID != t.widget.ID {
		return nil, errs.NotFound("widget")
	}
	return &t.widget, nil
}

func (t *toys) update(ctx context.Context, in updateWidget) (*widget, error) {
	return &t.widget, t.take(ctx, in)
}

func (t *toys) confirm(ctx context.Context, in confirmWidget) (*widget, error) {
	return &t.widget, t.take(ctx, in)
}

func (t *toys) bulk(ctx context.Context, in struct {
	Rows []schematype.Size `json:"rows"`
}) (place, error) {
	return place{"bulk"}, t.take(ctx, in)
}

func (t *toys) list(ctx context.Context, in listWidgets) (page.List[*widget], error) {
	if in.Trouble == "cursor" {
		return page.List[*widget]{}, page.ErrCursor
	}
	l := page.List[*widget]{Data: []*widget{&t.widget}}
	if in.Limit != nil && *in.Limit == 1 && in.Cursor == "" {
		l.Next, l.Total = "c+/=2", new(7)
	}
	return l, t.take(ctx, in)
}

func (t *toys) remove(ctx context.Context, in widgetID) (struct{}, error) {
	return struct{}{}, t.take(ctx, in)
}

func (t *toys) download(ctx context.Context, in widgetID) (string, error) {
	return "https://store.example/x?a=1&b=2", t.take(ctx, in)
}

func op(verb string, needs ...authz.Capability) authz.Op {
	return authz.Op{Resource: "widget", Verb: verb, Needs: needs, Summary: "Widgets: " + verb + "."}
}

func (t *toys) routes() []Route {
	const widgets, one = "/v1/widgets", "/v1/widgets/{widget_id}"
	return []Route{
		list(widgets, op("list", authz.OperationsRead), t.list, viewWidget),
		route(POST, widgets, 201, op("create", authz.SpoolManage), t.create, viewWidget),
		route(GET, one, 200, op("get", authz.OperationsRead), t.get, viewWidget),
		route(PATCH, one, 200, op("update", authz.SpoolManage, authz.PrinterManage), t.update, viewWidget),
		remove(one, op("delete", authz.SpoolManage), t.remove),
		route(POST, one+"/confirm", 202, op("confirm"), t.confirm, viewWidget),
		route(POST, "/v1/widgets/bulk", 200, op("bulk"), t.bulk, func(p place) place { return p }).bodyOf(4096).within(time.Second),
		route(POST, "/v1/widgets/register", 201, op("register"), t.create, func(w *widget) registered {
			return registered{File: viewWidget(w), Upload: place{"u"}}
		}).at("/v1/files/{file.id}"),
		download(one+"/download", op("download", authz.OperationsRead), t.download, func(s string) place { return place{s} }, func(s string) string { return s }),
		route(GET, "/v1/public/hello", 200, op("greet"), func(context.Context, struct{}) (place, error) { return place{"hi"}, nil }, func(p place) place { return p }).public(),
	}
}

type registered struct {
	File   Widget `json:"file"`
	Upload place  `json:"upload"`
}

// bench is a server with toys behind it.
type bench struct {
	*testing.T
	toys   *toys
	server *Server
	url    string
	logs   *journal
	clock  *clock.Fake
}

// journal is a log that can be read while it is written.
type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(p)
}

// await is the line of the request, which is written after its answer.
func (j *journal) await(t testing.TB, requestID string) string {
	t.Helper()
	for range 200 {
		j.mu.Lock()
		all := j.lines.String()
		j.mu.Unlock()
		for line := range strings.Lines(all) {
			if strings.Contains(line, `"request_id":"`+requestID+`"`) {
				return line
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("no log line of request %s", requestID)
	return ""
}

// The tokens that the bench knows.
const (
	reader  = "reader"  // operations.read
	manager = "manager" // all
)

func setup(t *testing.T, change ...func(*Server)) *bench {
	t.Helper()
	b := &bench{T: t, logs: &journal{}, clock: clock.NewFake(time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC))}
	b.toys = &toys{widget: widget{ID: "wid_1", Version: 3, Name: "gear & wheel"}}
	b.server = &Server{
		Routes: b.toys.routes(), Authenticate: authenticate, PublicURL: "https://print.example/", ServerVersion: "1.2.3",
		Log: slog.New(slog.NewJSONHandler(b.logs, nil)), Clock: b.clock,
	}
	for _, c := range change {
		c(b.server)
	}
	s := httptest.NewServer(b.server.Handler())
	t.Cleanup(s.Close)
	b.url = s.URL
	return b
}

func authenticate(r *http.Request) (*authz.Actor, error) {
	a := &authz.Actor{Kind: authz.KindAPIKey, ID: "key_1", Organization: "org_1"}
	switch token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); token {
	case "":
		return nil, errs.New(errs.MissingBearerToken)
	case reader:
		a.Can = []authz.Capability{authz.OperationsRead}
	case manager:
		a.ID, a.Can = "key_2", authz.Capabilities()
	case "broken":
		return nil, errors.New("database is gone")
	default:
		return nil, errs.New(errs.InvalidToken)
	}
	return a, nil
}

// reply is an answer, read.
type reply struct {
	*http.Response
	body string
}

func (r reply) code() string {
	var e Error
	_ = json.Unmarshal([]byte(r.body), &e)
	return string(e.Error)
}

func (r reply) fields() string {
	var e Error
	_ = json.Unmarshal([]byte(r.body), &e)
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Path + " " + f.Code
	}
	return strings.Join(parts, ", ")
}

// do sends a request as the manager; headers come in pairs and "Authorization", "" sends none.
func (b *bench) do(method, path, body string, headers ...string) reply {
	b.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	return b.send(method, path, reader, headers...)
}

func (b *bench) send(method, path string, body io.Reader, headers ...string) reply {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, b.url+path, body)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+manager)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	return reply{resp, string(all)}
}

func (b *bench) want(r reply, status int, code string) {
	b.Helper()
	if r.StatusCode != status || r.code() != code {
		b.Errorf("%s %s: %d %s, want %d %s\n%s", r.Request.Method, r.Request.URL, r.StatusCode, r.code(), status, code, r.body)
	}
}
