package page

import (
	"context"

	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/words"
)

// Item is the page of one queue item.
type Item struct {
	Row      ItemRow
	Lead     string
	Class    bool // the reader decides about it
	Facts    [][]Fact
	Acts     []component.Act
	Approval *Approval
	Matrix   *Matrix
	Runs     []RunRow
	Timeline []Moment
}

// Fact is a name with its value.
type Fact struct{ Name, Value, Colour string }

// Approval is what was decided, or the box to decide in.
type Approval struct {
	Sign             component.Sign
	Reason, By, When string
	Pending          bool
}

// RunRow is one physical print.
type RunRow struct {
	ID, Name, Printer, When, Left, Why string
	Sign                               component.Sign
	Running                            bool
	Progress                           float64
	Acts                               []component.Act
}

// Moment is something that happened.
type Moment struct{ Text, By, When, ISO string }

// Matrix is every printer against every demand, nearest first.
type Matrix struct {
	Total, More int
	At          string
	Again       component.Act
	Axes        []string
	General     []Why // reasons of the print itself, the same for every printer
	Lines       []MatrixLine
	Shortest    *MatrixLine
}

// MatrixLine is one printer's.
type MatrixLine struct {
	ID, Name, Group string
	Score, Steps    int
	Never           bool
	Cells           map[string]Cell
	Whys            []Why
	Acts            []component.Act
}

// Cell is how a printer meets one demand: "" fits, wait, bad or soft.
type Cell struct{ Tone string }

// Why is one reason with what mends it.
type Why struct {
	Text  string
	Quiet bool
	Acts  []component.Act
	Link  *NeedLink
}

// The columns of a matrix in their order (the first nine are always drawn), and the groups of its lines from near to far.
var (
	Axes   = []string{"access", "state", "bed", "nozzle", "size", "heat", "material", "colour", "filament", "format", "tools", "tags"}
	Groups = []string{"now", "wait", "near", "far", "never"}
)

// mark is icon, tone and word of a cell.
func mark(ctx context.Context, axis string, c Cell) (icon, tone, says string) {
	name := words.T(ctx, "axis."+axis)
	switch c.Tone {
	case "bad":
		return "x", "bad", words.T(ctx, "matrix.no", "axis", name)
	case "wait":
		return "clock", "wait", words.T(ctx, "matrix.wait", "axis", name)
	case "soft":
		return "check", "info", words.T(ctx, "matrix.soft", "axis", name)
	}
	return "check", "ok", words.T(ctx, "matrix.yes", "axis", name)
}

// groupTone is the tone of a group's heading.
func groupTone(g string) (tone, icon string) {
	switch g {
	case "now":
		return "ok", "circle-check"
	case "wait":
		return "wait", "clock"
	case "near":
		return "wait", "circle-dot"
	case "far":
		return "bad", "circle-slash"
	}
	return "idle", "ban"
}

// grouped divides lines by their group, in order.
func grouped(lines []MatrixLine) (all [][]MatrixLine) {
	for i, l := range lines {
		if i == 0 || lines[i-1].Group != l.Group {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], l)
	}
	return all
}

// firstHard is the reason that somebody must act on.
func firstHard(all []Why) Why {
	for _, w := range all {
		if !w.Quiet {
			return w
		}
	}
	return Why{}
}

// larger is the same picture for the head of a page.
func larger(t component.Thumb) component.Thumb {
	t.Class = "t6"
	return t
}
