package material

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/material"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/requirementprofile"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue/match"
)

// Bounds of what one look at an organization's stock reads.
const (
	stockMaterials = 5_000
	stockSpools    = 50_000
	stockProfiles  = 10_000
	stockItems     = 5_000 // items that print with several tools
)

// Stock is what is there of a material, and what the queue wants of it. Weights are grams.
type Stock struct {
	Material *ent.Material
	SpoolsG  []float64 // what is on each spool and not reserved, the emptiest first
	LeftG    float64   // their sum
	NeededG  float64   // what queued items need of this material and have not reserved
}

// FreeG is what is left when the queue has had its share; below zero the queue cannot be printed.
func (s Stock) FreeG() float64 { return Round(s.LeftG - s.NeededG) }

// SpoolsAfter is how many spools are left when the queue, and some grams beyond it, has been printed from the emptiest spools.
func (s Stock) SpoolsAfter(beyond float64) int {
	need, left := s.NeededG+beyond, len(s.SpoolsG)
	for _, g := range s.SpoolsG {
		if need <= 0 || g > need {
			break
		}
		need -= g
		left--
	}
	return left
}

// spoolG is what a full spool of the material holds; a kilogram where nobody entered it.
func (s Stock) spoolG() float64 {
	if s.Material.NetWeightG > 0 {
		return s.Material.NetWeightG
	}
	return 1000
}

// with is the stock after some full spools were bought.
func (s Stock) with(spools int) Stock {
	s.SpoolsG = slices.Clone(s.SpoolsG)
	for range spools {
		s.SpoolsG = append(s.SpoolsG, s.spoolG())
		s.LeftG += s.spoolG()
	}
	slices.Sort(s.SpoolsG)
	return s
}

// mins are the bounds of the material's low_stock; 0 for those that nobody set.
func (s Stock) mins() (spools int, grams float64) {
	if l := s.Material.LowStock; l != nil {
		return deref(l.MinSpools), deref(l.MinG)
	}
	return 0, 0
}

// short reports whether there is too little, with some grams beyond what is needed to be on the safe side.
func (s Stock) short(beyond float64) bool {
	spools, grams := s.mins()
	return s.SpoolsAfter(beyond) < spools || grams > 0 && s.FreeG() < grams+beyond || s.NeededG > 0 && s.FreeG() < beyond
}

// Level is the material's stock level where it was previous. It gets low at once, and better only with 5 % of a spool to
// spare: items that come and go around a bound are no news each time.
func (s Stock) Level(previous material.StockLevel) material.StockLevel {
	if s.short(0) || previous == material.StockLevelLow && s.short(rearmShare*s.spoolG()) {
		return material.StockLevelLow
	}
	return material.StockLevelOk
}

// buy is how many full spools make it enough.
func (s Stock) buy() int {
	spools, grams := s.mins()
	n := max(0, spools-s.SpoolsAfter(0), int(math.Ceil((max(grams, 0)-s.FreeG())/s.spoolG())))
	for s.with(n).short(0) { // the queue may use up some of the new ones
		n++
	}
	return n
}

// Want is what queued items of the same requirements need, and what serves them.
type Want struct {
	Tool       match.Tool
	ColorMatch string
	Grams      float64
}

// share gives each want to materials that serve it, the pickiest want first, from the material of which most is left: that is
// how the least is missing. What no material serves is nobody's shortage of a material.
func share(stocks []*Stock, wants []Want) {
	serves := make([][]*Stock, len(wants))
	order := make([]int, len(wants))
	for i, w := range wants {
		order[i] = i
		for _, s := range stocks {
			if match.Serves(w.Tool, w.ColorMatch, s.Material.Type, s.Material.ColorHex) {
				serves[i] = append(serves[i], s)
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(serves[a]) - len(serves[b]) })
	for _, i := range order {
		spread(serves[i], wants[i].Grams)
	}
}

// spread takes grams from what is free of each material, the fullest first; what is then still missing is missing of the
// first.
func spread(stocks []*Stock, grams float64) {
	if len(stocks) == 0 {
		return
	}
	slices.SortStableFunc(stocks, func(a, b *Stock) int { return cmp.Compare(b.FreeG(), a.FreeG()) })
	for _, s := range stocks {
		take := min(grams, max(0, s.FreeG()))
		s.NeededG, grams = Round(s.NeededG+take), grams-take
	}
	if grams > 0 {
		stocks[0].NeededG = Round(stocks[0].NeededG + grams)
	}
}

// readStock reads the stock of all materials of the actor's organization, in a fixed number of statements.
func readStock(ctx context.Context, c *ent.Client) ([]*Stock, error) {
	materials, err := c.Material.Query().Order(material.ByID()).Limit(stockMaterials).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read materials: %w", err)
	}
	stocks, byID := make([]*Stock, len(materials)), make(map[pid.ID]*Stock, len(materials))
	for i, m := range materials {
		stocks[i] = &Stock{Material: m}
		byID[m.ID] = stocks[i]
	}
	spools, err := c.Spool.Query().Where(spool.StatusIn(spool.StatusNew, spool.StatusInUse, spool.StatusStored), spool.RemainingGGT(0)).
		Order(spool.ByID()).Limit(stockSpools).Select(spool.FieldMaterialID, spool.FieldRemainingG, spool.FieldReservedG).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read spools: %w", err)
	}
	for _, s := range spools {
		if of := byID[s.MaterialID]; of != nil {
			free := Round(max(0, s.RemainingG-s.ReservedG))
			of.SpoolsG, of.LeftG = append(of.SpoolsG, free), Round(of.LeftG+free)
		}
	}
	for _, s := range stocks {
		slices.Sort(s.SpoolsG)
	}
	wants, err := readWants(ctx, c)
	if err != nil {
		return nil, err
	}
	share(stocks, wants)
	return stocks, nil
}

