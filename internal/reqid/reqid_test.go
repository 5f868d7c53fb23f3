package reqid_test

import (
	"context"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/reqid"
)

func TestFromIsWhatWithPutIn(t *testing.T) {
	if got := reqid.From(context.Background()); got != "" {
		t.Errorf("an empty context has the id %q", got)
	}
	if got := reqid.From(reqid.With(context.Background(), "abc")); got != "abc" {
		t.Errorf("From = %q, want abc", got)
	}
}

func TestValid(t *testing.T) {
	for id, want := range map[string]bool{
		"a":                      true,
		"2f-7/x~!":               true,
		strings.Repeat("x", 128): true,
		strings.Repeat("x", 129): false,
		"":                       false,
		"two words":              false,
		"line\nbreak":            false,
		"caf\u00e9":              false,
		"\x7f":                   false,
	} {
		if got := reqid.Valid(id); got != want {
			t.Errorf("Valid(%q) = %v, want %v", id, got, want)
		}
	}
}

func TestNewIsValidAndNew(t *testing.T) {
	a, b := reqid.New(), reqid.New()
	if !reqid.Valid(a) || a == b {
		t.Errorf("New gave %q and %q", a, b)
	}
}
