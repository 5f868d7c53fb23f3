package gcode

import (
	"strconv"
	"strings"
	"testing"
)

func TestBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want *Box
	}{
		{"travel does not count", "G1 X200 Y200 Z50\nG1 X10 Y10 Z1\nG1 X20 Y20 E1\nG0 X0 Y0", box(10, 10, 1, 20, 20, 1)},
		{"retraction and its return in place do not count", "G1 X0 Y0 Z1\nG1 E-2\nG1 X99\nG1 E0\nG1 X5 Y5\nG1 X6 Y6 E1", box(5, 5, 1, 6, 6, 1)},
		{"wiping while retracting does not count", "G1 X5 Y5 Z1\nG1 X6 Y6 E1\nG1 X50 E.5", box(5, 5, 1, 6, 6, 1)},
		{"the end of a move counts as its begin", "G1 X5 Y5 Z1\nG1 Y9 E1\nG1 X3 E2", box(3, 5, 1, 5, 9, 1)},
		{"extruder relative by M83", "M83\nG1 X1 Y1 Z1\nG1 X2 Y2 E1\nG1 X3 Y3 E1\nG1 X9 Y9 E-1", box(1, 1, 1, 3, 3, 1)},
		{"back to absolute by M82", "M83\nG1 E5\nM82\nG1 X1 Y1 Z1\nG1 X2 Y2 E4\nG1 X3 Y3 E6", box(2, 2, 1, 3, 3, 1)},
		{"G91 makes all relative and G90 ends it", "G1 X10 Y10 Z1\nG91\nG1 X5 Y-5 E1\nG90\nG1 X0 Y0 E2", box(0, 0, 1, 15, 10, 1)},
		{"G92 E0 begins to count anew", "G1 X1 Y1 Z1 E10\nG92 E0\nG1 X2 Y2 E1", box(1, 1, 1, 2, 2, 1)},
		{"G92 of an axis renames, it does not move", "G1 X100 Y100 Z1\nG92 X0 Y0\nG1 X10 Y10 E1", box(100, 100, 1, 110, 110, 1)},
		{"G92 before any move names the place", "G92 X0 Y0 Z0\nG1 X10 Y10 Z.2 E1", box(0, 0, 0, 10, 10, 0.2)},
		{"after homing the place is unknown", "G1 X300 Y300 Z300\nG28\nG1 X10 Y20 Z1 E1\nG1 X11 Y21 E2", box(10, 20, 1, 11, 21, 1)},
		{"homing some axes forgets those", "G1 X300 Y5 Z1\nG28 X0 ; home\nG1 X10 E1\nG1 X11 E2", box(10, 5, 1, 11, 5, 1)},
		{"relative moves from an unknown place stay unknown", "G91\nG1 Z5 X3 E1\nG90\nG1 X1 Y1 Z1\nG1 X2 E9", box(1, 1, 1, 2, 1, 1)},
		{"inches", "G20\nG1 X1 Y1 Z1\nG1 X2 Y2 E1\nG21\nG1 X0 E99", box(0, 25.4, 25.4, 50.8, 50.8, 25.4)},
		{"lower case, no spaces, line numbers and checksums", "n1 g1x1y1z1*55\nN2G1X2Y3E1*7", box(1, 1, 1, 2, 3, 1)},
		{"numbers with sign, without zero", "G1 X-.5 Y+1. Z.2\nG1 X1 E1", box(-0.5, 1, 0.2, 1, 1, 0.2)},
		{"words behind a comment do not count", "G1 X1 Y1 Z1\nG1 X2 E1 ; X500\nG1 X3 E2 (X500)", box(1, 1, 1, 3, 1, 1)},
		{"E without a number is no extrusion", "G1 X1 Y1 Z1\nG1 X2 E\nG1 X3 E1", box(2, 1, 1, 3, 1, 1)},
		{"vase mode climbs", "G1 X1 Y1 Z1\nG1 X2 Z1.1 E1\nG1 X1 Z1.2 E2", box(1, 1, 1, 2, 1, 1.2)},
		{"half a circle against the clock bulges", "M83\nG1 X10 Y0 Z1\nG3 X-10 Y0 I-10 J0 E1", box(-10, 0, 1, 10, 10, 1)},
		{"half a circle with the clock bulges the other way", "M83\nG1 X10 Y0 Z1\nG2 X-10 Y0 I-10 J0 E1", box(-10, -10, 1, 10, 0, 1)},
		{"a full circle ends where it begins", "M83\nG1 X10 Y0 Z1\nG2 I-10 E1", box(-10, -10, 1, 10, 10, 1)},
		{"a quarter circle stays within its ends", "M83\nG1 X10 Y0 Z1\nG3 X0 Y10 I-10 J0 E1", box(0, 0, 1, 10, 10, 1)},
		{"an arc by radius counts its ends", "M83\nG1 X10 Y0 Z1\nG3 X0 Y10 R10 E1", box(0, 0, 1, 10, 10, 1)},
		{"a travelled arc does not count", "M83\nG1 X1 Y1 Z1\nG1 X2 E1\nG2 I-50", box(1, 1, 1, 2, 1, 1)},
		{"an axis that is never named leaves no bounds", "G1 X1 Y1\nG1 X2 Y2 E1", nil},
		{"nothing extruded leaves no bounds", "G1 X1 Y1 Z1\nG1 X5", nil},
		{"other commands do not move", "G10 X50\nM117 G1 X9 E9\nG1 X1 Y1 Z1\nG29 X300\nG1 X2 E1\nG1.5 X77 E77", box(1, 1, 1, 2, 1, 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			md := readText(t, tt.text)
			if (md.BoundsMM == nil) != (tt.want == nil) || tt.want != nil && *md.BoundsMM != *tt.want {
				t.Errorf("bounds %+v, want %+v", md.BoundsMM, tt.want)
			}
		})
	}
}

