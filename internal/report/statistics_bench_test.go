package report_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// year adds prints that ended one after the other within the year before now, each of one of two materials.
func (b *bundle) year(t testing.TB, n int) {
	t.Helper()
	item := b.us.QueueItem(t)
	end, step := b.Clock.Now(), 365*24*time.Hour/time.Duration(n)
	prints := make([]*ent.PrintRunCreate, n)
	for i := range prints {
		at, p, spool, cost := end.Add(-step*time.Duration(i+1)), b.ada, b.pla, int64(25)
		if i%2 == 1 {
			p, spool = b.bea, b.petg
		}
		prints[i] = b.Raw.PrintRun.Create().SetOrganizationID(b.us.ID).SetQueueItemID(item.ID).SetCopy(i + 1).SetPrinterID(p.ID).SetPrinterName(p.Name).
			SetSubmitterID(b.pupil.ID).SetClassID(b.robotics.ID).SetState(printrun.StateSucceeded).SetDispatchedAt(at).SetStartDeadlineAt(at).SetStartedAt(at).
			SetEndedAt(at).SetActualSeconds(3600).SetActualG(12.5).SetCostMinor(cost).SetCostCurrency("EUR").SetJobToken(string(pid.New("job"))).
			SetSpoolUses([]schematype.SpoolUse{{SpoolID: string(spool.ID), ActualG: 12.5}})
	}
	for chunk := range slices.Chunk(prints, 400) {
		b.Raw.PrintRun.CreateBulk(chunk...).ExecX(t.Context())
	}
}

// BenchmarkStatistics counts the 100,000 prints of a year.
func BenchmarkStatistics(b *testing.B) {
	const prints = 100_000
	for _, d := range testkit.Databases() {
		b.Run(d.Name, func(b *testing.B) { benchmarkStatistics(b, d.Open(b), prints) })
	}
}

func benchmarkStatistics(b *testing.B, db *store.DB, prints int) {
	s := setup(b, db)
	s.year(b, prints)
	from, ctx := s.Clock.Now().AddDate(-1, 0, 0), s.us.As(b, authz.RoleOwner)
	for _, by := range []string{"", "printer", "printer_group", "class", "user", "material", "result"} {
		b.Run(fmt.Sprintf("year by day, group_by=%s", by), func(b *testing.B) {
			for b.Loop() {
				out, err := s.s.Statistics(ctx, report.StatisticsInput{From: &from, GroupBy: by})
				if err != nil || out.Totals.Prints != prints {
					b.Fatal(out, err)
				}
			}
		})
	}
	b.Run("last 30 days", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.s.Statistics(ctx, report.StatisticsInput{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
