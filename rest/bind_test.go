package rest

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/validate"
)

func TestQueryIsRead(t *testing.T) {
	b := setup(t)
	for query, want := range map[string]listWidgets{
		"":                     {},
		"limit=5&cursor=abc":   {Limit: new(5), Cursor: "abc"},
		"state=new&state=old":  {State: []string{"new", "old"}},
		"min=-1.5e1&open=true": {Min: new(-15.0), Open: new(true)},
		"open=0":               {Open: new(false)},
		"created_at[gte]=2026-04-02T10:00:00%2B02:00": {Since: new(time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC))},
		"created_at%5Bgte%5D=2026-04-02T08:00:00Z":    {Since: new(time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC))},
		"expand=a,b.c&expand=d":                       {Expand: []string{"a", "b.c", "d"}},
		"owner_id=usr_1&rank=255":                     {Owner: "usr_1", Rank: 255},
		"cursor=":                                     {},
		"cursor=a%20b%26c":                            {Cursor: "a b&c"},
	} {
		if r := b.do("GET", "/v1/widgets?"+query, ""); r.StatusCode != 200 {
			t.Errorf("%s: %d %s", query, r.StatusCode, r.body)
		}
		if diff := cmp.Diff(want, b.toys.last()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", query, diff)
		}
	}
}

// A parameter that the route does not have is 400, a value that it does not take is 422 and names the parameter, and
// whatever is wrong with a cursor is one code.
func TestQueryIsRefused(t *testing.T) {
	b := setup(t)
	for query, details := range map[string]string{
		"nothing=1":      "This route has no parameter nothing.",
		"LIMIT=1":        "This route has no parameter LIMIT.",
		"widget_id=1":    "This route has no parameter widget_id.",
		"=1":             `This route has no parameter "".`,
		"%ff=1":          "This route has no parameter \ufffd.",
		"limit=1;rank=2": "The query string cannot be read.",
		"limit=%":        "The query string cannot be read.",
	} {
		r := b.do("GET", "/v1/widgets?"+query, "")
		b.want(r, 400, "unknown_parameter")
		if want := `"details":` + jsonText(details); !strings.Contains(r.body, want) {
			t.Errorf("%s: %s, want %s", query, r.body, want)
		}
	}
	for query, fields := range map[string]string{
		"limit=1&limit=2":            "limit duplicate",
		"limit=":                     "limit invalid_format",
		"limit=1.0":                  "limit invalid_format",
		"limit=99999999999999999999": "limit invalid_format",
		"rank=256":                   "rank invalid_format",
		"rank=-1":                    "rank invalid_format",
		"min=NaN":                    "min invalid_format",
		"min=Inf":                    "min invalid_format",
		"min=0x1p4":                  "min invalid_format",
		"min=1e999":                  "min invalid_format",
		"open=yes":                   "open invalid_format",
		"created_at[gte]=2026-04-02": "created_at[gte] invalid_format",
		"created_at[gte]=2026-04-02T10:00:00+02:00": "created_at[gte] invalid_format",
		"state=%ff":                      "state invalid_characters",
		"limit=x&open=yes":               "limit invalid_format, open invalid_format",
		"limit=0":                        "limit out_of_range",
		"state=new&state=sleeping":       "state not_allowed",
		"limit=201&state=sleeping&min=1": "limit out_of_range, state not_allowed",
	} {
		r := b.do("GET", "/v1/widgets?"+query, "")
		b.want(r, 422, "validation_failed")
		if r.fields() != fields {
			t.Errorf("%s: %s, want %s", query, r.fields(), fields)
		}
	}
	for _, query := range []string{"cursor=%ff", "cursor=a&cursor=b", "trouble=cursor"} {
		b.want(b.do("GET", "/v1/widgets?"+query, ""), 400, "invalid_cursor")
	}
}

func TestPathHeaderAndBodyFillOneInput(t *testing.T) {
	b := setup(t)
	b.want(b.do("PATCH", one, `{"note":null,"tags":["x"]}`, "If-Match", `"3-ab"`), 200, "")
	in, _ := b.toys.last().(updateWidget)
	if in.ID != "wid_1" || in.IfMatch != `"3-ab"` {
		t.Errorf("path and header: %+v", in)
	}
	if in.Name.IsSet() || !in.Note.IsSet() || in.Note.Value() != nil || !reflect.DeepEqual(in.Tags.Value(), []string{"x"}) {
		t.Errorf("body: %+v", in)
	}
	b.want(b.do("PATCH", one, `{"name":null}`), 422, "validation_failed")
}

