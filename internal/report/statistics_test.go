package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// lines are points in words: when, what, and what is counted.
func (b *bundle) lines(points []report.Point) (lines []string) {
	names := map[string]string{string(b.ada.ID): "ada", string(b.bea.ID): "bea", string(b.labs[0].ID): "lab 1", string(b.labs[1].ID): "lab 2", string(b.robotics.ID): "robotics",
		string(b.us.Owner.ID): "owner", string(b.pupil.ID): "pupil", string(b.ourPLA.ID): "PLA", string(b.ourPETG.ID): "PETG"}
	for _, p := range points {
		group := "-"
		if p.Group != nil {
			group = *p.Group
			if name, ok := names[group]; ok {
				group = name
			}
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", p.Time.Format("01-02T15"), group, counted(p.Counts)))
	}
	return lines
}

func counted(n report.Counts) string {
	return fmt.Sprintf("%d=%d+%d+%d %ds %gg %dc", n.Prints, n.Succeeded, n.Failed, n.Cancelled, n.PrintSeconds, n.FilamentG, n.CostMinor)
}

func TestStatistics(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		b.ended(t,
			ended{at: "2026-03-28T22:59:59Z", seconds: 60, grams: 0.1, cost: 5},                                              // the 28th in Berlin
			ended{at: "2026-03-28T23:00:00Z", seconds: 100, grams: 0.2, cost: 7, class: b.robotics, by: b.pupil},             // the 29th
			ended{at: "2026-03-29T21:59:59Z", seconds: 10, grams: 10, state: "failed", printer: b.bea, cost: 900, in: "USD"}, // still the 29th: it has 23 hours
			ended{at: "2026-03-29T22:00:00Z", seconds: 1, grams: 1, state: "cancelled"},
			ended{at: "2026-03-30T10:00:00Z", seconds: 1, grams: 30, cost: 40, state: "finished",
				uses: []schematype.SpoolUse{{SpoolID: string(b.pla.ID), ActualG: 10}, {SpoolID: string(b.pla.ID), Tool: 1, ActualG: 5}, {SpoolID: string(b.petg.ID), Tool: 2, ActualG: 15}}},
			ended{at: "2026-03-31T10:00:00Z", grams: 1000, printer: b.bea},
			ended{at: "2026-03-29T10:00:00Z", seconds: 7777, grams: 777, org: b.them, printer: b.theirs, cost: 777},
		)
		b.Raw.PrintRun.Create().SetOrganizationID(b.us.ID).SetQueueItem(b.us.QueueItem(t)).SetCopy(1).SetPrinterName("x").SetSubmitterID(b.us.Owner.ID).
			SetDispatchedAt(b.Clock.Now()).SetStartDeadlineAt(b.Clock.Now()).SetJobToken("running").ExecX(t.Context())
		from, to := at(t, "2026-03-27T23:00:00Z"), at(t, "2026-03-30T22:00:00Z")

		const all = "5=2+1+1 172s 41.3g 52c"
		for _, tt := range []struct {
			name, interval, by string
			want               []string
		}{
			{"days of 24 and of 23 hours", "day", "", []string{"03-27T23 - 1=1+0+0 60s 0.1g 5c", "03-28T23 - 2=1+1+0 110s 10.2g 7c", "03-29T22 - 2=0+0+1 2s 31g 40c"}},
			{"weeks", "week", "", []string{"03-22T23 - 3=2+1+0 170s 10.3g 12c", "03-29T22 - 2=0+0+1 2s 31g 40c"}},
			{"months", "month", "", []string{"02-28T23 - " + all}},
			{"printers", "month", "printer", []string{"02-28T23 ada 4=2+0+1 162s 31.3g 52c", "02-28T23 bea 1=0+1+0 10s 10g 0c"}},
			{"printer groups, in each of which a print counts", "month", "printer_group",
				[]string{"02-28T23 - 1=0+1+0 10s 10g 0c", "02-28T23 lab 1 4=2+0+1 162s 31.3g 52c", "02-28T23 lab 2 4=2+0+1 162s 31.3g 52c"}},
			{"classes", "week", "class", []string{"03-22T23 - 2=1+1+0 70s 10.1g 5c", "03-22T23 robotics 1=1+0+0 100s 0.2g 7c", "03-29T22 - 2=0+0+1 2s 31g 40c"}},
			{"people", "month", "user", []string{"02-28T23 owner 4=1+1+1 72s 41.1g 45c", "02-28T23 pupil 1=1+0+0 100s 0.2g 7c"}},
			{"results", "month", "result", []string{"02-28T23 cancelled 1=0+0+1 1s 1g 0c", "02-28T23 failed 1=0+1+0 10s 10g 0c", "02-28T23 finished 1=0+0+0 1s 30g 40c", "02-28T23 succeeded 2=2+0+0 160s 0.3g 12c"}},
			{"materials, by what their spools gave", "month", "material",
				[]string{"02-28T23 - 4=2+1+1 171s 11.3g 12c", "02-28T23 PLA 1=0+0+0 1s 15g 20c", "02-28T23 PETG 1=0+0+0 1s 15g 20c"}},
		} {
			ctx, statements := store.WithCounter(b.us.Key(t, authz.OperationsRead))
			got, err := b.s.Statistics(ctx, report.StatisticsInput{From: &from, To: &to, Interval: tt.interval, GroupBy: tt.by})
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			lines := b.lines(got.Points)
			if len(lines) != len(tt.want) || !cmp.Equal(sorted(lines), sorted(tt.want)) {
				t.Errorf("%s:\n%s\nwant\n%s", tt.name, strings.Join(lines, "\n"), strings.Join(tt.want, "\n"))
			}
			if counted(got.Totals) != all || got.Currency != "EUR" || got.TimeZone != "Europe/Berlin" {
				t.Errorf("%s: totals %s of %+v", tt.name, counted(got.Totals), got)
			}
			if statements.Count() != 3 { // the organization, the totals, the points
				t.Errorf("%s: %d statements", tt.name, statements.Count())
			}
		}
	})
}

