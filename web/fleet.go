package web

import (
	"fmt"
	"slices"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/spoolassignment"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// fleetPages are the pages of printers.
func (c *Console) fleetPages() map[string]viewer {
	return map[string]viewer{
		"printers": c.printers, "printers/{printer_id}": c.printer, "printers/{printer_id}/edit": c.printerEdit, "printers/{printer_id}/qr": c.printerQR,
		"printers/new": c.printerNew, "printers/groups": c.printerGroups, "wall": c.wall, "scan": c.scan,
	}
}

// fleetActs are what one button does to a printer.
func (c *Console) fleetActs() map[string]doer {
	named := func(key string) func(*visit, *ent.Printer) done {
		return said(key, func(p *ent.Printer) []any { return []any{"printer", p.Name} })
	}
	return map[string]doer{
		"printers/{printer_id}/clear-bed": do(c.Dispatch.ClearBed, func(v *visit, r *queue.ClearBedResult) done {
			return done{Toast: component.Toast{Text: v.say("printer.did.clear", "printer", r.Printer.Name)}}
		}),
		"printers/{printer_id}/pause":        do(c.Dispatch.Pause, named("printer.did.pause")),
		"printers/{printer_id}/resume":       do(c.Dispatch.Resume, named("printer.did.resume")),
		"printers/{printer_id}/cancel-print": do(c.Dispatch.CancelPrint, named("printer.did.cancel")),
		"printers/{printer_id}/dispatch": do(c.Dispatch.DispatchNext, func(v *visit, r *queue.DispatchResult) done {
			return done{Toast: component.Toast{Text: v.say("printer.did.dispatch", "name", r.QueueItem.Name)}}
		}),
		"printers/{printer_id}/test": do(c.Fleet.TestConnection, func(v *visit, t fleet.ConnectionTest) done {
			return done{Toast: component.Toast{Text: v.say("printer.did.test", "details", t.Details, "ms", t.Milliseconds), Bad: !t.OK}}
		}),
		"printers/{printer_id}/change": do(c.Fleet.UpdatePrinter, named("printer.did.change")),
		"printers/{printer_id}/delete": do(c.Fleet.DeletePrinter, func(v *visit, p *ent.Printer) done {
			return done{Toast: component.Toast{Text: v.say("printer.did.delete", "printer", p.Name)}, To: "printers"}
		}),
		"slots/load": do(c.Material.AssignSpool, func(v *visit, a *ent.SpoolAssignment) done {
			return done{Toast: component.Toast{Text: v.say("spool.did.load"), Undo: v.base() + "/slots/unload/" + string(a.ID)}}
		}),
		"slots/unload/{assignment_id}":              do(c.Material.UnassignSpool, said("spool.did.unload", func(*ent.SpoolAssignment) []any { return nil })),
		"printers/groups/{printer_group_id}/delete": do(c.Fleet.DeletePrinterGroup, said("group.did.delete", func(g *ent.PrinterGroup) []any { return []any{"name", g.Name} })),
		"printers/tags/{printer_tag_id}/delete":     do(c.Crud.DeletePrinterTag, said("group.did.delete", func(t *ent.PrinterTag) []any { return []any{"name", t.Name} })),
	}
}

// fleetForms are the forms of printers.
func (c *Console) fleetForms() map[string]form {
	return map[string]form{
		"printers": {c.printerNew, do(c.Fleet.CreatePrinter, func(v *visit, p *ent.Printer) done {
			return done{Toast: component.Toast{Text: v.say("printer.did.add", "printer", p.Name)}, To: "printers/" + string(p.ID)}
		})},
		"printers/{printer_id}/edit": {c.printerEdit, do(c.Fleet.UpdatePrinter, func(v *visit, p *ent.Printer) done {
			return done{Toast: component.Toast{Text: v.say("printer.did.change", "printer", p.Name)}, To: "printers/" + string(p.ID)}
		})},
		"printers/groups": {c.printerGroups, do(c.Crud.CreatePrinterGroup, said("group.did.add", func(g *ent.PrinterGroup) []any { return []any{"name", g.Name} }))},
		"printers/tags":   {c.printerGroups, do(c.Crud.CreatePrinterTag, said("group.did.add", func(t *ent.PrinterTag) []any { return []any{"name", t.Name} }))},
	}
}

// maxCards is how many printers a wall shows.
const maxCards = 200

// printers is the wall of printers, those that need a person first.
func (c *Console) printers(v *visit) (templ.Component, error) {
	in, err := bind[crud.ListPrintersInput](v)
	if err != nil {
		return nil, err
	}
	limit := maxCards
	in.Limit, in.Expand = &limit, []string{"tags", "groups", "slots"}
	l, err := c.Crud.ListPrinters(v, in)
	if err != nil {
		return nil, err
	}
	cards, err := c.cards(v, l.Data)
	if err != nil {
		return nil, err
	}
	p := page.Printers{Q: in.Q, State: v.r.URL.Query().Get("is"), May: v.actor.Has(authz.PrinterManage), Pager: pager(v, l.Next)}
	kinds := map[string]int{}
	for _, k := range cards {
		kind := kindOfCard(k)
		kinds[kind]++
		switch {
		case p.State != "" && p.State != kind:
		case k.Need:
			p.Need = append(p.Need, k)
		default:
			p.Rest = append(p.Rest, k)
		}
	}
	p.Sentence = v.say("printer.sentence", "n", kinds["need"], "all", len(cards), "printing", kinds["printing"], "free", kinds["free"])
	for _, k := range []string{"", "need", "printing", "paused", "free", "away"} {
		n := kinds[k]
		if k == "" {
			n = len(cards)
		}
		if n > 0 || k == "" {
			p.Chips = append(p.Chips, page.Chip{Key: k, Word: v.say("printer.chip." + map[bool]string{true: "all", false: k}[k == ""]), Count: n, Tone: map[string]string{"need": "you", "printing": "info", "paused": "wait", "free": "ok", "away": "idle"}[k]})
		}
	}
	groups, err := c.Client.PrinterGroup.Query().Order(ent.Asc("name")).Limit(100).All(v)
	if err != nil {
		return nil, fmt.Errorf("read printer groups: %w", err)
	}
	f := page.Filter{Name: "group_id", Word: v.say("printer.groups.all"), Value: v.r.URL.Query().Get("group_id")}
	for _, g := range groups {
		f.Choices = append(f.Choices, page.FilterChoice{Value: string(g.ID), Word: g.Name})
	}
	if len(groups) > 0 {
		p.Filters = append(p.Filters, f)
	}
	return page.PrintersPage(p), nil
}

func kindOfCard(k page.PrinterCard) string {
	switch {
	case k.Need:
		return "need"
	case k.State == "printing" || k.State == "busy":
		return "printing"
	case k.State == "paused":
		return "paused"
	case k.State == "idle":
		return "free"
	}
	return "away"
}

// cards are printers as cards, each with the print that runs on it.
func (c *Console) cards(v *visit, all []*ent.Printer) ([]page.PrinterCard, error) {
	ids := make([]pid.ID, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	runs := map[pid.ID]*ent.PrintRun{}
	if v.actor.HasAny(authz.OperationsRead, authz.QueueManage) {
		active, err := c.Client.PrintRun.Query().Where(printrun.PrinterIDIn(ids...), printrun.StateIn(printrun.StateDispatching, printrun.StateNeedsConfirmation, printrun.StatePrinting, printrun.StatePaused, printrun.StateFinished)).
			WithQueueItem(func(q *ent.QueueItemQuery) { listing.LoadQueueItem(q, "file") }).Limit(2 * maxCards).All(v)
		if err != nil {
			return nil, fmt.Errorf("read running prints: %w", err)
		}
		for _, r := range active {
			runs[*r.PrinterID] = r
		}
	}
	cards := make([]page.PrinterCard, len(all))
	for i, p := range all {
		cards[i] = c.card(v, p, runs[p.ID])
	}
	return cards, nil
}

// printerState is the state of a printer in a word, whether it needs a person, and why.
func printerState(v *visit, p *ent.Printer) (s component.Sign, need bool, why string) {
	state := string(p.State)
	switch {
	case p.OutOfOrder != nil:
		if why = p.OutOfOrder.Reason; p.OutOfOrder.Until != nil {
			why = v.say("printer.until", "reason", why, "time", words.When(v, *p.OutOfOrder.Until))
		}
		return component.SignOf(v, "printer", "maintenance"), false, why
	case p.State == printer.StateFinished, p.State == printer.StateIdle && p.BedState == printer.BedStateOccupied:
		return component.SignOf(v, "printer", "clear"), true, v.say("printer.why.clear")
	case p.State == printer.StateIdle && p.BedState == printer.BedStateUnknown && p.RequireBedClear:
		return component.SignOf(v, "printer", "clear"), false, v.say("printer.why.unknown")
	case p.State == printer.StateIdle:
		state = "free"
	case p.State == printer.StateOffline && p.LastSeenAt != nil:
		why = v.say("printer.why.offline", "time", words.Ago(v, *p.LastSeenAt))
	}
	if p.StateMessage != "" {
		why = p.StateMessage
	}
	return component.SignOf(v, "printer", state), p.State == printer.StateError || p.State == printer.StateAttention, why
}

// card is a printer as a card: its state, what is on it, its filament, and the next step first.
func (c *Console) card(v *visit, p *ent.Printer, r *ent.PrintRun) page.PrinterCard {
	k := page.PrinterCard{ID: string(p.ID), Name: p.Name, State: string(p.State), Place: p.Model}
	if p.Location != "" {
		k.Place += " · " + p.Location
	}
	k.Sign, k.Need, k.Why = printerState(v, p)
	if r != nil {
		k.Progress, k.Left, k.Running = r.Progress, c.left(v, r), r.State == printrun.StatePrinting || r.State == printrun.StatePaused
		if it := r.Edges.QueueItem; it != nil {
			k.Print, k.PrintPath, k.Thumb = copyName(v, it, r.Copy), fmt.Sprintf("queue/%d", it.Number), c.thumb(v, it, "t4")
			k.Thumb.ID, k.Thumb.Growing, k.Thumb.Progress = string(p.ID), k.Running, r.Progress
		}
	}
	for _, s := range p.Edges.Slots {
		k.Slots = append(k.Slots, slot(v, s))
	}
	k.Acts = c.printerActs(v, p, r)
	return k
}

// slot is what is loaded in a slot.
func slot(v *visit, s *ent.PrinterSlot) page.Slot {
	out := page.Slot{Index: s.Index, Name: s.Name}
	if out.Name == "" {
		out.Name = v.say("printer.slot.number", "number", s.Index+1)
	}
	if sp := s.Edges.Spool; sp != nil {
		out.Spool, out.Code, out.Left = string(sp.ID), sp.Code, words.Grams(v, sp.RemainingG)
		if sp.InitialG > 0 {
			out.Share = sp.RemainingG / sp.InitialG
		}
		if m := sp.Edges.Material; m != nil {
			out.Material, out.Colour = m.Type, m.ColorHex
			out.Full = m.Type + " " + m.ColorName
		}
	}
	return out
}

// printerActs is what a person can do at a printer now, the next step first.
func (c *Console) printerActs(v *visit, p *ent.Printer, r *ent.PrintRun) (acts []component.Act) {
	if !v.actor.Has(authz.QueueManage) {
		return nil
	}
	to := func(verb string) templ.SafeURL {
		return templ.SafeURL(v.base() + "/printers/" + string(p.ID) + "/" + verb)
	}
	verdict := func(values ...string) []component.Field {
		fields := []component.Field{{Name: "verdict", Value: values[0]}}
		if len(values) > 1 {
			fields = append(fields, component.Field{Name: "failure_reason", Value: values[1]})
		}
		return fields
	}
	switch {
	case r != nil && r.State == printrun.StateNeedsConfirmation:
		return runActs(v, r)
	case r != nil && r.State == printrun.StateFinished:
		return []component.Act{{To: to("clear-bed"), Icon: "check", Word: v.say("bed.good.do"), Of: p.Name, Variant: "primary", Fields: verdict("success")},
			{To: to("clear-bed"), Word: v.say("bed.failed.do"), Of: p.Name, Fields: verdict("failure", "other")}}
	case p.State == printer.StatePrinting:
		return []component.Act{{To: to("pause"), Icon: "pause", Word: v.say("run.pause"), Of: p.Name}}
	case p.State == printer.StatePaused:
		return []component.Act{{To: to("resume"), Icon: "play", Word: v.say("run.resume"), Of: p.Name, Variant: "primary"},
			{To: to("cancel-print"), Icon: "ban", Word: v.say("item.cancel.do"), Of: p.Name, Confirm: v.say("printer.cancel.sure", "printer", p.Name)}}
	case p.OutOfOrder != nil && v.actor.Has(authz.PrinterManage):
		return []component.Act{{To: to("change"), Icon: "wrench", Word: v.say("printer.back.do"), Of: p.Name, Fields: []component.Field{{Name: "out_of_order", Value: ""}}}}
	case p.BedState != printer.BedStateClear && p.State == printer.StateIdle:
		return []component.Act{{To: to("clear-bed"), Icon: "check", Word: v.say("bed.clear.do"), Of: p.Name, Variant: map[bool]string{true: "primary"}[p.BedState == printer.BedStateOccupied]}}
	case p.State == printer.StateIdle:
		return []component.Act{{To: to("dispatch"), Icon: "play", Word: v.say("printer.next.do"), Of: p.Name}}
	case p.State == printer.StateOffline || p.State == printer.StateError:
		if v.actor.Has(authz.PrinterManage) {
			return []component.Act{{To: to("test"), Icon: "plug", Word: v.say("printer.test.do"), Of: p.Name}}
		}
	}
	return nil
}

// thePrinter is the printer of the address, with what runs on it.
func (c *Console) thePrinter(v *visit) (*ent.Printer, *ent.PrintRun, error) {
	p, err := c.Crud.GetPrinter(v, crud.GetPrinterInput{ID: pid.ID(v.r.PathValue("printer_id")), Expand: []string{"tags", "groups", "slots"}})
	if err != nil {
		return nil, nil, err
	}
	if !v.actor.HasAny(authz.OperationsRead, authz.QueueManage) {
		return p, nil, nil
	}
	r, err := c.Client.PrintRun.Query().Where(printrun.PrinterID(p.ID), fleet.ActivePrint()).WithQueueItem(func(q *ent.QueueItemQuery) { listing.LoadQueueItem(q, "file", "submitter.user") }).First(v)
	if ent.IsNotFound(err) {
		return p, nil, nil
	}
	return p, r, err
}

// printer is the page of a printer.
func (c *Console) printer(v *visit) (templ.Component, error) {
	p, r, err := c.thePrinter(v)
	if err != nil {
		return nil, err
	}
	d := page.PrinterDetail{Card: c.card(v, p, r), May: v.actor.Has(authz.PrinterManage), Spools: v.actor.Has(authz.SpoolManage)}
	d.Facts = printerFacts(v, p)
	d.Failures = failures(v, p, r)
	if d.Spools {
		if err := c.loadable(v, p, &d); err != nil {
			return nil, err
		}
	}
	if v.actor.HasAny(authz.OperationsRead, authz.QueueManage) {
		limit := 10
		l, err := c.Items.List(v, queue.ListQueueItemsInput{QueueItems: listing.QueueItems{Limit: &limit, Sort: "position", State: open, Expand: []string{"submitter.user", "class", "file", "assigned_printer"}}, PrinterID: []pid.ID{p.ID}})
		if err != nil {
			return nil, err
		}
		for _, it := range l.Data {
			d.Line = append(d.Line, c.itemRow(v, it))
		}
		past, err := c.Client.PrintRun.Query().Where(printrun.PrinterID(p.ID), printrun.EndedAtNotNil()).Order(ent.Desc(printrun.FieldEndedAt)).Limit(10).WithQueueItem().All(v)
		if err != nil {
			return nil, fmt.Errorf("read past prints: %w", err)
		}
		for _, r := range past {
			row := page.RunRow{ID: string(r.ID), Sign: runSign(v, r), When: words.When(v, *r.EndedAt)}
			if it := r.Edges.QueueItem; it != nil {
				row.Name, row.Printer = it.Name, fmt.Sprintf("queue/%d", it.Number)
			}
			if r.FailureReason != nil {
				row.Why = v.say("failure.by_" + string(*r.FailureReason))
			}
			d.Past = append(d.Past, row)
		}
	}
	if d.May {
		to := templ.SafeURL(v.base() + "/printers/" + string(p.ID) + "/test")
		d.More = append(d.More, component.Act{To: to, Icon: "plug", Word: v.say("printer.test.do"), Variant: "ghost"})
	}
	d.Timeline, err = c.timeline(v, "printer", p.ID)
	return page.PrinterPage(d), err
}

// printerFacts is what a printer is and can do.
func printerFacts(v *visit, p *ent.Printer) [][]page.Fact {
	fact := func(key, value string) page.Fact {
		return page.Fact{Name: v.say("printer.fact." + key), Value: orDash(value != "", value)}
	}
	volume := ""
	if s := p.BuildVolumeMm; s != nil {
		volume = fmt.Sprintf("%s × %s × %s mm", words.Number(v, s.X), words.Number(v, s.Y), words.Number(v, s.Z))
	}
	var tags, groups []string
	for _, t := range p.Edges.Tags {
		tags = append(tags, t.Name)
	}
	for _, g := range p.Edges.Groups {
		groups = append(groups, g.Name)
	}
	yes := map[bool]string{true: v.say("yes"), false: v.say("no")}
	return [][]page.Fact{
		{fact("model", p.Manufacturer+" "+p.Model), fact("serial", p.SerialNumber), fact("connector", v.say("connector."+string(p.Connector.Kind)))},
		{fact("volume", volume), fact("nozzle", words.Number(v, p.NozzleDiameterMm)+" mm, "+p.NozzleType), fact("heat", v.say("item.heat.both", "nozzle", words.Number(v, p.MaxNozzleC), "bed", words.Number(v, p.MaxBedC))), fact("enclosed", yes[p.Enclosed])},
		{fact("groups", list(groups)), fact("tags", list(tags)), fact("auto", yes[p.AutoDispatch]), fact("formats", list(p.SupportedFormats))},
	}
}

// failures are the ways in which the last print may have failed, as choices.
func failures(v *visit, p *ent.Printer, r *ent.PrintRun) (acts []component.Act) {
	if r == nil || r.State != printrun.StateFinished || !v.actor.Has(authz.QueueManage) {
		return nil
	}
	for _, why := range []string{"adhesion", "spaghetti", "clog", "filament_out", "layer_shift", "other"} {
		acts = append(acts, component.Act{To: templ.SafeURL(v.base() + "/printers/" + string(p.ID) + "/clear-bed"), Word: v.say("failure.by_" + why), Large: true, Fields: []component.Field{{Name: "verdict", Value: "failure"}, {Name: "failure_reason", Value: why}}})
	}
	return acts
}

// loadable fills in which spools can be loaded, those of the material that is looked for first, and how to unload what is there.
func (c *Console) loadable(v *visit, p *ent.Printer, d *page.PrinterDetail) error {
	var ids []pid.ID
	for _, s := range p.Edges.Slots {
		if s.SpoolID != nil {
			ids = append(ids, *s.SpoolID)
		}
	}
	there, err := c.Client.SpoolAssignment.Query().Where(spoolassignment.SpoolIDIn(ids...), spoolassignment.EndedAtIsNil()).Limit(16).All(v)
	if err != nil {
		return fmt.Errorf("read what is loaded: %w", err)
	}
	for i, s := range d.Card.Slots {
		for _, a := range there {
			if string(a.SpoolID) == s.Spool {
				d.Card.Slots[i].Unload = &component.Act{To: templ.SafeURL(v.base() + "/slots/unload/" + string(a.ID)), Word: v.say("spool.unload.do"), Of: s.Code}
			}
		}
	}
	limit := 200
	l, err := c.Crud.ListSpools(v, crud.ListSpoolsInput{Limit: &limit, Expand: []string{"material"}})
	if err != nil {
		return err
	}
	wanted := v.r.URL.Query().Get("material")
	slices.SortStableFunc(l.Data, func(a, b *ent.Spool) int { return rankSpool(b, wanted) - rankSpool(a, wanted) })
	for _, s := range l.Data {
		if s.Edges.Slot == nil && s.RemainingG > 0 && s.Status != "archived" {
			d.Choices = append(d.Choices, component.Choice{Value: string(s.ID), Word: spoolName(v, s)})
		}
	}
	return nil
}

// rankSpool puts spools of the material that is looked for first, and the fuller ones of them.
func rankSpool(s *ent.Spool, wanted string) int {
	n := int(s.RemainingG)
	if wanted != "" && s.Edges.Material != nil && s.Edges.Material.Type == wanted {
		n += 1000000
	}
	return n
}

// spoolName is a spool as a line of a choice.
func spoolName(v *visit, s *ent.Spool) string {
	name := s.Code
	if m := s.Edges.Material; m != nil {
		name += " · " + m.Type + " " + m.ColorName
	}
	name += " · " + words.Grams(v, s.RemainingG)
	if s.Location != "" {
		name += " · " + s.Location
	}
	return name
}
