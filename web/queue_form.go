package web

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// itemPages are the forms of an item.
func (c *Console) itemPages() map[string]viewer {
	return map[string]viewer{"queue/{item}/edit": c.itemEdit, "queue/{item}/override": c.itemOverride}
}

func (c *Console) itemForms() map[string]form {
	back := func(key string) func(*visit, *ent.QueueItem) done {
		return func(v *visit, it *ent.QueueItem) done {
			return done{Toast: component.Toast{Text: v.say(key, "name", it.Name)}, To: "queue/" + strconv.FormatInt(it.Number, 10)}
		}
	}
	return map[string]form{
		"queue/{queue_item_id}/edit":     {c.itemEdit, do(c.Items.Update, back("queue.did.change"))},
		"queue/{queue_item_id}/override": {c.itemOverride, do(c.Matching.Assign, back("queue.did.assign"))},
	}
}

// named is the item that the address names, in a page or in its form.
func (c *Console) named(v *visit) (*ent.QueueItem, error) {
	named := v.r.PathValue("item")
	if named == "" {
		named = v.r.PathValue("queue_item_id")
	}
	return c.findItem(v, named)
}

// itemEdit is the form of an item.
func (c *Console) itemEdit(v *visit) (templ.Component, error) {
	it, err := c.named(v)
	if err != nil {
		return nil, err
	}
	number := strconv.FormatInt(it.Number, 10)
	moment := func(name, key, value string) page.Control {
		return page.Control{Input: &component.Input{Name: name, Label: v.say(key), Value: value, Type: "datetime-local", Optional: true}}
	}
	due, from := "", ""
	if it.DeadlineAt != nil {
		due = it.DeadlineAt.In(words.From(v).Zone).Format("2006-01-02T15:04")
	}
	if it.NotBefore != nil {
		from = it.NotBefore.In(words.From(v).Zone).Format("2006-01-02T15:04")
	}
	s := page.Sheet{Page: component.Page{Title: v.say("printer.edit", "printer", it.Name), Quiet: true, Crumbs: []component.Crumb{{Word: v.say("nav.queue"), Path: "queue"}, {Word: it.Name, Path: "queue/" + number}, {Word: v.say("item.edit")}}}}
	s.Forms = []page.FormBox{{ID: "item", To: "queue/" + string(it.ID) + "/edit", Version: strconv.Itoa(it.Version), Submit: v.say("form.save"), Fields: []page.Control{
		{Input: &component.Input{Name: "name", Label: v.say("group.name"), Value: it.Name, Length: "200"}},
		{Input: &component.Input{Name: "copies_requested", Label: v.say("item.copies.name"), Type: "number", Min: "1", Max: "1000", Value: strconv.Itoa(it.CopiesRequested)}},
		{Input: &component.Input{Name: "priority", Label: v.say("item.priority"), Value: string(it.Priority), Choices: []component.Choice{{Value: "low", Word: v.say("priority.low")}, {Value: "normal", Word: v.say("priority.normal")}, {Value: "high", Word: v.say("priority.high")}, {Value: "urgent", Word: v.say("priority.urgent")}}}},
		moment("deadline_at", "item.deadline", due), moment("not_before", "item.notbefore", from),
	}}}
	return page.SheetPage(s), nil
}

// overridable are the reasons that a person may take responsibility for.
var overridable = []string{"not_in_target_printers", "not_in_target_models", "not_in_target_groups", "user_no_printer_access", "class_no_printer_access", "tag_missing", "model_mismatch", "nozzle_diameter_mismatch", "nozzle_type_mismatch", "tool_count", "slot_empty", "material_mismatch", "color_mismatch", "filament_insufficient"}

// itemOverride prints an item on a printer that does not fit, for a reason that is kept.
func (c *Console) itemOverride(v *visit) (templ.Component, error) {
	it, err := c.named(v)
	if err != nil {
		return nil, err
	}
	printer := v.r.URL.Query().Get("printer")
	if printer == "" {
		printer = v.r.PostFormValue("printer_id")
	}
	e, err := c.Matching.Eligibility(v, queue.QueueItemEligibilityInput{QueueItemID: it.ID})
	if err != nil {
		return nil, err
	}
	number := strconv.FormatInt(it.Number, 10)
	box := page.FormBox{ID: "override", To: "queue/" + string(it.ID) + "/override", Version: strconv.Itoa(it.Version), Submit: v.say("matrix.anyway"), Stay: true, Hidden: []component.Field{{Name: "printer_id", Value: printer}}}
	codes := &page.Checks{Name: "override.codes", Label: v.say("override.codes")}
	title := ""
	for _, p := range e.Printers {
		if pid.ID(p.PrinterID) != pid.ID(printer) {
			continue
		}
		title = p.PrinterName
		for _, r := range p.Reasons {
			for _, known := range overridable {
				if r.Code == known {
					codes.All = append(codes.All, page.Check{Value: r.Code, Label: c.reason(v, it, p, r).Text})
				}
			}
		}
	}
	box.Fields = []page.Control{{Checks: codes}, {Input: &component.Input{Name: "override.reason", Label: v.say("override.reason.label"), Hint: v.say("override.reason.hint"), Lines: 2, Length: "1000"}}}
	s := page.Sheet{Page: component.Page{Title: v.say("override.title", "name", it.Name, "printer", title), Quiet: true, Crumbs: []component.Crumb{{Word: v.say("nav.queue"), Path: "queue"}, {Word: it.Name, Path: "queue/" + number}, {Word: v.say("matrix.anyway")}}}, Sentence: v.say("override.why")}
	s.Forms = []page.FormBox{box}
	return page.SheetPage(s), nil
}
