package report

import (
	"strings"
	"testing"
	"time"
)

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name, zone, from, to string
		every                interval
		want                 string // name+length in hours of each bucket, in UTC
	}{
		{"days of a zone begin at its midnight", "Europe/Berlin", "2026-01-01T12:00:00Z", "2026-01-03T12:00:00Z", day,
			"2025-12-31T23:00 11h0m0s, 2026-01-01T23:00 24h0m0s, 2026-01-02T23:00 13h0m0s"},
		{"the day on which the clocks go forward has 23 hours", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z", day,
			"2026-03-28T23:00 23h0m0s, 2026-03-29T22:00 24h0m0s"},
		{"the day on which they go back has 25", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z", day,
			"2026-10-24T22:00 25h0m0s, 2026-10-25T23:00 24h0m0s"},
		{"an hour that is left out has no bucket", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", hour,
			"2026-03-29T00:00 1h0m0s, 2026-03-29T01:00 1h0m0s"},
		{"an hour that is repeated has two", "America/New_York", "2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z", hour,
			"2026-11-01T05:00 1h0m0s, 2026-11-01T06:00 1h0m0s"},
		{"hours of a zone that is off by half of one", "Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", hour,
			"2025-12-31T23:30 30m0s, 2026-01-01T00:30 30m0s"},
		{"a change by half an hour", "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z", hour,
			"2026-04-04T14:00 1h0m0s, 2026-04-04T15:00 30m0s, 2026-04-04T15:30 1h0m0s"},
		{"a day without midnight begins at one", "Africa/Cairo", "2026-04-23T10:00:00Z", "2026-04-25T10:00:00Z", day,
			"2026-04-22T22:00 12h0m0s, 2026-04-23T22:00 23h0m0s, 2026-04-24T21:00 13h0m0s"},
		{"a day with two midnights begins at the first", "America/Havana", "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z", day,
			"2026-10-31T04:00 16h0m0s, 2026-11-01T04:00 25h0m0s, 2026-11-02T05:00 7h0m0s"},
		{"weeks begin on Monday", "UTC", "2026-04-01T00:00:00Z", "2026-04-14T00:00:00Z", week,
			"2026-03-30T00:00 120h0m0s, 2026-04-06T00:00 168h0m0s, 2026-04-13T00:00 24h0m0s"},
		{"a Sunday is the end of its week", "UTC", "2026-04-05T23:00:00Z", "2026-04-06T00:00:00Z", week, "2026-03-30T00:00 1h0m0s"},
		{"months are as long as they are", "Europe/Berlin", "2026-01-31T23:00:00Z", "2026-03-31T22:00:00Z", month,
			"2026-01-31T23:00 672h0m0s, 2026-02-28T23:00 743h0m0s"},
		{"a month has its own length at the year's end", "UTC", "2026-12-15T00:00:00Z", "2027-01-02T00:00:00Z", month,
			"2026-12-01T00:00 408h0m0s, 2027-01-01T00:00 24h0m0s"},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		from, to := at(t, tt.from), at(t, tt.to)
		buckets, ok := cut(from, to, tt.every, zone, 100)
		var got []string
		end := from
		for _, b := range buckets {
			got = append(got, b.name.UTC().Format("2006-01-02T15:04")+" "+b.end.Sub(b.start).String())
			if !b.start.Equal(end) {
				t.Errorf("%s: a gap before %v", tt.name, b.start)
			}
			end = b.end
		}
		if s := strings.Join(got, ", "); !ok || s != tt.want || !end.Equal(to) {
			t.Errorf("%s:\n%s, want\n%s", tt.name, s, tt.want)
		}
	}
}

func TestCutRefusesTooMany(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if b, ok := cut(from, from.AddDate(0, 0, 100), day, time.UTC, 100); !ok || len(b) != 100 {
		t.Errorf("100 days of 100: %d %t", len(b), ok)
	}
	if _, ok := cut(from, from.AddDate(0, 0, 100).Add(1), day, time.UTC, 100); ok {
		t.Error("101 of 100")
	}
	if _, ok := cut(from, from.AddDate(9000, 0, 0), hour, time.UTC, 1000); ok {
		t.Error("nine thousand years of hours")
	}
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
