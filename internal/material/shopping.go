package material

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/material"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// ShoppingListInput has no fields: the list is the organization's.
type ShoppingListInput struct{}

// ShoppingList is what to buy.
type ShoppingList struct {
	Items  []ShoppingItem  `json:"items" doc:"What is missing most in proportion comes first; what is snoozed comes last."`
	Totals []ShoppingTotal `json:"totals" doc:"What it costs where prices are known, by currency."`
}

// ShoppingItem is a material of which there is too little. Weights are grams.
type ShoppingItem struct {
	MaterialID    pid.ID           `json:"material_id" doc:"The material."`
	Vendor        string           `json:"vendor" doc:"Who makes it."`
	Name          string           `json:"name" doc:"Name of the product."`
	Type          string           `json:"type" doc:"Type of plastic."`
	ColorName     string           `json:"color_name" doc:"Name of the colour."`
	ColorHex      string           `json:"color_hex" doc:"Colour as #RRGGBB, empty where nobody entered one."`
	SpoolsLeft    int              `json:"spools_left" doc:"Spools with filament on them."`
	LeftG         float64          `json:"left_g" doc:"Grams on them that nothing is reserved on."`
	NeededG       float64          `json:"needed_g" doc:"Grams that queued items need and have not reserved."`
	FreeG         float64          `json:"free_g" doc:"left_g less needed_g; below zero the queue cannot be printed."`
	BuySpools     int              `json:"buy_spools" doc:"Spools to buy."`
	BuyG          float64          `json:"buy_g" doc:"Grams on them."`
	PriceMinor    *int64           `json:"price_minor" doc:"Price of a spool in minor units of price_currency; null = not known."`
	PriceCurrency *string          `json:"price_currency" doc:"ISO 4217 code of the price."`
	CostMinor     *int64           `json:"cost_minor" doc:"Price of all spools to buy; null = not known."`
	SnoozedUntil  *time.Time       `json:"snoozed_until" doc:"Until when nobody is told of it; null = it is not snoozed."`
	Reasons       []ShoppingReason `json:"reasons" doc:"Why, each with a sentence."`
}

// ShoppingReason is why something is to be bought.
type ShoppingReason struct {
	Code    string `json:"code" enum:"min_spools,min_g,queued" doc:"Which bound: min_spools or min_g of low_stock, or what is queued."`
	Message string `json:"message" doc:"A sentence for a person."`
}

// ShoppingTotal is a sum in one currency.
type ShoppingTotal struct {
	Currency  string `json:"currency" doc:"ISO 4217 code."`
	CostMinor int64  `json:"cost_minor" doc:"Sum in minor units."`
	Spools    int    `json:"spools" doc:"Spools that it buys."`
}

// ShoppingList says what to buy, how much of it, and why: every material that is short of its low_stock or of what queued
// items need, as things stand now. It costs the same number of statements whatever there is.
func (s *Service) ShoppingList(ctx context.Context, in ShoppingListInput) (*ShoppingList, error) {
	return op.Read(ctx, s.Ops, OpMaterialShoppingList, in, func(ctx context.Context, c *ent.Client) (*ShoppingList, error) {
		stocks, err := readStock(ctx, c)
		if err != nil {
			return nil, err
		}
		out := &ShoppingList{Items: []ShoppingItem{}, Totals: []ShoppingTotal{}}
		for _, s := range stocks {
			if s.Level(s.Material.StockLevel) == material.StockLevelLow {
				out.Items = append(out.Items, s.item(op.Now(ctx)))
			}
		}
		slices.SortStableFunc(out.Items, urgent)
		out.total()
		return out, nil
	})
}

// item is the stock's line of the list.
func (s *Stock) item(now time.Time) ShoppingItem {
	m, n := s.Material, max(1, s.buy()) // low and not short any more: one spool leaves the bound behind
	item := ShoppingItem{MaterialID: m.ID, Vendor: m.Vendor, Name: m.Name, Type: m.Type, ColorName: m.ColorName, ColorHex: m.ColorHex,
		SpoolsLeft: len(s.SpoolsG), LeftG: s.LeftG, NeededG: s.NeededG, FreeG: s.FreeG(), BuySpools: n, BuyG: Round(float64(n) * s.spoolG()),
		PriceMinor: m.PriceMinor, PriceCurrency: m.PriceCurrency, Reasons: s.reasons()}
	if m.PriceMinor != nil {
		cost := *m.PriceMinor * int64(n)
		item.CostMinor = &cost
	}
	if snoozed(m.LowStockSnoozedUntil, now) {
		item.SnoozedUntil = m.LowStockSnoozedUntil
	}
	return item
}

// reasons say which bounds the stock is below, or has not left far enough behind.
func (s *Stock) reasons() []ShoppingReason {
	spools, minG := s.mins()
	var why []ShoppingReason
	if s.NeededG > 0 && s.FreeG() < 0 {
		why = append(why, ShoppingReason{"queued", fmt.Sprintf("Queued items need %s g, and %s g are left.", grams(s.NeededG), grams(s.LeftG))})
	}
	if after := s.SpoolsAfter(0); after < spools {
		why = append(why, ShoppingReason{"min_spools", fmt.Sprintf("%d spools are left once the queue is printed, and there should be %d.", after, spools)})
	}
	if minG > 0 && s.FreeG() < minG {
		why = append(why, ShoppingReason{"min_g", fmt.Sprintf("%s g are left once the queue is printed, and there should be %s g.", grams(max(0, s.FreeG())), grams(minG))})
	}
	if len(why) == 0 {
		why = append(why, ShoppingReason{nearest(spools, minG), "It was low and is barely above the bound."})
	}
	return why
}

// nearest names a bound that the material has.
func nearest(spools int, minG float64) string {
	switch {
	case spools > 0:
		return "min_spools"
	case minG > 0:
		return "min_g"
	}
	return "queued"
}

// urgent orders the list: not snoozed before snoozed, then by what is free in spools, then by name.
func urgent(a, b ShoppingItem) int {
	if (a.SnoozedUntil == nil) != (b.SnoozedUntil == nil) {
		if a.SnoozedUntil == nil {
			return -1
		}
		return 1
	}
	perSpool := func(i ShoppingItem) float64 { return i.FreeG * float64(i.BuySpools) / i.BuyG }
	if c := cmp.Compare(perSpool(a), perSpool(b)); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

// total adds up what the list costs.
func (l *ShoppingList) total() {
	for _, i := range l.Items {
		if i.CostMinor == nil || i.PriceCurrency == nil || i.SnoozedUntil != nil {
			continue
		}
		at := slices.IndexFunc(l.Totals, func(t ShoppingTotal) bool { return t.Currency == *i.PriceCurrency })
		if at < 0 {
			l.Totals, at = append(l.Totals, ShoppingTotal{Currency: *i.PriceCurrency}), len(l.Totals)
		}
		l.Totals[at].CostMinor += *i.CostMinor
		l.Totals[at].Spools += i.BuySpools
	}
}
