package match_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/queue/match"
)

var (
	materials = []string{"", "PLA", "PLA+", "PETG", "PLA-CF"}
	colors    = []string{"", "#000000", "#161616", "#FF0000", "#E53935", "#0000FF"}
	modes     = []string{"", "exact", "similar", "any"}
	ids       = []string{"a", "b", "c"}
)

func pick[T any](t *rapid.T, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(t, label)
}

func some(t *rapid.T, label string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 2, rapid.ID[string]).Draw(t, label)
}

func drawPrinter(t *rapid.T) match.Printer {
	p := match.Printer{
		ID: pick(t, "id", ids...), Name: "P", Model: pick(t, "model", "", "MK4", "MINI", "X1C"), Manufacturer: pick(t, "maker", "", "Prusa", "LulzBot"),
		State: pick(t, "state", "idle", "idle", "idle", "offline", "printing", "error"), BedState: pick(t, "bed", "clear", "clear", "occupied"), RequireBedClear: true,
		Active: pick(t, "active", false, false, true), NozzleDiameterMM: pick(t, "nozzle", 0, 0.4, 0.6), NozzleType: pick(t, "type", "", "brass", "hardened"),
		MaxNozzleC: pick(t, "heat", 0.0, 260, 300), MaxBedC: pick(t, "bed heat", 0.0, 60, 100), Formats: []string{"gcode"}, TagIDs: some(t, "tags"), GroupIDs: some(t, "groups"),
		Volume: pick(t, "volume", schematype.Size{}, schematype.Size{X: 100, Y: 150, Z: 100}),
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "slots") {
		s := match.Slot{Index: i}
		if rapid.IntRange(0, 4).Draw(t, "loaded") > 0 {
			s.Spool = &match.Spool{ID: string(rune('A' + i)), MaterialType: pick(t, "material", materials[1:]...), ColorHex: pick(t, "color", colors...),
				RemainingG: float64(rapid.IntRange(0, 100).Draw(t, "remaining")), ReservedG: float64(rapid.IntRange(0, 30).Draw(t, "reserved")), Status: pick(t, "status", "in_use", "new", "empty")}
		}
		p.Slots = append(p.Slots, s)
	}
	return p
}

func drawItem(t *rapid.T) match.Item {
	i := match.Item{
		Need: match.Need{
			ColorMatch: pick(t, "match", modes...), NozzleDiameterMM: pick(t, "want nozzle", 0, 0.4), NozzleType: pick(t, "want type", "", "brass", "hardened"),
			Volume: pick(t, "size", schematype.Size{}, schematype.Size{X: 120, Y: 90, Z: 20}, schematype.Size{Z: 200}), NozzleC: pick(t, "want heat", 0.0, 280), BedC: pick(t, "want bed", 0.0, 80),
			Format: pick(t, "format", "gcode", ".gcode", "stl"), PrinterIDs: some(t, "printers"), PrinterModels: pick(t, "models", nil, []string{"MK4", "mini"}),
			FileModel: pick(t, "file model", "", "MK4", "Bambu Lab P1S"), GroupIDs: some(t, "want groups"), TagIDs: some(t, "want tags"), UserGroupIDs: some(t, "user"), ClassGroupIDs: some(t, "class"),
		},
		Approval: pick(t, "approval", "approved", "approved", "pending"), Hold: pick(t, "hold", "none", "none", "manual"), FileStatus: pick(t, "file", "ready", "ready", "fetching", "failed"),
	}
	for range rapid.IntRange(0, 4).Draw(t, "tools") {
		i.Tools = append(i.Tools, match.Tool{Material: pick(t, "want material", materials...), ColorHex: pick(t, "want color", colors...)})
		i.Grams = append(i.Grams, float64(rapid.IntRange(0, 60).Draw(t, "grams")))
	}
	if later := now.Add(time.Hour); pick(t, "later", false, false, true) {
		i.NotBefore = &later
	}
	return i
}

