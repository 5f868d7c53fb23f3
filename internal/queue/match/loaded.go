package match

import (
	"math"
	"strconv"
)

// loaded tells what is wrong with the first tray of a tool: an empty slot, the material, the colour. It tells material and
// colour both where the nearest spool has neither.
func (c *check) loaded(v *view, views []view) {
	if v.unused {
		return
	}
	tool := &c.need.tools()[v.tool]
	strictColor := tool.ColorHex != "" && c.need.ColorMatch != ColorAny
	if len(v.trays) == 0 {
		if tool.Material != "" || strictColor {
			c.add(CodeSlotEmpty, c.wanted(v.tool), c.inventory(), c.load(v, views))
		}
		if strictColor && c.axes.mode(AxisMaterial) != ModeHard {
			c.add(CodeColorMismatch, c.wanted(v.tool), c.inventory(), c.load(v, views))
		}
		return
	}

	best := v.trays[0]
	bad := best.fault | best.blemish
	if bad&wrongMaterial != 0 {
		c.add(CodeMaterialMismatch, c.forTool(tool.Material, v.tool), c.inventory(), c.load(v, views))
	}
	if bad&wrongColor != 0 {
		actual := orUnknown(c.printer.Slots[best.pos].Spool.ColorHex, "colour") + " in " + slotName(best.index) + ", difference " + number(math.Round(best.dist*10)/10)
		expected := tool.ColorHex + ", difference at most " + number(colorLimit(c.need.ColorMatch))
		c.add(CodeColorMismatch, c.forTool(expected, v.tool), actual, c.load(v, views))
	}
}

// wanted is the tool's spool in words: "PLA #FF0000".
func (c *check) wanted(tool int) string {
	t := c.need.tools()[tool]
	words := or(t.Material, "filament")
	if t.ColorHex != "" && c.need.ColorMatch != ColorAny {
		words += " " + t.ColorHex
	}
	return c.forTool(words, tool)
}

// forTool names the tool where there are several.
func (c *check) forTool(words string, tool int) string {
	if c.need.usedTools() < 2 {
		return words
	}
	return words + " for tool " + strconv.Itoa(tool)
}

// inventory says what is loaded, by slot index: "PLA in slot 0, slot 1 empty".
func (c *check) inventory() string {
	if len(c.printer.Slots) == 0 {
		return "no spool is loaded"
	}
	words := make([]string, len(c.printer.Slots))
	for i := range words {
		s := &c.printer.Slots[i]
		switch {
		case s.usable():
			words[i] = orUnknown(s.Spool.MaterialType, "material") + " in " + slotName(s.Index)
		case s.Spool != nil:
			words[i] = s.Spool.Status + " spool in " + slotName(s.Index)
		default:
			words[i] = slotName(s.Index) + " empty"
		}
	}
	return list(words)
}

// load is what a person does about a missing spool. Tools that miss one are sent to different slots, to empty ones first.
func (c *check) load(v *view, views []view) string {
	fix := "Load a spool of " + c.wanted(v.tool)
	if index, ok := c.target(v, views); ok {
		fix += " into " + slotName(index) + " of " + c.printer.label()
	} else {
		fix += " into " + c.printer.label()
	}
	return fix
}

// target is the slot for the tool's spool: the free slots go to the tools that miss one in their order.
func (c *check) target(v *view, views []view) (index int, ok bool) {
	var empty, used []int
	taken := c.taken(views)
	for i := range c.printer.Slots {
		switch s := &c.printer.Slots[i]; {
		case taken[i]:
		case s.usable():
			used = append(used, s.Index)
		default:
			empty = append(empty, s.Index)
		}
	}
	free := append(empty, used...)

	turn := 0
	for i := range views[:v.tool] {
		if !views[i].unused && !views[i].served() {
			turn++
		}
	}
	switch {
	case len(free) > 0:
		return free[min(turn, len(free)-1)], true
	case len(v.trays) > 0:
		return v.trays[0].index, true
	default:
		return 0, false
	}
}
