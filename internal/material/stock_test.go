package material_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"pgregory.net/rapid"

	"github.com/soloprint/soloprint/ent"
	entmaterial "github.com/soloprint/soloprint/ent/material"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// A material of 1000 g spools; bounds of 0 are not set.
func TestStockLevel(t *testing.T) {
	const low, ok = entmaterial.StockLevelLow, entmaterial.StockLevelOk
	rows := []struct {
		name      string
		previous  entmaterial.StockLevel
		minSpools int
		minG      float64
		spools    []float64
		needed    float64
		want      entmaterial.StockLevel
	}{
		{"without bounds nothing is low", ok, 0, 0, nil, 0, ok},
		{"without bounds what is queued must be there", ok, 0, 0, []float64{500}, 501, low},
		{"exactly enough for the queue", ok, 0, 0, []float64{500}, 500, ok},
		{"two spools where two should be", ok, 2, 0, []float64{10, 1000}, 0, ok},
		{"one spool where two should be", ok, 2, 0, []float64{1000}, 0, low},
		{"the queue uses up the emptiest spool", ok, 2, 0, []float64{10, 1000}, 10, low},
		{"the queue leaves both spools", ok, 2, 0, []float64{20, 1000}, 10, ok},
		{"grams at the bound", ok, 0, 300, []float64{300}, 0, ok},
		{"grams below it, with the queue", ok, 0, 300, []float64{400}, 101, low},
		{"a little above the bound stays low", low, 0, 300, []float64{349}, 0, low},
		{"5 % of a spool above it is ok again", low, 0, 300, []float64{350}, 0, ok},
		{"a spool that barely counts stays low", low, 2, 0, []float64{50, 1000}, 0, low},
		{"a new spool is ok again", low, 2, 0, []float64{1000, 1000}, 0, ok},
		{"a shortage whose items are gone is over", low, 0, 0, nil, 0, ok},
		{"a shortage that is barely over stays", low, 0, 0, []float64{540}, 500, low},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := stockOf(row.spools, row.needed, row.minSpools, row.minG).Level(row.previous); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func stockOf(spools []float64, needed float64, minSpools int, minG float64) material.Stock {
	s := material.Stock{Material: &ent.Material{NetWeightG: 1000, LowStock: &schematype.LowStock{}}, SpoolsG: slices.Sorted(slices.Values(spools)), NeededG: needed}
	for _, g := range spools {
		s.LeftG += g
	}
	if minSpools > 0 {
		s.Material.LowStock.MinSpools = &minSpools
	}
	if minG > 0 {
		s.Material.LowStock.MinG = &minG
	}
	return s
}

// More filament never makes it worse, more in the queue never better, and what was not low before is never kept low.
func TestStockLevelFollowsTheStock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spools := rapid.SliceOfN(rapid.Float64Range(0, 1000), 0, 6).Draw(t, "spools")
		needed := rapid.Float64Range(0, 4000).Draw(t, "needed")
		minSpools, minG := rapid.IntRange(0, 4).Draw(t, "min_spools"), rapid.Float64Range(0, 2000).Draw(t, "min_g")
		previous := rapid.SampledFrom([]entmaterial.StockLevel{entmaterial.StockLevelOk, entmaterial.StockLevelLow}).Draw(t, "previous")
		is := stockOf(spools, needed, minSpools, minG).Level(previous)
		more := stockOf(append(slices.Clone(spools), 1000), needed, minSpools, minG).Level(previous)
		if is == entmaterial.StockLevelOk && more == entmaterial.StockLevelLow {
			t.Fatal("a spool more makes it low")
		}
		if stockOf(spools, needed+10, minSpools, minG).Level(previous) == entmaterial.StockLevelOk && is == entmaterial.StockLevelLow && needed > 0 {
			t.Fatal("more in the queue makes it ok")
		}
	})
}

// stockBundle is a shop with two PLA and a PETG, and what is queued.
type stockBundle struct {
	*bundle
	black, red, petg *ent.Material
	items            int64
}

func newStock(t *testing.T, k *testkit.Kit) *stockBundle {
	b := &stockBundle{bundle: newBundle(t, k)}
	mat := func(name, typ, hex string, price int64) *ent.Material {
		return k.Raw.Material.Create().SetOrganizationID(b.o.ID).SetName(name).SetType(typ).SetColorHex(hex).SetNetWeightG(1000).
			SetPriceMinor(price).SetPriceCurrency("EUR").SaveX(t.Context())
	}
	b.black, b.red, b.petg = mat("Black", "PLA", "#000000", 2000), mat("Red", "PLA", "#CC0000", 2500), mat("Clear", "PETG", "#EEEEEE", 3000)
	return b
}

