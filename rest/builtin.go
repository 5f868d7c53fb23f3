package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
)

// Version is what GET /v1/public/version answers.
type Version struct {
	APISeries     string `json:"api_series" doc:"Stable series of the contract." example:"v1"`
	APIVersion    string `json:"api_version" doc:"Stamp of the contract that is served." example:"2026-04-02"`
	ServerVersion string `json:"server_version" doc:"Version of the program."`
	DocsURL       string `json:"docs_url" doc:"The readable reference."`
	ChangelogURL  string `json:"changelog_url" doc:"What changed, and when."`
	OpenAPIURL    string `json:"openapi_url" doc:"The OpenAPI 3.1 document."`
	GraphQLURL    string `json:"graphql_url" doc:"The GraphQL endpoint."`
}

// table is the route table with the routes that this package answers itself.
func (s *Server) table() []Route {
	document := describing()
	routes := append([]Route{s.version(), document}, s.Routes...)
	document.prepare = serving(must(s.document(routes)))
	routes[1] = document
	return routes
}

func (s *Server) version() Route {
	v := Version{
		APISeries: APISeries, APIVersion: APIVersion, ServerVersion: s.ServerVersion,
		DocsURL: s.docsURL(), ChangelogURL: s.changelogURL(), OpenAPIURL: s.base() + "/v1/openapi.json", GraphQLURL: s.base() + "/graphql",
	}
	o := authz.Op{Resource: "version", Verb: "get", Summary: "Contract version and links."}
	do := func(context.Context, struct{}) (Version, error) { return v, nil }
	return route(GET, "/v1/public/version", http.StatusOK, o, do, func(v Version) Version { return v }).public()
}

// describing is the route of the OpenAPI document, which describes itself too and so is made after all routes are known.
func describing() Route {
	o := authz.Op{Resource: "openapi", Verb: "get", Summary: "This document."}
	return newRoute(reflect.TypeFor[struct{}](), reflect.TypeFor[map[string]any](), GET, "/v1/openapi.json", http.StatusOK, o).public()
}

// serving answers the same bytes to everybody, compressed to those who can read that.
func serving(body []byte) func(*exchange) (call, error) {
	whole, small := documented(body), documented(compressed(body))
	small.Header.Set("Content-Encoding", "gzip")
	return func(x *exchange) (call, error) {
		a := whole
		if strings.Contains(x.r.Header.Get("Accept-Encoding"), "gzip") {
			a = small
		}
		return call{
			run:    func(context.Context) (any, error) { return nil, nil },
			encode: func(any) (Answer, error) { return a, nil },
		}, x.known()
	}
}

func documented(body []byte) Answer {
	return Answer{Status: http.StatusOK, Body: body, Header: http.Header{
		"Content-Type": {"application/json"}, "Content-Length": {strconv.Itoa(len(body))},
		"Cache-Control": {"public, no-cache"}, "Etag": {etag(0, body)}, "Vary": {"Accept-Encoding"},
	}}
}

func compressed(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // into memory
	_ = w.Close()
	return b.Bytes()
}

// health is what the probes answer.
type health struct {
	Status string `json:"status"`
}

// probe answers whether something holds, for load balancers: 200, or 503 with the code not_ready.
func (h *handler) probe(holds func(context.Context) error) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		x, _ := r.Context().Value(exchangeKey{}).(*exchange)
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		x.route, x.r = &Route{Success: http.StatusOK}, r
		x.answer = x.settle(func() (Answer, error) {
			if holds != nil {
				if err := holds(ctx); err != nil {
					return Answer{}, errs.Wrap(errs.New(errs.NotReady, "The server is not ready."), err)
				}
			}
			return respond(x, health{"ok"})
		})
	})
}
