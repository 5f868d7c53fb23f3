package match

import (
	"cmp"
	"slices"
)

// fault is what a loaded spool does not have of what a tool asks, as bits: the material weighs more than the colour.
type fault uint8

const (
	wrongColor    fault = 1
	wrongMaterial fault = 2
)

// tray is a loaded slot as one tool sees it.
type tray struct {
	pos     int     // place in Printer.Slots, which are in the order of their indexes
	index   int     // Slot.Index
	fault   fault   // what refuses
	blemish fault   // what only lowers the score
	dist    float64 // colour difference; 0 where the tool names no colour
}

// view is what one tool finds loaded: only the trays with the least fault, best first. A tool that finds nothing without
// fault still gets the nearest, because a person may override the reasons and then wants to know the spool and its rest.
type view struct {
	tool   int
	unused bool
	trays  []tray
}

// served reports whether some tray has no fault.
func (v *view) served() bool { return len(v.trays) > 0 && v.trays[0].fault == 0 }

// views looks through the eyes of each tool. Tools are independent here: several may share a spool if its grams suffice,
// and grams are not looked at yet.
func (c *check) views() []view {
	tools := c.need.tools()
	views := make([]view, len(tools))
	trays := make([]tray, 0, len(tools)*len(c.printer.Slots))
	for i := range tools {
		views[i] = view{tool: i, unused: tools[i].Unused}
		if tools[i].Unused {
			continue
		}
		from := len(trays)
		trays = c.look(&tools[i], trays)
		views[i].trays = least(trays[from:len(trays):len(trays)])
	}
	c.leave(views)
	return views
}

// look appends the loaded slots as the tool sees them.
func (c *check) look(t *Tool, trays []tray) []tray {
	limit := colorLimit(c.need.ColorMatch)
	for pos := range c.printer.Slots {
		slot := &c.printer.Slots[pos]
		if !slot.usable() {
			continue
		}
		tr := tray{pos: pos, index: slot.Index}
		if t.Material != "" && !sameMaterial(t.Material, slot.Spool.MaterialType) {
			tr.miss(wrongMaterial, c.axes.mode(AxisMaterial))
		}
		if t.ColorHex != "" {
			tr.dist = ColorDifference(t.ColorHex, slot.Spool.ColorHex)
			if tr.dist > limit {
				tr.miss(wrongColor, c.axes.mode(AxisColor))
			}
		}
		trays = append(trays, tr)
	}
	return trays
}

func (t *tray) miss(f fault, mode string) {
	switch mode {
	case ModeHard:
		t.fault |= f
	case ModeSoft:
		t.blemish |= f
	}
}

// least keeps the trays with the least fault and puts the best first: colour distance before slot index.
func least(trays []tray) []tray {
	slices.SortFunc(trays, func(a, b tray) int {
		return cmp.Or(cmp.Compare(a.fault, b.fault), cmp.Compare(a.blemish, b.blemish), cmp.Compare(a.dist, b.dist), cmp.Compare(a.index, b.index))
	})
	for i := range trays {
		if trays[i].fault != trays[0].fault {
			return trays[:i]
		}
	}
	return trays
}

// leave takes the trays from tools that none serves, where all loaded spools are needed by other tools and a slot is
// empty: such a tool misses a spool in the empty slot; the others' spools are not the wrong ones.
func (c *check) leave(views []view) {
	if len(views) < 2 || !slices.ContainsFunc(c.printer.Slots, func(s Slot) bool { return !s.usable() }) {
		return
	}
	taken := c.taken(views)
	for i := range c.printer.Slots {
		if c.printer.Slots[i].usable() && !taken[i] {
			return
		}
	}
	for i := range views {
		if !views[i].served() {
			views[i].trays = nil
		}
	}
}

// taken marks the slots that tools which are served would use, each its best that is still free.
func (c *check) taken(views []view) []bool {
	taken := make([]bool, len(c.printer.Slots))
	for i := range views {
		if !views[i].served() {
			continue
		}
		best := views[i].trays[0].pos
		for _, t := range views[i].trays {
			if !taken[t.pos] {
				best = t.pos
				break
			}
		}
		taken[best] = true
	}
	return taken
}

// serving are the indexes of the slots that serve the tool, best first.
func (c *check) serving(v *view) []int {
	if !v.served() {
		return nil
	}
	indexes := make([]int, len(v.trays))
	for i, t := range v.trays {
		indexes[i] = t.index
	}
	return indexes
}
