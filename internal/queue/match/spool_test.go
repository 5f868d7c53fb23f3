package match_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/queue/match"
)

func TestSpools(t *testing.T) { runAll(t, spoolRows) }

var spoolRows = []row{
	{name: "a grade is the same material", printer: load(spool("s", "PLA+", "", 800)), state: match.Eligible},
	{name: "another material is loaded", item: want("PETG", "", ""), state: match.Blocked, codes: "material_mismatch",
		expected: "PETG", actual: "PLA in slot 0", fix: "Load a spool of PETG into slot 0 of MK4 Ada"},
	{name: "a filled material is another one", item: want("PLA-CF", "", ""), state: match.Blocked, codes: "material_mismatch"},
	{name: "an empty slot takes the missing spool", printer: func(p *match.Printer) { p.Slots = append(p.Slots, match.Slot{Index: 1}) }, item: want("PETG", "", ""),
		state: match.Blocked, codes: "material_mismatch", expected: "PETG", actual: "PLA in slot 0, slot 1 empty", fix: "Load a spool of PETG into slot 1 of MK4 Ada"},
	{name: "nothing is loaded", printer: func(p *match.Printer) { p.Slots[0].Spool = nil }, state: match.Blocked, codes: "slot_empty",
		expected: "PLA", actual: "slot 0 empty", fix: "Load a spool of PLA into slot 0 of MK4 Ada"},
	{name: "the printer has no slots", printer: func(p *match.Printer) { p.Slots = nil }, state: match.Blocked, codes: "slot_empty",
		expected: "PLA", actual: "no spool is loaded", fix: "Load a spool of PLA into MK4 Ada"},
	{name: "an empty spool is no spool", printer: func(p *match.Printer) { p.Slots[0].Spool.Status = "empty" }, state: match.Blocked, codes: "slot_empty",
		expected: "PLA", actual: "empty spool in slot 0", fix: "Load a spool of PLA into slot 0 of MK4 Ada"},
	{name: "who asks for nothing needs no spool", printer: func(p *match.Printer) { p.Slots = nil }, item: func(i *match.Item) { i.Tools, i.Grams = nil, nil }, state: match.Eligible},
	{name: "who asks for grams needs a spool", printer: func(p *match.Printer) { p.Slots[0].Spool = nil }, item: func(i *match.Item) { i.Tools = nil }, state: match.Blocked, codes: "filament_insufficient",
		expected: "84 g", actual: "no spool is loaded", fix: "Load a spool of filament into slot 0 of MK4 Ada"},
	{name: "with the material off an empty slot is short of filament", printer: func(p *match.Printer) { p.Slots[0].Spool = nil }, axes: match.Axes{"material": "off"}, state: match.Blocked, codes: "filament_insufficient"},
	{name: "who does not track spools needs none", printer: func(p *match.Printer) { p.Slots[0].Spool = nil }, axes: match.Axes{"material": "off", "color": "off", "filament": "off"},
		item: want("PETG", "#FF0000", ""), state: match.Eligible},
	{name: "a soft material needs a spool all the same", printer: func(p *match.Printer) { p.Slots[0].Spool = nil }, axes: match.Axes{"material": "soft"}, item: want("PLA", "#000000", ""),
		state: match.Blocked, codes: "slot_empty~ color_mismatch filament_insufficient"},

	{name: "black is similar to nearly black", item: want("PLA", "#161616", match.ColorExact), state: match.Eligible},
	{name: "a similar red is not exact", printer: load(pla("s", "#FF0000", 800)), item: want("PLA", "#E53935", match.ColorExact), state: match.Blocked, codes: "color_mismatch"},
	{name: "a similar red is similar", printer: load(pla("s", "#FF0000", 800)), item: want("PLA", "#E53935", match.ColorSimilar), state: match.Eligible},
	{name: "a named colour without a word is similar", printer: load(pla("s", "#FF0000", 800)), item: want("PLA", "#0000FF", ""), state: match.Blocked, codes: "color_mismatch",
		expected: "#0000FF, difference at most 12", actual: "#FF0000 in slot 0, difference 52.9", fix: "Load a spool of PLA #0000FF into slot 0 of MK4 Ada"},
	{name: "any colour will do", item: want("PLA", "#FFFFFF", match.ColorAny), state: match.Eligible},
	{name: "a spool of unknown colour is not red", printer: load(pla("s", "", 800)), item: want("PLA", "#FF0000", match.ColorSimilar), state: match.Blocked, codes: "color_mismatch",
		expected: "#FF0000, difference at most 12", actual: "unknown colour in slot 0, difference 100", fix: "Load a spool of PLA #FF0000 into slot 0 of MK4 Ada"},
	{name: "a translucent red is not red", printer: load(pla("s", "#FF000080", 800)), item: want("PLA", "#FF0000", match.ColorSimilar), state: match.Blocked, codes: "color_mismatch"},
	{name: "material and colour are told both", item: want("PETG", "#FFFFFF", match.ColorSimilar), state: match.Blocked, codes: "material_mismatch color_mismatch"},
	{name: "only the material is wrong with a spool of the colour", item: want("PETG", "#000000", match.ColorSimilar), state: match.Blocked, codes: "material_mismatch"},
	{name: "a soft colour lowers the score only", item: want("PLA", "#FFFFFF", match.ColorExact), axes: match.Axes{"color": "soft"}, state: match.Eligible, codes: "color_mismatch~"},
	{name: "a soft material takes what is loaded", item: want("PETG", "", ""), axes: match.Axes{"material": "soft"}, state: match.Eligible, codes: "material_mismatch~"},
	{name: "a wrong material that suffices beats the right one that does not, where material is soft",
		printer: load(spool("a", "PETG", "", 10), pla("b", "", 500)), item: want("PETG", "", ""), axes: match.Axes{"material": "soft"}, state: match.Eligible, codes: "material_mismatch~"},

	{name: "the last gram suffices", item: func(i *match.Item) { i.Grams[0] = 800 }, state: match.Eligible},
	{name: "sums of hundredths suffice", printer: load(pla("s", "", 0.3)), item: func(i *match.Item) { i.Grams[0] = 0.1 + 0.2 }, state: match.Eligible},
	{name: "too little is left", item: func(i *match.Item) { i.Grams[0] = 801.5 }, state: match.Blocked, codes: "filament_insufficient",
		expected: "801.5 g", actual: "800 g left in slot 0", fix: "Load a spool with at least 801.5 g into slot 0 of MK4 Ada, or weigh the one that is in"},
	{name: "what is reserved is not there", printer: func(p *match.Printer) { p.Slots[0].Spool.ReservedG = 750 }, state: match.Blocked, codes: "filament_insufficient",
		expected: "84 g", actual: "800 g left in slot 0, 750 g of it reserved", fix: "Load a spool with at least 84 g into slot 0 of MK4 Ada, or weigh the one that is in"},
	{name: "what the item reserved itself is there", printer: func(p *match.Printer) { p.Slots[0].Spool.ReservedG = 750 },
		item: func(i *match.Item) { i.Reserved = []schematype.SpoolUse{{SpoolID: "spl_1", EstimatedG: 84}} }, state: match.Eligible},
	{name: "grams that nobody knows suffice", printer: load(pla("s", "", 1)), item: func(i *match.Item) { i.Grams = nil }, state: match.Eligible},
	{name: "a soft filament lowers the score only", printer: load(pla("s", "", 1)), axes: match.Axes{"filament": "soft"}, state: match.Eligible, codes: "filament_insufficient~"},
	{name: "too little of the right material beats enough of the wrong one, where both are soft", printer: load(spool("a", "PETG", "", 10), pla("b", "", 500)),
		item: want("PETG", "", ""), axes: match.Axes{"material": "soft", "filament": "soft"}, state: match.Eligible, codes: "filament_insufficient~"},
	{name: "a wrong spool before the right one hides nothing", printer: load(spool("a", "PETG", "", 500), pla("b", "", 500)), state: match.Eligible},
	{name: "more tools than slots miss a material, not an empty slot", printer: load(pla("a", "", 500)),
		item: func(i *match.Item) {
			i.Tools, i.Grams = []match.Tool{{Material: "PLA"}, {Material: "PETG"}}, []float64{5, 5}
		}, state: match.Blocked, codes: "tool_count material_mismatch"},
	{name: "an unwatched filament is not told", printer: load(pla("s", "", 1)), axes: match.Axes{"filament": "off"}, state: match.Eligible},
	{name: "another spool of the material suffices", printer: load(pla("a", "", 10), pla("b", "", 500)), state: match.Eligible},
}

