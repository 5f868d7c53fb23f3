package web

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// printerNew is the form of a new printer.
func (c *Console) printerNew(v *visit) (templ.Component, error) {
	fields := []page.Control{
		{Input: &component.Input{Name: "name", Label: v.say("printer.field.name"), Length: "200", Focus: true}},
		{Input: &component.Input{Name: "connector.kind", Label: v.say("printer.field.kind.label"), Hint: v.say("printer.field.kind.hint"), Value: "octoprint", Choices: kinds(v)}},
		{Input: &component.Input{Name: "connector.address", Label: v.say("printer.field.address.label"), Hint: v.say("printer.field.address.hint"), Optional: true, Length: "300"}},
		{Input: &component.Input{Name: "connector.secret", Label: v.say("printer.field.secret.label"), Hint: v.say("printer.field.secret.hint"), Type: "password", Optional: true, Complete: "off"}},
	}
	fields = append(fields, machine(v, &ent.Printer{NozzleDiameterMm: .4, NozzleType: "brass", MaxNozzleC: 300, MaxBedC: 120, RequireBedClear: true, SupportedFormats: []string{"gcode"}})...)
	fields = append(fields, page.Control{Input: &component.Input{Name: "slot_count", Label: v.say("printer.field.slots.label"), Hint: v.say("printer.field.slots.hint"), Type: "number", Min: "1", Max: "16", Value: "1"}})
	title := v.say("printer.add.title")
	return page.SheetPage(page.Sheet{Page: component.Page{Title: title, Quiet: true, Crumbs: []component.Crumb{{Word: v.say("nav.printers"), Path: "printers"}, {Word: title}}}, Sentence: v.say("printer.add.why"),
		Forms: []page.FormBox{{ID: "printer", To: "printers", Fields: fields, Submit: title}}}), nil
}

// kinds are the ways to reach a printer.
func kinds(v *visit) (all []component.Choice) {
	for _, k := range []string{"octoprint", "moonraker", "prusalink", "bambu", "virtual"} {
		all = append(all, component.Choice{Value: k, Word: v.say("connector." + k)})
	}
	return all
}

// machine are the fields of what a printer is and can do.
func machine(v *visit, p *ent.Printer) []page.Control {
	var x, y, z string
	if s := p.BuildVolumeMm; s != nil {
		x, y, z = plain(s.X), plain(s.Y), plain(s.Z)
	}
	text := func(name, value string) page.Control {
		return page.Control{Input: &component.Input{Name: name, Label: v.say("printer.field." + name), Value: value, Optional: true, Length: "200"}}
	}
	number := func(name, key, value, unit string, optional bool) page.Control {
		return page.Control{Input: &component.Input{Name: name, Label: v.say("printer.field." + key), Value: value, Type: "number", Step: "any", Suffix: unit, Optional: optional}}
	}
	formats := page.Checks{Name: "supported_formats", Label: v.say("printer.field.formats")}
	for _, f := range []string{"gcode", "bgcode", "gcode_3mf", "3mf"} {
		formats.All = append(formats.All, page.Check{Value: f, Label: strings.ReplaceAll(f, "_", "."), On: strings.Contains(" "+strings.Join(p.SupportedFormats, " ")+" ", " "+f+" ")})
	}
	return []page.Control{
		text("manufacturer", p.Manufacturer), text("model", p.Model), text("location", p.Location), text("serial_number", p.SerialNumber),
		{Heading: v.say("printer.field.volume")},
		number("build_volume_mm.x", "x", x, "mm", true), number("build_volume_mm.y", "y", y, "mm", true), number("build_volume_mm.z", "z", z, "mm", true),
		{Heading: v.say("printer.fact.nozzle")},
		number("nozzle_diameter_mm", "nozzle", plain(p.NozzleDiameterMm), "mm", false),
		{Input: &component.Input{Name: "nozzle_type", Label: v.say("printer.field.nozzletype"), Value: p.NozzleType, Length: "40"}},
		number("max_nozzle_c", "maxnozzle", plain(p.MaxNozzleC), "°C", false), number("max_bed_c", "maxbed", plain(p.MaxBedC), "°C", false),
		{Check: &page.Check{Name: "enclosed", Value: "true", Label: v.say("printer.field.enclosed"), On: p.Enclosed}},
		{Checks: &formats},
		{Check: &page.Check{Name: "auto_dispatch", Value: "true", Label: v.say("printer.field.auto.label"), Hint: v.say("printer.field.auto.hint"), On: p.AutoDispatch}},
		{Check: &page.Check{Name: "require_bed_clear", Value: "true", Label: v.say("printer.field.bed.label"), Hint: v.say("printer.field.bed.hint"), On: p.RequireBedClear}},
	}
}

