package rest

import (
	"net/http"
	"testing"

	"github.com/soloprint/soloprint/internal/authz"
)

func TestCORS(t *testing.T) {
	const origin = "https://board.school.example"
	b := setup(t, func(s *Server) { s.CORSOrigins = []string{origin} })
	r := b.do("OPTIONS", "/v1/widgets", "", "Authorization", "", "Origin", origin, "Access-Control-Request-Method", "POST")
	if r.StatusCode != 204 || r.Header.Get("Access-Control-Allow-Origin") != origin || r.Header.Get("Access-Control-Allow-Methods") != "GET, HEAD, POST" {
		t.Errorf("preflight: %d %v", r.StatusCode, r.Header)
	}
	if r := b.do("GET", one, "", "Origin", origin); r.Header.Get("Access-Control-Allow-Origin") != origin || r.Header.Get("Vary") != "Origin" || r.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("GET: %v", r.Header)
	}
	for _, other := range []string{"https://evil.example", "null", origin + ".evil.example"} {
		r := b.do("OPTIONS", "/v1/widgets", "", "Origin", other, "Access-Control-Request-Method", "POST")
		if r.StatusCode != 405 || r.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v", other, r.StatusCode, r.Header)
		}
	}
	if r := setup(t).do("GET", one, "", "Origin", origin); r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without configured origins: %v", r.Header)
	}
}

func TestForgedRequestsAreRefused(t *testing.T) {
	b := setup(t, func(s *Server) {
		s.Authenticate = func(*http.Request) (*authz.Actor, error) { // a console cookie
			return &authz.Actor{Kind: authz.KindSession, ID: "ses_1", Can: authz.Capabilities()}, nil
		}
	})
	const site = "Sec-Fetch-Site"
	b.want(b.do("POST", "/v1/widgets", `{"name":"a"}`, "Authorization", "", site, "cross-site"), 403, "insufficient_permissions")
	b.want(b.do("POST", "/v1/widgets", `{"name":"a"}`, "Authorization", "", "Origin", "https://evil.example"), 403, "insufficient_permissions")
	b.want(b.do("POST", "/v1/widgets", `{"name":"a"}`, "Authorization", "", site, "same-origin"), 201, "")
	b.want(b.do("POST", "/v1/widgets", `{"name":"a"}`, "Authorization", "", "Origin", "https://print.example"), 201, "")
	b.want(b.do("POST", "/v1/widgets", `{"name":"a"}`, site, "cross-site"), 201, "")
	b.want(b.do("GET", one, "", "Authorization", "", site, "cross-site"), 200, "")
}