// load puts spools into slots 0, 1 ...
func load(spools ...*match.Spool) func(*match.Printer) {
	return func(p *match.Printer) {
		p.Slots = nil
		for i, s := range spools {
			c := *s
			p.Slots = append(p.Slots, match.Slot{Index: i, Spool: &c})
		}
	}
}

func want(material, color, mode string) func(*match.Item) {
	return func(i *match.Item) {
		i.Tools, i.ColorMatch = []match.Tool{{Material: material, ColorHex: color}}, mode
	}
}

// multi is an item of several tools without anything else.
func multi(mode string, grams []float64, tools ...match.Tool) match.Item {
	return match.Item{Need: match.Need{Tools: tools, ColorMatch: mode}, Grams: grams}
}

func TestSlotsAreChosen(t *testing.T) {
	black, red, blue := match.Tool{Material: "PLA", ColorHex: "#000000"}, match.Tool{Material: "PLA", ColorHex: "#FF0000"}, match.Tool{Material: "PLA", ColorHex: "#0000FF"}
	plain, petg := match.Tool{Material: "PLA"}, match.Tool{Material: "PETG"}
	type use struct {
		tool, slot int
		grams      float64
	}
	tests := []struct {
		name    string
		printer match.Printer
		item    match.Item
		axes    match.Axes
		uses    []use
		codes   string
	}{
		{"the nearer colour comes before the smaller rest", x1c(pla("a", "#E53935", 100), pla("b", "#FF0000", 900)), multi("any", []float64{50}, red), nil, []use{{0, 1, 50}}, ""},
		{"the smallest spool that suffices is used up", x1c(pla("a", "", 900), pla("b", "", 40), pla("c", "", 100)), multi("any", []float64{50}, plain), nil, []use{{0, 2, 50}}, ""},
		{"equal spools are taken by slot", x1c(pla("a", "", 100), pla("b", "", 100)), multi("any", []float64{50}, plain), nil, []use{{0, 0, 50}}, ""},
		{"grams that nobody knows take the fullest spool", x1c(pla("a", "", 100), pla("b", "", 300)), multi("any", nil, plain), nil, []use{{0, 1, 0}}, ""},
		{"the spool with the most is told where none suffices", x1c(pla("a", "", 10), pla("b", "", 30)), multi("any", []float64{50}, plain), nil, []use{{0, 1, 50}}, "filament_insufficient"},
		{"each tool gets its colour", x1c(pla("a", "#0000FF", 500), pla("b", "#000000", 500), pla("c", "#FF0000", 500)), multi("similar", []float64{5, 6, 7}, black, red, blue), nil,
			[]use{{0, 1, 5}, {1, 2, 6}, {2, 0, 7}}, ""},
		{"the tool that needs more gets the spool with more", x1c(pla("a", "", 100), pla("b", "", 900)), multi("any", []float64{500, 50}, plain, plain), nil, []use{{0, 1, 500}, {1, 0, 50}}, ""},
		{"equal tools keep the order of the slots", x1c(pla("a", "", 100), pla("b", "", 100), pla("c", "", 100)), multi("any", []float64{5, 5, 5}, plain, plain, plain), nil,
			[]use{{0, 0, 5}, {1, 1, 5}, {2, 2, 5}}, ""},
		{"two tools share a spool that suffices for both", x1c(pla("a", "", 100), spool("b", "PETG", "", 500)), multi("any", []float64{60, 40}, plain, plain), nil, []use{{0, 0, 60}, {1, 0, 40}}, ""},
		{"a spool that does not suffice for both is not promised twice", x1c(pla("a", "", 100), spool("b", "PETG", "", 500)), multi("any", []float64{60, 50}, plain, plain), nil,
			[]use{{0, 0, 60}, {1, 0, 50}}, "filament_insufficient"},
		{"a tool that misses its spool misses it in the empty slot", x1c(pla("a", "", 100)), multi("any", []float64{5, 5}, plain, petg), nil, []use{{0, 0, 5}}, "slot_empty"},
		{"a wrong spool that nobody needs is the wrong material", x1c(pla("a", "", 100), pla("b", "", 100)), multi("any", []float64{5, 5}, plain, petg), nil, []use{{0, 0, 5}, {1, 1, 5}}, "material_mismatch"},
		{"tools about which nothing is known take any", x1c(pla("a", "", 100), petgSpool("b", 100)), multi("any", nil, match.Tool{}, match.Tool{}), nil, []use{{0, 0, 0}, {1, 1, 0}}, ""},
		{"unused tools take nothing and keep the numbers", x1c(pla("a", "", 100)), multi("any", []float64{0, 5}, match.Tool{Unused: true}, plain), nil, []use{{1, 0, 5}}, ""},
		{"where material is soft, sharing the right spool beats a wrong one", x1c(pla("a", "", 100), petgSpool("b", 100)), multi("any", []float64{5, 5}, plain, plain), match.Axes{"material": "soft"},
			[]use{{0, 0, 5}, {1, 0, 5}}, ""},
		{"sharers spread over the spools", x1c(pla("a", "", 100), pla("b", "", 100), petgSpool("c", 100)), multi("any", []float64{5, 5, 5, 5}, plain, plain, plain, petg), nil,
			[]use{{0, 0, 5}, {1, 0, 5}, {2, 1, 5}, {3, 2, 5}}, ""},
		{"grams that one plan books are free for the next", x1c(pla("a", "#000000", 60), pla("b", "#000000", 50)), multi("any", []float64{50, 30, 30}, plain, black, black), nil,
			[]use{{0, 1, 50}, {1, 0, 30}, {2, 0, 30}}, ""},
		{"a wrong spool in the first slot does not hide the right one", x1c(petgSpool("a", 500), pla("b", "", 100)), multi("any", []float64{5}, plain), nil, []use{{0, 1, 5}}, ""},
		{"grams beyond the tools are the last tool's", x1c(pla("a", "", 100)), multi("any", []float64{40, 50}, plain), nil, []use{{0, 0, 90}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := match.Evaluate(tt.item, tt.printer, tt.axes, now)
			var got []use
			for _, u := range v.Slots {
				got = append(got, use{u.Tool, u.SlotIndex, u.EstimatedG})
			}
			if !reflect.DeepEqual(got, tt.uses) {
				t.Errorf("uses %v, want %v", got, tt.uses)
			}
			if c := marked(v.Reasons); c != tt.codes {
				t.Errorf("reasons %q, want %q", c, tt.codes)
			}
		})
	}
}

