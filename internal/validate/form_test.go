package validate_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/soloprint/soloprint/internal/validate"
)

type forms struct {
	Line   string `json:"line"`
	Lines  string `json:"lines" multiline:"true"`
	Word   string `json:"word" required:"true"`
	Speech string `json:"speech" required:"true" multiline:"true"`
}

// What the document says of texts is what is refused: every character of the first plane, alone, inside, before and after.
func TestForm(t *testing.T) {
	for i, f := range reflect.VisibleFields(reflect.TypeFor[forms]()) {
		pattern, words, err := validate.Form(f)
		if err != nil || words == "" && f.Name != "Lines" {
			t.Fatal(words, err)
		}
		says := regexp.MustCompile(pattern)
		for c := rune(0); c <= 0xFFFF; c++ {
			if c >= 0xD800 && c <= 0xDFFF {
				continue
			}
			texts := []string{"a" + string(c) + "b", string(c) + "b", "a" + string(c), string(c)}
			if unicode.Is(unicode.Cf, c) {
				texts = texts[:3] // nothing that can be seen: no class of characters says so
			}
			for _, s := range texts {
				in := forms{Word: "a", Speech: "a"}
				reflect.ValueOf(&in).Elem().Field(i).SetString(s)
				if taken := len(validate.Struct(in)) == 0; taken != says.MatchString(s) {
					t.Fatalf("%s: %q is taken: %t, the document says otherwise: %s", f.Name, s, taken, strings.ToLower(words))
				}
			}
		}
	}
}
