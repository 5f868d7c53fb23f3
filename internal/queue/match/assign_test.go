package match

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestHungarianEqualsTrial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "rows")
		m := rapid.IntRange(n, 6).Draw(t, "columns")
		costs := make([][]int64, n)
		for i := range costs {
			costs[i] = rapid.SliceOfN(rapid.SampledFrom([]int64{0, 1, 2, 7, leftStep, distStep, softStep, shortStep, noneStep, neverStep}), m, m).Draw(t, "row")
		}
		var got int64
		seen := map[int]bool{}
		for row, column := range hungarian(costs) {
			if seen[column] {
				t.Fatalf("column %d is given twice", column)
			}
			seen[column] = true
			got += costs[row][column]
		}
		if want := cheapest(costs, 0, make([]bool, m)); got != want {
			t.Fatalf("cost %d, by trial %d", got, want)
		}
	})
}

func cheapest(costs [][]int64, row int, taken []bool) int64 {
	if row == len(costs) {
		return 0
	}
	least := int64(math.MaxInt64)
	for j := range taken {
		if !taken[j] {
			taken[j] = true
			least = min(least, costs[row][j]+cheapest(costs, row+1, taken))
			taken[j] = false
		}
	}
	return least
}

// A plan exists if and only if one is chosen, and it never takes more from a spool than is there.
func TestChoosePromisesExactlyWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSupply(t)
		picks := s.choose()

		used := make([]float64, len(s.free))
		whole := true
		for tool, p := range picks {
			if p.tray < 0 || p.short {
				whole = false
				continue
			}
			used[s.views[tool].trays[p.tray].pos] += s.grams[tool]
		}
		for pos := range used {
			if used[pos] > s.free[pos]+epsilon {
				t.Fatalf("%v g taken of %v in place %d: %+v", used[pos], s.free[pos], pos, picks)
			}
		}
		if want := feasible(&s, 0, make([]float64, len(s.free))); whole != want {
			t.Fatalf("whole plan %v, by trial %v: %+v", whole, want, picks)
		}
	})
}

func drawSupply(t *rapid.T) supply {
	tools, slots := rapid.IntRange(1, 5).Draw(t, "tools"), rapid.IntRange(1, 5).Draw(t, "slots")
	s := supply{views: make([]view, tools), grams: make([]float64, tools), free: make([]float64, slots), short: shortStep}
	for pos := range s.free {
		s.free[pos] = float64(rapid.IntRange(1, 40).Draw(t, "free"))
	}
	for tool := range s.views {
		s.views[tool].tool = tool
		s.grams[tool] = float64(rapid.IntRange(1, 20).Draw(t, "grams"))
		for pos := range s.free {
			if rapid.Bool().Draw(t, "serves") {
				dist := float64(rapid.IntRange(0, 12).Draw(t, "dist"))
				s.views[tool].trays = append(s.views[tool].trays, tray{pos: pos, index: pos, dist: dist})
			}
		}
		s.views[tool].trays = least(s.views[tool].trays)
	}
	return s
}

func feasible(s *supply, tool int, used []float64) bool {
	if tool == len(s.views) {
		return true
	}
	for _, t := range s.views[tool].trays {
		if used[t.pos]+s.grams[tool] <= s.free[t.pos] {
			used[t.pos] += s.grams[tool]
			ok := feasible(s, tool+1, used)
			used[t.pos] -= s.grams[tool]
			if ok {
				return true
			}
		}
	}
	return false
}

// The steps are digits: sixteen tools at the greatest of a smaller step stay below one of the next.
func TestStepsAreDigits(t *testing.T) {
	turns := int64(0)
	for weight := range int64(16) {
		turns += turnMax * (weight + 1)
	}
	below := []struct {
		name      string
		sum, step int64
	}{
		{"slot order", turns, leftStep},
		{"left over", turns + 16*leftMax*leftStep, distStep},
		{"colour", turns + 16*(leftMax*leftStep+distMax*distStep), softStep},
		{"soft", turns + 16*(leftMax*leftStep+distMax*distStep+5*softStep), shortStep},
		{"short", turns + 16*(leftMax*leftStep+distMax*distStep+5*softStep+shortStep), noneStep},
	}
	for _, b := range below {
		if b.sum >= b.step {
			t.Errorf("%s: 16 tools cost %d, the next step is %d", b.name, b.sum, b.step)
		}
	}
}

// Sixteen equal tools on four spools that suffice for fifteen: the worst that a printer with four slots can be asked.
func TestShareIsBounded(t *testing.T) {
	s := supply{views: make([]view, 16), grams: make([]float64, 16), free: []float64{40, 40, 40, 30}, short: shortStep}
	for tool := range s.views {
		s.views[tool] = view{tool: tool, trays: []tray{{pos: 0}, {pos: 1, index: 1}, {pos: 2, index: 2}, {pos: 3, index: 3}}}
		s.grams[tool] = 10
	}
	short := 0
	for _, p := range s.choose() {
		if p.tray < 0 {
			t.Error("a tool got no spool")
		}
		if p.short {
			short++
		}
	}
	if short != 1 {
		t.Errorf("%d tools are short, want 1", short)
	}
}
