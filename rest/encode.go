package rest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// marshal writes JSON as clients expect to read it: addresses keep their ampersands. Nobody takes it for HTML, because
// every answer says nosniff.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	err := encoder(&b).Encode(v)
	return b.Bytes(), err
}

func encoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

// long is a view whose last member is a list of so many items that each is made when it is written. The view itself has
// that list empty.
type long interface{ items(yield func(any) bool) } // pointers

// writeLong writes the view with its items, and holds one of them at a time.
func writeLong(w io.Writer, view long, full completer) error {
	out, item := bufio.NewWriter(w), bytes.Buffer{}
	e := encoder(&item)
	if err := e.Encode(view); err != nil {
		return err
	}
	const end = "]}\n"
	_, _ = out.Write(bytes.TrimSuffix(item.Bytes(), []byte(end))) // an error stays until Flush
	between := ""
	for v := range view.items {
		full.complete(reflect.ValueOf(v).Elem())
		item.Reset()
		if err := e.Encode(v); err != nil {
			return err
		}
		_, _ = out.WriteString(between)
		_, _ = out.Write(bytes.TrimSuffix(item.Bytes(), []byte("\n")))
		between = ","
	}
	_, _ = out.WriteString(end)
	return out.Flush()
}

// versioned is implemented by rows that count their changes.
type versioned interface{ RowVersion() int }

func versionOf(candidates ...any) (int, bool) {
	for _, c := range candidates {
		if v, ok := c.(versioned); ok {
			return v.RowVersion(), true
		}
	}
	return 0, false
}

// etag names a state of a resource: its version, which If-Match compares, and a hash of the body, because expanded
// records and telemetry change the body without the version.
func etag(version int, body []byte) string {
	h := sha256.Sum256(body)
	return `"` + strconv.Itoa(version) + "-" + hex.EncodeToString(h[:8]) + `"`
}

// timeless is a view that also says when it was looked at, which is no state of the resource.
type timeless interface{ withoutTime() any }

// tagged is the part of an answer that its ETag is made of: the body without the time of the look.
func tagged(view any, body []byte) ([]byte, error) {
	t, ok := view.(timeless)
	if !ok {
		return body, nil
	}
	return marshal(t.withoutTime())
}

// unchanged reports whether If-None-Match names this tag, by the weak comparison of RFC 9110, section 13.1.2.
func unchanged(h http.Header, tag string) bool {
	if tag == "" {
		return false
	}
	for _, line := range h.Values("If-None-Match") {
		for candidate := range strings.SplitSeq(line, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// completer replaces nil lists and maps of a view by empty ones, so that clients never meet null where the document
// says array. It knows which types may hold one.
type completer map[reflect.Type]bool

func completerOf(t reflect.Type) completer {
	c := completer{}
	c.holds(t)
	c.holds(reflect.SliceOf(t))
	return c
}

// holds reports whether a value of the type may hold a list or map. A type that contains itself counts as one that does
// while it is looked at, which costs a needless look at most.
func (c completer) holds(t reflect.Type) bool {
	if held, ok := c[t]; ok {
		return held
	}
	c[t] = true
	c[t] = c.look(t)
	return c[t]
}

func (c completer) look(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]()) {
		return false
	}
	switch t.Kind() {
	case reflect.Slice:
		c.holds(t.Elem())
		return t.Elem().Kind() != reflect.Uint8
	case reflect.Map:
		c.holds(t.Elem())
		return true
	case reflect.Pointer, reflect.Array:
		return c.holds(t.Elem())
	case reflect.Struct:
		found := false
		for f := range t.Fields() {
			found = f.IsExported() && c.holds(f.Type) || found
		}
		return found
	}
	return false
}

// complete changes a value that the caller owns; what stands behind its pointers, lists and maps is shared with the
// operation's result and is copied before it is changed.
func (c completer) complete(v reflect.Value) {
	if held, known := c[v.Type()]; known && !held {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		c.fields(v)
	case reflect.Slice:
		c.slice(v)
	case reflect.Map:
		c.mapping(v)
	case reflect.Pointer:
		if c[v.Type()] && !v.IsNil() {
			held := reflect.New(v.Type().Elem())
			held.Elem().Set(v.Elem())
			c.complete(held.Elem())
			v.Set(held)
		}
	}
}

func (c completer) fields(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		kind := f.Type.Kind()
		omitted := (kind == reflect.Slice || kind == reflect.Map) && v.Field(i).Len() == 0 && strings.Contains(f.Tag.Get("json"), "omit")
		if f.IsExported() && !omitted {
			c.complete(v.Field(i))
		}
	}
}

func (c completer) slice(v reflect.Value) {
	if v.IsNil() {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		return
	}
	if held, known := c[v.Type().Elem()]; known && !held {
		return
	}
	own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(own, v)
	for i := range own.Len() {
		c.complete(own.Index(i))
	}
	v.Set(own)
}

func (c completer) mapping(v reflect.Value) {
	if !v.IsNil() && !c[v.Type().Elem()] {
		return
	}
	own := reflect.MakeMapWithSize(v.Type(), v.Len())
	for key, value := range v.Seq2() {
		held := reflect.New(v.Type().Elem()).Elem()
		held.Set(value)
		c.complete(held)
		own.SetMapIndex(key, held)
	}
	v.Set(own)
}
