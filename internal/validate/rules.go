package validate

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// rules are a field's tags.
type rules struct {
	required bool
	optional bool // the zero value means absent
	nullable bool // null clears
	text     textRules
	number   numberRules
	list     listRules
	mapping  mapRules
	enum     []string
	query    bool // a query parameter: its items have no place of their own
}

type textRules struct {
	min, max    *int
	pattern     *regexp.Regexp
	description string // of the pattern, for people
	format      string
	lines       bool // several lines, as descriptions have
	needed      bool // cannot be empty: blank is none
}

type numberRules struct {
	min, max, above, below *float64
	grams                  bool // at most 2 decimals
}

type listRules struct {
	min, max *int
	unique   bool
}

type mapRules struct{ min, max, keyMax, valueMax *int }

func (t textRules) empty() bool   { return t == textRules{needed: t.needed} }
func (n numberRules) empty() bool { return n == numberRules{} }
func (l listRules) empty() bool   { return l == listRules{} }
func (m mapRules) empty() bool    { return m == mapRules{} }

// items are the rules that apply to the items of a slice.
func (rs rules) items() rules {
	return rules{nullable: true, text: rs.text, number: rs.number, enum: rs.enum, query: rs.query}
}

// parse reads the tags of a field.
func parse(f reflect.StructField) (rules, error) {
	p := tagReader{f: f}
	rs := rules{
		required: p.flag("required", false),
		nullable: p.flag("nullable", true),
		optional: zeroIsAbsent(f),
		text:     textRules{min: p.count("minLength"), max: p.count("maxLength"), pattern: p.pattern(), description: f.Tag.Get("patternText"), format: f.Tag.Get("format")},
		number:   numberRules{min: p.number("minimum"), max: p.number("maximum"), above: p.number("exclusiveMinimum"), below: p.number("exclusiveMaximum")},
		list:     listRules{min: p.count("minItems"), max: p.count("maxItems"), unique: p.flag("uniqueItems", false)},
		mapping:  mapRules{min: p.count("minProperties"), max: p.count("maxProperties"), keyMax: p.count("keyMaxLength"), valueMax: p.count("valueMaxLength")},
	}
	rs.query = f.Tag.Get("query") != ""
	rs.text.lines = p.flag("multiline", false)
	rs.text.needed = f.Type.Kind() != reflect.Slice && (rs.required || !rs.nullable || rs.text.min != nil && *rs.text.min > 0)
	rs.number.grams = Grams(f)
	if enum := f.Tag.Get("enum"); enum != "" {
		rs.enum = strings.Split(enum, ",")
	}
	if f.Tag.Get("multipleOf") != "" { // the document would promise what nobody checks
		p.fail("multipleOf", "is not checked")
	}
	return rs, p.err
}

// Grams reports whether the field is a weight, which has at most 2 decimals: the unit stands in its name.
func Grams(f reflect.StructField) bool {
	name, t := nameOf(f), f.Type
	if inner, ok := Omittable(t); ok {
		t = inner
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Float64 && (name == "g" || name == "grams" || strings.HasSuffix(name, "_g"))
}

// zeroIsAbsent holds for fields that JSON may omit and for those that do not come from JSON.
func zeroIsAbsent(f reflect.StructField) bool {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name == "" || name == "-" || strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
}

// nameOf is the name of a field in paths: that of its JSON, query, path or header tag; "" where a caller cannot send it.
func nameOf(f reflect.StructField) string {
	for _, tag := range []string{"json", "query", "path", "header"} {
		name, _, _ := strings.Cut(f.Tag.Get(tag), ",")
		if name != "" && name != "-" {
			return name
		}
	}
	if f.Tag.Get("json") == "-" {
		return ""
	}
	return f.Name
}

// tagReader reads tags and keeps the first error.
type tagReader struct {
	f   reflect.StructField
	err error
}

func (p *tagReader) fail(tag, what string) {
	if p.err == nil {
		p.err = fmt.Errorf("field %s: tag %s %s", p.f.Name, tag, what)
	}
}

func (p *tagReader) flag(tag string, absent bool) bool {
	switch p.f.Tag.Get(tag) {
	case "":
		return absent
	case "true":
		return true
	case "false":
		return false
	}
	p.fail(tag, "is neither true nor false")
	return absent
}

func (p *tagReader) count(tag string) *int {
	s, ok := p.f.Tag.Lookup(tag)
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		p.fail(tag, "is not a count")
		return nil
	}
	return &n
}

func (p *tagReader) number(tag string) *float64 {
	s, ok := p.f.Tag.Lookup(tag)
	if !ok {
		return nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		p.fail(tag, "is not a number")
		return nil
	}
	return &n
}

func (p *tagReader) pattern() *regexp.Regexp {
	s := p.f.Tag.Get("pattern")
	if s == "" {
		return nil
	}
	re, err := regexp.Compile(s)
	if err != nil {
		p.fail("pattern", "is not a regular expression")
	}
	return re
}
