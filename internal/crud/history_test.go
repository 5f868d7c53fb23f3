package crud_test

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestHistoryFilters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us, them := k.Organization(t, "riverside"), k.Organization(t, "hillside")
		c := &crud.Service{Ops: k.Ops}
		ada, start := us.Printer(t, "ada", 1), k.Clock.Now()
		clog := printrun.FailureReasonClog
		good := us.Print(t, us.QueueItem(t), ada, printrun.StateSucceeded)
		bad := us.Print(t, us.QueueItem(t), ada, printrun.StateFailed)
		running := us.Print(t, us.QueueItem(t), us.Printer(t, "bea", 1), printrun.StatePrinting)
		them.Print(t, them.QueueItem(t), them.Printer(t, "cleo", 1), printrun.StateFailed)
		k.Raw.PrintRun.UpdateOne(good).SetOutcome("completed").SetStartedAt(start).SetEndedAt(start.Add(time.Hour)).ExecX(t.Context())
		k.Raw.PrintRun.UpdateOne(bad).SetOutcome("failed").SetFailureReason(clog).SetStartedAt(start.Add(time.Hour)).SetEndedAt(start.Add(2 * time.Hour)).ExecX(t.Context())
		k.Raw.PrintRun.UpdateOne(running).SetStartedAt(start.Add(2 * time.Hour)).ExecX(t.Context())
		at := func(hours int) *time.Time { v := start.Add(time.Duration(hours) * time.Hour); return &v }
		names := map[pid.ID]string{good.ID: "good ", bad.ID: "bad ", running.ID: "running "}

		for _, tt := range []struct {
			name string
			in   crud.ListPrintsInput
			want string
		}{
			{"all", crud.ListPrintsInput{}, "good bad running "},
			{"of a state", crud.ListPrintsInput{State: []printrun.State{"succeeded", "failed"}}, "good bad "},
			{"as the device ended them", crud.ListPrintsInput{Outcome: []printrun.Outcome{"failed"}}, "bad "},
			{"by what went wrong", crud.ListPrintsInput{FailureReason: []printrun.FailureReason{clog, "power"}}, "bad "},
			{"of a printer", crud.ListPrintsInput{PrinterID: []pid.ID{ada.ID}}, "good bad "},
			{"of an item", crud.ListPrintsInput{QueueItemID: []pid.ID{running.QueueItemID}}, "running "},
			{"of another organization's member", crud.ListPrintsInput{SubmitterID: []pid.ID{them.Owner.ID}}, ""},
			{"begun in a time", crud.ListPrintsInput{StartedAtGTE: at(1), StartedAtLT: at(2)}, "bad "},
			{"ended from a time on", crud.ListPrintsInput{EndedAtGTE: at(1)}, "good bad "},
			{"ended before it", crud.ListPrintsInput{EndedAtLT: at(2)}, "good "},
		} {
			tt.in.Sort = "created_at"
			l, err := c.ListPrints(us.Key(t, authz.OperationsRead), tt.in)
			got := ""
			for _, p := range l.Data {
				got += names[p.ID]
			}
			if err != nil || got != tt.want {
				t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
			}
		}
	})
}