// queue puts items of these grams a copy into the queue.
func (b *stockBundle) queue(t *testing.T, need string, grams float64, copies int) *ent.QueueItem {
	t.Helper()
	b.items++
	p := b.Raw.RequirementProfile.Create().SetOrganizationID(b.o.ID).SetKey(time.Duration(b.items).String()).SetNeed([]byte(need)).SaveX(t.Context())
	return b.Raw.QueueItem.Create().SetOrganizationID(b.o.ID).SetNumber(b.items).SetName("Gear").SetSubmitter(b.o.Owner).SetProfile(p).
		SetEstimatedG(grams).SetCopiesRequested(copies).SetDispatchable(true).SetState(queueitem.StateQueued).SaveX(t.Context())
}

func (b *stockBundle) check(t *testing.T, want int, events ...string) {
	t.Helper()
	if news, err := b.s.StockNews(b.o.System(t), material.CheckStockInput{}); err != nil || want > 0 && !news {
		t.Errorf("news: %v, %v; want %d", news, err, want)
	}
	n, err := b.s.CheckStock(b.o.System(t), material.CheckStockInput{})
	if err != nil || n != want {
		t.Errorf("told of %d: %v; want %d", n, err, want)
	}
	if news, err := b.s.StockNews(b.o.System(t), material.CheckStockInput{}); err != nil || news {
		t.Errorf("news after all was told: %v, %v", news, err)
	}
	b.wantEvents(t, events...)
}

func TestLowStockIsToldOnceForEachCrossing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newStock(t, testkit.NewKit(t, db))
		two := 2
		b.Raw.Material.UpdateOne(b.black).SetLowStock(&schematype.LowStock{MinSpools: &two}).ExecX(t.Context())
		b.o.Spool(t, b.black, 1000)
		b.check(t, 1, "material.low_stock")
		b.check(t, 0)
		if m := b.Raw.Material.GetX(t.Context(), b.black.ID); m.StockLevel != entmaterial.StockLevelLow || m.Version != 1 {
			t.Errorf("the material says %s, version %d", m.StockLevel, m.Version)
		}
		b.o.Spool(t, b.black, 1000)
		b.check(t, 0)
		item := b.queue(t, `{"tools":[{"material":"PLA"}]}`, 500, 3) // 1500 g: the first spool and half of the second
		b.check(t, 1, "material.low_stock")
		b.Raw.QueueItem.UpdateOne(item).SetCopiesDone(2).ExecX(t.Context()) // 500 g: nothing used up
		b.check(t, 0)
		b.Raw.QueueItem.UpdateOne(item).SetCopiesDone(0).SetDispatchable(false).ExecX(t.Context()) // waits for approval
		b.check(t, 0)
		b.Raw.QueueItem.UpdateOne(item).SetDispatchable(true).ExecX(t.Context())
		b.check(t, 1, "material.low_stock")
	})
}

func TestASnoozedMaterialIsToldOfAtTheEnd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newStock(t, testkit.NewKit(t, db))
		two := 2
		b.Raw.Material.UpdateOne(b.black).SetLowStock(&schematype.LowStock{MinSpools: &two}).SetLowStockSnoozedUntil(b.Clock.Now().Add(time.Hour)).ExecX(t.Context())
		b.check(t, 0)
		list, err := b.s.ShoppingList(b.ctx, material.ShoppingListInput{})
		if err != nil || len(list.Items) != 1 || list.Items[0].SnoozedUntil == nil || len(list.Totals) != 0 {
			t.Errorf("the list: %+v, %v", list, err)
		}
		b.Clock.Advance(time.Hour)
		b.check(t, 1, "material.low_stock")
		b.check(t, 0)
	})
}

func TestASnoozedSpoolIsToldOfAtTheEnd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newStock(t, testkit.NewKit(t, db))
		until := b.Clock.Now().Add(time.Hour)
		sleeping, better := b.o.Spool(t, b.black, 1000), b.o.Spool(t, b.black, 1000)
		for _, s := range []*ent.Spool{sleeping, better} {
			_, err := b.s.UpdateSpool(b.ctx, material.UpdateSpoolInput{SpoolID: s.ID, LowStockSnoozedUntil: graphql.OmittableOf(&until)})
			must(t, err)
			_, err = b.s.DeductSpool(b.ctx, material.DeductSpoolInput{SpoolID: s.ID, Grams: g(960.0)})
			must(t, err)
		}
		_, err := b.s.MeasureSpool(b.ctx, material.MeasureSpoolInput{SpoolID: better.ID, GrossG: g(1000 + b.black.SpoolWeightG)})
		must(t, err)
		b.wantEvents(t, "spool.updated", "spool.deducted", "spool.updated", "spool.deducted", "spool.measured")
		b.check(t, 0)
		b.Clock.Advance(time.Hour)
		b.check(t, 1, "spool.low", "spool.critical")
		b.check(t, 0)
	})
}

