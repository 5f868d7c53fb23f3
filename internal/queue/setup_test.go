package queue_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/ledgerentry"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// nowhere is well formed and names nothing.
const nowhere = "_01jd4c0n5xe2vb8w6h3ks9qt7m"

// bundle is one organization on a database, and the services that work for its operator.
type bundle struct {
	*testkit.Kit
	items    *queue.Items
	matching *queue.Matching
	dispatch *queue.Dispatch
	refresh  *queue.Refresher
	spools   *material.Service
	o        *testkit.Organization
	ctx      context.Context // a session of its operator
	told     int             // events looked at
}

func newBundle(t testing.TB, k *testkit.Kit) *bundle {
	t.Helper()
	o := k.Organization(t, string(pid.New("org")))
	b := &bundle{
		Kit: k, o: o, ctx: o.As(t, authz.RoleOperator),
		items: &queue.Items{Ops: k.Ops}, matching: &queue.Matching{Ops: k.Ops}, dispatch: &queue.Dispatch{Ops: k.Ops}, spools: &material.Service{Ops: k.Ops},
	}
	b.refresh = &queue.Refresher{Matching: b.matching, Log: k.Ops.Log}
	return b
}

// eachRow runs a table on both databases, each row in an organization of its own.
func eachRow[R any](t *testing.T, rows []R, name func(R) string, run func(t *testing.T, b *bundle, row R)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		for _, row := range rows {
			t.Run(name(row), func(t *testing.T) { run(t, newBundle(t, k), row) })
		}
	})
}

// onEach runs a test on both databases.
func onEach(t *testing.T, run func(t *testing.T, b *bundle)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) { run(t, newBundle(t, testkit.NewKit(t, db))) })
}

// as is a session of the member, in these classes.
func (b *bundle) as(t testing.TB, m *ent.Membership, teaches, attends []pid.ID) context.Context {
	t.Helper()
	a := *authz.From(b.o.Session(t, m))
	a.Teaches, a.Attends = teaches, slices.Concat(teaches, attends)
	return authz.With(t.Context(), &a)
}

// student is a new student and a session of theirs.
func (b *bundle) student(t testing.TB) (*ent.Membership, context.Context) {
	t.Helper()
	m := b.o.Member(t, authz.RoleStudent)
	return m, b.o.Session(t, m)
}

// settings changes the organization's.
func (b *bundle) settings(t testing.TB, change func(*schematype.Settings)) {
	t.Helper()
	s := b.Raw.Organization.GetX(t.Context(), b.o.ID).Settings
	change(&s)
	b.Raw.Organization.UpdateOneID(b.o.ID).SetSettings(s).ExecX(t.Context())
}

// printer is an idle printer with a clear bed, and a spool of PLA in each slot that holds so much.
func (b *bundle) printer(t testing.TB, name string, grams ...float64) *ent.Printer {
	t.Helper()
	p := b.o.Printer(t, name, len(grams))
	for i, g := range grams {
		b.load(t, p, i, b.o.Spool(t, b.o.Material(t), g))
	}
	return p
}

// load puts a spool into a slot without a word to anybody.
func (b *bundle) load(t testing.TB, p *ent.Printer, slot int, s *ent.Spool) {
	t.Helper()
	b.Raw.PrinterSlot.Update().Where(printerslot.PrinterID(p.ID), printerslot.Index(slot)).SetSpoolID(s.ID).ExecX(t.Context())
}

// spoolOf is the spool in the printer's slot as it is now.
func (b *bundle) spoolOf(t testing.TB, p *ent.Printer, slot int) *ent.Spool {
	t.Helper()
	return b.Raw.PrinterSlot.Query().Where(printerslot.PrinterID(p.ID), printerslot.Index(slot)).QuerySpool().OnlyX(t.Context())
}

func (b *bundle) tag(t testing.TB, name string) pid.ID {
	t.Helper()
	return b.Raw.PrinterTag.Create().SetOrganizationID(b.o.ID).SetName(name).SaveX(t.Context()).ID
}

func (b *bundle) group(t testing.TB, name string) pid.ID {
	t.Helper()
	return b.Raw.PrinterGroup.Create().SetOrganizationID(b.o.ID).SetName(name).SaveX(t.Context()).ID
}

// class is an active class with its students.
func (b *bundle) class(t testing.TB, students ...*ent.Membership) *ent.Class {
	t.Helper()
	c := b.Raw.Class.Create().SetOrganizationID(b.o.ID).SetName("Robotics 9B").SaveX(t.Context())
	for _, m := range students {
		b.Raw.Enrollment.Create().SetOrganizationID(b.o.ID).SetClassID(c.ID).SetMembershipID(m.ID).ExecX(t.Context())
	}
	return c
}

// file is a ready G-code file of the member; with says otherwise.
func (b *bundle) file(t testing.TB, by pid.ID, with ...func(*ent.FileCreate)) *ent.File {
	t.Helper()
	id := pid.New("fil")
	q := b.Raw.File.Create().SetID(id).SetOrganizationID(b.o.ID).SetName("gear.gcode").SetSizeBytes(9).SetSha256(strings.Repeat("0", 64)).
		SetKind("gcode").SetStatus("ready").SetUploadedByID(by).SetStorageKey("test/" + string(id))
	for _, w := range with {
		w(q)
	}
	return q.SaveX(t.Context())
}

// item queues PLA of so many grams, for 600 s; with says otherwise.
func (b *bundle) item(t testing.TB, grams float64, with ...func(*queue.CreateQueueItemInput)) *ent.QueueItem {
	t.Helper()
	return b.itemAs(t, b.ctx, grams, with...)
}

