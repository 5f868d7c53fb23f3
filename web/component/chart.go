package component

import (
	"fmt"
	"strconv"
	"strings"
)

// Bar2 is one bar of a chart: what went well, and what did not above it.
type Bar2 struct {
	Label, Name string
	Good, Bad   int
}

// Point is one of a line. One that is not known leaves a gap.
type Point struct {
	Label, Name string
	Value       float64 // a share of 1
	Known       bool
}

// Size of a chart, in its own units.
const (
	chartW, chartH         = 300.0, 130.0
	chartLeft, chartBottom = 24.0, 112.0
	chartTop               = 8.0
)

// box is a rectangle of a chart.
type box struct{ X, Y, W, H string }

// tick is a line across a chart, with its number.
type tick struct{ Y, TextY, Text string }

// label is a word under a chart.
type label struct{ X, Text string }

// bars are the rectangles of a bar chart, its ticks and its labels: at most 30 bars, the axis from 0.
func bars(all []Bar2) (good, bad []box, ticks []tick, labels []label) {
	if len(all) > 30 {
		all = all[len(all)-30:]
	}
	top := 1
	for _, b := range all {
		top = max(top, b.Good+b.Bad)
	}
	step := max(1, (top+1)/2)
	if step > 5 {
		step = (step + 4) / 5 * 5
	}
	most := float64(step * 2)
	if top > step*2 {
		most = float64(top)
	}
	high := chartBottom - chartTop
	for n := 0; n <= int(most); n += step {
		y := chartBottom - high*float64(n)/most
		ticks = append(ticks, tick{Y: num(y), TextY: num(y + 4), Text: strconv.Itoa(n)})
	}
	width := (chartW - chartLeft) / float64(max(1, len(all)))
	for i, b := range all {
		x, g := chartLeft+width*float64(i)+width*.15, high*float64(b.Good)/most
		if b.Good > 0 {
			good = append(good, box{num(x), num(chartBottom - g), num(width * .7), num(g)})
		}
		if b.Bad > 0 {
			h, gap := high*float64(b.Bad)/most, 0.0
			if b.Good > 0 {
				gap = 1.5
			}
			bad = append(bad, box{num(x), num(chartBottom - g - h), num(width * .7), num(max(1, h-gap))})
		}
		if i%2 == len(all)%2 || len(all) < 8 {
			labels = append(labels, label{num(x + width*.35), b.Label})
		}
	}
	return good, bad, ticks, labels
}

// curve is the path of a line over the points that are known, and of the area under it. The axis is from least to 1.
func curve(points []Point, least float64) (line, area string, ticks []tick, labels []label) {
	high := chartBottom - chartTop
	y := func(v float64) float64 { return chartBottom - high*max(0, v-least)/(1-least) }
	for _, v := range []float64{least, (least + 1) / 2, 1} {
		ticks = append(ticks, tick{Y: num(y(v)), TextY: num(y(v) + 4), Text: strconv.Itoa(int(v*100 + .5))})
	}
	var b strings.Builder
	width, first, last := (chartW-chartLeft-6)/float64(max(1, len(points)-1)), "", ""
	for i, p := range points {
		x := chartLeft + width*float64(i)
		if i%3 == 0 {
			labels = append(labels, label{num(x), p.Label})
		}
		if !p.Known {
			continue
		}
		if first == "" {
			first = num(x)
			b.WriteString("M")
		} else {
			b.WriteString("L")
		}
		last = num(x)
		b.WriteString(last + " " + num(y(p.Value)))
	}
	if first == "" {
		return "", "", ticks, labels
	}
	return b.String(), b.String() + "L" + last + " " + num(chartBottom) + "L" + first + " " + num(chartBottom) + "Z", ticks, labels
}

// Least is where the axis of a share begins: at 80 per cent, where nothing lies below.
func Least(points []Point) float64 {
	for _, p := range points {
		if p.Known && p.Value < .8 {
			return 0
		}
	}
	return .8
}

func num(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") }
