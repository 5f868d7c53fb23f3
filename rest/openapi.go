package rest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/soloprint/soloprint/internal/errs"
)

const bearer = "bearer"

// OpenAPI is the OpenAPI 3.1 document of the route table, the same that /v1/openapi.json answers. Equal tables give
// equal bytes.
func (s *Server) OpenAPI() ([]byte, error) {
	return s.document(append([]Route{s.version(), describing()}, s.Routes...))
}

// describer collects the document.
type describer struct {
	doc      *huma.OpenAPI
	requests *schemas
	answers  *schemas
	order    map[string][]string // names of properties in reading order, by schema
}

func (s *Server) document(routes []Route) ([]byte, error) {
	d := &describer{requests: newSchemas(true), answers: newSchemas(false), order: map[string][]string{}}
	d.doc = &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "SoLoPrint REST API", Version: APIVersion, Description: about,
			License: &huma.License{Name: "Apache 2.0", Identifier: "Apache-2.0"},
		},
		ExternalDocs: &huma.ExternalDocs{Description: "Readable reference", URL: s.docsURL()},
		Security:     []map[string][]string{{bearer: {}}},
	}
	d.components()
	if s.PublicURL != "" {
		d.doc.Servers = []*huma.Server{{URL: s.base()}}
	}
	for _, rt := range routes {
		d.answers.reserve(rt.view)
	}
	for _, rt := range routes {
		if err := d.add(rt); err != nil {
			return nil, fmt.Errorf("describe %s: %w", rt.pattern(), err)
		}
	}
	if err := d.webhooks(s.Events); err != nil {
		return nil, err
	}
	if err := d.finish(); err != nil {
		return nil, err
	}
	if err := d.choose(); err != nil {
		return nil, err
	}
	d.exemplify()
	d.arrange()
	b, err := json.Marshal(d.doc)
	return append(seen(b), '\n'), err
}

// seen escapes the characters of a JSON text that nobody sees: patterns name some that reorder what stands around them.
func seen(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, c := range string(text) {
		if c > unicode.MaxLatin1 && !unicode.IsGraphic(c) || c > unicode.MaxASCII && unicode.IsSpace(c) {
			out = fmt.Appendf(out, `\u%04x`, c)
		} else {
			out = utf8.AppendRune(out, c)
		}
	}
	return out
}

// finish lists tags and puts both sides' schemas under one roof; their names differ, because those of requests end in
// Input.
func (d *describer) finish() error {
	if err := d.requests.finish(); err != nil {
		return err
	}
	if err := d.answers.finish(); err != nil {
		return err
	}
	for name, schema := range d.requests.Map() {
		if d.answers.Map()[name] != nil {
			return fmt.Errorf("describe: %s is the name of a request and of an answer", name)
		}
		d.answers.Map()[name] = schema
	}
	maps.Copy(d.order, d.answers.order)
	maps.Copy(d.order, d.requests.order)
	slices.SortFunc(d.doc.Tags, func(a, b *huma.Tag) int { return cmp.Or(rank(a.Name)-rank(b.Name), strings.Compare(a.Name, b.Name)) })
	return nil
}

// arrange writes the properties of each schema in the order of its Go type: a reader meets the name before the details.
func (d *describer) arrange() {
	for name, schema := range d.answers.Map() {
		members := make(object, 0, len(schema.Properties))
		for _, property := range d.ordered(name, schema) {
			members = append(members, member{property, schema.Properties[property]})
		}
		if len(members) > 0 {
			schema.Extensions = with(schema.Extensions, "properties", members)
		}
	}
}

// ordered are the names of a schema's properties in reading order.
func (d *describer) ordered(name string, schema *huma.Schema) []string {
	known := d.order[name]
	return slices.SortedFunc(maps.Keys(schema.Properties), func(a, b string) int {
		x, y := slices.Index(known, a), slices.Index(known, b)
		return cmp.Or(x-y, strings.Compare(a, b))
	})
}

