package match

import (
	"math"
	"testing"

	"github.com/lucasb-eyer/go-colorful"
)

func TestFamily(t *testing.T) {
	tests := map[string]string{
		"": "", "PLA": "PLA", "pla": "PLA", " PLA ": "PLA", "PLA+": "PLA", "PLA Basic": "PLA", "PLA Tough": "PLA", "PLA Tough+": "PLA", "pla pro": "PLA", "PLA-HS": "PLA",
		"PLA-CF": "PLA-CF", "pla cf": "PLA-CF", "PLA_CF": "PLA-CF", "PLA Silk": "PLA-SILK", "PLA Silk+": "PLA-SILK+", "PLA Matte": "PLA-MATTE", "PLA Wood": "PLA-WOOD",
		"PET-G": "PETG", "petg": "PETG", "PETG HF": "PETG", "PETG-CF": "PETG-CF", "Nylon": "PA", "Nylon Pro": "PA", "PA-CF": "PA-CF", "PAHT-CF": "PAHT-CF",
		"TPU 95A": "TPU", "TPU 85A": "TPU-85A", "PC": "PC", "Polycarbonate": "PC", "ABS+": "ABS", "+": "",
	}
	for in, want := range tests {
		if got := Family(in); got != want {
			t.Errorf("Family(%q) = %q, want %q", in, got, want)
		}
		if again := Family(Family(in)); again != want {
			t.Errorf("Family(Family(%q)) = %q, want %q", in, again, want)
		}
	}
}

func TestColorDifference(t *testing.T) {
	tests := []struct {
		a, b string
		want float64
	}{
		{"#123456", "#123456", 0},
		{"#ffffff", "#FFFFFF", 0},
		{"#000000", "#FFFFFF", 100},
		{"#000000", "#161616", 4.3}, // a maker's "black": exact enough
		{"#FF0000", "#E53935", 7.3}, // similar only
		{"#008000", "#008080", 27.8},
		{"#8B0000", "#006400", 60.4}, // dark red, dark green
		{"#FF0000FF", "#FF0000", 0},
		{"#FF000080", "#FF0000", 100}, // translucent
		{"#FF000080", "#FF000040", 0},
		{"", "#FF0000", 100},
		{"red", "#FF0000", 100},
		{"#GG0000", "#FF0000", 100},
	}
	for _, tt := range tests {
		got := ColorDifference(tt.a, tt.b)
		if back := ColorDifference(tt.b, tt.a); math.Abs(got-back) > 1e-9 {
			t.Errorf("%s to %s is %.3f, back %.3f", tt.a, tt.b, got, back)
		}
		if math.Abs(got-tt.want) > 0.1 {
			t.Errorf("%s to %s is %.2f, want %.1f", tt.a, tt.b, got, tt.want)
		}
	}
}

// The rows are pairs 1, 7, 17, 25 and 34 of the test data in Sharma, Wu and Dalal (2005), which catch the known mistakes.
func TestColorDifferenceIsCIEDE2000(t *testing.T) {
	tests := []struct{ l1, a1, b1, l2, a2, b2, want float64 }{
		{50, 2.6772, -79.7751, 50, 0, -82.7485, 2.0425},
		{50, 0, 0, 50, -1, 2, 2.3669},
		{50, 2.5, 0, 73, 25, -18, 27.1492},
		{60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644},
		{2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082},
	}
	for _, tt := range tests {
		a, b := colorful.Lab(tt.l1/100, tt.a1/100, tt.b1/100), colorful.Lab(tt.l2/100, tt.a2/100, tt.b2/100)
		if got := a.DistanceCIEDE2000(b) * 100; math.Abs(got-tt.want) > 1e-3 {
			t.Errorf("%+v is %.4f, want %.4f", tt, got, tt.want)
		}
	}
}

