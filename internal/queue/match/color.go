package match

import (
	"math"
	"strconv"
	"strings"

	"github.com/lucasb-eyer/go-colorful"
)

// How close a colour must be.
const (
	ColorExact   = "exact"   // at most 5
	ColorSimilar = "similar" // at most 12
	ColorAny     = "any"     // only lowers the score
)

// Limits of the colour difference. Black and #161616 are 4.3 apart, two makers' reds 5 to 12, green and teal 15.
const (
	exactDifference   = 5
	similarDifference = 12
)

// unlike is the difference told for a colour that cannot be compared: nobody entered it, or one of the two is translucent.
const unlike = 100

// ColorDifference is CIEDE2000 between two colours #RRGGBB, from 0 to about 100; 1 is just noticeable. A colour that
// cannot be read is as far away as black from white, and so is a translucent one (#RRGGBBAA) from a solid one.
//
// Source: Sharma, Wu and Dalal, The CIEDE2000 color-difference formula, Color Research and Application 30 (2005).
func ColorDifference(a, b string) float64 {
	if strings.EqualFold(a, b) {
		return 0
	}
	ca, solidA, okA := parseColor(a)
	cb, solidB, okB := parseColor(b)
	if !okA || !okB || solidA != solidB {
		return unlike
	}
	return ca.DistanceCIEDE2000(cb) * 100
}

// colorLimit is the greatest difference that is close enough.
func colorLimit(mode string) float64 {
	switch mode {
	case ColorExact:
		return exactDifference
	case ColorAny:
		return math.Inf(1)
	default:
		return similarDifference
	}
}

func parseColor(hex string) (c colorful.Color, solid, ok bool) {
	if len(hex) != 7 && len(hex) != 9 || hex[0] != '#' {
		return c, false, false
	}
	v, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		return c, false, false
	}
	solid = true
	if len(hex) == 9 {
		solid = v&0xff == 0xff
		v >>= 8
	}
	return colorful.Color{R: float64(v>>16&0xff) / 255, G: float64(v>>8&0xff) / 255, B: float64(v&0xff) / 255}, solid, true
}
