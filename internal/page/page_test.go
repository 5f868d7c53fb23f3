package page_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/soloprint/soloprint/internal/page"
)

func TestLimit(t *testing.T) {
	for name, c := range map[string]struct {
		wish *int
		want int
	}{
		"no wish":           {nil, page.DefaultLimit},
		"a wish":            {new(7), 7},
		"the largest":       {new(page.MaxLimit), page.MaxLimit},
		"more than allowed": {new(page.MaxLimit + 1), page.MaxLimit},
		"nothing":           {new(0), 1},
		"less than nothing": {new(-5), 1},
	} {
		if got := page.Limit(c.wish); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestHasMore(t *testing.T) {
	if (page.List[int]{}).HasMore() || !(page.List[int]{Next: "x"}).HasMore() {
		t.Error("a page follows where Next says so, and only there")
	}
}

func TestACursorSaysWhatItWasMadeOf(t *testing.T) {
	key := page.Bind("printer", "name", map[string]any{"state": "idle"})
	roundTrip(t, key, "Ada \"the\" printer \u2028 \x7f", "")
	roundTrip(t, key, int64(-1<<62), int64(0))
	roundTrip(t, key, 0.1+0.2, 0.0)
	roundTrip(t, key, time.Date(2026, 4, 2, 8, 0, 0, 123456000, time.UTC), time.Time{})
	roundTrip(t, key, "", "")
}

func roundTrip[T comparable](t *testing.T, key []byte, value, into T) {
	t.Helper()
	s, err := page.Encode(key, value, "prn_1")
	if err != nil {
		t.Fatal(err)
	}
	id, err := page.Decode(s, key, &into)
	if err != nil || id != "prn_1" || into != value {
		t.Errorf("%v became %v, %q, %v", value, into, id, err)
	}
	if strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("the cursor %q needs escaping in an address", s)
	}
}

func TestAValueThatJSONCannotHoldMakesNoCursor(t *testing.T) {
	if s, err := page.Encode(nil, func() {}, "prn_1"); err == nil {
		t.Errorf("made %q", s)
	}
}

// A cursor is bound to the resource, the order and every filter.
func TestBind(t *testing.T) {
	base := page.Bind("-created_at", []any{"printer", []string{"idle"}, nil})
	for name, other := range map[string][]byte{
		"another order":           page.Bind("created_at", []any{"printer", []string{"idle"}, nil}),
		"another resource":        page.Bind("-created_at", []any{"spool", []string{"idle"}, nil}),
		"another filter":          page.Bind("-created_at", []any{"printer", []string{"busy"}, nil}),
		"a filter more":           page.Bind("-created_at", []any{"printer", []string{"idle", "busy"}, nil}),
		"a filter less":           page.Bind("-created_at", []any{"printer", []string{}, nil}),
		"an empty text, not none": page.Bind("-created_at", []any{"printer", []string{"idle"}, ""}),
		"the same words moved":    page.Bind("-created_at", []any{"printer", "idle", nil}),
	} {
		if string(other) == string(base) {
			t.Errorf("%s: the same key", name)
		}
		s, err := page.Encode(base, "Ada", "prn_1")
		if err != nil {
			t.Fatal(err)
		}
		var v string
		if _, err := page.Decode(s, other, &v); !errors.Is(err, page.ErrCursor) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if string(page.Bind("-created_at", []any{"printer", []string{"idle"}, nil})) != string(base) {
		t.Error("the same list has another key")
	}
}

func TestHostileCursors(t *testing.T) {
	key := page.Bind("printer")
	k := base64.StdEncoding.EncodeToString(key)
	raw := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	whole, err := page.Encode(key, "Ada", "prn_1")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{
		"nothing":                         "",
		"no base64":                       "!!!",
		"base64 with padding":             whole + "=",
		"base64 of the other alphabet":    "+/+/",
		"cut short":                       whole[:len(whole)-2],
		"twice":                           whole + whole,
		"no JSON":                         raw("printer"),
		"a list":                          raw("[]"),
		"an empty object":                 raw("{}"),
		"null":                            raw("null"),
		"no key":                          raw(`{"v":"Ada","i":"prn_1"}`),
		"another key":                     raw(`{"k":"AAAA","v":"Ada","i":"prn_1"}`),
		"no id":                           raw(`{"k":"` + k + `","v":"Ada"}`),
		"an empty id":                     raw(`{"k":"` + k + `","v":"Ada","i":""}`),
		"an id that is a number":          raw(`{"k":"` + k + `","v":"Ada","i":7}`),
		"no value":                        raw(`{"k":"` + k + `","i":"prn_1"}`),
		"a value of another type":         raw(`{"k":"` + k + `","v":{"a":1},"i":"prn_1"}`),
		"two documents":                   raw(`{"k":"` + k + `","v":"Ada","i":"prn_1"}{}`),
		"longer than any of ours":         strings.Repeat("A", 2049),
		"deeper than a decoder may go":    raw(strings.Repeat("[", 1500)),
		"a value in a nest of the deeper": raw(`{"k":"` + k + `","v":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `,"i":"x"}`),
	} {
		var v string
		if id, err := page.Decode(s, key, &v); !errors.Is(err, page.ErrCursor) {
			t.Errorf("%s: read %q and %q, %v", name, v, id, err)
		}
	}
}

// Whatever becomes of a cursor on its way, it is refused, or it reads as some place in the same list: what may be seen
// from there is not the cursor's matter.
func TestADamagedCursorNeverChangesItsList(t *testing.T) {
	key, other := page.Bind("printer", "name"), page.Bind("spool", "name")
	whole, err := page.Encode(key, "Ada", "prn_1")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		b := []byte(whole)
		for range rapid.IntRange(1, 4).Draw(rt, "damages") {
			b[rapid.IntRange(0, len(b)-1).Draw(rt, "at")] = rapid.Byte().Draw(rt, "byte")
		}
		var v string
		if _, err := page.Decode(string(b), other, &v); !errors.Is(err, page.ErrCursor) {
			rt.Fatalf("%q passes for another list: %v", b, err)
		}
		if id, err := page.Decode(string(b), key, &v); err != nil && (!errors.Is(err, page.ErrCursor) || id != "") {
			rt.Fatalf("%q: %q, %v", b, id, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	key := page.Bind("printer")
	for _, value := range []any{"Ada", 7, time.Unix(0, 0).UTC(), nil} {
		s, err := page.Encode(key, value, "prn_1")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var text string
		var number int64
		var at time.Time
		for _, into := range []any{&text, &number, &at} {
			id, err := page.Decode(s, key, into)
			if (err == nil) == (id == "") || err != nil && !errors.Is(err, page.ErrCursor) {
				t.Errorf("%q into %T: %q, %v", s, into, id, err)
			}
		}
	})
}
