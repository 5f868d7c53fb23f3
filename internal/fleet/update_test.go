package fleet_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// Every kind of change is a row here, with what the event says and what becomes of slots and secret: hence the length.
func TestUpdatePrinter(t *testing.T) {
	reconnect := func(c fleet.ConnectorPatch) fleet.UpdatePrinterInput {
		return fleet.UpdatePrinterInput{Connector: graphql.OmittableOf(&c)}
	}
	slots := func(names ...string) fleet.UpdatePrinterInput {
		in := make([]fleet.SlotInput, len(names))
		for i, n := range names {
			in[i].Name = n
		}
		return fleet.UpdatePrinterInput{Slots: list(in...)}
	}
	active := func(t *testing.T, b *bundle, p *ent.Printer) {
		b.o.Print(t, b.o.QueueItem(t), p, printrun.StatePrinting)
	}
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		rows := []struct {
			name         string
			given        func(t *testing.T, b *bundle, p *ent.Printer)
			in           fleet.UpdatePrinterInput
			code         errs.Code
			wantPrevious []string // names of what the event says was different; nil = no event
			wantSlots    []string
			wantSecret   string
		}{
			{name: "nothing sent changes nothing", wantSlots: []string{"one", "two"}, wantSecret: "s3cret"},
			{
				name: "the same values change nothing", wantSlots: []string{"one", "two"}, wantSecret: "s3cret",
				in: fleet.UpdatePrinterInput{
					Name: set("Ada"), NozzleType: set("brass"), OutOfOrder: null[schematype.OutOfOrder](), SupportedFormats: list("gcode"),
					Slots: list(fleet.SlotInput{Name: "one"}, fleet.SlotInput{Name: "two"}), TagIDs: list[pid.ID](), Connector: graphql.OmittableOf(&fleet.ConnectorPatch{Kind: set("virtual")}),
				},
			},
			{
				name: "words and equipment change", wantSlots: []string{"one", "two"}, wantSecret: "s3cret",
				in:           fleet.UpdatePrinterInput{Name: set("Bob"), Location: set("Lab"), NozzleDiameterMM: set(0.6), Enclosed: set(true), MaxBedC: set(60.0), RequireBedClear: set(false)},
				wantPrevious: []string{"enclosed", "location", "max_bed_c", "name", "nozzle_diameter_mm", "require_bed_clear"},
			},
			{
				name: "it goes out of order", in: fleet.UpdatePrinterInput{OutOfOrder: set(schematype.OutOfOrder{Reason: "clogged"})},
				wantPrevious: []string{"out_of_order"}, wantSlots: []string{"one", "two"}, wantSecret: "s3cret",
			},
			{name: "a slot is renamed", in: slots("one", "AMS"), wantPrevious: []string{"slots"}, wantSlots: []string{"one", "AMS"}, wantSecret: "s3cret"},
			{name: "slots are added", in: slots("one", "two", "", "four"), wantPrevious: []string{"slots"}, wantSlots: []string{"one", "two", "", "four"}, wantSecret: "s3cret"},
			{name: "an empty slot is removed", in: slots("one"), wantPrevious: []string{"slots"}, wantSlots: []string{"one"}, wantSecret: "s3cret"},
			{
				name: "a slot with a spool stays", given: func(t *testing.T, b *bundle, p *ent.Printer) { b.load(t, p, 1) }, in: slots("one"),
				code: errs.SpoolInUse, wantSlots: []string{"one", "two"}, wantSecret: "s3cret",
			},
			{name: "while it prints no slot goes", given: active, in: slots("one"), code: errs.PrinterInUse, wantSlots: []string{"one", "two"}, wantSecret: "s3cret"},
			{name: "while it prints a slot is renamed", given: active, in: slots("one", "2"), wantPrevious: []string{"slots"}, wantSlots: []string{"one", "2"}, wantSecret: "s3cret"},
			{
				name: "while it prints the connector stays", given: active, in: reconnect(fleet.ConnectorPatch{Address: set("http://10.0.0.8")}),
				code: errs.PrinterInUse, wantSlots: []string{"one", "two"}, wantSecret: "s3cret",
			},
			{
				name: "a new address forgets the secret", in: reconnect(fleet.ConnectorPatch{Address: set("http://10.0.0.8")}),
				wantPrevious: []string{"connector", "connector_secret_set"}, wantSlots: []string{"one", "two"},
			},
			{
				name: "a new kind forgets the secret", in: reconnect(fleet.ConnectorPatch{Kind: set("moonraker")}),
				wantPrevious: []string{"connector", "connector_secret_set"}, wantSlots: []string{"one", "two"},
			},
			{
				name: "a new address with a secret keeps that one", in: reconnect(fleet.ConnectorPatch{Address: set("http://10.0.0.8"), Secret: set("other")}),
				wantPrevious: []string{"connector"}, wantSlots: []string{"one", "two"}, wantSecret: "other",
			},
			{name: "a new secret alone is told without it", in: reconnect(fleet.ConnectorPatch{Secret: set("other")}), wantPrevious: []string{}, wantSlots: []string{"one", "two"}, wantSecret: "other"},
			{name: "null forgets the secret", in: reconnect(fleet.ConnectorPatch{Secret: null[string]()}), wantPrevious: []string{"connector_secret_set"}, wantSlots: []string{"one", "two"}},
			{
				name: "options change and the secret stays", in: reconnect(fleet.ConnectorPatch{Options: graphql.OmittableOf(map[string]any{"fault": "offline"})}),
				wantPrevious: []string{"connector"}, wantSlots: []string{"one", "two"}, wantSecret: "s3cret",
			},
			{
				name: "a kind that nothing speaks to is refused", in: reconnect(fleet.ConnectorPatch{Kind: set("bambu")}),
				code: errs.ValidationFailed, wantSlots: []string{"one", "two"}, wantSecret: "s3cret",
			},
			{name: "a name cannot be cleared", in: fleet.UpdatePrinterInput{Name: null[string]()}, code: errs.ValidationFailed, wantSlots: []string{"one", "two"}, wantSecret: "s3cret"},
			{
				name: "a stale If-Match is refused", in: fleet.UpdatePrinterInput{Name: set("Bob"), IfMatch: `"99-x"`},
				code: errs.PreconditionFailed, wantSlots: []string{"one", "two"}, wantSecret: "s3cret",
			},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				b := newBundle(t, k)
				p := b.create(t, func(in *fleet.CreatePrinterInput) {
					in.Slots = []fleet.SlotInput{{Name: "one"}, {Name: "two"}}
					in.Connector.Secret = ptr("s3cret")
				})
				if row.given != nil {
					row.given(t, b, p)
				}
				b.told = len(b.o.Events(t))
				in := row.in
				in.PrinterID = p.ID

				got, err := b.s.UpdatePrinter(b.ctx, in)

				wantCode(t, err, row.code)
				now := b.Raw.Printer.Query().Where(printer.ID(p.ID)).WithSlots(func(q *ent.PrinterSlotQuery) { q.Order(printerslot.ByIndex()) }).OnlyX(t.Context())
				if row.wantPrevious == nil {
					b.wantEvents(t)
					if now.Version != p.Version {
						t.Errorf("version %d after %d", now.Version, p.Version)
					}
				} else {
					b.wantEvents(t, "printer.updated")
					if names := slices.Sorted(maps.Keys(b.lastPrevious(t))); !slices.Equal(names, row.wantPrevious) {
						t.Errorf("previous %v, want %v", names, row.wantPrevious)
					}
					if now.Version != p.Version+1 || got.Version != now.Version {
						t.Errorf("version %d, answered %d, after %d", now.Version, got.Version, p.Version)
					}
				}
				if names := slotNames(now); !slices.Equal(names, row.wantSlots) {
					t.Errorf("slots %v, want %v", names, row.wantSlots)
				}
				if target, err := b.s.Target(now); err != nil || target.Secret != row.wantSecret {
					t.Errorf("the secret is %q, %v", target.Secret, err)
				}
			})
		}
	})
}

