package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/validate"
)

// maxDepth is how deep objects and lists of a body may nest.
const maxDepth = 32

// Codes of fields that the form of a body is refused with; those of values are validate's.
const (
	codeUnknownField   = "unknown_field"
	codeDuplicateField = "duplicate_field"
	codeWrongCase      = "wrong_case"
	codeWrongType      = "wrong_type"
)

// strict is the body as it may be given to encoding/json for a type of this shape, or says why it must not be. encoding/json
// alone lets ORG_ID overwrite org_id, takes the last of two equal names and replaces broken Unicode without a word, and takes
// 1000.0 for no integer.
func strict(body []byte, s *shape) ([]byte, error) {
	if err := scan(body); err != nil {
		return nil, err
	}
	if !json.Valid(body) {
		return nil, notJSON("The body is not exactly one JSON document.")
	}
	w := walk{dec: json.NewDecoder(bytes.NewReader(body))}
	w.dec.UseNumber()
	if err := w.value(nil, slot{shape: s}); err != nil {
		return nil, errs.Wrap(notJSON("The body is not exactly one JSON document."), err)
	}
	if err := errs.Invalid(w.fields...); err != nil {
		return nil, err
	}
	return edited(body, w.edits), nil
}

func notJSON(details string) *errs.Error { return errs.New(errs.InvalidJSON, details) }

// scan looks at the bytes before anything recurses into them: UTF-8, depth, and halves of surrogate pairs, which the
// decoder would replace silently.
func scan(body []byte) error {
	if bytes.HasPrefix(body, []byte("\xef\xbb\xbf")) {
		return notJSON("The body begins with a byte order mark.")
	}
	if !utf8.Valid(body) {
		return notJSON("The body is not valid UTF-8.")
	}
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			n := escape(body[i:])
			if n == 0 {
				return notJSON("A text has half of a surrogate pair.")
			}
			i += n - 1
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth > maxDepth {
			return notJSON("The body nests deeper than " + strconv.Itoa(maxDepth) + " levels.")
		}
	}
	return nil
}

// escape is the length of the escape sequence that b begins with, a surrogate pair being one; 0 for half of a pair.
// Whether the sequence is valid otherwise is the decoder's matter.
func escape(b []byte) int {
	switch first := unit(b); {
	case first < 0xD800 || first > 0xDFFF:
		return 2
	case first <= 0xDBFF && len(b) > 6:
		if second := unit(b[6:]); second >= 0xDC00 && second <= 0xDFFF {
			return 12
		}
	}
	return 0
}

// unit is the UTF-16 unit of an escape sequence, 0 where b does not begin with one of the form \uXXXX.
func unit(b []byte) uint64 {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return n
}

// walk goes over the tokens of a document beside a shape and collects what does not fit. The document is valid JSON, so
// its errors are faults of the walk itself.
type walk struct {
	dec    *json.Decoder
	fields []errs.Field
	edits  []edit
}

func (w *walk) add(at *validate.Path, code, message string) {
	if len(w.fields) < validate.MaxFields {
		w.fields = append(w.fields, errs.Field{Path: at.String(), Code: code, Message: message})
	}
}

// value reads one value and everything in it.
func (w *walk) value(at *validate.Path, s slot) error {
	if s.kind == leafShape {
		return w.leaf(at, s)
	}
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case nil:
		if !s.null {
			w.add(at, codeWrongType, "must not be null")
		}
		return nil
	case json.Delim:
		return w.nested(at, t, s)
	case json.Number:
		w.number(at, string(t), s)
		return nil
	case string:
		w.fits(at, s, textShape)
	case bool:
		w.fits(at, s, boolShape)
	}
	return nil
}

// fits reports whether a value of the kind may stand in the slot, and notes where it may not.
func (w *walk) fits(at *validate.Path, s slot, kind shapeKind) bool {
	if s.kind == kind || s.kind == anyShape {
		return true
	}
	w.add(at, codeWrongType, "must be "+s.kind.want())
	return false
}