func TestTablesThatCannotWork(t *testing.T) {
	type in struct {
		ID   string `path:"id"`
		Name string `json:"name"`
	}
	build := func(typed func() Route) (err any) {
		defer func() { err = recover() }()
		s := &Server{Routes: []Route{typed()}}
		s.Handler()
		return nil
	}
	plain := func(p place) place { return p }
	for name, typed := range map[string]func() Route{
		"a path without its parameter": func() Route {
			return route(POST, "/v1/x", 200, op("x"), func(context.Context, in) (place, error) { return place{}, nil }, plain)
		},
		"a parameter without its path": func() Route {
			return route(POST, "/v1/x/{id}/{other}", 200, op("x"), func(context.Context, in) (place, error) { return place{}, nil }, plain)
		},
		"a body for GET": func() Route {
			return route(GET, "/v1/x/{id}", 200, op("x"), func(context.Context, in) (place, error) { return place{}, nil }, plain)
		},
		"a key in the query": func() Route {
			return list("/v1/x", op("x"), listOf[struct {
				Token string `query:"token"`
			}], plain)
		},
		"two parameters of one name": func() Route {
			return list("/v1/x", op("x"), listOf[struct {
				A string `query:"a"`
				B string `query:"a"`
			}], plain)
		},
		"a parameter that is a struct": func() Route {
			return list("/v1/x", op("x"), listOf[struct {
				A place `query:"a"`
			}], plain)
		},
		"a rule that does nothing": func() Route {
			return list("/v1/x", op("x"), listOf[struct {
				A int `query:"a" maxLength:"3"`
			}], plain)
		},
		"a location that is not in the view": func() Route {
			return route(POST, "/v1/x", 201, op("x"), func(context.Context, struct{}) (place, error) { return place{}, nil }, plain).at("/v1/x/{id}")
		},
		"two routes of one pattern": func() Route {
			return route(GET, "/v1/public/version", 200, op("x"), func(context.Context, struct{}) (place, error) { return place{}, nil }, plain)
		},
	} {
		if build(typed) == nil {
			t.Errorf("%s: the table is accepted", name)
		}
	}
}

func listOf[In any](context.Context, In) (page.List[place], error) { return page.List[place]{}, nil }

func jsonText(s string) string {
	b, _ := marshal(s) // a text has a JSON form
	return strings.TrimSpace(string(b))
}

func TestSystemActorsHaveNoRoutes(t *testing.T) {
	b := setup(t, func(s *Server) {
		s.Authenticate = func(*http.Request) (*authz.Actor, error) { return authz.System("org_1", "sweep"), nil }
	})
	b.want(b.do("GET", one, ""), 403, "insufficient_permissions")
}

// Null clears a member of a PATCH or is refused: a plain pointer or list could not be told from one that was not sent. Lists of
// what to add and take away are no state to be cleared.
func TestNullInAPatchIsNeverIgnored(t *testing.T) {
	patches := 0
	for _, rt := range (&API{}).Routes() {
		if rt.Method == PATCH {
			patches++
			neverIgnored(t, rt.pattern(), rt.plan.typ, bodyName)
		}
	}
	if patches < 10 {
		t.Errorf("only %d routes", patches)
	}
}

// neverIgnored looks at a change, and at the changes in it: other objects are replaced as a whole.
func neverIgnored(t *testing.T, where string, change reflect.Type, nameOf func(reflect.StructField) string) {
	for _, f := range members(change, nameOf) {
		name := nameOf(f)
		inner, told := validate.Omittable(f.Type)
		if !told && !strings.HasSuffix(name, "_add") && !strings.HasSuffix(name, "_remove") {
			t.Errorf("%s: null for %s, a %v, is as if it were not sent", where, name, f.Type)
		}
		if told && inner.Kind() == reflect.Pointer && strings.HasSuffix(inner.Elem().Name(), "Patch") {
			neverIgnored(t, where+" "+name, inner.Elem(), jsonName)
		}
	}
}