func petgSpool(id string, g float64) *match.Spool { return spool(id, "PETG", "", g) }

func TestFilamentReasonCarriesGrams(t *testing.T) {
	p := x1c(pla("a", "", 100), petgSpool("b", 500))
	p.Slots[0].Spool.ReservedG = 30
	v := match.Evaluate(multi("any", []float64{50, 40}, match.Tool{Material: "PLA"}, match.Tool{Material: "PLA"}), p, nil, now)
	if len(v.Reasons) != 1 {
		t.Fatalf("reasons %v, want one", codes(v.Reasons))
	}
	r := v.Reasons[0]
	if *r.NeededG != 90 || *r.RemainingG != 100 || *r.ReservedG != 30 {
		t.Errorf("needed %v, remaining %v, reserved %v, want 90, 100, 30: both tools take from the spool", *r.NeededG, *r.RemainingG, *r.ReservedG)
	}
}

func TestFilamentReasonCountsAllThatShare(t *testing.T) {
	p := x1c(pla("a", "", 100), petgSpool("b", 500), petgSpool("c", 500))
	plain := match.Tool{Material: "PLA"}
	v := match.Evaluate(multi("any", []float64{60, 60, 60}, plain, plain, plain), p, nil, now)
	if got := marked(v.Reasons); got != "filament_insufficient filament_insufficient" {
		t.Fatalf("reasons %q, want two tools short: the spool suffices for one", got)
	}
	if got := *v.Reasons[0].NeededG; got != 180 {
		t.Errorf("needed %v g, want 180: a spool for all three", got)
	}
}

