package web

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/spool"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// materialPages are the pages of spools and materials.
func (c *Console) materialPages() map[string]viewer {
	return map[string]viewer{"spools": c.spools, "spools/new": c.spoolNew, "spools/labels": c.spoolLabels, "spools/{spool_id}": c.spool, "materials": c.materials, "materials/new": c.materialNew, "materials/{material_id}": c.materialEdit, "low-stock": c.lowStock}
}

// materialActs are what one button does to a spool.
func (c *Console) materialActs() map[string]doer {
	return map[string]doer{
		"spools/{spool_id}/ledger/{entry_id}/undo": do(c.Material.UndoLedgerEntry, said("spool.did.undo", func(s material.SpoolChange) []any { return []any{"code", s.Spool.Code} })),
		"spools/{spool_id}/delete": do(c.Material.DeleteSpool, func(v *visit, s *ent.Spool) done {
			return done{Toast: component.Toast{Text: v.say("spool.did.delete", "code", s.Code)}, To: "spools"}
		}),
		"materials/{material_id}/delete": do(c.Material.DeleteMaterial, func(v *visit, m *ent.Material) done {
			return done{Toast: component.Toast{Text: v.say("group.did.delete", "name", m.Name)}, To: "materials"}
		}),
	}
}

// materialForms are the forms of spools and materials.
func (c *Console) materialForms() map[string]form {
	weighed := func(v *visit, s material.SpoolChange) done {
		return done{Toast: component.Toast{Text: v.say("spool.did.weigh", "code", s.Spool.Code, "left", words.Grams(v, s.Spool.RemainingG)), Undo: v.base() + "/spools/" + string(s.Spool.ID) + "/ledger/" + string(s.LedgerEntry.ID) + "/undo"}, To: "spools/" + string(s.Spool.ID)}
	}
	saved := func(v *visit, m *ent.Material) done {
		return done{Toast: component.Toast{Text: v.say("material.did.save", "name", m.Name)}, To: "materials"}
	}
	return map[string]form{
		"spools": {c.spoolNew, do(c.Material.CreateSpool, func(v *visit, s *ent.Spool) done {
			return done{Toast: component.Toast{Text: v.say("spool.did.add", "code", s.Code)}, To: "spools/" + string(s.ID)}
		})},
		"spools/{spool_id}/deduct": {c.spool, do(c.Material.DeductSpool, weighed)},
		"spools/{spool_id}/weigh":  {c.spool, do(c.Material.MeasureSpool, weighed)},
		"spools/{spool_id}/edit": {c.spool, do(c.Material.UpdateSpool, func(v *visit, s *ent.Spool) done {
			return done{Toast: component.Toast{Text: v.say("spool.did.change", "code", s.Code)}, To: "spools/" + string(s.ID)}
		})},
		"materials":               {c.materialNew, do(c.Crud.CreateMaterial, saved)},
		"materials/{material_id}": {c.materialEdit, do(c.Crud.UpdateMaterial, saved)},
	}
}

// spools is the list of spools.
func (c *Console) spools(v *visit) (templ.Component, error) {
	in, err := bind[crud.ListSpoolsInput](v)
	if err != nil {
		return nil, err
	}
	in.Expand = []string{"material"}
	l, err := c.Crud.ListSpools(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.spools"), Crumbs: []component.Crumb{{Word: v.say("nav.spools")}}}, Sentence: v.say("spool.sentence"), Path: "spools", Search: v.say("spool.search"), Q: in.Q,
		Actions: []page.NeedLink{{Path: "spools/new", Word: v.say("spool.add"), Primary: true}, {Path: "spools/labels", Word: v.say("spool.labels.title")}},
		Caption: v.say("nav.spools"), Columns: []page.Head{{Word: v.say("spool.col.spool")}, {Word: v.say("spool.col.left")}, {Word: v.say("spool.col.where")}, {Word: v.say("spool.col.level")}},
		Filters: []page.Filter{choice(v, "stock_level", "stock", "ok", "low", "critical", "empty"), choice(v, "status", "spoolstatus", "new", "in_use", "stored", "empty", "archived")},
		Empty:   page.Blank{Icon: "circle-dot", Title: v.say("spool.none.title"), Text: v.say("spool.none.why"), Link: &page.NeedLink{Path: "spools/new", Word: v.say("spool.add")}},
		Pager:   pager(v, l.Next), Narrowed: narrowed(v)}
	for _, s := range l.Data {
		p.Rows = append(p.Rows, spoolRow(v, s))
	}
	return page.ListPage(p), nil
}

