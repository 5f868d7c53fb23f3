package pid_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/soloprint/soloprint/internal/pid"
)

// good is a well-formed identifier; its digits are those of the package's own example.
const good pid.ID = "prn_01jd4c0n5xe2vb8w6h3ks9qt7m"

func TestValid(t *testing.T) {
	for name, c := range map[string]struct {
		id     pid.ID
		prefix string
		want   bool
	}{
		"a printer's identifier is one of a printer":  {good, "prn", true},
		"the largest value fits into 128 bits":        {"prn_7zzzzzzzzzzzzzzzzzzzzzzzzz", "prn", true},
		"the smallest value counts":                   {"prn_00000000000000000000000000", "prn", true},
		"a printer's identifier is none of a spool":   {good, "spl", false},
		"nothing is no identifier":                    {"", "prn", false},
		"a prefix alone is none":                      {"prn_", "prn", false},
		"digits alone are none":                       {"01jd4c0n5xe2vb8w6h3ks9qt7m", "prn", false},
		"a prefix without underscore is none":         {"prn01jd4c0n5xe2vb8w6h3ks9qt7m", "prn", false},
		"a first digit over 7 overflows":              {"prn_8zzzzzzzzzzzzzzzzzzzzzzzzz", "prn", false},
		"a digit too few":                             {good[:len(good)-1], "prn", false},
		"a digit too many":                            {good + "0", "prn", false},
		"upper case is not what we write":             {pid.ID(strings.ToUpper(string(good))), "prn", false},
		"upper case digits neither":                   {"prn_01JD4C0N5XE2VB8W6H3KS9QT7M", "prn", false},
		"an i is no digit":                            {"prn_01jd4c0n5xe2vb8w6h3ks9qt7i", "prn", false},
		"an l is no digit":                            {"prn_01jd4c0n5xe2vb8w6h3ks9qt7l", "prn", false},
		"an o is no digit":                            {"prn_01jd4c0n5xe2vb8w6h3ks9qt7o", "prn", false},
		"a u is no digit":                             {"prn_01jd4c0n5xe2vb8w6h3ks9qt7u", "prn", false},
		"a space in front is not trimmed":             {" " + good, "prn", false},
		"a line end behind is not trimmed":            {good[:len(good)-1] + "\n", "prn", false},
		"a second underscore is no digit":             {"prn_01jd4c0n5xe2vb8w6h3ks9_t7m", "prn", false},
		"a byte of zero is no digit":                  {good[:len(good)-1] + "\x00", "prn", false},
		"a byte that is no text is no digit":          {good[:len(good)-1] + "\xff", "prn", false},
		"a digit of another script is no digit":       {"prn_01jd4c0n5xe2vb8w6h3ks9qt٧", "prn", false},
		"a quote that would end a string is no digit": {"prn_01jd4c0n5xe2vb8w6h3ks9qt7'", "prn", false},
	} {
		if got := c.id.Valid(c.prefix); got != c.want {
			t.Errorf("%s: Valid(%q, %q) = %v", name, c.id, c.prefix, got)
		}
	}
}

func TestNewIsValidAndCarriesItsPrefix(t *testing.T) {
	seen := map[pid.ID]bool{}
	for range 10_000 {
		id := pid.New("spl")
		if !id.Valid("spl") || id.Prefix() != "spl" || len(id) > pid.MaxLength || seen[id] {
			t.Fatalf("made %q", id)
		}
		seen[id] = true
	}
}

func TestPrefix(t *testing.T) {
	for id, want := range map[pid.ID]string{good: "prn", "prn": "", "": "", "_x": "", "a_b_c": "a"} {
		if got := id.Prefix(); got != want {
			t.Errorf("Prefix of %q is %q, want %q", id, got, want)
		}
	}
}

// fixed is a source whose clock and randomness are known.
func fixed(at time.Time, random byte) pid.Source {
	return pid.Source{Now: func() time.Time { return at }, Rand: bytes.NewReader(bytes.Repeat([]byte{random}, 16))}
}