func box(x0, y0, z0, x1, y1, z1 float64) *Box {
	return &Box{Point{x0, y0, z0}, Point{x1, y1, z1}}
}

func TestFilamentFromMoves(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want map[int]float64 // mm
	}{
		{"absolute", "M82\nG1 X1 E10\nG1 E8\nG92 E0\nG1 X2 E12", map[int]float64{0: 20}},
		{"relative, by tool", "M83\nT0\nG1 X1 E10\nT2\nG1 X2 E5\nG1 E-1", map[int]float64{0: 10, 2: 4}},
		{"not without the mode", "G1 X1 E10", map[int]float64{}},
		{"not by volume", "M82\nM200 D1.75\nG1 X1 E10", map[int]float64{}},
		{"the slicer's word comes first", "; filament used [mm] = 7\nM82\nG1 X1 E10", map[int]float64{0: 7}},
		{"unknown tools are left alone", "M83\nT9999\nG1 X1 E10", map[int]float64{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tools := readText(t, tt.text).Tools
			for _, tool := range tools {
				if tt.want[tool.Index] != tool.FilamentMM {
					t.Errorf("tool %d: %v mm, want %v", tool.Index, tool.FilamentMM, tt.want[tool.Index])
				}
			}
			if len(tools) != len(tt.want) {
				t.Errorf("tools %+v, want %v", tools, tt.want)
			}
		})
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want float64
		n    int
		ok   bool
	}{
		{"1.5", 1.5, 3, true}, {"-0", 0, 2, true}, {".25Y", 0.25, 3, true}, {"+3 ", 3, 2, true}, {"7.", 7, 2, true},
		{"1e5", 1, 1, true}, {"1.2.3", 1.2, 3, true}, {"", 0, 0, false}, {"-", 0, 1, false}, {".", 0, 1, false},
		{"--1", 0, 1, false}, {"NaN", 0, 0, false}, {"123456789012345", 123456789012345, 15, true},
		{"1234567890123456", 0, 16, false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, n, ok := decimal([]byte(tt.text))
			if ok != tt.ok || n != tt.n || ok && got != tt.want {
				t.Errorf("got %v, %d, %v", got, n, ok)
			}
			if want, err := strconv.ParseFloat(tt.text[:n], 64); ok && (err != nil || got != want) {
				t.Errorf("strconv says %v, %v", want, err)
			}
		})
	}
}

func TestSplitList(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", ""}, {" ", ""}, {"a", "a"}, {"0.4,0.6", "0.4|0.6"}, {"PLA;PETG", "PLA|PETG"}, {`"a;b";c`, "a;b|c"},
		{`"a,b"`, "a,b"}, {`"";""`, "|"}, {`"say \"x\"";y`, `say "x"|y`}, {"a,b;c", "a,b|c"}, {`"open;`, "open;"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(splitList(tt.text), "|"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
