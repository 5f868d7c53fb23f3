package fleet_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/testkit"
)

// device is a printer that answers probes as the test says.
type device struct {
	connector.Connector
	info   connector.Info
	err    error
	target connector.Target
}

func (d *device) Probe(_ context.Context, t connector.Target) (connector.Info, error) {
	d.target = t
	return d.info, d.err
}

// CheckOptions implements connector.OptionChecker.
func (*device) CheckOptions(options map[string]any) []errs.Field {
	return connector.UnknownOptions(options, "fault", "fault_at")
}

// bundle is one organization on a database, and the service that works for its operator.
type bundle struct {
	*testkit.Kit
	s      *fleet.Service
	o      *testkit.Organization
	ctx    context.Context
	device *device
	told   int
}

func newBundle(t testing.TB, k *testkit.Kit) *bundle {
	t.Helper()
	o, d := k.Organization(t, string(pid.New("org"))), &device{}
	s := &fleet.Service{
		Ops: k.Ops, Secrets: k.Secrets, Unload: material.UnloadPrinter,
		Connectors: connector.Registry{"virtual": d, "moonraker": d}, // a second kind, to change to
	}
	return &bundle{Kit: k, s: s, o: o, ctx: o.As(t, authz.RoleOperator), device: d}
}

// step runs a step as an operation of the queue would.
func (b *bundle) step(f func(ctx context.Context, tx *ent.Tx) error) error {
	o := authz.Op{Resource: "printer", Verb: "clear-bed", Needs: authz.Any(authz.QueueManage), Write: true}
	_, err := op.Do(b.ctx, b.Ops, o, struct{}{}, func(ctx context.Context, tx *ent.Tx) (struct{}, error) {
		return struct{}{}, f(ctx, tx)
	})
	return err
}

// create adds a virtual printer by the operation.
func (b *bundle) create(t testing.TB, with ...func(*fleet.CreatePrinterInput)) *ent.Printer {
	t.Helper()
	in := fleet.CreatePrinterInput{Name: "Ada", Connector: fleet.ConnectorInput{Kind: "virtual"}}
	for _, w := range with {
		w(&in)
	}
	p, err := b.s.CreatePrinter(b.ctx, in)
	must(t, err)
	return p
}

// load puts a new spool into the printer's slot.
func (b *bundle) load(t testing.TB, p *ent.Printer, slot int) *ent.Spool {
	t.Helper()
	s := b.o.Spool(t, b.o.Material(t), 1000)
	_, err := (&material.Service{Ops: b.Ops}).AssignSpool(b.ctx, material.AssignSpoolInput{SpoolID: s.ID, PrinterID: p.ID, SlotIndex: slot})
	must(t, err)
	return s
}

func (b *bundle) tag(t testing.TB, name string) pid.ID {
	t.Helper()
	return b.Raw.PrinterTag.Create().SetOrganizationID(b.o.ID).SetName(name).SaveX(t.Context()).ID
}

func (b *bundle) group(t testing.TB, name string) pid.ID {
	t.Helper()
	return b.Raw.PrinterGroup.Create().SetOrganizationID(b.o.ID).SetName(name).SaveX(t.Context()).ID
}

// wantEvents compares the types of the events since the last call.
func (b *bundle) wantEvents(t testing.TB, want ...string) {
	t.Helper()
	all := b.o.Events(t)
	got := all[b.told:]
	b.told = len(all)
	if !slices.Equal(got, want) {
		t.Errorf("events: got %v, want %v", got, want)
	}
}

// lastPrevious is what the newest event says was different before.
func (b *bundle) lastPrevious(t testing.TB) map[string]any {
	t.Helper()
	rows := b.o.EventRows(t)
	var data struct{ Previous map[string]any }
	must(t, json.Unmarshal(rows[len(rows)-1].Data, &data))
	return data.Previous
}

func wantCode(t testing.TB, err error, code errs.Code) {
	t.Helper()
	switch got := errs.From(err); {
	case err == nil && code == "":
	case err == nil:
		t.Errorf("no error, want %s", code)
	case got.Code != code:
		t.Errorf("got %v, want code %q", err, code)
	}
}

// wantFields compares what is wrong with an input, as path and code.
func wantFields(t testing.TB, err error, want ...string) {
	t.Helper()
	wantCode(t, err, errs.ValidationFailed)
	var got []string
	if err != nil {
		for _, f := range errs.From(err).Fields {
			got = append(got, f.Path+" "+f.Code)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }

func set[T any](v T) graphql.Omittable[*T] { return graphql.OmittableOf(&v) }

func null[T any]() graphql.Omittable[*T] { return graphql.OmittableOf[*T](nil) }

func list[T any](v ...T) graphql.Omittable[[]T] { return graphql.OmittableOf(v) }
