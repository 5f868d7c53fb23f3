package report

import (
	"time"
	_ "time/tzdata" // the zones come with the program: small machines and containers have none
)

// interval is a length of time as clocks and calendars have it.
type interval string

const (
	hour  interval = "hour"
	day   interval = "day"
	week  interval = "week" // from Monday, ISO 8601
	month interval = "month"
)

// bucket is a stretch of time, from start to before end. Name is when the whole interval begins, which for the first bucket
// may be before its start.
type bucket struct{ name, start, end time.Time }

// cut divides the time from one moment to another into intervals of a zone; ok is false where there would be more than most.
func cut(from, to time.Time, every interval, zone *time.Location, most int) (buckets []bucket, ok bool) {
	for name := every.floor(from, zone); name.Before(to); {
		next := every.next(name, zone)
		if len(buckets) == most {
			return nil, false
		}
		buckets = append(buckets, bucket{name: name, start: later(name, from), end: earlier(next, to)})
		name = next
	}
	return buckets, true
}

// floor is when the interval began that the moment is in.
func (i interval) floor(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	year, mon, d := t.Date()
	switch i {
	case hour: // in elapsed time: an hour that the clocks repeat is two
		return t.Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
	case week:
		return dayStart(year, mon, d-(int(t.Weekday())+6)%7, zone)
	case month:
		return dayStart(year, mon, 1, zone)
	}
	return dayStart(year, mon, d, zone)
}

// next is when the interval after the one that begins at t does.
func (i interval) next(t time.Time, zone *time.Location) time.Time {
	year, mon, d := t.In(zone).Date()
	switch i {
	case hour:
		n := t.Add(time.Hour).In(zone)
		_, before := t.In(zone).Zone()
		if _, after := n.Zone(); after != before { // clocks were changed in it, in Lord Howe by half an hour
			return n
		}
		return hour.floor(n, zone)
	case week:
		return dayStart(year, mon, d+7, zone)
	case month:
		return dayStart(year, mon+1, 1, zone)
	}
	return dayStart(year, mon, d+1, zone)
}

// dayStart is the first moment of a day. Where the clocks are changed at midnight there are two of 00:00, or none: the first
// one counts, or 01:00.
func dayStart(year int, mon time.Month, d int, zone *time.Location) time.Time {
	start := time.Date(year, mon, d, 0, 0, 0, 0, zone)
	of := time.Date(year, mon, d, 0, 0, 0, 0, time.UTC).Day()
	if start.Day() != of {
		start = start.Add(time.Hour)
	}
	if before := start.Add(-time.Hour); before.Day() == of {
		start = before
	}
	return start
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
