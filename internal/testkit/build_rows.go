package testkit

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
)

// counter numbers what must be unique in a database.
var counter atomic.Int64

func membershipRole(r authz.Role) membership.Role { return membership.Role(r) }

// EventRows are the organization's events so far, in order.
func (o *Organization) EventRows(t testing.TB) []*ent.Event {
	t.Helper()
	return o.kit.Raw.Event.Query().Where(event.OrganizationID(o.ID)).Order(event.BySequence()).AllX(t.Context())
}

// Material makes a PLA of 1.75 mm and 1.24 g/cm³, 1000 g on an empty spool of 200 g, unless with says otherwise.
func (o *Organization) Material(t testing.TB, with ...func(*ent.MaterialCreate)) *ent.Material {
	t.Helper()
	q := o.kit.Raw.Material.Create().SetOrganizationID(o.ID).SetName("Basic PLA").SetType("PLA").SetColorHex("#112233").SetSpoolWeightG(200)
	for _, w := range with {
		w(q)
	}
	return q.SaveX(t.Context())
}

// Spool makes a spool with its first ledger entry.
func (o *Organization) Spool(t testing.TB, m *ent.Material, grams float64, with ...func(*ent.SpoolCreate)) *ent.Spool {
	t.Helper()
	q := o.kit.Raw.Spool.Create().SetOrganizationID(o.ID).SetMaterialID(m.ID).SetCode(fmt.Sprintf("T-%04d", counter.Add(1))).
		SetInitialG(grams).SetRemainingG(grams)
	for _, w := range with {
		w(q)
	}
	s := q.SaveX(t.Context())
	o.kit.Raw.LedgerEntry.Create().SetOrganizationID(o.ID).SetSpoolID(s.ID).SetKind(ledgerentry.KindInitial).
		SetDeltaG(grams).SetBalanceAfterG(grams).SetCreatedAt(o.kit.Clock.Now()).ExecX(t.Context())
	return s
}

// Printer makes an idle virtual printer with a clear bed and that many empty slots.
func (o *Organization) Printer(t testing.TB, name string, slots int, with ...func(*ent.PrinterCreate)) *ent.Printer {
	t.Helper()
	q := o.kit.Raw.Printer.Create().SetOrganizationID(o.ID).SetName(name).SetModel("MK4").SetConnector(schematype.Connector{Kind: "virtual"}).
		SetBuildVolumeMm(&schematype.Size{X: 250, Y: 210, Z: 220}).SetState("idle").SetBedState("clear")
	for _, w := range with {
		w(q)
	}
	p := q.SaveX(t.Context())
	for i := range slots {
		o.kit.Raw.PrinterSlot.Create().SetOrganizationID(o.ID).SetPrinterID(p.ID).SetIndex(i).ExecX(t.Context())
	}
	return p
}

// QueueItem makes a queued item of the owner.
func (o *Organization) QueueItem(t testing.TB, with ...func(*ent.QueueItemCreate)) *ent.QueueItem {
	t.Helper()
	n := o.kit.Raw.Organization.UpdateOneID(o.ID).AddItemSeq(1).SaveX(t.Context()).ItemSeq
	q := o.kit.Raw.QueueItem.Create().SetOrganizationID(o.ID).SetNumber(n).SetName(fmt.Sprintf("Item %d", n)).SetSubmitterID(o.Owner.ID)
	for _, w := range with {
		w(q)
	}
	return q.SaveX(t.Context())
}

// Print makes a run of the item's first copy on the printer.
func (o *Organization) Print(t testing.TB, item *ent.QueueItem, p *ent.Printer, state printrun.State, uses ...schematype.SpoolUse) *ent.PrintRun {
	t.Helper()
	if uses == nil {
		uses = []schematype.SpoolUse{}
	}
	now := o.kit.Clock.Now()
	return o.kit.Raw.PrintRun.Create().SetOrganizationID(o.ID).SetQueueItemID(item.ID).SetCopy(1).
		SetPrinterID(p.ID).SetPrinterName(p.Name).SetSubmitterID(item.SubmitterID).SetState(state).
		SetDispatchedAt(now).SetStartDeadlineAt(now.Add(time.Minute)).SetJobToken(string(pid.New("job"))).
		SetSpoolUses(uses).SaveX(t.Context())
}