func drawAxes(t *rapid.T) match.Axes {
	ax := match.Axes{}
	for _, a := range match.AllAxes() {
		if mode := pick(t, "mode", "", "", "hard", "soft", "off"); mode != "" {
			ax[string(a.Axis)] = mode
		}
	}
	return ax
}

// drawSoft is a printer and an item between which little stands, so that verdicts of all kinds occur.
func drawFitting(t *rapid.T) (match.Item, match.Printer) {
	i, p := drawItem(t), drawPrinter(t)
	i.Need = match.Need{Tools: i.Tools, ColorMatch: i.ColorMatch}
	i.Approval, i.Hold, i.NotBefore, i.FileStatus = "", "", nil, ""
	p.State, p.Active = "idle", false
	return i, p
}

func rank(s match.State) int {
	return slices.Index([]match.State{match.Eligible, match.Waiting, match.Blocked}, s)
}

func hard(rs []errs.Reason) []string {
	var out []string
	for _, r := range rs {
		if r.Severity == match.SeverityHard {
			out = append(out, r.Code)
		}
	}
	return out
}

func TestAddingFilamentNeverMakesAVerdictWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, p := drawFitting(t)
		ax := drawAxes(t)
		before := match.Evaluate(i, p, ax, now)
		for s := range p.Slots {
			if p.Slots[s].Spool != nil {
				p.Slots[s].Spool.RemainingG += float64(rapid.IntRange(0, 50).Draw(t, "added"))
			}
		}
		if after := match.Evaluate(i, p, ax, now); rank(after.Verdict) > rank(before.Verdict) {
			t.Fatalf("%s %v became %s %v", before.Verdict, codes(before.Reasons), after.Verdict, codes(after.Reasons))
		}
	})
}

// Each of these drops a requirement.
var relaxations = map[string]func(*match.Item){
	"material":  func(i *match.Item) { forTools(i, func(t *match.Tool) { t.Material = "" }) },
	"color":     func(i *match.Item) { forTools(i, func(t *match.Tool) { t.ColorHex = "" }) },
	"any color": func(i *match.Item) { i.ColorMatch = "any" },
	"tools":     func(i *match.Item) { i.Tools, i.Grams = nil, nil },
	"grams":     func(i *match.Item) { i.Grams = nil },
	"nozzle":    func(i *match.Item) { i.NozzleDiameterMM, i.NozzleType = 0, "" },
	"heat":      func(i *match.Item) { i.NozzleC, i.BedC = 0, 0 },
	"volume":    func(i *match.Item) { i.Volume = schematype.Size{} },
	"format":    func(i *match.Item) { i.Format = "" },
	"targets":   func(i *match.Item) { i.PrinterIDs, i.PrinterModels, i.GroupIDs, i.TagIDs = nil, nil, nil, nil },
	"access":    func(i *match.Item) { i.UserGroupIDs, i.ClassGroupIDs = nil, nil },
	"model":     func(i *match.Item) { i.FileModel = "" },
	"gates":     func(i *match.Item) { i.Approval, i.Hold, i.NotBefore, i.FileStatus = "", "", nil, "" },
}

func forTools(i *match.Item, change func(*match.Tool)) {
	i.Tools = slices.Clone(i.Tools)
	for t := range i.Tools {
		change(&i.Tools[t])
	}
}

// With one tool no reason is added either. (With several, a tool that finds its spool may take it from one that has none,
// which then misses something else.)
func TestDroppingARequirementNeverMakesAVerdictWorse(t *testing.T) {
	names := make([]string, 0, len(relaxations))
	for name := range relaxations {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		i, p := drawItem(t), drawPrinter(t)
		if rapid.Bool().Draw(t, "fitting") {
			i, p = drawFitting(t)
		}
		ax := drawAxes(t)
		before := match.Evaluate(i, p, ax, now)
		what := pick(t, "what", names...)
		relaxations[what](&i)
		after := match.Evaluate(i, p, ax, now)
		if rank(after.Verdict) > rank(before.Verdict) || len(i.Tools) < 2 && len(hard(after.Reasons)) > len(hard(before.Reasons)) {
			t.Fatalf("without %s %s %v became %s %v", what, before.Verdict, codes(before.Reasons), after.Verdict, codes(after.Reasons))
		}
	})
}

