package main

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/app"
	"github.com/soloprint/soloprint/internal/password"
)

// The operator makes owners and rescues them, beside a server that runs on the same database.
func TestUserCreateOwnerAndRecover(t *testing.T) {
	data := t.TempDir()
	a, err := app.New(t.Context(), app.Config{Addr: "127.0.0.1:0", Data: data, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	a.Passwords.Floor = 0
	generated := ""
	const first, second = "four small grey horses", "a cat that can read"
	for _, step := range []struct {
		name, in string
		args     []string
		code     int
		want     string
		opens    string // the password that opens from then on, for olga
	}{
		{"a password that is easily guessed", "password1234\n", []string{"create-owner", "--email", "olga@lakeside.example"}, 1, "password is among the first that are tried", ""},
		{"one that is the school's name", "Lakeside2026!\n", []string{"create-owner", "--email", "olga@lakeside.example"}, 1, "password is among the first that are tried", ""},
		{"none", "", []string{"create-owner", "--email", "olga@lakeside.example"}, 1, "is read from standard input, and there is none", ""},
		{"one among the arguments", first, []string{"create-owner", "--email", "olga@lakeside.example", "--password", first}, 2, "unknown flag --password", ""},
		{"a zone that is none", first, []string{"create-owner", "--email", "olga@lakeside.example", "--time-zone", "Mars/Base"}, 1, "is no IANA time zone", ""},
		{"a slug that is none", first, []string{"create-owner", "--organization", "Lake Side", "--email", "olga@lakeside.example"}, 1, "is no slug", ""},
		{"the first owner", first + "\r\n", []string{"create-owner", "--email", "Olga@lakeside.example", "--name", "Olga"}, 0, "The organization lakeside was made.", first},
		{"an owner once more", second, []string{"create-owner", "--email", "olga@lakeside.example"}, 1, "is an owner already; soloprint user recover", first},
		{"a rescue", second, []string{"recover", "--email", "olga@lakeside.example"}, 0, "has a new password, no second factor and no open session", second},
		{"a rescue with a weak password", "short", []string{"recover", "--email", "olga@lakeside.example"}, 1, "has fewer than 12 characters", second},
		{"a rescue with a made password", "", []string{"recover", "--email", "olga@lakeside.example", "--generate"}, 0, "The password, this once: ", "generated"},
		{"a rescue of nobody", first, []string{"recover", "--email", "x@lakeside.example"}, 1, "there is no member x@lakeside.example", "generated"},
		{"a rescue elsewhere", first, []string{"recover", "--organization", "nowhere", "--email", "olga@lakeside.example"}, 1, "there is no member", "generated"},
		{"a second owner", first, []string{"create-owner", "--email", "second@lakeside.example"}, 0, "second@lakeside.example is an owner of lakeside and signs in at /auth/password", "generated"},
	} {
		args := append([]string{"user", step.args[0], "--data", data}, step.args[1:]...)
		if !strings.Contains(strings.Join(args, " "), "--organization") {
			args = append(args, "--organization", "lakeside")
		}
		var out, errOut bytes.Buffer
		code := run(t.Context(), args, strings.NewReader(step.in), &out, &errOut)
		if text := out.String() + errOut.String(); code != step.code || !strings.Contains(text, step.want) || step.in != "" && strings.Contains(text, strings.TrimSpace(step.in)) && !strings.Contains(step.name, "arguments") {
			t.Errorf("%s ends with %d, want %d, and %q in:\n%s", step.name, code, step.code, step.want, text)
		}
		if m := regexp.MustCompile(`this once: (\S{23})\n`).FindStringSubmatch(out.String()); m != nil {
			generated = m[1]
		}
		for _, text := range []string{first, second, generated} {
			want := text == step.opens || step.opens == "generated" && text == generated
			if text == "" {
				continue
			}
			_, err := a.Passwords.SignIn(t.Context(), password.SignInInput{Organization: "lakeside", Email: "olga@lakeside.example", Password: text})
			if (err == nil) != want {
				t.Errorf("%s: then %q opens: %v", step.name, text, err)
			}
			if err := a.Tries.Forget(t.Context(), "password", "olga@lakeside.example"); err != nil {
				t.Fatal(err)
			}
		}
	}
}
