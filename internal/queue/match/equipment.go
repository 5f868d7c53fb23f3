package match

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/internal/errs"
)

// Equip is what Equipment found. OK and Penalty may be stored for a profile and a printer.
type Equip struct {
	OK      bool // no hard reason: some item of this need could be printed, given filament and time
	Penalty int  // what soft reasons, colour distance and a missing enclosure take from the score
	Reasons []errs.Reason
	Slots   [][]int // per tool the indexes of the slots that serve it, best first; empty where none does
}

// Equipment compares a need with what the printer is and has loaded. It looks neither at grams nor at the printer's state.
func Equipment(n Need, p Printer, ax Axes) Equip {
	c := newCheck(n, p, ax)
	c.rules()
	views := c.views()
	for i := range views {
		c.loaded(&views[i], views)
	}

	e := Equip{Reasons: c.reasons, Penalty: c.penalty(views) + weigh(c.reasons), Slots: make([][]int, len(views))}
	e.OK = StateOf(c.reasons) != Blocked
	for i := range views {
		e.Slots[i] = c.serving(&views[i])
	}
	return e
}

// MaxG is the most that one spool which serves the tool still has to give, in grams: an item whose tool takes more cannot be
// printed. It is infinite where the organization does not refuse for filament.
func (e Equip) MaxG(p Printer, ax Axes, tool int) float64 {
	if ax.mode(AxisFilament) != ModeHard {
		return math.Inf(1)
	}
	var most float64
	for i := range p.Slots {
		if s := &p.Slots[i]; s.usable() && slices.Contains(e.Slots[tool], s.Index) {
			most = max(most, s.Spool.AvailableG()+epsilon)
		}
	}
	return most
}

// check gathers the reasons of one need and one printer. It holds both by value: as pointers they would move to the heap.
type check struct {
	need    Need
	printer Printer
	axes    Axes
	reasons []errs.Reason
}

// newCheck brings the slots into the order of their indexes, so that no answer depends on how they were loaded.
func newCheck(n Need, p Printer, ax Axes) check {
	byIndex := func(a, b Slot) int { return cmp.Compare(a.Index, b.Index) }
	if !slices.IsSortedFunc(p.Slots, byIndex) {
		p.Slots = slices.SortedFunc(slices.Values(p.Slots), byIndex)
	}
	return check{need: n, printer: p, axes: ax}
}

// add tells a reason as severe as the organization wants its axis.
func (c *check) add(code Code, expected, actual, fix string) {
	if mode := c.axes.mode(definition(code).Axis); mode != ModeOff {
		c.reasons = append(c.reasons, reason(code, mode, expected, actual, fix)) // modes hard and soft are severities
	}
}

// rules are all that concern neither spools nor time.
func (c *check) rules() {
	c.targets()
	c.access()
	c.tags()
	c.model()
	c.format()
	c.nozzle()
	c.volume()
	c.temperatures()
	c.toolCount()
}

func (c *check) targets() {
	n, p := &c.need, &c.printer
	if len(n.PrinterIDs) > 0 && !slices.Contains(n.PrinterIDs, p.ID) {
		c.add(CodeNotInTargetPrinters, c.names(n.PrinterIDs), p.label(), "Allow "+p.label()+" or choose one of the named printers")
	}
	if len(n.PrinterModels) > 0 && !c.namedModel() {
		c.add(CodeNotInTargetModels, list(n.PrinterModels), orUnknown(p.Model, "model"), "Allow "+p.label()+" or choose a printer of a named model")
	}
	if len(n.GroupIDs) > 0 && !overlap(n.GroupIDs, p.GroupIDs) {
		c.add(CodeNotInTargetGroups, c.names(n.GroupIDs), c.groups(), "Add "+p.label()+" to a named group or choose a printer of one")
	}
}

func (c *check) namedModel() bool {
	p := &c.printer
	if p.Model == "" {
		return false
	}
	if slices.ContainsFunc(c.need.PrinterModels, func(m string) bool { return strings.EqualFold(m, p.Model) }) {
		return true
	}
	have := modelOf(p.Model, p.Manufacturer)
	return slices.ContainsFunc(c.need.PrinterModels, func(m string) bool {
		want := modelOf(m, "")
		return want.name != "" && have.same(want)
	})
}