// What is stored for a profile and joined when it is read gives the same as asking anew.
func TestEvaluateIsTheSumOfItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, p := drawItem(t), drawPrinter(t)
		if rapid.Bool().Draw(t, "fitting") {
			i, p = drawFitting(t)
		}
		ax := drawAxes(t)
		v := match.Evaluate(i, p, ax, now)
		e := match.Equipment(i.Need, p, ax)

		parts := slices.Concat(match.Readiness(p, now), e.Reasons)
		filament := slices.DeleteFunc(slices.Clone(v.Reasons), func(r errs.Reason) bool { return r.Code != string(match.CodeFilamentInsufficient) })
		parts = slices.Concat(parts, filament, match.Gates(i, now))
		if a, b := hard(v.Reasons), hard(parts); !reflect.DeepEqual(a, b) {
			t.Fatalf("hard reasons %v, of the parts %v", a, b)
		}
		if v.Verdict != match.StateOf(parts) {
			t.Fatalf("verdict %s, of the parts %s", v.Verdict, match.StateOf(parts))
		}
		if e.OK != (len(hard(e.Reasons)) == 0) {
			t.Fatalf("OK %v with %v", e.OK, hard(e.Reasons))
		}
		if v.Score < 0 || v.Score > 1000 || v.Score != match.Score(v.Verdict, v.Penalty) {
			t.Fatalf("score %d", v.Score)
		}
	})
}

func TestTheOrderOfSlotsChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, p := drawFitting(t)
		ax := drawAxes(t)
		want := match.Evaluate(i, p, ax, now)
		e := match.Equipment(i.Need, p, ax)
		p.Slots = rapid.Permutation(p.Slots).Draw(t, "order")
		if got := match.Evaluate(i, p, ax, now); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		if got := match.Equipment(i.Need, p, ax); !reflect.DeepEqual(got, e) {
			t.Fatalf("got %+v, want %+v", got, e)
		}
	})
}

func TestTheCanonicalNeedIsServedByTheSamePrinters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, p := drawItem(t), drawPrinter(t)
		if rapid.Bool().Draw(t, "fitting") {
			i, p = drawFitting(t)
		}
		ax := drawAxes(t)
		c := match.Canonical(i.Need)
		a, b := match.Equipment(i.Need, p, ax), match.Equipment(c, p, ax)
		if a.OK != b.OK {
			t.Fatalf("%v for %v, canonical %v for %v", a.OK, hard(a.Reasons), b.OK, hard(b.Reasons))
		}
		if again := match.Canonical(c); !reflect.DeepEqual(again, c) {
			t.Fatalf("%+v is not canonical: %+v", c, again)
		}
		if match.Key(c, "") != match.Key(i.Need, "") {
			t.Fatal("the canonical need has another key")
		}
	})
}

// Items whose parts fit into the same volumes may share a stored verdict.
func TestOneMaskMeansOneVolumeVerdict(t *testing.T) {
	draw := func(t *rapid.T, label string) schematype.Size {
		n := func() float64 { return float64(rapid.IntRange(1, 5).Draw(t, label)) }
		return schematype.Size{X: n(), Y: n(), Z: n()}
	}
	rapid.Check(t, func(t *rapid.T) {
		volumes := make([]schematype.Size, rapid.IntRange(1, 10).Draw(t, "volumes"))
		for i := range volumes {
			volumes[i] = draw(t, "volume")
		}
		a, b := draw(t, "a"), draw(t, "b")
		equal := match.VolumeMask(a, volumes) == match.VolumeMask(b, volumes)
		same := true
		for _, v := range volumes {
			e, f := match.Equipment(match.Need{Volume: a}, match.Printer{Volume: v}, nil), match.Equipment(match.Need{Volume: b}, match.Printer{Volume: v}, nil)
			same = same && e.OK == f.OK
		}
		if equal != same {
			t.Fatalf("%v and %v: masks equal %v, verdicts equal %v", a, b, equal, same)
		}
	})
}
