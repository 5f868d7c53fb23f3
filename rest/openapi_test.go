package rest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/soloprint/soloprint/internal/event"
)

// document is what the bench serves at /v1/openapi.json, loaded and checked.
func document(t *testing.T, b *bench) *openapi3.T {
	t.Helper()
	r := b.do("GET", "/v1/openapi.json", "", "Authorization", "")
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Cache-Control") != "public, no-cache" {
		t.Fatalf("%d %v", r.StatusCode, r.Header)
	}
	doc, err := openapi3.NewLoader().LoadFromData([]byte(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDocumentIsValidAndDescribesEveryRoute(t *testing.T) {
	b := setup(t)
	doc := document(t, b)
	if doc.OpenAPI != "3.1.0" || doc.Info.Version != APIVersion || doc.Servers[0].URL != "https://print.example" {
		t.Errorf("%s, %s, %v", doc.OpenAPI, doc.Info.Version, doc.Servers[0])
	}
	names := map[string]bool{}
	for _, rt := range append(b.server.Routes, b.server.version(), describing()) {
		item := doc.Paths.Find(rt.Path)
		if item == nil || item.GetOperation(rt.Method) == nil {
			t.Errorf("%s is not described", rt.pattern())
			continue
		}
		o := item.GetOperation(rt.Method)
		if names[o.OperationID] || o.Summary == "" || !slices.Equal(o.Tags, []string{rt.Op.Resource}) {
			t.Errorf("%s: operationId %s, summary %q, tags %v", rt.pattern(), o.OperationID, o.Summary, o.Tags)
		}
		names[o.OperationID] = true
		if rt.Public != (o.Security != nil && len(*o.Security) == 0) {
			t.Errorf("%s: security %v", rt.pattern(), o.Security)
		}
		if o.Responses.Status(rt.Success) == nil {
			t.Errorf("%s: %d is not described", rt.pattern(), rt.Success)
		}
	}
}

func TestDocumentIsDeterministic(t *testing.T) {
	first, err := setup(t).server.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := setup(t).server.OpenAPI()
		if err != nil || string(again) != string(first) {
			t.Fatal("two documents of one table differ")
		}
	}
	if served := setup(t).do("GET", "/v1/openapi.json", ""); served.body != string(first) {
		t.Error("the served document is another than that of OpenAPI")
	}
}

func TestDocumentIsCompressedForWhoCanReadIt(t *testing.T) {
	b := setup(t)
	whole := b.do("GET", "/v1/openapi.json", "", "Accept-Encoding", "identity")
	small := b.do("GET", "/v1/openapi.json", "", "Accept-Encoding", "gzip")
	if small.Header.Get("Content-Encoding") != "gzip" || small.Header.Get("Vary") != "Accept-Encoding" || small.Header.Get("ETag") == whole.Header.Get("ETag") {
		t.Errorf("%v", small.Header)
	}
	unpacked, err := gzip.NewReader(strings.NewReader(small.body))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(unpacked); err != nil || string(text) != whole.body {
		t.Errorf("what is unpacked is another document (%v)", err)
	}
}

func TestDocumentIsRevalidated(t *testing.T) {
	b := setup(t)
	tag := b.do("GET", "/v1/openapi.json", "").Header.Get("ETag")
	if r := b.do("GET", "/v1/openapi.json", "", "If-None-Match", tag); tag == "" || r.StatusCode != 304 {
		t.Errorf("%q: %d", tag, r.StatusCode)
	}
}

// part is a piece of the document as plain JSON.
func part(t *testing.T, b *bench, path ...string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(b.do("GET", "/v1/openapi.json", "").body), &v); err != nil {
		t.Fatal(err)
	}
	for _, name := range path {
		v = v.(map[string]any)[name]
	}
	return v
}