func TestEqualSpoolsAreTakenByIndexNotByPlace(t *testing.T) {
	p := x1c(pla("a", "", 100), pla("b", "", 100), pla("c", "", 100), pla("d", "", 100))
	slices.Reverse(p.Slots)
	plain := match.Tool{Material: "PLA"}
	v := match.Evaluate(multi("any", []float64{5, 5, 5}, plain, plain, plain), p, nil, now)
	for tool, u := range v.Slots {
		if u.SlotIndex != tool {
			t.Errorf("tool %d takes slot %d", tool, u.SlotIndex)
		}
	}
}

func TestMissingSpoolsGoToDifferentSlots(t *testing.T) {
	p := x1c(pla("a", "", 100))
	e := match.Equipment(multi("any", nil, match.Tool{Material: "PLA"}, match.Tool{Material: "PETG"}, match.Tool{Material: "ABS"}).Need, p, nil)
	want := []string{"Load a spool of PETG for tool 1 into slot 1 of X1C Hopper", "Load a spool of ABS for tool 2 into slot 2 of X1C Hopper"}
	var got []string
	for _, r := range e.Reasons {
		got = append(got, r.Fix)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("fixes %q, want %q", got, want)
	}
}

func TestEquipmentListsSlotsBestFirst(t *testing.T) {
	p := x1c(pla("a", "#E53935", 5), petgSpool("b", 500), pla("c", "#FF0000", 700), pla("d", "#FF0101", 100))
	p.Slots[3].Spool.ReservedG = 20
	n := match.Need{Tools: []match.Tool{{Material: "PLA", ColorHex: "#FF0000"}, {Material: "ABS"}}}
	e := match.Equipment(n, p, nil)
	if want := [][]int{{2, 3, 0}, nil}; !reflect.DeepEqual(e.Slots, want) {
		t.Errorf("slots %v, want %v", e.Slots, want)
	}
	if e.OK {
		t.Error("OK although nothing serves tool 1")
	}
	if got := e.MaxG(p, nil, 0); got < 700 || got > 700.01 {
		t.Errorf("MaxG = %v, want 700", got)
	}
	if got := e.MaxG(p, nil, 1); got != 0 {
		t.Errorf("MaxG of a tool that nothing serves = %v, want 0", got)
	}
}