// spoolRow is a spool in a list.
func spoolRow(v *visit, s *ent.Spool) page.Row {
	e := page.Entry{Text: s.Code, Path: "spools/" + string(s.ID), Dial: true}
	if m := s.Edges.Material; m != nil {
		e.Sub, e.Colour = m.Vendor+" "+m.Type+" "+m.ColorName, m.ColorHex
	}
	if s.InitialG > 0 {
		e.Share = s.RemainingG / s.InitialG
	}
	left := page.Entry{Text: words.Grams(v, s.RemainingG)}
	if s.ReservedG > 0 {
		left.Sub = v.say("spool.reserved", "weight", words.Grams(v, s.ReservedG))
	}
	where := page.Entry{Text: s.Location}
	if slot := s.Edges.Slot; slot != nil {
		where.Text = v.say("spool.loaded")
		where.Path = "printers/" + string(slot.PrinterID)
	}
	level := page.Entry{}
	if s.StockLevel != spool.StockLevelOk {
		sign := component.SignOf(v, "stock", string(s.StockLevel))
		level.Sign = &sign
	}
	return page.Row{ID: string(s.ID), Label: s.Code, Cells: []page.Entry{e, left, where, level}, Link: &page.NeedLink{Path: "spools/" + string(s.ID), Word: v.say("queue.open")}}
}

// choice is a filter over words of the catalogue.
func choice(v *visit, name, group string, values ...string) page.Filter {
	f := page.Filter{Name: name, Word: v.say("filter." + name), Value: v.r.URL.Query().Get(name)}
	for _, value := range values {
		f.Choices = append(f.Choices, page.FilterChoice{Value: value, Word: words.Or(v, "state."+group+"."+value, value)})
	}
	return f
}

// narrowed reports whether the address narrows a list.
func narrowed(v *visit) bool {
	for name, all := range v.r.URL.Query() {
		if name != "sort" && name != "view" && len(all) > 0 && all[0] != "" {
			return true
		}
	}
	return false
}

// materialChoices are the materials as choices.
func (c *Console) materialChoices(v *visit) ([]component.Choice, error) {
	limit := 200
	l, err := c.Crud.ListMaterials(v, crud.ListMaterialsInput{Limit: &limit})
	if err != nil {
		return nil, err
	}
	var all []component.Choice
	for _, m := range l.Data {
		all = append(all, component.Choice{Value: string(m.ID), Word: m.Type + " · " + m.Vendor + " " + m.Name + " " + m.ColorName})
	}
	return all, nil
}

// spoolNew is the form of a new spool.
func (c *Console) spoolNew(v *visit) (templ.Component, error) {
	choices, err := c.materialChoices(v)
	if err != nil {
		return nil, err
	}
	s := sheet(v, "spool.add", "nav.spools", "spools")
	if len(choices) == 0 {
		s.Notes = []page.Note{{Tone: "you", Icon: "palette", Bold: v.say("spool.nomaterial"), Link: &page.NeedLink{Path: "materials/new", Word: v.say("material.add"), Primary: true}}}
		return page.SheetPage(s), nil
	}
	s.Forms = []page.FormBox{{ID: "spool", To: "spools", Submit: v.say("spool.add"), Fields: []page.Control{
		{Input: &component.Input{Name: "material_id", Label: v.say("item.material"), Choices: choices}},
		{Input: &component.Input{Name: "code", Label: v.say("spool.code.label"), Hint: v.say("spool.code.hint"), Optional: true, Length: "40"}},
		{Input: &component.Input{Name: "initial_g", Label: v.say("spool.initial.label"), Hint: v.say("spool.initial.hint"), Type: "number", Step: "any", Min: "0", Suffix: "g", Optional: true}},
		{Input: &component.Input{Name: "location", Label: v.say("spool.location"), Optional: true, Length: "200"}},
		{Input: &component.Input{Name: "lot_number", Label: v.say("spool.lot"), Optional: true, Length: "200"}},
	}}}
	return page.SheetPage(s), nil
}

// sheet is a page of forms below a list.
func sheet(v *visit, titleKey, listKey, path string) page.Sheet {
	title := v.say(titleKey)
	return page.Sheet{Page: component.Page{Title: title, Quiet: true, Crumbs: []component.Crumb{{Word: v.say(listKey), Path: path}, {Word: title}}}}
}