// with is the map and one member more.
func with(m map[string]any, name string, v any) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	m[name] = v
	return m
}

// add describes one route.
func (d *describer) add(rt Route) error {
	o := &huma.Operation{
		Method: rt.Method, Path: rt.Path,
		OperationID: rt.Op.Name(), Summary: rt.Op.Summary, Tags: []string{rt.Op.Resource},
		Parameters: append(d.parameters(rt.plan), d.parameters(rt.extra)...),
		Responses:  d.responses(rt),
		Extensions: map[string]any{},
	}
	o.Parameters = append(o.Parameters, shared(rt)...)
	if !slices.ContainsFunc(d.doc.Tags, func(t *huma.Tag) bool { return t.Name == rt.Op.Resource }) {
		d.doc.Tags = append(d.doc.Tags, tag(rt.Op.Resource))
	}
	access(o, rt)
	o.Description = strings.TrimSpace(more[rt.Op.Name()] + "\n\n" + o.Description + habits(rt))
	o.Extensions["x-error-codes"] = codesByStatus(rt)
	if hasBody(rt.Method) {
		schema, err := d.requests.body(rt.plan, pascal(rt.Op.Name()))
		if err != nil {
			return err
		}
		o.RequestBody = &huma.RequestBody{
			Required: !rt.bodyOptional() || len(d.requests.SchemaFromRef(schema.Ref).Required) > 0 || len(choices[path.Base(schema.Ref)]) > 0,
			Content:  map[string]*huma.MediaType{"application/json": {Schema: schema}},
		}
	}
	d.doc.AddOperation(o)
	return nil
}

// access says who may call the route.
func access(o *huma.Operation, rt Route) {
	if rt.Public {
		o.Security = []map[string][]string{} // none, in spite of the document's default
		return
	}
	if len(rt.Op.Needs) > 0 {
		names := make([]string, len(rt.Op.Needs))
		for i, c := range rt.Op.Needs {
			names[i] = string(c)
		}
		o.Extensions["x-required-capabilities"] = names
		o.Description = "Needs the capability " + strings.Join(names, " or ") + "."
	}
	if rt.Op.Rows {
		o.Extensions["x-own-rows"] = true
		o.Description = strings.TrimSpace(o.Description + " A person without it reaches what is their own.")
	}
}

// parameters describes the fields of an Input that are not in the body.
func (d *describer) parameters(p *plan) []*huma.Param {
	var params []*huma.Param
	if p == nil {
		return nil
	}
	for _, q := range p.params {
		if q.name == "Accept" { // OpenAPI has another place for it and tells readers to ignore it here
			continue
		}
		d.requests.alias(q.field.Type)
		schema := huma.SchemaFromField(d.requests, q.field, q.field.Name)
		neverNull(schema)
		switch q.in { // a path that cannot be an identifier names nothing
		case "query":
			form(schema, q.field)
		case "header":
			schema.Pattern = "^[ -~]*$"
		}
		param := &huma.Param{Name: q.name, In: q.in, Description: schema.Description, Schema: schema}
		param.Required = q.in == "path" || q.field.Tag.Get("required") == "true"
		schema.Description = ""
		if q.comma {
			param.Style, param.Explode = "form", new(false)
		}
		params = append(params, param)
	}
	return params
}

// shared are the parameters that many routes take, by reference.
func shared(rt Route) []*huma.Param {
	names := []string{"APIVersion"}
	if !rt.Public {
		names = append(names, "Organization")
	}
	if rt.keeps() {
		names = append(names, "IdempotencyKey")
	}
	if rt.version && rt.Method == http.MethodGet {
		names = append(names, "IfNoneMatch")
	}
	params := make([]*huma.Param, len(names))
	for i, name := range names {
		params[i] = &huma.Param{Ref: "#/components/parameters/" + name}
	}
	return params
}

