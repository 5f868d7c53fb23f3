package match

import (
	"math"
	"strconv"
	"strings"

	"github.com/soloprint/soloprint/ent/schematype"
)

// listMax is how many things a sentence names before it counts the rest.
const listMax = 6

// list is "a, b, c", or "a, b and 12 more" where there are many.
func list(items []string) string {
	if rest := len(items) - listMax; rest > 1 {
		return strings.Join(items[:listMax], ", ") + " and " + strconv.Itoa(rest) + " more"
	}
	return strings.Join(items, ", ")
}

// number has at most two decimals and no trailing zeros.
func number(v float64) string {
	return strconv.FormatFloat(hundredths(v), 'f', -1, 64)
}

func grams(g float64) string { return number(g) + " g" }

func size(s schematype.Size) string {
	return number(s.X) + " × " + number(s.Y) + " × " + number(s.Z) + " mm"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func orUnknown(s, noun string) string { return or(s, "unknown "+noun) }

func slotName(index int) string { return "slot " + strconv.Itoa(index) }

// hundredths is a number with two decimals, as weights have them.
func hundredths(v float64) float64 { return math.Round(v*100) / 100 }