func (c *check) access() {
	n, p := &c.need, &c.printer
	if len(n.UserGroupIDs) > 0 && !overlap(n.UserGroupIDs, p.GroupIDs) {
		c.add(CodeUserNoPrinterAccess, c.names(n.UserGroupIDs), c.groups(), "Give the submitter's user group access to "+p.label())
	}
	if len(n.ClassGroupIDs) > 0 && !overlap(n.ClassGroupIDs, p.GroupIDs) {
		c.add(CodeClassNoPrinterAccess, c.names(n.ClassGroupIDs), c.groups(), "Give the class access to "+p.label())
	}
}

// tags tells one reason per tag, because each has its own remedy.
func (c *check) tags() {
	for _, id := range c.need.TagIDs {
		if !slices.Contains(c.printer.TagIDs, id) {
			tag := c.need.name(id)
			c.add(CodeTagMissing, `tag "`+tag+`"`, "not tagged so", `Add the tag "`+tag+`" to `+c.printer.label()+" or drop it from the item")
		}
	}
}

func (c *check) model() {
	n, p := &c.need, &c.printer
	if n.FileModel == "" || p.Model == "" {
		return
	}
	file := modelOf(n.FileModel, "")
	have := modelOf(p.Model, p.Manufacturer)
	if file.name == "" || have.name == "" || have.prints(file) {
		return
	}
	c.add(CodeModelMismatch, "sliced for "+p.Model, "sliced for "+n.FileModel, "Slice the file for "+p.Model+" or choose a printer of model "+n.FileModel)
}

func (c *check) format() {
	n, p := &c.need, &c.printer
	want := Format(n.Format)
	if want == "" || len(p.Formats) == 0 || slices.ContainsFunc(p.Formats, func(f string) bool { return Format(f) == want }) {
		return
	}
	fix := "Slice it as " + p.Formats[0] + " or choose a printer that prints " + want
	if unsliced(want) {
		fix = "Slice the model for " + p.label() + " and attach the sliced file"
	}
	c.add(CodeFileFormatUnsupported, want, list(p.Formats)+" on "+p.label(), fix)
}

func (c *check) nozzle() {
	n, p := &c.need, &c.printer
	if n.NozzleDiameterMM > 0 && p.NozzleDiameterMM > 0 && !sameDiameter(n.NozzleDiameterMM, p.NozzleDiameterMM) {
		want := number(n.NozzleDiameterMM) + " mm"
		c.add(CodeNozzleDiameterMismatch, want, number(p.NozzleDiameterMM)+" mm is fitted", "Fit a nozzle of "+want+" to "+p.label()+" or slice for "+number(p.NozzleDiameterMM)+" mm")
	}
	if n.NozzleType != "" && p.NozzleType != "" && !nozzleSuffices(n.NozzleType, p.NozzleType) {
		c.add(CodeNozzleTypeMismatch, n.NozzleType, p.NozzleType+" is fitted", "Fit a nozzle of type "+n.NozzleType+" to "+p.label())
	}
}

func (c *check) volume() {
	n, p := &c.need, &c.printer
	if n.Volume.Zero() || p.Volume.Zero() || n.Volume.Fits(p.Volume) {
		return
	}
	c.add(CodeVolumeExceeded, "room for "+size(n.Volume), size(p.Volume), "Scale the part, cut it, or choose a larger printer")
}

func (c *check) temperatures() {
	n, p := &c.need, &c.printer
	if p.MaxNozzleC > 0 && n.NozzleC > p.MaxNozzleC {
		c.add(CodeNozzleTemperatureExceeded, number(n.NozzleC)+" °C", "at most "+number(p.MaxNozzleC)+" °C", "Slice for a cooler nozzle or choose a printer that gets hotter")
	}
	if p.MaxBedC > 0 && n.BedC > p.MaxBedC {
		c.add(CodeBedTemperatureExceeded, number(n.BedC)+" °C", "at most "+number(p.MaxBedC)+" °C", "Slice for a cooler bed or choose a printer that gets hotter")
	}
}

func (c *check) toolCount() {
	used, slots := c.need.usedTools(), c.printer.slotCount()
	if used > slots {
		c.add(CodeToolCount, count(used, "tool"), count(slots, "slot"), "Slice for "+count(slots, "tool")+" or choose a printer with more slots")
	}
}

// names are those of ids, in their order.
func (c *check) names(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = c.need.name(id)
	}
	return list(names)
}

// groups says where the printer stands.
func (c *check) groups() string {
	if len(c.printer.GroupIDs) == 0 {
		return c.printer.label() + " is in no group"
	}
	return c.printer.label() + " is in " + c.names(c.printer.GroupIDs)
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(id string) bool { return slices.Contains(b, id) })
}
