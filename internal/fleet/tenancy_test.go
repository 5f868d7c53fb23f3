package fleet_test

import (
	"context"
	"testing"

	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestAnotherOrganizationsPrinterIsNotThere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		us, them := newBundle(t, k), newBundle(t, k)
		theirs := them.create(t)
		them.load(t, theirs, 0)
		them.told = len(them.o.Events(t))
		ourTag := us.tag(t, "ours")
		calls := map[string]func(id pid.ID) error{
			"update": func(id pid.ID) error {
				_, err := us.s.UpdatePrinter(us.ctx, fleet.UpdatePrinterInput{PrinterID: id, Name: set("Mine")})
				return err
			},
			"update of tags alone": func(id pid.ID) error {
				_, err := us.s.UpdatePrinter(us.ctx, fleet.UpdatePrinterInput{PrinterID: id, TagIDs: list(ourTag)})
				return err
			},
			"delete": func(id pid.ID) error {
				_, err := us.s.DeletePrinter(us.ctx, fleet.DeletePrinterInput{PrinterID: id})
				return err
			},
			"test": func(id pid.ID) error {
				_, err := us.s.TestConnection(us.ctx, fleet.TestConnectionInput{PrinterID: id})
				return err
			},
		}
		for name, call := range calls {
			for _, id := range []pid.ID{theirs.ID, pid.New("prn"), "prn_nonsense", ""} {
				if err := call(id); !errs.Is(err, "printer_not_found") {
					t.Errorf("%s of %q: %v", name, id, err)
				}
			}
		}
		us.wantEvents(t)
		them.wantEvents(t)
		if now := them.Raw.Printer.GetX(t.Context(), theirs.ID); now.Version != theirs.Version || now.Name != theirs.Name {
			t.Errorf("their printer changed: %+v", now)
		}
	})
}

func TestOnlyPrinterManagersChangePrinters(t *testing.T) {
	b := newBundle(t, testkit.NewKit(t, testkit.SQLite(t)))
	p := b.create(t)
	b.told = 1
	for _, ctx := range []context.Context{b.o.As(t, authz.RoleTeacher), b.o.As(t, authz.RoleStudent), b.o.Key(t, authz.SpoolManage, authz.QueueManage, authz.OperationsRead)} {
		_, err := b.s.CreatePrinter(ctx, fleet.CreatePrinterInput{Name: "x", Connector: kind("virtual")})
		wantCode(t, err, errs.InsufficientPermissions)
		_, err = b.s.UpdatePrinter(ctx, fleet.UpdatePrinterInput{PrinterID: p.ID, Name: set("x")})
		wantCode(t, err, errs.InsufficientPermissions)
		_, err = b.s.DeletePrinter(ctx, fleet.DeletePrinterInput{PrinterID: p.ID})
		wantCode(t, err, errs.InsufficientPermissions)
	}
	b.wantEvents(t)
}

func TestEveryOperationIsListed(t *testing.T) {
	names := map[string]bool{}
	for _, o := range fleet.Ops() {
		if names[o.Name()] || o.Summary == "" || (len(o.Needs) == 0) != o.System {
			t.Errorf("%s: listed twice, or without a summary or a capability", o.Name())
		}
		names[o.Name()] = true
	}
	if len(names) != 6 {
		t.Errorf("%d operations", len(names))
	}
}
