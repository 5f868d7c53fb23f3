package bench_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printerslot"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// mostStatements is what a list may cost, whatever its size; authentication is not counted.
const mostStatements = 8

// TestAListOfFiftyCostsFewStatements fills two pages of everything and counts what one page of 50 and one of 5 run.
func TestAListOfFiftyCostsFewStatements(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		k := testkit.NewKit(t, db)
		o := k.Organization(t, "riverside")
		ctx := o.Session(t, o.Owner)
		c, items, spools := &crud.Service{Ops: k.Ops}, &queue.Items{Ops: k.Ops}, &material.Service{Ops: k.Ops}
		fill(t, k, o, items, ctx)

		limited := func(n int) *int { return &n }
		for name, list := range map[string]func(ctx context.Context, n int) (int, error){
			"printers": func(ctx context.Context, n int) (int, error) {
				l, err := c.ListPrinters(ctx, crud.ListPrintersInput{Limit: limited(n)})
				return len(l.Data), err
			},
			"queue items": func(ctx context.Context, n int) (int, error) {
				l, err := items.List(ctx, queue.ListQueueItemsInput{QueueItems: listing.QueueItems{Limit: limited(n)}})
				return len(l.Data), err
			},
			"eligible queue items": func(ctx context.Context, n int) (int, error) {
				l, err := items.List(ctx, queue.ListQueueItemsInput{QueueItems: listing.QueueItems{Limit: limited(n)}, Eligibility: []string{"eligible"}})
				return len(l.Data), err
			},
			"spools": func(ctx context.Context, n int) (int, error) {
				l, err := c.ListSpools(ctx, crud.ListSpoolsInput{Limit: limited(n)})
				return len(l.Data), err
			},
			"spools of a type": func(ctx context.Context, n int) (int, error) {
				l, err := c.ListSpools(ctx, crud.ListSpoolsInput{Limit: limited(n), MaterialType: []string{"PLA"}})
				return len(l.Data), err
			},
			"ledger": func(ctx context.Context, n int) (int, error) {
				id := k.Raw.LedgerEntry.Query().FirstX(t.Context()).SpoolID
				l, err := spools.ListLedger(ctx, material.ListLedgerInput{SpoolID: id, LedgerEntries: listing.LedgerEntries{Limit: limited(n)}})
				return len(l.Data), err
			},
		} {
			few, _ := count(t, ctx, list, 5)
			many, rows := count(t, ctx, list, 50)
			if many > mostStatements || many != few && rows >= 50 {
				t.Errorf("a page of 50 %s runs %d statements, one of 5 %d; at most %d, and as many for both", name, many, few, mostStatements)
			}
			if rows != 50 && name != "ledger" {
				t.Errorf("a page of 50 %s has %d rows", name, rows)
			}
		}
	})
}

func count(t *testing.T, ctx context.Context, list func(context.Context, int) (int, error), n int) (statements, rows int) {
	ctx, counter := store.WithCounter(ctx)
	rows, err := list(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	return counter.Count(), rows
}

// fill makes 60 printers with tags, groups and spools, and 60 queue items.
func fill(t *testing.T, k *testkit.Kit, o *testkit.Organization, items *queue.Items, ctx context.Context) {
	m := o.Material(t, func(c *ent.MaterialCreate) { c.SetType("PLA") })
	tag := k.Raw.PrinterTag.Create().SetOrganizationID(o.ID).SetName("hardened").SaveX(t.Context())
	group := k.Raw.PrinterGroup.Create().SetOrganizationID(o.ID).SetName("Lab 1").SaveX(t.Context())
	for i := range 60 {
		p := o.Printer(t, fmt.Sprintf("MK4 %02d", i), 1, func(c *ent.PrinterCreate) { c.SetState("idle").SetBedState("clear").AddTags(tag).AddGroups(group) })
		s := o.Spool(t, m, 500)
		slot := k.Raw.PrinterSlot.Query().Where(printerslot.PrinterID(p.ID)).OnlyX(t.Context())
		k.Raw.PrinterSlot.UpdateOne(slot).SetSpoolID(s.ID).ExecX(t.Context())
	}
	for i := range 60 {
		in := queue.CreateQueueItemInput{Name: fmt.Sprintf("part %d", i), Requirements: schematype.Requirements{MaterialType: "PLA", FilamentG: float64(i%9) + 1}}
		if _, err := items.Create(ctx, in); err != nil {
			t.Fatal(err)
		}
	}
}
