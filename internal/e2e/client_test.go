package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// object is a JSON object to send.
type object = map[string]any

// client calls the program in somebody's name.
type client struct {
	t     testing.TB
	base  string
	token string
	http  *http.Client

	foreign   string // the word of the demo's other organization, which no answer may have
	unchecked bool   // answers are not held against the document: that takes longer than to answer
}

// Words that stand in the names of the demo's two organizations and of all that it makes for the second one.
const (
	riverWord  = "riverside"
	harborWord = "harbor"
)

func newClient(t testing.TB, s *server, token string) client {
	foreign := harborWord
	if token != "" && token == s.keys.OtherAPIKey {
		foreign = riverWord
	}
	return client{t: t, base: "http://" + s.addr, token: token, foreign: foreign, http: &http.Client{Timeout: time.Minute}}
}

// reply is an answer: the doc is its body.
type reply struct {
	doc
	status int
	header http.Header
	body   []byte
}

// try sends a request. The body is raw bytes, or what is encoded as JSON; nil is none. Headers are pairs.
func (c client) try(method, path string, body any, headers ...string) (reply, error) {
	text, err := encode(body)
	if err != nil {
		return reply{}, err
	}
	url := path
	if strings.HasPrefix(path, "/") {
		url = c.base + path
	}
	r, err := http.NewRequest(method, url, bytes.NewReader(text))
	if err != nil {
		return reply{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := c.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer a.Body.Close()
	out := reply{status: a.StatusCode, header: a.Header}
	if out.body, err = io.ReadAll(a.Body); err != nil {
		return reply{}, err
	}
	out.doc = doc{t: c.t}
	if len(out.body) > 0 && strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		err = json.Unmarshal(out.body, &out.v)
	}
	if fine := thousandths(out.v); err == nil && fine != "" {
		err = fmt.Errorf("a weight has more than 2 decimals: %s", fine)
	}
	if said := c.betrays(r.URL.String(), text, out); said != "" {
		c.t.Errorf("%s %s says %q, which is the other organization's: %d %s", method, path, said, out.status, out.body)
	}
	if err == nil && !c.unchecked && strings.HasPrefix(path, "/") {
		if odd := asDescribed(c.base, r, out); odd != nil {
			c.t.Errorf("%s %s answers %d, which its document does not describe: %v\n%s", method, path, out.status, odd, out.body)
		}
	}
	return out, err
}

// betrays is the other organization's word where an answer has it, and the question had not.
func (c client) betrays(url string, asked []byte, a reply) string {
	if strings.HasSuffix(url, "/webhook-event-types") || strings.Contains(url, "/openapi.json") {
		return "" // examples, the same for all
	}
	says := func(text string) bool { return strings.Contains(strings.ToLower(text), c.foreign) }
	if c.foreign == "" || says(url) || says(string(asked)) || !says(string(a.body)) && !says(fmt.Sprint(a.header)) {
		return ""
	}
	return c.foreign
}

// thousandths finds a weight in an answer of either API that says more than the contract has; "" where there is none.
func thousandths(v any) string {
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			if found := thousandths(each); found != "" {
				return found
			}
		}
	case map[string]any:
		for name, each := range v {
			g, number := each.(float64)
			if weight := name == "grams" || name == "g" || strings.HasSuffix(name, "_g") || strings.HasSuffix(name, "G"); number && weight && math.Abs(100*g-math.Round(100*g)) > 1e-6 {
				return fmt.Sprint(name, " ", g)
			}
			if found := thousandths(each); found != "" {
				return found
			}
		}
	}
	return ""
}

func encode(body any) ([]byte, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return b, nil
	case string:
		return []byte(b), nil
	}
	return json.Marshal(body)
}

