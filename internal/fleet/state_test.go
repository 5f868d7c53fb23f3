package fleet_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func itemState(s string) queueitem.State { return queueitem.State(s) }

func TestReportState(t *testing.T) {
	seen := testkit.Start()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			was        printer.State
			in         fleet.ReportStateInput
			wantSeen   time.Time
			wantEvents []string
		}{
			{name: "the same again is not written", was: "idle", in: fleet.ReportStateInput{State: "idle", SeenAt: seen.Add(10 * time.Second)}, wantSeen: seen},
			{name: "after more than ten seconds it is", was: "idle", in: fleet.ReportStateInput{State: "idle", SeenAt: seen.Add(11 * time.Second)}, wantSeen: seen.Add(11 * time.Second)},
			{
				name: "a new state is told", was: "idle", in: fleet.ReportStateInput{State: "printing", SeenAt: seen.Add(time.Second)},
				wantSeen: seen.Add(time.Second), wantEvents: []string{"printer.state_changed"},
			},
			{
				name: "a printer that does not answer was seen when it was", was: "idle", in: fleet.ReportStateInput{State: "offline", Message: "no route"},
				wantSeen: seen, wantEvents: []string{"printer.state_changed", "printer.offline"},
			},
			{
				name: "a printer that answers again is online", was: "offline", in: fleet.ReportStateInput{State: "idle", SeenAt: seen.Add(time.Second)},
				wantSeen: seen.Add(time.Second), wantEvents: []string{"printer.state_changed", "printer.online"},
			},
			{
				name: "an error is raised", was: "printing", in: fleet.ReportStateInput{State: "error", Message: "thermal runaway", SeenAt: seen.Add(time.Second)},
				wantSeen: seen.Add(time.Second), wantEvents: []string{"printer.state_changed", "printer.error_raised"},
			},
			{
				name: "a broken printer that comes back is both", was: "offline", in: fleet.ReportStateInput{State: "error", SeenAt: seen.Add(time.Second)},
				wantSeen: seen.Add(time.Second), wantEvents: []string{"printer.state_changed", "printer.online", "printer.error_raised"},
			},
			{
				name: "other words in the same state are kept without a word", was: "error", in: fleet.ReportStateInput{State: "error", Message: "fan", SeenAt: seen.Add(time.Second)},
				wantSeen: seen.Add(time.Second),
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				p := b.o.Printer(t, "Ada", 1, func(q *ent.PrinterCreate) {
					q.SetState(row.was).SetLastSeenAt(seen).SetOutOfOrder(&schematype.OutOfOrder{Reason: "nozzle"})
				})
				in := row.in
				in.PrinterID = p.ID

				got, err := b.s.ReportState(b.o.System(t), in)

				wantCode(t, err, "")
				b.wantEvents(t, row.wantEvents...)
				now := b.Raw.Printer.GetX(t.Context(), p.ID)
				if now.State != row.in.State || now.StateMessage != row.in.Message || !now.LastSeenAt.Equal(row.wantSeen) || got.State != now.State {
					t.Errorf("got %+v", now)
				}
				if now.Version != p.Version || now.BedState != p.BedState || now.OutOfOrder == nil {
					t.Errorf("a report changed more than telemetry: %+v", now)
				}
				if in.News(now) && !in.SeenAt.IsZero() {
					t.Error("the same report is news again")
				}
			})
		}
	})
}

func TestReportStateCleansTheDevicesWords(t *testing.T) {
	b := newBundle(t, testkit.NewKit(t, testkit.SQLite(t)))
	p := b.o.Printer(t, "Ada", 1)
	hostile := "  line\r\none\x00\x1b[31m \u202egnp.exe \xff" + strings.Repeat("ü", 600)

	got, err := b.s.ReportState(b.o.System(t), fleet.ReportStateInput{PrinterID: p.ID, State: "idle", Message: hostile})

	must(t, err)
	if m := got.StateMessage; !strings.HasPrefix(m, "line one [31m gnp.exe ü") || len([]rune(m)) > 500 {
		t.Errorf("got %q", m)
	}
}

func TestOnlyBackgroundWorkReportsStates(t *testing.T) {
	k := testkit.NewKit(t, testkit.SQLite(t))
	b, them := newBundle(t, k), newBundle(t, k)
	p := b.o.Printer(t, "Ada", 1)
	in := fleet.ReportStateInput{PrinterID: p.ID, State: "error"}

	_, err := b.s.ReportState(b.ctx, in)
	wantCode(t, err, errs.InsufficientPermissions)
	_, err = b.s.ReportState(them.o.System(t), in)
	wantCode(t, err, "printer_not_found")
	_, err = b.s.UpdatePrinter(b.o.System(t), fleet.UpdatePrinterInput{PrinterID: p.ID})
	wantCode(t, err, errs.InsufficientPermissions)
	b.wantEvents(t)
}

func TestSetBed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name       string
			was, to    printer.BedState
			wantEvents []string
		}{
			{name: "a person clears the bed", was: "occupied", to: "clear", wantEvents: []string{"printer.bed_cleared"}},
			{name: "a person has looked for the first time", was: "unknown", to: "clear", wantEvents: []string{"printer.bed_cleared"}},
			{name: "a clear bed is not cleared", was: "clear", to: "clear"},
			{name: "a print ends", was: "clear", to: "occupied"},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				p := b.o.Printer(t, "Ada", 1, func(q *ent.PrinterCreate) { q.SetBedState(row.was) })

				must(t, b.step(func(ctx context.Context, tx *ent.Tx) error {
					locked, err := tx.Printer.LoadRow(ctx, p.ID)
					if err != nil {
						return err
					}
					_, err = fleet.SetBed(ctx, tx, locked, row.to)
					return err
				}))

				b.wantEvents(t, row.wantEvents...)
				if now := b.Raw.Printer.GetX(t.Context(), p.ID); now.BedState != row.to {
					t.Errorf("got %s", now.BedState)
				}
			})
		}
	})
}
