package event_test

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/event"
)

var update = flag.Bool("update", false, "write the golden file anew")

// Subscribers switch on these words: one that is missing or changed is a decision.
func TestCatalogue(t *testing.T) {
	const path = "testdata/catalogue.golden"
	var b strings.Builder
	for _, typ := range event.Catalogue() {
		b.WriteString(string(typ) + "\n")
	}
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("(-want +got), -update writes it anew:\n%s", d)
	}
}

func TestTypesHaveOneForm(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$`)
	all := event.Catalogue()
	for i, typ := range all {
		if !form.MatchString(string(typ)) || !typ.Known() || i > 0 && all[i-1] >= typ {
			t.Errorf("%q is no type, not known or out of order", typ)
		}
	}
}

func TestKnown(t *testing.T) {
	for _, typ := range []event.Type{
		"", ".", "printer", "printer.", ".created", "printer.created.", "printer.created ", "Printer.created", "printer.destroyed", "printers.created",
		"printer_.created", "printer.tag.created", "queue_item.deleted", "unknown.created", "event.created", "printer\x00.created", "*", "printer.*",
	} {
		if typ.Known() {
			t.Errorf("%q is known", typ)
		}
		if slices.Contains(event.Catalogue(), typ) {
			t.Errorf("%q is in the catalogue", typ)
		}
	}
}

func TestTheCatalogueIsACopy(t *testing.T) {
	event.Catalogue()[0] = "x"
	if event.Catalogue()[0] == "x" {
		t.Error("a caller changed the list of everybody")
	}
}

func TestMeans(t *testing.T) {
	for _, tt := range []struct {
		subscription, typ string
		want              bool
	}{
		{"queue_item.approved", "queue_item.approved", true}, {"queue_item.*", "queue_item.approved", true}, {"*", "queue_item.approved", true},
		{"queue_item.denied", "queue_item.approved", false}, {"queue.*", "queue_item.approved", false}, {"queue*", "queue_item.approved", false}, {"", "queue_item.approved", false},
		{"queue_item.app*", "queue_item.approved", false}, {".*", "queue_item.approved", false}, {"queue_item", "queue_item.approved", false},
	} {
		if got := event.Means(tt.subscription, tt.typ); got != tt.want {
			t.Errorf("%s means %s: %t", tt.subscription, tt.typ, got)
		}
	}
}
