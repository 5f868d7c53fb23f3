package authn

import (
	"regexp"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/pid"
)

func TestATokenHasItsForm(t *testing.T) {
	shape := regexp.MustCompile(`^slp_(live|sess)_[0-9a-z]{26}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$`)
	seen := map[string]bool{}
	for range 500 {
		for kind, prefix := range map[string]string{kindKey: "key", kindSession: "ses"} {
			id := pid.New(prefix)
			token := newToken(kind, id)
			s := token.String()
			if !shape.MatchString(s) || seen[token.Secret] || len(s) > maxToken {
				t.Fatalf("made %q", s)
			}
			seen[token.Secret] = true
			if read, ok := parseToken(s, kindKey, kindSession); !ok || read != token || read.rowID() != id {
				t.Fatalf("%q is read as %+v", s, read)
			}
			if strings.Contains(token.Display(), token.Secret) || !strings.HasPrefix(s, token.Display()+"_") {
				t.Fatalf("%q is shown as %q", s, token.Display())
			}
		}
	}
}

// An invitation's token says where one may go, not who one is.
func TestAnInvitationOpensNothingElse(t *testing.T) {
	invitation := newToken(kindInvite, pid.New("inv")).String()
	if _, ok := parseToken(invitation, kindInvite); !ok {
		t.Errorf("%s is not read", invitation)
	}
	if _, ok := parseToken(invitation, kindKey, kindSession); ok {
		t.Errorf("%s passes for a sign-in", invitation)
	}
	if _, ok := parseToken(newToken(kindKey, pid.New("key")).String(), kindInvite); ok {
		t.Error("a key passes for an invitation")
	}
}

// The checksum is CRC-32 (IEEE) in base62 with digits before upper before lower case: other programs compute it too.
func TestChecksumIsAsPublished(t *testing.T) {
	for body, want := range map[string]string{
		"":          "000000",
		"123456789": "3jZRME", // 0xCBF43926, the check value of this CRC
	} {
		if got := checksum(body); got != want {
			t.Errorf("of %q: %q, want %q", body, got, want)
		}
	}
}

func TestAnyOneWrongCharacterIsNoticed(t *testing.T) {
	for _, token := range []Token{newToken(kindKey, pid.New("key")), newToken(kindSession, pid.New("ses"))} {
		s := token.String()
		for i := range s {
			for _, c := range digits + "_-. \x00\xff" {
				wrong := s[:i] + string(c) + s[i+1:]
				if _, ok := parseToken(wrong, kindKey, kindSession); ok && wrong != s {
					t.Fatalf("%q passes for %q", wrong, s)
				}
			}
			if _, ok := parseToken(s[:i]+s[i+1:], kindKey, kindSession); ok {
				t.Fatalf("without character %d it passes", i)
			}
			if i > 0 && s[i] != s[i-1] {
				exchanged := s[:i-1] + string(s[i]) + string(s[i-1]) + s[i+1:]
				if _, ok := parseToken(exchanged, kindKey, kindSession); ok {
					t.Fatalf("with characters %d and %d exchanged it passes", i-1, i)
				}
			}
		}
	}
}

// The checksum is no secret: a stranger can make one for anything.
func TestAChecksumAloneMakesNoToken(t *testing.T) {
	good := newToken(kindKey, pid.New("key"))
	with := func(change func(*Token)) string { c := good; change(&c); return c.String() }
	for name, s := range map[string]string{
		"nothing":                      "",
		"underscores":                  "____",
		"another kind":                 with(func(t *Token) { t.Kind = "test" }),
		"a kind in upper case":         with(func(t *Token) { t.Kind = "LIVE" }),
		"no kind":                      with(func(t *Token) { t.Kind = "" }),
		"no id":                        with(func(t *Token) { t.ID = "" }),
		"an id with its prefix":        with(func(t *Token) { t.ID = "key_" + t.ID }),
		"a short id":                   with(func(t *Token) { t.ID = t.ID[1:] }),
		"an id in upper case":          with(func(t *Token) { t.ID = strings.ToUpper(t.ID) }),
		"an id with a byte of zero":    with(func(t *Token) { t.ID = "\x00" + t.ID[1:] }),
		"an id that is no text":        with(func(t *Token) { t.ID = "\xff" + t.ID[1:] }),
		"an id that ends a string":     with(func(t *Token) { t.ID = "' OR 1=1 --" }),
		"no secret":                    with(func(t *Token) { t.Secret = "" }),
		"a short secret":               with(func(t *Token) { t.Secret = t.Secret[1:] }),
		"a long secret":                with(func(t *Token) { t.Secret += "0" }),
		"a secret with an underscore":  with(func(t *Token) { t.Secret = "_" + t.Secret[1:] }),
		"longer than any of ours":      with(func(t *Token) { t.Secret = strings.Repeat("0", maxToken) }),
		"without its checksum":         good.body(),
		"with an empty checksum":       good.body() + "_",
		"with the checksum of nothing": good.body() + "_000000",
		"with a part more":             good.String() + "_x",
		"with a space in front":        " " + good.String(),
		"with a line end":              good.String() + "\n",
	} {
		if token, ok := parseToken(s, kindKey, kindSession); ok {
			t.Errorf("%s: %q is read as %+v", name, s, token)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	good := newToken(kindKey, pid.New("key"))
	for _, s := range []string{good.String(), newToken(kindSession, pid.New("ses")).String(), "", "slp_live___", good.body(), strings.Repeat("_", 200)} {
		f.Add(s)
		f.Add(s + "_" + checksum(s))
	}
	f.Fuzz(func(t *testing.T, s string) {
		token, ok := parseToken(s, kindKey, kindSession)
		if id := token.rowID(); ok && (token.String() != s || !id.Valid("key") && !id.Valid("ses")) || !ok && token != (Token{}) {
			t.Errorf("%q is read as %+v, %v", s, token, ok)
		}
	})
}
