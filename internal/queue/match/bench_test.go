package match_test

import (
	"testing"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// Dispatch asks for a few items, the matrix for one item and all printers, a refresh for profiles times printers.
func BenchmarkEvaluate(b *testing.B) {
	colored := gear()
	colored.Tools = []match.Tool{{Material: "PLA", ColorHex: "#101010"}}
	blocked, broken := gear(), mk4()
	blocked.Tools = []match.Tool{{Material: "PETG", ColorHex: "#FF0000"}}
	broken.State, broken.NozzleDiameterMM = "error", 0.6
	four := x1c(pla("a", "#000000", 500), pla("b", "#FF0000", 500), pla("c", "#0000FF", 500), pla("d", "#FFFFFF", 500))
	all := []match.Tool{{Material: "PLA", ColorHex: "#FEFEFE"}, {Material: "PLA", ColorHex: "#0101FF"}, {Material: "PLA", ColorHex: "#FE0101"}, {Material: "PLA", ColorHex: "#010101"}}
	hex := "0123456789ABCDEF"
	full := match.Printer{State: "idle", BedState: "clear"}
	sixteen := match.Item{Need: match.Need{ColorMatch: "any"}}
	for i := range 16 {
		color := "#" + hex[i:i+1] + "000" + hex[15-i:16-i] + "0"
		full.Slots = append(full.Slots, match.Slot{Index: i, Spool: pla("s", color, 500)})
		sixteen.Tools = append(sixteen.Tools, match.Tool{Material: "PLA", ColorHex: color})
		sixteen.Grams = append(sixteen.Grams, 20)
	}
	tight := sixteen
	tight.Grams = make([]float64, 16)
	for i := range tight.Grams {
		tight.Grams[i] = 300 + float64(i)
	}
	short := match.Printer{State: "idle", BedState: "clear", Slots: full.Slots[:8]}

	for _, bb := range []struct {
		name    string
		item    match.Item
		printer match.Printer
	}{
		{"one tool, eligible", gear(), mk4()},
		{"one tool and colour, eligible", colored, mk4()},
		{"one tool, four reasons", blocked, broken},
		{"one tool and colour, four slots", multi("similar", []float64{50}, all[0]), four},
		{"four tools, four slots", multi("similar", []float64{5, 6, 7, 8}, all...), four},
		{"sixteen tools, sixteen slots", sixteen, full},
		{"sixteen tools, eight slots, the worst search", tight, short},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				match.Evaluate(bb.item, bb.printer, nil, now)
			}
		})
	}
}

func BenchmarkEquipment(b *testing.B) {
	n, p := gear().Need, mk4()
	b.ReportAllocs()
	for b.Loop() {
		match.Equipment(n, p, nil)
	}
}

func BenchmarkKey(b *testing.B) {
	n, mask := gear().Need, match.VolumeMask(gear().Volume, []schematype.Size{mk4().Volume})
	b.ReportAllocs()
	for b.Loop() {
		match.Key(n, mask)
	}
}
