package material

import (
	"math"

	"github.com/soloprint/soloprint/ent"
)

// maxG bounds what one entry changes, in grams: 100 kg, the heaviest spool that the API takes.
const maxG = 100_000

// Round is the weight in whole hundredths of a gram, as the ledger keeps it. Adding zero makes minus zero plain zero.
func Round(g float64) float64 { return math.Round(g*100)/100 + 0 }

// GramsOf is the weight of filament of a length: g = mm · π · (d/2)² · density / 1000, with the diameter in mm and the
// density in g/cm³. It is not rounded.
func GramsOf(lengthMM, diameterMM, densityGCM3 float64) float64 {
	r := diameterMM / 2
	return lengthMM * math.Pi * r * r * densityGCM3 / 1000
}

// CostOf is what grams of a material cost in minor units of the currency, rounded; 0 where the price is not known or is in
// another currency.
func CostOf(m *ent.Material, currency string, grams float64) int64 {
	if m == nil || m.NetWeightG <= 0 || m.PriceMinor == nil || m.PriceCurrency == nil || *m.PriceCurrency != currency {
		return 0
	}
	return int64(math.Round(float64(*m.PriceMinor) * grams / m.NetWeightG))
}

// sane is a weight from a file or a device as the ledger can keep it: what is no weight counts as none.
func sane(g float64) float64 {
	if math.IsNaN(g) || g < 0 {
		return 0
	}
	return Round(min(g, maxG))
}