// spool is the page of a spool: what is left, where it is, and why its weight is what it is.
func (c *Console) spool(v *visit) (templ.Component, error) {
	id := pid.ID(v.r.PathValue("spool_id"))
	s, err := c.Crud.GetSpool(v, crud.GetSpoolInput{ID: id, Expand: []string{"material"}})
	if err != nil {
		return nil, err
	}
	limit := 50
	ledger, err := c.Material.ListLedger(v, material.ListLedgerInput{SpoolID: id, LedgerEntries: listing.LedgerEntries{Limit: &limit}})
	if err != nil {
		return nil, err
	}
	to := "spools/" + string(id)
	version := strconv.Itoa(s.Version)
	p := page.Sheet{Page: component.Page{Title: v.say("spool.title", "code", s.Code), Crumbs: []component.Crumb{{Word: v.say("nav.spools"), Path: "spools"}, {Word: s.Code}}},
		Acts: []component.Act{{To: templ.SafeURL(v.base() + "/" + to + "/delete"), Icon: "trash-2", Word: v.say("group.delete.do"), Variant: "ghost", Confirm: v.say("group.delete.gone", "name", s.Code), Fields: []component.Field{{Name: "version", Value: version}}}}}
	if s.StockLevel != spool.StockLevelOk {
		p.Signs = []component.Sign{component.SignOf(v, "stock", string(s.StockLevel))}
	}
	what := page.Fact{Name: v.say("item.material")}
	if m := s.Edges.Material; m != nil {
		what.Value, what.Colour = m.Type+" "+m.ColorName, m.ColorHex
	}
	p.Facts = [][]page.Fact{
		{what, {Name: v.say("spool.col.left"), Value: v.say("spool.of", "left", words.Grams(v, s.RemainingG), "all", words.Grams(v, s.InitialG))}, {Name: v.say("spool.col.reserved"), Value: words.Grams(v, s.ReservedG)}},
		{{Name: v.say("spool.location"), Value: orDash(s.Location != "", s.Location)}, {Name: v.say("spool.lot"), Value: orDash(s.LotNumber != "", s.LotNumber)}, {Name: v.say("filter.status"), Value: words.Or(v, "state.spoolstatus."+string(s.Status), string(s.Status))}},
	}
	p.Tables = []page.Table{{ID: "ledger", Title: v.say("spool.ledger.title"), Text: v.say("spool.ledger.why"), Columns: []page.Head{{Word: v.say("spool.col.what")}, {Word: v.say("spool.col.grams"), End: true}, {Word: v.say("spool.col.after"), End: true}, {Word: v.say("spool.col.when")}}, Rows: c.ledgerRows(v, s, ledger.Data), Empty: v.say("spool.ledger.none")}}
	p.Forms = []page.FormBox{
		{ID: "weigh", Title: v.say("spool.weigh.do"), Text: v.say("spool.weigh.why"), To: to + "/weigh", Submit: v.say("spool.weigh.do"), Quiet: true, Fields: []page.Control{{Input: &component.Input{Name: "gross_g", Label: v.say("spool.gross"), Type: "number", Step: "any", Min: "0", Suffix: "g"}}, {Input: &component.Input{Name: "reason", Label: v.say("spool.reason"), Optional: true, Length: "500"}}}},
		{ID: "deduct", Title: v.say("spool.deduct.do"), Text: v.say("spool.deduct.why"), To: to + "/deduct", Submit: v.say("spool.deduct.do"), Quiet: true, Fields: []page.Control{{Input: &component.Input{Name: "grams", Label: v.say("spool.grams"), Type: "number", Step: "any", Min: "0.01", Suffix: "g"}}, {Input: &component.Input{Name: "reason", Label: v.say("spool.reason"), Optional: true, Length: "500"}}}},
		{ID: "edit", Title: v.say("item.edit"), To: to + "/edit", Version: version, Submit: v.say("form.save"), Quiet: true, Fields: []page.Control{
			{Input: &component.Input{Name: "location", Label: v.say("spool.location"), Value: s.Location, Optional: true, Length: "200"}},
			{Input: &component.Input{Name: "lot_number", Label: v.say("spool.lot"), Value: s.LotNumber, Optional: true, Length: "200"}},
			{Input: &component.Input{Name: "status", Label: v.say("filter.status"), Value: string(s.Status), Optional: true, Choices: append([]component.Choice{{Word: v.say("spool.asis")}}, statusChoices(v)...)}}}},
	}
	return page.SheetPage(p), nil
}