// plain is a number as a field holds it.
func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// printerEdit is the form of a printer.
func (c *Console) printerEdit(v *visit) (templ.Component, error) {
	p, _, err := c.thePrinter(v)
	if err != nil {
		return nil, err
	}
	tags, groups, err := c.tagsAndGroups(v, p)
	if err != nil {
		return nil, err
	}
	id := string(p.ID)
	fields := append([]page.Control{{Input: &component.Input{Name: "name", Label: v.say("printer.field.name"), Value: p.Name, Length: "200"}}}, machine(v, p)...)
	fields = append(fields, page.Control{Checks: groups}, page.Control{Checks: tags})
	connector := []page.Control{
		{Input: &component.Input{Name: "connector.kind", Label: v.say("printer.field.kind.label"), Value: string(p.Connector.Kind), Choices: kinds(v)}},
		{Input: &component.Input{Name: "connector.address", Label: v.say("printer.field.address.label"), Hint: v.say("printer.field.address.hint"), Value: p.Connector.Address, Optional: true, Length: "300"}},
		{Input: &component.Input{Name: "connector.secret", Label: v.say("printer.field.secret.label"), Hint: v.say("printer.field.secret.kept"), Type: "password", Optional: true, Complete: "off"}},
	}
	reason, until := "", ""
	if o := p.OutOfOrder; o != nil {
		reason = o.Reason
		if o.Until != nil {
			until = o.Until.In(words.From(v).Zone).Format("2006-01-02T15:04")
		}
	}
	out := []page.Control{
		{Input: &component.Input{Name: "out_of_order.reason", Label: v.say("printer.field.reason"), Value: reason, Lines: 2, Length: "500"}},
		{Input: &component.Input{Name: "out_of_order.until", Label: v.say("printer.field.until"), Type: "datetime-local", Value: until, Optional: true}},
	}
	version := strconv.Itoa(p.Version)
	title := v.say("printer.edit", "printer", p.Name)
	return page.SheetPage(page.Sheet{Page: component.Page{Title: title, Quiet: true, Crumbs: []component.Crumb{{Word: v.say("nav.printers"), Path: "printers"}, {Word: p.Name, Path: "printers/" + id}, {Word: v.say("item.edit")}}},
		Acts: []component.Act{{To: templ.SafeURL(v.base() + "/printers/" + id + "/delete"), Icon: "trash-2", Word: v.say("printer.delete.do"), Variant: "destructive", Confirm: v.say("printer.delete.sure", "printer", p.Name), Fields: []component.Field{{Name: "version", Value: version}}}},
		Forms: []page.FormBox{
			{ID: "printer", Title: v.say("printer.form.machine"), To: "printers/" + id + "/edit", Version: version, Fields: fields, Submit: v.say("form.save")},
			{ID: "connector", Title: v.say("printer.form.connector"), To: "printers/" + id + "/edit", Version: version, Fields: connector, Submit: v.say("form.save"), Quiet: true},
			{ID: "order", Title: v.say("printer.form.order.title"), Text: v.say("printer.form.order.why"), To: "printers/" + id + "/edit", Version: version, Fields: out, Submit: v.say("printer.out"), Quiet: true},
		}}), nil
}

