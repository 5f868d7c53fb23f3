package secret_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/soloprint/soloprint/internal/secret"
)

func TestPasswords(t *testing.T) {
	const password = "correct horse battery staple ✓"
	hash := secret.HashPassword(password)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, password) {
		t.Errorf("the hash is %q", hash)
	}
	if hash == secret.HashPassword(password) {
		t.Error("two people with one password have one hash")
	}
	if !secret.PasswordMatches(hash, password) {
		t.Error("the password does not match its own hash")
	}
	for _, other := range []string{"", password + " ", password[1:], strings.ToUpper(password), hash} {
		if secret.PasswordMatches(hash, other) {
			t.Errorf("%q matches", other)
		}
	}
}

func TestTheEmptyPasswordHasAHashToo(t *testing.T) {
	if hash := secret.HashPassword(""); !secret.PasswordMatches(hash, "") || secret.PasswordMatches(hash, " ") {
		t.Errorf("%q matches the wrong thing", hash)
	}
}

func TestADamagedHashMatchesNothing(t *testing.T) {
	hash := secret.HashPassword("password")
	part := strings.Split(hash, "$")
	with := func(i int, s string) string {
		p := append([]string(nil), part...)
		p[i] = s
		return strings.Join(p, "$")
	}
	for name, damaged := range map[string]string{
		"nothing":                     "",
		"the password itself":         "password",
		"another algorithm":           with(1, "bcrypt"),
		"no parameters":               with(3, ""),
		"parameters of another order": with(3, "t=2,m=19456,p=1"),
		"no rounds":                   with(3, "m=19456,t=0,p=1"),
		"no lanes":                    with(3, "m=19456,t=2,p=0"),
		"negative rounds":             with(3, "m=19456,t=-1,p=1"),
		"another salt":                with(4, "AAAAAAAAAAAAAAAAAAAAAA"),
		"a salt that is no base64":    with(4, "!"),
		"no key":                      with(5, ""),
		"a key that is no base64":     with(5, "!"),
		"another key":                 with(5, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
		"half the key":                with(5, part[5][:20]),
		"a part more":                 hash + "$x",
		"a part less":                 strings.Join(part[:5], "$"),
	} {
		if secret.PasswordMatches(damaged, "password") {
			t.Errorf("%s: matches", name)
		}
	}
}

// A Hasher works on few passwords at once, lets some wait, and sends the rest away.
func TestHasherIsBounded(t *testing.T) {
	h := secret.NewHasher(2)
	hash, err := h.Hash(t.Context(), "password")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"password": true, "passwort": false} {
		if got, err := h.Matches(t.Context(), hash, text); err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	if got, err := h.Matches(t.Context(), secret.NoPassword(), ""); err != nil || got {
		t.Errorf("no password has the hash of none: %v %v", got, err)
	}

	var busy, done atomic.Int64
	var all sync.WaitGroup
	for range 120 {
		all.Go(func() {
			switch _, err := h.Matches(t.Context(), hash, "x"); {
			case err == nil:
				done.Add(1)
			case errors.Is(err, secret.ErrBusy):
				busy.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if busy.Load() == 0 || done.Load() < 66 {
		t.Errorf("of 120 at once %d were hashed and %d sent away", done.Load(), busy.Load())
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // whoever has gone is not hashed for, unless there is room at once
		if _, err := h.Matches(gone, hash, "x"); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}