func (b *bundle) itemAs(t testing.TB, ctx context.Context, grams float64, with ...func(*queue.CreateQueueItemInput)) *ent.QueueItem {
	t.Helper()
	in := queue.CreateQueueItemInput{Name: "Gear", Requirements: schematype.Requirements{MaterialType: "PLA", FilamentG: grams}, EstimatedSeconds: ptr(600)}
	for _, w := range with {
		w(&in)
	}
	it, err := b.items.Create(ctx, in)
	must(t, err)
	return it
}

func copies(n int) func(*queue.CreateQueueItemInput) {
	return func(in *queue.CreateQueueItemInput) { in.CopiesRequested = &n }
}

// now is the item as it is stored.
func (b *bundle) now(t testing.TB, it *ent.QueueItem) *ent.QueueItem {
	t.Helper()
	return b.Raw.QueueItem.GetX(t.Context(), it.ID)
}

// next dispatches to the printer.
func (b *bundle) next(t testing.TB, p *ent.Printer) *queue.DispatchResult {
	t.Helper()
	out, err := b.dispatch.DispatchNext(b.ctx, queue.DispatchNextQueueItemInput{PrinterID: p.ID})
	must(t, err)
	return out
}

func (b *bundle) assign(t testing.TB, it *ent.QueueItem, p *ent.Printer) {
	t.Helper()
	_, err := b.matching.Assign(b.ctx, queue.AssignQueueItemInput{QueueItemID: it.ID, PrinterID: p.ID})
	must(t, err)
}

// wantEvents compares the types of the events since the last call.
func (b *bundle) wantEvents(t testing.TB, want ...string) {
	t.Helper()
	all := b.o.Events(t)
	if got := all[b.told:]; !slices.Equal(got, want) {
		t.Errorf("events: got %v, want %v", got, want)
	}
	b.told = len(all)
}

// forget leaves out of wantEvents what happened so far.
func (b *bundle) forget(t testing.TB) {
	t.Helper()
	b.told = len(b.o.Events(t))
}

// object is what the newest event of the type shows.
func (b *bundle) object(t testing.TB, typ string) map[string]any {
	t.Helper()
	rows := b.o.EventRows(t)
	for _, e := range slices.Backward(rows) {
		if e.Type == typ {
			var data struct{ Object map[string]any }
			must(t, json.Unmarshal(e.Data, &data))
			return data.Object
		}
	}
	t.Fatalf("no event %s", typ)
	return nil
}

// audit compares every spool of the organization with its ledger, and what is reserved with lines and prints.
func (b *bundle) audit(t testing.TB) {
	t.Helper()
	ctx, left, reserved, held := t.Context(), map[pid.ID]float64{}, map[pid.ID]float64{}, map[string]float64{}
	for _, e := range b.Raw.LedgerEntry.Query().Where(ledgerentry.OrganizationID(b.o.ID)).AllX(ctx) {
		left[e.SpoolID] += e.DeltaG
		reserved[e.SpoolID] += e.DeltaReservedG
	}
	for _, it := range b.Raw.QueueItem.Query().Where(queueitem.OrganizationID(b.o.ID)).AllX(ctx) {
		count(held, it.Reservations)
	}
	for _, p := range b.Raw.PrintRun.Query().Where(printrun.OrganizationID(b.o.ID), printrun.Settled(false)).AllX(ctx) {
		count(held, p.SpoolUses)
	}
	for _, s := range b.Raw.Spool.Query().Where(spool.OrganizationID(b.o.ID)).AllX(ctx) {
		got := []float64{s.RemainingG, s.ReservedG, s.ReservedG}
		want := []float64{material.Round(left[s.ID]), material.Round(reserved[s.ID]), material.Round(held[string(s.ID)])}
		if !slices.Equal(got, want) {
			t.Errorf("spool %s has %g g, %g g reserved; the ledger says %g and %g, lines and prints hold %g", s.Code, got[0], got[1], want[0], want[1], want[2])
		}
	}
}

func count(held map[string]float64, uses []schematype.SpoolUse) {
	for _, u := range uses {
		held[u.SpoolID] += u.EstimatedG
	}
}

func wantState(t testing.TB, it *ent.QueueItem, want queueitem.State) {
	t.Helper()
	if it.State != want {
		t.Errorf("the item is %s, want %s", it.State, want)
	}
}

func wantEligibility(t testing.TB, it *ent.QueueItem, want string) {
	t.Helper()
	if it.Eligibility == nil || it.Eligibility.State != want {
		t.Errorf("eligibility %+v, want %s", it.Eligibility, want)
	}
}

func wantCode(t testing.TB, err error, code errs.Code) {
	t.Helper()
	switch got := errs.From(err); {
	case err == nil && code == "":
	case err == nil:
		t.Errorf("no error, want %s", code)
	case got.Code != code:
		t.Errorf("got %v (%v), want code %q", err, got.Err, code)
	}
}

// wantReasons compares the codes of an error's reasons.
func wantReasons(t testing.TB, err error, want ...string) {
	t.Helper()
	var got []string
	if err != nil {
		for _, r := range errs.From(err).Reasons {
			got = append(got, r.Code)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("reasons (-want +got):\n%s", d)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (%v)", err, errs.From(err).Err)
	}
}

func ptr[T any](v T) *T { return &v }

func set[T any](v T) graphql.Omittable[*T] { return graphql.OmittableOf(&v) }

func null[T any]() graphql.Omittable[*T] { return graphql.OmittableOf[*T](nil) }
