package material_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/material"
)

func TestGramsOf(t *testing.T) {
	rows := []struct {
		name                      string
		length, diameter, density float64
		want                      float64
	}{
		{"a metre of PLA at 1.75 mm weighs 2.98 g", 1000, 1.75, 1.24, 2.98},
		{"a kilogram of PLA is 335 m", 335_284, 1.75, 1.24, 1000},
		{"a metre of 2.85 mm PETG weighs 8.10 g", 1000, 2.85, 1.27, 8.10},
		{"nothing weighs nothing", 0, 1.75, 1.24, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := material.Round(material.GramsOf(row.length, row.diameter, row.density))
			if got != row.want {
				t.Errorf("got %v g, want %v g", got, row.want)
			}
		})
	}
}

func TestRoundKeepsHundredths(t *testing.T) {
	for in, want := range map[float64]float64{0.004: 0, 0.006: 0.01, 1.234: 1.23, -1.236: -1.24, 999.999: 1000} {
		if got := material.Round(in); got != want {
			t.Errorf("Round(%v) = %v, want %v", in, got, want)
		}
	}
	if math.Signbit(material.Round(-0.001)) {
		t.Error("minus zero would be written as -0")
	}
}

// Adding up rounded weights one by one and at once gives the same: that is why remaining_g equals the ledger's sum.
func TestRoundingDoesNotDrift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deltas := rapid.SliceOfN(rapid.Float64Range(-100_000, 100_000), 0, 500).Draw(t, "deltas")
		var stepwise, sum float64
		for _, d := range deltas {
			stepwise = material.Round(stepwise + material.Round(d))
			sum += material.Round(d)
		}
		if stepwise != material.Round(sum) {
			t.Fatalf("stepwise %v, at once %v", stepwise, material.Round(sum))
		}
	})
}

func TestNetOf(t *testing.T) {
	rows := []struct {
		name        string
		gross, tare float64
		want        float64
		ok          bool
	}{
		{"what is over the empty spool is filament", 700, 200, 500, true},
		{"the empty spool alone holds nothing", 200, 200, 0, true},
		{"an empty spool somewhat lighter than its data sheet is empty", 185, 200, 0, true},
		{"less than any empty spool is a mistake", 1.2, 200, 0, false},
		{"without a known empty spool all counts", 12, 0, 12, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, ok := material.NetOf(row.gross, row.tare)
			if got != row.want || ok != row.ok {
				t.Errorf("got %v, %v, want %v, %v", got, ok, row.want, row.ok)
			}
		})
	}
}

func TestCostOf(t *testing.T) {
	rows := []struct {
		name string
		m    *ent.Material
		g    float64
		want int64
	}{
		{"a quarter of the spool costs a quarter of its price", &ent.Material{NetWeightG: 1000, PriceMinor: new(int64(2999)), PriceCurrency: new("USD")}, 250, 750},
		{"the same currency counts", &ent.Material{NetWeightG: 1000, PriceMinor: new(int64(2000)), PriceCurrency: new("USD")}, 500, 1000},
		{"another currency is not converted", &ent.Material{NetWeightG: 1000, PriceMinor: new(int64(2000)), PriceCurrency: new("EUR")}, 500, 0},
		{"without a net weight nothing is known", &ent.Material{PriceMinor: new(int64(2000)), PriceCurrency: new("USD")}, 500, 0},
		{"without a price nothing is known", &ent.Material{NetWeightG: 1000}, 500, 0},
		{"no material costs nothing", nil, 500, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := material.CostOf(row.m, "USD", row.g); got != row.want {
				t.Errorf("got %d, want %d", got, row.want)
			}
		})
	}
}
