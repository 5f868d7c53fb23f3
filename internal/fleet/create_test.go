package fleet_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestCreatePrinter(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		tags, groups := []pid.ID{b.tag(t, "hardened"), b.tag(t, "fast")}, []pid.ID{b.group(t, "Lab 2")}

		p := b.create(t, func(in *fleet.CreatePrinterInput) {
			in.Manufacturer, in.Model = ptr("Prusa"), ptr("MK4")
			in.BuildVolumeMM = &schematype.Size{X: 250, Y: 210, Z: 220}
			in.NozzleType, in.SupportedFormats = ptr("hardened"), []string{"gcode", "bgcode"}
			in.Slots = []fleet.SlotInput{{Name: "left"}, {Name: "right"}}
			in.TagIDs, in.GroupIDs = tags, groups
			in.RequireBedClear, in.BedState = ptr(false), ptr(printer.BedStateClear)
			in.OutOfOrder = &schematype.OutOfOrder{Reason: "new"}
			in.Connector.Secret = ptr("s3cret")
		})

		if p.State != printer.StateOffline || p.BedState != printer.BedStateClear || p.RequireBedClear || p.OutOfOrder.Reason != "new" || p.NozzleType != "hardened" {
			t.Errorf("got %+v", p)
		}
		if len(p.Edges.Tags) != 2 || len(p.Edges.Groups) != 1 || len(p.Edges.Slots) != 2 || p.Edges.Slots[1].Name != "right" || p.Edges.Slots[1].Index != 1 {
			t.Errorf("got %+v", p.Edges)
		}
		b.wantEvents(t, "printer.created")
		wantSecret(t, b, p.ID, "s3cret")
		if q := b.Raw.Printer.Query().Where(printer.SearchContains("prusa mk4")).CountX(t.Context()); q != 1 {
			t.Errorf("found %d printers by words", q)
		}
	})
}

// wantSecret checks that the secret is sealed for this printer, and in no event.
func wantSecret(t *testing.T, b *bundle, id pid.ID, plain string) {
	t.Helper()
	row := b.Raw.Printer.GetX(t.Context(), id)
	if bytes.Contains(row.ConnectorSecret, []byte(plain)) {
		t.Error("the secret is stored in clear")
	}
	target, err := b.s.Target(row)
	must(t, err)
	if target.Secret != plain || target.PrinterID != string(id) || target.Name != row.Name {
		t.Errorf("got %+v", target)
	}
	for _, e := range b.o.EventRows(t) {
		if strings.Contains(string(e.Data), plain) {
			t.Errorf("%s shows the secret", e.Type)
		}
	}
}

func TestCreatePrinterBeginsWithLittle(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, testkit.NewKit(t, db))
		p := b.create(t)
		if len(p.Edges.Slots) != 1 || p.BedState != printer.BedStateUnknown || !p.RequireBedClear || p.AutoDispatch || !slices.Equal(p.SupportedFormats, []string{"gcode"}) {
			t.Errorf("got %+v", p)
		}
		if many := b.create(t, func(in *fleet.CreatePrinterInput) { in.SlotCount = ptr(5) }); len(many.Edges.Slots) != 5 {
			t.Errorf("%d slots", len(many.Edges.Slots))
		}
	})
}

