package listing

import (
	"reflect"
	"testing"
)

func TestFold(t *testing.T) {
	for name, tc := range map[string]struct {
		texts []string
		want  string
	}{
		"nothing":                {nil, ""},
		"case and space":         {[]string{"  Galaxy\tBLACK "}, "galaxy black"},
		"several texts":          {[]string{"Prusament", "", "PLA"}, "prusament pla"},
		"letters beyond English": {[]string{"ÄÖÜ ŁÓDŹ"}, "äöü łódź"},
	} {
		if got := Fold(tc.texts...); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestBelow(t *testing.T) {
	expand := []string{"file", "submitter.user", "submitter.user_groups"}
	for name, tc := range map[string]struct {
		edge string
		rest []string
		ok   bool
	}{
		"an edge":                  {"file", nil, true},
		"what is below an edge":    {"submitter", []string{"user", "user_groups"}, true},
		"an edge not asked for":    {"class", nil, false},
		"the beginning of another": {"sub", nil, false},
	} {
		rest, ok := below(expand, tc.edge)
		if ok != tc.ok || !reflect.DeepEqual(rest, tc.rest) {
			t.Errorf("%s: got %v, %v", name, rest, ok)
		}
	}
}