// tagsAndGroups are the tags and groups of the organization, with those of a printer checked.
func (c *Console) tagsAndGroups(v *visit, p *ent.Printer) (tags, groups *page.Checks, err error) {
	limit := 200
	tl, err := c.Crud.ListPrinterTags(v, crud.ListPrinterTagsInput{Limit: &limit})
	if err != nil {
		return nil, nil, err
	}
	gl, err := c.Crud.ListPrinterGroups(v, crud.ListPrinterGroupsInput{Limit: &limit})
	if err != nil {
		return nil, nil, err
	}
	tags, groups = &page.Checks{Name: "tag_ids", Label: v.say("printer.fact.tags")}, &page.Checks{Name: "group_ids", Label: v.say("printer.fact.groups")}
	for _, t := range tl.Data {
		on := false
		for _, mine := range p.Edges.Tags {
			on = on || mine.ID == t.ID
		}
		tags.All = append(tags.All, page.Check{Value: string(t.ID), Label: t.Name, On: on})
	}
	for _, g := range gl.Data {
		on := false
		for _, mine := range p.Edges.Groups {
			on = on || mine.ID == g.ID
		}
		groups.All = append(groups.All, page.Check{Value: string(g.ID), Label: g.Name, On: on})
	}
	return tags, groups, nil
}

// printerGroups are the groups and tags of printers.
func (c *Console) printerGroups(v *visit) (templ.Component, error) {
	tags, groups, err := c.tagsAndGroups(v, &ent.Printer{})
	if err != nil {
		return nil, err
	}
	may := v.actor.Has(authz.PrinterManage)
	rows := func(all []page.Check, path, filter string) (out []page.Row) {
		for _, g := range all {
			r := page.Row{ID: g.Value, Label: g.Label, Cells: []page.Entry{{Text: g.Label, Path: "printers?" + filter + "=" + g.Value}}}
			if may {
				r.Acts = []component.Act{{To: templ.SafeURL(v.base() + "/printers/" + path + "/" + g.Value + "/delete"), Icon: "trash-2", Word: v.say("group.delete.do"), Of: g.Label, Confirm: v.say("group.delete.sure", "name", g.Label)}}
			}
			out = append(out, r)
		}
		return out
	}
	s := page.Sheet{Page: component.Page{Title: v.say("group.title"), Quiet: true, Crumbs: []component.Crumb{{Word: v.say("nav.printers"), Path: "printers"}, {Word: v.say("group.title")}}}, Sentence: v.say("group.why"),
		Tables: []page.Table{
			{ID: "groups", Title: v.say("printer.fact.groups"), Columns: []page.Head{{Word: v.say("group.name")}}, Rows: rows(groups.All, "groups", "group_id"), Empty: v.say("group.none")},
			{ID: "tags", Title: v.say("printer.fact.tags"), Columns: []page.Head{{Word: v.say("group.name")}}, Rows: rows(tags.All, "tags", "tag_id"), Empty: v.say("group.tags.none")},
		}}
	if may {
		name := func() []page.Control {
			return []page.Control{{Input: &component.Input{Name: "name", Label: v.say("group.name"), Length: "60"}}}
		}
		s.Forms = []page.FormBox{{ID: "new-group", Title: v.say("group.add"), To: "printers/groups", Fields: name(), Submit: v.say("group.add"), Quiet: true}, {ID: "new-tag", Title: v.say("group.tags.add"), To: "printers/tags", Fields: name(), Submit: v.say("group.tags.add"), Quiet: true}}
	}
	return page.SheetPage(s), nil
}

// printerQR is the page of a printer for a phone that stands before it.
func (c *Console) printerQR(v *visit) (templ.Component, error) {
	p, r, err := c.thePrinter(v)
	if err != nil {
		return nil, err
	}
	q := page.AtPrinter{Card: c.card(v, p, r), Failures: failures(v, p, r)}
	q.Square, q.Side, err = component.Squares(c.PublicURL + v.base() + "/printers/" + string(p.ID) + "/qr")
	return page.AtPrinterPage(q), err
}

