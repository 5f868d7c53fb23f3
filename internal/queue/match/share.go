package match

import (
	"cmp"
	"math"
	"slices"
)

// sharing searches for a cheaper plan in which tools share spools: exact, depth first, with the cheapest completion of
// the tools left as bound.
type sharing struct {
	*supply
	fares [][]fare // per tool and tray
	order []int    // tools, those with the fewest trays first
	rest  []int64  // least cost of the tools from here on
	used  []float64
	users []int
	now   []pick
	best  []pick
	least int64
	nodes int
}

// share improves on picks, which cost cost, by letting tools share. Sharing costs as much as a soft fault: two spools that
// serve as well are better than one, since a tool that shares is a tool change for nothing.
func (s *supply) share(picks []pick, cost int64) {
	x := &sharing{
		supply: s, order: make([]int, len(s.views)), rest: make([]int64, len(s.views)+1),
		used: make([]float64, len(s.free)), users: make([]int, len(s.free)),
		now: slices.Clone(picks), best: picks, least: cost,
	}
	x.fares = s.fares()
	for i := range x.order {
		x.order[i] = i
	}
	slices.SortStableFunc(x.order, func(a, b int) int {
		return cmp.Or(cmp.Compare(len(s.views[a].trays), len(s.views[b].trays)), cmp.Compare(s.grams[b], s.grams[a]))
	})
	for at := len(x.order) - 1; at >= 0; at-- {
		x.rest[at] = x.rest[at+1] + x.floor(x.order[at])
	}
	x.visit(0, 0)
}

// fare is what a tool on a tray costs when nobody shares it.
type fare struct {
	cost  int64
	short bool
}

func (s *supply) fares() [][]fare {
	all := make([][]fare, len(s.views))
	for tool := range all {
		all[tool] = make([]fare, len(s.views[tool].trays))
		for i := range all[tool] {
			cost, short := s.cost(tool, i)
			all[tool][i] = fare{cost, short}
		}
	}
	return all
}

// floor is the least that the tool costs on any tray.
func (x *sharing) floor(tool int) int64 {
	var least int64
	for i, f := range x.fares[tool] {
		if i == 0 || f.cost < least {
			least = f.cost
		}
	}
	return least
}

func (x *sharing) visit(at int, cost int64) {
	x.nodes++
	if cost+x.rest[at] >= x.least || x.nodes > shareNodes {
		return
	}
	if at == len(x.order) {
		x.least = cost
		copy(x.best, x.now)
		return
	}

	tool := x.order[at]
	if len(x.views[tool].trays) == 0 {
		x.now[tool] = pick{tray: -1}
		x.visit(at+1, cost)
		return
	}
	least, dry := int64(math.MaxInt64), 0
	for i, t := range x.views[tool].trays {
		own := x.fares[tool][i]
		if x.users[t.pos] > 0 {
			own.cost += softStep
		}
		if !own.short && suffices(x.free[t.pos]-x.used[t.pos], x.grams[tool]) {
			x.place(at, t.pos, pick{i, false}, cost+own.cost)
		}
		if !own.short {
			own.cost += x.short
		}
		if own.cost < least {
			least, dry = own.cost, i
		}
	}
	x.place(at, x.views[tool].trays[dry].pos, pick{dry, true}, cost+least) // goes short and leaves the grams to the others
}

// place gives the tool the tray, goes on, and takes it back.
func (x *sharing) place(at, pos int, p pick, cost int64) {
	tool, before := x.order[at], x.used[pos]
	if !p.short {
		x.used[pos] += x.grams[tool]
	}
	x.users[pos]++
	x.now[tool] = p
	x.visit(at+1, cost)
	x.used[pos] = before
	x.users[pos]--
}
