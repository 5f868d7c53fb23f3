package web

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/web/page"
)

// docs turns the document into what the pages show.
func (d *document) docs(base string) page.Docs {
	docs := page.Docs{Base: base, Version: d.Info.Version}
	for _, t := range d.Tags {
		g := page.Group{Slug: slug(t.Title), Title: t.Title, Description: t.Description}
		for path, item := range d.Paths {
			for method, o := range item {
				if slices.Contains(o.Tags, t.Name) {
					g.Operations = append(g.Operations, d.operation(base, strings.ToUpper(method), path, o))
				}
			}
		}
		if len(g.Operations) == 0 {
			continue
		}
		slices.SortFunc(g.Operations, inReadingOrder)
		g.Objects = d.objects(g.Operations)
		docs.Groups = append(docs.Groups, g)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Webhooks)) {
		docs.Events = append(docs.Events, d.event(name, d.Webhooks[name]["post"]))
	}
	docs.Codes = d.codes(docs.Groups)
	return docs
}

func slug(title string) string { return strings.ReplaceAll(strings.ToLower(title), " ", "-") }

// inReadingOrder puts collections before what is in them, and reading before writing.
func inReadingOrder(a, b page.Operation) int {
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete}
	return cmp.Or(strings.Count(a.Path, "/")-strings.Count(b.Path, "/"), strings.Compare(a.Path, b.Path),
		slices.Index(methods, a.Method)-slices.Index(methods, b.Method))
}

func (d *document) operation(base, method, path string, o operation) page.Operation {
	v := page.Operation{ID: strings.ReplaceAll(o.ID, "_", "-"), Method: method, Path: path, Summary: strings.TrimRight(o.Summary, "."), Access: access(o)}
	for paragraph := range strings.SplitSeq(o.Description, "\n\n") {
		if paragraph != "" && !strings.HasPrefix(paragraph, "Needs the capability") && !strings.HasPrefix(paragraph, "A person without it") {
			v.Description = append(v.Description, paragraph)
		}
	}
	for _, p := range o.Parameters {
		p = d.parameter(p)
		f := field(p.Name, p.Schema, p.Required)
		f.In, f.Description = p.In, p.Description
		v.Parameters = append(v.Parameters, f)
	}
	if o.Body != nil {
		m := o.Body.Content["application/json"]
		v.HasBody, v.BodyRequired = true, o.Body.Required
		v.Body = fields(d.Components.Schemas[last(m.Schema.Ref)])
		v.Request = d.sample(m)
	}
	v.Curl = curl(base, method, path, o, v.Request)
	d.answers(&v, o)
	return v
}

// access says who may call the route.
func access(o operation) string {
	switch needs := strings.Join(o.Needs, " or "); {
	case o.Security != nil && len(*o.Security) == 0:
		return "Public: no token is needed."
	case needs == "":
		return "Any key or session of the organization."
	case o.OwnRows:
		return "Needs " + needs + "; a person without it reaches what is their own."
	default:
		return "Needs " + needs + "."
	}
}

// answers fills in what is answered when all goes well, and the codes of everything else.
func (d *document) answers(v *page.Operation, o operation) {
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		r := d.response(o.Responses[status])
		if status >= "4" {
			for _, code := range o.Codes[status] {
				v.Codes = append(v.Codes, d.code(status, code))
			}
			continue
		}
		a := page.Answer{Status: status, Text: r.Description, Headers: notable(r)}
		if m, ok := r.Content["application/json"]; ok {
			a.Type, a.Object = typeOf(m.Schema)
			a.Sample = d.sample(m)
		}
		for _, kind := range slices.Sorted(maps.Keys(r.Content)) {
			if kind != "application/json" {
				a.Also = append(a.Also, kind)
			}
		}
		v.Answers = append(v.Answers, a)
	}
}

// notable are the headers that not every answer has.
func notable(r response) []string {
	names := []string{}
	for name := range r.Headers {
		if !strings.HasPrefix(name, "X-") && !strings.HasPrefix(name, "RateLimit") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// code is a code with its meaning and remedy. Codes named after an operation have no example of their own.
func (d *document) code(status, name string) page.Code {
	e, ok := d.Components.Examples[name]
	if !ok {
		return page.Code{Status: status, Code: name, Meaning: "A fault of the server in this operation.", Remedy: "Send it again with the same Idempotency-Key; if it stays, tell the operator the request id."}
	}
	return page.Code{Status: status, Code: name, Meaning: e.Summary, Remedy: e.Description}
}

// codes are all codes that are not named after one operation, once each.
func (d *document) codes(groups []page.Group) []page.Code {
	all := map[string]page.Code{}
	for _, g := range groups {
		for _, o := range g.Operations {
			for _, c := range o.Codes {
				if _, known := d.Components.Examples[c.Code]; known {
					all[c.Status+c.Code] = c
				}
			}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b page.Code) int {
		return cmp.Or(strings.Compare(a.Status, b.Status), strings.Compare(a.Code, b.Code))
	})
}

func (d *document) event(name string, o operation) page.Event {
	m := o.Body.Content["application/json"]
	return page.Event{Type: name, Summary: o.Summary, Sample: pretty(m.Example)}
}

// fields are an object's, one line each.
func fields(s *schema) []page.Field {
	if s == nil {
		return nil
	}
	list := make([]page.Field, len(s.Properties))
	for i, p := range s.Properties {
		list[i] = field(p.name, p.schema, slices.Contains(s.Required, p.name))
	}
	return list
}

func field(name string, s *schema, required bool) page.Field {
	words, object := typeOf(s)
	return page.Field{Name: name, Type: words, Object: object, Limits: limitsOf(s), Description: s.Description, Required: required}
}

// objects are the named objects that the operations and their objects speak of, in the order in which they are met.
func (d *document) objects(operations []page.Operation) []page.Object {
	var found []page.Object
	var visit func(name string)
	see := func(list []page.Field) {
		for _, f := range list {
			visit(f.Object)
		}
	}
	visit = func(name string) {
		s := d.Components.Schemas[name]
		if s == nil || slices.ContainsFunc(found, func(o page.Object) bool { return o.Name == name }) {
			return
		}
		list := fields(s)
		found = append(found, page.Object{Name: name, Description: s.Description, Request: strings.HasSuffix(name, "Input"), Fields: list})
		see(list)
	}
	for _, o := range operations {
		for _, a := range o.Answers {
			visit(a.Object)
		}
		see(o.Body)
	}
	return found
}

// curl is a command that does it on this server, with the key from the environment.
func curl(base, method, path string, o operation, body string) string {
	for _, p := range o.Parameters {
		var text string
		if p.In == "path" && json.Unmarshal(p.Example, &text) == nil {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", text)
		}
	}
	lines := []string{"curl " + base + path}
	if method != http.MethodGet && (method != http.MethodPost || body == "") {
		lines = append(lines, "-X "+method)
	}
	if o.Security == nil || len(*o.Security) > 0 {
		lines = append(lines, `-H "Authorization: Bearer $SOLOPRINT_API_KEY"`)
	}
	if body != "" {
		lines = append(lines, `-H "Content-Type: application/json"`, "-d '"+strings.ReplaceAll(body, "'", `'\''`)+"'")
	}
	return strings.Join(lines, " \\\n  ")
}