// wall is the display that hangs on a wall: no names of people, nothing to press.
func (c *Console) wall(v *visit) (templ.Component, error) {
	in, err := bind[crud.ListPrintersInput](v)
	if err != nil {
		return nil, err
	}
	limit := 40
	in.Limit, in.Expand = &limit, []string{"slots"}
	l, err := c.Crud.ListPrinters(v, in)
	if err != nil {
		return nil, err
	}
	w := page.Wall{At: words.Clock(v, c.Clock.Now())}
	if w.Cards, err = c.cards(v, l.Data); err != nil {
		return nil, err
	}
	var need []string
	for _, k := range w.Cards {
		if k.Need {
			need = append(need, v.say("wall.need.single", "printer", k.Name, "state", k.Sign.Word))
		}
	}
	w.Sentence = v.say("wall.need.all", "n", len(need), "list", list(need))
	if len(need) == 0 {
		w.Sentence = v.say("dashboard.calm.title")
	}
	return page.WallPage(w), nil
}

// scan is where a code leads: to a printer, a spool or an item.
func (c *Console) scan(v *visit) (templ.Component, error) {
	code := strings.TrimSpace(v.r.URL.Query().Get("code"))
	s := page.Sheet{Page: component.Page{Title: v.say("nav.scan"), Quiet: true, Crumbs: []component.Crumb{{Word: v.say("nav.scan")}}}, Sentence: v.say("scan.why"),
		Forms: []page.FormBox{{ID: "scan", To: "scan", Get: true, Fields: []page.Control{{Input: &component.Input{Name: "code", Label: v.say("scan.code"), Value: code, Focus: true}}}, Submit: v.say("scan.go"), Icon: "scan-line"}}}
	if code == "" {
		return page.SheetPage(s), nil
	}
	rows, err := c.find(v, code)
	if err != nil {
		return nil, err
	}
	s.Tables = []page.Table{{ID: "found", Title: v.say("scan.found"), Columns: []page.Head{{Word: v.say("scan.thing")}, {Word: v.say("scan.what")}}, Rows: rows, Empty: v.say("scan.none")}}
	return page.SheetPage(s), nil
}

// find looks for things by a word or code: printers, spools, items and people, as far as the reader may see them.
func (c *Console) find(v *visit, q string) ([]page.Row, error) {
	limit := 6
	var rows []page.Row
	row := func(id, text, sub, path, what string) {
		rows = append(rows, page.Row{ID: id, Label: text, Cells: []page.Entry{{Text: text, Sub: sub, Path: path}, {Text: what}}})
	}
	if v.actor.HasAny(authz.OperationsRead, authz.PrinterManage) {
		l, err := c.Crud.ListPrinters(v, crud.ListPrintersInput{Limit: &limit, Q: q})
		if err != nil {
			return nil, err
		}
		for _, p := range l.Data {
			s, _, _ := printerState(v, p)
			row(string(p.ID), p.Name, p.Model, "printers/"+string(p.ID), s.Word)
		}
	}
	if v.actor.HasAny(authz.OperationsRead, authz.QueueManage) {
		in := listing.QueueItems{Limit: &limit, Q: strings.TrimPrefix(strings.ToUpper(q), "Q-"), Sort: "-created_at", Expand: []string{"submitter.user", "assigned_printer"}}
		if _, err := strconv.Atoi(in.Q); err != nil {
			in.Q = q
		}
		items, err := c.foundItems(v, in)
		if err != nil {
			return nil, err
		}
		rows = append(rows, items...)
	}
	if v.actor.Has(authz.SpoolManage) {
		l, err := c.Crud.ListSpools(v, crud.ListSpoolsInput{Limit: &limit, Q: q, Expand: []string{"material"}})
		if err != nil {
			return nil, err
		}
		for _, s := range l.Data {
			row(string(s.ID), s.Code, spoolName(v, s), "spools/"+string(s.ID), v.say("nav.spools"))
		}
	}
	return rows, nil
}