func (w *walk) nested(at *validate.Path, open json.Delim, s slot) error {
	free := slot{&shape{}, true}
	if open == '[' {
		item := free
		if w.fits(at, s, listShape) && s.kind == listShape {
			item = s.elem
		}
		return w.items(at, item)
	}
	if s.kind == mapShape || !w.fits(at, s, objectShape) || s.kind == anyShape {
		member := free
		if s.kind == mapShape {
			member = s.elem
		}
		_, err := w.object(at, func(string, *validate.Path) slot { return member })
		return err
	}
	return w.known(at, s)
}

func (w *walk) items(at *validate.Path, item slot) error {
	for i := 0; w.dec.More(); i++ {
		if err := w.value(at.Item(i), item); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

// known reads an object whose members are known by name.
func (w *walk) known(at *validate.Path, s slot) error {
	seen, err := w.object(at, func(name string, where *validate.Path) slot {
		if member, ok := s.fields[name]; ok {
			return member
		}
		if exact, ok := s.folded[strings.ToLower(name)]; ok {
			w.add(where, codeWrongCase, "is written "+exact)
		} else {
			w.add(where, codeUnknownField, "is not known here")
		}
		return slot{&shape{}, true}
	})
	for _, name := range s.needed {
		if !seen[name] {
			w.add(at.Name(name), validate.Required, "is required")
		}
	}
	return err
}

// object reads the members of an object and says which it saw; member tells what may stand under a name.
func (w *walk) object(at *validate.Path, member func(name string, where *validate.Path) slot) (seen map[string]bool, err error) {
	seen = map[string]bool{}
	for w.dec.More() {
		token, err := w.dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		where := at.Name(show(name))
		s := member(name, where)
		if seen[name] {
			w.add(where, codeDuplicateField, "stands twice")
		}
		seen[name] = true
		if err := w.value(where, s); err != nil {
			return nil, err
		}
	}
	_, err = w.dec.Token()
	return seen, err
}

// show is a caller's name as a part of a path: never empty, never long.
func show(name string) string {
	const most = 64
	if utf8.RuneCountInString(name) > most {
		return string([]rune(name)[:most]) + "…"
	}
	return cmp.Or(name, `""`)
}

func (w *walk) number(at *validate.Path, literal string, s slot) {
	var err error
	switch s.kind {
	case intShape, uintShape:
		err = w.integer(literal, s)
	case floatShape:
		_, err = strconv.ParseFloat(literal, s.typ.Bits())
	case anyShape:
		_, err = strconv.ParseFloat(literal, 64)
	default:
		w.add(at, codeWrongType, "must be "+s.kind.want())
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		w.add(at, validate.OutOfRange, "is too large or too small a number")
	case err != nil:
		w.add(at, codeWrongType, "must be "+s.kind.want())
	}
}

// integer notes an integer that is written as another number.
func (w *walk) integer(literal string, s slot) error {
	text, err := integral(literal)
	switch {
	case err != nil:
	case s.kind == intShape:
		_, err = strconv.ParseInt(text, 10, s.typ.Bits())
	case text[0] == '-':
		err = strconv.ErrRange
	default:
		_, err = strconv.ParseUint(text, 10, s.typ.Bits())
	}
	if err == nil && text != literal {
		end := int(w.dec.InputOffset())
		w.edits = append(w.edits, edit{end - len(literal), end, text})
	}
	return err
}

// leaf lets a type read its own value, after a look for duplicate names inside.
func (w *walk) leaf(at *validate.Path, s slot) error {
	var raw json.RawMessage
	if err := w.dec.Decode(&raw); err != nil {
		return err
	}
	if string(raw) == "null" {
		if !s.null {
			w.add(at, codeWrongType, "must not be null")
		}
		return nil
	}

	inside := walk{dec: json.NewDecoder(bytes.NewReader(raw)), fields: w.fields}
	inside.dec.UseNumber()
	if err := inside.value(at, slot{&shape{}, true}); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	w.fields = inside.fields
	if json.Unmarshal(raw, reflect.New(s.typ).Interface()) == nil {
		return nil
	}
	if raw[0] == '"' {
		w.add(at, validate.InvalidFormat, "cannot be read")
	} else {
		w.add(at, codeWrongType, "must be a text")
	}
	return nil
}
