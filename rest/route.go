package rest

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/idem"
)

// defaultTimeout bounds a request, its body's arrival included.
const defaultTimeout = 30 * time.Second

// Route is one line of the route table: a method and path, the operation behind it and how its Input and result look.
// route, list, remove and download make it; the methods below change what is unusual about it.
type Route struct {
	Method  string
	Path    string // a pattern of http.ServeMux: /v1/printers/{printer_id}
	Op      authz.Op
	Success int  // status of the answer when all went well
	Public  bool // nobody needs to be signed in

	maxBody  int64
	timeout  time.Duration
	plan     *plan        // of the Input
	extra    *plan        // parameters of the adapter itself, nil for most
	view     reflect.Type // nil where nothing is shown
	shown    reflect.Type // what stands in the body: the view, or the envelope around a list of them
	listed   bool
	followed bool // stream=true keeps the answer open
	redirect bool // the answer may be a redirect
	version  bool // the answer carries an ETag
	location *locator
	full     completer
	prepare  func(*exchange) (call, error)
}

// call is a bound operation: what to run and how its result looks.
type call struct {
	run    func(context.Context) (any, error)
	encode func(out any) (Answer, error)
}

// Answer is a whole response before it is written.
type Answer = idem.Answer

// pattern is how http.ServeMux knows the route.
func (rt Route) pattern() string { return rt.Method + " " + rt.Path }

// public lets everybody in: the operation runs without an actor.
func (rt Route) public() Route {
	rt.Public = true
	return rt
}

// bodyOf sets the size of the body that the route takes, in bytes.
func (rt Route) bodyOf(most int64) Route {
	rt.maxBody = most
	return rt
}

// within sets the time that the route may take.
func (rt Route) within(d time.Duration) Route {
	rt.timeout = d
	return rt
}

// at names the Location of what was created, where it is not <path>/{id}. The braces hold the JSON path to the id in the
// answer: /v1/files/{file.id}. Without braces it is the list: where what was created is found that has no address of its own.
func (rt Route) at(template string) Route {
	rt.location = must(locatorOf(rt.view, template))
	return rt
}

// newRoute builds what the kinds of routes have in common. It panics where the types cannot work: the table is built
// once, at start.
func newRoute(in, view reflect.Type, method, path string, success int, o authz.Op) Route {
	p, err := planOf(in)
	if err == nil {
		err = p.matches(path)
	}
	if err == nil && !hasBody(method) && len(p.body.fields) > 0 {
		err = fmt.Errorf("%v has JSON fields, but the method takes no body", in)
	}
	if err != nil {
		panic(fmt.Errorf("route %s %s: %w", method, path, err))
	}
	rt := Route{Method: method, Path: path, Op: o, Success: success, maxBody: defaultMaxBody, timeout: defaultTimeout, plan: p, view: view, shown: view}
	if view != nil {
		rt.full = completerOf(view)
	}
	return rt
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// locator finds the id of what was created in its view.
type locator struct {
	before, after string
	name          string // JSON path to the id, "" for the address of a list
	index         [][]int
}

// defaultLocator is for views that carry their own id; nil for others, which then need at.
func defaultLocator(view reflect.Type, path string) *locator {
	l, err := locatorOf(view, path+"/{id}")
	if err != nil {
		return nil
	}
	return l
}

func locatorOf(view reflect.Type, template string) (*locator, error) {
	before, rest, _ := strings.Cut(template, "{")
	name, after, ok := strings.Cut(rest, "}")
	l := &locator{before: before, after: after, name: name}
	if !ok {
		return l, nil
	}
	for part := range strings.SplitSeq(name, ".") {
		for view.Kind() == reflect.Pointer {
			view = view.Elem()
		}
		f, ok := fieldNamed(view, part)
		if !ok {
			return nil, fmt.Errorf("location %s: %v has no %s", template, view, part)
		}
		l.index, view = append(l.index, f.Index), f.Type
	}
	return l, nil
}

// fieldNamed is the field of a struct with that JSON name, promoted ones included.
func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	if t.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	for _, f := range reflect.VisibleFields(t) {
		if !embedded(f) && jsonName(f) == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// path is where the created thing is found, "" where the view holds no id.
func (l *locator) path(view reflect.Value) string {
	if l.name == "" {
		return l.before
	}
	for _, index := range l.index {
		for view.Kind() == reflect.Pointer {
			if view.IsNil() {
				return ""
			}
			view = view.Elem()
		}
		view = view.FieldByIndex(index)
	}
	return l.before + fmt.Sprint(view.Interface()) + l.after
}
