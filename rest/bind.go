package rest

import (
	"encoding/json"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/validate"
)

// bind fills the Input of the route from path, query, headers and body. It refuses what cannot be read; whether values
// are allowed is the operation's question. Both answer alike: a parameter that the route does not have is 400, a value
// that it does not take is 422 and names the parameter.
func bind[In any](x *exchange) (in In, err error) {
	if err = x.known(); err != nil {
		return in, err
	}
	if x.body != nil {
		body, err := strict(x.body, x.route.plan.body)
		if err != nil {
			return in, err
		}
		if err = json.Unmarshal(body, &in); err != nil {
			return in, errs.Wrap(notJSON("The body cannot be read."), err)
		}
	}
	return in, x.fill(x.route.plan, reflect.ValueOf(&in).Elem())
}

// known refuses a query string that cannot be read and parameters that the route does not take.
func (x *exchange) known() error {
	if x.queryErr != nil {
		return errs.New(errs.UnknownParameter, "The query string cannot be read.")
	}
	for _, name := range slices.Sorted(maps.Keys(x.query)) {
		if x.route.plan.find("query", name) == nil && x.route.extra.find("query", name) == nil {
			return errs.New(errs.UnknownParameter, "This route has no parameter "+show(strings.ToValidUTF8(name, "�"))+".")
		}
	}
	return nil
}

// fill reads the parameters of a plan into a struct. All that cannot be read are told together.
func (x *exchange) fill(p *plan, v reflect.Value) error {
	var wrong []errs.Field
	for _, q := range p.params {
		values, err := x.values(q)
		if err == nil {
			err = q.fill(v.FieldByIndex(q.index), values)
		}
		switch {
		case err == nil:
		case q.in == "path": // what cannot be read names nothing
			return x.route.Op.NotFound()
		case q.name == "cursor": // whatever is wrong with one
			return page.ErrCursor
		default:
			wrong = append(wrong, errs.From(err).Fields...)
		}
	}
	return errs.Invalid(wrong...)
}

// values are the texts sent for a parameter.
func (x *exchange) values(q parameter) ([]string, error) {
	var values []string
	switch q.in {
	case "path":
		return []string{identifier(x.r.PathValue(q.name))}, nil
	case "query":
		values = x.query[q.name]
	case "header":
		values = x.r.Header.Values(q.name)
		if len(values) > 1 && !q.repeats() { // lists in headers may be split over lines, RFC 9110, section 5.3
			values = []string{strings.Join(values, ", ")}
		}
	}
	if q.in == "cookie" {
		values = x.cookies(q.name)
	}
	if len(values) > 1 && !q.repeats() {
		return nil, q.wrong(validate.Duplicate, "stands more than once")
	}
	for _, s := range values {
		if !utf8.ValidString(s) {
			return nil, q.wrong(validate.InvalidCharacters, "is not valid UTF-8")
		}
	}
	if q.comma {
		list := strings.Join(values, ",")
		if values = strings.Split(list, ","); list == "" { // of no word, which looks the same as of one that is empty
			values = nil
		} else if q.field.Tag.Get("enum") == "" { // otherwise the empty text is no word of the list, and fill refuses it
			values = slices.DeleteFunc(values, func(s string) bool { return s == "" })
		}
	}
	return values, nil
}

func (q parameter) fill(v reflect.Value, values []string) error {
	for _, s := range values {
		into := v
		if q.repeats() {
			into = reflect.New(v.Type().Elem()).Elem()
		}
		if words := q.field.Tag.Get("enum"); s == "" && words != "" { // no word; the Input would take it for a parameter left out
			return q.wrong(validate.NotAllowed, "must be one of "+strings.ReplaceAll(words, ",", ", "))
		}
		if err := q.set(into, s); err != nil {
			return q.wrong(validate.InvalidFormat, "must be "+q.want)
		}
		if q.repeats() {
			v.Set(reflect.Append(v, into))
		}
	}
	return nil
}

// wrong says what is wrong with the parameter's value.
func (q parameter) wrong(code, message string) error {
	return errs.Invalid(errs.Field{Path: q.name, Code: code, Message: message})
}

// identifier is a path segment as an identifier. One that cannot be one becomes the empty one, which names nothing: a
// malformed identifier is answered as one that does not exist, and no database sees a NUL.
func identifier(s string) string {
	if strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return ""
	}
	return s
}

// carriesSecret holds for names under which clients put keys into a query string, where proxies and histories keep them.
func carriesSecret(name string) bool {
	switch strings.ToLower(name) {
	case "api_key", "apikey", "access_token", "token":
		return true
	}
	return false
}

// secretInQuery refuses keys in a query string before anything else is looked at.
func secretInQuery(query url.Values) error {
	for name := range query {
		if carriesSecret(name) {
			return errs.New(errs.InvalidToken, "Tokens are not read from a query string. Send Authorization: Bearer <api-key>, and replace the one that was sent.")
		}
	}
	return nil
}
