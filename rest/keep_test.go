package rest

import (
	"context"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/errs"
)

func TestKeepSeesWhatAKeyIsBoundTo(t *testing.T) {
	var calls []Keyed
	b := setup(t, func(s *Server) {
		s.Keep = func(ctx context.Context, k Keyed, run func(context.Context) Answer) (Answer, error) {
			calls = append(calls, k)
			if k.Key == "bad" {
				return Answer{}, errs.New(errs.UnknownParameter)
			}
			a := run(ctx)
			a.Header.Set("Idempotent-Replayed", "true")
			return a, nil
		}
	})
	r := b.do("POST", "/v1/widgets", `{"name":"a"}`, headerKey, "k1")
	b.want(r, 201, "")
	if r.Header.Get("Idempotent-Replayed") != "true" || len(calls) != 1 {
		t.Fatalf("%v, %d calls", r.Header, len(calls))
	}
	k := calls[0]
	if k.Key != "k1" || k.Route != "POST /v1/widgets" || k.Op.Name() != "widget_create" {
		t.Errorf("Keep got %+v", k)
	}
	a, err := k.Encode(&widget{ID: "wid_9", Version: 2})
	if err != nil || a.Status != 201 || !strings.Contains(string(a.Body), "wid_9") || a.Header.Get("Location") == "" {
		t.Errorf("Encode: %+v, %v", a, err)
	}

	b.do("POST", "/v1/widgets", `{"name":"b"}`, headerKey, "k1")
	if calls[1].Hash == k.Hash {
		t.Error("two bodies have one hash")
	}
	b.want(b.do("POST", "/v1/widgets", `{"name":"b"}`, headerKey, "bad"), 400, "unknown_parameter")
	b.toys.panics = true
	b.want(b.do("POST", "/v1/widgets", `{"name":"b"}`, headerKey, "k3"), 500, "widget_create_failed")
	b.toys.panics = false
	b.do("POST", "/v1/widgets", `{"name":"b"}`)
	b.do("GET", one, "", headerKey, "k2")
	b.do("POST", "/v1/widgets", `{`, headerKey, "k2")
	if len(calls) != 4 {
		t.Errorf("%d calls were kept, want 4: no key, another method and an unreadable body are not", len(calls))
	}
}
