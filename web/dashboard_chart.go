package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/soloprint/soloprint/ent/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// charts draws fourteen days of prints, their success and their filament. all has the fourteen days before too, to compare with.
func charts(v *visit, all, by *report.Statistics, half time.Time) *page.Charts {
	ch := &page.Charts{}
	var before, after report.Counts
	for _, p := range all.Points {
		sum := &before
		if !p.Time.Before(half) {
			sum = &after
			day := p.Time.In(words.From(v).Zone)
			bar := component.Bar2{Label: strconv.Itoa(day.Day()), Name: words.Day(v, p.Time), Good: p.Succeeded, Bad: p.Failed}
			ch.Prints.Bars = append(ch.Prints.Bars, bar)
			point := component.Point{Label: bar.Label, Name: bar.Name}
			if done := p.Succeeded + p.Failed; done > 0 {
				point.Known, point.Value = true, float64(p.Succeeded)/float64(done)
			}
			ch.Success.Points = append(ch.Success.Points, point)
		}
		sum.Succeeded += p.Succeeded
		sum.Failed += p.Failed
	}
	ch.Prints.Total, ch.Prints.Text = words.Number(v, after.Succeeded), v.say("dashboard.prints", "n", after.Failed)
	ch.Filament, ch.Weight, ch.Cost = v.filament(by)
	was, is := rate(before), rate(after)
	ch.Success.Total = words.Percent(v, is)
	switch diff := int((is - was) * 100); {
	case after.Succeeded+after.Failed == 0:
		ch.Success.Total, ch.Success.Text = "–", v.say("dashboard.none")
	case before.Succeeded+before.Failed == 0:
		ch.Success.Text = ""
	case diff > 0:
		ch.Success.Text = v.say("dashboard.better", "n", diff)
	case diff < 0:
		ch.Success.Text = v.say("dashboard.worse", "n", -diff)
	default:
		ch.Success.Text = v.say("dashboard.same")
	}
	return ch
}

func rate(c report.Counts) float64 {
	if c.Succeeded+c.Failed == 0 {
		return 0
	}
	return float64(c.Succeeded) / float64(c.Succeeded+c.Failed)
}

// filament sums what was used by type of plastic, the most used first.
func (v *visit) filament(by *report.Statistics) (rows []page.FilamentRow, weight, cost string) {
	grams, ids := map[string]float64{}, []pid.ID{}
	for _, p := range by.Points {
		if p.Group != nil {
			ids = append(ids, pid.ID(*p.Group))
		}
	}
	types := map[string]string{}
	if all, err := v.console.Client.Material.Query().Where(material.IDIn(ids...)).Limit(1000).All(v); err == nil { // who may not read materials sees the sum only
		for _, m := range all {
			types[string(m.ID)] = m.Type
		}
	}
	sum, cents := 0.0, int64(0)
	for _, p := range by.Points {
		sum, cents = sum+p.FilamentG, cents+p.CostMinor
		if p.Group != nil && types[*p.Group] != "" {
			grams[types[*p.Group]] += p.FilamentG
		}
	}
	for name, g := range grams {
		rows = append(rows, page.FilamentRow{Name: name, Grams: g, Text: words.Grams(v, g)})
	}
	slices.SortFunc(rows, func(a, b page.FilamentRow) int {
		if a.Grams > b.Grams {
			return -1
		}
		return 1
	})
	rows = rows[:min(len(rows), 5)]
	for i := range rows {
		rows[i].Share = rows[i].Grams / max(1, sum)
	}
	if cents > 0 {
		cost = v.say("dashboard.cost", "money", words.Money(v, cents))
	}
	return rows, words.Grams(v, sum), cost
}
