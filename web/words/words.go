package words

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed *.toml
var files embed.FS

// Languages are those that the console speaks; the first is spoken where a sentence is missing.
var languages = []language.Tag{language.English, language.Spanish}

// Catalogue holds the sentences of all languages. It is built once and never changed.
type Catalogue struct {
	bundle  *i18n.Bundle
	matcher language.Matcher
}

// NewCatalogue reads the embedded sentences.
func NewCatalogue() (*Catalogue, error) {
	c := &Catalogue{bundle: i18n.NewBundle(languages[0]), matcher: language.NewMatcher(languages)}
	c.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	all, err := fs.Glob(files, "*.toml")
	if err != nil {
		return nil, fmt.Errorf("find sentences: %w", err)
	}
	for _, name := range all {
		if _, err := c.bundle.LoadMessageFileFS(files, name); err != nil {
			return nil, fmt.Errorf("read sentences of %s: %w", name, err)
		}
	}
	return c, nil
}

// Speaker says things in one language, with one place's way of writing numbers and times.
type Speaker struct {
	Language string // BCP 47, for the lang attribute
	Zone     *time.Location
	Now      time.Time // one moment for the whole page
	Currency string    // ISO 4217

	localizer *i18n.Localizer
	printer   *message.Printer
	locale    language.Tag // how numbers and times are written; it may differ from the language
}

// Voice is what a page's speaker follows from. Wishes are languages in order of preference, BCP 47 or an Accept-Language header.
type Voice struct {
	Wishes   []string
	Locale   string
	TimeZone string // IANA name; unknown = UTC
	Currency string
	Now      time.Time
}

// Speaker is the speaker for somebody.
func (c *Catalogue) Speaker(v Voice) *Speaker {
	_, at := language.MatchStrings(c.matcher, v.Wishes...)
	tag := languages[at]
	locale, err := language.Parse(v.Locale)
	if base, _ := locale.Base(); err != nil || base.String() != tag.String() {
		locale = tag // a page in Spanish writes numbers as Spanish does, wherever the school is
	}
	zone, err := time.LoadLocation(v.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return &Speaker{Language: tag.String(), Zone: zone, Now: v.Now.In(zone), Currency: v.Currency, localizer: i18n.NewLocalizer(c.bundle, tag.String()), printer: message.NewPrinter(locale), locale: locale}
}

type key struct{}

// With puts the speaker into the context of a page.
func With(ctx context.Context, s *Speaker) context.Context { return context.WithValue(ctx, key{}, s) }

// From is the speaker of the context. Every page has one: its absence is a fault of the program.
func From(ctx context.Context) *Speaker { return ctx.Value(key{}).(*Speaker) }

// T says the sentence of a key. What is put into it follows as name and value; "n" is the number that chooses its form.
func T(ctx context.Context, key string, values ...any) string { return From(ctx).Say(key, values...) }

// Say is T for a speaker at hand. A key without a sentence is said itself: a test finds it.
func (s *Speaker) Say(key string, values ...any) string {
	l := &i18n.LocalizeConfig{MessageID: key}
	if len(values) > 0 {
		data := make(map[string]any, len(values)/2)
		for i := 0; i+1 < len(values); i += 2 {
			name := values[i].(string)
			data[name] = values[i+1]
			if name == "n" {
				l.PluralCount = values[i+1]
				data[name] = s.Number(values[i+1])
			}
		}
		l.TemplateData = data
	}
	said, err := s.localizer.Localize(l)
	if err != nil && said == "" {
		return key
	}
	return said
}

// Known reports whether the speaker has a sentence for the key.
func (s *Speaker) Known(key string) bool {
	said, _, err := s.localizer.LocalizeWithTag(&i18n.LocalizeConfig{MessageID: key, PluralCount: 2})
	return err == nil && said != ""
}

// Or is the sentence of a key, or of another where the first has none: for words that a newer server may have added.
func Or(ctx context.Context, key, other string) string {
	if s := From(ctx); s.Known(key) {
		return s.Say(key)
	}
	return strings.ReplaceAll(other, "_", " ")
}
