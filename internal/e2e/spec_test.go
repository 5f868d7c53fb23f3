package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// spec is the program's own description of /v1. Every answer that a test gets is held against it.
type spec struct {
	once   sync.Once
	router routers.Router
	err    error
}

// specs are those of the programs under test, by address: each is read once.
var specs sync.Map

func specOf(base string) *spec {
	s, _ := specs.LoadOrStore(base, &spec{})
	return s.(*spec)
}

// load reads the document from the program.
func (s *spec) load(base string) {
	r, err := http.Get(base + "/v1/openapi.json")
	if err != nil {
		s.err = err
		return
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		s.err = err
		return
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		s.err = fmt.Errorf("the document cannot be read: %w", err)
		return
	}
	doc.Servers = nil // whatever the address: the paths are ours
	s.router, s.err = legacy.NewRouter(doc, openapi3.IsOpenAPI31OrLater())
}

// check compares an answer with the document: its status, its headers and its body are described. What is not a route answers
// 404 and 405 and stands in no document.
func (s *spec) check(base string, sent *http.Request, a reply) error {
	if !strings.HasPrefix(sent.URL.Path, "/v1/") || sent.URL.Path == "/v1/openapi.json" {
		return nil
	}
	s.once.Do(func() { s.load(base) })
	if s.err != nil {
		return s.err
	}
	route, params, err := s.router.FindRoute(sent)
	if err != nil {
		if a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed {
			return nil
		}
		return fmt.Errorf("no route of the document: %w", err)
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: sent, PathParams: params, Route: route},
		Status:                 a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(string(a.body))),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
}