// waiting are the states of items that may still need filament beyond what is reserved.
const waiting = "('queued','assigned','dispatching','printing','paused','awaiting_verdict')"

// unreserved is how many copies of an item are neither done nor on a printer nor have their filament reserved.
const unreserved = "(copies_requested - copies_done - copies_running - CASE WHEN state = 'assigned' THEN 1 ELSE 0 END)"

// readWants adds up what queued items need, by requirement profile. What waits for approval or is held is not queued yet.
func readWants(ctx context.Context, c *ent.Client) ([]Want, error) {
	rows, err := c.QueryRows(ctx, "SELECT profile_id, SUM(estimated_g * "+unreserved+") FROM queue_items WHERE organization_id = ? AND state IN "+waiting+
		" AND (dispatchable OR state = 'assigned') AND profile_id IS NOT NULL GROUP BY profile_id ORDER BY profile_id LIMIT ?",
		[]any{authz.From(ctx).Organization, stockProfiles})
	if err != nil {
		return nil, fmt.Errorf("add up queued filament: %w", err)
	}
	defer func() { _ = rows.Close() }()
	grams, ids := map[pid.ID]float64{}, []pid.ID{}
	for rows.Next() {
		var id pid.ID
		var g float64
		if err := rows.Scan(&id, &g); err != nil {
			return nil, fmt.Errorf("read queued filament: %w", err)
		}
		if g > 0 {
			grams[id], ids = g, append(ids, id)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read queued filament: %w", err)
	}
	return wantsOf(ctx, c, ids, grams)
}

// profilesAtOnce bounds the parameters of one statement.
const profilesAtOnce = 10_000

// wantsOf turns the grams of profiles into wants of filament.
func wantsOf(ctx context.Context, c *ent.Client, ids []pid.ID, grams map[pid.ID]float64) ([]Want, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	profiles, err := c.RequirementProfile.Query().Where(requirementprofile.IDIn(ids...)).Order(requirementprofile.ByID()).Limit(profilesAtOnce).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	var wants []Want
	mixed := map[pid.ID]match.Need{}
	for _, p := range profiles {
		var n match.Need
		if err := json.Unmarshal(p.Need, &n); err != nil {
			return nil, fmt.Errorf("decode need of %s: %w", p.ID, err)
		}
		if len(n.Tools) > 1 {
			mixed[p.ID] = n
			continue
		}
		w := Want{ColorMatch: n.ColorMatch, Grams: grams[p.ID]}
		if len(n.Tools) == 1 {
			w.Tool = n.Tools[0]
		}
		wants = append(wants, w)
	}
	more, err := mixedWants(ctx, c, mixed)
	return append(wants, more...), err
}

// mixedWants are those of items that print with several tools: only the items say how much each takes.
func mixedWants(ctx context.Context, c *ent.Client, needs map[pid.ID]match.Need) ([]Want, error) {
	if len(needs) == 0 {
		return nil, nil
	}
	ids := make([]pid.ID, 0, len(needs))
	for id := range needs {
		ids = append(ids, id)
	}
	items, err := c.QueueItem.Query().Where(queueitem.ProfileIDIn(ids...), queueitem.Or(queueitem.Dispatchable(true), queueitem.StateEQ(queueitem.StateAssigned))).
		Order(queueitem.ByID()).Limit(stockItems).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read items of several tools: %w", err)
	}
	var wants []Want
	for _, it := range items {
		copies := it.CopiesRequested - it.CopiesDone - it.CopiesRunning
		if it.State == queueitem.StateAssigned {
			copies--
		}
		n := needs[*it.ProfileID]
		for i, g := range match.Grams(it.Requirements) {
			if i < len(n.Tools) && g > 0 && copies > 0 {
				wants = append(wants, Want{Tool: n.Tools[i], ColorMatch: n.ColorMatch, Grams: g * float64(copies)})
			}
		}
	}
	return wants, nil
}
