package match

import (
	"math"
	"strings"
)

// nozzleTolerance in mm: profiles say 0.4, calibrated printers 0.398; the next size is at least 0.1 away.
const nozzleTolerance = 0.05

// hardness ranks nozzle types: one that is harder does what a softer one does. What is asked for is usually wear (carbon
// or glow filament); stainless steel, asked for because of food or skin, is answered by hardened steel as well.
var hardness = map[string]int{
	"brass":    1,
	"plated":   2, // nickel-plated brass or copper
	"nickel":   2,
	"bimetal":  2,
	"steel":    3,
	"hardened": 4,
	"obxidian": 5,
	"tungsten": 5,
	"ruby":     5,
	"diamond":  5,
}

// nozzleWords lead from the words in a nozzle's name to its type; the first that occurs decides.
var nozzleWords = []struct{ word, kind string }{
	{"obxidian", "obxidian"}, {"tungsten", "tungsten"}, {"carbide", "tungsten"}, {"ruby", "ruby"}, {"diamond", "diamond"},
	{"harden", "hardened"}, {"stainless", "steel"}, {"bimetal", "bimetal"}, {"nickel", "nickel"}, {"plated", "plated"},
	{"brass", "brass"}, {"steel", "steel"},
}

func sameDiameter(a, b float64) bool { return math.Abs(a-b) < nozzleTolerance }

// nozzleSuffices reports whether the fitted nozzle does what the wanted one does. A type that nobody ranked is only
// matched by itself.
func nozzleSuffices(want, fitted string) bool {
	if strings.EqualFold(want, fitted) {
		return true
	}
	want, fitted = nozzleKind(want), nozzleKind(fitted)
	w, f := hardness[want], hardness[fitted]
	if w == 0 || f == 0 {
		return want == fitted
	}
	return f >= w
}

// nozzleKind folds spelling: "Hardened Steel" and "hardened_steel" are hardened.
func nozzleKind(name string) string {
	name = strings.ToLower(name)
	for _, w := range nozzleWords {
		if strings.Contains(name, w.word) {
			return w.kind
		}
	}
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "-")
}
