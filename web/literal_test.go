package web

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/a-h/templ/parser/v2"
)

// unspoken are templates outside the console, for developers and strangers, whose words are English only.
var unspoken = []string{"developers", "landing", "status", "notify", "password", "sso_signin"}

// TestTemplatesSpeakThroughTheCatalogue walks all templates of the console: words stand in the catalogue, not in them.
func TestTemplatesSpeakThroughTheCatalogue(t *testing.T) {
	files, err := filepath.Glob("*/*.templ")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, name := range files {
		skip := false
		for _, u := range unspoken {
			skip = skip || strings.HasPrefix(filepath.Base(name), u)
		}
		if skip {
			continue
		}
		file, err := parser.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		read++
		for _, text := range literals(reflect.ValueOf(file.Nodes), map[uintptr]bool{}) {
			t.Errorf("%s says %q itself", name, text)
		}
	}
	if read < 15 {
		t.Errorf("the test read %d templates; it looks in the wrong place", read)
	}
}

// literals are the texts with words in them that stand in a template, and the values of attributes that people hear or see.
func literals(v reflect.Value, seen map[uintptr]bool) (all []string) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			return literals(v.Elem(), seen)
		}
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return nil
		}
		seen[v.Pointer()] = true
		switch n := v.Interface().(type) {
		case *parser.Text:
			return worded(n.Value)
		case *parser.ConstantAttribute:
			if k, ok := n.Key.(parser.ConstantAttributeKey); ok && strings.Contains(" aria-label title alt placeholder ", " "+k.Name+" ") {
				return worded(n.Value)
			}
			return nil
		}
		return literals(v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				all = append(all, literals(v.Field(i), seen)...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, literals(v.Index(i), seen)...)
		}
	}
	return all
}

// worded is a text that has a word of at least two letters, but for names of keys and the prefix of numbers.
func worded(text string) []string {
	text = strings.TrimSpace(text)
	if text == "Ctrl K" || text == "Q-" {
		return nil
	}
	letters := 0
	for _, r := range text {
		if letters++; !unicode.IsLetter(r) {
			letters = 0
		}
		if letters >= 2 {
			return []string{text}
		}
	}
	return nil
}