// statusChoices are the states that a person may give a spool.
func statusChoices(v *visit) (all []component.Choice) {
	for _, s := range []string{"in_use", "stored", "empty", "archived"} {
		all = append(all, component.Choice{Value: s, Word: v.say("state.spoolstatus." + s)})
	}
	return all
}

// ledgerRows are the entries of a spool's ledger, each with the way to take it back where there is one.
func (c *Console) ledgerRows(v *visit, s *ent.Spool, all []*ent.LedgerEntry) (rows []page.Row) {
	for _, e := range all {
		r := page.Row{ID: string(e.ID), Label: string(e.Kind), Cells: []page.Entry{{Text: words.Or(v, "ledger."+string(e.Kind), string(e.Kind)), Sub: e.Note}, {Text: words.Grams(v, e.DeltaG)}, {Text: words.Grams(v, e.BalanceAfterG)}, {Text: words.When(v, e.CreatedAt)}}}
		if e.Kind != "initial" && e.UndoOfID == nil && e.Edges.UndoneBy == nil {
			r.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/spools/" + string(s.ID) + "/ledger/" + string(e.ID) + "/undo"), Icon: "undo-2", Word: v.say("toast.undo"), Of: words.When(v, e.CreatedAt), Variant: "ghost"}}
		}
		rows = append(rows, r)
	}
	return rows
}

// spoolLabels are labels to print, each with a code that leads to its spool.
func (c *Console) spoolLabels(v *visit) (templ.Component, error) {
	limit := 200
	l, err := c.Crud.ListSpools(v, crud.ListSpoolsInput{Limit: &limit, Expand: []string{"material"}})
	if err != nil {
		return nil, err
	}
	var all []page.Label
	for _, s := range l.Data {
		if s.Status == spool.StatusArchived {
			continue
		}
		label := page.Label{Code: s.Code}
		if m := s.Edges.Material; m != nil {
			label.Name, label.Colour = m.Type+" "+m.ColorName, m.ColorHex
		}
		if label.Square, label.Side, err = component.Squares(c.PublicURL + v.base() + "/spools/" + string(s.ID)); err != nil {
			return nil, err
		}
		all = append(all, label)
	}
	return page.LabelsPage(all), nil
}

// materials is the list of materials.
func (c *Console) materials(v *visit) (templ.Component, error) {
	in, err := bind[crud.ListMaterialsInput](v)
	if err != nil {
		return nil, err
	}
	l, err := c.Crud.ListMaterials(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.materials.list"), Crumbs: []component.Crumb{{Word: v.say("nav.materials.list")}}}, Sentence: v.say("material.sentence"), Path: "materials", Search: v.say("material.search"), Q: in.Q,
		Actions: []page.NeedLink{{Path: "materials/new", Word: v.say("material.add"), Primary: true}}, Caption: v.say("nav.materials.list"),
		Columns: []page.Head{{Word: v.say("item.material")}, {Word: v.say("material.type")}, {Word: v.say("material.heat")}, {Word: v.say("spool.col.level")}},
		Empty:   page.Blank{Icon: "palette", Title: v.say("material.none.title"), Text: v.say("material.none.why"), Link: &page.NeedLink{Path: "materials/new", Word: v.say("material.add")}}, Pager: pager(v, l.Next), Narrowed: narrowed(v)}
	for _, m := range l.Data {
		to := "materials/" + string(m.ID)
		r := page.Row{ID: string(m.ID), Label: m.Name, Cells: []page.Entry{{Text: m.Name, Sub: m.Vendor + " " + m.ColorName, Path: to, Colour: orGrey(m.ColorHex)}, {Text: m.Type}, {Text: v.say("item.heat.both", "nozzle", words.Number(v, m.NozzleC), "bed", words.Number(v, m.BedC))}, {}}, Link: &page.NeedLink{Path: to, Word: v.say("item.edit")}}
		if m.StockLevel != "ok" {
			sign := component.SignOf(v, "stock", string(m.StockLevel))
			r.Cells[3].Sign = &sign
		}
		p.Rows = append(p.Rows, r)
	}
	return page.ListPage(p), nil
}

func orGrey(colour string) string {
	if colour == "" {
		return "#b9bec7"
	}
	return colour
}