func TestOverride(t *testing.T) {
	p, i := mk4(), gear()
	p.BedState = "occupied"
	i.Tools[0] = match.Tool{Material: "PETG", ColorHex: "#FFFFFF"}
	i.Volume.Z = 900
	v := match.Evaluate(i, p, nil, now)

	o := match.Override(v, []string{"material_mismatch", "color_mismatch", "volume_exceeded", "bed_not_clear"})
	if got := marked(o.Reasons); got != "bed_not_clear? volume_exceeded" || o.Verdict != match.Blocked {
		t.Errorf("%s for %q, want blocked: volume and bed stay", o.Verdict, got)
	}
	if o.Score <= v.Score {
		t.Errorf("score %d, want more than %d", o.Score, v.Score)
	}
	if len(o.Slots) != 1 || o.Slots[0].SpoolID != "spl_1" {
		t.Errorf("slots %v, want the loaded spool, though it is the wrong one", o.Slots)
	}
	if len(v.Reasons) != 4 {
		t.Errorf("the verdict itself has %d reasons now, want 4", len(v.Reasons))
	}

	i.Volume.Z = 9
	o = match.Override(match.Evaluate(i, p, nil, now), []string{"material_mismatch", "color_mismatch"})
	if o.Verdict != match.Waiting {
		t.Errorf("verdict %s, want waiting: only the bed is left", o.Verdict)
	}
}

