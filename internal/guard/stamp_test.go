package guard_test

import (
	"context"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

var connector = schematype.Connector{Kind: "virtual"}

func TestANewRowCarriesTheOperationsTime(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		began := w.Clock.Now()
		var made []*ent.PrinterTag
		must(t, w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) (err error) {
			w.Clock.Advance(time.Minute) // the operation goes on for a while
			made, err = tx.PrinterTag.CreateBulk(tx.PrinterTag.Create().SetName("a"), tx.PrinterTag.Create().SetName("b").SetCreatedAt(time.Unix(0, 0)).SetUpdatedAt(time.Unix(0, 0))).Save(ctx)
			return err
		}))
		for _, tag := range made {
			row := w.Raw.PrinterTag.GetX(t.Context(), tag.ID)
			if !row.CreatedAt.Equal(began) || !row.UpdatedAt.Equal(began) || row.Version != 1 || row.OrganizationID != w.us.ID {
				t.Errorf("%+v", row)
			}
		}
	})
}

// A version is what an ETag and If-Match compare: what a person could have read must not change under it.
func TestVersions(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		other := w.Raw.PrinterTag.Create().SetOrganizationID(w.us.ID).SetName("other").SaveX(t.Context())
		for _, c := range []struct {
			name   string
			change func(*ent.PrinterUpdateOne) *ent.PrinterUpdateOne
			raised bool
		}{
			{"nothing", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p }, false},
			{"a name", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.SetName("Eve") }, true},
			{"the same name again", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.SetName("Eve") }, true},
			{"telemetry", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne {
				return p.SetState("printing").SetBedState("occupied").SetStateMessage("x").SetLastSeenAt(testkit.Start())
			}, false},
			{"telemetry that is cleared", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.ClearLastSeenAt() }, false},
			{"a lease", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.SetLeaseToken("x").ClearLeaseUntil() }, false},
			{"the search column", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.SetSearch("x") }, false},
			{"telemetry and a name", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.SetState("idle").SetName("Ada") }, true},
			{"a number that is added to", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.AddMaxBedC(5) }, true},
			{"a field that is cleared", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.ClearOutOfOrder() }, true},
			{"a secret", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.SetConnectorSecret([]byte{1}) }, true},
			{"an edge that is added", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.AddTags(other) }, true},
			{"an edge that is removed", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.RemoveTags(other) }, true},
			{"edges that are cleared", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.ClearTags() }, true},
			{"a deletion that can be undone", func(p *ent.PrinterUpdateOne) *ent.PrinterUpdateOne { return p.SetDeletedAt(testkit.Start()) }, true},
		} {
			before := w.Raw.Printer.GetX(t.Context(), w.us.printer.ID)
			w.Clock.Advance(time.Second)
			must(t, w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
				return c.change(tx.Printer.UpdateOneID(w.us.printer.ID)).Exec(ctx)
			}))
			after := w.Raw.Printer.GetX(t.Context(), w.us.printer.ID)
			version, at := before.Version, before.UpdatedAt
			if c.raised {
				version, at = version+1, w.Clock.Now()
			}
			if after.Version != version || !after.UpdatedAt.Equal(at) {
				t.Errorf("%s: version %d to %d, updated at %v", c.name, before.Version, after.Version, after.UpdatedAt)
			}
			if !after.CreatedAt.Equal(before.CreatedAt) {
				t.Errorf("%s: created at %v", c.name, after.CreatedAt)
			}
		}
	})
}

func TestVersionsOfMany(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, c := range []struct {
			name   string
			change func(*ent.PrinterUpdate) *ent.PrinterUpdate
			want   int
		}{
			{"telemetry of many", func(p *ent.PrinterUpdate) *ent.PrinterUpdate { return p.SetState("offline") }, 1},
			{"a location of many", func(p *ent.PrinterUpdate) *ent.PrinterUpdate { return p.SetLocation("Lab") }, 2},
			{"numbers of many that are added to", func(p *ent.PrinterUpdate) *ent.PrinterUpdate { return p.AddMaxNozzleC(1) }, 3},
			{"edges of many", func(p *ent.PrinterUpdate) *ent.PrinterUpdate { return p.ClearTags() }, 4},
		} {
			must(t, w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
				return c.change(tx.Printer.Update().Where(printer.Name("Ada"))).Exec(ctx)
			}))
			ours, theirs := w.Raw.Printer.GetX(t.Context(), w.us.printer.ID).Version, w.Raw.Printer.GetX(t.Context(), w.them.printer.ID).Version
			if ours != c.want || theirs != 1 {
				t.Errorf("%s: versions %d and %d", c.name, ours, theirs)
			}
		}
	})
}

// A counter that only the program reads is no change of the organization.
func TestCountersOfAnOrganizationAreTelemetry(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		before := w.Raw.Organization.GetX(t.Context(), w.us.ID)
		must(t, w.inside(w.us.owner(t), func(ctx context.Context, tx *ent.Tx) error {
			return tx.Organization.UpdateOneID(w.us.ID).AddItemSeq(1).Exec(ctx)
		}))
		if o := w.Raw.Organization.GetX(t.Context(), w.us.ID); o.Version != before.Version || o.ItemSeq != before.ItemSeq+1 {
			t.Errorf("version %d, counter %d", o.Version, o.ItemSeq)
		}
	})
}