func TestSchemaOfAPatch(t *testing.T) {
	b := setup(t)
	var want any
	_ = json.Unmarshal([]byte(`{
		"type": "object", "additionalProperties": false,
		"properties": {
			"name": {"type": "string", "maxLength": 20, "x-pattern-description": "one line, not blank, without white space around it"},
			"note": {"type": ["string", "null"], "maxLength": 20, "enum": ["a", "b", null]},
			"tags": {"type": ["array", "null"], "maxItems": 5, "items": {"type": "string", "x-pattern-description": "one line"}},
			"size": {"anyOf": [{"$ref": "#/components/schemas/SizeInput"}, {"type": "null"}]},
			"until": {"type": ["string", "null"], "format": "date-time"},
			"limits": {"$ref": "#/components/schemas/LimitsInput"}
		}
	}`), &want)
	patterns := cmpopts.IgnoreMapEntries(func(name string, _ any) bool { return name == "pattern" })
	if diff := cmp.Diff(want, part(t, b, "components", "schemas", "UpdateWidgetInput"), patterns); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSchemaOfAnAnswer(t *testing.T) {
	b := setup(t)
	var want any
	_ = json.Unmarshal([]byte(`{
		"type": "object", "required": ["id", "name", "tags", "maker"],
		"properties": {
			"id": {"type": "string", "description": "Identifier."},
			"name": {"type": "string", "description": "What it is called.", "examples": ["gear & wheel"]},
			"tags": {"type": "array", "items": {"type": "string"}, "description": "Words on it."},
			"maker": {"anyOf": [{"$ref": "#/components/schemas/WidgetUser"}, {"type": "null"}], "description": "Who made it; null for nobody."},
			"note": {"type": "string"}
		}
	}`), &want)
	if diff := cmp.Diff(want, part(t, b, "components", "schemas", "Widget")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDescriptionOfAnOperation(t *testing.T) {
	b := setup(t)
	o, _ := part(t, b, "paths", "/v1/widgets/{widget_id}", "patch").(map[string]any)
	if diff := cmp.Diff([]any{"spool.manage", "printer.manage"}, o["x-required-capabilities"]); diff != "" {
		t.Error(diff)
	}
	codes := []string{}
	for code := range o["responses"].(map[string]any) {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	if got, want := strings.Join(codes, " "), "200 400 401 403 404 409 412 413 415 422 429 500 503"; got != want {
		t.Errorf("responses %s, want %s", got, want)
	}
	params := []string{}
	for _, p := range o["parameters"].([]any) {
		p := p.(map[string]any)
		if ref, ok := p["$ref"]; ok {
			params = append(params, ref.(string))
		} else {
			params = append(params, p["in"].(string)+" "+p["name"].(string))
		}
	}
	want := "path widget_id, header If-Match, #/components/parameters/APIVersion, #/components/parameters/Organization"
	if got := strings.Join(params, ", "); got != want {
		t.Errorf("parameters %s, want %s", got, want)
	}
}

func TestAnswersFitTheirSchemas(t *testing.T) {
	b := setup(t)
	doc := document(t, b)
	for _, tc := range []struct{ method, path, body, route string }{
		{"GET", one, "", "/v1/widgets/{widget_id}"},
		{"GET", "/v1/widgets?limit=1", "", "/v1/widgets"},
		{"GET", "/v1/widgets", "", "/v1/widgets"},
		{"POST", "/v1/widgets", `{"name":"a"}`, "/v1/widgets"},
		{"POST", "/v1/widgets", `{"name":1}`, "/v1/widgets"},
		{"GET", "/v1/widgets/wid_2", "", "/v1/widgets/{widget_id}"},
		{"POST", "/v1/widgets/register", `{"name":"a"}`, "/v1/widgets/register"},
		{"GET", "/v1/public/version", "", "/v1/public/version"},
		{"GET", one + "/download", "", "/v1/widgets/{widget_id}/download"},
	} {
		r := b.do(tc.method, tc.path, tc.body)
		described := doc.Paths.Find(tc.route).GetOperation(tc.method).Responses.Status(r.StatusCode)
		if described == nil {
			t.Errorf("%s %s: %d is not described", tc.method, tc.path, r.StatusCode)
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(r.body), &v); err != nil {
			t.Fatal(err)
		}
		schema := described.Value.Content.Get("application/json").Schema.Value
		if err := schema.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
			t.Errorf("%s %s: %s: %v", tc.method, tc.path, r.body, err)
		}
		for name := range described.Value.Headers {
			if r.Header.Get(name) == "" && !strings.Contains(name, "RateLimit") && name != "Link" && name != headerReplayed {
				t.Errorf("%s %s: the header %s is described and not sent", tc.method, tc.path, name)
			}
		}
	}
}

// What the schemas allow, the walk must not refuse for its form, and the other way round, as far as schemas can say it.
func TestRequestsFitTheirSchemas(t *testing.T) {
	b := setup(t)
	doc := document(t, b)
	schema := doc.Components.Schemas["CreateWidgetInput"].Value
	for name, body := range map[string]string{
		"all kinds":      `{"name":"a","count":3,"grams":1.5e1,"draft":true,"at":"2026-04-02T08:00:00Z","tags":["x"],"metadata":{"k":"v"},"options":{"a":[1,{"b":null}]},"any":null,"requirements":{"tools":[{"color_hex":"#ffffff"}]}}`,
		"nothing needed": `{}`,
		"too long":       `{"name":"` + strings.Repeat("x", 21) + `"}`,
		"out of range":   `{"name":"a","count":1001}`,
		"unknown":        `{"name":"a","x":1}`,
		"a wrong type":   `{"name":1}`,
		"twice":          `{"name":"a","tags":["x","x"]}`,
		"a long key":     `{"name":"a","metadata":{"` + strings.Repeat("k", 41) + `":""}}`,
		"a long value":   `{"name":"a","metadata":{"k":"` + strings.Repeat("v", 201) + `"}}`,
		"two lines":      `{"name":"a\nb"}`,
		"hidden order":   `{"name":"a\u202eb"}`,
		"space around":   `{"name":" a"}`,
		"a key's lines":  `{"name":"a","metadata":{"a\nb":""}}`,
		"a wrong colour": `{"name":"a","requirements":{"color_hex":"red"}}`,
		"a wrong word":   `{"name":"a","kind":"cog"}`,
	} {
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		allowed := schema.VisitJSON(v, openapi3.EnableJSONSchema2020()) == nil
		if r := b.do("POST", "/v1/widgets", body); allowed != (r.StatusCode == http.StatusCreated) {
			t.Errorf("%s: the schema allows it: %v; the server says %d %s", name, allowed, r.StatusCode, r.body)
		}
	}
}

func TestNamesOfSchemas(t *testing.T) {
	s := newSchemas(false)
	s.reserve(reflect.TypeFor[*Error]())
	for _, tc := range []struct {
		t    reflect.Type
		want string
	}{
		{reflect.TypeFor[url.Error](), "UrlError"},
		{reflect.TypeFor[Error](), "Error"},
		{reflect.TypeFor[*url.Error](), "UrlError"},
		{reflect.TypeFor[List[Widget]](), "WidgetList"},
		{reflect.TypeFor[struct{ A int }](), "Hint"},
	} {
		if got := s.name(tc.t, "Hint"); got != tc.want {
			t.Errorf("%v is called %s, want %s", tc.t, got, tc.want)
		}
	}
	if got := newSchemas(true).name(reflect.TypeFor[createWidget](), ""); got != "CreateWidgetInput" {
		t.Errorf("an Input is called %s", got)
	}
}

func TestWebhooksAreDescribed(t *testing.T) {
	b := setup(t, func(s *Server) {
		s.Events = map[event.Type]any{event.SpoolLow: map[string]any{"id": "", "remaining_g": 12.5, "reserved_g": 0, "tags": []string{"a"}, "gone_at": nil, "gone_to": nil}}
	})
	doc := document(t, b)
	if part(t, b, "webhooks", "spool.low", "post", "operationId") != "on_spool_low" {
		t.Fatal("the webhook is not described")
	}
	content, _ := part(t, b, "webhooks", "spool.low", "post", "requestBody", "content", "application/json").(map[string]any)
	raw, err := json.Marshal(content["schema"])
	if err != nil {
		t.Fatal(err)
	}
	var schema openapi3.SchemaRef
	for _, name := range []string{"WebhookEvent", "SpoolEventObject"} {
		raw = bytes.ReplaceAll(raw, []byte(`"$ref":"#/components/schemas/`+name+`"`), insideOf(t, doc, name))
	}
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	if err := schema.Value.VisitJSON(content["example"], openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("the sample is not of its schema: %v", err)
	}
	names := []string{}
	for _, p := range part(t, b, "webhooks", "spool.low", "post", "parameters").([]any) {
		names = append(names, doc.Components.Parameters[strings.TrimPrefix(p.(map[string]any)["$ref"].(string), parameterPrefix)].Value.Name)
	}
	if got := strings.Join(names, " "); got != "webhook-id webhook-timestamp webhook-signature" {
		t.Errorf("headers %s", got)
	}
}

// insideOf is a schema without its braces.
func insideOf(t *testing.T, doc *openapi3.T, name string) []byte {
	t.Helper()
	raw, err := json.Marshal(doc.Components.Schemas[name])
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Trim(raw, "{}")
}

// Every example is of its schema, and every refusal of a route carries the codes that it can answer.
func TestExamplesAreOfTheirSchemas(t *testing.T) {
	b := setup(t)
	doc := document(t, b)
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			if o.RequestBody != nil {
				exampleFits(t, method+" "+path, o.RequestBody.Value.Content.Get("application/json"))
			}
			for status, r := range o.Responses.Map() {
				if m := r.Value.Content.Get("application/json"); m != nil && path != "/v1/openapi.json" {
					exampleFits(t, method+" "+path+" "+status, m)
				}
			}
		}
	}
}

func exampleFits(t *testing.T, where string, m *openapi3.MediaType) {
	t.Helper()
	examples := []any{m.Example}
	if m.Example == nil {
		examples = nil
	}
	for _, e := range m.Examples {
		examples = append(examples, e.Value.Value)
	}
	if len(examples) == 0 {
		t.Errorf("%s has no example", where)
	}
	for _, e := range examples {
		if err := m.Schema.Value.VisitJSON(e, openapi3.EnableJSONSchema2020()); err != nil {
			t.Errorf("%s: %v: %v", where, e, err)
		}
	}
}

func TestCodesOfARoute(t *testing.T) {
	b := setup(t)
	codes, _ := part(t, b, "paths", "/v1/widgets/{widget_id}", "patch", "x-error-codes").(map[string]any)
	want := map[string]any{
		"400": []any{"invalid_json", "unknown_parameter", "unsupported_api_version"},
		"401": []any{"missing_bearer_token", "invalid_token", "token_expired", "token_revoked"},
		"404": []any{"widget_not_found", "organization_not_found"},
		"412": []any{"precondition_failed"},
		"422": []any{"validation_failed"},
		"500": []any{"widget_update_failed", "internal_error"},
	}
	for status, list := range want {
		if diff := cmp.Diff(list, codes[status]); diff != "" {
			t.Errorf("%s (-want +got)\n%s", status, diff)
		}
	}
}

// Readers meet fields in the order of the type, not of the alphabet.
func TestFieldsStandInTheirOrder(t *testing.T) {
	b := setup(t)
	body := b.do("GET", "/v1/openapi.json", "").body
	_, widget, _ := strings.Cut(body, `"Widget":{"properties":{`)
	at := -1
	for _, name := range []string{`"id":{`, `"name":{`, `"tags":{`, `"maker":{`, `"note":{`} {
		next := strings.Index(widget, name)
		if next <= at {
			t.Errorf("%s stands at %d, after %d", name, next, at)
		}
		at = next
	}
}
