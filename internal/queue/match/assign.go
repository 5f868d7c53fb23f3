package match

import "math"

// What a tool on a tray costs, as digits of one number: each step outweighs the sum of all smaller ones over 16 tools.
// Colour distance comes before what is left over, so that a print keeps its look; the smallest spool that suffices is used
// up first; equal spools are taken by slot index.
const (
	leftStep  = 1 << 12 // per gram left over, at most leftMax
	distStep  = 1 << 29 // per tenth of a colour difference, at most distMax
	softStep  = 1 << 43 // per soft fault, shared spool, or too little filament where that is soft
	shortStep = 1 << 50 // too little filament
	noneStep  = 1 << 55 // no spool at all
	neverStep = 1 << 57 // a spool that is not the tool's

	leftMax = 1<<13 - 1
	distMax = 1<<10 - 1
	turnMax = 15 // slots beyond count as equal

	// shareNodes bounds the search for tools that share a spool. Beyond it a print may be refused that a cleverer plan
	// would allow; it is never promised what is not there. Five tools on five slots took at most 200 in random trials.
	shareNodes = 1 << 13
)

// pick is the tray chosen for a tool.
type pick struct {
	tray  int // in view.trays; -1 = none
	short bool
}

// supply is what the tools are to be served from.
type supply struct {
	views []view
	grams []float64 // per tool; 0 = not known
	free  []float64 // per place in Printer.Slots, grams available
	short int64     // what too little filament costs
}

// epsilon in grams hides that sums of hundredths are not exact in binary.
const epsilon = 0.005

func suffices(free, grams float64) bool { return grams <= 0 || grams <= free+epsilon }

// choose gives each tool a tray at the least cost: each its own if that serves all, else shared ones where the spool
// suffices for all that share it.
func (s *supply) choose() []pick {
	picks := make([]pick, len(s.views))
	if len(s.views) == 1 {
		picks[0] = s.single()
		return picks
	}
	cost := s.apart(picks)
	if cost >= softStep {
		s.share(picks, cost)
	}
	return picks
}

func (s *supply) single() pick {
	best, least := pick{tray: -1}, int64(math.MaxInt64)
	for i := range s.views[0].trays {
		if cost, short := s.cost(0, i); cost < least {
			best, least = pick{i, short}, cost
		}
	}
	return best
}

// cost of a tool on a tray that it has for itself.
func (s *supply) cost(tool, i int) (cost int64, short bool) {
	t := &s.views[tool].trays[i]
	free, need := s.free[t.pos], s.grams[tool]
	cost = int64(min(t.index, turnMax)) * int64(max(1, len(s.views)-tool)) // the first tool gets the first of equal slots
	cost += int64(min(t.dist*10, distMax)) * distStep
	cost += int64(t.blemish) * softStep
	if !suffices(free, need) {
		return cost + s.short + left(need-free)*leftStep, true
	}
	if need <= 0 {
		return cost + left(leftMax-free)*leftStep, false // not known how much it takes: the fullest spool
	}
	return cost + left(free-need)*leftStep, false
}

func left(g float64) int64 { return int64(min(max(g, 0), leftMax)) }

// apart gives no two tools the same tray.
func (s *supply) apart(picks []pick) int64 {
	slots, n := len(s.free), len(s.views)
	costs := make([][]int64, n)
	for tool := range costs {
		row := make([]int64, slots+n)
		for j := range row {
			row[j] = neverStep
		}
		row[slots+tool] = noneStep
		if len(s.views[tool].trays) == 0 {
			row[slots+tool] = 0
		}
		for i, t := range s.views[tool].trays {
			row[t.pos], _ = s.cost(tool, i)
		}
		costs[tool] = row
	}

	var total int64
	for tool, column := range hungarian(costs) {
		total += costs[tool][column]
		picks[tool] = pick{tray: -1}
		for i, t := range s.views[tool].trays {
			if t.pos == column {
				_, short := s.cost(tool, i)
				picks[tool] = pick{i, short}
			}
		}
	}
	return total
}

// hungarian gives each row a column of its own at the least total cost, in O(rows² · columns). Rows may not outnumber
// columns. Source: Kuhn, The Hungarian method for the assignment problem (1955), in the form with potentials.
func hungarian(costs [][]int64) []int {
	n, m := len(costs), len(costs[0])
	h := pairing{costs: costs, rowPot: make([]int64, n+1), colPot: make([]int64, m+1), rowOf: make([]int, m+1), back: make([]int, m+1)}
	for row := 1; row <= n; row++ {
		h.add(row)
	}

	columns := make([]int, n)
	for j := 1; j <= m; j++ {
		if h.rowOf[j] != 0 {
			columns[h.rowOf[j]-1] = j - 1
		}
	}
	return columns
}

// pairing is the state of the Hungarian method. Rows and columns count from 1; row 0 is no row, column 0 the start of the
// path along which a new row moves the others.
type pairing struct {
	costs          [][]int64
	rowPot, colPot []int64
	rowOf          []int // the row that has the column
	back           []int // the column before this one on the path
	slack          []int64
	done           []bool
}

// add finds a column for the row, moving others along the cheapest path.
func (h *pairing) add(row int) {
	h.rowOf[0] = row
	h.slack, h.done = make([]int64, len(h.rowOf)), make([]bool, len(h.rowOf))
	for j := range h.slack {
		h.slack[j] = math.MaxInt64
	}
	column := 0
	for h.rowOf[column] != 0 {
		column = h.next(column)
	}
	for column != 0 {
		h.rowOf[column] = h.rowOf[h.back[column]]
		column = h.back[column]
	}
}

// next lengthens the path by the column of least slack and moves the potentials by it.
func (h *pairing) next(column int) int {
	h.done[column] = true
	row, next, delta := h.rowOf[column], 0, int64(math.MaxInt64)
	for j := 1; j < len(h.done); j++ {
		if h.done[j] {
			continue
		}
		if cost := h.costs[row-1][j-1] - h.rowPot[row] - h.colPot[j]; cost < h.slack[j] {
			h.slack[j], h.back[j] = cost, column
		}
		if h.slack[j] < delta {
			delta, next = h.slack[j], j
		}
	}
	for j, done := range h.done {
		if done {
			h.rowPot[h.rowOf[j]] += delta
			h.colPot[j] -= delta
		} else {
			h.slack[j] -= delta
		}
	}
	return next
}