func TestCreatePrinterRefuses(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		them := newBundle(t, k)
		theirs, theirGroup := them.tag(t, "theirs"), them.group(t, "theirs")
		rows := []struct {
			name   string
			in     fleet.CreatePrinterInput
			fields []string
			code   errs.Code
		}{
			{name: "a kind that nothing speaks to yet", in: fleet.CreatePrinterInput{Connector: kind("bambu")}, fields: []string{"connector.kind not_supported"}},
			{name: "a kind that does not exist", in: fleet.CreatePrinterInput{Connector: kind("marlin")}, fields: []string{"connector.kind not_allowed"}},
			{name: "no kind", in: fleet.CreatePrinterInput{}, fields: []string{"connector required"}},
			{
				name:   "slots and their number",
				in:     fleet.CreatePrinterInput{Connector: kind("virtual"), Slots: []fleet.SlotInput{{}}, SlotCount: ptr(2)},
				fields: []string{"slot_count not_allowed"},
			},
			{name: "17 slots", in: fleet.CreatePrinterInput{Connector: kind("virtual"), SlotCount: ptr(17)}, fields: []string{"slot_count out_of_range"}},
			{
				name:   "a volume without height",
				in:     fleet.CreatePrinterInput{Connector: kind("virtual"), BuildVolumeMM: &schematype.Size{X: 1, Y: 1}},
				fields: []string{"build_volume_mm.z out_of_range"},
			},
			{name: "an option that the kind does not have", in: fleet.CreatePrinterInput{Connector: fleet.ConnectorInput{Kind: "virtual", Options: map[string]any{"x": 1}}}, fields: []string{"connector.options.x unknown_field"}},
			{name: "out of order without a reason", in: fleet.CreatePrinterInput{Connector: kind("virtual"), OutOfOrder: &schematype.OutOfOrder{Reason: " "}}, fields: []string{"out_of_order.reason required"}},
			{name: "a bed that is occupied from the beginning", in: fleet.CreatePrinterInput{Connector: kind("virtual"), BedState: ptr(printer.BedStateOccupied)}, fields: []string{"bed_state not_allowed"}},
			{name: "another organization's tag", in: fleet.CreatePrinterInput{Connector: kind("virtual"), TagIDs: []pid.ID{theirs}}, code: "printer_tag_not_found"},
			{name: "another organization's group", in: fleet.CreatePrinterInput{Connector: kind("virtual"), GroupIDs: []pid.ID{theirGroup}}, code: "printer_group_not_found"},
			{name: "a tag that is none", in: fleet.CreatePrinterInput{Connector: kind("virtual"), TagIDs: []pid.ID{"x"}}, code: "printer_tag_not_found"},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				row.in.Name = "Ada"

				_, err := b.s.CreatePrinter(b.ctx, row.in)

				if row.code != "" {
					wantCode(t, err, row.code)
				} else {
					wantFields(t, err, row.fields...)
				}
				b.wantEvents(t)
				if n := b.Raw.Printer.Query().Where(printer.OrganizationID(b.o.ID)).CountX(t.Context()); n != 0 {
					t.Errorf("%d printers", n)
				}
			})
		}
		b := newBundle(t, k)
		_, err := b.s.CreatePrinter(b.ctx, fleet.CreatePrinterInput{Name: "Ada", Connector: kind("prusalink")})
		if fields := errs.From(err).Fields; !strings.HasSuffix(fields[0].Message, "available: moonraker, virtual") {
			t.Errorf("got %v", fields)
		}
	})
}

func kind(k string) fleet.ConnectorInput { return fleet.ConnectorInput{Kind: k} }

func TestVolumesAreRememberedInOrder(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		b, other := newBundle(t, k), newBundle(t, k)
		small, large := schematype.Size{X: 180, Y: 180, Z: 180}, schematype.Size{X: 300, Y: 300, Z: 300}
		for _, v := range []*schematype.Size{&small, &large, &small, nil} {
			if p := b.create(t, func(in *fleet.CreatePrinterInput) { in.BuildVolumeMM = v }); !reflect.DeepEqual(p.BuildVolumeMm, v) {
				t.Errorf("has %v, want %v", p.BuildVolumeMm, v)
			}
		}
		p := b.create(t)
		_, err := b.s.UpdatePrinter(b.ctx, fleet.UpdatePrinterInput{PrinterID: p.ID, BuildVolumeMM: set(schematype.Size{X: 1, Y: 2, Z: 3})})
		must(t, err)

		want := []schematype.Size{small, large, {X: 1, Y: 2, Z: 3}}
		if got := b.Raw.Organization.Query().Where(organization.ID(b.o.ID)).OnlyX(t.Context()).Volumes; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := b.Raw.Organization.GetX(t.Context(), other.o.ID).Volumes; len(got) != 0 {
			t.Errorf("the other organization has %v", got)
		}
	})
}