// responses describes every status that the route answers.
func (d *describer) responses(rt Route) map[string]*huma.Response {
	headers := []string{}
	if rt.version {
		headers = append(headers, "ETag")
	}
	if rt.location != nil {
		headers = append(headers, "Location")
	}
	if rt.keeps() {
		headers = append(headers, headerReplayed)
	}
	if rt.listed {
		headers = append(headers, "Link")
	}
	success := &huma.Response{Description: http.StatusText(rt.Success), Headers: headerRefs(headers...)}
	if rt.shown != nil {
		schema := d.answers.of(rt.shown, pascal(rt.Op.Name())+"Result")
		success.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
		if rt.listed {
			success.Content[mediaCSV] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: exportText}}
			success.Content[mediaXLSX] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: exportText}}
		}
	}
	if rt.followed {
		// Without a type: some read the schema as that of the stream's text, some as that of each event (OpenAPI 3.2, itemSchema).
		success.Content[mediaEvents] = &huma.MediaType{Schema: &huma.Schema{Description: streamText}}
	}
	all := map[string]*huma.Response{strconv.Itoa(rt.Success): success}
	if rt.redirect {
		all["302"] = &huma.Response{Description: "The bytes are at Location.", Headers: headerRefs("Location")}
	}
	if rt.version && rt.Method == http.MethodGet {
		all["304"] = &huma.Response{Description: "The caller has this already.", Headers: headerRefs("ETag")}
	}
	for _, code := range refusals(rt) {
		all[strconv.Itoa(code)] = d.refusal(rt, code)
	}
	return all
}

// exportText says what a list is in the other media types.
const exportText = "All rows of the list, at most 50,000 (else 422 report_too_large), or with limit one page of it. A column for each value in the order of the JSON members," +
	" nested ones with dots, lists in one cell. Texts that a spreadsheet could take for a formula begin with an apostrophe."

// streamText is what a list is that goes on.
const streamText = "With stream=true: Server-Sent Events without an end. Each has an event as data and a cursor as id; a cursor alone comes as a sign of life at least" +
	" every 15 seconds. An event named end has an error as data and says why the stream ends."

// refusals are the statuses other than success that the route can answer.
func refusals(rt Route) []int {
	codes := []int{400, 401, 429, 500, 503}
	if !rt.Public || rt.ruled(http.StatusForbidden) {
		codes = append(codes, 403)
	}
	if len(rt.missing()) > 0 || !rt.Public {
		codes = append(codes, 404)
	}
	if len(rt.plan.params) > 0 || hasBody(rt.Method) {
		codes = append(codes, 422)
	}
	if rt.Method != http.MethodGet || rt.ruled(http.StatusConflict) {
		codes = append(codes, 409)
	}
	if rt.plan.find("header", "If-Match") != nil {
		codes = append(codes, 412)
	}
	if hasBody(rt.Method) {
		codes = append(codes, 413, 415)
	}
	if rt.Op.Write {
		codes = append(codes, 507)
	}
	return codes
}

// ruled reports whether a rule of the operation refuses with the status.
func (rt Route) ruled(code int) bool {
	return slices.ContainsFunc(ruled[rt.Op.Name()], func(c errs.Code) bool { return status(errs.New(c).Kind) == code })
}

func responseName(code int) string { return strings.ReplaceAll(http.StatusText(code), " ", "") }

// components are what many routes refer to.
func (d *describer) components() {
	c := &huma.Components{
		Schemas:    d.answers,
		Responses:  map[string]*huma.Response{},
		Examples:   map[string]*huma.Example{},
		Parameters: sharedParameters(),
		Headers:    sharedHeaders(),
		SecuritySchemes: map[string]*huma.SecurityScheme{bearer: {
			Type: "http", Scheme: "bearer", Description: "An API key, or the token of a session. Keys in a query string are refused.",
		}},
	}
	d.doc.Components = c
	for status, general := range general() {
		c.Responses[responseName(status)] = d.refused(status, general.description, general.codes)
	}
	d.answers.of(reflect.TypeFor[Error](), "Error")
}

