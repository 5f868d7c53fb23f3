package jobs

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// zones are ten clocks: half hours, quarters, changes of half an hour, at midnight, in the south, a day that was skipped, none.
var zones = []string{
	"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns",
	"Africa/Cairo", "Pacific/Auckland", "America/Santiago", "Pacific/Apia", "UTC",
}

func mustCalendar(t testing.TB, spec, name string) calendar {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCalendar(spec, loc)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// slots are those in (from, to], by Next.
func slots(c calendar, from, to time.Time) []time.Time {
	var all []time.Time
	for at := c.Next(from); !at.IsZero() && !at.After(to); at = c.Next(at) {
		all = append(all, at)
	}
	return all
}

// Around the changes of the clock, each row says when a wall time of that day is due.
func TestDaysOnWhichTheClocksChange(t *testing.T) {
	rows := []struct {
		name, zone, spec, from, to string
		want                       []string // UTC
	}{
		{"Berlin skips 02:30: due when it is skipped", "Europe/Berlin", "30 2 * * *", "2026-03-29", "2026-03-30", []string{"03-29 01:00"}},
		{"Berlin repeats 02:30: the first time counts", "Europe/Berlin", "30 2 * * *", "2026-10-25", "2026-10-26", []string{"10-25 00:30"}},
		{"every quarter of the skipped hour is one slot, with 03:00 itself", "Europe/Berlin", "0,15,30,45 2-3 * * *", "2026-03-29", "2026-03-30", []string{"03-29 01:00", "03-29 01:15", "03-29 01:30", "03-29 01:45"}},
		{"every half hour of the repeated hour is once", "Europe/Berlin", "0,30 1-3 * * *", "2026-10-25", "2026-10-26", []string{"10-24 23:00", "10-24 23:30", "10-25 00:00", "10-25 00:30", "10-25 02:00", "10-25 02:30"}},
		{"New York skips 02:00", "America/New_York", "0 2 * * *", "2026-03-08", "2026-03-09", []string{"03-08 07:00"}},
		{"New York repeats 01:30", "America/New_York", "30 1 * * *", "2026-11-01", "2026-11-02", []string{"11-01 05:30"}},
		{"Lord Howe skips half an hour", "Australia/Lord_Howe", "15 2 * * *", "2026-10-04", "2026-10-05", []string{"10-03 15:30"}},
		{"Lord Howe repeats half an hour", "Australia/Lord_Howe", "45 1 * * *", "2026-04-05", "2026-04-06", []string{"04-04 14:45"}},
		{"Kathmandu never changes", "Asia/Kathmandu", "30 2 * * *", "2026-03-29", "2026-03-30", []string{"03-28 20:45"}},
		{"Newfoundland skips", "America/St_Johns", "30 2 * * *", "2026-03-08", "2026-03-09", []string{"03-08 05:30"}},
		{"Cairo skips midnight", "Africa/Cairo", "0 0 * * *", "2026-04-24", "2026-04-25", []string{"04-23 22:00"}},
		{"Cairo repeats 23:30", "Africa/Cairo", "30 23 * * *", "2026-10-29", "2026-10-30", []string{"10-29 20:30"}},
		{"Auckland repeats 02:30", "Pacific/Auckland", "30 2 * * *", "2026-04-05", "2026-04-06", []string{"04-04 13:30"}},
		{"Santiago skips midnight", "America/Santiago", "30 0 * * *", "2026-09-06", "2026-09-07", []string{"09-06 04:00"}},
		{"Samoa skipped a whole day", "Pacific/Apia", "0 12 * * *", "2011-12-29", "2012-01-01", []string{"12-29 22:00", "12-30 10:00", "12-30 22:00"}},
		{"UTC is never changed", "UTC", "30 2 * * *", "2026-03-29", "2026-03-30", []string{"03-29 02:30"}},
		{"29 February comes every four years", "Europe/Berlin", "0 6 29 2 *", "2026-01-01", "2033-01-01", []string{"02-29 05:00", "02-29 05:00"}},
		{"every second of the last minute of the skipped hour is one slot", "Europe/Berlin", "* 59 2 29 3 *", "2026-03-29", "2026-03-30", []string{"03-29 01:00"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := mustCalendar(t, row.spec, row.zone)
			from, to := day(t, row.from, c.zone), day(t, row.to, c.zone)
			var got []string
			for _, s := range slots(c, from.Add(-time.Microsecond), to.Add(-time.Microsecond)) {
				got = append(got, s.UTC().Format("01-02 15:04"))
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("due at %v, want %v", got, row.want)
			}
		})
	}
}

// day is the first moment of a day, which is not always midnight.
func day(t testing.TB, date string, zone *time.Location) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return calendar{zone: zone}.instant(d)
}

