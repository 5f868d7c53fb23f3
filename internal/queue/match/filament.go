package match

import (
	"math"

	"github.com/soloprint/soloprint/ent/schematype"
)

// supply is what is on the spools for this item. What the item reserved itself is its own to use. Where the organization
// does not look at filament, every spool is endless.
func (c *check) supply(i *Item, views []view) supply {
	numbers := make([]float64, len(views)+len(c.printer.Slots))
	s := supply{views: views, grams: numbers[:len(views)], free: numbers[len(views):], short: shortStep}
	for t := range views {
		if !views[t].unused {
			s.grams[t] = i.grams(t)
		}
	}
	mode := c.axes.mode(AxisFilament)
	for pos := range c.printer.Slots {
		if spool := c.printer.Slots[pos].Spool; mode == ModeOff {
			s.free[pos] = math.Inf(1)
		} else if spool != nil {
			s.free[pos] = spool.AvailableG() + i.ownG(spool.ID)
		}
	}
	if mode == ModeSoft {
		s.short = softStep
	}
	return s
}

// prefer puts the chosen tray first, so that reasons and score speak of it.
func (v *view) prefer(p pick) {
	if p.tray > 0 {
		v.trays[0], v.trays[p.tray] = v.trays[p.tray], v.trays[0]
	}
}

// filament tells which tools find too little. Where tools share a spool, what is needed is what all of them take from it.
func (c *check) filament(i *Item, s *supply, picks []pick) {
	for t, p := range picks {
		switch {
		case s.grams[t] <= 0:
		case p.short:
			c.short(i, s, picks, t)
		case p.tray < 0 && !c.blockedBy(CodeSlotEmpty):
			c.insufficient(t, s.grams[t], 0, 0, "no spool is loaded", c.load(&s.views[t], s.views))
		}
	}
}

func (c *check) short(i *Item, s *supply, picks []pick, tool int) {
	slot := &c.printer.Slots[s.views[tool].trays[0].pos]
	needed := s.grams[tool]
	for t, p := range picks {
		if t != tool && p.tray >= 0 && s.views[t].trays[0].index == slot.Index {
			needed += s.grams[t]
		}
	}
	remaining, reserved := slot.Spool.RemainingG, max(0, slot.Spool.ReservedG-i.ownG(slot.Spool.ID))
	actual := grams(remaining) + " left in " + slotName(slot.Index)
	if reserved > 0 {
		actual += ", " + grams(reserved) + " of it reserved"
	}
	fix := "Load a spool with at least " + grams(needed) + " into " + slotName(slot.Index) + " of " + c.printer.label() + ", or weigh the one that is in"
	c.insufficient(tool, needed, remaining, reserved, actual, fix)
}

func (c *check) insufficient(tool int, needed, remaining, reserved float64, actual, fix string) {
	before := len(c.reasons)
	c.add(CodeFilamentInsufficient, c.forTool(grams(needed), tool), actual, fix)
	if len(c.reasons) > before {
		r := &c.reasons[before]
		needed, remaining, reserved = hundredths(needed), hundredths(remaining), hundredths(reserved)
		r.NeededG, r.RemainingG, r.ReservedG = &needed, &remaining, &reserved
	}
}

// blockedBy reports whether a hard reason of the code was told.
func (c *check) blockedBy(code Code) bool {
	for i := range c.reasons {
		if c.reasons[i].Code == string(code) && c.reasons[i].Severity == SeverityHard {
			return true
		}
	}
	return false
}

// uses are the spools that the print takes from, and the points that what stays on them costs.
func (c *check) uses(s *supply, picks []pick) (uses []schematype.SpoolUse, leftover int) {
	var stays float64
	for t, p := range picks {
		if p.tray < 0 {
			continue
		}
		slot := &c.printer.Slots[s.views[t].trays[0].pos]
		if uses == nil {
			uses = make([]schematype.SpoolUse, 0, len(picks))
		}
		uses = append(uses, schematype.SpoolUse{SpoolID: slot.Spool.ID, SlotIndex: slot.Index, Tool: t, EstimatedG: s.grams[t]})
		if free := s.free[s.views[t].trays[0].pos]; !p.short && !math.IsInf(free, 1) {
			stays = max(stays, free-s.grams[t])
		}
	}
	return uses, int(min(maxLeftover, stays/leftoverPerG))
}