// keep lists an example under a name and answers the reference to it.
func (d *describer) keep(name string, e huma.Example) *huma.Example {
	d.doc.Components.Examples[name] = &e
	return &huma.Example{Ref: "#/components/examples/" + name}
}

// contracted are the headers that no answer lacks.
var contracted = []string{headerSeries, headerVersion, headerDocs, headerChangelog, headerRequestID}

// headerRefs refers to the headers of every answer and to the named ones.
func headerRefs(names ...string) map[string]*huma.Param {
	refs := map[string]*huma.Param{}
	limits := []string{"RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
	for _, name := range slices.Concat(contracted, limits, names) {
		refs[name] = &huma.Param{Ref: "#/components/headers/" + name}
	}
	return refs
}

func sharedHeaders() map[string]*huma.Param {
	headers := map[string]*huma.Param{}
	for name, description := range map[string]string{
		headerSeries:            "Stable series of the contract.",
		headerVersion:           "Stamp of the contract that is served.",
		headerDocs:              "The readable reference.",
		headerChangelog:         "What changed, and when.",
		headerRequestID:         "The caller's, or a new one. It finds the request in the log.",
		"RateLimit":             "What is left of the allowance; absent where there is no limit.",
		"RateLimit-Policy":      "The allowance; absent where there is no limit.",
		"X-RateLimit-Limit":     "Requests a minute; absent where there is no limit.",
		"X-RateLimit-Remaining": "Requests left; absent where there is no limit.",
		"X-RateLimit-Reset":     "Seconds until the allowance is whole again; absent where there is no limit.",
		"ETag":                  "Version and hash of the body, for If-None-Match and If-Match.",
		"Location":              "Where it is.",
		headerReplayed:          "true where the answer was kept under the Idempotency-Key; absent otherwise.",
		"Link":                  `The next page, rel="next"; absent on the last one.`,
		"Retry-After":           "Seconds to wait.",
		"WWW-Authenticate":      "Bearer.",
	} {
		schema := &huma.Schema{Type: huma.TypeString}
		if name == "Retry-After" || strings.HasPrefix(name, "X-RateLimit-") {
			schema = &huma.Schema{Type: huma.TypeInteger, Minimum: new(0.0)}
		}
		headers[name] = &huma.Param{Description: description, Schema: schema, Required: slices.Contains(contracted, name)}
	}
	return headers
}

func sharedParameters() map[string]*huma.Param {
	text := &huma.Schema{Type: huma.TypeString}
	key := &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(255), Pattern: "^[!-~]+$"}
	header := func(name, description string, schema *huma.Schema) *huma.Param {
		return &huma.Param{Name: name, In: "header", Description: description, Schema: schema}
	}
	return map[string]*huma.Param{
		"APIVersion":   header(headerVersion, "Pins the contract; a stamp that is not served is 400.", &huma.Schema{Type: huma.TypeString, Enum: []any{APIVersion}}),
		"Organization": header("X-SoLoPrint-Organization", "Id or slug of the organization, for sessions. An empty one names none.", text),
		"IdempotencyKey": header(headerKey, "Makes the request have its effect once, however often it is sent: its first answer is kept for 24 hours and given again,"+
			" with Idempotent-Replayed: true. A 5xx that left nothing behind is not kept: send the same again. A key belongs to the API key or session that sends it, and to the route. 400 idempotency_key_invalid: not one value of 1 to 255"+
			" visible ASCII characters; 409 idempotency_key_in_use: the first request still runs; 422 idempotency_key_reused: it was sent with another request.", key),
		"IfNoneMatch": header("If-None-Match", "The ETag that the caller has; the answer is 304 where it still holds.", text),
	}
}
