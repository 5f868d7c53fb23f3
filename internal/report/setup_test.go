package report_test

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// bundle is two organizations; ours is in Berlin and counts in euros.
type bundle struct {
	*testkit.Kit
	s          *report.Service
	us, them   *testkit.Organization
	ada, bea   *ent.Printer
	pla, petg  *ent.Spool
	robotics   *ent.Class
	labs       []*ent.PrinterGroup // ada is in both
	pupil      *ent.Membership
	theirs     *ent.Printer
	ourPLA     *ent.Material
	ourPETG    *ent.Material
	lastCopies int
}

func setup(t testing.TB, db *store.DB) *bundle {
	t.Helper()
	k := testkit.NewKit(t, db)
	b := &bundle{Kit: k, s: &report.Service{Ops: k.Ops}, us: k.Organization(t, "riverside"), them: k.Organization(t, "hillside")}
	k.Raw.Organization.Update().SetTimeZone("Europe/Berlin").SetCurrency("EUR").ExecX(t.Context())
	for _, name := range []string{"Lab 1", "Lab 2"} {
		b.labs = append(b.labs, k.Raw.PrinterGroup.Create().SetOrganizationID(b.us.ID).SetName(name).SaveX(t.Context()))
	}
	b.ada = b.us.Printer(t, "ada", 1, func(c *ent.PrinterCreate) { c.AddGroups(b.labs...) })
	b.bea = b.us.Printer(t, "bea", 1)
	b.theirs = b.them.Printer(t, "cleo", 1)
	b.ourPLA, b.ourPETG = b.us.Material(t), b.us.Material(t, func(c *ent.MaterialCreate) { c.SetType("PETG") })
	b.pla, b.petg = b.us.Spool(t, b.ourPLA, 1000), b.us.Spool(t, b.ourPETG, 1000)
	b.robotics = k.Raw.Class.Create().SetOrganizationID(b.us.ID).SetName("Robotics").SaveX(t.Context())
	b.pupil = b.us.Member(t, "student")
	return b
}

// ended is a print that ended.
type ended struct {
	org     *testkit.Organization // ours where nil
	printer *ent.Printer          // ada where nil
	at      string
	state   printrun.State // succeeded where empty
	seconds int
	grams   float64
	cost    int64
	in      string // currency of the cost; EUR where empty
	class   *ent.Class
	by      *ent.Membership
	uses    []schematype.SpoolUse
}

func (b *bundle) ended(t *testing.T, all ...ended) {
	t.Helper()
	for _, e := range all {
		org, p := e.org, e.printer
		if org == nil {
			org = b.us
		}
		if p == nil {
			p = b.ada
		}
		at, err := time.Parse(time.RFC3339, e.at)
		if err != nil {
			t.Fatal(err)
		}
		by := org.Owner.ID
		if e.by != nil {
			by = e.by.ID
		}
		if e.state == "" {
			e.state = printrun.StateSucceeded
		}
		if e.in == "" {
			e.in = "EUR"
		}
		if e.uses == nil {
			e.uses = []schematype.SpoolUse{}
		}
		q := b.Raw.PrintRun.Create().SetOrganizationID(org.ID).SetQueueItem(org.QueueItem(t)).SetCopy(1).SetPrinterID(p.ID).SetPrinterName(p.Name).SetSubmitterID(by).
			SetState(e.state).SetDispatchedAt(at).SetStartDeadlineAt(at).SetEndedAt(at).SetJobToken(string(pid.New("job"))).SetSpoolUses(e.uses).
			SetActualSeconds(e.seconds).SetActualG(e.grams).SetCostMinor(e.cost).SetCostCurrency(e.in)
		if e.class != nil {
			q.SetClassID(e.class.ID)
		}
		q.ExecX(t.Context())
	}
}

func wantCode(t *testing.T, name string, err error, want errs.Code) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && errs.From(err).Code != want {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}
