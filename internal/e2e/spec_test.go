package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// spec is the program's own description of /v1. Every answer that a test gets is held against it.
type spec struct {
	once   sync.Once
	doc    *openapi3.T
	router routers.Router
	err    error

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by place in the document
}

// specs are those of the programs under test, by address; documents are what they say, by their text: each is read once, as
// reading it takes longer than most tests.
var specs, documents sync.Map

// address is a program's specification, or why there is none.
type address struct {
	once sync.Once
	spec *spec
	err  error
}

// asDescribed compares an answer with the document of the program that gave it.
func asDescribed(base string, sent *http.Request, a reply) error {
	if !strings.HasPrefix(sent.URL.Path, "/v1/") || sent.URL.Path == "/v1/openapi.json" {
		return nil
	}
	s, err := specOf(base)
	if err != nil {
		return err
	}
	return s.check(sent, a)
}

func specOf(base string) (*spec, error) {
	found, _ := specs.LoadOrStore(base, &address{})
	a := found.(*address)
	a.once.Do(func() { a.spec, a.err = readSpec(base) })
	return a.spec, a.err
}

// readSpec reads the document from the program. Whatever its address: the paths are ours.
func readSpec(base string) (*spec, error) {
	r, err := http.Get(base + "/v1/openapi.json")
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	text = bytes.ReplaceAll(text, []byte(base), []byte("http://soloprint.example"))
	found, _ := documents.LoadOrStore(sha256.Sum256(text), &spec{schemas: map[string]*jsonschema.Schema{}})
	s := found.(*spec)
	s.once.Do(func() { s.load(text) })
	return s, s.err
}

// place is where the document stands for the compiler of schemas.
const place = "http://soloprint.example/openapi.json"

func (s *spec) load(text []byte) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		s.err = fmt.Errorf("the document cannot be read: %w", err)
		return
	}
	doc.Servers = nil
	s.doc = doc
	if s.router, s.err = legacy.NewRouter(doc, openapi3.IsOpenAPI31OrLater()); s.err != nil {
		return
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		s.err = err
		return
	}
	s.compiler = jsonschema.NewCompiler() // the schemas of OpenAPI 3.1 are JSON Schema 2020-12
	s.compiler.AssertFormat()
	s.err = s.compiler.AddResource(place, whole)
}

// check compares an answer with the document: its status, its headers and its body are described. What is not a route answers
// 404 and 405 and stands in no document.
func (s *spec) check(sent *http.Request, a reply) error {
	route, _, err := s.router.FindRoute(sent)
	if err != nil {
		if a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed {
			return nil
		}
		return fmt.Errorf("no route of the document: %w", err)
	}
	if sent.Method == http.MethodHead || a.status == http.StatusNotModified {
		return nil
	}
	at, ref := pointer("paths", route.Path, strings.ToLower(route.Method), "responses", strconv.Itoa(a.status)), route.Operation.Responses.Status(a.status)
	if ref == nil {
		return fmt.Errorf("status %d is not in the document", a.status)
	}
	if ref.Ref != "" {
		at = ref.Ref
	}
	return errors.Join(s.checkHeaders(at, ref.Value.Headers, a), s.checkBody(at, ref.Value.Content, a))
}

// checkHeaders finds headers that are missing or are not what they should be.
func (s *spec) checkHeaders(at string, headers openapi3.Headers, a reply) error {
	var odd []error
	for name, h := range headers {
		text, where := a.header.Get(name), at+pointer("headers", name)[1:]
		if h.Ref != "" {
			where = h.Ref
		}
		if text == "" {
			if h.Value.Required {
				odd = append(odd, fmt.Errorf("header %s is missing", name))
			}
			continue
		}
		var value any = text
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && h.Value.Schema.Value.Type.Is("integer") {
			value = n
		}
		if err := s.validate(where+pointer("schema")[1:], value); err != nil {
			odd = append(odd, fmt.Errorf("header %s is %q: %w", name, text, err))
		}
	}
	return errors.Join(odd...)
}

// checkBody compares a body with its media type's schema, where it is JSON.
func (s *spec) checkBody(at string, content openapi3.Content, a reply) error {
	if len(content) == 0 {
		return nil
	}
	media, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	described := content[media]
	switch {
	case described == nil:
		return fmt.Errorf("media type %q is not in the document", media)
	case described.Schema == nil || !strings.HasSuffix(media, "json"):
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if err := s.validate(at+pointer("content", media, "schema")[1:], value); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

// validate compares a value with the schema at a place of the document.
func (s *spec) validate(at string, value any) error {
	s.mu.Lock()
	schema := s.schemas[at]
	if schema == nil {
		var err error
		if schema, err = s.compiler.Compile(place + at); err != nil {
			s.mu.Unlock()
			return fmt.Errorf("the schema at %s: %w", at, err)
		}
		s.schemas[at] = schema
	}
	s.mu.Unlock()
	return schema.Validate(value)
}

// pointer is a JSON pointer as a URL's fragment (RFC 6901, section 6).
func pointer(steps ...string) string {
	var b strings.Builder
	b.WriteByte('#')
	for _, step := range steps {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(step))
	}
	return b.String()
}

// What an answer must not be is found in it.
func TestAnswersAreComparedWithTheDocument(t *testing.T) {
	s := newServer(t, database{path: sqliteInData}, 60)
	c := s.api(t)
	read, err := specOf(s.keys.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := http.NewRequest("GET", s.keys.BaseURL+"/v1/printers?limit=2", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		spoil func(a *reply)
		want  string
	}{
		{"as it came", func(*reply) {}, ""},
		{"a status that is not described", func(a *reply) { a.status = 418 }, "status 418"},
		{"no request id", func(a *reply) { a.header.Del("X-Request-Id") }, "header X-Request-Id is missing"},
		{"a limit in words", func(a *reply) { a.header.Set("X-RateLimit-Limit", "many") }, "header X-RateLimit-Limit"},
		{"another media type", func(a *reply) { a.header.Set("Content-Type", "text/plain") }, "media type"},
		{"no JSON", func(a *reply) { a.body = a.body[1:] }, "body"},
		{"a member is missing", func(a *reply) { a.body = bytes.Replace(a.body, []byte(`"data"`), []byte(`"date"`), 1) }, "data"},
		{"a state that there is not", func(a *reply) { a.body = bytes.Replace(a.body, []byte(`"bed_state":"`), []byte(`"bed_state":"x`), 1) }, "bed_state"},
		{"a time in words", func(a *reply) {
			a.body = bytes.Replace(a.body, []byte(`"created_at":"`), []byte(`"created_at":"on `), 1)
		}, "created_at"},
	} {
		a := c.get("/v1/printers?limit=2")
		tt.spoil(&a)
		switch odd := read.check(sent, a); {
		case tt.want == "" && odd != nil:
			t.Errorf("%s: %v", tt.name, odd)
		case tt.want != "" && (odd == nil || !strings.Contains(odd.Error(), tt.want)):
			t.Errorf("%s: found %v, want one of %q", tt.name, odd, tt.want)
		}
	}
}
