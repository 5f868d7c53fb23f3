package crud_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// names of all pages of a list.
func names(t *testing.T, k *kit, in crud.ListPrinterTagsInput) (all []string) {
	t.Helper()
	for {
		l, err := k.ListPrinterTags(k.admin, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range l.Data {
			all = append(all, row.Name)
		}
		if in.Cursor = l.Next; !l.HasMore() {
			return all
		}
	}
}

func TestListOrderAndPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		made := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i, name := range []string{"echo", "alpha", "100%", "delta", "bravo", "charlie"} {
			// two by two they were made at the same time: the id breaks the tie
			k.seed.PrinterTag.Create().SetID(pid.ID(fmt.Sprintf("tag_%026d", i))).SetOrganization(k.school).SetName(name).SetSearch(name).
				SetCreatedAt(made.Add(time.Duration(i/2) * time.Hour)).SaveX(t.Context())
		}
		k.tag(t, k.away, "foreign")

		for _, tc := range []struct {
			name string
			in   crud.ListPrinterTagsInput
			want string
		}{
			{"by name where nothing is said", crud.ListPrinterTagsInput{}, "[100% alpha bravo charlie delta echo]"},
			{"by name, backwards", crud.ListPrinterTagsInput{Sort: "-name"}, "[echo delta charlie bravo alpha 100%]"},
			{"by time", crud.ListPrinterTagsInput{Sort: "created_at"}, "[echo alpha 100% delta bravo charlie]"},
			{"by time, backwards", crud.ListPrinterTagsInput{Sort: "-created_at"}, "[charlie bravo delta 100% alpha echo]"},
			{"since a time", crud.ListPrinterTagsInput{Sort: "created_at", CreatedAtGTE: new(made.Add(time.Hour))}, "[100% delta bravo charlie]"},
			{"before a time", crud.ListPrinterTagsInput{Sort: "created_at", CreatedAtLT: new(made.Add(time.Hour))}, "[echo alpha]"},
			{"with letters in the name", crud.ListPrinterTagsInput{Q: " L "}, "[alpha charlie delta]"},
			{"with a percent sign in the name", crud.ListPrinterTagsInput{Q: "%"}, "[100%]"},
			{"with an underscore in the name", crud.ListPrinterTagsInput{Q: "_"}, "[]"},
		} {
			for _, limit := range []int{1, 2, 3, 200} {
				tc.in.Limit = &limit
				if got := fmt.Sprint(names(t, k, tc.in)); got != tc.want {
					t.Errorf("%s, %d a page: got %s, want %s", tc.name, limit, got, tc.want)
				}
			}
		}
	})
}

func TestListRefuses(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		k.tag(t, k.school, "a")
		k.tag(t, k.school, "b")
		l, err := k.ListPrinterTags(k.admin, crud.ListPrinterTagsInput{Limit: new(1)})
		if err != nil || !l.HasMore() {
			t.Fatal(l, err)
		}
		for _, tc := range []struct {
			name string
			ctx  context.Context
			in   crud.ListPrinterTagsInput
			want errs.Code
		}{
			{"its cursor with another limit", k.admin, crud.ListPrinterTagsInput{Cursor: l.Next, Limit: new(7)}, ""},
			{"its cursor with the order it had", k.admin, crud.ListPrinterTagsInput{Cursor: l.Next, Sort: "name"}, ""},
			{"its cursor in another order", k.admin, crud.ListPrinterTagsInput{Cursor: l.Next, Sort: "-name"}, errs.InvalidCursor},
			{"its cursor with a filter", k.admin, crud.ListPrinterTagsInput{Cursor: l.Next, Q: "a"}, errs.InvalidCursor},
			{"a cursor that is none", k.admin, crud.ListPrinterTagsInput{Cursor: "AAAA"}, errs.InvalidCursor},
			{"no rows a page", k.admin, crud.ListPrinterTagsInput{Limit: new(0)}, errs.ValidationFailed},
			{"too many rows a page", k.admin, crud.ListPrinterTagsInput{Limit: new(201)}, errs.ValidationFailed},
			{"an order by what is hidden", k.admin, crud.ListPrinterTagsInput{Sort: "search"}, errs.ValidationFailed},
			{"an unknown word in include", k.admin, crud.ListPrinterTagsInput{Include: []string{"everything"}}, errs.ValidationFailed},
			{"who holds nothing", k.as(t), crud.ListPrinterTagsInput{}, errs.InsufficientPermissions},
		} {
			if _, err := k.ListPrinterTags(tc.ctx, tc.in); code(err) != tc.want {
				t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
			}
		}
	})
}

func TestListCountsWhereAskedFor(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		for _, name := range []string{"a1", "a2", "b"} {
			k.tag(t, k.school, name)
		}
		k.tag(t, k.away, "a3")
		in := crud.ListPrinterTagsInput{Q: "a", Limit: new(1)}
		if l, err := k.ListPrinterTags(k.admin, in); err != nil || l.Total != nil {
			t.Errorf("counted %v, %v without being asked", l.Total, err)
		}
		in.Include = []string{"total_count"}
		if l, err := k.ListPrinterTags(k.admin, in); err != nil || *l.Total != 2 || len(l.Data) != 1 {
			t.Errorf("total %v of %d, %v, want 2", l.Total, len(l.Data), err)
		}
	})
}

