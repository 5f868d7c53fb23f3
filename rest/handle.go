package rest

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/page"
)

// Methods of the table.
const (
	GET    = http.MethodGet
	POST   = http.MethodPost
	PATCH  = http.MethodPatch
	DELETE = http.MethodDelete
)

// route is an operation that answers one thing. A 201 carries the Location of the view's id.
func route[In, Out, View any](method, path string, success int, o authz.Op, do func(context.Context, In) (Out, error), view func(Out) View) Route {
	rt := newRoute(reflect.TypeFor[In](), reflect.TypeFor[View](), method, path, success, o)
	rt.version = reflect.TypeFor[Out]().Implements(reflect.TypeFor[versioned]()) || reflect.TypeFor[View]().Implements(reflect.TypeFor[versioned]())
	if success == http.StatusCreated {
		rt.location = defaultLocator(rt.view, path)
	}
	rt.prepare = func(x *exchange) (call, error) {
		in, err := bind[In](x)
		return call{
			run:    func(ctx context.Context) (any, error) { return do(ctx, in) },
			encode: func(out any) (Answer, error) { return resource(x, out, view(as[Out](out))) },
		}, err
	}
	return rt
}

// list is an operation that answers a page: GET, with the envelope of the contract and a Link to the next page. Callers that
// accept a table get all pages as one.
func list[In, T, View any](path string, o authz.Op, do func(context.Context, In) (page.List[T], error), view func(T) View) Route {
	rt := newRoute(reflect.TypeFor[In](), reflect.TypeFor[View](), GET, path, http.StatusOK, o)
	rt.listed, rt.shown = true, reflect.TypeFor[List[View]]()
	rt.prepare = func(x *exchange) (call, error) {
		in, err := bind[In](x)
		if media := exported(x.r.Header); err == nil && media != "" {
			return export(x, media, in, do, view), nil
		}
		return call{
			run: func(ctx context.Context) (any, error) { return do(ctx, in) },
			encode: func(out any) (Answer, error) {
				l := as[page.List[T]](out)
				a, err := respond(x, envelope(l, view))
				if err != nil {
					return a, err
				}
				a.Header.Set("Vary", "Accept")
				if l.HasMore() {
					a.Header.Set("Link", "<"+x.next(l.Next)+`>; rel="next"`)
				}
				return a, err
			},
		}, err
	}
	return rt
}

// remove is an operation whose result is not shown: DELETE, 204.
func remove[In, Out any](path string, o authz.Op, do func(context.Context, In) (Out, error)) Route {
	rt := newRoute(reflect.TypeFor[In](), nil, DELETE, path, http.StatusNoContent, o)
	rt.prepare = func(x *exchange) (call, error) {
		in, err := bind[In](x)
		return call{
			run:    func(ctx context.Context) (any, error) { return do(ctx, in) },
			encode: func(any) (Answer, error) { return Answer{Status: http.StatusNoContent, Header: http.Header{}}, nil },
		}, err
	}
	return rt
}

// download is an operation that answers where bytes are: 200 with the view, or, for callers that ask for the bytes
// themselves (Accept: application/octet-stream or ?redirect=1), 302 to that place.
func download[In, Out, View any](path string, o authz.Op, do func(context.Context, In) (Out, error), view func(Out) View, place func(Out) string) Route {
	rt := route(GET, path, http.StatusOK, o, do, view)
	rt.extra = must(planOf(reflect.TypeFor[wishes]()))
	rt.redirect, rt.version = true, false
	show := rt.prepare
	rt.prepare = func(x *exchange) (call, error) {
		var wish wishes
		if err := x.fill(rt.extra, reflect.ValueOf(&wish).Elem()); err != nil {
			return call{}, err
		}
		c, err := show(x)
		if wish.redirects() {
			c.encode = func(out any) (Answer, error) {
				return Answer{Status: http.StatusFound, Header: http.Header{"Location": {place(as[Out](out))}}}, nil
			}
		}
		return c, err
	}
	return rt
}

// wishes are how a caller says whether a redirect is welcome.
type wishes struct {
	Redirect *bool  `query:"redirect" doc:"Answer 302 to the bytes instead of their address."`
	Accept   string `header:"Accept" doc:"application/octet-stream asks for the same."`
}

func (w wishes) redirects() bool {
	if w.Redirect != nil {
		return *w.Redirect
	}
	return strings.Contains(strings.ToLower(w.Accept), "application/octet-stream")
}

// as is a result with its type; the zero value for a nil one.
func as[T any](out any) T {
	t, _ := out.(T)
	return t
}

// List is the envelope of every list.
type List[View any] struct {
	Data       []View  `json:"data" doc:"One page."`
	HasMore    bool    `json:"has_more" doc:"Whether a page follows."`
	NextCursor *string `json:"next_cursor" doc:"What to send as cursor for the next page; null on the last one. A feed, which grows, has one there too: to send later."`
	TotalCount *int    `json:"total_count,omitempty" doc:"Rows over all pages, where include=total_count asked for it."`
}

func envelope[T, View any](l page.List[T], view func(T) View) List[View] {
	e := List[View]{Data: make([]View, len(l.Data)), HasMore: l.HasMore(), TotalCount: l.Total}
	for i, row := range l.Data {
		e.Data[i] = view(row)
	}
	if next := cmp.Or(l.Next, l.Later); next != "" {
		e.NextCursor = &next
	}
	return e
}

// next is the address of the next page: this request's with another cursor.
func (x *exchange) next(cursor string) string {
	query := url.Values{}
	for name, values := range x.query {
		query[name] = values
	}
	query.Del("after") // the feed's other name for it
	query.Set("cursor", cursor)
	return x.public(x.r.URL.EscapedPath()) + "?" + query.Encode()
}

// resource is the answer that shows one thing.
func resource[View any](x *exchange, out any, view View) (Answer, error) {
	a, err := respond(x, view)
	if err != nil {
		return a, err
	}
	if v, ok := versionOf(out, view); ok && x.route.version {
		tag, err := tagged(view, a.Body)
		if err != nil {
			return Answer{}, x.route.Op.Failed(err)
		}
		a.Header.Set("ETag", etag(v, tag))
	}
	if x.route.location != nil {
		a.Header.Set("Location", x.public(x.route.location.path(reflect.ValueOf(view))))
	}
	return a, nil
}

// respond is the answer with a view as JSON and the route's status.
func respond[View any](x *exchange, view View) (Answer, error) {
	x.route.full.complete(reflect.ValueOf(&view).Elem())
	if l, ok := any(view).(long); ok {
		return x.respondLong(l)
	}
	body, err := marshal(view)
	if err != nil {
		return Answer{}, x.route.Op.Failed(err)
	}
	header := http.Header{"Content-Type": {"application/json"}, "Content-Length": {strconv.Itoa(len(body))}}
	return Answer{Status: x.route.Success, Header: header, Body: body}, nil
}

// respondLong is the answer with a long view: sent while it is made, unless an idempotency key asks to keep it whole.
func (x *exchange) respondLong(view long) (Answer, error) {
	a := Answer{Status: x.route.Success, Header: http.Header{"Content-Type": {"application/json"}}}
	if len(x.r.Header.Values(headerKey)) == 0 {
		x.stream = func(_ context.Context, w io.Writer) error { return writeLong(w, view, x.route.full) }
		return a, nil
	}
	var b bytes.Buffer
	if err := writeLong(&b, view, x.route.full); err != nil {
		return Answer{}, x.route.Op.Failed(err)
	}
	a.Body = b.Bytes()
	a.Header.Set("Content-Length", strconv.Itoa(len(a.Body)))
	return a, nil
}
