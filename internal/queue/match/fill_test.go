package match_test

import (
	"reflect"
	"testing"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/queue/match"
)

type (
	req  = schematype.Requirements
	need = schematype.ToolNeed
	meta = schematype.FileMetadata
	tool = schematype.FileTool
)

func tn(material, color string, g float64) need {
	return need{MaterialType: material, ColorHex: color, FilamentG: g}
}

func TestFill(t *testing.T) {
	box := &schematype.Size{X: 20, Y: 20, Z: 20}
	two := &meta{Tools: []tool{{MaterialType: "PLA", ColorHex: "#FF0000", FilamentG: 30}, {MaterialType: "PETG", ColorHex: "#0000FF", FilamentG: 10}}}
	tests := []struct {
		name    string
		request req
		file    *meta
		want    req
	}{
		{"without a file only the colour match is settled", req{MaterialType: "PLA"}, nil, req{MaterialType: "PLA", ColorMatch: "any", FileFormat: "gcode"}},
		{"who names a colour means a similar one", req{ColorHex: "#FF0000"}, nil, req{ColorHex: "#FF0000", ColorMatch: "similar", FileFormat: "gcode"}},
		{"who names a tool's colour too", req{Tools: []need{{ColorHex: "#FF0000"}}}, nil, req{Tools: []need{{ColorHex: "#FF0000"}}, ColorMatch: "similar", FileFormat: "gcode"}},
		{"who says exact means exact", req{ColorMatch: "exact"}, nil, req{ColorMatch: "exact", FileFormat: "gcode"}},
		{"the file fills what is left out",
			req{}, &meta{NozzleDiameterMM: 0.4, NozzleC: 215, BedC: 60, VolumeMM: box, Tools: []tool{{MaterialType: "PLA", ColorHex: "#FF0000", FilamentG: 30}}},
			req{MaterialType: "PLA", ColorHex: "#FF0000", ColorMatch: "any", FilamentG: 30, NozzleDiameterMM: 0.4, NozzleC: 215, BedC: 60, MinVolumeMM: box, FileFormat: "gcode"}},
		{"the request wins",
			req{MaterialType: "PETG", ColorHex: "#00FF00", FilamentG: 5, NozzleDiameterMM: 0.6, FileFormat: "bgcode"}, &meta{NozzleDiameterMM: 0.4, Tools: []tool{{MaterialType: "PLA", ColorHex: "#FF0000", FilamentG: 30}}},
			req{MaterialType: "PETG", ColorHex: "#00FF00", ColorMatch: "similar", FilamentG: 5, NozzleDiameterMM: 0.6, FileFormat: "bgcode"}},
		{"a file without tools gives its grams", req{}, &meta{FilamentG: 12}, req{FilamentG: 12, ColorMatch: "any", FileFormat: "gcode"}},
		{"a file of two tools gives both", req{}, two,
			req{Tools: []need{tn("PLA", "#FF0000", 30), tn("PETG", "#0000FF", 10)}, ColorMatch: "any", FileFormat: "gcode"}},
		{"what the request says of the print holds for each tool, and grams for the sum", req{MaterialType: "ABS", FilamentG: 80}, two,
			req{MaterialType: "ABS", FilamentG: 80, Tools: []need{tn("ABS", "#FF0000", 60), tn("ABS", "#0000FF", 20)}, ColorMatch: "any", FileFormat: "gcode"}},
		{"what the request says of a tool wins over the file's", req{Tools: []need{{}, {MaterialType: "PLA"}}}, two,
			req{Tools: []need{tn("PLA", "#FF0000", 30), tn("PLA", "#0000FF", 10)}, ColorMatch: "any", FileFormat: "gcode"}},
		{"tools that print nothing stay as blanks", req{}, &meta{Tools: []tool{{MaterialType: "PLA"}, {MaterialType: "PETG", FilamentG: 10}}},
			req{Tools: []need{{}, {MaterialType: "PETG", FilamentG: 10}}, ColorMatch: "any", FileFormat: "gcode"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := match.Fill(tt.request, tt.file, "gcode"); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got\n %+v, want\n %+v", got, tt.want)
			}
		})
	}
}

func TestFillLeavesTheRequestAlone(t *testing.T) {
	r := req{Tools: []need{{}, {}}}
	match.Fill(r, &meta{Tools: []tool{{MaterialType: "PLA", FilamentG: 1}, {MaterialType: "PLA", FilamentG: 1}}}, "gcode")
	if r.Tools[0] != (need{}) {
		t.Errorf("the request's tool became %+v", r.Tools[0])
	}
}

func TestNeedOf(t *testing.T) {
	r := req{
		MaterialType: "PLA", ColorHex: "#FF0000", ColorMatch: "exact", MinVolumeMM: &schematype.Size{X: 1, Y: 2, Z: 3}, NozzleType: "hardened", FileFormat: "gcode",
		PrinterIDs: []string{"p"}, PrinterGroupIDs: []string{"g"}, TagIDs: []string{"t"},
		Tools: []need{{MaterialType: "PETG"}, {}, {ColorHex: "#0000FF", FilamentG: 4}},
	}
	got := match.NeedOf(r, "MK4")
	want := match.Need{
		Tools:      []match.Tool{{Material: "PETG", ColorHex: "#FF0000"}, {Unused: true}, {Material: "PLA", ColorHex: "#0000FF"}},
		ColorMatch: "exact", NozzleType: "hardened", Volume: schematype.Size{X: 1, Y: 2, Z: 3}, Format: "gcode", FileModel: "MK4",
		PrinterIDs: []string{"p"}, GroupIDs: []string{"g"}, TagIDs: []string{"t"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n %+v, want\n %+v", got, want)
	}
	if g := match.Grams(r); !reflect.DeepEqual(g, []float64{0, 0, 4}) {
		t.Errorf("grams %v", g)
	}

	r.PrinterModels = []string{"XL"}
	if got := match.NeedOf(r, "MK4"); got.FileModel != "" || len(got.PrinterModels) != 1 {
		t.Errorf("file model %q, want none: the request names models", got.FileModel)
	}
	if two := match.NeedOf(req{Tools: []need{{}, {}}}, ""); two.Tools[0].Unused || two.Tools[1].Unused {
		t.Error("two tools of which nothing is known are unused")
	}
	if g := match.Grams(req{FilamentG: 7, Tools: []need{{MaterialType: "PLA"}}}); g[0] != 7 {
		t.Errorf("grams %v, want the sum for the only tool", g)
	}
}
