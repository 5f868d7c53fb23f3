package password

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/soloprint/soloprint/internal/errs"
)

// Bounds of a new password, in characters. NIST SP 800-63B asks for 8 and no composition rules
// (https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver); these passwords open a whole school.
const (
	MinLength = 12
	MaxLength = 200
)

// minDistinct is how many different characters a password has at least: fewer are a key that was held down.
const minDistinct = 5

// Common are passwords of 12 characters and more that are among the first to be tried, in lower case, one a line.
//
//go:embed common.txt
var common string

// Check says what is wrong with a new password, for a person. Words are names that it must not be: mail address, organization.
func Check(password string, words ...string) []errs.Field {
	wrong := func(code, message string) []errs.Field {
		return []errs.Field{{Path: "password", Code: code, Message: message}}
	}
	if !utf8.ValidString(password) {
		return wrong("not_text", "is not text")
	}
	password = normal(password)
	switch n := utf8.RuneCountInString(password); {
	case n < MinLength:
		return wrong("too_short", "has fewer than 12 characters; a sentence is easy to remember")
	case n > MaxLength:
		return wrong("too_long", "has more than 200 characters")
	case strings.ContainsFunc(password, unicode.IsControl):
		return wrong("not_text", "contains a character that is none")
	case isCommon(password, words):
		return wrong("too_common", "is among the first that are tried; take another")
	}
	return nil
}

// normal is the one spelling of a password: what looks the same is the same, on every keyboard.
func normal(password string) string { return norm.NFKC.String(password) }

// isCommon reports whether a password is on the list, is made of a word that is known here, or of few characters.
func isCommon(password string, words []string) bool {
	folded := strings.ToLower(password)
	distinct := map[rune]bool{}
	for _, r := range folded {
		distinct[r] = true
	}
	if len(distinct) < minDistinct {
		return true
	}
	for line := range strings.Lines(common) {
		if strings.TrimSpace(line) == folded {
			return true
		}
	}
	bare := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) }) // "Riverside2026!" is riverside
	for _, w := range append([]string{"soloprint"}, words...) {
		w = strings.ToLower(w)
		local, _, _ := strings.Cut(w, "@")
		if w != "" && (folded == w || strings.ReplaceAll(folded, w, "") == "" || bare == w || bare == local) {
			return true
		}
	}
	return false
}