// The bits are those of RFC 9562: 48 bits of time, version 7, variant 2.
func TestNewWritesAUUIDv7(t *testing.T) {
	at := time.UnixMilli(0x0123456789ab)
	for random, want := range map[byte]pid.ID{
		0x00: "prn_014d2pf2dbe008000000000000",
		0xff: "prn_014d2pf2dbfzzvzzzzzzzzzzzz",
	} {
		if got := fixed(at, random).New("prn"); got != want {
			t.Errorf("with randomness %x: %q, want %q", random, got, want)
		}
	}
}

// Whatever the randomness, an identifier made a millisecond later is larger.
func TestIdentifiersSortByTime(t *testing.T) {
	const lastMilli = 1<<48 - 1
	rapid.Check(t, func(rt *rapid.T) {
		a := rapid.Int64Range(0, lastMilli-1).Draw(rt, "earlier")
		b := rapid.Int64Range(a+1, lastMilli).Draw(rt, "later")
		first := fixed(time.UnixMilli(a), rapid.Byte().Draw(rt, "randomness of the first")).New("prn")
		second := fixed(time.UnixMilli(b), rapid.Byte().Draw(rt, "randomness of the second")).New("prn")
		if first >= second || !first.Valid("prn") || !second.Valid("prn") {
			rt.Fatalf("%q made at %d, %q made at %d", first, a, second, b)
		}
	})
}

func TestManyIdentifiersOfRisingTimesAreSorted(t *testing.T) {
	at := time.UnixMilli(1_775_116_800_000)
	source := pid.Source{Now: func() time.Time { at = at.Add(time.Millisecond); return at }, Rand: rand.NewChaCha8([32]byte{})}
	ids := make([]pid.ID, 5000)
	for i := range ids {
		ids[i] = source.New("evt")
	}
	if !slices.IsSorted(ids) {
		t.Error("not sorted")
	}
}

func TestNewPanicsWithoutRandomness(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("made an identifier without randomness")
		}
	}()
	pid.Source{Now: time.Now, Rand: bytes.NewReader([]byte{1, 2, 3})}.New("prn")
}

func TestScanAndValue(t *testing.T) {
	for name, c := range map[string]struct {
		from any
		want pid.ID
		bad  bool
	}{
		"text":        {from: string(good), want: good},
		"bytes":       {from: []byte(good), want: good},
		"null":        {from: nil, want: ""},
		"a number":    {from: int64(7), bad: true},
		"a condition": {from: true, bad: true},
	} {
		id := pid.ID("was here")
		if err := id.Scan(c.from); (err != nil) != c.bad || !c.bad && id != c.want {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
	if v, err := good.Value(); v != string(good) || err != nil {
		t.Errorf("stored as %v, %v", v, err)
	}
}

func TestGraphQL(t *testing.T) {
	var b strings.Builder
	good.MarshalGQL(&b)
	var text string
	if err := json.Unmarshal([]byte(b.String()), &text); err != nil || text != string(good) {
		t.Errorf("written as %s: %v", b.String(), err)
	}
	for _, from := range []any{string(good), good} {
		var id pid.ID
		if err := id.UnmarshalGQL(from); err != nil || id != good {
			t.Errorf("read from %T: %q, %v", from, id, err)
		}
	}
	for _, from := range []any{nil, 7, []byte(good), map[string]any{}} {
		var id pid.ID
		if err := id.UnmarshalGQL(from); err == nil {
			t.Errorf("read %q from %T", id, from)
		}
	}
}

// Whatever a stranger sends as an identifier, nothing panics, and what is valid is what New could have made.
func FuzzValid(f *testing.F) {
	for _, s := range []string{string(good), "", "_", "prn_", "prn_8zzzzzzzzzzzzzzzzzzzzzzzzz", "prn_\x00", strings.Repeat("_", 40), "é_" + string(good[4:])} {
		f.Add(s, "prn")
	}
	f.Fuzz(func(t *testing.T, s, prefix string) {
		id := pid.ID(s)
		if !id.Valid(prefix) {
			return
		}
		if s != prefix+"_"+s[len(prefix)+1:] || len(s) != len(prefix)+27 || strings.ToLower(s[len(prefix):]) != s[len(prefix):] {
			t.Errorf("%q is valid for %q", s, prefix)
		}
	})
}
