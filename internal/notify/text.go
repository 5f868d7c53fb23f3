package notify

import (
	"embed"
	"encoding/json"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
	"unicode"
)

//go:embed template
var files embed.FS

// Bounds of what is told, in characters.
const (
	maxTitle = 200
	maxBody  = 2000
)

// Texts are the words of notifications and mails, in every language that there is.
type Texts struct {
	languages map[string]language
	html      *htmltemplate.Template
	plain     *template.Template
}

// language is one of them: a title and a body for each type of event, and the words around them in a mail.
type language struct {
	events map[string]said
	words  map[string]string
}

// said is what is told of an event.
type said struct{ title, body *template.Template }

// NewTexts reads the templates, which are part of the program.
func NewTexts() (*Texts, error) {
	t := &Texts{languages: map[string]language{}}
	var err error
	if t.html, err = htmltemplate.ParseFS(files, "template/mail.html.tmpl"); err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	if t.plain, err = template.ParseFS(files, "template/mail.txt.tmpl"); err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	for _, name := range []string{"en", "es"} {
		if t.languages[name], err = readLanguage(name); err != nil {
			return nil, fmt.Errorf("read texts %s: %w", name, err)
		}
	}
	return t, nil
}

func readLanguage(name string) (language, error) {
	raw, err := files.ReadFile("template/" + name + ".json")
	if err != nil {
		return language{}, err
	}
	var file struct {
		Words  map[string]string    `json:"words"`
		Events map[string][2]string `json:"events"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return language{}, err
	}
	l := language{events: map[string]said{}, words: file.Words}
	for event, texts := range file.Events {
		title, err := template.New(event).Parse(texts[0])
		if err != nil {
			return language{}, err
		}
		body, err := template.New(event).Parse(texts[1])
		if err != nil {
			return language{}, err
		}
		l.events[event] = said{title, body}
	}
	return l, nil
}

// language is that of a BCP 47 tag such as es-MX; English where there is no other.
func (t *Texts) language(tag string) language {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if l, ok := t.languages[primary]; ok {
		return l
	}
	return t.languages["en"]
}

// of is what is told of an event in a language: a title of one line and a body.
func (t *Texts) of(locale string, f fact, about subject) (title, body string) {
	l := t.language(locale)
	texts, ok := l.events[f.Type]
	if !ok {
		texts = l.events["*"]
	}
	view := struct {
		subject
		Type, Pending string
	}{about, f.Type, f.text("approval_state")}
	return line(filled(texts.title, view), maxTitle), shorten(strings.TrimSpace(filled(texts.body, view)), maxBody)
}

// filled is a template with its values. The templates are part of the program, and a test fills all of them.
func filled(t *template.Template, view any) string {
	var b strings.Builder
	if err := t.Execute(&b, view); err != nil {
		return ""
	}
	return b.String()
}

// line makes text one line that can stand in a header: nothing in it begins another one, hides or turns what follows.
func line(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return shorten(strings.Join(strings.Fields(text), " "), limit)
}

func shorten(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return strings.TrimSpace(string(runes[:limit-1])) + "…"
	}
	return text
}
