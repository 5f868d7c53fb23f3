package words

import (
	"context"
	"math"
	"time"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/number"
)

// Number writes a whole number, or one with at most two digits behind the point.
func (s *Speaker) Number(v any) string {
	return s.printer.Sprint(number.Decimal(v, number.MaxFractionDigits(2)))
}

// Number writes a number.
func Number(ctx context.Context, v any) string { return From(ctx).Number(v) }

// Percent writes a share of 1 as a whole percentage.
func Percent(ctx context.Context, share float64) string {
	return From(ctx).Say("unit.percent", "value", From(ctx).Number(math.Round(share*100)))
}

// Grams writes a weight given in grams: below a kilogram in whole grams, above it in kilograms with two digits.
func Grams(ctx context.Context, g float64) string {
	s := From(ctx)
	if math.Abs(g) >= 1000 {
		return s.Say("unit.kg", "value", s.printer.Sprint(number.Decimal(g/1000, number.MaxFractionDigits(2))))
	}
	return s.Say("unit.g", "value", s.printer.Sprint(number.Decimal(g, number.MaxFractionDigits(0))))
}

// Bytes writes a size given in bytes.
func Bytes(ctx context.Context, n int64) string {
	s, v := From(ctx), float64(n)
	for _, u := range []string{"unit.byte", "unit.kb", "unit.mb"} {
		if v < 1000 {
			return s.Say(u, "value", s.printer.Sprint(number.Decimal(v, number.MaxFractionDigits(1))))
		}
		v /= 1000
	}
	return s.Say("unit.gb", "value", s.printer.Sprint(number.Decimal(v, number.MaxFractionDigits(1))))
}

// Money writes an amount given in the hundredth part of the organization's currency.
func Money(ctx context.Context, cents int64) string {
	s := From(ctx)
	u, err := currency.ParseISO(s.Currency)
	if err != nil {
		return s.Number(float64(cents) / 100)
	}
	return s.printer.Sprint(currency.NarrowSymbol(u.Amount(float64(cents) / 100)))
}

// Duration writes how long something takes: "2 h 10 min", below a minute "under 1 min".
func Duration(ctx context.Context, d time.Duration) string {
	s, minutes := From(ctx), int(math.Round(d.Minutes()))
	switch {
	case minutes < 1:
		return s.Say("unit.moment")
	case minutes < 60:
		return s.Say("unit.min", "m", minutes)
	case minutes < 48*60 && minutes%60 == 0:
		return s.Say("unit.h", "h", minutes/60)
	case minutes < 48*60:
		return s.Say("unit.hmin", "h", minutes/60, "m", minutes%60)
	}
	return s.Say("unit.days", "n", int(math.Round(d.Hours()/24)))
}

// Seconds is Duration of a number of seconds.
func Seconds(ctx context.Context, n int) string { return Duration(ctx, time.Duration(n)*time.Second) }

// Clock writes the time of day.
func Clock(ctx context.Context, t time.Time) string {
	s := From(ctx)
	return t.In(s.Zone).Format(s.clock())
}

// clock is the layout of a time of day: twelve hours where English is written so, else twenty-four.
func (s *Speaker) clock() string {
	region, _ := s.locale.Region()
	base, _ := s.locale.Base()
	if en, _ := language.English.Base(); base == en && (region.String() == "US" || region.String() == "CA" || region.String() == "AU" || region.String() == "PH") {
		return "3:04 PM"
	}
	return "15:04"
}

// Day writes a date without its year where it is this year's: "23 November".
func Day(ctx context.Context, t time.Time) string {
	s := From(ctx)
	t = t.In(s.Zone)
	month := s.Say("month." + t.Format("01"))
	if t.Year() == s.Now.Year() {
		return s.Say("date.day", "day", t.Day(), "month", month)
	}
	return s.Say("date.year", "day", t.Day(), "month", month, "year", t.Year())
}

// Weekday writes a date with the day of the week: "Monday, 23 November".
func Weekday(ctx context.Context, t time.Time) string {
	s := From(ctx)
	return s.Say("date.weekday", "weekday", s.Say("weekday."+t.In(s.Zone).Format("Mon")), "date", Day(ctx, t))
}

// When writes a moment near now by its clock and a farther one by its day too.
func When(ctx context.Context, t time.Time) string {
	s := From(ctx)
	day := func(u time.Time) int { u = u.In(s.Zone); return u.Year()*1000 + u.YearDay() }
	switch {
	case day(t) == day(s.Now):
		return Clock(ctx, t)
	case day(t) == day(s.Now.AddDate(0, 0, -1)):
		return s.Say("date.yesterday", "time", Clock(ctx, t))
	case day(t) == day(s.Now.AddDate(0, 0, 1)):
		return s.Say("date.tomorrow", "time", Clock(ctx, t))
	}
	return s.Say("date.at", "date", Day(ctx, t), "time", Clock(ctx, t))
}

// Ago writes how long ago a moment was, or how long it is to it.
func Ago(ctx context.Context, t time.Time) string {
	s := From(ctx)
	d := s.Now.Sub(t)
	switch {
	case d < -time.Minute:
		return s.Say("date.in", "time", Duration(ctx, -d))
	case d < time.Minute:
		return s.Say("date.now")
	}
	return s.Say("date.ago", "time", Duration(ctx, d))
}