// Over a whole year a daily time is due once for each day that the zone has, whatever the clocks do.
func TestADailyTimeIsDueOnceADay(t *testing.T) {
	for _, zone := range zones {
		for _, spec := range []string{"0 0 * * *", "30 2 * * *", "30 1 * * *", "59 23 * * *"} {
			c := mustCalendar(t, spec, zone)
			from := day(t, "2026-01-01", c.zone)
			days := map[string]int{}
			for _, s := range slots(c, from.Add(-time.Microsecond), day(t, "2027-01-01", c.zone).Add(-time.Microsecond)) {
				days[s.In(c.zone).Format(time.DateOnly)]++
			}
			if len(days) != 365 {
				t.Errorf("%s in %s: due on %d days", spec, zone, len(days))
			}
			for d, n := range days {
				if n != 1 {
					t.Errorf("%s in %s: due %d times on %s", spec, zone, n, d)
				}
			}
		}
	}
}

// Whatever the zone, the schedule and the moments at which somebody looks (the clock jumps both ways, servers are down for
// days): slots come in order, Latest finds what Next lists, and each slot is found once at most.
func TestLatestFindsEachSlotOnce(t *testing.T) {
	specs := []string{"30 2 * * *", "*/15 * * * *", "0 0 1 * *", "5 4 * * sun", "0 */6 * * *", "30 1,2,3 * * *"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := newCalendar(rapid.SampledFrom(specs).Draw(t, "spec"), loc)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(rapid.Int64Range(1767225600, 1798761600).Draw(t, "start"), 0).UTC() // of 2026
		after := now
		ran := map[time.Time]bool{}
		for _, step := range rapid.SliceOfN(rapid.Int64Range(-7200, 4*86400), 1, 25).Draw(t, "steps") {
			now = now.Add(time.Duration(step) * time.Second)
			slot, due := c.Latest(now, after)
			all := slots(c, after, now)
			if due != (len(all) > 0) || due && !slot.Equal(all[len(all)-1]) {
				t.Fatalf("Latest says %v %v, Next lists %v", slot, due, all)
			}
			if !slices.IsSortedFunc(all, time.Time.Compare) || len(slices.CompactFunc(slices.Clone(all), time.Time.Equal)) != len(all) {
				t.Fatalf("not in order, or twice: %v", all)
			}
			if due {
				if ran[slot] {
					t.Fatalf("%v runs twice", slot)
				}
				ran[slot], after = true, slot
			}
		}
	})
}

func TestLatestWithoutAnyEarlierRun(t *testing.T) {
	now := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	for spec, want := range map[string]string{
		"*/5 * * * * *": "2027-03-01 00:00:00", "30 2 * * *": "2027-02-28 02:30:00", "0 6 29 2 *": "2024-02-29 06:00:00",
	} {
		slot, due := mustCalendar(t, spec, "UTC").Latest(now, time.Time{})
		if got := slot.Format(time.DateTime); !due || got != want {
			t.Errorf("%s: %s, %v; want %s", spec, got, due, want)
		}
	}
	if slot, due := mustCalendar(t, "0 0 31 2 *", "UTC").Latest(now, time.Time{}); due {
		t.Errorf("31 February was at %v", slot)
	}
}

func ExampleLine_Next() {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	next, _ := Line{Schedule: "30 2 * * *"}.Next(time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC), berlin)
	fmt.Println(next.In(berlin))
	// Output: 2026-03-29 03:00:00 +0200 CEST
}
