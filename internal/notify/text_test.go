package notify

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/event"
)

func happened(t string) *ent.Event { return &ent.Event{Type: t} }

// Every event has a title in every language, and languages have the same texts.
func TestTextsAreWhole(t *testing.T) {
	texts, err := NewTexts()
	if err != nil {
		t.Fatal(err)
	}
	en := texts.languages["en"]
	for name, l := range texts.languages {
		if a, b := slices.Sorted(maps.Keys(en.events)), slices.Sorted(maps.Keys(l.events)); !slices.Equal(a, b) {
			t.Errorf("%s has other events: %v, %v", name, a, b)
		}
		if a, b := slices.Sorted(maps.Keys(en.words)), slices.Sorted(maps.Keys(l.words)); !slices.Equal(a, b) {
			t.Errorf("%s has other words: %v, %v", name, a, b)
		}
		for _, kind := range event.Catalogue() {
			title, body := texts.of(name, fact{Event: happened(string(kind)), object: map[string]any{"approval_state": "pending"}}, subject{Name: "Gear", Printer: "Ada", Detail: "because"})
			if !strings.Contains(title+body, "Gear") || strings.Contains(title+body, "<no value>") {
				t.Errorf("%s in %s: %q, %q", kind, name, title, body)
			}
		}
	}
	for kind := range en.events {
		if kind != "*" && !event.Type(kind).Known() {
			t.Errorf("%s is no event", kind)
		}
	}
}

func TestLanguages(t *testing.T) {
	texts, err := NewTexts()
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{"en": "Gear was approved", "es": "Gear se ha aprobado", "es-MX": "Gear se ha aprobado", "ES-ar": "Gear se ha aprobado", "de": "Gear was approved", "": "Gear was approved"} {
		if title, _ := texts.of(tag, fact{Event: happened("queue_item.approved")}, subject{Name: "Gear"}); title != want {
			t.Errorf("%q: %q", tag, title)
		}
	}
}

// What leaves the organization calls things by number.
func TestPublicNames(t *testing.T) {
	of := subject{Name: "Ada's gear", Number: "#12", Detail: "Ada asked for it", Private: true}.public()
	if of.Name != "#12" || of.Detail != "" {
		t.Errorf("%+v", of)
	}
	if kept := (subject{Name: "S-1 (PLA)", Detail: "80 g"}).public(); kept.Name != "S-1 (PLA)" || kept.Detail != "80 g" {
		t.Errorf("%+v", kept)
	}
}