func slotNames(p *ent.Printer) []string {
	names := make([]string, len(p.Edges.Slots))
	for i, s := range p.Edges.Slots {
		names[i] = s.Name
	}
	return names
}

func TestUpdatePrinterLinksTagsAndGroups(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		b, them := newBundle(t, k), newBundle(t, k)
		one, two, lab := b.tag(t, "one"), b.tag(t, "two"), b.group(t, "Lab")
		p := b.create(t, func(in *fleet.CreatePrinterInput) { in.TagIDs = []pid.ID{one} })

		got, err := b.s.UpdatePrinter(b.ctx, fleet.UpdatePrinterInput{PrinterID: p.ID, TagIDs: list(two), GroupIDs: list(lab)})
		must(t, err)
		if len(got.Edges.Tags) != 1 || got.Edges.Tags[0].ID != two || len(got.Edges.Groups) != 1 {
			t.Errorf("got %+v", got.Edges)
		}
		b.wantEvents(t, "printer.created", "printer.updated")

		_, err = b.s.UpdatePrinter(b.ctx, fleet.UpdatePrinterInput{PrinterID: p.ID, TagIDs: list(two, them.tag(t, "theirs"))})
		wantCode(t, err, "printer_tag_not_found")
		cleared, err := b.s.UpdatePrinter(b.ctx, fleet.UpdatePrinterInput{PrinterID: p.ID, TagIDs: list[pid.ID](), GroupIDs: list[pid.ID]()})
		must(t, err)
		if len(cleared.Edges.Tags)+len(cleared.Edges.Groups) != 0 {
			t.Errorf("got %+v", cleared.Edges)
		}
	})
}

// A patch of a connector changes what it names, and its options as a whole.
func TestOptionsAreReplaced(t *testing.T) {
	b := newBundle(t, testkit.NewKit(t, testkit.SQLite(t)))
	p := b.create(t, func(in *fleet.CreatePrinterInput) {
		in.Connector.Address, in.Connector.Options = ptr("http://10.0.0.7"), map[string]any{"fault": "offline", "fault_at": 0.25}
	})
	options := func(o map[string]any) fleet.ConnectorPatch {
		return fleet.ConnectorPatch{Options: graphql.OmittableOf(o)}
	}
	for _, row := range []struct {
		name string
		in   fleet.ConnectorPatch
		want map[string]any
		code errs.Code
	}{
		{"what the patch does not name stays", fleet.ConnectorPatch{Kind: set("virtual")}, map[string]any{"fault": "offline", "fault_at": 0.25}, ""},
		{"new options stand alone", options(map[string]any{"fault": "error"}), map[string]any{"fault": "error"}, ""},
		{"an unknown one is refused", options(map[string]any{"speed": 1}), map[string]any{"fault": "error"}, errs.ValidationFailed},
		{"null is none", options(nil), nil, ""},
	} {
		_, err := b.s.UpdatePrinter(b.ctx, fleet.UpdatePrinterInput{PrinterID: p.ID, Connector: graphql.OmittableOf(&row.in)})
		wantCode(t, err, row.code)
		got := b.Raw.Printer.GetX(t.Context(), p.ID).Connector
		if !reflect.DeepEqual(got.Options, row.want) || got.Address != "http://10.0.0.7" {
			t.Errorf("%s: got %+v, want %v", row.name, got, row.want)
		}
	}
}