func TestCanonicalModel(t *testing.T) {
	tests := map[string]string{
		"MK3S": "Prusa MK3S", "MK3S+": "Prusa MK3S", "i3 MK3S": "Prusa MK3S", "Original Prusa i3 MK3S": "Prusa MK3S", "Original Prusa i3 MK3S & MK3S+": "Prusa MK3S", "PrusaMK3S": "Prusa MK3S", "MK3SMMU3": "Prusa MK3S",
		"Prusa i3 MK3S": "Prusa MK3S", "Original Prusa MK4 0.4 nozzle": "Prusa MK4", "MK4IS": "Prusa MK4", "MK4S": "Prusa MK4S", "MINI": "Prusa MINI", "Original Prusa MINI+": "Prusa MINI",
		"XL5IS": "Prusa XL", "COREONE": "Prusa CORE One", "Prusa CORE One": "Prusa CORE One", "Prusa CORE One L": "Prusa CORE One L",
		"Bambu Lab X1 Carbon": "Bambu Lab X1C", "BambuLab X1C": "Bambu Lab X1C", "BL-P001": "Bambu Lab X1C", "C11": "Bambu Lab P1P", "C12": "Bambu Lab P1S", "N1": "Bambu Lab A1 mini", "Bambu Lab A1 Mini": "Bambu Lab A1 mini",
		"N2S": "Bambu Lab A1", "O1D": "Bambu Lab H2D", "H2D Pro": "Bambu Lab H2D Pro",
		"Creality Ender-3 Pro": "creality ender3pro", "Ender 3 Pro": "ender3pro", "Creality Ender-3 Pro 0.4 nozzle": "creality ender3pro", "Voron 2.4": "voron 2.4", "LulzBot Mini": "lulzbot mini",
		"": "", "Generic Klipper Printer": "", "Custom Printer": "", "fdmprinter": "", "RepRap": "", "Prusa": "",
	}
	for in, want := range tests {
		got := CanonicalModel(in)
		if got != want {
			t.Errorf("CanonicalModel(%q) = %q, want %q", in, got, want)
		}
		if again := CanonicalModel(got); again != got {
			t.Errorf("CanonicalModel(%q) = %q, want it to stay", got, again)
		}
	}
}

func TestEveryAliasLeadsToOneModel(t *testing.T) {
	owner := map[string]string{}
	for name, spellings := range modelNames {
		if got := CanonicalModel(name); got != name {
			t.Errorf("CanonicalModel(%q) = %q", name, got)
		}
		for _, s := range spellings {
			if owner[s] != "" {
				t.Errorf("%q is both %s and %s", s, owner[s], name)
			}
			owner[s] = name
		}
	}
	for _, group := range interchangeable {
		for _, name := range group {
			if !known(name) {
				t.Errorf("%q is no model of the table", name)
			}
		}
	}
}

func TestModelPrintsFile(t *testing.T) {
	tests := []struct {
		maker, printer, file string
		want                 bool
	}{
		{"Prusa Research", "MK4", "MK4", true},
		{"", "Original Prusa MK4", "MK4IS", true},
		{"Prusa", "MK4", "MK4S", false},
		{"Prusa", "MK4S", "MK3.9S", true},
		{"Bambu Lab", "X1C", "Bambu Lab P1S", true},
		{"Bambu Lab", "A1", "Bambu Lab A1 mini", false},
		{"LulzBot", "Mini", "MINI", false},
		{"LulzBot", "Mini", "LulzBot Mini", true},
		{"Creality", "Ender-3 V2", "Creality Ender-3 V2", true},
		{"", "Ender-3 V2", "Creality Ender-3 V2", true},
		{"Anycubic", "Ender-3 V2", "Creality Ender-3 V2", false},
		{"Wanhao", "Duplicator i3", "Wanhao Duplicator", true},
		{"Wanhao", "Wanhao Duplicator", "Wanhao Duplicator", true},
	}
	for _, tt := range tests {
		if got := modelOf(tt.printer, tt.maker).prints(modelOf(tt.file, "")); got != tt.want {
			t.Errorf("%s %s prints a file for %q: %v, want %v", tt.maker, tt.printer, tt.file, got, tt.want)
		}
	}
}

func TestNozzleSuffices(t *testing.T) {
	tests := []struct {
		want, fitted string
		ok           bool
	}{
		{"brass", "Brass", true},
		{"brass", "hardened", true},
		{"hardened", "brass", false},
		{"Hardened Steel", "hardened_steel", true},
		{"stainless steel", "hardened", true},
		{"hardened", "stainless_steel", false},
		{"hardened", "tungsten carbide", true},
		{"hardened", "ObXidian", true},
		{"brass", "CHT", false}, // nobody ranked it
		{"cht", "CHT", true},
		{"high flow", "High-Flow", true},
	}
	for _, tt := range tests {
		if got := nozzleSuffices(tt.want, tt.fitted); got != tt.ok {
			t.Errorf("wants %q, fitted %q: %v, want %v", tt.want, tt.fitted, got, tt.ok)
		}
	}
	for _, w := range nozzleWords {
		if hardness[w.kind] == 0 {
			t.Errorf("%q has no rank", w.kind)
		}
	}
}

func TestFormat(t *testing.T) {
	for in, want := range map[string]string{"": "", ".gcode": "gcode", "GCO": "gcode", "bgc": "bgcode", ".gcode.3mf": "gcode_3mf", "gcode_3mf": "gcode_3mf", " 3MF ": "3mf", "x": "x"} {
		if got := Format(in); got != want {
			t.Errorf("Format(%q) = %q, want %q", in, got, want)
		}
	}
}
