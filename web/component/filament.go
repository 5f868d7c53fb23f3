package component

import (
	"fmt"
	"math"
	"regexp"
)

var hex = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Colour is a colour that may be drawn, grey where none is known.
func Colour(c string) string {
	if len(c) == 6 {
		c = "#" + c
	}
	if hex.MatchString(c) {
		return c
	}
	return "#b9bec7"
}

// arc is the path of a dial that stands at a share of 1, round the middle of a square of 18.
func arc(share float64) string {
	share = min(max(share, 0), 0.9999)
	a := 2 * math.Pi * share
	large := 0
	if share > 0.5 {
		large = 1
	}
	return fmt.Sprintf("M9 9V2.5A6.5 6.5 0 %d 1 %.2f %.2fZ", large, 9+6.5*math.Sin(a), 9-6.5*math.Cos(a))
}

// cut is where a thumbnail that has grown to a share of 1 begins, and how high it is, of 100.
func cut(share float64) (from, height string) {
	h := 100 * min(max(share, 0), 1)
	return fmt.Sprintf("%.1f", 100-h), fmt.Sprintf("%.1f", h)
}