// materialFields are the fields of a material.
func materialFields(v *visit, m *ent.Material) []page.Control {
	text := func(name, key, value string, optional bool) page.Control {
		return page.Control{Input: &component.Input{Name: name, Label: v.say("material." + key), Value: value, Optional: optional, Length: "200"}}
	}
	number := func(name, key string, value float64, unit string) page.Control {
		shown := ""
		if value > 0 {
			shown = plain(value)
		}
		return page.Control{Input: &component.Input{Name: name, Label: v.say("material." + key), Value: shown, Type: "number", Step: "any", Suffix: unit, Optional: true}}
	}
	return []page.Control{text("name", "name", m.Name, false), text("type", "type", m.Type, false), text("vendor", "vendor", m.Vendor, true), text("color_name", "colorname", m.ColorName, true),
		{Input: &component.Input{Name: "color_hex", Label: v.say("material.color"), Value: orGrey(m.ColorHex), Type: "color", Optional: true}},
		number("net_weight_g", "net", m.NetWeightG, "g"), number("spool_weight_g", "tare", m.SpoolWeightG, "g"), number("nozzle_c", "nozzle", m.NozzleC, "°C"), number("bed_c", "bed", m.BedC, "°C"),
		number("diameter_mm", "diameter", m.DiameterMm, "mm"), number("density_g_cm3", "density", m.DensityGCm3, "g/cm³")}
}

func (c *Console) materialNew(v *visit) (templ.Component, error) {
	s := sheet(v, "material.add", "nav.materials.list", "materials")
	s.Forms = []page.FormBox{{ID: "material", To: "materials", Fields: materialFields(v, &ent.Material{}), Submit: v.say("material.add")}}
	return page.SheetPage(s), nil
}

func (c *Console) materialEdit(v *visit) (templ.Component, error) {
	m, err := c.Crud.GetMaterial(v, crud.GetMaterialInput{ID: pid.ID(v.r.PathValue("material_id"))})
	if err != nil {
		return nil, err
	}
	s := sheet(v, "nav.materials.list", "nav.materials.list", "materials")
	s.Page.Title, s.Page.Crumbs[1].Word = m.Name, m.Name
	s.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/materials/" + string(m.ID) + "/delete"), Icon: "trash-2", Word: v.say("group.delete.do"), Variant: "ghost", Confirm: v.say("group.delete.gone", "name", m.Name), Fields: []component.Field{{Name: "version", Value: strconv.Itoa(m.Version)}}}}
	s.Forms = []page.FormBox{{ID: "material", To: "materials/" + string(m.ID), Version: strconv.Itoa(m.Version), Fields: materialFields(v, m), Submit: v.say("form.save")}}
	return page.SheetPage(s), nil
}

// lowStock is what to buy, and why.
func (c *Console) lowStock(v *visit) (templ.Component, error) {
	list, err := c.Material.ShoppingList(v, material.ShoppingListInput{})
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.lowstock"), Crumbs: []component.Crumb{{Word: v.say("nav.lowstock")}}}, Sentence: v.say("low.sentence", "n", len(list.Items)), Path: "low-stock", Caption: v.say("nav.lowstock"),
		Columns: []page.Head{{Word: v.say("item.material")}, {Word: v.say("spool.col.left"), End: true}, {Word: v.say("low.needed"), End: true}, {Word: v.say("low.buy")}, {Word: v.say("low.cost"), End: true}},
		Empty:   page.Blank{Icon: "circle-check", Title: v.say("low.none.title"), Text: v.say("low.none.why")}}
	for _, it := range list.Items {
		why := ""
		if len(it.Reasons) > 0 {
			why = it.Reasons[0].Message
		}
		cost := "–"
		if it.CostMinor != nil {
			cost = words.Money(v, *it.CostMinor)
		}
		p.Rows = append(p.Rows, page.Row{ID: string(it.MaterialID), Label: it.Name, Cells: []page.Entry{{Text: it.Type + " " + it.ColorName, Sub: it.Vendor + " " + it.Name, Colour: orGrey(it.ColorHex), Path: "materials/" + string(it.MaterialID)}, {Text: words.Grams(v, it.LeftG)}, {Text: words.Grams(v, it.NeededG)}, {Text: v.say("low.spools", "n", it.BuySpools), Sub: why}, {Text: cost}}})
	}
	for _, t := range list.Totals {
		p.Notes = append(p.Notes, page.Note{Tone: "info", Icon: "shopping-cart", Bold: v.say("low.total"), Text: words.Money(v, t.CostMinor)})
	}
	return page.ListPage(p), nil
}
