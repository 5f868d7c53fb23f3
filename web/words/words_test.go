package words

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/language"
)

// keys are all keys of a language's sentences.
func keys(t *testing.T, lang string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	names, err := fs.Glob(files, "*."+lang+".toml")
	if err != nil {
		t.Fatal(err)
	}
	forms := []string{"zero", "one", "two", "few", "many", "other"}
	var walk func(prefix string, m map[string]any)
	walk = func(prefix string, m map[string]any) {
		for k, v := range m {
			switch v := v.(type) {
			case string:
				if slices.Contains(forms, k) {
					all[strings.TrimSuffix(prefix, ".")] = true
				} else {
					all[prefix+k] = true
				}
			case map[string]any:
				walk(prefix+k+".", v)
			}
		}
	}
	for _, name := range names {
		var m map[string]any
		if _, err := toml.DecodeFS(files, name, &m); err != nil {
			t.Fatal(err)
		}
		walk("", m)
	}
	return all
}

// said finds keys where the program asks for their sentences. A key that ends with a dot is the beginning of one that is put
// together.
var said = regexp.MustCompile(`(?:words\.T\(ctx, |words\.T\(v, |words\.Or\(ctx, |\.say\(|\.Say\(|said\(|Key: +|named\(|of\(|person\(|back\(|sheet\(v, |moment\("[a-z_]+", |"[^"]+", "(?:help)|, )"([a-z]+(?:\.[a-z_]+)+\.?)"`)

func TestEverySentenceIsThere(t *testing.T) {
	if _, err := NewCatalogue(); err != nil {
		t.Fatal(err)
	}
	english, used := keys(t, "en"), 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, line := range strings.Split(string(text), "\n") {
			if strings.Contains(line, "import") || strings.Contains(line, "github.com") {
				continue
			}
			for _, m := range said.FindAllStringSubmatch(line, -1) {
				used++
				if strings.TrimRight(m[1], "._") != m[1] {
					some := false
					for k := range english {
						some = some || strings.HasPrefix(k, m[1])
					}
					if !some {
						t.Errorf("%s asks for %s…, of which there is none", path, m[1])
					}
				} else if !english[m[1]] && !strings.HasPrefix(m[0], ", ") {
					t.Errorf("%s asks for %s, which nobody has written", path, m[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if used < 300 {
		t.Errorf("the test found %d places that speak; it looks in the wrong place", used)
	}
}

func TestLanguagesSayTheSame(t *testing.T) {
	english := keys(t, "en")
	for _, l := range languages[1:] {
		theirs := keys(t, l.String())
		for k := range english {
			if !theirs[k] {
				t.Errorf("%s: %s is missing", l, k)
			}
		}
		for k := range theirs {
			if !english[k] {
				t.Errorf("%s: %s is nobody's", l, k)
			}
		}
	}
}

func TestSpeaker(t *testing.T) {
	c, err := NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 15, 4, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, wish, locale string
		say                func(*Speaker) string
		want               string
	}{
		{"british clock", "en", "en-GB", func(s *Speaker) string { return Clock(With(t.Context(), s), now) }, "16:04"},
		{"american clock", "en", "en-US", func(s *Speaker) string { return Clock(With(t.Context(), s), now) }, "4:04 PM"},
		{"grams", "en", "en-GB", func(s *Speaker) string { return Grams(With(t.Context(), s), 84.4) }, "84 g"},
		{"kilograms", "en", "en-GB", func(s *Speaker) string { return Grams(With(t.Context(), s), 9550) }, "9.55 kg"},
		{"kilograms in Spanish", "es", "es-ES", func(s *Speaker) string { return Grams(With(t.Context(), s), 9550) }, "9,55 kg"},
		{"hours", "en", "en-GB", func(s *Speaker) string { return Duration(With(t.Context(), s), 130*time.Minute) }, "2 h 10 min"},
		{"yesterday", "en", "en-GB", func(s *Speaker) string { return When(With(t.Context(), s), now.AddDate(0, 0, -1)) }, "yesterday, 16:04"},
		{"last year", "en", "en-GB", func(s *Speaker) string { return Day(With(t.Context(), s), now.AddDate(-1, 0, 0)) }, "24 November 2025"},
		{"one", "en", "en-GB", func(s *Speaker) string { return s.Say("unit.days", "n", 1) }, "1 day"},
		{"many", "en", "en-GB", func(s *Speaker) string { return s.Say("unit.days", "n", 1200) }, "1,200 days"},
		{"another language", "de", "de-DE", func(s *Speaker) string { return s.Say("nav.queue") }, "Queue"},
		{"a key that nobody wrote", "en", "en", func(s *Speaker) string { return s.Say("no.such") }, "no.such"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := c.Speaker(Voice{Wishes: []string{tt.wish}, Locale: tt.locale, TimeZone: "Europe/Madrid", Now: now})
			if got := strings.ReplaceAll(tt.say(s), "\u00a0", " "); got != tt.want {
				t.Errorf("says %q, want %q", got, tt.want)
			}
		})
	}
	if languages[0] != language.English {
		t.Error("English is not the language that the others fall back to")
	}
}