func TestListFiltersAndEdges(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		hard, soft := k.tag(t, k.school, "hard"), k.tag(t, k.school, "soft")
		add := func(name string, state printer.State, tags ...*ent.PrinterTag) {
			p := k.seed.Printer.Create().SetOrganization(k.school).SetName(name).SetState(state).SetConnector(schematype.Connector{Kind: "virtual"}).AddTags(tags...)
			row := p.SaveX(t.Context())
			for i := range 2 {
				k.seed.PrinterSlot.Create().SetOrganization(k.school).SetPrinter(row).SetIndex(1 - i).SaveX(t.Context())
			}
		}
		add("ada", printer.StateIdle, hard, soft)
		add("bob", printer.StateOffline, soft)
		add("cyd", printer.StatePrinting)

		for _, tc := range []struct {
			name string
			in   crud.ListPrintersInput
			want string
		}{
			{"all", crud.ListPrintersInput{}, "[ada bob cyd]"},
			{"in one of two states", crud.ListPrintersInput{State: []printer.State{printer.StateIdle, printer.StatePrinting}}, "[ada cyd]"},
			{"with a tag", crud.ListPrintersInput{TagID: []pid.ID{hard.ID}}, "[ada]"},
			{"with one of two tags", crud.ListPrintersInput{TagID: []pid.ID{hard.ID, soft.ID}}, "[ada bob]"},
			{"with a tag and in a state", crud.ListPrintersInput{TagID: []pid.ID{soft.ID}, State: []printer.State{printer.StateOffline}}, "[bob]"},
			{"with a tag that cannot exist", crud.ListPrintersInput{TagID: []pid.ID{"x"}}, "[]"},
		} {
			ctx, counter := store.WithCounter(k.admin)
			l, err := k.ListPrinters(ctx, tc.in)
			if err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			var got []string
			for _, row := range l.Data {
				got = append(got, row.Name)
				slots := row.Edges.Slots
				if len(slots) != 2 || slots[0].Index != 0 || !slices.IsSortedFunc(row.Edges.Tags, func(a, b *ent.PrinterTag) int { return len(a.Name) - len(b.Name) }) {
					t.Errorf("%s: edges of %s: %v", tc.name, row.Name, row.Edges)
				}
			}
			if fmt.Sprint(got) != tc.want {
				t.Errorf("%s: got %v, want %s", tc.name, got, tc.want)
			}
			if counter.Count() > 7 {
				t.Errorf("%s: %d statements: %q", tc.name, counter.Count(), counter.Statements())
			}
		}
	})
}

// A list filters by a field of the row that an edge leads to, in one statement.
func TestSpoolsByTheTypeOfTheirMaterial(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		for i, kind := range []string{"PLA", "PETG", "PLA", "ASA"} {
			m := k.seed.Material.Create().SetOrganization(k.school).SetName(kind).SetType(kind).SaveX(t.Context())
			k.seed.Spool.Create().SetOrganization(k.school).SetMaterial(m).SetCode(fmt.Sprintf("S-%d", i)).SaveX(t.Context())
		}
		theirs := k.seed.Material.Create().SetOrganization(k.away).SetName("PLA").SetType("PLA").SaveX(t.Context())
		k.seed.Spool.Create().SetOrganization(k.away).SetMaterial(theirs).SetCode("T").SaveX(t.Context())
		for _, tc := range []struct {
			name  string
			types []string
			want  string
		}{
			{"of one type", []string{"PLA"}, "[S-0 S-2]"},
			{"of one of two types", []string{"PETG", "ASA"}, "[S-1 S-3]"},
			{"of a type that nobody has", []string{"Wood"}, "[]"},
		} {
			ctx, counter := store.WithCounter(k.admin)
			l, err := k.ListSpools(ctx, crud.ListSpoolsInput{MaterialType: tc.types})
			var got []string
			for _, row := range l.Data {
				got = append(got, row.Code)
			}
			if err != nil || fmt.Sprint(got) != tc.want || counter.Count() > 3 {
				t.Errorf("%s: got %v, %v in %q, want %s", tc.name, got, err, counter.Statements(), tc.want)
			}
		}
	})
}

// TestSpoolsComeWithTheirSlot shows what the hand-written view of a spool needs.
func TestSpoolsComeWithTheirSlot(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := setup(t, db)
		pla := k.seed.Material.Create().SetOrganization(k.school).SetName("PLA").SetType("PLA").SaveX(t.Context())
		spool := k.seed.Spool.Create().SetOrganization(k.school).SetMaterial(pla).SetCode("S-1").SaveX(t.Context())
		ada := k.seed.Printer.Create().SetOrganization(k.school).SetName("ada").SetConnector(schematype.Connector{Kind: "virtual"}).SaveX(t.Context())
		k.seed.PrinterSlot.Create().SetOrganization(k.school).SetPrinter(ada).SetIndex(0).SetSpool(spool).SaveX(t.Context())

		row, err := k.GetSpool(k.admin, crud.GetSpoolInput{ID: spool.ID})
		if err != nil || row.Edges.Slot == nil || row.Edges.Slot.PrinterID != ada.ID || row.Edges.Material.ID != pla.ID {
			t.Fatalf("got %v, %v", row, err)
		}
		printers, err := k.ListPrinters(k.admin, crud.ListPrintersInput{})
		if err != nil || printers.Data[0].Edges.Slots[0].Edges.Spool.Edges.Material.ID != pla.ID {
			t.Fatalf("got %v, %v", printers.Data, err)
		}
	})
}