func sorted(lines []string) map[string]bool {
	set := map[string]bool{}
	for _, l := range lines {
		set[l] = true
	}
	return set
}

func TestStatisticsOfWhatIsNotSaid(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db) // it is 10 o'clock of April 2 in Berlin
		b.ended(t, ended{at: "2026-03-03T22:59:59Z"}, ended{at: "2026-03-03T23:00:00Z"}, ended{at: "2026-04-02T07:59:59Z"}, ended{at: "2026-04-02T08:00:00Z"})
		got, err := b.s.Statistics(b.us.As(t, authz.RoleTeacher), report.StatisticsInput{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Totals.Prints != 2 || len(got.Points) != 30 || got.GroupBy != nil || got.Interval != "day" || !got.From.Equal(at(t, "2026-03-03T23:00:00Z")) || !got.To.Equal(b.Clock.Now()) {
			t.Errorf("%d prints, %d points from %v to %v by %s", got.Totals.Prints, len(got.Points), got.From, got.To, got.Interval)
		}
		if first, last := got.Points[0], got.Points[29]; first.Prints != 1 || last.Prints != 1 || !last.Time.Equal(at(t, "2026-04-01T22:00:00Z")) {
			t.Errorf("first %+v, last %+v", first, last)
		}
	})
}

func TestStatisticsAreRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := setup(t, db)
		now, year, ancient := b.Clock.Now(), b.Clock.Now().AddDate(-1, 0, 0), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
		reader := b.us.Key(t, authz.OperationsRead)
		_, err := b.s.Statistics(reader, report.StatisticsInput{From: &year, Interval: "hour"})
		wantCode(t, "8,760 hours", err, "report_too_large")
		_, err = b.s.Statistics(reader, report.StatisticsInput{From: &ancient, Interval: "month"})
		wantCode(t, "two thousand years", err, "report_too_large")
		_, err = b.s.Statistics(reader, report.StatisticsInput{From: &now, To: &now})
		wantCode(t, "no time at all", err, "validation_failed")
		_, err = b.s.Statistics(reader, report.StatisticsInput{GroupBy: "colour"})
		wantCode(t, "an unknown group", err, "validation_failed")
		_, err = b.s.Statistics(b.us.Key(t, authz.QueueManage), report.StatisticsInput{})
		wantCode(t, "without operations.read", err, "insufficient_permissions")
		_, err = b.s.Statistics(b.us.As(t, authz.RoleStudent), report.StatisticsInput{})
		wantCode(t, "a student", err, "insufficient_permissions")
	})
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
