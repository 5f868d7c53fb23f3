package validate

import (
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

func text(rs rules) (checker, error) {
	if rs.text.format == "cursor" { // whoever made it reads it, and answers in its own words
		return nil, nil
	}
	form, err := formatOf(rs.text.format)
	if err != nil {
		return nil, err
	}
	return func(r *report, at *Path, v reflect.Value) {
		if code, message := judge(v.String(), rs, form); code != "" {
			r.add(at, code, "%s", message)
		}
	}, nil
}

// judge is the first thing wrong with a text.
func judge(s string, rs rules, form format) (code, message string) {
	n := utf8.RuneCountInString(s)
	switch {
	case !clean(s):
		return InvalidCharacters, "has characters that are not allowed"
	case !rs.text.lines && strings.ContainsAny(s, breaks):
		return InvalidCharacters, "must be one line, without tabs"
	case rs.enum != nil && !slices.Contains(rs.enum, s):
		return NotAllowed, "must be one of " + strings.Join(rs.enum, ", ")
	case rs.text.needed && rs.enum == nil && blank(s):
		return Required, "must not be blank"
	case rs.text.needed && !rs.text.lines && strings.TrimSpace(s) != s:
		return InvalidFormat, "must not begin or end with white space"
	case rs.text.min != nil && n < *rs.text.min:
		return TooShort, fmt.Sprintf("must have at least %d characters", *rs.text.min)
	case rs.text.max != nil && n > *rs.text.max:
		return TooLong, fmt.Sprintf("must have at most %d characters", *rs.text.max)
	case rs.text.pattern != nil && !rs.text.pattern.MatchString(s):
		if rs.text.description != "" {
			return InvalidFormat, "must be " + rs.text.description
		}
		return InvalidFormat, "must match " + rs.text.pattern.String()
	case form.holds != nil && !form.holds(s):
		return InvalidFormat, "must be " + form.words
	}
	return "", ""
}

// breaks are the control and separator characters that texts of several lines have.
const breaks = "\n\t\u2028\u2029"

// clean holds for valid UTF-8 without control characters other than line feed and tab, and without the characters that
// reorder what stands around them (a file named gpj.exe that reads exe.jpg).
func clean(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		if unicode.IsControl(c) && c != '\n' && c != '\t' || c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069 {
			return false
		}
	}
	return true
}

// blank holds for texts in which nothing is to be seen.
func blank(s string) bool {
	return strings.TrimFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.Is(unicode.Cf, c) }) == ""
}

// format is a named form of a text.
type format struct {
	words string
	holds func(string) bool // nil: the name is for readers of the document only
}

func formatOf(name string) (format, error) {
	switch name {
	case "", "password", "binary", "cursor":
		return format{}, nil
	case "email":
		return format{"an e-mail address", email}, nil
	case "uri", "url":
		return format{"an http or https address", uri}, nil
	case "date":
		return format{"a date, for example 2026-04-02", layout(time.DateOnly)}, nil
	case "date-time":
		return format{"a time, for example 2026-04-02T08:00:00Z", layout(time.RFC3339)}, nil
	case "color", "hex-color":
		return format{"a colour, for example #1A2B3C", regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`).MatchString}, nil
	}
	return format{}, fmt.Errorf("unknown format %q", name)
}

// email holds for a bare address of at most 254 bytes (RFC 5321, section 4.5.3.1.3, less the angle brackets).
func email(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s && len(s) <= 254
}

// uri holds for absolute http and https addresses, the only schemes that any field of ours takes: others (javascript,
// file) would be dangerous where a page shows the value as a link.
func uri(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && !strings.ContainsAny(s, " \t\n")
}

func layout(l string) func(string) bool {
	return func(s string) bool {
		_, err := time.Parse(l, s)
		return err == nil
	}
}

func number(t reflect.Type, rs rules) checker {
	float := t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64
	if !float && rs.number.empty() && rs.enum == nil {
		return nil
	}
	return func(r *report, at *Path, v reflect.Value) {
		n, written := plain(v)
		switch b := rs.number; {
		case math.IsNaN(n) || math.IsInf(n, 0):
			r.add(at, OutOfRange, "must be a finite number")
		case rs.enum != nil && !slices.Contains(rs.enum, written):
			r.add(at, NotAllowed, "must be one of %s", strings.Join(rs.enum, ", "))
		case b.min != nil && n < *b.min:
			r.add(at, OutOfRange, "must be at least %s", short(*b.min))
		case b.max != nil && n > *b.max:
			r.add(at, OutOfRange, "must be at most %s", short(*b.max))
		case b.above != nil && n <= *b.above:
			r.add(at, OutOfRange, "must be more than %s", short(*b.above))
		case b.below != nil && n >= *b.below:
			r.add(at, OutOfRange, "must be less than %s", short(*b.below))
		case b.grams && decimals(written) > 2:
			r.add(at, InvalidFormat, "must have at most 2 decimals")
		}
	}
}

// plain is a number for comparing and as enum tags write it. Integers beyond 2^53 are compared roundly, which no bound
// comes near.
func plain(v reflect.Value) (float64, string) {
	switch {
	case v.CanInt():
		return float64(v.Int()), strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return float64(v.Uint()), strconv.FormatUint(v.Uint(), 10)
	}
	return v.Float(), short(v.Float())
}

// decimals is how many digits stand behind the point.
func decimals(written string) int {
	_, behind, _ := strings.Cut(written, ".")
	return len(behind)
}

func short(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
