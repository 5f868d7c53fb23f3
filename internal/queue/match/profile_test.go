package match_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/queue/match"
)

func TestKey(t *testing.T) {
	base := func() match.Need {
		return match.Need{
			Tools: []match.Tool{{Material: "PLA", ColorHex: "#ff0000"}}, ColorMatch: "similar", NozzleDiameterMM: 0.4, NozzleType: "hardened", Format: "gcode",
			PrinterIDs: []string{"a", "b"}, TagIDs: []string{"x", "y"}, FileModel: "MK4",
		}
	}
	key := match.Key(base(), "v03")

	same := map[string]func(*match.Need){
		"the order of a set":         func(n *match.Need) { n.PrinterIDs = []string{"b", "a"} },
		"doubles in a set":           func(n *match.Need) { n.TagIDs = []string{"y", "x", "y"} },
		"the case of a colour":       func(n *match.Need) { n.Tools[0].ColorHex = "#FF0000" },
		"a grade of the material":    func(n *match.Need) { n.Tools[0].Material = "pla basic" },
		"the spelling of the nozzle": func(n *match.Need) { n.NozzleType = "Hardened Steel" },
		"the spelling of the format": func(n *match.Need) { n.Format = ".GCODE" },
		"similar left out":           func(n *match.Need) { n.ColorMatch = "" },
		"names":                      func(n *match.Need) { n.Names = map[string]string{"a": "Ada"} },
		"the size itself":            func(n *match.Need) { n.Volume = schematype.Size{X: 1, Y: 1, Z: 1} },
	}
	for what, change := range same {
		n := base()
		if change(&n); match.Key(n, "v03") != key {
			t.Errorf("%s changes the key", what)
		}
	}

	differs := map[string]func(*match.Need){
		"the colour":      func(n *match.Need) { n.Tools[0].ColorHex = "#FF0001" },
		"the colour mode": func(n *match.Need) { n.ColorMatch = "exact" },
		"a second tool":   func(n *match.Need) { n.Tools = append(n.Tools, match.Tool{}) },
		"the class":       func(n *match.Need) { n.ClassGroupIDs = []string{"a"} },
		"the user":        func(n *match.Need) { n.UserGroupIDs = []string{"a"} },
		"a tag":           func(n *match.Need) { n.TagIDs = n.TagIDs[:1] },
		"the heat":        func(n *match.Need) { n.BedC = 60 },
	}
	seen := map[string]string{key: "the base"}
	for what, change := range differs {
		n := base()
		change(&n)
		k := match.Key(n, "v03")
		if other := seen[k]; other != "" {
			t.Errorf("%s has the key of %s", what, other)
		}
		seen[k] = what
	}
	if match.Key(base(), "v01") == key || match.Key(base(), "") == key {
		t.Error("the mask does not change the key")
	}
	if len(key) != 64 {
		t.Errorf("key %q is not SHA-256 in hex", key)
	}
}

// The key is stored: a change of it makes every profile new. That is allowed, but not by accident.
func TestKeyIsStable(t *testing.T) {
	if got := match.Key(match.Need{}, ""); got != "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" { // SHA-256 of {}
		t.Errorf("key of nothing is %s", got)
	}
}

func TestKeyIgnoresAColourThatRefusesNothing(t *testing.T) {
	n := match.Need{Tools: []match.Tool{{Material: "PLA", ColorHex: "#FF0000"}}, ColorMatch: "any"}
	if match.Key(n, "") != match.Key(match.Need{Tools: []match.Tool{{Material: "PLA"}}}, "") {
		t.Error("files in other colours do not share a profile")
	}
}

func TestKeyIgnoresWhatAnUnusedToolIs(t *testing.T) {
	n := match.Need{Tools: []match.Tool{{Material: "PETG", Unused: true}, {Material: "PLA"}}}
	if match.Key(n, "") != match.Key(match.Need{Tools: []match.Tool{{Unused: true}, {Material: "PLA"}}}, "") {
		t.Error("the material of a tool that prints nothing changes the key")
	}
}

func TestNeedSurvivesItsColumn(t *testing.T) {
	n := match.Canonical(gear().Need)
	text, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	var back match.Need
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, n) {
		t.Errorf("%s came back as %+v, %v", text, back, err)
	}
}

func TestVolumeMask(t *testing.T) {
	small, tall, wide := schematype.Size{X: 100, Y: 100, Z: 100}, schematype.Size{X: 100, Y: 100, Z: 300}, schematype.Size{X: 300, Y: 200, Z: 100}
	volumes := []schematype.Size{small, tall, wide}
	tests := []struct {
		part schematype.Size
		want string
	}{
		{schematype.Size{}, ""},
		{schematype.Size{X: 10, Y: 10, Z: 10}, "v07"},
		{schematype.Size{X: 10, Y: 10, Z: 200}, "v02"},
		{schematype.Size{X: 150, Y: 250, Z: 10}, "v04"},
		{schematype.Size{X: 900, Y: 1, Z: 1}, "v00"},
	}
	for _, tt := range tests {
		if got := match.VolumeMask(tt.part, volumes); got != tt.want {
			t.Errorf("%v has mask %q, want %q", tt.part, got, tt.want)
		}
	}
	many := make([]schematype.Size, 9)
	many[8] = wide
	if got := match.VolumeMask(schematype.Size{X: 150, Y: 250, Z: 10}, many); got != "v0001" {
		t.Errorf("mask over nine volumes %q, want v0001", got)
	}
	if a, b := match.VolumeMask(schematype.Size{X: 1, Y: 1, Z: 1}, nil), match.VolumeMask(schematype.Size{}, nil); a == b {
		t.Error("a part with a size has the mask of one without")
	}
}
