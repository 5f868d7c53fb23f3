package notify

import (
	"time"

	"github.com/soloprint/soloprint/ent/notificationrule"
	"github.com/soloprint/soloprint/ent/schematype"
)

// dailyHour is when daily digests are sent, on the clocks of the organization.
const dailyHour = 7

// zone is an organization's time zone; UTC where the machine does not know it.
func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// awake is the first time from t on that is outside the quiet hours. A wall clock time that is skipped in spring is the
// moment after the gap.
func awake(q *schematype.QuietHours, t time.Time, loc *time.Location) time.Time {
	if q == nil {
		return t
	}
	from, to, now := minutes(q.From), minutes(q.To), t.In(loc)
	at := now.Hour()*60 + now.Minute()
	quiet := from <= at && at < to
	if from > to {
		quiet = at >= from || at < to
	}
	if !quiet {
		return t
	}
	day := now.Day()
	if at >= to {
		day++
	}
	end := time.Date(now.Year(), now.Month(), day, to/60, to%60, 0, 0, loc)
	if first := end.Add(-time.Hour); first.After(t) && first.Format("15:04") == end.Format("15:04") {
		end = first // the clocks go back, and that time comes twice
	}
	return end.UTC()
}

// minutes are those since midnight of a time such as 20:00.
func minutes(clock string) int {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return 0
	}
	return t.Hour()*60 + t.Minute()
}

// window is when the digest is sent that a message at t goes into; the zero time where it is not collected.
func window(d notificationrule.Digest, t time.Time, loc *time.Location) time.Time {
	switch d {
	case notificationrule.DigestHourly:
		return t.UTC().Truncate(time.Hour).Add(time.Hour)
	case notificationrule.DigestDaily:
		now := t.In(loc)
		at := time.Date(now.Year(), now.Month(), now.Day(), dailyHour, 0, 0, 0, loc)
		if !at.After(t) {
			at = time.Date(now.Year(), now.Month(), now.Day()+1, dailyHour, 0, 0, 0, loc)
		}
		return at.UTC()
	default:
		return time.Time{}
	}
}