// do sends a request that has to be answered, whatever the answer.
func (c client) do(method, path string, body any, headers ...string) reply {
	c.t.Helper()
	a, err := c.try(method, path, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// want sends a request that has to be answered with the status.
func (c client) want(status int, method, path string, body any, headers ...string) reply {
	c.t.Helper()
	a := c.do(method, path, body, headers...)
	if a.status != status {
		c.t.Fatalf("%s %s: %d %s\nwant %d", method, path, a.status, a.body, status)
	}
	return a
}

func (c client) get(path string) reply { c.t.Helper(); return c.want(200, "GET", path, nil) }

func (c client) post(path string, body any) reply {
	c.t.Helper()
	return c.want(200, "POST", path, body)
}

func (c client) create(path string, body any) reply {
	c.t.Helper()
	return c.want(201, "POST", path, body)
}

func (c client) patch(path string, body any) reply {
	c.t.Helper()
	return c.want(200, "PATCH", path, body)
}

// refused sends a request that has to be answered with status and code.
func (c client) refused(status int, code, method, path string, body any, headers ...string) reply {
	c.t.Helper()
	a := c.want(status, method, path, body, headers...)
	if got := a.text("error"); got != code {
		c.t.Fatalf("%s %s: %s\nwant the code %s", method, path, a.body, code)
	}
	return a
}

// doc is a JSON value. Its paths are names and indexes, joined by dots; one that leads nowhere fails the test.
type doc struct {
	t testing.TB
	v any
}

func (d doc) find(path string) (any, bool) {
	v := d.v
	for _, step := range strings.Split(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[step]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, true
}

func (d doc) at(path string) doc {
	d.t.Helper()
	v, ok := d.find(path)
	if !ok {
		d.t.Fatalf("there is no %s in %s", path, d)
	}
	return doc{d.t, v}
}

func (d doc) has(path string) bool { _, ok := d.find(path); return ok }

func (d doc) text(path string) string {
	d.t.Helper()
	s, ok := d.at(path).v.(string)
	if !ok {
		d.t.Fatalf("%s is no text in %s", path, d)
	}
	return s
}

func (d doc) num(path string) float64 {
	d.t.Helper()
	n, ok := d.at(path).v.(float64)
	if !ok {
		d.t.Fatalf("%s is no number in %s", path, d)
	}
	return n
}

func (d doc) list(path string) []doc {
	d.t.Helper()
	vs, ok := d.at(path).v.([]any)
	if !ok {
		d.t.Fatalf("%s is no list in %s", path, d)
	}
	docs := make([]doc, len(vs))
	for i, v := range vs {
		docs[i] = doc{d.t, v}
	}
	return docs
}

// texts is a list of texts.
func (d doc) texts(path string) []string {
	d.t.Helper()
	var out []string
	for _, e := range d.list(path) {
		out = append(out, fmt.Sprint(e.v))
	}
	return out
}

// column is one member of every object of a list.
func (d doc) column(path, name string) []string {
	d.t.Helper()
	var out []string
	for _, e := range d.list(path) {
		out = append(out, e.text(name))
	}
	return out
}

// pick is the first object of a list whose member is the text.
func (d doc) pick(path, name, value string) doc {
	d.t.Helper()
	for _, e := range d.list(path) {
		if v, _ := e.find(name); v == value {
			return e
		}
	}
	d.t.Fatalf("no %s of %s is %q in %s", name, path, value, d)
	return doc{}
}

// is compares members with values: path, value, path, value.
func (d doc) is(pairs ...any) {
	d.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		path := pairs[i].(string)
		got, ok := d.find(path)
		want := pairs[i+1]
		if n, isInt := want.(int); isInt {
			want = float64(n)
		}
		if !ok || got != want {
			d.t.Errorf("%s is %v (there: %t), want %v, in %s", path, got, ok, want, d)
		}
	}
}

func (d doc) String() string {
	text, err := json.Marshal(d.v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// eventually looks until the look answers "", and fails the test with its last word when the time is over.
func eventually(t testing.TB, within time.Duration, look func() string) {
	t.Helper()
	var word string
	for end := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		if word = look(); word == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after %s still: %s", within, word)
		}
	}
}
