package validate

import "reflect"

// Characters as the classes of a regular expression list them: those that no text has, those that one line does not have
// either, and white space. Beyond Latin-1 they are themselves: no escape for them is understood by all regular expressions.
const (
	refused = `\x00-\x08\x0B-\x1F\x7F-\x9F` + "\u202A-\u202E\u2066-\u2069"
	inLine  = refused + `\t\n` + "\u2028\u2029"
	around  = inLine + ` \xA0` + "\u1680\u2000-\u200A\u202F\u205F\u3000"
)

// Line and Lines are what any text looks like, and any text of several lines.
const (
	Line  = `^[^` + inLine + `]*$`
	Lines = `^[^` + refused + `]*$`
)

// Form is what the texts of a field look like whatever they say, as a regular expression of JSON Schema and in
// words for people. It cannot say that a text of nothing but characters without a width is blank too.
func Form(f reflect.StructField) (pattern, words string, err error) {
	rs, err := parse(f)
	switch t := rs.text; {
	case t.lines && t.needed:
		return `^[^` + refused + `]*[^` + around + `][^` + refused + `]*$`, "not blank", err
	case t.lines:
		return Lines, "", err
	case t.needed:
		return `^[^` + around + `](?:[^` + inLine + `]*[^` + around + `])?$`, "one line, not blank, without white space around it", err
	}
	return Line, "one line", err
}
