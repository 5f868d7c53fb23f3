package jobs

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// lookBack bounds how long ago a slot may have been missed: longer than the longest wait of any schedule, which is that from
// one 29 February to the next but one.
const lookBack = 9 * 366 * 24 * time.Hour

// calendar is a schedule in a time zone. The schedule is read on the wall clock: a time that the clocks skip is due when they
// have skipped it, all such times together once, and a time that they repeat is due the first time only. Slots are therefore
// in the order of the wall clock, and no two are the same moment.
type calendar struct {
	wall cron.Schedule // on wall times, written as if they were UTC
	zone *time.Location
}

// parser reads five fields, or six with the second first. It knows no @every, whose times depend on when a server started.
func parser() cron.Parser {
	return cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
}

func newCalendar(spec string, zone *time.Location) (calendar, error) {
	wall, err := parser().Parse(spec)
	if err != nil {
		return calendar{}, fmt.Errorf("read schedule %q: %w", spec, err)
	}
	return calendar{wall: wall, zone: zone}, nil
}

// Next implements cron.Schedule: the first slot after a time, or the zero time where there is none within five years.
func (c calendar) Next(t time.Time) time.Time {
	wall := wallOf(t.In(c.zone))
	for {
		if wall = c.wall.Next(wall); wall.IsZero() {
			return time.Time{}
		}
		if slot := c.instant(wall); slot.After(t) {
			return slot
		}
	}
}

// Latest is the last slot up to now that is later than after; false where there is none. Many that were missed are one.
func (c calendar) Latest(now, after time.Time) (time.Time, bool) {
	for window := time.Second; ; window *= 2 {
		from := now.Add(-window)
		if from.Before(after) {
			from = after
		}
		if slot := c.last(from, now); !slot.IsZero() {
			return slot, true
		}
		if !from.After(after) || window > lookBack {
			return time.Time{}, false
		}
	}
}

// last is the last slot after from, up to now.
func (c calendar) last(from, now time.Time) (found time.Time) {
	for slot := c.Next(from); !slot.IsZero() && !slot.After(now); slot = c.Next(slot) {
		found = slot
	}
	return found
}

// frequent reports whether the job runs more often than hourly.
func (c calendar) frequent() bool {
	first := c.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	return c.Next(first).Sub(first) < time.Hour
}

// wallOf is what the clock on the wall shows, as if it were UTC.
func wallOf(t time.Time) time.Time {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	return time.Date(year, month, day, hour, minute, second, t.Nanosecond(), time.UTC)
}

// span is more than any zone is away from UTC.
const span = 26 * time.Hour

// instant is when the clock on the wall shows a time: for the first time where it does so twice, and where it never does,
// the moment at which it was put forward.
func (c calendar) instant(wall time.Time) time.Time {
	for at := wall.Add(-span); ; {
		start, end := at.In(c.zone).ZoneBounds()
		_, offset := at.In(c.zone).Zone()
		switch slot := wall.Add(-time.Duration(offset) * time.Second); {
		case !start.IsZero() && slot.Before(start):
			return start.UTC()
		case end.IsZero() || slot.Before(end):
			return slot
		}
		at = end
	}
}