func TestShoppingList(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newStock(t, testkit.NewKit(t, db))
		one, grams := 1, 500.0
		b.Raw.Material.UpdateOne(b.petg).SetLowStock(&schematype.LowStock{MinSpools: &one, MinG: &grams}).ExecX(t.Context())
		b.o.Spool(t, b.black, 800)
		b.o.Spool(t, b.red, 300)
		b.o.Spool(t, b.petg, 450)
		b.queue(t, `{"tools":[{"material":"PLA","color_hex":"#CC0000"}],"color_match":"exact"}`, 200, 2) // red alone, 400 g
		b.queue(t, `{"tools":[{"material":"PLA"}],"color_match":"any"}`, 100, 1)                         // black, of which more is left
		b.queue(t, `{"tools":[{"material":"PEEK"}]}`, 9999, 1)                                           // nothing serves it

		list, err := b.s.ShoppingList(b.ctx, material.ShoppingListInput{})

		must(t, err)
		type line struct {
			name            string
			free            float64
			buy             int
			cost            int64
			reasons, leader string
		}
		var got []line
		for _, i := range list.Items {
			l := line{name: i.Name, free: i.FreeG, buy: i.BuySpools, cost: *i.CostMinor, leader: i.Reasons[0].Message}
			for _, r := range i.Reasons {
				l.reasons += r.Code + " "
			}
			got = append(got, l)
		}
		want := []line{
			{"Red", -100, 1, 2500, "queued ", "Queued items need 400 g, and 300 g are left."},
			{"Clear", 450, 1, 3000, "min_g ", "450 g are left once the queue is printed, and there should be 500 g."},
		}
		if !slices.Equal(got, want) {
			t.Errorf("the list:\n%+v\nwant\n%+v", got, want)
		}
		if !slices.Equal(list.Totals, []material.ShoppingTotal{{Currency: "EUR", CostMinor: 5500, Spools: 2}}) {
			t.Errorf("totals: %+v", list.Totals)
		}
	})
}

// An item of two tools needs filament of both kinds, each as much as its tool takes.
func TestItemsOfSeveralTools(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newStock(t, testkit.NewKit(t, db))
		it := b.queue(t, `{"tools":[{"material":"PLA"},{"material":"PETG"}],"color_match":"any"}`, 130, 2)
		b.Raw.QueueItem.UpdateOne(it).SetRequirements(schematype.Requirements{Tools: []schematype.ToolNeed{{MaterialType: "PLA", FilamentG: 100}, {MaterialType: "PETG", FilamentG: 30}}}).ExecX(t.Context())
		list, err := b.s.ShoppingList(b.ctx, material.ShoppingListInput{})
		must(t, err)
		needed := map[string]float64{}
		for _, i := range list.Items {
			needed[i.Type] = i.NeededG
		}
		if needed["PLA"] != 200 || needed["PETG"] != 60 || len(list.Items) != 2 {
			t.Errorf("needed: %v of %d materials", needed, len(list.Items))
		}
	})
}

func TestShoppingListOfWhom(t *testing.T) {
	k := testkit.NewKit(t, testkit.SQLite(t))
	b, other := newStock(t, k), newStock(t, k)
	b.queue(t, `{}`, 100, 1)
	for _, row := range []struct {
		name string
		ctx  context.Context
		want errs.Code
		n    int
	}{
		{"an operator reads it", b.ctx, "", 1},
		{"a teacher reads it", b.o.As(t, authz.RoleTeacher), "", 1},
		{"a student does not", b.o.As(t, authz.RoleStudent), errs.InsufficientPermissions, 0},
		{"a key that manages spools reads it", b.o.Key(t, authz.SpoolManage), "", 1},
		{"a key that manages printers does not", b.o.Key(t, authz.PrinterManage), errs.InsufficientPermissions, 0},
		{"another organization has its own", other.ctx, "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			list, err := b.s.ShoppingList(row.ctx, material.ShoppingListInput{})
			wantCode(t, err, row.want)
			if err == nil && len(list.Items) != row.n {
				t.Errorf("%d materials, want %d", len(list.Items), row.n)
			}
		})
	}
}

// The list costs the same number of statements however much there is.
func TestShoppingListIsFlat(t *testing.T) {
	b := newStock(t, testkit.NewKit(t, testkit.SQLite(t)))
	statements := func() int {
		ctx, counter := store.WithCounter(b.ctx)
		_, err := b.s.ShoppingList(ctx, material.ShoppingListInput{})
		must(t, err)
		return counter.Count()
	}
	b.queue(t, `{"tools":[{"material":"PLA"}]}`, 10, 1)
	few := statements()
	for range 20 {
		b.o.Spool(t, b.red, 100)
		b.queue(t, `{"tools":[{"material":"PLA"}]}`, 10, 1)
	}
	if many := statements(); many != few {
		t.Errorf("%d statements with few, %d with many", few, many)
	}
}
