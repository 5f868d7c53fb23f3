package material_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/material"
)

const (
	ok       = spool.StockLevelOk
	low      = spool.StockLevelLow
	critical = spool.StockLevelCritical
	empty    = spool.StockLevelEmpty
)

// A spool of 1000 g is low at 100 g, critical at 50 g and empty at zero; 50 g above a bound it is armed again.
func TestLevel(t *testing.T) {
	rows := []struct {
		name      string
		previous  spool.StockLevel
		remaining float64
		want      spool.StockLevel
	}{
		{"above the threshold is ok", ok, 100.01, ok},
		{"at the threshold is low", ok, 100, low},
		{"at half of it is critical", low, 50, critical},
		{"nothing left is empty", critical, 0, empty},
		{"less than nothing is empty", ok, -5, empty},
		{"a fall over several bounds ends at the lowest", ok, 20, critical},
		{"a little above the threshold stays low", low, 149.99, low},
		{"five points above it is ok again", low, 150, ok},
		{"a little above half the threshold stays critical", critical, 99.99, critical},
		{"five points above half the threshold is low", critical, 100, low},
		{"a refilled spool goes from empty to ok at once", empty, 1000, ok},
		{"a few grams found stay empty", empty, 49.99, empty},
		{"five points found are critical", empty, 50, critical},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := material.Level(row.previous, row.remaining, 1000, 100); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// However a spool is weighed around its threshold, between two times of becoming low it was five points above it.
func TestLevelTellsEachCrossingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		initial := rapid.Float64Range(1, 5000).Draw(t, "initial")
		threshold := rapid.Float64Range(0, initial).Draw(t, "threshold")
		armed, level := true, ok
		for _, remaining := range rapid.SliceOfN(rapid.Float64Range(-10, initial), 1, 50).Draw(t, "weights") {
			before := level
			level = material.Level(level, remaining, initial, threshold)
			armed = armed || remaining >= threshold+0.05*initial
			if before == ok && level != ok {
				if !armed {
					t.Fatalf("low again at %v without a rise to %v", remaining, threshold+0.05*initial)
				}
				armed = false
			}
			if remaining <= threshold && level == ok {
				t.Fatalf("%v g is ok, below the threshold of %v g", remaining, threshold)
			}
		}
	})
}

func TestLevelNeverImprovesWithLess(t *testing.T) {
	order := []spool.StockLevel{ok, low, critical, empty}
	rapid.Check(t, func(t *rapid.T) {
		previous := rapid.SampledFrom(order).Draw(t, "previous")
		initial, threshold := rapid.Float64Range(1, 5000).Draw(t, "initial"), rapid.Float64Range(0, 6000).Draw(t, "threshold")
		more := rapid.Float64Range(-10, 6000).Draw(t, "more")
		less := rapid.Float64Range(-10, more).Draw(t, "less")
		a, b := material.Level(previous, more, initial, threshold), material.Level(previous, less, initial, threshold)
		if slices.Index(order, b) < slices.Index(order, a) {
			t.Fatalf("%v g is %s, %v g is %s", more, a, less, b)
		}
	})
}

func TestThresholdG(t *testing.T) {
	of := func(percent, g float64) *schematype.Threshold {
		threshold := &schematype.Threshold{}
		if percent >= 0 {
			threshold.Percent = &percent
		}
		if g >= 0 {
			threshold.G = &g
		}
		return threshold
	}
	rows := []struct {
		name                        string
		own, material, organization *schematype.Threshold
		want                        float64
	}{
		{"without any word it is 10 %", nil, nil, nil, 100},
		{"the organization's counts", nil, nil, of(20, -1), 200},
		{"the material's goes before the organization's", nil, of(-1, 30), of(20, -1), 30},
		{"the spool's goes before both", of(5, -1), of(-1, 30), of(20, -1), 50},
		{"the greater of percent and grams counts", of(5, 80), nil, nil, 80},
		{"an empty one says nothing", of(-1, -1), nil, of(20, -1), 200},
		{"zero is a word: never low before empty", of(0, -1), nil, of(20, -1), 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := material.ThresholdG(1000, row.own, row.material, row.organization); got != row.want {
				t.Errorf("got %v g, want %v g", got, row.want)
			}
		})
	}
}