func TestOverridable(t *testing.T) {
	never := []string{"volume_exceeded", "nozzle_temperature_exceeded", "bed_temperature_exceeded", "file_format_unsupported", "bed_not_clear", "printer_error", "approval_required", "no_such_code", ""}
	for _, c := range never {
		if match.Overridable(c) {
			t.Errorf("%q is overridable", c)
		}
	}
	for _, c := range []string{"material_mismatch", "color_mismatch", "filament_insufficient", "user_no_printer_access", "class_no_printer_access", "model_mismatch"} {
		if !match.Overridable(c) {
			t.Errorf("%q is not overridable", c)
		}
	}
}

func TestItemEligibility(t *testing.T) {
	at := func(states ...match.State) (ps []match.PrinterState) {
		for i, s := range states {
			ps = append(ps, match.PrinterState{PrinterID: string(rune('a' + i)), State: s})
		}
		return ps
	}
	tests := []struct {
		name     string
		printers []match.PrinterState
		want     match.State
		ids      []string
	}{
		{"without a printer somebody must act", nil, match.Blocked, nil},
		{"the best verdict counts", at(match.Blocked, match.Eligible, match.Waiting, match.Eligible), match.Eligible, []string{"b", "d"}},
		{"waiting beats unknown", at(match.Unknown, match.Waiting, match.Blocked), match.Waiting, nil},
		{"unknown beats blocked", at(match.Blocked, ""), match.Unknown, nil},
		{"all blocked", at(match.Blocked, match.Blocked), match.Blocked, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ids := match.ItemEligibility(tt.printers); got != tt.want || !reflect.DeepEqual(ids, tt.ids) {
				t.Errorf("got %s %v, want %s %v", got, ids, tt.want, tt.ids)
			}
		})
	}
}

func TestScoreBands(t *testing.T) {
	for _, penalty := range []int{-5, 0, 100, 5000} {
		e, w, b := match.Score(match.Eligible, penalty), match.Score(match.Waiting, 0), match.Score(match.Blocked, 0)
		if e <= w || match.Score(match.Waiting, penalty) <= b || match.Score(match.Blocked, penalty) < 0 || e > 1000 {
			t.Errorf("penalty %d: eligible %d, waiting at most %d, blocked at most %d", penalty, e, w, b)
		}
	}
	if v := match.Evaluate(gear(), mk4(), nil, now); v.Score != 1000-14 {
		t.Errorf("score %d, want 986: 716 g stay on the spool", v.Score)
	}
	open, closed := mk4(), mk4()
	open.Slots[0].Spool, closed.Slots[0].Spool, closed.Enclosed = spool("s", "ABS", "", 100), spool("s", "ABS", "", 100), true
	i := gear()
	i.Tools[0].Material = "ABS"
	if a, b := match.Evaluate(i, open, nil, now), match.Evaluate(i, closed, nil, now); a.Score >= b.Score {
		t.Errorf("ABS scores %d on an open printer, %d on an enclosed one", a.Score, b.Score)
	}
}

func TestReasonsAreWhole(t *testing.T) {
	for _, d := range match.Codes() {
		if d.Axis == "" || d.Severity == "" || d.Meaning == "" {
			t.Errorf("%s: the registry lacks axis, severity or meaning", d.Code)
		}
		if !slices.ContainsFunc(match.AllAxes(), func(a match.AxisDefinition) bool { return a.Axis == d.Axis }) {
			t.Errorf("%s: axis %s is not in the registry", d.Code, d.Axis)
		}
	}
	p := mk4()
	p.Name = ""
	for _, r := range match.Equipment(match.Need{Tools: []match.Tool{{Material: "PETG"}}, NozzleC: 900, TagIDs: []string{"x"}}, p, nil).Reasons {
		if r == (errs.Reason{}) || r.Axis == "" || r.Expected == "" || r.Actual == "" || r.Fix == "" {
			t.Errorf("reason %+v has a hole", r)
		}
	}
}
